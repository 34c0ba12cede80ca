#ifndef GROW_H
#define GROW_H

#include <stdint.h>
#include <stdlib.h>

/* Room for `wanted` elements of `size` bytes in an array that has `room`. Whether there was memory. */
static inline int grow(void **array, uint32_t *room, uint32_t wanted, size_t size) {
    uint32_t more = *room ? *room : 16;
    if (wanted <= *room)
        return 1;
    while (more < wanted)
        more *= 2;
    void *grown = realloc(*array, (size_t)more * size);
    if (!grown)
        return 0;
    *array = grown;
    *room = more;
    return 1;
}

#endif
