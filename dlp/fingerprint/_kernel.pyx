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


include "_kernel_blocks.pxi"
include "_kernel_align.pxi"
include "_kernel_familiar.pxi"
include "_kernel_terms.pxi"
include "_kernel_signs.pxi"
