// Opportunity with its history, the activities (Task and Event), e-mail messages and their statuses.

import { SYSTEM_FIELDS } from './parse.mjs';

const OPPORTUNITY = `
Id id D
IsDeleted boolean D
AccountId reference CUN >Account/Account
IsPrivate boolean CUD
Name string 120 CU required namefield
Description textarea 32000 CUN
StageName picklist 255 CU required =Prospecting|Qualification|Needs Analysis|Proposal\
|Negotiation|Closed Won|Closed Lost
Amount currency 18/2 CUN
Probability percent 3/0 CUND
ExpectedRevenue currency 18/2 N calc
TotalOpportunityQuantity double 18/2 CUN
CloseDate date CU required
Type picklist 255 CUN =New Business|Expansion|Renewal
NextStep string 255 CUN
LeadSource picklist 255 CUN =Web|Phone Inquiry|Partner Referral|Purchased List|Other
IsClosed boolean calc
IsWon boolean calc
ForecastCategory picklist 40 calc restricted =Omitted|Pipeline|BestCase|MostLikely|Forecast|Closed
ForecastCategoryName picklist 255 calc restricted =Omitted|Pipeline|Best Case|Most Likely|Commit|Closed
CampaignId reference CUN >Campaign/Campaign
HasOpportunityLineItem boolean D
Pricebook2Id reference CUN >Pricebook2/Pricebook2
OwnerId reference CUD >User/Owner
${SYSTEM_FIELDS}
LastActivityDate date N
LastStageChangeDate datetime N
FiscalQuarter int N calc
FiscalYear int N calc
Fiscal string 6 N calc
LastViewedDate datetime N
LastReferencedDate datetime N
HasOpenActivity boolean nofilter nosort calc
HasOverdueTask boolean nofilter nosort calc`;

const OPPORTUNITY_HISTORY = `
Id id D
OpportunityId reference N >Opportunity/Opportunity
CreatedById reference D >User/CreatedBy
CreatedDate datetime D
StageName picklist 255 N
Amount currency 18/2 N
ExpectedRevenue currency 18/2 N
CloseDate date N
Probability percent 3/0 N
ForecastCategory picklist 40 N
SystemModstamp datetime D
IsDeleted boolean D`;

/** One row a field and change; rows of history have neither SystemModstamp nor an editor. */
const OPPORTUNITY_FIELD_HISTORY = `
Id id D
IsDeleted boolean D
OpportunityId reference D >Opportunity/Opportunity
CreatedById reference D >User/CreatedBy
CreatedDate datetime D
Field picklist 255 D restricted =created|Amount|CloseDate|StageName
DataType picklist 40 N restricted =Text|DateOnly|Currency|EnumOrId
OldValue anyType N nofilter nosort
NewValue anyType N nofilter nosort`;

const RECURRENCE = `
RecurrenceActivityId reference N >Task/RecurrenceActivity
IsRecurrence boolean CD
RecurrenceStartDateOnly date CUN
RecurrenceEndDateOnly date CUN
RecurrenceTimeZoneSidKey picklist 40 CUN
RecurrenceType picklist 40 CUN restricted =RecursDaily|RecursEveryWeekday|RecursMonthly\
|RecursMonthlyNth|RecursWeekly|RecursYearly|RecursYearlyNth
RecurrenceInterval int CUN
RecurrenceDayOfWeekMask int CUN
RecurrenceDayOfMonth int CUN
RecurrenceInstance picklist 40 CUN restricted =First|Second|Third|Fourth|Last
RecurrenceMonthOfYear picklist 40 CUN restricted =January|February|March|April|May\
|June|July|August|September|October|November|December`;

const TASK = `
Id id D
WhoId reference CUN >Contact,Lead/Who
WhatId reference CUN >Account,Opportunity/What
Subject combobox 255 CUN =Call|Email|Send Letter|Send Quote|Other
ActivityDate date CUN
Status picklist 255 CUD restricted =*Not Started|In Progress|Completed|Waiting on someone else|Deferred
Priority picklist 255 CUD restricted =High|*Normal|Low
IsHighPriority boolean calc
OwnerId reference CUD >User,Group/Owner
Description textarea 32000 CUN
IsDeleted boolean D
AccountId reference N >Account/Account
IsClosed boolean calc
${SYSTEM_FIELDS}
IsArchived boolean D
CallDurationInSeconds int CUN
CallType picklist 40 CUN restricted =Internal|Inbound|Outbound
CallDisposition string 255 CUN
CallObject string 255 CUN
ReminderDateTime datetime CUN
IsReminderSet boolean CUD
${RECURRENCE}
RecurrenceRegeneratedType picklist 40 CUN restricted =\
RecurrenceRegenerateAfterDueDate|RecurrenceRegenerateAfterToday|RecurrenceRegenerated
TaskSubtype picklist 40 CN restricted =*Task|Email|ListEmail|Cadence|Call|LinkedIn
CompletedDateTime datetime N
Type picklist 40 CUN =Call|Email|Meeting|Other`;

const EVENT = `
Id id D
WhoId reference CUN >Contact,Lead/Who
WhatId reference CUN >Account,Opportunity/What
Subject combobox 255 CUN =Call|Email|Meeting|Send Letter/Quote|Other
Location string 255 CUN
IsAllDayEvent boolean CUD
ActivityDateTime datetime CUN
ActivityDate date CUN
DurationInMinutes int CUN
StartDateTime datetime CUN
EndDateTime datetime CUN
EndDate date N calc
Description textarea 32000 CUN
AccountId reference N >Account/Account
OwnerId reference CUD >User/Owner
IsPrivate boolean CUD
ShowAs picklist 40 CUND restricted =*Busy|OutOfOffice|Free
IsDeleted boolean D
IsChild boolean D
IsGroupEvent boolean D
GroupEventType picklist 40 ND restricted =0|1|2|3
${SYSTEM_FIELDS}
IsArchived boolean D
RecurrenceActivityId reference N >Event/RecurrenceActivity
IsRecurrence boolean CD
ReminderDateTime datetime CUN
IsReminderSet boolean CUD
EventSubtype picklist 40 CN restricted =*Event
IsRecurrence2Exclusion boolean D
Recurrence2PatternText textarea 512 CN nofilter
IsRecurrence2 boolean D
IsRecurrence2Exception boolean D
Recurrence2PatternStartDate datetime N
Recurrence2PatternTimeZone string 255 N
Type picklist 40 CUN =Call|Email|Meeting|Other`;

const EMAIL_MESSAGE = `
Id id D
ParentId reference CN >Case/Parent
ActivityId reference CN >Task/Activity
${SYSTEM_FIELDS}
TextBody textarea 32000 CUN
HtmlBody textarea 32000 CUN
Headers textarea 32000 CUN
Subject string 3000 CUN
FromName string 1000 CUN
FromAddress email 1000 CUN
ToAddress string 4000 CUN
CcAddress string 4000 CUN
BccAddress string 4000 CUN
Incoming boolean CUD
HasAttachment boolean D
Status picklist 40 CU =New|Read|Replied|Sent|Forwarded|Draft
MessageDate datetime CUN
IsDeleted boolean D
MessageIdentifier string 765 CUN
ThreadIdentifier string 765 CUN
IsClientManaged boolean CD
RelatedToId reference CUN >Account,Opportunity/RelatedTo
IsTracked boolean CUD
FirstOpenedDate datetime N
IsBounced boolean D`;

const EMAIL_MESSAGE_RELATION = `
Id id D
EmailMessageId reference C >EmailMessage/EmailMessage
RelationId reference CUN >Contact,Lead,User/Relation
RelationType picklist 40 C restricted =ToAddress|CcAddress|BccAddress|FromAddress
RelationAddress string 255 CN
CreatedDate datetime D
CreatedById reference D >User/CreatedBy
SystemModstamp datetime D
IsDeleted boolean D
RelationObjectType string 50 N`;

const TASK_RELATION = `
Id id D
AccountId reference N >Account/Account
IsWhat boolean CD
RelationId reference C >Account,Contact,Lead,Opportunity/Relation
TaskId reference C >Task/Task
IsDeleted boolean D
${SYSTEM_FIELDS}`;

const EVENT_RELATION = `
Id id D
AccountId reference N >Account/Account
EventId reference C >Event/Event
IsInvitee boolean CUD
IsParent boolean CUD
IsWhat boolean CUD
RelationId reference C >Account,Contact,Lead,Opportunity,User/Relation
RespondedDate datetime CUN
Response string 255 CUN
Status picklist 40 CUN restricted =New|Declined|Accepted|Uninvited|Maybe
IsDeleted boolean D
${SYSTEM_FIELDS}`;

const STATUS = (more) => `
Id id D
MasterLabel string 255 N namefield
ApiName string 255 N
SortOrder int N
IsDefault boolean D
${more}
${SYSTEM_FIELDS}`;

export default [
  {
    name: 'Opportunity',
    prefix: '006',
    plural: 'Opportunities',
    feed: true,
    fields: OPPORTUNITY,
    children: [
      ['OpportunityContactRole', 'OpportunityId', 'OpportunityContactRoles'],
      ['OpportunityHistory', 'OpportunityId', 'OpportunityHistories'],
      ['OpportunityFieldHistory', 'OpportunityId', 'Histories'],
    ],
  },
  {
    name: 'OpportunityHistory',
    prefix: '008',
    plural: 'Opportunity History',
    readOnly: true,
    fields: OPPORTUNITY_HISTORY,
  },
  {
    name: 'OpportunityFieldHistory',
    prefix: '017',
    plural: 'Opportunity Field History',
    feature: 'fieldHistory',
    readOnly: true,
    system: true,
    fields: OPPORTUNITY_FIELD_HISTORY,
  },
  { name: 'Task', prefix: '00T', plural: 'Tasks', feed: true, activity: true, fields: TASK },
  { name: 'Event', prefix: '00U', plural: 'Events', activity: true, fields: EVENT },
  {
    name: 'TaskRelation',
    prefix: '0RT',
    plural: 'Task Relations',
    feature: 'sharedActivities',
    undeletable: false,
    fields: TASK_RELATION,
  },
  {
    name: 'EventRelation',
    prefix: '0RE',
    plural: 'Event Relations',
    feature: 'sharedActivities',
    undeletable: false,
    fields: EVENT_RELATION,
  },
  {
    name: 'EmailMessage',
    prefix: '02s',
    plural: 'Email Messages',
    feature: 'enhancedEmail',
    fields: EMAIL_MESSAGE,
  },
  {
    name: 'EmailMessageRelation',
    prefix: '0EM',
    plural: 'Email Message Relations',
    feature: 'emailRelations',
    undeletable: false,
    fields: EMAIL_MESSAGE_RELATION,
  },
  {
    name: 'TaskStatus',
    prefix: '01T',
    plural: 'Task Status Value',
    readOnly: true,
    noBulk: true,
    fields: STATUS('IsClosed boolean D'),
  },
  {
    name: 'TaskPriority',
    prefix: '01S',
    plural: 'Task Priority Value',
    readOnly: true,
    noBulk: true,
    fields: STATUS('IsHighPriority boolean D'),
  },
];
