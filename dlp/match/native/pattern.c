#include "automaton.h"

#include <stdlib.h>
#include <string.h>

int pattern_is_sound(const Pattern *p, size_t sets_n, size_t follow_n) {
    if (p->positions > 0xFFFF || p->follow_from[0] != 0 || p->follow_from[p->positions] != follow_n)
        return 0;
    for (uint32_t i = 0; i < p->positions; i++)
        if (p->set_of[i] >= sets_n || p->follow_from[i] > p->follow_from[i + 1])
            return 0;
    for (size_t i = 0; i < follow_n; i++)
        if (p->follow[i] >= p->positions)
            return 0;
    for (uint32_t i = 0; i < p->first_n; i++)
        if (p->first[i] >= p->positions)
            return 0;
    for (uint32_t i = 0; i < p->at_start_n; i++)
        if (p->at_start[i] >= p->positions)
            return 0;
    return 1;
}

uint16_t pattern_classes(const Pattern *p, size_t sets_n, uint8_t class_of[256], uint8_t of_class[256]) {
    uint16_t classes = 0;
    uint32_t hashes[256];
    for (int byte = 0; byte < 256; byte++) {
        uint32_t hash = 2166136261u;
        for (size_t set = 0; set < sets_n; set++)
            hash = (hash ^ (uint32_t)((p->sets[set * 32 + (byte >> 3)] >> (byte & 7)) & 1)) * 16777619u + (uint32_t)set;
        hashes[byte] = hash;
    }
    for (int byte = 0; byte < 256; byte++) {
        int class = 0;
        for (; class < classes; class++) {
            const int other = of_class[class];
            if (hashes[other] != hashes[byte])
                continue;
            size_t set = 0;
            for (; set < sets_n; set++) {
                const uint8_t *bits = p->sets + set * 32;
                if (((bits[byte >> 3] >> (byte & 7)) & 1) != ((bits[other >> 3] >> (other & 7)) & 1))
                    break;
            }
            if (set == sets_n)
                break;
        }
        if (class == classes)
            of_class[classes++] = (uint8_t)byte;
        class_of[byte] = (uint8_t)class;
    }
    return classes;
}

int pattern_reverse(const Pattern *p, Pattern *out) {
    const uint32_t follow_n = p->follow_from[p->positions];
    uint32_t *from = calloc((size_t)p->positions + 2, sizeof *from);
    uint16_t *follow = malloc(((size_t)follow_n + 1) * sizeof *follow);
    uint8_t *flags = calloc((size_t)p->positions + 1, 1);
    if (!from || !follow || !flags) {
        free(from), free(follow), free(flags);
        return 0;
    }
    for (uint32_t i = 0; i < follow_n; i++)
        from[p->follow[i] + 2]++;
    for (uint32_t i = 0; i < p->positions; i++)
        from[i + 1] += from[i];
    for (uint32_t i = 0; i < p->positions; i++)
        for (uint32_t k = p->follow_from[i]; k < p->follow_from[i + 1]; k++)
            follow[from[p->follow[k] + 1]++] = (uint16_t)i; /* from[i + 1] ends where it should then begin */
    for (uint32_t i = 0; i < p->first_n; i++)
        flags[p->first[i]] |= POSITION_ACCEPTS;
    for (uint32_t i = 0; i < p->at_start_n; i++)
        flags[p->at_start[i]] |= POSITION_ACCEPTS_AT_END;
    *out = *p;
    out->follow_from = from, out->follow = follow, out->flags = flags;
    out->first_n = out->at_start_n = 0;
    return 1;
}

void pattern_free(Pattern *p) {
    free((void *)(uintptr_t)p->follow_from);
    free((void *)(uintptr_t)p->follow);
    free((void *)(uintptr_t)p->flags);
    p->follow_from = NULL, p->follow = NULL, p->flags = NULL;
}
