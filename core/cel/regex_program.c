#include "base/assert.h"
#include "cel/regex_build.h"

/* Room for `count` more instructions. */
static bool reserve(RegexBuilder *build, uint32_t count)
{
    if (count > build->limits.instructions - build->count) {
        build_fail_limit(build,
                         "the regular expression is too large: its repetitions make too many instructions");
    }
    while (build->failure == ERROR_OK && build->capacity < build->count + count) {
        RegexInst *code =
            build_grow(build, build->code, build->capacity, &build->capacity, sizeof(RegexInst));
        build->code = code == NULL ? build->code : code;
    }
    return build->failure == ERROR_OK;
}

static void emit(RegexBuilder *build, RegexInst inst)
{
    if (reserve(build, 1)) {
        build->code[build->count++] = inst;
    }
}

void program_emit(RegexBuilder *build, RegexOp op, int32_t x)
{
    emit(build, (RegexInst){.op = (uint16_t)op, .x = x});
}

static void emit_consumer(RegexBuilder *build, RegexOp op, uint32_t x, uint32_t highest)
{
    const uint32_t waits = highest < 0x80 ? 0 : (highest < 0x800 ? 1 : (highest < 0x10000 ? 2 : 3));
    emit(build, (RegexInst){(uint16_t)op, (uint16_t)waits, (int32_t)x});
    for (uint32_t i = 0; i < waits; i++) {
        program_emit(build, OP_WAIT, i == 0 ? (int32_t)waits : -1);
    }
}

/* The ASCII part of the set as bits; how many ranges reach further. */
static uint32_t add_ascii(const RuneSet *set, RegexClass *added)
{
    uint32_t wide = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        const RuneRange range = set->ranges[i];
        for (uint32_t rune = range.low; rune <= range.high && rune < 0x80; rune++) {
            regex_bit_set(added->ascii, rune);
        }
        wide += range.high < 0x80 ? 0 : 1;
    }
    return wide;
}

static void add_class(RegexBuilder *build)
{
    const RuneSet *set = &build->set;
    RegexClass added = {{0}, 0, NULL};
    added.count = add_ascii(set, &added);
    build->range_count += added.count;
    if (build->range_count > build->limits.instructions) {
        build_fail_limit(build, "the regular expression is too large: its classes have too many ranges");
        return;
    }
    RuneRange *ranges = arena_alloc(build->arena, added.count * sizeof(RuneRange), _Alignof(RuneRange));
    RegexClass *classes =
        build_grow(build, build->classes, build->class_count, &build->class_capacity, sizeof(RegexClass));
    if (classes == NULL || ranges == NULL) {
        build_fail_memory(build);
        return;
    }
    for (uint32_t i = 0; i < added.count; i++) {
        ranges[i] = set->ranges[set->count - added.count + i];
    }
    if (added.count != 0 && ranges[0].low <= 0x80) {
        ranges[0].low = 0x80;
        ranges[0].high = ranges[0].high == RUNE_MAX ? RUNE_LENIENT : ranges[0].high;
    }
    added.ranges = ranges;
    build->classes = classes;
    classes[build->class_count++] = added;
}

void program_class(RegexBuilder *build)
{
    const RuneSet *set = &build->set;
    const uint32_t highest = set->count == 0 ? 0 : set->ranges[set->count - 1].high;
    if (set->count == 1 && set->ranges[0].low == highest) {
        emit_consumer(build, OP_RUNE, highest, highest);
        return;
    }
    emit_consumer(build, OP_CLASS, build->class_count, highest);
    add_class(build);
}

/* Makes room for one instruction before `at`; what follows moves as a whole, so its relative x stay true. */
static void insert(RegexBuilder *build, uint32_t at, RegexOp op, uint32_t x)
{
    if (reserve(build, 1)) {
        memmove(build->code + at + 1, build->code + at, (build->count++ - at) * sizeof(RegexInst));
        build->code[at] = (RegexInst){.op = (uint16_t)op, .x = (int32_t)x};
    }
}

void program_branch(RegexBuilder *build, uint32_t start, uint32_t *jumps)
{
    insert(build, start, OP_FORK_NEXT, build->count - start + 2);
    /* Until program_join, a jump's x is 1 + the index of the jump before it: a list. */
    program_emit(build, OP_JUMP, (int32_t)*jumps);
    *jumps = build->count;
}

void program_join(RegexBuilder *build, uint32_t jumps)
{
    while (build->failure == ERROR_OK && jumps != 0) {
        RegexInst *jump = &build->code[jumps - 1];
        const uint32_t before = (uint32_t)jump->x;
        jump->x = (int32_t)(build->count - (jumps - 1));
        jumps = before;
    }
}

/* A copy of `length` instructions from `start` at the end. */
static void copy(RegexBuilder *build, uint32_t start, uint32_t length)
{
    if (length != 0 && reserve(build, length)) {
        memcpy(build->code + build->count, build->code + start, length * sizeof(RegexInst));
        build->count += length;
    }
}

/* x? : a fork before what stands from `start` on, of which `over` instructions are passed over. */
static void option(RegexBuilder *build, uint32_t start, uint32_t over, bool lazy)
{
    insert(build, start, lazy ? OP_FORK_JUMP : OP_FORK_NEXT, over + 1);
}

/* x+ : a fork behind what stands from `start` on. */
static void loop(RegexBuilder *build, uint32_t start, bool lazy)
{
    program_emit(build, lazy ? OP_FORK_NEXT : OP_FORK_JUMP, (int32_t)start - (int32_t)build->count);
}

static void star(RegexBuilder *build, uint32_t start, bool nullable, bool lazy)
{
    const uint32_t length = build->count - start;
    if (nullable) {
        /* (x+)? : one fork is not enough to keep the priorities right when x can match nothing. */
        loop(build, start, lazy);
        option(build, start, length + 1, lazy);
    } else {
        option(build, start, length + 1, lazy);
        program_emit(build, OP_JUMP, -(int32_t)length - 1);
    }
}

/* x{2,5} is xx(x(x(x)?)?)?, where every ? leads to the same end. */
static void repeat_counted(RegexBuilder *build, uint32_t start, const RegexRepeat *repeat)
{
    const uint32_t length = build->count - start;
    uint32_t optional = (uint32_t)(repeat->max - repeat->min);
    uint32_t from = start;
    for (int32_t i = 1; i < repeat->min && build->failure == ERROR_OK; i++) {
        copy(build, start, length);
    }
    if (repeat->max < 0) {
        loop(build, build->count - length, repeat->lazy);
        return;
    }
    if (repeat->min == 0) {
        option(build, start, (length + 1) * optional - 1, repeat->lazy);
        from++;
        optional--;
    }
    for (; optional > 0 && build->failure == ERROR_OK; optional--) {
        const uint32_t at = build->count;
        copy(build, from, length);
        option(build, at, (length + 1) * optional - 1, repeat->lazy);
    }
}

void program_repeat(RegexBuilder *build, uint32_t start, bool nullable, const RegexRepeat *repeat)
{
    if (repeat->max == 0) {
        build->count = start;
    } else if (repeat->min == 0 && repeat->max < 0) {
        star(build, start, nullable, repeat->lazy);
    } else {
        repeat_counted(build, start, repeat);
    }
}

static bool has_target(uint16_t op)
{
    return op >= OP_WAIT && op <= OP_FORK_JUMP;
}

/* Makes targets absolute, from the end on, so that a jump to a jump finds that one's last target. */
static void resolve(RegexInst *code, uint32_t count)
{
    for (uint32_t i = count; i-- > 0;) {
        if (!has_target(code[i].op)) {
            continue;
        }
        const uint32_t target = i + (uint32_t)code[i].x;
        perly_assert(target < count);
        const bool forward = target > i;
        code[i].x = forward && code[target].op == OP_JUMP ? code[target].x : (int32_t)target;
    }
}

void program_finish(RegexBuilder *build, Regex *regex)
{
    program_emit(build, OP_MATCH, 0);
    if (build->failure != ERROR_OK) {
        return;
    }
    resolve(build->code, build->count);
    for (uint32_t i = 0; i < build->count; i++) {
        const RegexInst inst = build->code[i];
        regex->forks += inst.op >= OP_FORK_NEXT && inst.op <= OP_CAPTURE ? 1 : 0;
        regex->conditions |= inst.op == OP_CONDITION ? (uint32_t)inst.x : 0;
        regex->has_byte = regex->has_byte || inst.op == OP_BYTE;
    }
    regex->program = build->code;
    regex->instructions = build->count;
    regex->classes = build->classes;
    regex->class_count = build->class_count;
}
