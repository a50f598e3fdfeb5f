#include "base/assert.h"
#include "cel/regex_internal.h"

void program_init(ProgramBuilder *program, Arena *arena, uint32_t limit)
{
    *program = (ProgramBuilder){.arena = arena, .limit = limit};
}

/* Room for `count` more instructions. */
static bool reserve(ProgramBuilder *program, uint32_t count)
{
    if (program->failed || program->too_large) {
        return false;
    }
    if (count > program->limit || program->count > program->limit - count) {
        program->too_large = true;
        return false;
    }
    while (program->capacity < program->count + count) {
        RegexInst *code = regex_grow(program->arena, program->code, program->capacity, &program->capacity,
                                     sizeof(RegexInst), _Alignof(RegexInst));
        if (code == NULL) {
            program->failed = true;
            return false;
        }
        program->code = code;
    }
    return true;
}

void program_emit(ProgramBuilder *program, RegexOp op, int32_t x)
{
    if (reserve(program, 1)) {
        program->code[program->count++] = (RegexInst){.op = (uint16_t)op, .x = x};
    }
}

static void emit_consumer(ProgramBuilder *program, RegexOp op, int32_t x, uint32_t highest)
{
    const uint32_t waits = highest < 0x80 ? 0 : (highest < 0x800 ? 1 : (highest < 0x10000 ? 2 : 3));
    if (!reserve(program, 1 + waits)) {
        return;
    }
    program->code[program->count++] = (RegexInst){(uint16_t)op, (uint16_t)waits, x};
    for (uint32_t i = 0; i < waits; i++) {
        program_emit(program, OP_WAIT, i == 0 ? (int32_t)waits : -1);
    }
}

void program_rune(ProgramBuilder *program, uint32_t rune)
{
    emit_consumer(program, OP_RUNE, (int32_t)rune, rune);
}

static bool push_range(ProgramBuilder *program, RuneRange range)
{
    RuneRange *ranges = regex_grow(program->arena, program->ranges, program->range_count,
                                   &program->range_capacity, sizeof(RuneRange), _Alignof(RuneRange));
    if (ranges == NULL) {
        program->failed = true;
        return false;
    }
    program->ranges = ranges;
    ranges[program->range_count++] = range;
    return true;
}

static bool add_range(ProgramBuilder *program, RegexClass *added, RuneRange range)
{
    for (uint32_t rune = range.low; rune <= range.high && rune < 0x80; rune++) {
        regex_bit_set(added->ascii, rune);
    }
    if (range.high < 0x80) {
        return true;
    }
    const uint32_t low = range.low < 0x80 ? 0x80 : range.low;
    const uint32_t high = low == 0x80 && range.high == RUNE_MAX ? RUNE_LENIENT : range.high;
    added->count++;
    return push_range(program, (RuneRange){low, high});
}

void program_class(ProgramBuilder *program, const ClassBuilder *set)
{
    if (set->count == 1 && set->ranges[0].low == set->ranges[0].high) {
        program_rune(program, set->ranges[0].low);
        return;
    }
    RegexClass added = {.first = program->range_count};
    for (uint32_t i = 0; i < set->count; i++) {
        if (!add_range(program, &added, set->ranges[i])) {
            return;
        }
    }
    RegexClass *classes = regex_grow(program->arena, program->classes, program->class_count,
                                     &program->class_capacity, sizeof(RegexClass), _Alignof(RegexClass));
    if (classes == NULL) {
        program->failed = true;
        return;
    }
    program->classes = classes;
    classes[program->class_count] = added;
    emit_consumer(program, OP_CLASS, (int32_t)program->class_count++,
                  set->count == 0 ? 0 : set->ranges[set->count - 1].high);
}

/* Makes room for one instruction before `at`; what follows moves as a whole, so its relative x stay true. */
static bool insert(ProgramBuilder *program, uint32_t at, RegexInst inst)
{
    if (!reserve(program, 1)) {
        return false;
    }
    memmove(program->code + at + 1, program->code + at, (program->count - at) * sizeof(RegexInst));
    program->code[at] = inst;
    program->count++;
    return true;
}

void program_branch(ProgramBuilder *program, uint32_t start, uint32_t *jumps)
{
    const uint32_t length = program->count - start;
    if (!insert(program, start, (RegexInst){.op = OP_FORK_NEXT, .x = (int32_t)length + 2})) {
        return;
    }
    /* Until program_join, a jump's x is 1 + the index of the jump before it: a list. */
    program_emit(program, OP_JUMP, (int32_t)*jumps);
    *jumps = program->count;
}

void program_join(ProgramBuilder *program, uint32_t jumps)
{
    if (program->failed || program->too_large) {
        return;
    }
    while (jumps != 0) {
        RegexInst *jump = &program->code[jumps - 1];
        const uint32_t before = (uint32_t)jump->x;
        jump->x = (int32_t)(program->count - (jumps - 1));
        jumps = before;
    }
}

/* A copy of `length` instructions from `start` at the end. */
static void copy(ProgramBuilder *program, uint32_t start, uint32_t length)
{
    if (length != 0 && reserve(program, length)) {
        memcpy(program->code + program->count, program->code + start, length * sizeof(RegexInst));
        program->count += length;
    }
}

/* x? : a fork before what stands from `start` on, of which `over` instructions are passed over. */
static bool option(ProgramBuilder *program, uint32_t start, uint32_t over, bool lazy)
{
    const RegexOp op = lazy ? OP_FORK_JUMP : OP_FORK_NEXT;
    return insert(program, start, (RegexInst){.op = (uint16_t)op, .x = (int32_t)over + 1});
}

/* x+ : a fork behind what stands from `start` on. */
static void loop(ProgramBuilder *program, uint32_t start, bool lazy)
{
    program_emit(program, lazy ? OP_FORK_NEXT : OP_FORK_JUMP, (int32_t)start - (int32_t)program->count);
}

static void star(ProgramBuilder *program, uint32_t start, bool nullable, bool lazy)
{
    const uint32_t length = program->count - start;
    if (nullable) {
        /* (x+)? : one fork is not enough to keep the priorities right when x can match nothing. */
        loop(program, start, lazy);
        (void)option(program, start, length + 1, lazy);
    } else if (option(program, start, length + 1, lazy)) {
        program_emit(program, OP_JUMP, -(int32_t)length - 1);
    }
}

void program_repeat(ProgramBuilder *program, uint32_t start, bool nullable, Repeat repeat)
{
    const uint32_t length = program->count - start;
    if (repeat.max == 0) {
        program->count = start;
        return;
    }
    if (repeat.min == 0 && repeat.max == -1) {
        star(program, start, nullable, repeat.lazy);
        return;
    }
    for (int32_t i = 1; i < repeat.min && !program->too_large; i++) {
        copy(program, start, length);
    }
    if (repeat.max == -1) {
        loop(program, program->count - length, repeat.lazy);
        return;
    }
    /* x{2,5} is xx(x(x(x)?)?)?, where every ? leads to the same end. */
    const uint32_t optional = (uint32_t)(repeat.max - repeat.min);
    uint32_t from = start;
    if (repeat.min == 0) {
        (void)option(program, start, (length + 1) * optional - 1, repeat.lazy);
        from++;
    }
    for (uint32_t left = repeat.min == 0 ? optional - 1 : optional; left > 0 && !program->too_large; left--) {
        const uint32_t at = program->count;
        copy(program, from, length);
        (void)option(program, at, (length + 1) * left - 1, repeat.lazy);
    }
}

static bool has_target(uint16_t op)
{
    return op == OP_JUMP || op == OP_FORK_NEXT || op == OP_FORK_JUMP || op == OP_WAIT;
}

static int32_t jump_end(const RegexInst *code, int32_t at)
{
    /* A loop of jumps alone cannot be: every loop has a fork. */
    while (code[at].op == OP_JUMP) {
        at = code[at].x;
    }
    return at;
}

/* What a class without ranges points to. */
static const RuneRange NO_RANGES = {0, 0};

void program_finish(ProgramBuilder *program, Regex *regex)
{
    program_emit(program, OP_MATCH, 0);
    if (program->failed || program->too_large) {
        return;
    }
    RegexInst *code = program->code;
    const uint32_t count = program->count;
    for (uint32_t i = 0; i < count; i++) {
        const uint16_t op = code[i].op;
        if (has_target(op)) {
            code[i].x += (int32_t)i;
            perly_assert(code[i].x >= 0 && (uint32_t)code[i].x < count);
        }
        regex->forks += op == OP_FORK_NEXT || op == OP_FORK_JUMP || op == OP_CAPTURE ? 1 : 0;
        regex->conditions |= op == OP_CONDITION ? (uint32_t)code[i].x : 0;
        regex->has_byte = regex->has_byte || op == OP_BYTE;
    }
    for (uint32_t i = count; i-- > 0;) {
        const uint16_t op = code[i].op;
        if (has_target(op)) {
            code[i].x = jump_end(code, code[i].x);
        }
    }
    regex->program = code;
    regex->instructions = count;
    regex->classes = program->classes;
    regex->class_count = program->class_count;
    regex->ranges = program->ranges == NULL ? &NO_RANGES : program->ranges;
}
