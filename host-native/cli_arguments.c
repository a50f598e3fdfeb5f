#include "cli_arguments.h"
#include "cli.h"
#include "cli_json.h"
#include <string.h>

typedef struct Option {
    const char *name;
    const char *value;
    const char *help;
} Option;

#define OPTION_ROW(identifier, name, value, help) {name, value, help},
static const Option options[CLI_OPTION_COUNT] = {{"", NULL, ""}, CLI_OPTIONS(OPTION_ROW)};

/* Those that stand in front of CLI_SANDBOX belong to every command. */
static bool is_common(int option)
{
    return option < CLI_SANDBOX;
}

static const CliCommand commands[] = {
    {.name = "connect",
     .summary = "connect an org, check it, set it up, pull it for the first time",
     .detail =
         "Prints an address to open in a browser, where a user of the org allows the access. Afterwards it\n"
         "checks what that user may do, offers to create the fields, and starts the first sync.\n\n"
         "    perly connect --client-id 3MVG9...\n"
         "    perly connect --connection sandbox --sandbox --client-id 3MVG9...\n\n"
         "Without a browser, for a server: --jwt with the private key of the certificate that the app has, "
         "or\n"
         "--client-credentials with the app's secret in $PERLY_CLIENT_SECRET (My Domain only). The key file\n"
         "stays where it is.\n\n"
         "    perly connect --client-id 3MVG9... --jwt server.pem --username perly@acme.com\n"
         "    perly connect --my-domain acme.my.salesforce.com --client-id 3MVG9... --client-credentials\n",
     .flags = CLI_LOCKS | CLI_CREATES,
     .run = cli_connect,
     .options = {CLI_SANDBOX, CLI_MY_DOMAIN, CLI_LOGIN_URL, CLI_CLIENT_ID, CLI_JWT, CLI_USERNAME,
                 CLI_CLIENT_CREDENTIALS, CLI_SCOPES, CLI_PORT, CLI_HEADLESS, CLI_NO_SYNC}},
    {.name = "connections",
     .summary = "the names of the connections that there are",
     .nothing = "there is none yet: perly connect --client-id ID",
     .flags = CLI_HOST | CLI_CREATES,
     .run = cli_connections},
    {.name = "check",
     .summary = "what the connected user may do, and what is missing",
     .detail = "Reads only. Each permission and object is ok, missing, unknown, or one that Perly does "
               "without, with\n"
               "what to do about it.\n",
     .core = "check",
     .flags = CLI_LOCKS,
     .run = cli_plain},
    {.name = "setup",
     .summary = "create Perly's three fields on Account and give access to them",
     .detail =
         "Health Score, Risk Level, Last Updated, and a key on tasks. A second run changes nothing.\n"
         "--plan ends with exit code 2 when something would be made or removed, else 0.\n"
         "Where an administrator makes them: --manual lists them, --package writes a folder that\n"
         "sf project deploy start --source-dir DIR deploys. Afterwards perly setup has nothing to do.\n\n"
         "An administrator can do this once, for a user without any setup permission: connect as the\n"
         "administrator, perly setup --assign USER, then connect again as that user.\n\n"
         "    perly setup --plan\n"
         "    perly setup --readers \"Standard User, Sales Leads\"\n"
         "    perly setup --package perly-fields\n"
         "    perly setup --undo\n",
     .core = "setup",
     .flags = CLI_LOCKS,
     .run = cli_setup,
     .options = {CLI_PLAN, CLI_ASSIGN, CLI_READERS, CLI_UNDO, CLI_MANUAL, CLI_PACKAGE}},
    {.name = "sync",
     .summary = "pull, score, push, act",
     .detail =
         "Goes on where the last run stopped. Ctrl-C stops cleanly.\n\n"
         "--watch reads the configuration again before each cycle. An edit that is no good, or a file that\n"
         "is gone, is told, and the configuration before it stays in force. Between its cycles other\n"
         "commands work on the connection; while one lasts they wait (--wait).\n\n"
         "    perly sync\n"
         "    perly sync --watch\n"
         "    perly sync --full --only Account\n",
     .core = "sync",
     .flags = CLI_LOCKS,
     .run = cli_sync,
     .options = {CLI_ONCE, CLI_WATCH, CLI_FULL, CLI_ONLY}},
    {.name = "status",
     .summary = "how the connection is, and whether a person must act",
     .detail = "Exit code 3 when a person must act. --history tells what earlier pulls brought, and what of "
               "it was\n"
               "rejected or held, beside what the org had.\n\n"
               "    perly status\n"
               "    perly status --history --limit 3\n",
     .core = "status",
     .nothing = "no scoring has followed a pull yet: perly sync",
     .run = cli_status,
     .options = {CLI_HISTORY, CLI_LIMIT}},
    {.name = "accounts",
     .summary = "the accounts with their health and risk",
     .detail = "    perly accounts --risk Critical\n"
               "    perly accounts --sort change --limit 10\n",
     .core = "accounts",
     .nothing = "no account is like that; perly sync pulls and scores them",
     .run = cli_plain,
     .options = {CLI_RISK, CLI_SORT, CLI_LIMIT}},
    {.name = "explain",
     .operands = "ACCOUNT",
     .summary = "why an account has its score",
     .detail =
         "ACCOUNT is an id of 15 or 18 characters, or the name. What the score changed by is told by cause:\n"
         "data that arrived late, time that passed, what the customer did, another model.\n\n"
         "    perly explain 001Pe00000ABCDEIA5\n"
         "    perly explain \"Acme GmbH\" --since 2026-11-01\n",
     .core = "explain",
     .members = "account",
     .operands_min = 1,
     .operands_max = 1,
     .run = cli_plain,
     .options = {CLI_SINCE}},
    {.name = "fields",
     .operands = "[OBJECT]",
     .summary = "what a mapping can read of an object, with types and picklist values",
     .detail = "OBJECT is Account unless it is said.\n\n"
               "    perly fields\n"
               "    perly fields Opportunity\n",
     .core = "fields",
     .members = "object",
     .operands_max = 1,
     .run = cli_plain},
    {.name = "signals",
     .operands = "import FILE",
     .summary = "values that Salesforce does not know",
     .detail =
         "CSV or NDJSON with account id, signal name, value and time. The accounts are scored again.\n\n"
         "    perly signals import usage.csv\n",
     .operands_min = 2,
     .operands_max = 2,
     .flags = CLI_LOCKS,
     .run = cli_signals},
    {.name = "errors",
     .operands = "[retry] [ID]",
     .summary = "records that were refused, each with what to do",
     .detail =
         "Without a word they are listed, with exit code 3 when there are any. They are tried again by\n"
         "themselves when the configuration or the account's record changes; retry tries one now, or all.\n\n"
         "    perly errors\n"
         "    perly errors retry fields:001XX000003DHPhYAO\n",
     .core = "errors",
     .nothing = "no record was refused",
     .members = "decision id",
     .operands_max = 2,
     .flags = CLI_LOCKS | CLI_LISTS,
     .run = cli_plain},
    {.name = "actions",
     .operands = "[approve|drop] [ID]",
     .summary = "tasks and posts that are held, and why",
     .detail = "Without a word they are listed. approve or drop decides about one, or about all.\n\n"
               "    perly actions\n"
               "    perly actions approve 4f2a91c0\n",
     .core = "actions",
     .nothing = "no task or post is held",
     .members = "decision id",
     .operands_max = 2,
     .flags = CLI_LOCKS | CLI_LISTS,
     .run = cli_plain},
    {.name = "config",
     .operands = "show|check|schema",
     .summary = "the configuration in force, whether a file is one, what may stand in it",
     .detail = "check also compares it with the org's fields, once there was a check or a sync; it needs no "
               "connection.\n"
               "schema is a JSON Schema, with which an editor completes and checks while you type.\n\n"
               "    perly config show > config.json\n"
               "    perly config check --config config.json\n"
               "    perly config schema > perly-config.schema.json\n",
     .core = "config_show",
     .members = "word",
     .operands_min = 1,
     .operands_max = 1,
     .flags = CLI_PASSING,
     .run = cli_config},
    {.name = "backup",
     .operands = "FILE",
     .summary = "copy the database to a new file, also while a sync runs",
     .detail = "The file's key is not in it: keep perly.key as well.\n\n"
               "    perly backup perly-monday.db\n",
     .operands_min = 1,
     .operands_max = 1,
     .flags = CLI_HOST,
     .run = cli_backup},
    {.name = "disconnect",
     .summary = "revoke the access and erase everything that was stored",
     .detail = "The fields in Salesforce stay. --yes skips the question.\n",
     .flags = CLI_LOCKS,
     .run = cli_disconnect},
    {.name = "help",
     .operands = "[COMMAND]",
     .summary = "this text, or that of a command",
     .operands_max = 1,
     .flags = CLI_HOST | CLI_CREATES,
     .run = cli_help},
};

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0], WORD_MAX = 32, NUMBER_DIGITS_MAX = 15 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits from one word to the other (Levenshtein), of words up to WORD_MAX. */
static size_t distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1];
    const size_t width = strlen(b);
    if (strlen(a) > WORD_MAX || width > WORD_MAX) {
        return WORD_MAX;
    }
    for (size_t j = 0; j <= width; j++) {
        row[j] = j;
    }
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            const size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = smaller(change, smaller(row[j], row[j - 1]) + 1);
        }
    }
    return row[width];
}

static bool is_near(const char *a, const char *b, size_t *best)
{
    const size_t edits = distance(a, b);
    const bool near = edits < *best && edits <= 1 + strlen(b) / 3;
    *best = near ? edits : *best;
    return near;
}

static const CliCommand *find_command(const char *name, NativeBuffer *remedy)
{
    const char *near = NULL;
    size_t best = WORD_MAX;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(name, commands[i].name) == 0) {
            return &commands[i];
        }
        near = is_near(name, commands[i].name, &best) ? commands[i].name : near;
    }
    native_buffer_format(remedy, near == NULL ? "perly help" : "perly %s", near);
    return NULL;
}

static bool takes(const CliCommand *command, int option)
{
    if (is_common(option) || command == NULL) {
        return true;
    }
    for (int i = 0; i < CLI_COMMAND_OPTIONS_MAX && command->options[i] != CLI_NO_OPTION; i++) {
        if (command->options[i] == option) {
            return true;
        }
    }
    return false;
}

static int find_option(const char *name, size_t length, const CliCommand *command, NativeBuffer *remedy)
{
    char word[WORD_MAX + 1];
    const char *near = NULL;
    size_t best = WORD_MAX;
    const size_t kept = smaller(length, WORD_MAX);
    memcpy(word, name, kept);
    word[kept] = '\0';
    for (int i = 1; i < CLI_OPTION_COUNT; i++) {
        if (strlen(options[i].name) == length && strncmp(name, options[i].name, length) == 0) {
            return i;
        }
        near = takes(command, i) && is_near(word, options[i].name, &best) ? options[i].name : near;
    }
    if (near != NULL) {
        native_buffer_format(remedy, "perly %s --%s", command == NULL ? "COMMAND" : command->name, near);
    } else {
        native_buffer_format(remedy, "perly help%s%s", command == NULL ? "" : " ",
                             command == NULL ? "" : command->name);
    }
    return -1;
}

/* Of an option whose value is called N: digits alone. */
static bool check_number(int option, const char *value, NativeBuffer *problem, NativeBuffer *remedy)
{
    if (strcmp(options[option].value, "N") != 0 ||
        (value[0] != '\0' && value[strspn(value, "0123456789")] == '\0' &&
         strlen(value) <= NUMBER_DIGITS_MAX)) {
        return true;
    }
    native_buffer_format(problem, "--%s takes a whole number, not \"%s\"", options[option].name, value);
    native_buffer_format(remedy, "perly ... --%s 10", options[option].name);
    return false;
}

/* One option that begins with "--"; takes its value from the next word when none stands behind "=". */
static bool parse_option(CliArguments *arguments, int argc, char **argv, int *at, NativeBuffer *problem,
                         NativeBuffer *remedy)
{
    const char *name = argv[*at] + 2;
    const size_t length = strcspn(name, "=");
    const int option = find_option(name, length, arguments->command, remedy);
    if (option < 0) {
        native_buffer_format(problem, "there is no option --%.*s", (int)length, name);
        return false;
    }
    arguments->values[option] = "";
    if (options[option].value == NULL) {
        if (name[length] == '=') {
            native_buffer_format(problem, "--%s takes no value", options[option].name);
            native_buffer_format(remedy, "perly --%s", options[option].name);
            return false;
        }
        return true;
    }
    if (name[length] != '=' && *at + 1 >= argc) {
        native_buffer_format(problem, "--%s needs a value", options[option].name);
        native_buffer_format(remedy, "perly ... --%s %s", options[option].name, options[option].value);
        return false;
    }
    arguments->values[option] = name[length] == '=' ? name + length + 1 : argv[++*at];
    return check_number(option, arguments->values[option], problem, remedy);
}

static bool parse_word(CliArguments *arguments, const char *word, NativeBuffer *problem, NativeBuffer *remedy)
{
    if (arguments->command == NULL) {
        arguments->command = find_command(word, remedy);
        if (arguments->command == NULL) {
            native_buffer_format(problem, "there is no command \"%s\"", word);
        }
        return arguments->command != NULL;
    }
    if (arguments->operand_count == arguments->command->operands_max) {
        native_buffer_format(problem, "perly %s does not take \"%s\"", arguments->command->name, word);
        native_buffer_format(remedy, "perly %s %s", arguments->command->name,
                             or_empty(arguments->command->operands));
        return false;
    }
    arguments->operands[arguments->operand_count++] = word;
    return true;
}

static bool check(const CliArguments *arguments, NativeBuffer *problem, NativeBuffer *remedy)
{
    const CliCommand *command = arguments->command;
    if (command == NULL || arguments->values[CLI_HELP] != NULL) {
        return true;
    }
    for (int i = 1; i < CLI_OPTION_COUNT; i++) {
        if (arguments->values[i] != NULL && !takes(command, i)) {
            native_buffer_format(problem, "perly %s has no option --%s", command->name, options[i].name);
            native_buffer_format(remedy, "perly help %s", command->name);
            return false;
        }
    }
    if (arguments->operand_count < command->operands_min) {
        native_buffer_format(problem, "perly %s needs %s", command->name, or_empty(command->operands));
        native_buffer_format(remedy, "perly %s %s", command->name, or_empty(command->operands));
        return false;
    }
    return true;
}

bool cli_arguments_parse(CliArguments *arguments, int argc, char **argv, NativeBuffer *problem,
                         NativeBuffer *remedy)
{
    *arguments = (CliArguments){.word_count = argc, .words = argv};
    bool words_only = false;
    for (int at = 1; at < argc; at++) {
        const char *word = argv[at];
        bool ok = true;
        if (!words_only && strcmp(word, "--") == 0) {
            words_only = true;
        } else if (!words_only && (strcmp(word, "-h") == 0)) {
            arguments->values[CLI_HELP] = "";
        } else if (!words_only && word[0] == '-' && word[1] == '-') {
            ok = parse_option(arguments, argc, argv, &at, problem, remedy);
        } else {
            ok = parse_word(arguments, word, problem, remedy);
        }
        if (!ok) {
            return false;
        }
    }
    return check(arguments, problem, remedy);
}

bool cli_arguments_lock(const CliArguments *arguments)
{
    const uint32_t flags = arguments->command->flags;
    const bool lists = (flags & CLI_LISTS) != 0 && arguments->operand_count == 0;
    return (flags & CLI_LOCKS) != 0 && !lists;
}

void cli_arguments_typed(const CliArguments *arguments, NativeBuffer *out)
{
    native_buffer_text(out, "perly");
    for (int i = 1; i < arguments->word_count; i++) {
        const char *word = arguments->words[i];
        const bool plain = word[0] != '\0' && word[strcspn(word, " \t\n\"'$&|;<>*?()\\")] == '\0';
        native_buffer_format(out, plain ? " %s" : " \"%s\"", word);
    }
}

static void write_option(int option, NativeBuffer *out)
{
    const char *value = options[option].value == NULL ? "" : options[option].value;
    const int width = 20 - (int)strlen(options[option].name);
    native_buffer_format(out, "  --%s %-*s %s\n", options[option].name, width > 0 ? width : 0, value,
                         options[option].help);
}

static void write_exit_codes(NativeBuffer *out)
{
    native_buffer_text(
        out, "\nExit codes: 0 done, 1 failed, 2 a plan would change something, 3 a person must act,\n"
             "4 bad input or configuration, 5 try later, 6 another process works on the connection, 130 "
             "stopped.\n");
}

static void write_command_help(const CliCommand *command, NativeBuffer *out)
{
    const char *operands = or_empty(command->operands);
    native_buffer_format(out, "perly %s%s%s: %s\n\n%s", command->name, operands[0] == '\0' ? "" : " ",
                         operands, command->summary, or_empty(command->detail));
    for (int i = 0; i < CLI_COMMAND_OPTIONS_MAX && command->options[i] != CLI_NO_OPTION; i++) {
        native_buffer_text(out, i == 0 ? "\nOptions:\n" : "");
        write_option(command->options[i], out);
    }
    native_buffer_text(out, "\nOptions of every command:\n");
    for (int i = 1; i < CLI_OPTION_COUNT && is_common(i); i++) {
        write_option(i, out);
    }
    write_exit_codes(out);
}

void cli_arguments_help(const CliCommand *command, NativeBuffer *out)
{
    if (command != NULL) {
        write_command_help(command, out);
        return;
    }
    native_buffer_text(out, "perly: the health of your customers, from Salesforce and back to it\n\n"
                            "  perly connect --client-id ID     once\n"
                            "  perly sync --watch               and it goes on by itself\n"
                            "  perly accounts --sort change     who got worse\n"
                            "  perly explain \"Acme GmbH\"        and why\n\nCommands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const int width = 26 - (int)strlen(commands[i].name);
        native_buffer_format(out, "  %s %-*s %s\n", commands[i].name, width, or_empty(commands[i].operands),
                             commands[i].summary);
    }
    native_buffer_text(out, "\nOptions of every command:\n");
    for (int i = 1; i < CLI_OPTION_COUNT && is_common(i); i++) {
        write_option(i, out);
    }
    write_exit_codes(out);
    native_buffer_text(out, "\nperly help COMMAND tells more; perly --version which release this is.\n");
}

static void write_option_member(const CliArguments *arguments, int option, NativeBuffer *json)
{
    char name[WORD_MAX + 1] = {0};
    for (size_t i = 0; options[option].name[i] != '\0'; i++) {
        name[i] = options[option].name[i];
        if (name[i] == '-') {
            name[i] = '_';
        }
    }
    native_buffer_format(json, ",\"%s\":", name);
    if (options[option].value == NULL) {
        native_buffer_text(json, "true");
    } else if (strcmp(options[option].value, "N") == 0) {
        native_buffer_format(json, "%lu", cli_json_number(arguments->values[option]));
    } else {
        cli_json_string(json, native_text(arguments->values[option]));
    }
}

void cli_arguments_members(const CliArguments *arguments, NativeBuffer *json)
{
    for (int i = 1; i < CLI_OPTION_COUNT; i++) {
        if (arguments->values[i] != NULL && !is_common(i)) {
            write_option_member(arguments, i, json);
        }
    }
    const char *member = or_empty(arguments->command->members);
    for (uint32_t i = 0; i < arguments->operand_count; i++) {
        const size_t length = strcspn(member, " ");
        native_buffer_format(json, ",\"%.*s\":", (int)length, member);
        cli_json_string(json, native_text(arguments->operands[i]));
        member += length + (member[length] == ' ' ? 1 : 0);
    }
}
