// What an edition of Salesforce allows: API calls in 24 hours, long requests at once, custom fields an object, and
// whether there is an API at all. From "API Request Limits and Allocations" and "Custom Fields Allowed Per Object".

/**
 * @typedef {object} Edition
 * @property {string} name as Organization.OrganizationType has it
 * @property {number} calls a day
 * @property {number} [perLicence] more for each user with a licence
 * @property {number} [concurrent] requests of 20 seconds and more at once
 * @property {number} [fields] custom fields an object
 * @property {boolean} [api] false: every call to the data API is refused
 * @property {boolean} [sandbox]
 * @property {string[]} [lacks] system permissions that it does not know
 */

/** @type {Record<string, Edition>} */
export const EDITIONS = {
  developer: { name: 'Developer Edition', calls: 15_000, concurrent: 5 },
  trial: { name: 'Enterprise Edition', calls: 15_000, concurrent: 5 },
  professional: { name: 'Professional Edition', calls: 0, fields: 100, api: false, lacks: ['BulkApiHardDelete'] },
  'professional with API': {
    name: 'Professional Edition',
    calls: 100_000,
    perLicence: 1_000,
    fields: 100,
    lacks: ['BulkApiHardDelete'],
  },
  enterprise: { name: 'Enterprise Edition', calls: 100_000, perLicence: 1_000 },
  unlimited: { name: 'Unlimited Edition', calls: 100_000, perLicence: 5_000, fields: 800 },
  performance: { name: 'Performance Edition', calls: 100_000, perLicence: 5_000, fields: 800 },
  'full sandbox': { name: 'Enterprise Edition', calls: 5_000_000, sandbox: true },
};

/**
 * The switches that an edition sets; what is given beside it wins.
 * @param {string | null | undefined} name @param {number} licences
 */
export function editionSwitches(name, licences) {
  if (!name) return {};
  const edition = EDITIONS[name];
  if (!edition) throw new Error(`edition is one of ${Object.keys(EDITIONS).join(', ')}`);
  return {
    dailyRequests: edition.calls + licences * (edition.perLicence ?? 0),
    concurrentRequests: edition.concurrent ?? 25,
    customFields: edition.fields ?? 500,
    api: edition.api ?? true,
    sandbox: edition.sandbox ?? false,
    withoutPermissions: edition.lacks ?? [],
    organizationType: edition.name,
  };
}
