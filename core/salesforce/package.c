#include "salesforce/package.h"

#include "base/assert.h"
#include "salesforce/permission_set.h"

#define XML_HEAD SLICE("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
#define XML_NAMESPACE SLICE(" xmlns=\"http://soap.sforce.com/2006/04/metadata\">\n")
#define MAIN SLICE("force-app/main/default/")

/* Our own texts alone: none holds a character that XML would have escaped. */
static void append(Buffer *buffer, const Slice *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buffer_append(buffer, parts[i]);
    }
}

#define APPEND(buffer, ...)                                                                                  \
    append((buffer), (const Slice[]){__VA_ARGS__}, sizeof((const Slice[]){__VA_ARGS__}) / sizeof(Slice))

static void element(Buffer *text, Slice indent, Slice name, Slice value)
{
    APPEND(text, indent, SLICE("<"), name, SLICE(">"), value, SLICE("</"), name, SLICE(">\n"));
}

static void write_levels(Buffer *text)
{
    APPEND(text, SLICE("    <valueSet>\n        <restricted>true</restricted>\n        <valueSetDefinition>\n"
                       "            <sorted>false</sorted>\n"));
    for (size_t i = 0; i < SF_RISK_LEVEL_COUNT; i++) {
        buffer_append(text, SLICE("            <value>\n"));
        element(text, SLICE("                "), SLICE("fullName"), sf_risk_level(i));
        element(text, SLICE("                "), SLICE("default"), SLICE("false"));
        element(text, SLICE("                "), SLICE("label"), sf_risk_level(i));
        buffer_append(text, SLICE("            </value>\n"));
    }
    APPEND(text, SLICE("        </valueSetDefinition>\n    </valueSet>\n"));
}

/* What the Tooling API is told of the same field (own_fields.c), in the other language. */
static void write_type(Buffer *text, SfOwnField field)
{
    const Slice in = SLICE("    ");
    switch (field) {
    case SF_OWN_HEALTH_SCORE:
        element(text, in, SLICE("precision"), SLICE("3"));
        element(text, in, SLICE("required"), SLICE("false"));
        element(text, in, SLICE("scale"), SLICE("0"));
        element(text, in, SLICE("type"), SLICE("Number"));
        return;
    case SF_OWN_RISK_LEVEL:
        element(text, in, SLICE("required"), SLICE("false"));
        element(text, in, SLICE("type"), SLICE("Picklist"));
        write_levels(text);
        return;
    case SF_OWN_LAST_UPDATED:
        element(text, in, SLICE("required"), SLICE("false"));
        element(text, in, SLICE("type"), SLICE("DateTime"));
        return;
    case SF_OWN_KEY:
        element(text, in, SLICE("caseSensitive"), SLICE("true"));
        element(text, in, SLICE("externalId"), SLICE("true"));
        element(text, in, SLICE("length"), SLICE("64"));
        element(text, in, SLICE("required"), SLICE("false"));
        element(text, in, SLICE("type"), SLICE("Text"));
        element(text, in, SLICE("unique"), SLICE("true"));
        return;
    case SF_OWN_FIELD_COUNT: break;
    }
}

static void write_field(Buffer *path, Buffer *text, SfOwnField field)
{
    const SfOwnFieldFacts *own = sf_own_field(field);
    APPEND(path, MAIN, SLICE("objects/"), own->table, SLICE("/fields/"), own->name, SLICE(".field-meta.xml"));
    APPEND(text, XML_HEAD, SLICE("<CustomField"), XML_NAMESPACE);
    element(text, SLICE("    "), SLICE("fullName"), own->name);
    element(text, SLICE("    "), SLICE("description"), SLICE("Written by Perly"));
    element(text, SLICE("    "), SLICE("label"), own->label);
    write_type(text, field);
    buffer_append(text, SLICE("</CustomField>\n"));
}

static void write_access(Buffer *text, Slice object, Slice name)
{
    const Slice in = SLICE("        ");
    buffer_append(text, SLICE("    <fieldPermissions>\n"));
    element(text, in, SLICE("editable"), SLICE("true"));
    APPEND(text, in, SLICE("<field>"), object, SLICE("."), name, SLICE("</field>\n"));
    element(text, in, SLICE("readable"), SLICE("true"));
    buffer_append(text, SLICE("    </fieldPermissions>\n"));
}

static void write_set(Buffer *path, Buffer *text)
{
    APPEND(path, MAIN, SLICE("permissionsets/"), SF_PERMISSION_SET_NAME, SLICE(".permissionset-meta.xml"));
    APPEND(text, XML_HEAD, SLICE("<PermissionSet"), XML_NAMESPACE);
    element(text, SLICE("    "), SLICE("description"), SLICE("Access to the fields that Perly writes"));
    for (int i = 0; i < SF_OWN_FIELD_COUNT; i++) {
        const SfOwnFieldFacts *own = sf_own_field((SfOwnField)i);
        if (i == SF_OWN_KEY) {
            write_access(text, SLICE("Event"), own->name);
        }
        write_access(text, own->object, own->name);
    }
    element(text, SLICE("    "), SLICE("hasActivationRequired"), SLICE("false"));
    element(text, SLICE("    "), SLICE("label"), SLICE("Perly Sync"));
    APPEND(text,
           SLICE("    <objectPermissions>\n        <allowCreate>false</allowCreate>\n"
                 "        <allowDelete>false</allowDelete>\n        <allowEdit>true</allowEdit>\n"
                 "        <allowRead>true</allowRead>\n        <modifyAllRecords>false</modifyAllRecords>\n"
                 "        <object>Account</object>\n        <viewAllRecords>false</viewAllRecords>\n"
                 "    </objectPermissions>\n</PermissionSet>\n"));
}

static void write_project(Buffer *path, Buffer *text, Slice version)
{
    buffer_append(path, SLICE("sfdx-project.json"));
    APPEND(text,
           SLICE("{\n  \"packageDirectories\": [{ \"path\": \"force-app\", \"default\": true }],\n"
                 "  \"name\": \"perly\",\n  \"sourceApiVersion\": \""),
           version, SLICE("\"\n}\n"));
}

Error sf_package_file(Arena *arena, size_t index, Slice version, Slice *path, Slice *text)
{
    Buffer name;
    Buffer body;
    perly_assert(index < SF_PACKAGE_FILES);
    buffer_init(&name, arena, 0);
    buffer_init(&body, arena, 0);
    if (index == 0) {
        write_project(&name, &body, version);
    } else if (index <= SF_OWN_FIELD_COUNT) {
        write_field(&name, &body, (SfOwnField)(index - 1));
    } else {
        write_set(&name, &body);
    }
    if (name.failed || body.failed) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a package"));
    }
    *path = buffer_slice(&name);
    *text = buffer_slice(&body);
    return ERROR_NONE;
}
