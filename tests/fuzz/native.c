/* Fuzzes the pass for rules: any automaton accepts where a plain simulation does, whatever it forgets on the way; any
 * literals are found where they stand, and nowhere else; what stands beside them is refused only where no match is; runs
 * are those that a loop finds; and a pass made of all of them keeps to its bounds.
 *
 * The first bytes of an input choose the automata and literals; the rest is the text. With -DDLP_DRIVER a main() takes
 * the place of libFuzzer: it makes inputs at random, for a number of seconds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "pass.h"

enum { POSITIONS = 40, FOLLOW = 200, LITERALS = 30, RULES = 12, MOST_TEXT = 3000 };

typedef struct {
    uint8_t sets[8 * 32];
    uint16_t set_of[POSITIONS], follow[FOLLOW], first[3], at_start[2], entry[POSITIONS];
    uint32_t follow_from[POSITIONS + 1];
    uint8_t flags[POSITIONS];
} Made;

/* Bytes of few kinds, so that texts and sets meet. */
static uint8_t letter(void)
{
    return (uint8_t)"aAbk09_. \n\xc3\xff"[chance(12)];
}

static Pattern random_pattern(Made *made)
{
    const uint32_t n = 1 + (uint32_t)chance(POSITIONS);
    memset(made, 0, sizeof *made);
    for (int set = 0; set < 8; set++)
        for (uint32_t i = chance(5); i-- > 0;) {
            const uint8_t byte = letter();
            made->sets[set * 32 + (byte >> 3)] |= (uint8_t)(1 << (byte & 7));
        }
    uint32_t followed = 0;
    for (uint32_t i = 0; i < n; i++) {
        made->set_of[i] = (uint16_t)chance(8);
        made->flags[i] = chance(4) ? 0 : (uint8_t)chance(4);
        made->follow_from[i] = followed;
        for (uint32_t k = chance(4); k-- > 0 && followed < FOLLOW;)
            made->follow[followed++] = (uint16_t)chance(n);
    }
    made->follow_from[n] = followed;
    for (int i = 0; i < 3; i++)
        made->first[i] = (uint16_t)chance(n);
    for (int i = 0; i < 2; i++)
        made->at_start[i] = (uint16_t)chance(n);
    Pattern pattern = {n, made->sets, made->set_of, made->follow_from, made->follow, 3, 2, made->first,
                       made->at_start, made->flags, made->entry};
    CHECK(pattern_is_sound(&pattern, 8, followed));
    return pattern;
}

static uint8_t ends[2][MOST_TEXT + 1];

static void note(void *context, size_t at, const Automaton *a, const uint16_t *positions, uint32_t n, int at_end)
{
    (void)a, (void)positions, (void)n, (void)at_end;
    ((uint8_t *)context)[at] = 1;
}

static int holds(const Pattern *p, uint16_t position, uint8_t byte)
{
    return p->sets[p->set_of[position] * 32 + (byte >> 3)] >> (byte & 7) & 1;
}

static void simulate(const Pattern *p, const uint8_t *data, size_t start, size_t restarts, size_t end, size_t n, uint8_t *out)
{
    uint8_t now[POSITIONS] = {0}, next[POSITIONS];
    for (size_t at = start; at < end; at++) {
        memset(next, 0, sizeof next);
        for (uint32_t i = 0; i < p->positions; i++)
            for (uint32_t k = p->follow_from[i]; now[i] && k < p->follow_from[i + 1]; k++)
                next[p->follow[k]] |= holds(p, p->follow[k], data[at]);
        for (uint32_t i = 0; i < p->first_n && at < restarts; i++)
            next[p->first[i]] |= holds(p, p->first[i], data[at]);
        for (uint32_t i = 0; i < p->at_start_n && at == 0 && start == 0 && restarts; i++)
            next[p->at_start[i]] |= holds(p, p->at_start[i], data[at]);
        memcpy(now, next, sizeof now);
        for (uint32_t i = 0; i < p->positions; i++)
            if (now[i] && (p->flags[i] & POSITION_ACCEPTS || (p->flags[i] & POSITION_ACCEPTS_AT_END && at + 1 == n)))
                out[at + 1] = 1;
    }
}

static void check_automaton(const uint8_t *data, size_t n)
{
    Made made;
    const Pattern pattern = random_pattern(&made);
    Automaton a;
    automaton_init(&a, &pattern, chance(2) ? 8 : 1000);
    for (int again = 0; again < 3; again++) {
        const size_t start = n ? chance((uint32_t)n) * (size_t)chance(2) : 0;
        const size_t end = start + (n - start ? chance((uint32_t)(n - start) + 1) : 0);
        const size_t restarts = start + chance((uint32_t)(end - start) + 2);
        memset(ends, 0, sizeof ends);
        automaton_run(&a, data, start, restarts, end, n, note, ends[0]);
        CHECK(!a.failed);
        simulate(&pattern, data, start, restarts, end, n, ends[1]);
        CHECK(!memcmp(ends[0], ends[1], sizeof ends[0]));
    }
    automaton_free(&a);
}

typedef struct {
    uint8_t bytes[LITERALS * 12], anchored[LITERALS];
    uint32_t from[LITERALS + 1], n;
} Words;

static void random_words(Words *words)
{
    memset(words, 0, sizeof *words);
    words->n = chance(LITERALS);
    for (uint32_t i = 0; i < words->n; i++) {
        uint32_t size = 1 + chance(12);
        words->from[i + 1] = words->from[i] + size;
        words->anchored[i] = (uint8_t)(size > 4 ? chance(size - 3) : 0);
        for (uint32_t k = words->from[i]; k < words->from[i + 1]; k++) {
            const uint8_t byte = letter();
            words->bytes[k] = byte == 'A' ? 'a' : byte;
        }
    }
}

static size_t seen_n;

static void count(void *context, uint32_t literal, size_t end)
{
    const Words *words = context;
    CHECK(literal < words->n && end <= MOST_TEXT && end >= words->from[literal + 1] - words->from[literal]);
    seen_n++;
}

static int alike(const uint8_t *data, const uint8_t *word, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((uint8_t)(data[i] + ((uint8_t)(data[i] - 'A') < 26 ? 32 : 0)) != word[i])
            return 0;
    return 1;
}

static void check_literals(const uint8_t *data, size_t n)
{
    Words words;
    Literals literals;
    size_t expected = 0;
    random_words(&words);
    CHECK(literals_init(&literals, words.bytes, words.from, words.anchored, words.n));
    seen_n = 0;
    CHECK(literals_find(&literals, data, n, count, &words));
    for (uint32_t i = 0; i < words.n; i++) {
        const size_t size = words.from[i + 1] - words.from[i];
        for (size_t at = 0; at + size <= n; at++)
            expected += (size_t)alike(data + at, words.bytes + words.from[i], size);
    }
    CHECK(seen_n >= expected); /* one of three bytes may be told twice */
    literals_free(&literals);
}

/* What `beside` refuses holds no match with the literal in it: it is compared with all that a plain simulation finds. */
static void check_beside(const uint8_t *data, size_t n)
{
    Made made;
    const Pattern pattern = random_pattern(&made);
    Pattern back;
    Automaton ahead, behind;
    Words words;
    random_words(&words);
    CHECK(pattern_reverse(&pattern, &back));
    automaton_init(&ahead, &pattern, chance(2) ? 8 : 1000);
    automaton_init(&behind, &back, chance(2) ? 8 : 1000);
    for (uint32_t i = 0; i < words.n; i++) {
        const uint8_t *word = words.bytes + words.from[i];
        const size_t size = words.from[i + 1] - words.from[i], most = chance(6);
        Beside beside;
        CHECK(beside_init(&beside, &pattern, &back, word, size, most));
        for (size_t start = 0; start + size <= n && start < 200; start++) {
            if (!alike(data + start, word, size))
                continue;
            size_t read = 0, first, last;
            const size_t least = start > most ? start - most : 0, until = start + size + 30 < n ? start + size + 30 : n;
            const int refused = !beside_may(&beside, data, start, start + size, n) ||
                                !beside_ends(&beside, &ahead, data, start + size, until, n, &read) ||
                                !beside_begins(&beside, &behind, data, start, least, &first, &last, &read);
            CHECK(read <= until - start - size + most);
            for (size_t begin = least; begin <= start; begin++) {
                memset(ends[1], 0, sizeof ends[1]);
                simulate(&pattern, data, begin, begin + 1, until, n, ends[1]);
                for (size_t end = start + size; end <= until; end++)
                    CHECK(!ends[1][end] || (!refused && first <= begin && begin <= last));
            }
        }
        beside_free(&beside);
    }
    automaton_free(&ahead);
    automaton_free(&behind);
    pattern_free(&back);
}

static void check_runs(const uint8_t *data, size_t n)
{
    Runs runs;
    memset(&runs, 0, sizeof runs);
    memset(runs.wanted, 1, sizeof runs.wanted);
    CHECK(runs_find(&runs, data, n));
    for (int kind = 1; kind < RUN_KINDS; kind++) {
        uint32_t found = 0;
        for (size_t at = 0, from = 0; at <= n; at++) {
            const uint8_t c = at < n ? data[at] : 0;
            const int digit = c >= '0' && c <= '9', small = c >= 'a' && c <= 'z', capital = c >= 'A' && c <= 'Z';
            const int hex = digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
            const int is = kind == RUN_HEX     ? hex
                           : kind == RUN_ALNUM ? digit || small || capital
                           : kind == RUN_TOKEN ? digit || small || capital || (c && strchr("+-./=_~", c))
                           : kind == RUN_CAPS  ? digit || capital || c == '<'
                                               : small || c == ' ';
            if (is)
                continue;
            if (at - from >= RUN_LEAST) {
                CHECK(found < runs.n[kind] && runs.of[kind][found].start == from && runs.of[kind][found].end == at);
                found++;
            }
            from = at + 1;
        }
        CHECK(found == runs.n[kind]);
    }
    runs_free(&runs);
}

static void check_pass(const uint8_t *data, size_t n)
{
    Words words;
    Made made[RULES + 2];
    Use uses[LITERALS * 2];
    uint32_t use_from[LITERALS + 1], used = 0;
    RunUse run_uses[4];
    Task tasks[RULES];
    uint32_t rule_of = 0, reach_of = chance(300);
    Pass pass;
    memset(&pass, 0, sizeof pass);
    random_words(&words);
    for (uint32_t i = 0; i < words.n; i++) {
        use_from[i] = used;
        for (uint32_t k = chance(3); k-- > 0;)
            uses[used++] = (Use){chance(RULES), chance(200) + 12, chance(2) ? (int32_t)chance(300) : -1};
    }
    use_from[words.n] = used;
    pass.automata = calloc(RULES, sizeof *pass.automata);
    pass.everywhere = calloc(2, sizeof *pass.everywhere);
    pass.reversed = calloc(RULES, sizeof *pass.reversed);
    pass.beside = calloc(LITERALS * 2, sizeof *pass.beside);
    pass.near = calloc(2, sizeof *pass.near);
    pass.regions = calloc(RULES, sizeof *pass.regions);
    pass.opened = calloc(RULES, sizeof *pass.opened);
    pass.last = calloc(RULES, sizeof *pass.last);
    CHECK(pass.reversed && pass.beside && pass.automata && pass.everywhere && pass.near && pass.regions && pass.opened && pass.last);
    for (uint32_t i = 0; i < RULES; i++) {
        const Pattern pattern = random_pattern(&made[i]);
        automaton_init(&pass.automata[i], &pattern, 16);
        tasks[i] = (Task){chance(4) ? (int32_t)i : -1, chance(300), (uint8_t)chance(RUN_KINDS), (uint8_t)(16 + chance(20))};
    }
    for (uint32_t i = 0; i < 2; i++) {
        const Pattern pattern = random_pattern(&made[RULES + i]);
        automaton_init(&pass.everywhere[i], &pattern, 16);
        pass.near[i] = i ? EVERYWHERE : chance(9);
    }
    for (uint32_t i = 0; i < 4; i++)
        run_uses[i] = (RunUse){1 + i, 16 + chance(9), chance(RULES), chance(50)};
    memset(pass.runs.wanted, 1, sizeof pass.runs.wanted);
    pass.automata_n = RULES, pass.everywhere_n = 2, pass.rules = RULES;
    pass.tasks = tasks, pass.use_from = use_from, pass.uses = uses, pass.run_uses = run_uses, pass.run_uses_n = 4;
    pass.everywhere_rule = &rule_of, pass.everywhere_reach = &reach_of;
    CHECK(literals_init(&pass.literals, words.bytes, words.from, words.anchored, words.n));
    for (int again = 0; again < 2; again++) {
        CHECK(pass_find(&pass, data, n));
        for (uint32_t i = 0; i < pass.places_n; i++)
            CHECK(pass.places[i].rule < RULES && pass.places[i].first <= pass.places[i].last && pass.places[i].last <= n);
    }
    pass_free(&pass);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t n)
{
    if (n < 8)
        return 0;
    memcpy(&state, input, 8);
    n -= 8;
    n = n < MOST_TEXT ? n : MOST_TEXT;
    uint8_t *data = malloc(n ? n : 1); /* with nothing behind it, so that the sanitizer sees a read beyond */
    CHECK(data);
    memcpy(data, input + 8, n);
    check_automaton(data, n);
    check_literals(data, n);
    check_beside(data, n);
    check_runs(data, n);
    check_pass(data, n);
    free(data);
    return 0;
}

#ifdef DLP_DRIVER
int main(int count_n, char **given)
{
    const time_t until = time(NULL) + (count_n > 1 ? atoi(given[1]) : 1);
    uint64_t seed = 1, inputs = 0;
    static uint8_t input[MOST_TEXT + 8];
    for (; time(NULL) < until; inputs++) {
        state = ++seed;
        const size_t n = 8 + chance(chance(4) ? 300 : MOST_TEXT);
        for (size_t i = 0; i < n; i++)
            input[i] = i < 8 ? (uint8_t)chance(256) : letter();
        LLVMFuzzerTestOneInput(input, n);
    }
    printf("%llu inputs\n", (unsigned long long)inputs);
    return 0;
}
#endif
