// The notation of an object's fields, one a line, and the description of a field that comes out of it.
//
//   Name string 255 CU required            name, type, length | precision/scale, rights, flags
//   OwnerId reference CUD >User/Owner      referenced objects / name of the relationship
//   Rating picklist 40 CUN =Hot|Warm|Cold  picklist values; `restricted` refuses others
//
// C createable, U updateable, N nillable, D defaulted on create. Flags: required nofilter nosort restricted
// external unique case namefield calc(=computed, read-only) formula feedless.

const SOAP = {
  id: 'tns:ID',
  reference: 'tns:ID',
  int: 'xsd:int',
  double: 'xsd:double',
  currency: 'xsd:double',
  percent: 'xsd:double',
  boolean: 'xsd:boolean',
  date: 'xsd:date',
  datetime: 'xsd:dateTime',
  time: 'xsd:time',
  address: 'urn:address',
  location: 'urn:location',
  base64: 'xsd:base64Binary',
  anyType: 'xsd:anyType',
};

/** Fields every object ends with, as a real org orders them. */
export const SYSTEM_FIELDS = `
CreatedDate datetime D
CreatedById reference D >User/CreatedBy
LastModifiedDate datetime D
LastModifiedById reference D >User/LastModifiedBy
SystemModstamp datetime D`;

export const soapType = (type) => SOAP[type] ?? 'xsd:string';

/** `AnnualRevenue` -> `Annual Revenue`, `OwnerId` -> `Owner ID`. */
function labelOf(name) {
  return name
    .replace(/__c$/, '')
    .replace(/_/g, ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/\bId\b/, 'ID');
}

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} type
 * @property {string} label
 * @property {number} length
 * @property {number} precision
 * @property {number} scale
 * @property {boolean} createable
 * @property {boolean} updateable
 * @property {boolean} nillable
 * @property {boolean} defaulted
 * @property {boolean} required
 * @property {boolean} filterable
 * @property {boolean} sortable
 * @property {boolean} custom
 * @property {boolean} computed not stored: the object's module knows how to compute it
 * @property {boolean} formula
 * @property {boolean} external
 * @property {boolean} unique
 * @property {boolean} caseSensitive
 * @property {boolean} restricted
 * @property {boolean} nameField
 * @property {boolean} permissionable
 * @property {string[]} values
 * @property {string | null} defaultValue
 * @property {string[]} referenceTo
 * @property {string | null} relationship
 * @property {string | null} compound
 * @property {string | null} help
 */

/** @param {string} line @returns {Field} */
export function parseField(line) {
  const values = / =(.*)$/.exec(line);
  const words = (values ? line.slice(0, values.index) : line).trim().split(/\s+/);
  const [name, type] = words;
  const flags = new Set(words.slice(2));
  const rights = words.slice(2).find((word) => /^[CUND]+$/.test(word)) ?? '';
  const size = words.slice(2).find((word) => /^\d+(\/\d+)?$/.test(word));
  const target = words.find((word) => word.startsWith('>'));
  return makeField({ name, type, flags, rights, size, target, values: values ? values[1].split('|') : [] });
}

function makeField({ name, type, flags, rights, size, target, values }) {
  const [digits, scale] = size?.includes('/') ? size.split('/').map(Number) : [0, 0];
  const length = type === 'id' || type === 'reference' ? 18 : size && !digits ? Number(size) : 0;
  const [targets, relationship] = target ? target.slice(1).split('/') : ['', null];
  const long = length > 255 && type === 'textarea',
    custom = name.endsWith('__c');
  const compound = type === 'address' || type === 'location';
  const first = values.find((value) => value.startsWith('*'));
  return {
    name,
    type,
    label: labelOf(name),
    length,
    precision: digits,
    scale,
    createable: rights.includes('C'),
    updateable: rights.includes('U'),
    nillable: rights.includes('N'),
    defaulted: rights.includes('D'),
    required: flags.has('required'),
    filterable: !long && !compound && !flags.has('nofilter'),
    sortable: !long && !compound && !flags.has('nosort'),
    custom,
    computed: flags.has('calc') || flags.has('formula') || compound,
    formula: flags.has('formula'),
    external: flags.has('external'),
    unique: flags.has('unique'),
    caseSensitive: flags.has('case'),
    restricted: flags.has('restricted'),
    nameField: flags.has('namefield'),
    permissionable: (rights.includes('N') || flags.has('formula')) && type !== 'id' && !flags.has('required'),
    values: values.map((value) => value.replace(/^\*/, '')),
    defaultValue: first ? first.slice(1) : null,
    referenceTo: targets ? targets.split(',') : [],
    relationship: relationship ?? null,
    compound: null,
    help: null,
  };
}

/** @param {string} text lines of the notation @returns {Field[]} */
export function parseFields(text) {
  const fields = text
    .split('\n')
    .filter((line) => line.trim())
    .map(parseField);
  for (const field of fields) {
    if (field.type !== 'address') continue;
    const stem = field.name.slice(0, -'Address'.length);
    for (const part of fields) {
      if (part !== field && part.name.startsWith(stem) && ADDRESS_PARTS.has(part.name.slice(stem.length))) {
        part.compound = field.name;
      }
    }
  }
  return fields;
}

const ADDRESS_PARTS = new Set([
  'Street',
  'City',
  'State',
  'PostalCode',
  'Country',
  'Latitude',
  'Longitude',
  'GeocodeAccuracy',
]);
