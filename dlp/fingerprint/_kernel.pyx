# cython: language_level=3, boundscheck=False, wraparound=False
"""The C kernel, for Python. The reference twin, `dlp.fingerprint.reference`, documents each name's meaning."""

from cpython.array cimport array, clone
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdint cimport int16_t, int32_t
from libc.stdlib cimport calloc, free, malloc, qsort, realloc
from libc.string cimport memcpy


from dlp.fingerprint.parameters import FOLD_VERSION as EXPECTED, Alphabet

cdef extern from "kernel/fold.h":
    size_t c_fold "fold"(const uint8_t *, size_t, int, uint8_t *, size_t, size_t *, uint32_t *) nogil
    int fold_version()
    enum:
        FOLD_MOST
        FOLD_SLACK

cdef extern from "kernel/vector.h":
    int vector_supported()
    int vector_use(int)
    int vector_used()

cdef extern from "kernel/roll.h":
    enum:
        ROLL_MOST

cdef extern from "kernel/stream.h":
    ctypedef struct Stream:
        uint64_t symbols
        size_t pending_n

cdef extern from "kernel/select.h":
    ctypedef struct Selected:
        uint64_t key
        uint32_t position, start, end, line

    ctypedef struct c_Selector "Selector":
        Selected *out
        size_t count
        int failed

    enum:
        SELECT_MOST

    void selector_reset(c_Selector *, unsigned, unsigned, int)
    void selector_feed(c_Selector *, const uint8_t *, size_t, int) nogil
    void selector_free(c_Selector *)

cdef extern from "kernel/index.h":
    ctypedef struct c_Index "Index":
        unsigned k, w
        uint32_t words

    const uint32_t INDEX_BACKGROUND

    int index_init(c_Index *, unsigned, unsigned, uint64_t, const uint32_t *, uint32_t, uint32_t) nogil
    int index_add(c_Index *, const uint64_t *, const uint64_t *, size_t) nogil
    void index_free(c_Index *)

cdef extern from "kernel/scan.h":
    enum:
        SCAN_OUT

    ctypedef struct Run:
        uint32_t document, hits
        uint64_t source, start, end, line, column, byte, to_byte, evidence
        uint64_t c_from "from"
        uint64_t to
        uint8_t excerpt_n, skip
        uint8_t *excerpt

    ctypedef struct c_Scanner "Scanner":
        Stream stream
        Run *out
        size_t out_n
        uint64_t suppressed
        int failed

    int scanner_init(c_Scanner *, const c_Index *, uint32_t)
    void scanner_free(c_Scanner *)
    void scanner_reset(c_Scanner *, int)
    size_t scanner_feed(c_Scanner *, const uint8_t *, size_t, int) nogil

cdef extern from "kernel/entries.h":
    void entries_sort(uint64_t *, uint64_t *, uint64_t *, uint64_t *, size_t) nogil
    size_t entries_thin(uint64_t *, uint64_t *, size_t, unsigned) nogil
    size_t entries_live(uint64_t *, uint64_t *, size_t, const uint32_t *, size_t) nogil
    size_t keys_packed_size(const uint64_t *, size_t) nogil
    void keys_pack(const uint64_t *, size_t, uint8_t *) nogil
    int keys_unpack(const uint8_t *, size_t, uint64_t *, size_t) nogil

cdef extern from "kernel/outline.h":
    size_t outline_pack(const uint32_t **, size_t, uint8_t *) nogil
    int outline_unpack(const uint8_t *, size_t, uint32_t **, size_t) nogil


cdef extern from "kernel/familiar.h":
    ctypedef struct c_Familiar "Familiar":
        uint8_t *bytes
        uint64_t words

    void familiar_add(const c_Familiar *, const uint8_t *, size_t) nogil
    void familiar_add_repeated(const c_Familiar *, const c_Familiar *, const uint8_t *, size_t) nogil
    void familiar_weigh(const c_Familiar *, size_t, const uint8_t *, size_t, uint8_t *) nogil
    uint32_t familiar_rarity(const uint8_t *, size_t) nogil

cdef extern from "kernel/words.h":
    ctypedef struct Word:
        uint32_t c_from "from"
        uint32_t to
        uint16_t code, symbols

    size_t words_split(const uint8_t *, size_t, Word *, size_t, size_t *) nogil

cdef extern from "kernel/align.h":
    ctypedef struct c_Odds "Odds":
        const int16_t *single
        const int16_t *chained
        const int16_t *missing
        const uint8_t *weight
        const uint32_t *prior

    ctypedef struct Source:
        const uint16_t *codes
        const uint32_t *at
        size_t n

    ctypedef struct Anchor:
        uint32_t document, source, symbol, length, evidence

    ctypedef struct Aligned:
        uint32_t document, start, end, source, source_end, faith, pairs, wide, rare, run
        int32_t score
        size_t mask

    ctypedef struct c_Aligner "Aligner":
        uint32_t *at
        Aligned *out
        size_t out_n
        uint8_t *masks
        int failed

    void aligner_init(c_Aligner *, const c_Odds *)
    void aligner_free(c_Aligner *)
    int aligner_text(c_Aligner *, const Word *, size_t, const uint8_t *, size_t)
    void aligner_document(c_Aligner *, const Source *, const Anchor *, size_t, unsigned, uint8_t *) nogil

cdef extern from "kernel/fold.h":
    void count_text(const uint8_t *, size_t, size_t *, size_t *, size_t *) nogil


# Struct sizes are C's own: the declarations above name only the fields that are used here.
cdef extern from *:
    """
    static const size_t selector_size = sizeof(Selector), scanner_size = sizeof(Scanner), index_size = sizeof(Index),
        aligner_size = sizeof(Aligner);
    """
    const size_t selector_size, scanner_size, index_size, aligner_size

FOLD_VERSION = fold_version()
if FOLD_VERSION != EXPECTED:
    raise ImportError("the compiled kernel has another fold table than this version of the package; build it again")


def vector_available() -> bool:
    return bool(vector_supported())


def use_vector(bint on) -> None:
    if not vector_use(on):
        raise ValueError("this processor has no AVX-512 with VBMI2")


def vector_in_use() -> bool:
    return bool(vector_used())


def fold(const uint8_t[::1] data) -> bytes:
    cdef size_t n = data.shape[0], at = 0, used, out
    cdef uint8_t buffer[4096 + 64]
    parts = []
    while at < n:
        out = c_fold(&data[0] + at, n - at, 1, buffer, 4096, &used, NULL)
        at += used
        parts.append(PyBytes_FromStringAndSize(<char *> buffer, out))
    return b"".join(parts)


cdef _check(scale):
    """The kernel's arrays hold no larger k and w, and a scale may come from a file."""
    if not (1 <= scale.k <= ROLL_MOST and 1 <= scale.w <= SELECT_MOST):
        raise ValueError("a scale's k and w are 1 to 64")


cdef class Selector:
    cdef c_Selector *own

    def __cinit__(self, scale):
        _check(scale)
        self.own = <c_Selector *> calloc(1, selector_size)
        if not self.own:
            raise MemoryError
        selector_reset(self.own, scale.k, scale.w, scale.alphabet == Alphabet.BYTES)

    def __dealloc__(self):
        if self.own:
            selector_free(self.own)
            free(self.own)

    def feed(self, const uint8_t[::1] data) -> None:
        if data.shape[0]:
            with nogil:
                selector_feed(self.own, &data[0], data.shape[0], 0)
        self._raise_failure()

    cdef _raise_failure(self):
        if self.own.failed == 1:
            raise MemoryError
        if self.own.failed == 2:
            raise OverflowError("a text of 4 G characters or more cannot be registered")

    def finish(self):
        """(keys, positions, starts, ends, lines): arrays of u64 and four times u32, in the text's order."""
        cdef uint8_t nothing = 0
        selector_feed(self.own, &nothing, 0, 1)
        self._raise_failure()
        cdef size_t n = self.own.count, i
        columns = tuple([clone(U64 if i == 0 else U32, n, False) for i in range(5)])
        cdef uint64_t[::1] keys = columns[0]
        cdef uint32_t[::1] positions = columns[1], starts = columns[2], ends = columns[3], lines = columns[4]
        for i in range(n):
            keys[i] = self.own.out[i].key
            positions[i] = self.own.out[i].position
            starts[i] = self.own.out[i].start
            ends[i] = self.own.out[i].end
            lines[i] = self.own.out[i].line
        return columns

    @property
    def symbols(self) -> int:
        return (<Stream *> self.own).symbols


cdef array U64 = array("Q"), U32 = array("I")


cdef class Index:
    cdef c_Index *own
    cdef object kept
    cdef const uint32_t[::1] groups
    cdef readonly uint32_t group_count
    cdef readonly object scale

    def __cinit__(self, scale, segments, groups, uint32_t group_count, uint32_t common):
        cdef const uint64_t[::1] keys, postings
        cdef uint64_t entries = 0
        cdef uint32_t group
        cdef size_t i
        cdef int ok
        _check(scale)
        self.own = <c_Index *> calloc(1, index_size)
        if not self.own:
            raise MemoryError
        self.scale = scale
        self.kept = list(segments)
        self.groups = groups
        self.group_count = group_count
        for pair in self.kept:
            entries += len(pair[0])
        for i in range(<size_t> self.groups.shape[0]):
            group = self.groups[i]
            if group >= group_count and group < INDEX_BACKGROUND:
                raise ValueError("a document's group is not below the number of groups")
        cdef const uint32_t *of = &self.groups[0] if self.groups.shape[0] else NULL
        if not index_init(self.own, scale.k, scale.w, entries, of, self.groups.shape[0], common):
            raise MemoryError
        for keys, postings in self.kept:
            if keys.shape[0] != postings.shape[0]:
                raise ValueError("a segment's keys and postings differ in number")
            if keys.shape[0]:
                with nogil:
                    ok = index_add(self.own, &keys[0], &postings[0], keys.shape[0])
                if not ok:
                    raise MemoryError

    def __dealloc__(self):
        if self.own:
            index_free(self.own)
            free(self.own)


cdef class Runs:
    """Runs of one text, in no order: a sequence of tuples that are made when they are asked for."""
    cdef Run *own
    cdef size_t n, room

    def __dealloc__(self):
        free(self.own)

    cdef append(self, const Run *runs, size_t n):
        cdef size_t room
        cdef Run *more
        if not n:
            return
        if self.n + n > self.room:
            room = max(2 * self.room, self.n + n)
            more = <Run *> realloc(self.own, room * sizeof(Run))
            if not more:
                raise MemoryError
            self.own, self.room = more, room
        memcpy(self.own + self.n, runs, n * sizeof(Run))
        self.n += n

    def extend(self, Runs other) -> None:
        self.append(other.own, other.n)

    def __len__(self):
        return self.n

    def __iter__(self):
        cdef size_t i
        for i in range(self.n):
            yield self._tuple(&self.own[i])

    cdef _tuple(self, const Run *run):
        return (
            run.document, run.source, run.start, run.end, run.c_from, run.to, run.line, run.column, run.byte,
            run.to_byte, run.skip, run.hits, run.evidence, PyBytes_FromStringAndSize(<char *> run.excerpt, run.excerpt_n),
        )

    def before(self, uint64_t byte):
        """(the runs that end at `byte` or earlier, the others)."""
        cdef size_t i
        cdef Runs early = Runs(), late = Runs()
        for i in range(self.n):
            (early if self.own[i].to_byte <= byte else late).append(&self.own[i], 1)
        return early, late

    def documents(self) -> set:
        cdef size_t i
        cdef uint32_t last = 0
        cdef set found = set()
        for i in range(self.n):
            if not i or self.own[i].document != last:
                last = self.own[i].document
                found.add(last)
        return found


cdef Runs NO_RUNS = Runs()


cdef class Scanner:
    cdef c_Scanner *own
    cdef Index index

    def __cinit__(self, Index index):
        self.own = <c_Scanner *> calloc(1, scanner_size)
        if not self.own:
            raise MemoryError
        self.index = index
        if not scanner_init(self.own, index.own, index.group_count):
            raise MemoryError
        scanner_reset(self.own, index.scale.alphabet == Alphabet.BYTES)

    def __dealloc__(self):
        if self.own:
            scanner_free(self.own)
            free(self.own)

    def reset(self) -> None:
        scanner_reset(self.own, self.index.scale.alphabet == Alphabet.BYTES)

    def feed(self, const uint8_t[::1] data):
        cdef size_t n = data.shape[0], at = 0
        cdef Runs runs = NO_RUNS
        while at < n:
            with nogil:
                at += scanner_feed(self.own, &data[0] + at, n - at, 0)
            if self.own.out_n:
                runs = Runs() if runs is NO_RUNS else runs
                self._take(runs)
        return runs

    def finish(self):
        cdef uint8_t nothing = 0
        cdef Runs runs = Runs()
        while True:
            scanner_feed(self.own, &nothing, 0, 1)
            self._take(runs)
            if not self.own.stream.pending_n:
                return runs

    cdef _take(self, Runs runs):
        if self.own.failed:
            raise MemoryError
        runs.append(self.own.out, self.own.out_n)
        self.own.out_n = 0

    @property
    def symbols(self) -> int:
        return self.own.stream.symbols

    @property
    def suppressed(self) -> int:
        return self.own.suppressed


def sort_entries(keys, postings, unsigned most):
    cdef uint64_t[::1] key = keys, posting = postings
    cdef size_t n = key.shape[0], kept
    if key.shape[0] != posting.shape[0]:
        raise ValueError("keys and postings differ in number")
    cdef uint64_t *spare = <uint64_t *> malloc((16 * n) or 1)
    if not spare:
        raise MemoryError
    if n:
        with nogil:
            entries_sort(&key[0], &posting[0], spare, spare + n, n)
            kept = entries_thin(&key[0], &posting[0], n, most)
    else:
        kept = 0
    free(spare)
    del key, posting
    return (keys, postings) if kept == n else (keys[:kept], postings[:kept])


def live_entries(keys, postings, const uint32_t[::1] groups):
    cdef uint64_t[::1] key = keys, posting = postings
    cdef size_t n = key.shape[0], kept = 0
    if key.shape[0] != posting.shape[0]:
        raise ValueError("keys and postings differ in number")
    cdef const uint32_t *group = &groups[0] if groups.shape[0] else NULL
    if n:
        with nogil:
            kept = entries_live(&key[0], &posting[0], n, group, groups.shape[0])
    del key, posting
    return (keys, postings) if kept == n else (keys[:kept], postings[:kept])


def pack_keys(const uint64_t[::1] keys) -> bytes:
    cdef size_t n = keys.shape[0]
    if not n:
        return b""
    out = PyBytes_FromStringAndSize(NULL, keys_packed_size(&keys[0], n))
    cdef uint8_t *to = <uint8_t *> PyBytes_AS_STRING(out)
    with nogil:
        keys_pack(&keys[0], n, to)
    return out


def unpack_keys(const uint8_t[::1] data, size_t n):
    if n // 2 > <size_t> data.shape[0]:  # before memory is taken for what cannot be there
        raise ValueError("not a block of packed keys")
    keys = clone(U64, n, False)
    cdef uint64_t[::1] to = keys
    cdef int ok = 1
    if n:
        with nogil:
            ok = keys_unpack(&data[0] if data.shape[0] else NULL, data.shape[0], &to[0], n)
    elif data.shape[0]:
        ok = 0
    if not ok:
        raise ValueError("not a block of packed keys")
    return keys


def pack_outline(const uint32_t[::1] positions, const uint32_t[::1] starts, const uint32_t[::1] ends,
                 const uint32_t[::1] lines) -> bytes:
    cdef size_t n = positions.shape[0], size
    if not n:
        return b""
    if not positions.shape[0] == starts.shape[0] == ends.shape[0] == lines.shape[0]:
        raise ValueError("the columns of an outline differ in length")
    cdef const uint32_t *columns[4]
    columns[0], columns[1], columns[2], columns[3] = &positions[0], &starts[0], &ends[0], &lines[0]
    cdef uint8_t *out = <uint8_t *> malloc(20 * n)
    if not out:
        raise MemoryError
    with nogil:
        size = outline_pack(columns, n, out)
    packed = PyBytes_FromStringAndSize(<char *> out, size)
    free(out)
    return packed


def unpack_outline(const uint8_t[::1] data, size_t n):
    if n // 4 > <size_t> data.shape[0]:
        raise ValueError("not a packed outline")
    made = tuple([clone(U32, n, False) for _ in range(4)])
    cdef uint32_t[::1] positions = made[0], starts = made[1], ends = made[2], lines = made[3]
    cdef uint32_t *columns[4]
    cdef int ok = data.shape[0] == 0
    if n:
        columns[0], columns[1], columns[2], columns[3] = &positions[0], &starts[0], &ends[0], &lines[0]
        with nogil:
            ok = outline_unpack(&data[0] if data.shape[0] else NULL, data.shape[0], columns, n)
    if not ok:
        raise ValueError("not a packed outline")
    return made


def split_words(const uint8_t[::1] data):
    """(codes, lengths, starts, ends): arrays of u16, u8, u32 and u32, one row a word."""
    cdef size_t n = data.shape[0], count, used, i
    cdef Word *words = <Word *> malloc((n // 2 + 2) * 2 * sizeof(Word))
    if not words:
        raise MemoryError
    try:
        count = 0
        if n:
            with nogil:
                count = words_split(&data[0], n, words, n + 2, &used)
        codes, lengths = clone(U16, count, False), clone(U8, count, False)
        starts, ends = clone(U32, count, False), clone(U32, count, False)
        _copy_words(words, count, codes, lengths, starts, ends)
        return codes, lengths, starts, ends
    finally:
        free(words)


cdef _copy_words(const Word *words, size_t count, uint16_t[::1] codes, uint8_t[::1] lengths, uint32_t[::1] starts,
                 uint32_t[::1] ends):
    cdef size_t i
    for i in range(count):
        codes[i], lengths[i] = words[i].code, <uint8_t> words[i].symbols
        starts[i], ends[i] = words[i].c_from, words[i].to


cdef array U16 = array("H"), U8 = array("B")


cdef class Sketch:
    cdef const uint16_t[::1] codes
    cdef uint32_t *at
    cdef Source own

    def __cinit__(self, const uint16_t[::1] codes, const uint8_t[::1] lengths):
        cdef size_t n = codes.shape[0], i
        cdef uint32_t at = 0
        if n != <size_t> lengths.shape[0]:
            raise ValueError("a sketch's codes and lengths differ in number")
        self.codes = codes
        self.at = <uint32_t *> malloc((n + 1) * sizeof(uint32_t))
        if not self.at:
            raise MemoryError
        for i in range(n):
            self.at[i] = at
            at += lengths[i]
        self.at[n] = at
        self.own.codes = &codes[0] if n else NULL
        self.own.at, self.own.n = self.at, n

    def __dealloc__(self):
        free(self.at)

    def __len__(self):
        return self.own.n


cdef extern from *:
    """
    static int by_byte(const void *x, const void *y)
    {
        const Run *one = *(const Run *const *)x, *other = *(const Run *const *)y;
        return one->byte != other->byte ? (one->byte < other->byte ? -1 : 1)
               : one->document != other->document ? (one->document < other->document ? -1 : 1)
               : (one->source > other->source) - (one->source < other->source);
    }
    static int by_document(const void *x, const void *y)
    {
        const Anchor *one = x, *other = y;
        return one->document != other->document ? (one->document < other->document ? -1 : 1)
               : one->symbol != other->symbol   ? (one->symbol < other->symbol ? -1 : 1)
               : one->length != other->length   ? (one->length > other->length ? -1 : 1)
                                                : (one->source > other->source) - (one->source < other->source);
    }
    """
    int by_byte(const void *, const void *) noexcept nogil
    int by_document(const void *, const void *) noexcept nogil

cdef enum:
    DEF_REGION = 4096  # bytes around a run that are looked at
    DEF_CONTEXT = 24  # symbols given before a passage



cdef class Aligner:
    cdef c_Aligner *own
    cdef c_Odds odds
    cdef object kept
    cdef Word *words
    cdef uint8_t *symbols
    cdef size_t room, words_n, symbols_n

    def __cinit__(self, odds):
        cdef const int16_t[::1] single = odds.single, chained = odds.chained, missing = odds.missing
        cdef const uint8_t[::1] weight = odds.weight
        cdef const uint32_t[::1] prior = odds.prior
        self.kept = odds
        self.odds.single, self.odds.chained, self.odds.missing = &single[0], &chained[0], &missing[0]
        self.odds.weight, self.odds.prior = &weight[0], &prior[0]
        self.own = <c_Aligner *> calloc(1, aligner_size)
        if not self.own:
            raise MemoryError
        aligner_init(self.own, &self.odds)

    def __dealloc__(self):
        if self.own:
            aligner_free(self.own)
            free(self.own)
        free(self.words)
        free(self.symbols)

    def align(self, const uint8_t[::1] window, uint64_t offset, Runs runs, dict sketches, unsigned least):
        cdef size_t n = runs.n, i, j, size = window.shape[0]
        cdef uint64_t low, high
        cdef const Run **order = <const Run **> malloc((n or 1) * sizeof(Run *))
        if not order:
            raise MemoryError
        found = []
        cdef Runs left = Runs()
        try:
            for i in range(n):
                order[i] = &runs.own[i]
            qsort(order, n, sizeof(Run *), by_byte)
            i = 0
            while i < n:
                low, high, j = order[i].byte, order[i].to_byte, i + 1
                while j < n and order[j].byte <= high + 2 * DEF_REGION:
                    high = max(high, order[j].to_byte)
                    j += 1
                low = max(low - offset, DEF_REGION) - DEF_REGION if low >= offset else 0
                high = min(high - offset + DEF_REGION, size) if high >= offset else 0
                self._region(window, offset, low, high, order + i, j - i, sketches, least, found, left)
                i = j
        finally:
            free(order)
        return found, left

    cdef _fold(self, const uint8_t *data, size_t n):
        cdef size_t at = 0, used, made
        self.symbols_n = 0
        while at < n:
            made = c_fold(data + at, n - at, 1, self.symbols + self.symbols_n, 4096, &used, NULL)
            self.symbols_n += made
            at += used

    cdef _region(self, const uint8_t[::1] window, uint64_t offset, uint64_t low, uint64_t high, const Run **runs,
                 size_t n, dict sketches, unsigned least, list found, Runs left):
        cdef const uint8_t *data = &window[0] if window.shape[0] else NULL
        cdef size_t i, j, first = 0, used, room, before = 0, characters = 0, newlines = 0, line = 0
        cdef uint64_t base
        cdef Anchor *anchors
        cdef uint8_t *keep
        cdef Sketch sketch
        cdef const Run *run
        if low:  # begin at a word, and end with one
            for i in range(low, min(low + 256, high)):
                if data[i] <= 32:
                    low = i
                    break
        while low < high and data[low] & 0xC0 == 0x80:
            low += 1
        if high < <uint64_t> window.shape[0]:
            for i in range(high, max(high, 256) - 256, -1):
                if data[i - 1] <= 32:
                    high = i
                    break
        if low >= high or low + offset > runs[0].byte:
            for i in range(n):
                left.append(runs[i], 1)
            return
        room = (high - low) * 2 + 8192
        if room > self.room:
            free(self.words)
            free(self.symbols)
            self.room = 0
            self.words = <Word *> malloc(room // 2 * sizeof(Word))
            self.symbols = <uint8_t *> malloc(room * 8)
            if not self.words or not self.symbols:
                raise MemoryError
            self.room = room
        self._fold(data + low, runs[0].byte - offset - low)
        base = runs[0].start - runs[0].skip - self.symbols_n
        self._fold(data + low, high - low)
        self.words_n = words_split(data + low, high - low, self.words, self.room // 2, &used)
        if not aligner_text(self.own, self.words, self.words_n, self.symbols, self.symbols_n):
            raise MemoryError
        anchors = <Anchor *> malloc(n * (sizeof(Anchor) + 1) or 1)
        if not anchors:
            raise MemoryError
        try:
            keep = <uint8_t *> (anchors + n)
            j = 0
            for i in range(n):
                run = runs[i]
                if run.start < base or run.end - base > self.symbols_n or run.document not in sketches:
                    left.append(run, 1)
                    continue
                anchors[j] = Anchor(document=run.document, source=run.source, symbol=run.start - base,
                                    length=run.end - run.start, evidence=run.evidence)
                j += 1
            n_anchors = j
            qsort(anchors, n_anchors, sizeof(Anchor), by_document)
            i = 0
            while i < n_anchors:
                j = i
                while j < n_anchors and anchors[j].document == anchors[i].document:
                    j += 1
                sketch = sketches[anchors[i].document]
                aligner_document(self.own, &sketch.own, anchors + i, j - i, least, keep + i)
                i = j
            if self.own.failed:
                raise MemoryError
            self._leave(runs, n, base, anchors, keep, n_anchors, left)
            count_text(data + low, runs[0].byte - offset - low, &characters, &newlines, &line)
            for i in range(self.own.out_n):
                found.append(self._passage(&self.own.out[i], window, offset, low, runs[0], base,
                                           runs[0].c_from - characters, runs[0].line - newlines, sketches))
        finally:
            free(anchors)

    cdef _leave(self, const Run **runs, size_t n, uint64_t base, const Anchor *anchors, const uint8_t *keep, size_t n_anchors,
                Runs left):
        """Puts the runs whose anchors are kept into `left`."""
        cdef size_t i, j
        wanted = {}
        for i in range(n_anchors):
            if keep[i]:
                wanted[anchors[i].document, anchors[i].source, anchors[i].symbol] = None
        if wanted:
            for i in range(n):
                if runs[i].start >= base and (runs[i].document, runs[i].source, runs[i].start - base) in wanted:
                    left.append(runs[i], 1)

    cdef _passage(self, const Aligned *made, const uint8_t[::1] window, uint64_t offset, uint64_t low, const Run *near,
                  uint64_t base, uint64_t character, uint64_t line, dict sketches):
        cdef const uint8_t *data = &window[0]
        cdef Sketch sketch = sketches[made.document]
        cdef const Word *first = &self.words[made.start]
        cdef const Word *last = &self.words[made.end - 1]
        cdef size_t at = low + first.c_from, to = low + last.to, before = 0, inside = 0, newlines = 0, ignored = 0, begin, i
        cdef size_t start = 0, j, column = 0
        cdef size_t start_symbol = self.own.at[made.start], end_symbol = self.own.at[made.end]
        count_text(data + low, at - low, &before, &newlines, &start)
        count_text(data + at, to - at, &inside, &ignored, &ignored)
        begin = at
        while begin and data[begin - 1] != 10:
            begin -= 1
        count_text(data + begin, at - begin, &column, &ignored, &ignored)
        if not begin and offset:  # the line begins before the window: as the run in it has it
            column = near.column + character + before - near.c_from if near.line == line + newlines else column
        cdef size_t context = min(start_symbol, <size_t> DEF_CONTEXT)
        symbols = PyBytes_FromStringAndSize(<char *> (self.symbols + start_symbol - context), end_symbol - start_symbol + context)
        marks = PyBytes_FromStringAndSize(NULL, end_symbol - start_symbol)
        cdef uint8_t *mark = <uint8_t *> PyBytes_AS_STRING(marks)
        for i in range(made.start, made.end):
            for j in range(self.own.at[i] - start_symbol, self.own.at[i + 1] - start_symbol):
                mark[j] = self.own.masks[made.mask + i - made.start]
        excerpt = PyBytes_FromStringAndSize(<char *> (data + at), min(to - at, <size_t> 128))
        return (
            made.document, sketch.at[made.source], sketch.at[made.source_end], base + start_symbol, base + end_symbol,
            character + before, character + before + inside, line + newlines, column, made.score, made.faith, made.pairs,
            made.wide, made.rare, made.run, symbols, marks, excerpt,
        )


cdef class Familiar:
    cdef c_Familiar own

    def __cinit__(self, bits):
        if bits % 64 or not 64 <= bits <= 1 << 38:
            raise ValueError("a table of grams has a multiple of 64 bits, from 64 to 2^38")
        self.own.words = bits // 64
        self.own.bytes = <uint8_t *> calloc(self.own.words, 8)
        if not self.own.bytes:
            raise MemoryError

    def __dealloc__(self):
        free(self.own.bytes)

    @classmethod
    def from_bytes(cls, const uint8_t[::1] data):
        cdef Familiar table = cls(8 * data.shape[0])
        memcpy(table.own.bytes, &data[0], data.shape[0])
        return table

    def to_bytes(self) -> bytes:
        return PyBytes_FromStringAndSize(<char *> self.own.bytes, 8 * self.own.words)

    @property
    def fill(self) -> float:
        return int.from_bytes(self.to_bytes(), "little").bit_count() / (64 * self.own.words)

    def add(self, const uint8_t[::1] symbols) -> None:
        if symbols.shape[0]:
            with nogil:
                familiar_add(&self.own, &symbols[0], symbols.shape[0])

    def add_repeated(self, const uint8_t[::1] symbols, Familiar once not None) -> None:
        if once is self:
            raise ValueError("what was seen once is kept in a table of its own")
        if symbols.shape[0]:
            with nogil:
                familiar_add_repeated(&self.own, &once.own, &symbols[0], symbols.shape[0])


def weigh(tables, const uint8_t[::1] symbols, const uint8_t[::1] marks=None) -> bytes:
    cdef size_t n = symbols.shape[0], count, i, marked
    kept = list(tables)
    count = len(kept)
    weights = PyBytes_FromStringAndSize(NULL, n)
    cdef uint8_t *to = <uint8_t *> PyBytes_AS_STRING(weights)
    cdef c_Familiar *own = <c_Familiar *> malloc((count or 1) * sizeof(c_Familiar))
    if not own:
        raise MemoryError
    try:
        for i in range(count):
            own[i] = (<Familiar?> kept[i]).own
        if n:
            with nogil:
                familiar_weigh(own, count, &symbols[0], n, to)
    finally:
        free(own)
    if marks is None:
        return weights
    marked = marks.shape[0]
    if marked > n:
        raise ValueError("more marks than symbols")
    for i in range(marked):
        if not marks[i]:
            to[n - marked + i] = 0
    return weights[n - marked:]


def rarity(const uint8_t[::1] weights) -> int:
    cdef size_t n = weights.shape[0]
    cdef uint32_t made = 0
    if n:
        with nogil:
            made = familiar_rarity(&weights[0], n)
    return made
