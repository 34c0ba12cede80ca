cdef extern from "kernel/signs.h":
    ctypedef struct Sign:
        uint64_t start, end
        uint32_t kind, detail, open

    size_t signs_find(const uint8_t *, size_t, size_t, int, int, Sign *, size_t, size_t *) nogil
    void signs_setup()

cdef extern from "kernel/fold.h":
    void c_count_text "count_text"(const uint8_t *, size_t, size_t *, size_t *, size_t *) nogil

signs_setup()


def count_text(const uint8_t[::1] data):
    cdef size_t characters = 0, newlines = 0, line = 0
    if data.shape[0]:
        c_count_text(&data[0], data.shape[0], &characters, &newlines, &line)
    return characters, newlines

signs_setup()


def find_signs(const uint8_t[::1] data, size_t start, bint last, int inside):
    cdef Sign out[256]
    cdef size_t n = data.shape[0], count = 0, i, before
    cdef uint8_t nothing = 0
    cdef const uint8_t *of = &data[0] if n else &nothing
    found = []
    while True:
        before = start
        with nogil:
            start = signs_find(of, n, start, last, inside, out, 256, &count)
        for i in range(count):
            found.append((out[i].kind, out[i].start, out[i].end, out[i].detail, out[i].open))
        if count < 190 or start == before:
            return found, start
        inside = -1
