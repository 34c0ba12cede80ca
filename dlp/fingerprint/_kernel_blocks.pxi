# What a store keeps: sorted entries, packed keys, outlines. A part of _kernel.pyx.

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
