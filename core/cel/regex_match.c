/*
 * Searches. The general engine simulates all threads of the program side by side, one byte at a time, in
 * order of priority, with at most one thread an instruction (Thompson, Pike): linear in the text for every
 * pattern. Patterns that are plain text, and questions that a table answers, do not get that far.
 */
#include "cel/regex_internal.h"

typedef struct Threads {
    uint32_t *ids; /* instructions that take a byte, or MATCH; the first has priority */
    uint32_t *slots;
    uint32_t count;
} Threads;

/* An instruction to go on with, or (`slot` set) a slot to give back its old value. */
typedef struct Pending {
    uint32_t slot;
    uint32_t value;
} Pending;

typedef struct Vm {
    const Regex *regex;
    Slice text;
    uint32_t slot_count;
    uint32_t generation; /* of the list being filled */
    uint32_t *seen;      /* the generation in which an instruction was last reached */
    Pending *stack;
    uint32_t *slots; /* of the thread in hand */
    Threads now;
    Threads next;
    uint32_t *found; /* the slots of the best match so far */
    uint32_t rune;   /* at the current position, when its byte is above 0x7F */
    uint32_t rune_bytes;
    uint64_t steps;
} Vm;

static uint32_t conditions_at(const Vm *vm, size_t at)
{
    const uint8_t *bytes = (const uint8_t *)vm->text.data;
    return regex_between(regex_before(at == 0 ? -1 : bytes[at - 1]), at == vm->text.length ? -1 : bytes[at]);
}

static void add_thread(Vm *vm, Threads *list, uint32_t id)
{
    const uint32_t count = vm->slot_count;
    if (count != 0) {
        memcpy(list->slots + (size_t)list->count * count, vm->slots, count * sizeof(uint32_t));
    }
    list->ids[list->count++] = id;
}

/* Adds all that `id` leads to without taking a byte, with the slots in vm->slots, which end as they were. */
static void follow(Vm *vm, Threads *list, uint32_t id, size_t at)
{
    const RegexInst *program = vm->regex->program;
    const uint32_t holds = vm->regex->conditions == 0 ? 0 : conditions_at(vm, at);
    uint32_t depth = 0;
    for (;;) {
        bool on = vm->seen[id] != vm->generation;
        vm->seen[id] = vm->generation;
        const RegexInst *inst = &program[id];
        vm->steps += on ? 1 : 0;
        if (on) {
            switch (inst->op) {
            case OP_JUMP: id = (uint32_t)inst->x; break;
            case OP_FORK_NEXT:
                vm->stack[depth++] = (Pending){REGEX_UNSET, (uint32_t)inst->x};
                id++;
                break;
            case OP_FORK_JUMP:
                vm->stack[depth++] = (Pending){REGEX_UNSET, id + 1};
                id = (uint32_t)inst->x;
                break;
            case OP_CAPTURE: {
                const uint32_t slot = (uint32_t)inst->x;
                if (slot < vm->slot_count) {
                    vm->stack[depth++] = (Pending){slot, vm->slots[slot]};
                    vm->slots[slot] = (uint32_t)at;
                }
                id++;
                break;
            }
            case OP_CONDITION:
                on = ((uint32_t)inst->x & ~holds) == 0;
                id++;
                break;
            default: add_thread(vm, list, id); on = false;
            }
        }
        while (!on) {
            if (depth == 0) {
                return;
            }
            const Pending pending = vm->stack[--depth];
            if (pending.slot == REGEX_UNSET) {
                id = pending.value;
                on = true;
            } else {
                vm->slots[pending.slot] = pending.value;
            }
        }
    }
}

/* Where the thread at `id` goes with the byte at `at`; false: it ends. */
static bool take_byte(const Vm *vm, uint32_t id, size_t at, uint32_t *to)
{
    const RegexInst *inst = &vm->regex->program[id];
    const uint32_t byte = (uint8_t)vm->text.data[at];
    bool taken = false;
    switch (inst->op) {
    case OP_WAIT: *to = (uint32_t)inst->x; return true;
    case OP_BYTE: *to = id + 1; return true;
    case OP_RUNE: taken = (uint32_t)inst->x == (byte < 0x80 ? byte : vm->rune); break;
    default: {
        const RegexClass *set = &vm->regex->classes[inst->x];
        taken = byte < 0x80 ? regex_bit(set->ascii, byte) : regex_class_has(set, vm->rune);
    }
    }
    *to = byte < 0x80 ? id + 1 + inst->waits : id + vm->rune_bytes - 1;
    return taken;
}

/* Gives every thread the byte at `at`. True: one of them has matched, and those after it are dropped. */
static bool advance(Vm *vm, size_t at)
{
    const size_t bytes = vm->slot_count * sizeof(uint32_t);
    const bool more = at < vm->text.length;
    if (more && (uint8_t)vm->text.data[at] >= 0x80) {
        vm->rune = regex_decode((const uint8_t *)vm->text.data + at, vm->text.length - at, &vm->rune_bytes);
    }
    vm->next.count = 0;
    vm->generation++;
    for (uint32_t i = 0; i < vm->now.count; i++) {
        const uint32_t id = vm->now.ids[i];
        const uint32_t *slots = vm->now.slots + (size_t)i * vm->slot_count;
        uint32_t to = 0;
        vm->steps++;
        if (vm->regex->program[id].op == OP_MATCH) {
            if (bytes != 0) {
                memcpy(vm->found, slots, bytes);
                vm->found[1] = (uint32_t)at;
            }
            return true;
        }
        if (more && take_byte(vm, id, at, &to)) {
            if (bytes != 0) {
                memcpy(vm->slots, slots, bytes);
            }
            follow(vm, &vm->next, to, at + 1);
        }
    }
    return false;
}

/* The next position at which a match may begin; text.length + 1 when there is none. */
static size_t next_start(const Regex *regex, Slice text, size_t at)
{
    if (at == 0 || !regex->has_first) {
        return at;
    }
    if (regex->literal_length != 0) {
        const size_t found = slice_find(text, slice_make(regex->literal, regex->literal_length), at);
        return found == SIZE_MAX ? text.length + 1 : found;
    }
    while (at < text.length && !regex_bit(regex->first, (uint8_t)text.data[at])) {
        at++;
    }
    return at < text.length ? at : text.length + 1;
}

static void start_thread(Vm *vm, size_t at)
{
    for (uint32_t i = 0; i < vm->slot_count; i++) {
        vm->slots[i] = REGEX_UNSET;
    }
    if (vm->slot_count != 0) {
        vm->slots[0] = (uint32_t)at;
    }
    follow(vm, &vm->now, 0, at);
}

static RegexResult run(Vm *vm, size_t from, uint64_t steps_max)
{
    const bool anchored = vm->regex->anchored;
    bool matched = false;
    for (size_t at = from; at <= vm->text.length; at++) {
        if (!matched && vm->now.count == 0 && !anchored) {
            const size_t start = next_start(vm->regex, vm->text, at);
            vm->steps += (start - at) / 8;
            if (start > vm->text.length) {
                break;
            }
            vm->generation += start != at ? 1 : 0;
            at = start;
        }
        if (!matched && (!anchored || at == 0)) {
            start_thread(vm, at);
        }
        if (vm->now.count == 0 && (matched || anchored)) {
            break;
        }
        if (vm->steps > steps_max) {
            return REGEX_LIMIT;
        }
        matched = advance(vm, at) || matched;
        if (matched && vm->slot_count == 0) {
            break;
        }
        const Threads passed = vm->now;
        vm->now = vm->next;
        vm->next = passed;
    }
    if (vm->steps > steps_max) {
        return REGEX_LIMIT;
    }
    return matched ? REGEX_MATCH : REGEX_NO_MATCH;
}

static bool vm_init(Vm *vm, Arena *scratch)
{
    const size_t count = vm->regex->instructions;
    vm->generation = 1;
    vm->seen = ARENA_ARRAY(scratch, uint32_t, count);
    vm->stack = arena_alloc(scratch, (vm->regex->forks + 1) * sizeof(Pending), _Alignof(Pending));
    const size_t thread_slots = count * vm->slot_count;
    if (vm->slot_count != 0 && (thread_slots / vm->slot_count != count || thread_slots > SIZE_MAX / 16)) {
        return false;
    }
    uint32_t *words =
        arena_alloc(scratch, (2 * count + 2 * thread_slots + 2 * (size_t)vm->slot_count) * sizeof(uint32_t),
                    _Alignof(uint32_t));
    if (vm->seen == NULL || vm->stack == NULL || words == NULL) {
        return false;
    }
    vm->now.ids = words;
    vm->next.ids = words + count;
    vm->now.slots = words + 2 * count;
    vm->next.slots = vm->now.slots + thread_slots;
    vm->slots = vm->next.slots + thread_slots;
    vm->found = vm->slots + vm->slot_count;
    return true;
}

RegexResult regex_match(const Regex *regex, Arena *scratch, Slice text, size_t from, Slice *groups,
                        size_t group_count, uint64_t *steps)
{
    const size_t wanted = group_count < (size_t)regex->groups + 1 ? group_count : (size_t)regex->groups + 1;
    Vm vm = {.regex = regex, .text = text, .slot_count = (uint32_t)(2 * wanted)};
    const ArenaMark mark = arena_mark(scratch);
    RegexResult result = REGEX_NO_MEMORY;
    if (vm_init(&vm, scratch)) {
        result = run(&vm, from, *steps);
        *steps -= vm.steps < *steps ? vm.steps : *steps;
    }
    if (result == REGEX_MATCH) {
        regex_set_groups(text, vm.found, vm.slot_count, groups, group_count);
    }
    arena_rewind(scratch, mark);
    return result;
}
