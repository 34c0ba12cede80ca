# Registered terms. A part of _kernel.pyx.

cdef extern from "kernel/terms.h":
    ctypedef struct TermHit:
        uint32_t term, start, end

    ctypedef struct c_Terms "Terms":
        const uint8_t *symbols
        uint32_t *ends
        uint32_t n
        TermHit *out
        size_t out_n
        int failed

    int terms_init(c_Terms *, const uint8_t *, size_t, uint32_t) nogil
    void terms_free(c_Terms *)
    void terms_find(c_Terms *, const uint8_t *, size_t, int, int *, size_t *) nogil

cdef extern from *:
    """
    static const size_t terms_size = sizeof(Terms);
    """
    const size_t terms_size


cdef class Terms:
    cdef c_Terms *own
    cdef bytes kept

    def __cinit__(self, bytes symbols):
        cdef const uint8_t *data = <const uint8_t *> PyBytes_AS_STRING(symbols)
        cdef size_t n = len(symbols)
        cdef size_t count = symbols.count(b"\n")
        cdef int ok
        if n >= UINT32_MAX:
            raise ValueError("terms of 4 GB or more")
        self.own = <c_Terms *> calloc(1, terms_size)
        if not self.own:
            raise MemoryError
        self.kept = symbols
        with nogil:
            ok = terms_init(self.own, data, n, <uint32_t> count)
        if not ok:
            raise ValueError("a term has 3 to 1024 symbols, and a newline behind it")

    def __dealloc__(self):
        if self.own:
            terms_free(self.own)
            free(self.own)

    def __len__(self):
        return self.own.n

    def symbols(self, size_t term) -> bytes:
        if term >= self.own.n:
            raise IndexError(term)
        cdef size_t start = self.own.ends[term - 1] + 1 if term else 0
        return self.kept[start:self.own.ends[term]]

    def find(self, const uint8_t[::1] data, int state=-1, bint last=False):
        cdef size_t n = data.shape[0], used, i
        cdef uint8_t nothing = 0
        cdef const uint8_t *at = &data[0] if n else &nothing
        if n >= UINT32_MAX:
            raise ValueError("a window of 4 GB or more")
        with nogil:
            terms_find(self.own, at, n, last, &state, &used)
        if self.own.failed:
            self.own.failed = 0
            raise MemoryError
        hits = clone(U32, 3 * self.own.out_n, False)
        cdef uint32_t[::1] out = hits
        for i in range(self.own.out_n):
            out[3 * i], out[3 * i + 1] = self.own.out[i].term, self.own.out[i].start
            out[3 * i + 2] = self.own.out[i].end
        return hits, used, state
