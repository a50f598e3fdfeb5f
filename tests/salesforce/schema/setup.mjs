// Users, permissions, Chatter, organisation: what surrounds the business objects.

import { SYSTEM_FIELDS } from './parse.mjs';

/**
 * System permissions that this org's edition knows; columns of UserPermissionAccess, PermissionSet and
 * Profile.
 */
export const PERMISSIONS = [
  'ApiEnabled',
  'ViewAllData',
  'ModifyAllData',
  'CustomizeApplication',
  'ViewSetup',
  'BulkApiHardDelete',
  'ManageUsers',
  'AssignPermissionSets',
  'ChatterInternalUser',
  'EditTask',
  'EditEvent',
  'ModifyMetadata',
  'ManageInternalUsers',
  'ViewAllUsers',
];

const permissionFields = PERMISSIONS.map((name) => `Permissions${name} boolean CUD`).join('\n');
const readOnlyPermissions = PERMISSIONS.map((name) => `Permissions${name} boolean D`).join('\n');

const USER = `
Id id D
Username string 80 CU required
LastName string 80 CU required
FirstName string 40 CUN
Name string 121 calc namefield
CompanyName string 80 CUN
Title string 80 CUN
Department string 80 CUN
Email email 128 CU required
Alias string 8 CU required
IsActive boolean CUD
TimeZoneSidKey picklist 40 CU required
LocaleSidKey picklist 40 CU required
LanguageLocaleKey picklist 40 CU required
UserType picklist 40 D =Standard|AutomatedProcess|CsnOnly
ManagerId reference CUN >User/Manager
ProfileId reference CU >Profile/Profile
UserRoleId reference CUN >UserRole/UserRole
LastLoginDate datetime N
${SYSTEM_FIELDS}`;

const ORGANIZATION = `
Id id D
Name string 80 CU namefield
OrganizationType picklist 40 N
InstanceName string 5 N
IsSandbox boolean D
DefaultLocaleSidKey picklist 40 CU
TimeZoneSidKey picklist 40 CU
LanguageLocaleKey picklist 40 CU
FiscalYearStartMonth int N
TrialExpirationDate datetime N
NamespacePrefix string 15 N
${SYSTEM_FIELDS}`;

const PROFILE = `
Id id D
Name string 255 CU namefield
${readOnlyPermissions}
${SYSTEM_FIELDS}`;

const PERMISSION_SET = `
Id id D
Name string 80 CU required namefield unique
Label string 80 CU required
Description textarea 255 CUN
ProfileId reference N >Profile/Profile
IsOwnedByProfile boolean D
IsCustom boolean D
NamespacePrefix string 15 N
${permissionFields}
${SYSTEM_FIELDS}`;

const OBJECT_PERMISSIONS = `
Id id D
ParentId reference C required >PermissionSet/Parent
SobjectType picklist 40 C required
PermissionsCreate boolean CUD
PermissionsRead boolean CUD
PermissionsEdit boolean CUD
PermissionsDelete boolean CUD
PermissionsViewAllRecords boolean CUD
PermissionsModifyAllRecords boolean CUD
${SYSTEM_FIELDS}`;

const FIELD_PERMISSIONS = `
Id id D
ParentId reference C required >PermissionSet/Parent
SobjectType picklist 40 C required
Field picklist 255 C required
PermissionsEdit boolean CUD
PermissionsRead boolean CUD
SystemModstamp datetime D`;

const PERMISSION_SET_ASSIGNMENT = `
Id id D
PermissionSetId reference C >PermissionSet/PermissionSet
AssigneeId reference C required >User/Assignee
IsActive boolean D
SystemModstamp datetime D`;

const FEED = `
ParentId reference C required >Account,Contact,Opportunity,User/Parent
Type picklist 40 CN =TextPost|LinkPost|ActivityEvent|TrackedChange|ContentPost
CreatedById reference CD >User/CreatedBy
CreatedDate datetime CD
IsDeleted boolean D
LastModifiedDate datetime D
SystemModstamp datetime D nofilter
Revision int N
CommentCount int D
LikeCount int D
Title string 255 CUN
Body textarea 10000 CUN nofilter nosort
LinkUrl url 1000 CUN
IsRichText boolean CUD
RelatedRecordId reference CN >Task/RelatedRecord
InsertedById reference N >User/InsertedBy
Visibility picklist 40 CUN =*InternalUsers|AllUsers`;

const CURRENCY_TYPE = `
Id id D
IsoCode picklist 3 CU restricted =EUR|USD|GBP
ConversionRate double 18/6 CU
DecimalPlaces int CU
IsActive boolean CUD
IsCorporate boolean D
${SYSTEM_FIELDS}`;

const DATED_CONVERSION_RATE = `
Id id D
IsoCode picklist 3 CU restricted =EUR|USD|GBP
StartDate date CU
NextStartDate date N
ConversionRate double 18/6 CU
${SYSTEM_FIELDS}`;

/** What a person said about his data; contacts point to it. */
const INDIVIDUAL = `
Id id D
IsDeleted boolean D
OwnerId reference CUD >User/Owner
LastName string 80 CU required
FirstName string 40 CUN
Salutation picklist 40 CUN =Mr.|Ms.|Mrs.|Dr.|Prof.|Mx.
Name string 121 calc namefield
HasOptedOutTracking boolean CUD
HasOptedOutProfiling boolean CUD
HasOptedOutProcessing boolean CUD
HasOptedOutSolicit boolean CUD
ShouldForget boolean CUD
SendIndividualData boolean CUD
CanStorePiiElsewhere boolean CUD
HasOptedOutGeoTracking boolean CUD
BirthDate date CUN
IndividualsAge picklist 40 CUN =13 or Older|16 or Older
LastViewedDate datetime N
${SYSTEM_FIELDS}
MasterRecordId reference N >Individual/MasterRecord`;

const RECORD_TYPE = `
Id id D
Name string 80 CU required namefield
DeveloperName string 80 CU
NamespacePrefix string 15 N
Description string 255 CUN
SobjectType picklist 40 C
IsActive boolean CUD
${SYSTEM_FIELDS}`;

const USER_RECORD_ACCESS = `
Id id D
UserId reference N
RecordId picklist 18 N
HasReadAccess boolean D
HasEditAccess boolean D
HasDeleteAccess boolean D
HasTransferAccess boolean D
HasAllAccess boolean D
MaxAccessLevel picklist 40 N`;

const ENTITY_DEFINITION = `
Id string 18 D
DurableId string 255 N
QualifiedApiName string 70 N namefield
DeveloperName string 70 N
Label string 80 N
KeyPrefix string 3 N
IsQueryable boolean D`;

const CUSTOM_FIELD = `
Id id D
DeveloperName string 80 N
TableEnumOrId string 80 N
FullName string 255 N nofilter
NamespacePrefix string 15 N
ManageableState picklist 40 N
Length int N
Precision int N
Scale int N
Metadata anyType N nofilter
CreatedDate datetime D`;

const readOnly = { readOnly: true, system: true };

export default [
  { name: 'User', prefix: '005', plural: 'Users', feed: true, fields: USER },
  { name: 'Organization', prefix: '00D', plural: 'Organizations', ...readOnly, fields: ORGANIZATION },
  { name: 'Profile', prefix: '00e', plural: 'Profile', ...readOnly, fields: PROFILE },
  {
    name: 'PermissionSet',
    prefix: '0PS',
    plural: 'Permission Sets',
    system: true,
    needs: 'ManageUsers',
    fields: PERMISSION_SET,
  },
  {
    name: 'ObjectPermissions',
    prefix: '110',
    plural: 'Object Permissions',
    system: true,
    needs: 'ManageUsers',
    fields: OBJECT_PERMISSIONS,
  },
  {
    name: 'FieldPermissions',
    prefix: '01k',
    plural: 'Field Permissions',
    system: true,
    needs: 'ManageUsers',
    fields: FIELD_PERMISSIONS,
  },
  {
    name: 'PermissionSetAssignment',
    prefix: '0Pa',
    plural: 'Permission Set Assignments',
    system: true,
    needs: 'AssignPermissionSets',
    fields: PERMISSION_SET_ASSIGNMENT,
  },
  {
    name: 'RecordType',
    prefix: '012',
    plural: 'Record Types',
    feature: 'recordTypes',
    readOnly: true,
    system: true,
    fields: RECORD_TYPE,
  },
  {
    name: 'CurrencyType',
    prefix: '01L',
    plural: 'Currency Types',
    feature: 'multiCurrency',
    system: true,
    needs: 'CustomizeApplication',
    fields: CURRENCY_TYPE,
  },
  {
    name: 'DatedConversionRate',
    prefix: '04w',
    plural: 'Dated Conversion Rates',
    feature: 'datedRates',
    system: true,
    needs: 'CustomizeApplication',
    fields: DATED_CONVERSION_RATE,
  },
  {
    name: 'Individual',
    prefix: '0PK',
    plural: 'Individuals',
    feature: 'individuals',
    mergeable: true,
    fields: INDIVIDUAL,
  },
  { name: 'FeedItem', prefix: '0D5', plural: 'Feed Items', chatter: true, fields: `Id id D${FEED}` },
  {
    name: 'AccountFeed',
    prefix: null,
    plural: 'Account Feed',
    chatter: true,
    virtual: true,
    readOnly: true,
    fields: `Id id D${FEED}`,
  },
  {
    name: 'UserPermissionAccess',
    prefix: null,
    plural: 'User Permission Access',
    virtual: true,
    noBulk: true,
    ...readOnly,
    fields: `Id id D\nLastCacheUpdate datetime N\n${readOnlyPermissions}`,
  },
  {
    name: 'UserRecordAccess',
    prefix: null,
    plural: 'User Record Access',
    virtual: true,
    noBulk: true,
    ...readOnly,
    fields: USER_RECORD_ACCESS,
  },
  {
    name: 'EntityDefinition',
    prefix: null,
    plural: 'Entity Definitions',
    virtual: true,
    noBulk: true,
    ...readOnly,
    fields: ENTITY_DEFINITION,
  },
  {
    name: 'CustomField',
    prefix: null,
    plural: 'Custom Fields',
    virtual: true,
    noBulk: true,
    tooling: true,
    ...readOnly,
    fields: CUSTOM_FIELD,
  },
];
