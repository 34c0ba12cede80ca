# Words, sketches and alignment. A part of _kernel.pyx.

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

cdef extern from *:
    """
    static const size_t aligner_size = sizeof(Aligner);
    """
    const size_t aligner_size



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
