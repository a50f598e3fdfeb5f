/*
 * The regular expression engine against RE2 itself (Debian's libre2, test only): random patterns, each with four
 * random texts. Both must accept or reject a pattern, with the same message, and find the same match and groups.
 *
 *     regex_differential [patterns [seed]]        default: 250,000 patterns, 1,000,000 pairs; exit 1 on a difference
 *     regex_differential unicode                  every category and every folding, all code points
 *
 * What may differ is listed in `excused`. Other seeds than the default may show what core/cel/regex.h says of loops
 * that can match nothing: there RE2 does not even agree with its own printed form of the pattern.
 */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <re2/re2.h>
#include <string>
#include <vector>

extern "C" {
#include "cel/regex.h"
}

namespace
{
constexpr int TEXTS = 4;
constexpr size_t GROUPS_MAX = 24;

uint64_t random_state;

uint64_t random_next()
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * UINT64_C(0x2545F4914F6CDD1D) >> 16;
}

size_t random_below(size_t bound)
{
    return random_next() % bound;
}

template <size_t N> const char *pick(const char *const (&list)[N])
{
    return list[random_below(N)];
}

void *resize(void *, void *block, size_t, size_t bytes)
{
    if (bytes == 0) {
        free(block);
        return nullptr;
    }
    return realloc(block, bytes);
}

const Allocator ALLOCATOR = {resize, nullptr};

/* The same pattern for both: they differ in the spelling of named groups. */
struct Pattern {
    std::string ours;
    std::string theirs;

    void add(const std::string &text)
    {
        ours += text;
        theirs += text;
    }
};

const char *const LITERALS[] = {"a", "a", "a", "b", "b", "b", "c", "x", "A", "B", "k", "K", "s", "S", "0", "1", "_", "-", " ",
                                "é", "É", "ß", "ſ", "K", "σ", "ς", "Σ", "中", "😀", "\n", "{", "}", "]", ",", ":", "ǅ", "Ā", "ā"};
const char *const ESCAPES[] = {"\\.",     "\\n",    "\\t",     "\\x41",  "\\x{e9}", "\\x{1F600}", "\\101", "\\0",  "\\*",
                               "\\x{4e2d}", "\\\\", "\\_",     "\\-",    "\\x62",   "\\v",        "\\a",   "\\f",  "\\r",
                               "\\Qa*b\\E", "\\Q\\E", "\\x{61}", "\\07",   "\\12"};
const char *const CLASSES[] = {".",     ".",     "\\d",     "\\D",     "\\s",    "\\S",    "\\w",     "\\W",     "\\pL",
                               "\\p{Lu}", "\\P{Ll}", "\\pN", "\\p{^Lu}", "\\P{^L}", "\\p{Any}", "\\pM", "\\p{Zs}", "\\C",
                               "\\p{So}", "\\pC", "\\pP", "\\pS"};
const char *const CLASS_PARTS[] = {"a",  "b",   "a-c",  "A-Z",     "0-9",       "\\d",       "\\w",    "\\s",     "\\W",
                                   "\\S", "[:alpha:]", "[:^digit:]", "[:punct:]", "[:space:]", "[:word:]", "é", "à-ö", "\\pL",
                                   "\\P{Lu}", "-", "^",  "\\n",  "\\x00-\\x7f", "中-丽", "k", "s", "\\]", "[:upper:]", "x-", ".",
                                   "\\x{100}-\\x{10ffff}", "\\p{Lt}", "[:xdigit:]", "[:lower:]", "σ", "!-~", "[:foo:]", "\\b",
                                   "\\x80-\\x{10ffff}", "Ā-ſ"};
const char *const CONDITIONS[] = {"^", "$", "\\b", "\\B", "\\A", "\\z"};
const char *const REPEATS[] = {"*", "+", "?", "*?", "+?", "??", "*", "+", "?"};
const char *const FLAGS[] = {"i", "m", "s", "U", "-i", "i-s", "im", "-m", "s-U", "U-m", "-s", "is"};
const char *const BROKEN[] = {"(",  ")",    "[",     "]",    "\\", "*",  "+?", "{2}", "{,2}", "{2,1}", "{1001}", "(?", "(?P<", "\\8",
                              "\\x", "(?P<n", "[[:", "\\p", "\\pX", "\\p{", "(?i-", "|", "[z-a]", "(?=", "\\Z", "\\x{110000}",
                              "\xff", "(?:", "(?P<é1>", "(?P<a b>", "{0}", "{00}", "\\p{Foo}", "\\1", "(?#", "(?P=a)", "\\Q", "\\E",
                              "(?<=a)", "[^", "[]", "\\x{", "\\x{}", "\\xg0", "x{2}{3}", "a**", "(?-)", "(?)", "\\pé"};

void make_class(Pattern &pattern)
{
    pattern.add(random_below(3) == 0 ? "[^" : "[");
    for (size_t parts = 1 + random_below(4); parts > 0; parts--) {
        pattern.add(pick(CLASS_PARTS));
    }
    pattern.add("]");
}

void make_repeat(Pattern &pattern)
{
    if (random_below(4) != 0) {
        pattern.add(pick(REPEATS));
        return;
    }
    const size_t low = random_below(5);
    const size_t high = low + random_below(4);
    std::string text = "{" + std::to_string(low);
    text += random_below(3) == 0 ? "" : ("," + (random_below(3) == 0 ? std::string() : std::to_string(high)));
    pattern.add(text + "}" + (random_below(4) == 0 ? "?" : ""));
}

void make_alternatives(Pattern &pattern, int depth);

void make_group(Pattern &pattern, int depth)
{
    const size_t form = random_below(12);
    if (form < 5) {
        pattern.add("(");
    } else if (form < 8) {
        pattern.add("(?:");
    } else if (form < 10) {
        const std::string name = std::string(1, (char)('a' + random_below(26))) + std::to_string(random_below(10));
        pattern.ours += (form == 8 ? "(?<" : "(?P<") + name + ">";
        pattern.theirs += "(?P<" + name + ">";
    } else {
        pattern.add(std::string("(?") + pick(FLAGS) + ":");
    }
    make_alternatives(pattern, depth - 1);
    pattern.add(")");
}

void make_atom(Pattern &pattern, int depth)
{
    const size_t form = random_below(depth > 0 ? 26 : 19);
    if (form < 9) {
        pattern.add(pick(LITERALS));
    } else if (form < 10) {
        pattern.add(pick(ESCAPES));
    } else if (form < 13) {
        pattern.add(pick(CLASSES));
    } else if (form < 16) {
        make_class(pattern);
    } else if (form < 18) {
        pattern.add(pick(CONDITIONS));
    } else if (form < 19) {
        pattern.add(std::string("(?") + pick(FLAGS) + ")");
    } else {
        make_group(pattern, depth);
    }
    if (random_below(3) == 0) {
        make_repeat(pattern);
    }
}

void make_alternatives(Pattern &pattern, int depth)
{
    for (size_t more = random_below(4) == 0 ? 1 + random_below(3) : 0;; more--) {
        for (size_t atoms = random_below(5); atoms > 0; atoms--) {
            make_atom(pattern, depth);
        }
        if (more == 0) {
            break;
        }
        pattern.add("|");
    }
}

Pattern make_pattern()
{
    Pattern pattern;
    if (random_below(8) == 0) {
        pattern.add(std::string("(?") + pick(FLAGS) + ")");
    }
    if (random_below(8) == 0) {
        pattern.add("^");
    }
    make_alternatives(pattern, 3);
    if (random_below(8) == 0) {
        pattern.add("$");
    }
    if (random_below(10) == 0) {
        Pattern broken;
        const size_t cut = random_below(pattern.theirs.size() + 1);
        broken.add(pattern.theirs.substr(0, cut) + pick(BROKEN));
        if (random_below(2) == 0) {
            broken.add(pattern.theirs.substr(cut + random_below(pattern.theirs.size() - cut + 1)));
        }
        return broken;
    }
    return pattern;
}

const char *const TEXT_PARTS[] = {"a", "a", "a", "b",  "b", "c",  "x", "A", "B",  "k", "K", "s",  "S",  "0",  "1",   "_",   "-",  " ",
                                  "é", "É", "ß", "ſ",  "K", "σ",  "ς", "Σ", "中", "😀", "\n", "{", "}", "]", ",", ":", "aa", "ab", "ba",
                                  "abc", "\t", "ẞ", "ǅ", "ǆ", "Ā", "ā", "\xff", "\xc3", "\xe4\xb8", "\x80", "\xed\xa0\x80",
                                  "\xf4\x90\x80\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80", "\xc0\x80"};

std::string make_text()
{
    std::string text;
    const bool ascii = random_below(2) == 0;
    for (size_t parts = random_below(12); parts > 0; parts--) {
        text += TEXT_PARTS[random_below(ascii ? 18 : sizeof TEXT_PARTS / sizeof TEXT_PARTS[0])];
    }
    if (random_below(20) == 0) {
        text += std::string(1, '\0') + text;
    }
    return text;
}

bool contains(const std::string &text, const char *part)
{
    return text.find(part) != std::string::npos;
}

/* Ours as RE2 20220601 would write it: it does not know "(?<", and does not cut the pattern. */
bool same_message(std::string ours, const std::string &theirs)
{
    for (size_t at = 0; (at = ours.find("(?<", at)) != std::string::npos; at += 3) {
        ours.replace(at, 3, "(?P<");
    }
    const bool cut = ours.size() > 3 && ours.compare(ours.size() - 3, 3, "...") == 0;
    const std::string begin = cut ? ours.substr(0, ours.size() - 3) : ours;
    return cut ? theirs.compare(0, begin.size(), begin) == 0 : ours == theirs;
}

/* Messages that say more than RE2's, and what RE2 20220601 does not have. */
bool excused(const std::string &ours, const std::string &theirs)
{
    return contains(ours, "(known are") || (contains(theirs, "invalid UTF-8") && contains(ours, "invalid escape")) ||
           (contains(theirs, "(?<") && contains(ours, "(?<")) ||
           (contains(ours, "invalid UTF-8") && !theirs.empty()) || same_message(ours, theirs);
}

std::string printable(const std::string &text)
{
    std::string out;
    char hex[8];
    for (const unsigned char byte : text) {
        if (byte >= 0x20 && byte != '"') {
            out += (char)byte;
        } else {
            snprintf(hex, sizeof hex, "\\x%02x", byte);
            out += hex;
        }
    }
    return "\"" + out + "\"";
}

std::string describe(bool matched, const std::vector<std::pair<long, long>> &groups)
{
    if (!matched) {
        return "no match";
    }
    std::string out;
    for (const auto &group : groups) {
        out += "(" + std::to_string(group.first) + "," + std::to_string(group.second) + ")";
    }
    return out;
}

struct Tally {
    long pairs;
    long matches;
    long rejected;
    long differences;
};

void compare_text(const Regex *regex, const re2::RE2 &re, const std::string &pattern, Arena *scratch, Tally &tally)
{
    const std::string text = make_text();
    const size_t from = random_below(4) == 0 ? random_below(text.size() + 1) : 0;
    const size_t count = 1 + regex_group_count(regex) < GROUPS_MAX ? 1 + regex_group_count(regex) : GROUPS_MAX;
    re2::StringPiece theirs[GROUPS_MAX];
    Slice ours[GROUPS_MAX];
    std::vector<std::pair<long, long>> our_groups;
    std::vector<std::pair<long, long>> their_groups;
    const bool their_match = re.Match(text, from, text.size(), re2::RE2::UNANCHORED, theirs, (int)count);
    uint64_t steps = UINT64_C(1) << 40;
    const Slice slice = {text.data(), text.size()};
    const bool our_match = regex_search(regex, scratch, slice, from, ours, count, &steps) == REGEX_MATCH;
    const bool our_bool = regex_search(regex, scratch, slice, from, nullptr, 0, &steps) == REGEX_MATCH;
    for (size_t i = 0; i < count && our_match; i++) {
        const long start = ours[i].data == nullptr ? -1 : (long)(ours[i].data - text.data());
        our_groups.emplace_back(start, start < 0 ? -1 : start + (long)ours[i].length);
    }
    for (size_t i = 0; i < count && their_match; i++) {
        const long start = theirs[i].data() == nullptr ? -1 : (long)(theirs[i].data() - text.data());
        their_groups.emplace_back(start, start < 0 ? -1 : start + (long)theirs[i].size());
    }
    tally.pairs++;
    tally.matches += their_match ? 1 : 0;
    if (our_match != their_match || our_groups != their_groups || our_bool != their_match) {
        tally.differences++;
        printf("%s on %s from %zu: ours %s%s, RE2's %s\n", printable(pattern).c_str(), printable(text).c_str(), from,
               describe(our_match, our_groups).c_str(), our_bool == our_match ? "" : " (without groups: other)",
               describe(their_match, their_groups).c_str());
    }
}

void compare_pattern(Arena *arena, Arena *scratch, Tally &tally)
{
    const Pattern pattern = make_pattern();
    re2::RE2::Options options;
    options.set_log_errors(false);
    const re2::RE2 re(pattern.theirs, options);
    Regex *regex = nullptr;
    const Error error = regex_compile(arena, Slice{pattern.ours.data(), pattern.ours.size()}, nullptr, &regex);
    const std::string ours(error.message.data == nullptr ? "" : error.message.data, error.message.length);
    if (re.ok() != (error.code == ERROR_OK) || (!re.ok() && !excused(ours, re.error()))) {
        tally.differences++;
        printf("%s: ours %s, RE2's %s\n", printable(pattern.ours).c_str(), ours.c_str(), re.error().c_str());
    }
    tally.rejected += re.ok() ? 0 : 1;
    for (int i = 0; i < TEXTS; i++) {
        if (re.ok() && error.code == ERROR_OK) {
            compare_text(regex, re, pattern.ours, scratch, tally);
        } else {
            tally.pairs++;
        }
    }
    arena_reset(arena);
}

const char *const CATEGORIES[] = {"C",  "Cc", "Cf", "Co", "Cs", "L",  "Ll", "Lm", "Lo", "Lt", "Lu", "M",  "Mc",
                                  "Me", "Mn", "N",  "Nd", "Nl", "No", "P",  "Pc", "Pd", "Pe", "Pf", "Pi", "Po",
                                  "Ps", "S",  "Sc", "Sk", "Sm", "So", "Z",  "Zl", "Zp", "Zs", "Any"};
constexpr uint32_t RUNES = 0x110000;

/* Surrogates too: RE2 takes them as they come. */
std::string encode(uint32_t rune)
{
    std::string out;
    if (rune < 0x80) {
        return std::string(1, (char)rune);
    }
    const int more = rune < 0x800 ? 1 : (rune < 0x10000 ? 2 : 3);
    out += (char)((0xF00 >> (more + 1) & 0xFF) | rune >> (6 * more));
    for (int i = more - 1; i >= 0; i--) {
        out += (char)(0x80 | (rune >> (6 * i) & 0x3F));
    }
    return out;
}

/* The matches of the pattern in the text, by both; true when they agree. */
bool same_matches(const std::string &pattern, const std::string &text, Arena *arena, Arena *scratch, size_t *count)
{
    const re2::RE2 re(pattern);
    Regex *regex = nullptr;
    (void)regex_compile(arena, Slice{pattern.data(), pattern.size()}, nullptr, &regex);
    bool same = regex != nullptr && re.ok();
    for (size_t at = 0; same && at < text.size();) {
        re2::StringPiece theirs;
        Slice ours = {nullptr, 0};
        uint64_t steps = UINT64_C(1) << 40;
        const bool found = re.Match(text, at, text.size(), re2::RE2::UNANCHORED, &theirs, 1);
        const RegexResult result = regex_search(regex, scratch, Slice{text.data(), text.size()}, at, &ours, 1, &steps);
        same = found == (result == REGEX_MATCH) && (!found || (ours.data == theirs.data() && ours.length == theirs.size()));
        at = found ? (size_t)(theirs.data() - text.data()) + theirs.size() : text.size();
        *count += found ? 1 : 0;
    }
    if (!same) {
        printf("%s: not the same\n", printable(pattern).c_str());
    }
    arena_reset(arena);
    return same;
}

int compare_unicode(Arena *arena, Arena *scratch)
{
    std::string all;
    std::string folding;
    size_t matches = 0;
    size_t folds = 0;
    long differences = 0;
    char pattern[32];
    for (uint32_t rune = 0; rune < RUNES; rune++) {
        all += encode(rune);
    }
    for (const char *name : CATEGORIES) {
        differences += same_matches(std::string("\\p{") + name + "}", all, arena, scratch, &matches) ? 0 : 1;
    }
    for (uint32_t rune = 0; rune < RUNES; rune++) {
        snprintf(pattern, sizeof pattern, "(?i)\\x{%x}", (unsigned)rune);
        const bool larger = re2::RE2(pattern).ProgramSize() != re2::RE2(pattern + 4).ProgramSize();
        folding += rune < 0x80 || larger ? encode(rune) : "";
    }
    for (uint32_t rune = 0; rune < RUNES; rune++) {
        snprintf(pattern, sizeof pattern, "(?i)\\x{%x}", (unsigned)rune);
        differences += same_matches(pattern, folding + encode(rune), arena, scratch, &folds) ? 0 : 1;
    }
    printf("Unicode against RE2: %zu members of categories, %zu foldings, %ld differences\n", matches, folds, differences);
    return differences == 0 ? 0 : 1;
}

} // namespace

int main(int argc, char **argv)
{
    const bool unicode = argc > 1 && strcmp(argv[1], "unicode") == 0;
    const long patterns = argc > 1 ? atol(argv[1]) : 250000;
    random_state = argc > 2 ? strtoull(argv[2], nullptr, 10) | 1 : 20220601;
    Arena arena;
    Arena scratch;
    Tally tally = {};
    arena_init(&arena, &ALLOCATOR, 0);
    arena_init(&scratch, &ALLOCATOR, 0);
    const int unicode_result = unicode ? compare_unicode(&arena, &scratch) : 0;
    for (long i = 0; i < patterns && !unicode && tally.differences < 20; i++) {
        compare_pattern(&arena, &scratch, tally);
    }
    if (!unicode) {
        printf("regex against RE2: %ld pairs, %ld matches, %ld patterns rejected by both, %ld differences\n",
               tally.pairs, tally.matches, tally.rejected, tally.differences);
    }
    arena_free(&arena);
    arena_free(&scratch);
    return tally.differences == 0 ? unicode_result : 1;
}
