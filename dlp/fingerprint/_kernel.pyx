# cython: language_level=3, boundscheck=False, wraparound=False
"""The C kernel, for Python. The reference twin, `dlp.fingerprint.reference`, documents each name's meaning."""

from cpython.array cimport array, clone
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc


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
        uint64_t source, start, end, line, column, evidence
        uint64_t c_from "from"
        uint64_t to
        uint8_t excerpt_n
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


# Struct sizes are C's own: the declarations above name only the fields that are used here.
cdef extern from *:
    """
    static const size_t selector_size = sizeof(Selector), scanner_size = sizeof(Scanner), index_size = sizeof(Index);
    """
    const size_t selector_size, scanner_size, index_size

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

    def feed(self, const uint8_t[::1] data) -> list:
        cdef size_t n = data.shape[0], at = 0
        runs = []
        while at < n:
            with nogil:
                at += scanner_feed(self.own, &data[0] + at, n - at, 0)
            if self.own.out_n:
                self._take(runs)
        return runs

    def finish(self) -> list:
        cdef uint8_t nothing = 0
        runs = []
        while True:
            scanner_feed(self.own, &nothing, 0, 1)
            self._take(runs)
            if not self.own.stream.pending_n:
                return runs

    cdef _take(self, list runs):
        cdef size_t i
        cdef Run *run
        if self.own.failed:
            raise MemoryError
        for i in range(self.own.out_n):
            run = &self.own.out[i]
            runs.append((
                run.document, run.source, run.start, run.end, run.c_from, run.to, run.line, run.column, run.hits,
                run.evidence, PyBytes_FromStringAndSize(<char *> run.excerpt, run.excerpt_n),
            ))
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
