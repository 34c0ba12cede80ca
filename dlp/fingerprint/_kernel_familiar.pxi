# Familiar text, and what a passage proves beside it. A part of _kernel.pyx.

cdef extern from "kernel/familiar.h":
    ctypedef struct c_Familiar "Familiar":
        uint8_t *bytes
        uint64_t words

    void familiar_add(const c_Familiar *, const uint8_t *, size_t) nogil
    void familiar_add_repeated(const c_Familiar *, const c_Familiar *, const uint8_t *, size_t) nogil
    void familiar_weigh(const c_Familiar *, size_t, const uint8_t *, size_t, uint8_t *) nogil
    uint32_t familiar_rarity(const uint8_t *, size_t) nogil


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
