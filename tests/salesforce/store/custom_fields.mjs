// Custom fields as the Tooling API's CustomField rows.

/** Rows of CustomField: of each custom field once, those of Task and Event under Activity. */
export function customFields(org) {
  const rows = [],
    seen = new Set();
  for (const object of org.schema.objects.values()) {
    for (const field of object.fields) {
      if (!field.custom) continue;
      const owner = field.ofActivity ? 'Activity' : object.name,
        full = `${owner}.${field.name}`;
      if (seen.has(full)) continue;
      seen.add(full);
      field.toolingKey ??= org.ids.key('00N', 62 ** 5 * 50 + org.fieldSerial++);
      rows.push({
        Id: field.toolingKey,
        DeveloperName: field.name.slice(0, -3),
        TableEnumOrId: owner,
        FullName: full,
        NamespacePrefix: null,
        ManageableState: 'unmanaged',
        Length: field.length || null,
        Precision: field.precision || null,
        Scale: field.precision ? field.scale : null,
        Metadata: field.metadata ?? { label: field.label },
        CreatedDate: field.madeAt ?? org.born,
      });
    }
  }
  return rows;
}
