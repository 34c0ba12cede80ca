#include "pass.h"
#include "grow.h"

#include <string.h>

enum { MOST_READ = 4, MOST_READ_BESIDES = 4096 }; /* bytes beside literals: for each of the text, and in any case */

static void add_place(Pass *p, uint32_t rule, size_t first, size_t last) {
    if (p->last[rule]) {
        Place *before = &p->places[p->last[rule] - 1];
        if (first <= (size_t)before->last + 1 && last + 1 >= before->first) {
            if (first < before->first)
                before->first = (uint32_t)first;
            if (last > before->last)
                before->last = (uint32_t)last;
            return;
        }
    }
    if (!grow((void **)&p->places, &p->places_room, p->places_n + 1, sizeof *p->places)) {
        p->failed = 1;
        return;
    }
    p->places[p->places_n++] = (Place){rule, (uint32_t)first, (uint32_t)last};
    p->last[rule] = p->places_n;
}

static void accepted(void *context, size_t at, const Automaton *a, const uint16_t *positions, uint32_t n, int at_end) {
    Pass *p = context;
    const Region *region = &p->regions[p->rule];
    const size_t reach = p->tasks[p->rule].reach;
    const size_t first = at > reach + region->start ? at - reach : region->start;
    const size_t last = at < region->restarts ? at : region->restarts;
    (void)a, (void)positions, (void)n, (void)at_end;
    if (first <= last) /* else it is longer than a match may be */
        add_place(p, p->rule, first, last);
}

static void close_region(Pass *p, uint32_t rule) {
    Region *region = &p->regions[rule];
    const Task *task = &p->tasks[rule];
    region->open = 0;
    if (task->run && !runs_have(&p->runs, task->run, task->run_least, region->start, region->end))
        return;
    if (task->automaton < 0) {
        add_place(p, rule, region->start, region->restarts);
        return;
    }
    p->rule = rule;
    automaton_run(&p->automata[task->automaton], p->data, region->start, region->restarts, region->end, p->n, accepted, p);
    p->failed |= p->automata[task->automaton].failed;
}

/* A match of the rule may begin with the bytes first..last. */
static void open_region(Pass *p, uint32_t rule, size_t first, size_t last) {
    Region *region = &p->regions[rule];
    const size_t start = first ? first - 1 : 0; /* with the byte in front */
    size_t restarts = last + 1, stop = restarts + p->tasks[rule].reach + 1;
    restarts = restarts < p->n ? restarts : p->n;
    stop = stop < p->n ? stop : p->n;
    if (region->open) {
        if (start <= region->restarts && restarts >= region->start) {
            region->start = start < region->start ? start : region->start;
            region->restarts = restarts > region->restarts ? restarts : region->restarts;
            region->end = stop > region->end ? stop : region->end;
            return;
        }
        close_region(p, rule);
    } else {
        p->opened[p->opened_n++] = rule;
    }
    *region = (Region){start, restarts, stop, 1};
}

/* How many bytes may stand between where a match begins and the literal, and one for an edge. */
static size_t before_of(const Use *use, size_t size) {
    return use->back > size ? use->back - size + 1 : 1;
}

/* What may stand beside a literal, for one of its uses; NULL where there is no memory. */
static Beside *beside_of(Pass *p, uint32_t use, uint32_t literal) {
    if (!p->beside[use]) {
        const uint32_t number = (uint32_t)p->tasks[p->uses[use].rule].automaton, from = p->literals.from[literal];
        const Pattern *pattern = &p->automata[number].pattern;
        Automaton *reversed = &p->reversed[number];
        if (!reversed->pattern.flags) {
            Pattern back;
            if (!pattern_reverse(pattern, &back))
                return NULL;
            automaton_init(reversed, &back, p->automata[number].most_states);
        }
        if (!grow((void **)&p->besides, &p->besides_room, p->besides_n + 1, sizeof *p->besides))
            return NULL;
        Beside *made = &p->besides[p->besides_n];
        const size_t size = p->literals.from[literal + 1] - from;
        if (!beside_init(made, pattern, &reversed->pattern, p->literals.bytes + from, size, before_of(&p->uses[use], size))) {
            beside_free(made);
            return NULL;
        }
        p->beside[use] = ++p->besides_n;
    }
    return &p->besides[p->beside[use] - 1];
}

/* A literal that ends before data[end] is part of the use's matches. */
static void look_beside(Pass *p, uint32_t number, uint32_t literal, size_t end) {
    const Use *use = &p->uses[number];
    const Task *task = &p->tasks[use->rule];
    const size_t size = p->literals.from[literal + 1] - p->literals.from[literal], start = end - size;
    const size_t back = before_of(use, size);
    size_t first = start > back ? start - back : 0, last = start;
    const size_t until = start + task->reach + 1 < p->n ? start + task->reach + 1 : p->n;
    Beside *beside = beside_of(p, number, literal);
    if (!beside) {
        p->failed = 1;
        return;
    }
    if (!beside_may(beside, p->data, start, end, p->n) || (task->run && !runs_have(&p->runs, task->run, task->run_least, first, until)))
        return;
    if (!beside_ends(beside, &p->automata[task->automaton], p->data, end, until, p->n, &p->read))
        return;
    if (beside_begins(beside, &p->reversed[task->automaton], p->data, start, first, &first, &last, &p->read))
        open_region(p, use->rule, first, last + 1);
    p->failed |= p->automata[task->automaton].failed | p->reversed[task->automaton].failed;
}

static void seen(void *context, uint32_t literal, size_t end) {
    Pass *p = context;
    for (uint32_t i = p->use_from[literal]; i < p->use_from[literal + 1]; i++) {
        const Use *use = &p->uses[i];
        if (use->ahead < 0 && p->tasks[use->rule].automaton >= 0 && p->read < MOST_READ * p->n + MOST_READ_BESIDES)
            look_beside(p, i, literal, end);
        else
            open_region(p, use->rule, end > use->back ? end - use->back : 0, (size_t)((ptrdiff_t)end + use->ahead));
    }
}

static void look_at_runs(Pass *p) {
    for (uint32_t from = 0, to; from < p->run_uses_n; from = to) {
        const uint32_t kind = p->run_uses[from].kind;
        for (to = from; to < p->run_uses_n && p->run_uses[to].kind == kind; to++)
            continue;
        for (uint32_t i = 0; i < p->runs.n[kind]; i++) {
            const Stretch *run = &p->runs.of[kind][i];
            for (uint32_t k = from; k < to && run->end - run->start >= p->run_uses[k].least; k++) {
                const RunUse *use = &p->run_uses[k];
                open_region(p, use->rule, run->start > use->before ? run->start - use->before : 0, run->end - use->least);
            }
        }
    }
}

static void accepted_everywhere(void *context, size_t at, const Automaton *a, const uint16_t *positions, uint32_t n, int at_end) {
    Pass *p = context;
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t flags = a->pattern.flags[positions[i]];
        if (flags & (at_end ? POSITION_ACCEPTS_AT_END : POSITION_ACCEPTS)) {
            const uint16_t entry = a->pattern.entry[positions[i]];
            const size_t reach = p->everywhere_reach[entry];
            add_place(p, p->everywhere_rule[entry], at > reach ? at - reach : 0, at);
        }
    }
}

static int is_digit(uint8_t byte) {
    return (uint8_t)(byte - '0') < 10;
}

/* The first digit from data[at] on; n where there is none. */
static size_t next_digit(const uint8_t *data, size_t at, size_t n) {
    enum { BLOCK = 64 };
    for (; at + BLOCK <= n; at += BLOCK) {
        int any = 0;
        for (int i = 0; i < BLOCK; i++)
            any |= is_digit(data[at + (size_t)i]);
        if (any)
            break;
    }
    while (at < n && !is_digit(data[at]))
        at++;
    return at;
}

static void run_near_digits(Pass *p, Automaton *a, size_t near) {
    const size_t n = p->n;
    size_t digit = next_digit(p->data, 0, n);
    while (digit < n && !a->failed) {
        const size_t start = digit > near ? digit - near - 1 : 0;
        size_t last = digit;
        for (;;) {
            while (digit < n && is_digit(p->data[digit]))
                last = digit++;
            size_t until = last + near + 2;
            until = until < n ? until : n;
            while (digit < until && !is_digit(p->data[digit]))
                digit++;
            if (digit >= until)
                break;
        }
        automaton_run(a, p->data, start, last + 1, n, n, accepted_everywhere, p);
        digit = next_digit(p->data, digit, n);
    }
}

int pass_find(Pass *p, const uint8_t *data, size_t n) {
    p->data = data, p->n = n;
    p->places_n = p->opened_n = 0;
    memset(p->last, 0, p->rules * sizeof *p->last);
    p->failed = 0;
    p->read = 0;
    if (!runs_find(&p->runs, data, n))
        return 0;
    look_at_runs(p);
    if (!literals_find(&p->literals, data, n, seen, p)) {
        memset(p->regions, 0, p->rules * sizeof *p->regions);
        return 0;
    }
    for (uint32_t i = 0; i < p->opened_n; i++)
        if (p->regions[p->opened[i]].open)
            close_region(p, p->opened[i]);
    for (uint32_t i = 0; i < p->everywhere_n; i++) {
        if (p->near[i] == EVERYWHERE)
            automaton_run(&p->everywhere[i], data, 0, n, n, n, accepted_everywhere, p);
        else
            run_near_digits(p, &p->everywhere[i], p->near[i]);
        p->failed |= p->everywhere[i].failed;
    }
    return !p->failed;
}

void pass_free(Pass *p) {
    literals_free(&p->literals);
    for (uint32_t i = 0; i < p->automata_n; i++)
        automaton_free(&p->automata[i]);
    for (uint32_t i = 0; i < p->automata_n && p->reversed; i++) {
        automaton_free(&p->reversed[i]);
        pattern_free(&p->reversed[i].pattern);
    }
    for (uint32_t i = 0; i < p->besides_n; i++)
        beside_free(&p->besides[i]);
    free(p->reversed);
    free(p->beside);
    free(p->besides);
    for (uint32_t i = 0; i < p->everywhere_n; i++)
        automaton_free(&p->everywhere[i]);
    free(p->automata);
    free(p->everywhere);
    free(p->near);
    free(p->regions);
    free(p->opened);
    free(p->last);
    runs_free(&p->runs);
    free(p->places);
}
