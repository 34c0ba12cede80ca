/* Blocks: lines of uuencoded text, lists of numbers, and how far a run goes on over the ends of lines. */
#include "signs.h"

#include <string.h>

/* Where the symbols of a line of uuencoded text that begins at `at` end; 0 for none. */
static size_t uu_line(const uint8_t *data, size_t n, size_t at, int last)
{
    if (at >= n || data[at] <= 32 || data[at] > 77)
        return 0;
    size_t end = at + 1 + ((size_t)data[at] - 32 + 2) / 3 * 4;
    if (end > n || (end == n && !last) || (end < n && data[end] != '\n' && data[end] != '\r'))
        return 0;
    for (size_t i = at + 1; i < end; i++)
        if (data[i] < 32 || data[i] > 96)
            return 0;
    return end;
}

int sign_uu(const uint8_t *data, size_t n, size_t at, int last)
{
    if (at && data[at - 1] != '\n')
        return 0;
    if (!uu_line(data, n, at, last))
        return 0;
    if (data[at] == 'M')
        return 1;
    /* a short line is the first one only, behind `begin 644 name` */
    for (size_t i = at - 1; at && i-- && at - i < 160;)
        if (!i || data[i - 1] == '\n')
            return at - i > 6 && !memcmp(data + i, "begin ", 6);
    return 0;
}

enum { BYTES_HEX, BYTES_0X, BYTES_DECIMAL, BYTES_FOURS };

/* The bytes of a list of numbers that begins at `at`, up to 12. */
static size_t listed(const uint8_t *data, size_t n, size_t at, int form, uint8_t *bytes)
{
    size_t count = 0;
    while (count < 12) {
        size_t digits = 0, start = at;
        unsigned value = 0;
        if (form == BYTES_0X) {
            if (at + 2 >= n || data[at] != '0' || (data[at + 1] | 32) != 'x')
                break;
            start = at += 2;
        }
        for (; at < n && digits < 5 && (form == BYTES_DECIMAL ? sign_class[data[at]] & CLASS_DIGIT : sign_more[data[at]] & MORE_HEX);
             digits++)
            value = value * (form == BYTES_DECIMAL ? 10 : 16) + sign_hex[data[at++]];
        if (form == BYTES_FOURS) {
            if (at - start != 4)
                break;
            bytes[count++] = (uint8_t)(value >> 8);
            bytes[count++] = (uint8_t)value;
        } else {
            if (value > 255 || digits > 3 || !digits || (form == BYTES_HEX && digits != 2))
                break;
            if (form != BYTES_HEX && !sign_printable(value))
                break;
            bytes[count++] = (uint8_t)value;
        }
        start = at;
        while (at < n && at - start < 16 && (data[at] == ' ' || data[at] == ',' || data[at] == ':' || data[at] == '\n' ||
                                             data[at] == '\r' || data[at] == '\t' || data[at] == '-'))
            at++;
        if (at == start || (form == BYTES_HEX && at - start > 3))
            break;
    }
    return count;
}

/* Whether most of 12 bytes are of words, or of escapes: small numbers are often within ASCII. */
static int has_words(const uint8_t *bytes)
{
    size_t of_words = 0;
    for (size_t i = 0; i < 12; i++)
        of_words += bytes[i] >= 128 || sign_more[bytes[i]] & MORE_ALNUM || (bytes[i] && strchr(" _%\\&#;", bytes[i]));
    return of_words >= 9;
}

int sign_dump(const uint8_t *data, size_t n, size_t at)
{
    uint8_t bytes[16];
    if (at && sign_more[data[at - 1]] & MORE_ALNUM)
        return 0;
    size_t digits = sign_run_end(data, n < at + 9 ? n : at + 9, at, sign_more, MORE_HEX) - at;
    if ((digits >= 6 && digits <= 8) && (!at || data[at - 1] == '\n')) { /* an offset */
        at += digits;
        if (at < n && data[at] == ':')
            at++;
        size_t start = at;
        while (at < n && data[at] == ' ' && at - start < 3)
            at++;
        if (at == start)
            return 0;
        digits = sign_run_end(data, n < at + 9 ? n : at + 9, at, sign_more, MORE_HEX) - at;
        if (digits == 4)
            return listed(data, n, at, BYTES_FOURS, bytes) >= 4 && sign_is_something(bytes, 4);
        return digits == 2 && listed(data, n, at, BYTES_HEX, bytes) >= 6 && sign_is_something(bytes, 6);
    }
    if (digits == 1 && data[at] == '0' && at + 1 < n && (data[at + 1] | 32) == 'x')
        return listed(data, n, at, BYTES_0X, bytes) >= 12 && sign_is_text(bytes, 12);
    if (digits == 2 && listed(data, n, at, BYTES_HEX, bytes) >= 12 && (sign_is_text(bytes, 12) ? has_words(bytes) : sign_is_something(bytes, 12)))
        return 1;
    return digits <= 3 && listed(data, n, at, BYTES_DECIMAL, bytes) >= 12 && sign_is_text(bytes, 12) && has_words(bytes);
}

static size_t extend_uu(const uint8_t *data, size_t n, size_t at, int last, int *open)
{
    for (;;) {
        size_t line = at;
        if (n - at < 66 && !last) {
            *open = 1;
            return n;
        }
        size_t end = uu_line(data, n, line, last);
        if (!end)
            return at;
        while (end < n && (data[end] == '\r' || data[end] == '\n'))
            end++;
        at = end;
    }
}

static size_t extend_dump(const uint8_t *data, size_t n, size_t at, int last, int *open)
{
    for (;;) {
        size_t e = sign_run_end(data, n, at, sign_more, MORE_DUMP);
        if (e < n) { /* the column of characters, and a line that goes on with another offset */
            const uint8_t *newline = memchr(data + e, '\n', n - e < 100 ? n - e : 100);
            size_t next = newline ? (size_t)(newline - data) + 1 : n;
            if (newline && next + 9 < n) {
                size_t digits = sign_run_end(data, next + 8, next, sign_more, MORE_HEX) - next;
                if (digits >= 6 && (data[next + digits] == ':' || data[next + digits] == ' ')) {
                    at = next;
                    continue;
                }
                return e;
            }
            *open = !last && n - e <= 110; /* to be looked at again from here, when there is more */
            return e;
        }
        *open = !last;
        return n;
    }
}

size_t sign_extend(const uint8_t *data, size_t n, size_t at, int last, int kind, int *open)
{
    *open = 0;
    if (kind == SIGN_UU)
        return extend_uu(data, n, at, last, open);
    if (kind == SIGN_DUMP)
        return extend_dump(data, n, at, last, open);
    const uint8_t *table = kind == SIGN_HEX || kind == SIGN_BASE32 ? sign_more : sign_class;
    unsigned mask = kind == SIGN_BASE64   ? CLASS_64
                    : kind == SIGN_HEX    ? MORE_HEX
                    : kind == SIGN_BASE32 ? MORE_32 | MORE_32_LOW
                    : kind == SIGN_BASE85 ? CLASS_85
                    : kind == SIGN_Z85    ? CLASS_Z85
                                          : CLASS_A85;
    int padded = kind == SIGN_BASE64 || kind == SIGN_BASE32;
    size_t e = sign_run_end(data, n, at, table, mask), before = e - at;
    for (;;) {
        size_t gap = e;
        int split = 0;
        if (e < n && data[e] == '=' && padded) {
            while (e < n && e - gap < 6 && data[e] == '=')
                e++;
            return e;
        }
        while (gap < n && gap - e < 24) {
            unsigned c = data[gap], next = gap + 1 < n ? data[gap + 1] : ' ';
            if (c == '\\' && next == '/' && kind == SIGN_BASE64) {
                split = 2;
                gap++;
                break;
            }
            if (c == '\\' && (next == 'n' || next == 'r' || next == 't')) {
                split = 1;
                gap += 2;
            } else if (c == '+' && padded && next != ' ' && next != '"' && next != '\'' && next != '\n') {
                break;
            } else if (c == '&' && kind < SIGN_BASE85) { /* a line's end in an attribute */
                static const char *const ends[] = {"&#10;", "&#13;", "&#xA;", "&#xD;", "&#xa;", "&#xd;"};
                int one = 0;
                for (int k = 0; k < 6 && n - gap >= 5; k++)
                    one |= !memcmp(data + gap, ends[k], 5);
                if (!one)
                    break;
                split = 1;
                gap += 5;
            } else if (c == '\n' || ((c == '"' || c == '\'') && kind < SIGN_BASE85)) {
                split = 1;
                gap++;
            } else if (c == ' ' || c == '\t' || c == '\r' ||
                       (kind < SIGN_BASE85 && (c == ',' || c == '>' || c == '.' || c == '|' || c == '*' || c == '#' || c == ';' ||
                                               c == '\\' || c == '+')))
                gap++;
            else
                break;
        }
        if (gap >= n && gap - e < 24) {
            *open = !last;
            return last ? e : n;
        }
        if (!split)
            return e;
        size_t end = sign_run_end(data, n, gap, table, mask), more = end - gap;
        if (end == n && !last) {
            *open = 1;
            return n;
        }
        if (split == 2 || (more >= SIGN_RUN && (before % 4 == 0 || more <= before + 4 || !before))) {
            e = end;
            before = more;
            continue;
        }
        /* The last line, which nothing but its end, a quote or padding follows. */
        unsigned c = end < n ? data[end] : '\n';
        if (more >= 2 && more < SIGN_RUN && (before >= 40 || !before) &&
            (kind < SIGN_BASE85 ? c == '=' || c == '\n' || c == '\r' || c == '"' || c == '\'' || c == '\\' || c == '<' : c == '~')) {
            e = end;
            while (e < n && e - end < 6 && data[e] == '=' && padded)
                e++;
        }
        return e;
    }
}
