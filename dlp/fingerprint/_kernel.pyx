# cython: language_level=3, boundscheck=False, wraparound=False
"""The C kernel, for Python. The reference twin, `dlp.fingerprint.reference`, documents each name's meaning."""

from cpython.array cimport array, clone
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport UINT32_MAX, int16_t, int32_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
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
        const uint32_t *blocks
        size_t n

    ctypedef struct Anchor:
        uint32_t document

    ctypedef struct Aligned:
        uint32_t document, source, source_end, faith, pairs, wide
        uint64_t rare, run
        int32_t score

    ctypedef struct c_Aligner "Aligner":
        Aligned *out
        size_t out_n
        int failed

    enum:
        ALIGN_BLOCK
        ALIGN_LEVELS
        ALIGN_LENGTHS
        ALIGN_FAITHS

    void aligner_init(c_Aligner *, const c_Odds *)
    void aligner_free(c_Aligner *)
    int aligner_text(c_Aligner *, const Word *, size_t, const uint8_t *, size_t) nogil
    void aligner_document(c_Aligner *, const Source *, const Anchor *, size_t, unsigned, uint8_t *) nogil
    void source_index(const Source *, uint32_t *)

cdef extern from "kernel/region.h":
    enum:
        REGION_EXCERPT

    ctypedef struct Region:
        const Run **runs
        const uint8_t *left
        size_t runs_n
        const Word *words
        const uint8_t *symbols
        const Anchor *anchors
        uint8_t *kept
        size_t words_n, symbols_n, anchors_n

    ctypedef struct Where:
        uint64_t start, end, c_from "from", to, line, column
        size_t byte, to_byte, symbol, context

    int region_window(Region *, const uint8_t *, size_t, uint64_t, const Run *, size_t) nogil
    int region_next(Region *) nogil
    void region_settle(Region *) nogil
    int region_where(Region *, const c_Aligner *, const Aligned *, Where *)
    void region_marks(const c_Aligner *, const Aligned *, uint8_t *)
    void region_free(Region *)


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
        cdef uint64_t at = 0
        cdef uint32_t *blocks
        if n != <size_t> lengths.shape[0]:
            raise ValueError("a sketch's codes and lengths differ in number")
        for i in range(n):
            at += lengths[i]
        if at > UINT32_MAX:
            raise ValueError("a sketch of 4 G symbols or more")
        self.at = <uint32_t *> malloc((n + 1 + at // ALIGN_BLOCK + 1) * sizeof(uint32_t))
        if not self.at:
            raise MemoryError
        at = 0
        for i in range(n):
            self.at[i] = <uint32_t> at
            at += lengths[i]
        self.at[n] = <uint32_t> at
        blocks = self.at + n + 1
        self.codes = codes
        self.own.codes = &codes[0] if n else NULL
        self.own.at, self.own.blocks, self.own.n = self.at, blocks, n
        source_index(&self.own, blocks)

    def __dealloc__(self):
        free(self.at)

    def __len__(self):
        return self.own.n


cdef class Aligner:
    cdef c_Aligner *own
    cdef c_Odds odds
    cdef object kept
    cdef Region region

    def __cinit__(self, odds):
        cdef const int16_t[::1] single = odds.single, chained = odds.chained, missing = odds.missing
        cdef const uint8_t[::1] weight = odds.weight
        cdef const uint32_t[::1] prior = odds.prior
        cdef ssize_t cells = ALIGN_LENGTHS * ALIGN_LEVELS
        if not (single.shape[0] == chained.shape[0] == ALIGN_FAITHS * cells and missing.shape[0] == ALIGN_FAITHS
                and weight.shape[0] == cells and prior.shape[0] == 16):
            raise ValueError("tables of odds have other sizes")
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
        region_free(&self.region)

    def align(self, const uint8_t[::1] window, uint64_t offset, Runs runs not None, dict sketches not None, unsigned least):
        cdef const uint8_t *data = &window[0] if window.shape[0] else NULL
        cdef Region *region = &self.region
        cdef size_t i
        cdef int made
        if not region_window(region, data, window.shape[0], offset, runs.own, runs.n):
            raise MemoryError
        found = []
        while True:
            with nogil:
                made = region_next(region)
            if made < 0:
                raise MemoryError
            if not made:
                break
            self._documents(sketches, least)
            for i in range(self.own.out_n):
                found.append(self._passage(&self.own.out[i], data, sketches))
        cdef Runs left = Runs()
        for i in range(region.runs_n):
            if region.left[i]:
                left.append(region.runs[i], 1)
        return found, left

    cdef _documents(self, dict sketches, unsigned least):
        cdef Region *region = &self.region
        cdef size_t i = 0, j
        cdef Sketch sketch
        if not aligner_text(self.own, region.words, region.words_n, region.symbols, region.symbols_n):
            raise MemoryError
        while i < region.anchors_n:
            j = i
            while j < region.anchors_n and region.anchors[j].document == region.anchors[i].document:
                j += 1
            sketch = sketches.get(region.anchors[i].document)
            if sketch is not None:
                aligner_document(self.own, &sketch.own, region.anchors + i, j - i, least, region.kept + i)
            i = j
        if self.own.failed:
            self.own.failed = 0
            raise MemoryError
        region_settle(region)

    cdef _passage(self, const Aligned *made, const uint8_t *data, dict sketches):
        cdef Sketch sketch = sketches[made.document]
        cdef Where at
        if not region_where(&self.region, self.own, made, &at):
            raise MemoryError
        cdef size_t n = at.end - at.start
        symbols = PyBytes_FromStringAndSize(<char *> self.region.symbols + at.symbol - at.context, n + at.context)
        marks = PyBytes_FromStringAndSize(NULL, n)
        region_marks(self.own, made, <uint8_t *> PyBytes_AS_STRING(marks))
        excerpt = PyBytes_FromStringAndSize(<char *> data + at.byte, min(at.to_byte - at.byte, <size_t> REGION_EXCERPT))
        return (
            made.document, sketch.at[made.source], sketch.at[made.source_end], at.start, at.end, at.c_from, at.to,
            at.line, at.column, made.score, made.faith, made.pairs, made.wide, made.rare, made.run, symbols, marks, excerpt,
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
