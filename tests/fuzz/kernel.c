/* Fuzzes the kernel: any bytes must give the same symbols, selection and runs with and without AVX-512, in one piece and
 * cut anywhere; any bytes that unpack must pack to what unpacks to the same; words hold all symbols;
 * signs of encoded runs lie in the text, and are the same with and without AVX-512;
 * terms are found alike in whatever windows, and fold to what they are said to be; and alignment, also
 * with sketches of other documents or of none, keeps to its bounds and remembers nothing of the text before.
 *
 * The first eight bytes of an input choose k, w, the alphabet, the cuts and so on; the rest is the text. With
 * -DDLP_DRIVER a main() takes the place of libFuzzer: it makes inputs at random, for a number of seconds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "entries.h"
#include "outline.h"
#include "region.h"
#include "scan.h"
#include "select.h"
#include "signs.h"
#include "terms.h"
#include "vector.h"

static void *claim(size_t n)
{
    void *made = calloc(n ? n : 1, 1);
    CHECK(made);
    return made;
}

/* A copy with nothing behind it, so that the sanitizer sees a read beyond. */
static uint8_t *alone(const uint8_t *data, size_t n)
{
    uint8_t *made = malloc(n ? n : 1);
    CHECK(made);
    if (n)
        memcpy(made, data, n);
    return made;
}

static size_t piece(size_t left, int cut)
{
    static const size_t sizes[] = {1, 2, 3, 4, 7, 33, 100, 1000, 3000};
    size_t n = cut ? sizes[chance(sizeof sizes / sizeof *sizes)] : left;
    return n < left ? n : left;
}

typedef struct {
    uint8_t *symbols;
    uint32_t *origins;
    size_t n;
} Folded;

/* The symbols of a text, folded by turns of `room`, and where each comes from. */
static Folded fold_by(const uint8_t *data, size_t n, size_t room, int with_origins)
{
    size_t most = n * FOLD_MOST / 2 + FOLD_MOST; /* no character of one byte folds to more than one */
    Folded all = {claim(most), claim(most * sizeof(uint32_t)), 0};
    uint8_t *out = claim(room + FOLD_SLACK);
    uint32_t *origins = claim((room + FOLD_SLACK) * sizeof *origins);
    for (size_t at = 0, used; at < n; at += used) {
        size_t made = fold(data + at, n - at, 1, out, room, &used, with_origins ? origins : NULL);
        CHECK(used && used <= n - at && made <= room);
        memcpy(all.symbols + all.n, out, made);
        for (size_t i = 0; i < made; i++)
            all.origins[all.n + i] = (uint32_t)at + origins[i];
        all.n += made;
    }
    free(out);
    free(origins);
    return all;
}

static void drop(Folded *folded)
{
    free(folded->symbols);
    free(folded->origins);
}

static void fuzz_fold(const uint8_t *data, size_t n)
{
    vector_use(0);
    Folded plain = fold_by(data, n, 4096, 1);
    for (size_t i = 1; i < plain.n; i++)
        CHECK(plain.origins[i - 1] <= plain.origins[i] && plain.origins[i] < n);
    for (int wide = 0; wide < 2 && vector_use(wide); wide++)
        for (int i = 0; i < 3; i++) {
            Folded other = fold_by(data, n, FOLD_MOST + FOLD_SLACK + chance(2000), i == 0);
            CHECK(other.n == plain.n && !memcmp(other.symbols, plain.symbols, plain.n));
            CHECK(i || !memcmp(other.origins, plain.origins, plain.n * sizeof *plain.origins));
            drop(&other);
        }
    drop(&plain);
}

static Selector *select_by(const uint8_t *data, size_t n, unsigned k, unsigned w, int plain, int cut)
{
    Selector *selector = claim(sizeof *selector);
    uint8_t nothing = 0;
    selector_reset(selector, k, w, plain);
    for (size_t at = 0, next; at < n; at += next) {
        next = piece(n - at, cut);
        uint8_t *part = alone(data + at, next);
        selector_feed(selector, part, next, 0);
        free(part);
    }
    selector_feed(selector, &nothing, 0, 1);
    CHECK(!selector->failed);
    return selector;
}

static void drop_selector(Selector *selector)
{
    selector_free(selector);
    free(selector);
}

static int run_order(const void *one, const void *other) { return memcmp(one, other, sizeof(Run)); }

typedef struct {
    Run *runs;
    size_t n;
    uint64_t suppressed, symbols;
} Found;

static Found scan_by(const Index *index, uint32_t groups, const uint8_t *data, size_t n, int plain, int cut)
{
    Found found = {NULL, 0, 0, 0};
    Scanner *scanner = claim(sizeof *scanner);
    uint8_t nothing = 0;
    CHECK(scanner_init(scanner, index, groups));
    scanner_reset(scanner, plain);
    for (size_t at = 0;;) {
        size_t next = piece(n - at, cut), taken = 0;
        uint8_t *part = alone(data + at, next);
        do {
            taken += scanner_feed(scanner, next ? part + taken : &nothing, next - taken, at == n);
            CHECK(!scanner->failed);
            found.runs = realloc(found.runs, (found.n + scanner->out_n + 1) * sizeof(Run));
            CHECK(found.runs);
            for (size_t i = 0; i < scanner->out_n; i++) {
                Run *run = memset(&found.runs[found.n++], 0, sizeof *run);
                const Run *from = &scanner->out[i];
                run->document = from->document, run->hits = from->hits, run->source = from->source;
                run->start = from->start, run->end = from->end, run->from = from->from, run->to = from->to;
                run->line = from->line, run->column = from->column, run->evidence = from->evidence;
                run->byte = from->byte, run->to_byte = from->to_byte, run->skip = from->skip;
                run->excerpt_n = from->excerpt_n;
                memcpy(run->excerpt, from->excerpt, from->excerpt_n);
                CHECK(run->start < run->end && run->from < run->to && run->evidence <= run->end - run->start);
                CHECK(run->byte < run->to_byte && run->skip < FOLD_MOST && run->skip <= run->start);
            }
            scanner->out_n = 0;
        } while (taken < next || (at == n && scanner->stream.pending_n));
        free(part);
        if (at == n)
            break;
        at += next;
    }
    found.suppressed = scanner->suppressed;
    found.symbols = scanner->stream.symbols;
    qsort(found.runs, found.n, sizeof *found.runs, run_order);
    scanner_free(scanner);
    free(scanner);
    return found;
}

static void fuzz_words(const uint8_t *data, size_t n)
{
    Folded plain = fold_by(data, n, 4096, 0);
    size_t room = n / 2 + 2, used, symbols = 0; /* no text has more words */
    Word *words = claim(room * sizeof *words);
    size_t count = words_split(data, n, words, room, &used);
    CHECK(used == n && count < room);
    for (size_t i = 0; i < count; i++) {
        size_t letters;
        CHECK((i ? words[i - 1].to : 0) <= words[i].from && words[i].from < words[i].to && words[i].to <= n);
        CHECK(words[i].symbols && words[i].symbols <= UINT8_MAX && (words[i].code & 15) < WORDS_RANKS);
        CHECK(words_stem(plain.symbols + symbols, words[i].symbols, &letters) == (unsigned)words[i].code >> 4);
        symbols += words[i].symbols;
    }
    CHECK(symbols == plain.n);
    if (count) { /* with less room it stops between two words */
        size_t few = 1 + chance(count);
        Word *some = claim(few * sizeof *some);
        CHECK(words_split(data, n, some, few, &used) == few && used >= some[few - 1].to);
        CHECK(!memcmp(some, words, few * sizeof *some) && (few == count || used == words[few].from));
        free(some);
    }
    free(words);
    drop(&plain);
}

/* A document's words; `wild`: of codes and lengths that no document has. */
static Source sketch_of(const uint8_t *data, size_t n, int wild)
{
    size_t room = n / 2 + 2, used;
    Word *words = claim(room * sizeof *words);
    size_t count = words_split(data, n, words, room, &used);
    uint16_t *codes = claim(count * sizeof *codes);
    uint32_t *at = claim((count + 1) * sizeof *at);
    for (size_t i = 0; i < count; i++) {
        codes[i] = wild && !chance(3) ? (uint16_t)chance(65536) : words[i].code;
        at[i + 1] = at[i] + (uint32_t)(wild && !chance(3) ? chance(256) : words[i].symbols);
    }
    free(words);
    uint32_t *blocks = claim((at[count] / ALIGN_BLOCK + 1) * sizeof *blocks);
    Source made = {codes, at, blocks, count};
    source_index(&made, blocks);
    for (uint64_t symbol = 0; count && symbol < at[count] + UINT64_C(300); symbol += 1 + chance(40)) {
        size_t word = source_word(&made, symbol);
        CHECK(word < count && at[word] <= symbol && (word + 1 == count || at[word + 1] > symbol));
    }
    return made;
}

static void drop_sketch(Source *source)
{
    free((void *)source->codes);
    free((void *)source->at);
    free((void *)source->blocks);
}

static const Odds *some_odds(void)
{
    enum { CELLS = ALIGN_LENGTHS * ALIGN_LEVELS };
    static int16_t single[ALIGN_FAITHS * CELLS], chained[ALIGN_FAITHS * CELLS], missing[ALIGN_FAITHS];
    static uint8_t weight[CELLS];
    static uint32_t prior[16];
    static const Odds odds = {single, chained, missing, weight, prior};
    for (int i = 0; i < ALIGN_FAITHS * CELLS; i++) {
        single[i] = (int16_t)(140 - 4 * (i % ALIGN_LEVELS) - 2 * (i / ALIGN_LEVELS % ALIGN_LENGTHS));
        chained[i] = (int16_t)(single[i] + 25);
    }
    for (int i = 0; i < ALIGN_FAITHS; i++)
        missing[i] = (int16_t)(-2 * i - 1);
    for (int i = 0; i < CELLS; i++)
        weight[i] = (uint8_t)(100 - i % 100);
    for (int i = 0; i < WORDS_RANKS; i++)
        prior[i] = 500000u >> i;
    return &odds;
}

/* The digest of all passages and of what is left. */
static uint64_t align_by(Aligner *aligner, Region *region, const uint8_t *data, size_t n, size_t offset, const Found *found,
                         const Source *sketches, unsigned least)
{
    uint64_t digest = 1;
    int made;
    uint8_t *window = alone(data + offset, n - offset);
    CHECK(region_window(region, window, n - offset, offset, found->runs, found->n));
    while ((made = region_next(region)) > 0) {
        CHECK(aligner_text(aligner, region->words, region->words_n, region->symbols, region->symbols_n));
        for (size_t i = 0, next; i < region->anchors_n; i = next) {
            for (next = i; next < region->anchors_n && region->anchors[next].document == region->anchors[i].document;)
                next++;
            aligner_document(aligner, &sketches[region->anchors[i].document], region->anchors + i, next - i, least,
                             region->kept + i);
        }
        CHECK(!aligner->failed);
        region_settle(region);
        for (size_t i = 0; i < aligner->out_n; i++) {
            const Aligned *passage = &aligner->out[i];
            Where where;
            CHECK(passage->start < passage->end && passage->end <= region->words_n);
            CHECK(passage->source < passage->source_end && passage->source_end <= sketches[passage->document].n);
            CHECK(passage->score >= SCORE && passage->pairs >= PAIRS && passage->faith < ALIGN_FAITHS);
            CHECK(region_where(region, aligner, passage, &where));
            CHECK(where.byte < where.to_byte && where.to_byte <= n - offset && where.context <= where.symbol);
            CHECK(where.from < where.to && where.start < where.end);
            uint8_t *marks = claim(where.end - where.start);
            region_marks(aligner, passage, marks);
            digest = (digest ^ passage->start) * 31 + passage->source_end;
            digest = (digest ^ (uint64_t)passage->score) * 31 + where.column;
            for (size_t j = 0; j < where.end - where.start; j++) {
                CHECK(marks[j] <= 2);
                digest = digest * 31 + marks[j];
            }
            free(marks);
        }
    }
    CHECK(made == 0);
    for (size_t i = 0; i < found->n; i++)
        digest = digest * 31 + region->left[i];
    free(window);
    return digest;
}

static void fuzz_align(const uint8_t *data, size_t n, const Found *found, const Source *sketches)
{
    static Aligner aligners[2];
    static Region regions[2];
    size_t offset = chance(3) ? 0 : chance(n);
    unsigned least = (unsigned)chance(100);
    if (!aligners[0].odds || !chance(50)) {
        aligner_free(&aligners[0]);
        region_free(&regions[0]);
        aligner_init(&aligners[0], some_odds());
    }
    aligner_free(&aligners[1]);
    region_free(&regions[1]);
    aligner_init(&aligners[1], some_odds());
    if (aligners[0].pairs.epoch_end < UINT32_MAX / 2) /* near the end of its counting */
        aligners[0].pairs.epoch_end = UINT32_MAX - (uint32_t)chance(4 * ALIGN_WINDOW);
    if (aligners[0].stamp < UINT32_MAX / 2)
        aligners[0].stamp = UINT32_MAX - (uint32_t)chance(8);
    uint64_t fresh = align_by(&aligners[1], &regions[1], data, n, offset, found, sketches, least);
    CHECK(fresh == align_by(&aligners[0], &regions[0], data, n, offset, found, sketches, least));
}

/* Registers three stretches of the text, in two segments, and scans the whole. */
static void fuzz_scan(const uint8_t *data, size_t n, unsigned k, unsigned w, int plain, uint32_t common)
{
    enum { DOCUMENTS = 3, GROUPS = 2 };
    static const uint32_t kinds[] = {0, 0, 0, 1, 1, INDEX_GONE, INDEX_BACKGROUND};
    uint32_t groups[DOCUMENTS];
    Selector *selectors[DOCUMENTS];
    uint64_t *keys[2], *postings[2];
    size_t count[2] = {0, 0}, total = 0;
    Source sketches[DOCUMENTS];
    int wild = !chance(4);
    for (uint32_t document = 0; document < DOCUMENTS; document++) {
        size_t from = chance(n), length = chance(n - from) + 1;
        selectors[document] = select_by(data + from, length, k, w, plain, 0);
        groups[document] = kinds[chance(sizeof kinds / sizeof *kinds)];
        total += selectors[document]->count;
        sketches[document] = sketch_of(data + from, length, wild);
    }
    for (int segment = 0; segment < 2; segment++) {
        keys[segment] = claim(total * sizeof(uint64_t));
        postings[segment] = claim(total * sizeof(uint64_t));
    }
    for (uint32_t document = 0; document < DOCUMENTS; document++) {
        size_t segment = document == 2;
        for (size_t i = 0; i < selectors[document]->count; i++) {
            keys[segment][count[segment]] = selectors[document]->out[i].key;
            postings[segment][count[segment]++] = (uint64_t)document << 32 | selectors[document]->out[i].position;
        }
        drop_selector(selectors[document]);
    }
    Index index;
    CHECK(index_init(&index, k, w, count[0] + count[1], groups, DOCUMENTS, common));
    for (int segment = 0; segment < 2; segment++) {
        size_t many = count[segment];
        uint64_t *spare = claim(2 * many * sizeof *spare);
        entries_sort(keys[segment], postings[segment], spare, spare + many, many);
        free(spare);
        for (size_t i = 1; i < many; i++)
            CHECK(keys[segment][i - 1] < keys[segment][i] ||
                  (keys[segment][i - 1] == keys[segment][i] && postings[segment][i - 1] < postings[segment][i]));
        many = entries_thin(keys[segment], postings[segment], many, 1 + (unsigned)chance(100));
        CHECK(!many || index_add(&index, keys[segment], postings[segment], many));
    }
    vector_use(0);
    Found whole = scan_by(&index, GROUPS, data, n, plain, 0);
    for (int wide = 0; wide < 2 && vector_use(wide); wide++)
        for (int cut = 0; cut < 2; cut++) {
            Found other = scan_by(&index, GROUPS, data, n, plain, cut);
            CHECK(other.n == whole.n && !memcmp(other.runs, whole.runs, whole.n * sizeof(Run)));
            CHECK(other.suppressed == whole.suppressed && other.symbols == whole.symbols);
            free(other.runs);
        }
    if (!plain)
        fuzz_align(data, n, &whole, sketches);
    for (int document = 0; document < DOCUMENTS; document++)
        drop_sketch(&sketches[document]);
    free(whole.runs);
    index_free(&index);
    for (int segment = 0; segment < 2; segment++) {
        free(keys[segment]);
        free(postings[segment]);
    }
}

static void fuzz_select(const uint8_t *data, size_t n, unsigned k, unsigned w, int plain)
{
    vector_use(0);
    Selector *whole = select_by(data, n, k, w, plain, 0);
    for (int wide = 0; wide < 2 && vector_use(wide); wide++) {
        Selector *other = select_by(data, n, k, w, plain, 1);
        CHECK(other->count == whole->count && other->stream.symbols == whole->stream.symbols);
        CHECK(!whole->count || !memcmp(other->out, whole->out, whole->count * sizeof *whole->out));
        drop_selector(other);
    }
    drop_selector(whole);
}

static void fuzz_unpack(const uint8_t *data, size_t size, size_t n)
{
    uint8_t *in = alone(data, size);
    uint64_t *keys = claim(n * sizeof *keys), *again = claim(n * sizeof *again);
    if (keys_unpack(in, size, keys, n)) {
        uint8_t *packed = claim(keys_packed_size(keys, n));
        keys_pack(keys, n, packed);
        CHECK(keys_packed_size(keys, n) <= size && keys_unpack(packed, keys_packed_size(keys, n), again, n));
        CHECK(!memcmp(keys, again, n * sizeof *keys));
        free(packed);
    }
    free(keys);
    free(again);
    uint32_t *columns[4], *others[4];
    for (int i = 0; i < 4; i++) {
        columns[i] = claim(n * sizeof *columns[i]);
        others[i] = claim(n * sizeof *others[i]);
    }
    if (outline_unpack(in, size, columns, n)) {
        uint8_t *packed = claim(20 * n);
        size_t packed_size = outline_pack((const uint32_t *const *)columns, n, packed);
        CHECK(packed_size <= size && outline_unpack(packed, packed_size, others, n));
        for (int i = 0; i < 4; i++)
            CHECK(!memcmp(columns[i], others[i], n * sizeof *columns[i]));
        free(packed);
    }
    for (int i = 0; i < 4; i++) {
        free(columns[i]);
        free(others[i]);
    }
    free(in);
}

/* The digest of all hits, in windows of what decides a word and up to `most` bytes more; 0 is one window. */
static uint64_t terms_by(Terms *terms, const uint8_t *data, size_t n, size_t most)
{
    uint64_t digest = 1;
    int open = TERMS_APART;
    for (size_t at = 0, used;; at += used) {
        size_t size = most ? TERMS_MARGIN + 1 + chance(most) : n - at;
        int last = size >= n - at;
        uint8_t *window = alone(data + at, last ? n - at : size);
        terms_find(terms, window, last ? n - at : size, last, &open, &used);
        CHECK(!terms->failed && open >= TERMS_APART && open <= TERMS_LOOK);
        for (size_t i = 0; i < terms->out_n; i++) {
            TermHit hit = terms->out[i];
            CHECK(hit.term < terms->n && hit.start < used && hit.start < hit.end && hit.end - hit.start <= TERMS_SPREAD);
            Folded there = fold_by(window + hit.start, hit.end - hit.start, 4096, 0);
            size_t from = hit.term ? terms->ends[hit.term - 1] + 1 : 0;
            CHECK(there.n == terms->ends[hit.term] - from && !memcmp(there.symbols, terms->symbols + from, there.n));
            drop(&there);
            digest = ((digest ^ hit.term) * 31 + at + hit.start) * 31 + at + hit.end;
        }
        free(window);
        if (last) {
            CHECK(used == n - at);
            return digest;
        }
        CHECK(used);
    }
}

static void fuzz_terms(const uint8_t *data, size_t n)
{
    enum { MANY = 20, LONG = 200 };
    Folded all = fold_by(data, n, 4096, 0);
    uint8_t *symbols = claim(MANY * (LONG + 1));
    size_t size = 0;
    uint32_t count = 0;
    for (int i = 0; i < MANY && all.n > TERMS_LEAST; i++) {
        size_t length = TERMS_LEAST + chance(chance(2) ? 5 : LONG - TERMS_LEAST), from = chance(all.n);
        if (length > all.n - from)
            continue;
        memcpy(symbols + size, all.symbols + from, length);
        size += length;
        symbols[size++] = '\n';
        count++;
    }
    Terms *terms = claim(sizeof *terms), *wrong = claim(sizeof *wrong);
    CHECK(terms_init(terms, symbols, size, count));
    uint64_t whole = terms_by(terms, data, n, 0);
    CHECK(terms_by(terms, data, n, 3) == whole && terms_by(terms, data, n, 2000) == whole);
    if (terms_init(wrong, data, n, (uint32_t)chance(n + 1))) /* any bytes: they may be terms, too */
        terms_by(wrong, data, n, 2000);
    terms_free(terms);
    terms_free(wrong);
    free(terms);
    free(wrong);
    free(symbols);
    drop(&all);
}

/* All signs of a text, or, cut, of it in windows as a stream has them; a digest of them. */
static uint64_t signs_by(const uint8_t *data, size_t n, int cut, int wide)
{
    enum { ROOM = 100 };
    Sign *out = claim(ROOM * sizeof *out);
    uint64_t digest = 0;
    size_t begin = 0, from = 0;
    int inside = -1;
    CHECK(vector_use(wide));
    for (size_t end = 0;;) {
        end += piece(n - end, cut);
        int last = end == n;
        uint8_t *window = alone(data + begin, end - begin);
        size_t at = from - begin;
        for (;;) {
            size_t count = 0, before = at;
            at = signs_find(window, end - begin, at, last, inside, out, ROOM, &count);
            CHECK(count <= ROOM && at >= before && at <= end - begin + 2);
            inside = -1;
            for (size_t i = 0; i < count; i++) {
                CHECK(out[i].start <= out[i].end && out[i].end <= end - begin + 200 && !(out[i].open && (last || inside >= 0)));
                inside = out[i].open ? (int)out[i].kind : inside;
                digest = digest * 31 + out[i].kind * 7 + (out[i].start + begin) * 3 + out[i].end + begin + out[i].detail;
            }
            if (inside >= 0 || at == before || count < ROOM - 64)
                break;
        }
        free(window);
        from = begin + at < end ? begin + at : end;
        if (last)
            break;
        begin = from > 300 ? from - 300 : 0;
    }
    free(out);
    return digest;
}

static void fuzz_signs(const uint8_t *data, size_t n)
{
    static int ready;
    if (!ready)
        signs_setup();
    ready = 1;
    uint64_t plain = signs_by(data, n, 0, 0);
    if (vector_supported())
        CHECK(signs_by(data, n, 0, 1) == plain);
    uint64_t before = state, cut = signs_by(data, n, 1, 0);
    state = before;
    if (vector_supported())
        CHECK(signs_by(data, n, 1, 1) == cut);
    vector_use(0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 9)
        return 0;
    unsigned k = data[0] & 128 ? 16 : 1 + data[0] % ROLL_MOST, w = 1 + data[1] % k;
    int plain = data[2] & 1;
    state = data[3] | (uint64_t)data[4] << 8 | (uint64_t)data[5] << 16;
    uint8_t *text = alone(data + 8, size - 8);
    size_t n = size - 8;
    fuzz_unpack(text, n, data[6] % (2 * n + 1));
    fuzz_fold(text, n);
    fuzz_words(text, n);
    fuzz_terms(text, n);
    fuzz_signs(text, n);
    fuzz_select(text, n, k, 1 + data[1] % SELECT_MOST, plain);
    fuzz_scan(text, n, k, w, plain, data[7] % 3);
    free(text);
    return 0;
}

#ifdef DLP_DRIVER
/* Stretches of one script, repetitions, copies of what came before, and bytes of any value. */
static size_t random_text(uint8_t *out, size_t most)
{
    static const char *scripts[] = {"abcdefgh IJK.\n", "ab", "абвгдЖ ёъ", "中文字符。测试", "가나다각 ", "éñü ß ﬁ", "﷽ﷺ", "😀𝐀𝟎",
                                    " \n\n\t", "0123456789", "%4%5f&#x6;=3\\u00\\x\"+'", "VGhlIHB1bXAgZGF0YQ", "<~87cURD]i,\"Eb~>=\n"};
    size_t n = 0, want = chance(most) + 9;
    while (n < want) {
        size_t length = 1 + chance(200), kind = chance(16);
        for (size_t i = 0; i < length && n < want; i++) {
            const char *script = kind < 13 ? scripts[kind] : "x";
            size_t back = 1 + length % 90;
            out[n] = kind == 13   ? (uint8_t)chance(256)
                     : kind == 14 ? out[n < back ? 0 : n - back]
                     : kind == 15 ? out[chance(n + 1) * (n > 0)]
                                  : (uint8_t)script[(n * 7 + chance(3)) % strlen(script)];
            n++;
        }
    }
    return n;
}

int main(int count, char **arguments)
{
    enum { MOST = 6000 };
    double seconds = count > 1 ? atof(arguments[1]) : 10;
    uint8_t *data = claim(MOST + 300);
    time_t until = time(NULL) + (time_t)seconds;
    unsigned long inputs = 0;
    for (uint64_t seed = 1; time(NULL) < until; seed++, inputs++) {
        state = seed * UINT64_C(0x9E3779B97F4A7C15);
        size_t n = random_text(data, chance(2) ? 300 : MOST);
        for (int i = 0; i < 8; i++)
            data[i] = (uint8_t)chance(256);
        LLVMFuzzerTestOneInput(data, n);
    }
    free(data);
    printf("%lu inputs\n", inputs);
    return 0;
}
#endif
