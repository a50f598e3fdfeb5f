/*
 * One vector for each construct of RE2's syntax page (github.com/google/re2/wiki/Syntax), in its order, those
 * that it marks as not supported included; then errors, limits and steps.
 */
#include "cel/regex.h"
#include "test.h"

enum { GROUPS_MAX = 6 };

static TestAllocator allocator;
static Arena arena;
static Arena scratch;

static void set_up(void)
{
    test_allocator_init(&allocator);
    arena_init(&arena, &allocator.allocator, 0);
    arena_init(&scratch, &allocator.allocator, 0);
}

static void tear_down(void)
{
    arena_free(&arena);
    arena_free(&scratch);
    CHECK_INT(allocator.bytes, 0, "all memory is given back");
}

/*
 * `wanted`: the matched text, then each group behind a '|' ("-": took no part); "no match"; or, for a pattern
 * that does not compile, '!', the message, '@' and the column.
 */
typedef struct Vector {
    const char *pattern;
    const char *text;
    const char *wanted;
} Vector;

static void append(char *out, size_t *length, Slice part)
{
    memcpy(out + *length, part.data, part.length);
    *length += part.length;
}

static Slice describe_error(const Error *error, char *out)
{
    size_t length = 0;
    append(out, &length, SLICE("!"));
    append(out, &length, error->message);
    return (Slice){out, length + (size_t)sprintf(out + length, "@%u", (unsigned)error->place.column)};
}

static Slice describe_match(const Regex *regex, Slice text, char *out)
{
    Slice groups[GROUPS_MAX];
    uint64_t steps = UINT64_MAX;
    const size_t count = regex_group_count(regex) + 1;
    size_t length = 0;
    const RegexResult result = regex_search(regex, &scratch, text, 0, groups, GROUPS_MAX, &steps);
    const RegexResult plain = regex_search(regex, &scratch, text, 0, NULL, 0, &steps);
    if (result != plain) {
        return SLICE("with groups and without differ");
    }
    if (result != REGEX_MATCH) {
        return SLICE("no match");
    }
    for (size_t i = 0; i < count && i < GROUPS_MAX; i++) {
        append(out, &length, i == 0 ? SLICE("") : SLICE("|"));
        append(out, &length, groups[i].data == NULL ? SLICE("-") : groups[i]);
    }
    return (Slice){out, length};
}

static void check_vectors(const Vector *vectors, size_t count)
{
    char got[1024];
    set_up();
    for (size_t i = 0; i < count; i++) {
        const Vector *vector = &vectors[i];
        Regex *regex = NULL;
        const Error error = regex_compile(&arena, slice_from_text(vector->pattern), NULL, &regex);
        const Slice answer = error.code == ERROR_OK
                                 ? describe_match(regex, slice_from_text(vector->text), got)
                                 : describe_error(&error, got);
        CHECK_TEXT(answer, slice_from_text(vector->wanted), vector->pattern);
        arena_reset(&arena);
    }
    tear_down();
}

#define CHECK_VECTORS(table) check_vectors((table), sizeof(table) / sizeof((table)[0]))

static void single_characters(void)
{
    static const Vector VECTORS[] = {
        {".", "\nx", "x"},
        {"(?s).", "\nx", "\n"},
        {".", "\xC3\xA9", "\xC3\xA9"},
        {"[xyz]", "abcz", "z"},
        {"[^xyz]", "zya", "a"},
        {"\\d", "a7", "7"},
        {"\\D", "7a", "a"},
        {"[[:alpha:]]", "1b", "b"},
        {"[[:^alpha:]]", "b1", "1"},
        {"\\pN", "a\xE2\x85\xA7", "\xE2\x85\xA7"}, /* U+2167, a Roman numeral */
        {"\\PN", "7a", "a"},
        {"\\p{Greek}", "",
         "!invalid character class range (known are the general categories such as \\p{Lu} or \\pN, not the "
         "scripts): \\p{Greek}@1"},
        {"a\\P{Greek}", "",
         "!invalid character class range (known are the general categories such as \\p{Lu} or \\pN, not the "
         "scripts): \\P{Greek}@2"},
    };
    CHECK_VECTORS(VECTORS);
}

static void composites(void)
{
    static const Vector VECTORS[] = {
        {"xy", "axy", "xy"},
        {"x|y", "ay", "y"},
        {"ab|a", "ab", "ab"},
        {"a|ab", "ab", "a"},
        {"|a", "a", ""},
        {"a|", "b", ""},
        {"", "a", ""},
        {"(a|b)*c|(a|ab)*c", "abc", "abc|b|-"},
        {"(?:a|b||c)d", "cd", "cd"},
    };
    CHECK_VECTORS(VECTORS);
}

static void repetitions(void)
{
    static const Vector VECTORS[] = {
        {"x*", "xxx", "xxx"},
        {"x+", "axx", "xx"},
        {"x?", "xx", "x"},
        {"x{2,3}", "xxxx", "xxx"},
        {"x{2,}", "xxxx", "xxxx"},
        {"x{2}", "xxxx", "xx"},
        {"x*?", "xxx", ""},
        {"x+?", "xxx", "x"},
        {"x??", "x", ""},
        {"x{2,3}?", "xxxx", "xx"},
        {"x{2,}?y", "xxxy", "xxxy"},
        {"x{2}?", "xxxx", "xx"},
        {"x{0}y", "xy", "y"},
        {"(x){0}y", "xy", "y|-"},
        {"x{0,1}y", "xxy", "xy"},
        {"a{1000}", "aaa", "no match"},
        {"a{1001}", "", "!invalid repetition size: {1001}@2"},
        {"a{1,1001}", "", "!invalid repetition size: {1,1001}@2"},
        {"a{3,2}", "", "!invalid repetition size: {3,2}@2"},
        {"(a{10}){100}", "", "no match"},
        {"(a{10}){101}", "", "!invalid repetition size: {101}@8"},
        {"(((a{100}){100}){100})", "", "!invalid repetition size: {100}@11"},
        {"x{}", "x{}", "x{}"},
        {"x{,2}", "x{,2}", "x{,2}"},
        {"x{01}", "x{01}", "x{01}"},
        {"x{1", "x{1", "x{1"},
        {"x**", "", "!bad repetition operator: **@2"},
        {"x*+", "", "!bad repetition operator: *+@2"},
        {"x++", "", "!bad repetition operator: ++@2"},
        {"x?+", "", "!bad repetition operator: ?+@2"},
        {"x{2,3}+", "", "!bad repetition operator: {2,3}+@2"},
        {"x{2,}+", "", "!bad repetition operator: {2,}+@2"},
        {"x{2}+", "", "!bad repetition operator: {2}+@2"},
        {"*", "", "!no argument for repetition operator: *@1"},
        {"a|+", "", "!no argument for repetition operator: +@3"},
        {"(?", "", "!invalid perl operator: (?@1"},
        {"(*a)", "", "!no argument for repetition operator: *@2"},
        {"^*a", "ba", "a"},
        {"(|a)*b", "aab", "aab|a"},
        {"(a*)*", "b", "|"},
        {"(a*)+", "b", "|"},
        {"(a|b)*?c", "abc", "abc|b"},
        {"(\\D*?)*-", " a-", " a-| a"}, /* as RE2, not as Perl */
        {"(?:\\B#)*\\B[xy]", "#ab-/x#y", "no match"},
        {"(?:\\B#)*\\B[/:]", "#ab-/", "/"}, /* what died at one position is tried again at the next */
    };
    CHECK_VECTORS(VECTORS);
}

static void groups(void)
{
    static const Vector VECTORS[] = {
        {"(a)(b)?", "ac", "a|a|-"},
        {"(?P<year>\\d+)-(?P<month>\\d+)", "2026-11", "2026-11|2026|11"},
        {"(?<year>\\d+)", "2026", "2026|2026"},
        {"(?'year'\\d+)", "", "!invalid perl operator: (?'@1"},
        {"(?:ab)+", "ababa", "abab"},
        {"(?i)AB", "xab", "ab"},
        {"(?i:A)B", "aB", "aB"},
        {"(?i:A)B", "ab", "no match"},
        {"a(?i)b", "aB", "aB"},
        {"(a(?i)b)c", "aBC", "no match"},
        {"(?#text)", "", "!invalid perl operator: (?#@1"},
        {"(?|x|y|z)", "", "!invalid perl operator: (?|@1"},
        {"(?>re)", "", "!invalid perl operator: (?>@1"},
        {"((a)|(b))*", "ab", "ab|b|a|b"},
        {"(a", "", "!missing ): (a@1"},
        {"a(b(c)", "", "!missing ): a(b(c)@2"},
        {"a)b", "", "!unexpected ): a)b@2"},
        {"(?P<n", "", "!invalid named capture group: (?P<n@1"},
        {"(?P<n m>a)", "", "!invalid named capture group: (?P<n m>@1"},
        {"(?P<>a)", "", "!invalid named capture group: (?P<>@1"},
        {"(?P=n)", "", "!invalid perl operator: (?P@1"},
        {"(?P>n)", "", "!invalid perl operator: (?P@1"},
        {"(?P<\xC3\xA9_1>a)", "a", "a|a"},
    };
    CHECK_VECTORS(VECTORS);
}

static void flags(void)
{
    static const Vector VECTORS[] = {
        {"(?i)stra\xC3\x9F"
         "e",
         "STRA\xE1\xBA\x9E"
         "E",
         "STRA\xE1\xBA\x9E"
         "E"},                                     /* U+00DF and U+1E9E */
        {"(?i)k", "\xE2\x84\xAA", "\xE2\x84\xAA"}, /* the Kelvin sign */
        {"(?i)[^k]", "K\xE2\x84\xAAx", "x"},
        {"(?i)\xCF\x83+", "\xCE\xA3\xCF\x82\xCF\x83", "\xCE\xA3\xCF\x82\xCF\x83"},
        {"(?m)^b$", "a\nb\nc", "b"},
        {"^b$", "a\nb\nc", "no match"},
        {"(?s)a.b", "a\nb", "a\nb"},
        {"(?U)a+", "aa", "a"},
        {"(?U)a+?", "aa", "aa"},
        {"(?im-s)^B.", "a\nb\nbc", "bc"},
        {"(?i)(?-i)a", "A", "no match"},
        {"(?z)", "", "!invalid perl operator: (?z@1"},
        {"(?i-)", "", "!invalid perl operator: (?i-)@1"},
        {"(?-i-s)", "", "!invalid perl operator: (?-i-@1"},
        {"(?i", "", "!invalid perl operator: (?i@1"},
    };
    CHECK_VECTORS(VECTORS);
}

static void empty_strings(void)
{
    static const Vector VECTORS[] = {
        {"^a", "ba", "no match"},
        {"a$", "ab", "no match"},
        {"a$", "a\n", "no match"},
        {"\\Aa", "\na", "no match"},
        {"(?m)\\Aa", "\na", "no match"},
        {"\\ba", "ba a", "a"},
        {"a\\b", "ab a", "a"},
        {"a\\Bb", "a ab", "ab"},
        {"\\b", "", "no match"},
        {"\\B", "", ""},
        {"a\\z", "a\na", "a"},
        {"(?m)a\\z", "a\n", "no match"},
        {"\\Ga", "", "!invalid escape sequence: \\G@1"},
        {"a\\Z", "", "!invalid escape sequence: \\Z@2"},
        {"(?=re)", "", "!invalid perl operator: (?=@1"},
        {"(?!re)", "", "!invalid perl operator: (?!@1"},
        {"(?<=re)", "", "!invalid perl operator: (?<@1"},
        {"(?<!re)", "", "!invalid perl operator: (?<@1"},
    };
    CHECK_VECTORS(VECTORS);
}

static void escapes(void)
{
    static const Vector VECTORS[] = {
        {"\\a", "\a", "\a"},
        {"\\f", "\f", "\f"},
        {"\\t", "\t", "\t"},
        {"\\n", "\n", "\n"},
        {"\\r", "\r", "\r"},
        {"\\v", "\v", "\v"},
        {"\\*", "*", "*"},
        {"\\_", "_", "_"},
        {"\\123", "S", "S"},
        {"\\12", "\n", "\n"},
        {"\\x7e", "~", "~"},
        {"\\x{e9}", "\xC3\xA9", "\xC3\xA9"},
        {"\\x{10FFFF}", "\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"},
        {"\\C", "\xFF", "\xFF"},
        {"^\\C\\C$", "\xC3\xA9", "\xC3\xA9"},
        {"\\Qa.b\\E.", "axbc a.bc", "a.bc"},
        {"\\Qa\\.", "a\\.", "a\\."},
        {"\\Qab\\E+", "abb", "abb"},
        {"(a)\\1", "", "!invalid escape sequence: \\1@4"},
        {"\\8", "", "!invalid escape sequence: \\8@1"},
        {"[\\b]", "", "!invalid escape sequence: \\b@2"},
        {"\\cK", "", "!invalid escape sequence: \\c@1"},
        {"\\e", "", "!invalid escape sequence: \\e@1"},
        {"\\g1", "", "!invalid escape sequence: \\g@1"},
        {"\\k<n>", "", "!invalid escape sequence: \\k@1"},
        {"\\lX", "", "!invalid escape sequence: \\l@1"},
        {"\\ux", "", "!invalid escape sequence: \\u@1"},
        {"\\L", "", "!invalid escape sequence: \\L@1"},
        {"\\K", "", "!invalid escape sequence: \\K@1"},
        {"\\N{name}", "", "!invalid escape sequence: \\N@1"},
        {"\\R", "", "!invalid escape sequence: \\R@1"},
        {"\\U", "", "!invalid escape sequence: \\U@1"},
        {"\\X", "", "!invalid escape sequence: \\X@1"},
        {"\\i", "", "!invalid escape sequence: \\i@1"},
        {"\\h", "", "!invalid escape sequence: \\h@1"},
        {"\\x{110000}", "", "!invalid escape sequence: \\x{110000@1"},
        {"\\x{}", "", "!invalid escape sequence: \\x{}@1"},
        {"\\xg0", "", "!invalid escape sequence: \\xg0@1"},
        {"ab\\", "", "!trailing \\@3"},
        {"\xC3\xA9\\y", "", "!invalid escape sequence: \\y@2"}, /* the column counts characters */
        {"a\xFF", "", "!invalid UTF-8@2"},
    };
    CHECK_VECTORS(VECTORS);
}

static void classes(void)
{
    static const Vector VECTORS[] = {
        {"[A-Z]+", "aBCd", "BC"},
        {"[\\d]", "a1", "1"},
        {"[^\\d]", "1a", "a"},
        {"[\\D]", "1a", "a"},
        {"[^\\D]", "a1", "1"},
        {"[[:digit:]x]+", "a1x", "1x"},
        {"[^[:digit:]]", "1a", "a"},
        {"[\\p{Lu}\\pN]+", "aB1", "B1"},
        {"[^\\p{Lu}]", "Ba", "a"},
        {"[]a]+", "]a", "]a"},
        {"[^]a]", "]ab", "b"},
        {"[a-]+", "b-a", "-a"},
        {"[-a]+", "b-a", "-a"},
        {"[\\n\\x41]+", "\nA", "\nA"},
        {"[[:x]+", "x:[", "x:["},
        {"[\xC3\xA0-\xC3\xB6]", "\xC3\x80\xC3\xA9", "\xC3\xA9"},
        {"[^\\x00-\\x{10FFFF}]", "a", "no match"},
        {"[z-a]", "", "!invalid character class range: z-a@2"},
        {"[a-\\d]", "", "!invalid escape sequence: \\d@4"},
        {"[[:foo:]]", "", "!invalid character class range: [:foo:]@2"},
        {"[[:d:]]", "", "!invalid character class range: [:d:]@2"},
        {"a[b", "", "!missing ]: [b@2"},
        {"[]", "", "!missing ]: []@1"},
        {"\\d+", "a12", "12"},
        {"\\D+", "12ab", "ab"},
        {"\\s+", "a \t\n\f\r\v", " \t\n\f\r"},
        {"\\S+", " \va", "\va"},
        {"\\w+", "-aZ_0", "aZ_0"},
        {"\\W+", "a-\xC3\xA9", "-\xC3\xA9"},
        {"\\V", "", "!invalid escape sequence: \\V@1"},
    };
    CHECK_VECTORS(VECTORS);
}

static void ascii_classes(void)
{
    static const char ALL[] = "\x01\t\n !09:@AFGZ[_`afgz{~\x7F";
    static const Vector VECTORS[] = {
        {"[[:alnum:]]+", ALL, "09"},
        {"[[:alpha:]]+", ALL, "AFGZ"},
        {"[[:ascii:]]+", "\x7F\xC3\xA9", "\x7F"},
        {"[[:blank:]]+", ALL, "\t"},
        {"[[:cntrl:]]+", ALL, "\x01\t\n"},
        {"[[:digit:]]+", ALL, "09"},
        {"[[:graph:]]+", ALL, "!09:@AFGZ[_`afgz{~"},
        {"[[:lower:]]+", ALL, "afgz"},
        {"[[:print:]]+", ALL, " !09:@AFGZ[_`afgz{~"},
        {"[[:punct:]]+", ALL, "!"},
        {"[[:punct:]]{3}", ALL, "[_`"},
        {"[[:space:]]+", "\x01\t\n\v\f\r x", "\t\n\v\f\r "},
        {"[[:upper:]]+", ALL, "AFGZ"},
        {"[[:word:]]+", "-0A_z-", "0A_z"},
        {"[[:xdigit:]]+", "g09AFafG", "09AFaf"},
    };
    CHECK_VECTORS(VECTORS);
}

/* An example of each category, in UTF-8; Cs is a surrogate, which no valid text has, but RE2 knows it. */
static const struct {
    const char *name;
    const char *member;
} CATEGORIES[] = {
    {"Cc", "\x01"},
    {"Cf", "\xC2\xAD"},
    {"Co", "\xEE\x80\x80"},
    {"Cs", "\xED\xA0\x80"},
    {"Ll", "a"},
    {"Lm", "\xCA\xB0"},
    {"Lo", "\xC2\xAA"},
    {"Lt", "\xC7\x85"},
    {"Lu", "\xC4\x80"},
    {"Mc", "\xE0\xA4\x83"},
    {"Me", "\xD2\x88"},
    {"Mn", "\xCC\x80"},
    {"Nd", "\xD9\xA0"},
    {"Nl", "\xE2\x85\xA0"},
    {"No", "\xC2\xB2"},
    {"Pc", "_"},
    {"Pd", "-"},
    {"Pe", ")"},
    {"Pf", "\xC2\xBB"},
    {"Pi", "\xC2\xAB"},
    {"Po", "!"},
    {"Ps", "("},
    {"Sc", "$"},
    {"Sk", "^"},
    {"Sm", "+"},
    {"So", "\xC2\xA6"},
    {"Zl", "\xE2\x80\xA8"},
    {"Zp", "\xE2\x80\xA9"},
    {"Zs", "\xC2\xA0"},
};

enum { CATEGORY_COUNT = sizeof CATEGORIES / sizeof CATEGORIES[0] };

/* A pattern with the category, or with the letter of its group, takes just the members it should. */
static void check_category(const char *pattern, size_t index, size_t letters)
{
    Regex *regex = NULL;
    CHECK_ERROR(regex_compile(&arena, slice_from_text(pattern), NULL, &regex), ERROR_OK, pattern);
    for (size_t other = 0; other < CATEGORY_COUNT; other++) {
        uint64_t steps = 1000;
        const bool same = memcmp(CATEGORIES[index].name, CATEGORIES[other].name, letters) == 0;
        CHECK_INT(
            regex_search(regex, &scratch, slice_from_text(CATEGORIES[other].member), 0, NULL, 0, &steps),
            same ? REGEX_MATCH : REGEX_NO_MATCH, pattern);
    }
}

static void general_categories(void)
{
    set_up();
    for (size_t i = 0; i < CATEGORY_COUNT; i++) {
        char pattern[16];
        (void)sprintf(pattern, "^\\p{%s}$", CATEGORIES[i].name);
        check_category(pattern, i, 2);
        (void)sprintf(pattern, "^\\p%c$", CATEGORIES[i].name[0]);
        check_category(pattern, i, 1);
    }
    tear_down();
}

static void categories_in_patterns(void)
{
    static const Vector VECTORS[] = {
        {"\\p{^Lu}+", "Aab", "ab"},
        {"\\P{^Lu}+", "aAB", "AB"},
        {"\\P{Lu}+", "Aab", "ab"},
        {"\\p{Any}", "\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"},
        {"\\pC", "\xCD\xB8", "no match"}, /* U+0378 is not assigned: Cn is not in RE2's C */
        {"(?i)\\p{Lu}+", "aB1", "aB"},
        {"\\p{Lu", "",
         "!invalid character class range (known are the general categories such as \\p{Lu} or \\pN, not the "
         "scripts): \\p{Lu@1"},
    };
    CHECK_VECTORS(VECTORS);
}

static void unknown_categories(void)
{
    static const char *const UNKNOWN[] = {"\\p{Cn}", "\\p{LC}",    "\\p{L&}", "\\pX",
                                          "\\p",     "\\p{Latin}", "\\p{}",   "\\p{lu}"};
    set_up();
    for (size_t i = 0; i < sizeof UNKNOWN / sizeof UNKNOWN[0]; i++) {
        Regex *regex = NULL;
        CHECK_ERROR(regex_compile(&arena, slice_from_text(UNKNOWN[i]), NULL, &regex), ERROR_REGEX_SYNTAX,
                    UNKNOWN[i]);
    }
    tear_down();
}

/* The rest of what the page lists as not supported: Perl's and PCRE's forms are errors, ... */
static void not_supported(void)
{
    static const Vector VECTORS[] = {
        {"\\g{1}", "", "!invalid escape sequence: \\g@1"},
        {"\\g{+1}", "", "!invalid escape sequence: \\g@1"},
        {"\\g{-1}", "", "!invalid escape sequence: \\g@1"},
        {"\\g{name}", "", "!invalid escape sequence: \\g@1"},
        {"\\g<name>", "", "!invalid escape sequence: \\g@1"},
        {"\\g'name'", "", "!invalid escape sequence: \\g@1"},
        {"\\k'name'", "", "!invalid escape sequence: \\k@1"},
        {"\\k{name}", "", "!invalid escape sequence: \\k@1"},
        {"\\L..\\E", "", "!invalid escape sequence: \\L@1"},
        {"\\U..\\E", "", "!invalid escape sequence: \\U@1"},
        {"\\H", "", "!invalid escape sequence: \\H@1"},
        {"\\I", "", "!invalid escape sequence: \\I@1"},
        {"\\F", "", "!invalid escape sequence: \\F@1"},
        {"\\o", "", "!invalid escape sequence: \\o@1"},
        {"\\O", "", "!invalid escape sequence: \\O@1"},
        {"\\u", "", "!invalid escape sequence: \\u@1"},
        {"\\c", "", "!invalid escape sequence: \\c@1"},
        {"\\m", "", "!invalid escape sequence: \\m@1"},
        {"\\M", "", "!invalid escape sequence: \\M@1"},
        {"(?{code})", "", "!invalid perl operator: (?{@1"},
        {"(?\?{code})", "", "!invalid perl operator: (?\?@1"},
        {"(?1)", "", "!invalid perl operator: (?1@1"},
        {"(?+1)", "", "!invalid perl operator: (?+@1"},
        {"(?-1)", "", "!invalid perl operator: (?-1@1"},
        {"(?C)", "", "!invalid perl operator: (?C@1"},
        {"(?C3)", "", "!invalid perl operator: (?C@1"},
        {"(?R)", "", "!invalid perl operator: (?R@1"},
        {"(?0)", "", "!invalid perl operator: (?0@1"},
        {"(?&name)", "", "!invalid perl operator: (?&@1"},
        {"(?(1)a|b)", "", "!invalid perl operator: (?(@1"},
        {"(?(<n>)a|b)", "", "!invalid perl operator: (?(@1"},
        {"(*ACCEPT)", "", "!no argument for repetition operator: *@2"},
        {"(*COMMIT)", "", "!no argument for repetition operator: *@2"},
        {"(*F)", "", "!no argument for repetition operator: *@2"},
        {"(*FAIL)", "", "!no argument for repetition operator: *@2"},
        {"(*MARK)", "", "!no argument for repetition operator: *@2"},
        {"(*PRUNE)", "", "!no argument for repetition operator: *@2"},
        {"(*SKIP)", "", "!no argument for repetition operator: *@2"},
        {"(*THEN)", "", "!no argument for repetition operator: *@2"},
        {"(*ANY)", "", "!no argument for repetition operator: *@2"},
        {"(*ANYCRLF)", "", "!no argument for repetition operator: *@2"},
        {"(*CR)", "", "!no argument for repetition operator: *@2"},
        {"(*UTF8)", "", "!no argument for repetition operator: *@2"},
        {"(*UCP)", "", "!no argument for repetition operator: *@2"},
        {"\\E", "", "!invalid escape sequence: \\E@1"},
        {"a\\Eb", "", "!invalid escape sequence: \\E@2"},
        {"[\\Q]\\E]", "", "!invalid escape sequence: \\Q@2"},
        {"\\x7", "", "!invalid escape sequence: \\x7@1"},
        {"\\x", "", "!invalid escape sequence: \\x@1"},
        {"a{1000}{2}", "", "!bad repetition operator: {1000}{2}@2"},
    };
    CHECK_VECTORS(VECTORS);
}

/* ...and those of vim mean what they are without vim. */
static void not_vim(void)
{
    static const Vector VECTORS[] = {
        {"x{-}", "x{-}", "x{-}"},    {"x{-2,3}", "x{-2,3}", "x{-2,3}"}, {"x=", "x=", "x="},
        {"re@>", "re@>", "re@>"},    {"%(re)", "%re", "%re|re"},        {"re&re", "re&re", "re&re"},
        {"re@<!", "re@<!", "re@<!"}, {"a\\zs", "as", "no match"},       {"\\%^", "%", "no match"},
        {"\\%23l", "%23l", "%23l"},  {"\\%d123", "%d123", "%d123"},     {"\\_x", "_x", "_x"},
        {"\\07", "\a", "\a"},        {"\\400", "\xC4\x80", "\xC4\x80"},
    };
    CHECK_VECTORS(VECTORS);
}

TEST_MAIN(single_characters, composites, repetitions, groups, flags, empty_strings, escapes, classes,
          ascii_classes, general_categories, categories_in_patterns, unknown_categories, not_supported,
          not_vim)
