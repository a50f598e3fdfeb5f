// Account, Contact, and the objects that say which contact plays which role.

import { SYSTEM_FIELDS } from './parse.mjs';

const address = (stem) => `
${stem}Street textarea 255 CUN
${stem}City string 40 CUN
${stem}State string 80 CUN
${stem}PostalCode string 20 CUN
${stem}Country string 80 CUN
${stem}Latitude double 18/15 CUN
${stem}Longitude double 18/15 CUN
${stem}GeocodeAccuracy picklist 40 CUN restricted =Address|NearAddress|Block|Street|ExtendedZip|Zip|City|State
${stem}Address address N`;

const ROLES =
  '=Business User|Decision Maker|Economic Buyer|Economic Decision Maker|Evaluator|Executive Sponsor' +
  '|Influencer|Technical Buyer|Champion|Other';

const ACCOUNT = `
Id id D
IsDeleted boolean D
MasterRecordId reference N >Account/MasterRecord
Name string 255 CU required namefield
Type picklist 40 CUN =Prospect|Customer|Partner|Former Customer|Other
ParentId reference CUN >Account/Parent
${address('Billing')}
${address('Shipping')}
Phone phone 40 CUN
Fax phone 40 CUN
AccountNumber string 40 CUN
Website url 255 CUN
PhotoUrl url 255 N
Sic string 20 CUN
Industry picklist 40 CUN =Banking|Biotechnology|Construction|Consulting|Education|Energy|Healthcare|Insurance\
|Logistics|Manufacturing|Media|Retail|Technology|Telecommunications|Other
AnnualRevenue currency 18/0 CUN
NumberOfEmployees int CUN
Ownership picklist 40 CUN =Public|Private|Subsidiary|Other
TickerSymbol string 20 CUN
Description textarea 32000 CUN
Rating picklist 40 CUN =Hot|Warm|Cold
Site string 80 CUN
OwnerId reference CUD >User/Owner
${SYSTEM_FIELDS}
LastActivityDate date N
LastViewedDate datetime N
LastReferencedDate datetime N
Jigsaw string 20 CUN
JigsawCompanyId string 20 N
CleanStatus picklist 40 CUN restricted =Matched|Different|Acknowledged|NotFound\
|Inactive|Pending|SelectMatch|Skipped
AccountSource picklist 40 CUN =Web|Phone Inquiry|Partner Referral|Purchased List|Other
DunsNumber string 9 CUN
Tradestyle string 255 CUN
NaicsCode string 8 CUN
NaicsDesc string 120 CUN
YearStarted string 4 CUN
SicDesc string 80 CUN
ARR__c currency 16/2 CUN
Segment__c picklist 255 CUN restricted =Enterprise|Mid-Market|Small Business
Customer_Since__c date CUN
Renewal_Date__c date CUN
Products__c multipicklist 4099 CUN =Core|Insights|Connect|Mobile
Onboarded__c boolean CUD
Support_Notes__c textarea 32768 CUN
Days_To_Renewal__c double 18/0 N formula`;

const CONTACT = `
Id id D
IsDeleted boolean D
MasterRecordId reference N >Contact/MasterRecord
AccountId reference CUN >Account/Account
LastName string 80 CU required
FirstName string 40 CUN
Salutation picklist 40 CUN =Mr.|Ms.|Mrs.|Dr.|Prof.|Mx.
Name string 121 calc namefield
${address('Other')}
${address('Mailing')}
Phone phone 40 CUN
Fax phone 40 CUN
MobilePhone phone 40 CUN
HomePhone phone 40 CUN
OtherPhone phone 40 CUN
AssistantPhone phone 40 CUN
ReportsToId reference CUN >Contact/ReportsTo
Email email 80 CUN
Title string 128 CUN
Department string 80 CUN
AssistantName string 40 CUN
LeadSource picklist 255 CUN =Web|Phone Inquiry|Partner Referral|Purchased List|Other
Birthdate date CUN
Description textarea 32000 CUN
OwnerId reference CUD >User/Owner
${SYSTEM_FIELDS}
LastActivityDate date N
LastCURequestDate datetime N
LastCUUpdateDate datetime N
LastViewedDate datetime N
LastReferencedDate datetime N
EmailBouncedReason string 255 CUN
EmailBouncedDate datetime CUN
IsEmailBounced boolean calc
PhotoUrl url 255 N
Jigsaw string 20 CUN
JigsawContactId string 20 N
CleanStatus picklist 40 CUN restricted =Matched|Different|Acknowledged|NotFound\
|Inactive|Pending|SelectMatch|Skipped
IndividualId reference CUN >Individual/Individual
Seniority__c picklist 255 CUN =Executive|Director|Manager|Individual
Newsletter__c boolean CUD`;

const OPPORTUNITY_CONTACT_ROLE = `
Id id D
OpportunityId reference C required >Opportunity/Opportunity
ContactId reference CU required >Contact/Contact
Role picklist 40 CUN ${ROLES}
IsPrimary boolean CUD
${SYSTEM_FIELDS}
IsDeleted boolean D`;

const ACCOUNT_CONTACT_ROLE = `
Id id D
AccountId reference C required >Account/Account
ContactId reference CU required >Contact/Contact
Role picklist 40 CUN ${ROLES}
IsPrimary boolean CUD
${SYSTEM_FIELDS}
IsDeleted boolean D`;

const ACCOUNT_CONTACT_RELATION = `
Id id D
AccountId reference C required >Account/Account
ContactId reference C required >Contact/Contact
Roles multipicklist 4099 CUN ${ROLES}
IsDirect boolean D
IsActive boolean CUD
StartDate date CUN
EndDate date CUN
${SYSTEM_FIELDS}
IsDeleted boolean D`;

export default [
  {
    name: 'Account',
    prefix: '001',
    plural: 'Accounts',
    feed: true,
    mergeable: true,
    fields: ACCOUNT,
    children: [
      ['Account', 'ParentId', 'ChildAccounts'],
      ['Contact', 'AccountId', 'Contacts'],
      ['Opportunity', 'AccountId', 'Opportunities'],
      ['Task', 'AccountId', 'Tasks'],
      ['Event', 'AccountId', 'Events'],
      ['AccountContactRole', 'AccountId', 'AccountContactRoles'],
      ['AccountFeed', 'ParentId', 'Feeds'],
    ],
  },
  {
    name: 'Contact',
    prefix: '003',
    plural: 'Contacts',
    feed: true,
    mergeable: true,
    fields: CONTACT,
    children: [
      ['OpportunityContactRole', 'ContactId', 'OpportunityContactRoles'],
      ['AccountContactRole', 'ContactId', 'AccountContactRoles'],
    ],
  },
  {
    name: 'OpportunityContactRole',
    prefix: '00K',
    plural: 'Opportunity Contact Role',
    undeletable: false,
    fields: OPPORTUNITY_CONTACT_ROLE,
  },
  {
    name: 'AccountContactRole',
    prefix: '02Z',
    plural: 'Account Contact Role',
    undeletable: false,
    fields: ACCOUNT_CONTACT_ROLE,
  },
  {
    name: 'AccountContactRelation',
    prefix: '07k',
    plural: 'Account Contact Relationships',
    undeletable: false,
    feature: 'contactsToMultipleAccounts',
    fields: ACCOUNT_CONTACT_RELATION,
  },
];
