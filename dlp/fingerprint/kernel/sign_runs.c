/* What a run is: by what its first symbols decode to. */
#include "signs.h"

#include <string.h>

enum { SAMPLE = 15 }; /* bytes that are decoded to judge */

size_t sign_run_end(const uint8_t *data, size_t n, size_t at, const uint8_t *table, unsigned mask)
{
    while (at < n && table[data[at]] & mask)
        at++;
    return at;
}

static int printable(unsigned byte) { return (byte >= 0x20 && byte < 0x7F) || byte == '\n' || byte == '\t' || byte == '\r'; }

/* UTF-8 without control characters; the last character may be cut off. */
static int is_text(const uint8_t *bytes, size_t n)
{
    size_t i = 0;
    while (i < n) {
        unsigned c = bytes[i++];
        if (c < 0x80) {
            if (!printable(c))
                return 0;
            continue;
        }
        if (c < 0xC2 || c > 0xF4)
            return 0;
        for (unsigned more = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3; more && i < n; more--)
            if ((bytes[i++] & 0xC0) != 0x80)
                return 0;
    }
    return 1;
}

static int is_wide(const uint8_t *bytes, size_t n)
{
    size_t i = n > 2 && ((bytes[0] == 0xFF && bytes[1] == 0xFE) || (bytes[0] == 0xFE && bytes[1] == 0xFF)) ? 2 : 0;
    if (i + 6 > n)
        return 0;
    unsigned low = bytes[i + 1] == 0 ? 0 : 1;
    for (; i + 1 < n; i += 2)
        if (!printable(bytes[i + low]) || bytes[i + 1 - low])
            return 0;
    return 1;
}

static const struct {
    uint8_t size;
    const char *bytes;
} magics[] = {
    {3, "\x1f\x8b\x08"}, {4, "PK\x03\x04"}, {5, "%PDF-"}, {8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}, {3, "BZh"},
    {6, "\xfd" "7zXZ\0"}, {4, "\x28\xb5\x2f\xfd"}, {4, "\x04\x22\x4d\x18"}, {6, "7z\xbc\xaf\x27\x1c"}, {6, "Rar!\x1a\x07"},
    {8, "MSCF\0\0\0\0"}, {5, "\x89PNG\r"}, {3, "\xff\xd8\xff"}, {5, "GIF89"}, {5, "GIF87"}, {4, "II*\0"}, {4, "MM\0*"},
    {4, "RIFF"}, {4, "\x7f" "ELF"}, {3, "MZ\x90"}, {2, "\x78\x01"}, {2, "\x78\x9c"}, {2, "\x78\xda"}, {2, "\x78\x5e"},
    {8, "SQLite f"}, {4, "\xca\xfe\xba\xbe"},
};

enum { OF_TEXT = 1, OF_MAGIC = 2, OF_TURNED = 4, OF_BACKWARDS = 8 };
static uint8_t beginning[256]; /* what a byte may be: of text, alone or in a character; the first of a magic or of a wide text */
static uint8_t of_64[256], of_85[256], of_z85[256], of_a85[256];

static int is_magic(const uint8_t *bytes, size_t n)
{
    if (!(beginning[bytes[0]] & OF_MAGIC))
        return 0;
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (magics[i].bytes[0] == (char)bytes[0] && magics[i].size <= n && !memcmp(magics[i].bytes, bytes, magics[i].size))
            return 1;
    return 0;
}

static int is_something(const uint8_t *bytes, size_t n)
{
    return is_text(bytes, n) || is_wide(bytes, n) || is_magic(bytes, n);
}

/* Whether what begins with these three bytes may be something. */
static inline int may_be(uint32_t three)
{
    return (beginning[three >> 16 & 255] & beginning[three >> 8 & 255] & beginning[three & 255] & OF_TEXT) ||
           (beginning[three >> 16 & 255] & OF_MAGIC) || !(three >> 8 & 255);
}

static unsigned value_32(unsigned c) { return c >= 'a' ? c - 'a' : c >= 'A' ? c - 'A' : c - '2' + 26; }

static const char letters_85[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
static const char letters_z85[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
/* 25 symbols as 20 bytes; 0 where a group of five is too large for four bytes. */
static int decode_85(const uint8_t *in, int kind, uint8_t *bytes)
{
    const uint8_t *of = kind == SIGN_BASE85 ? of_85 : kind == SIGN_Z85 ? of_z85 : of_a85;
    for (size_t group = 0; group < 5; group++) {
        uint64_t value = 0;
        for (size_t i = 0; i < 5; i++) {
            unsigned c = in[5 * group + i];
            if (kind == SIGN_ASCII85 && c > 'u')
                return 0;
            value = value * 85 + of[c];
        }
        if (value > UINT32_MAX)
            return 0;
        for (size_t i = 0; i < 4; i++)
            bytes[4 * group + i] = (uint8_t)(value >> (24 - 8 * i));
    }
    return 1;
}

static const char turned[][5] = {
    "tuc_", "tub_", "tuh_", "tuf_", "tue_", "tvgu", "NXVN", "NFVN", "kbko", "kbkc", "fx_y", "fx-c", "tycn", "NVmn", "rlWu",
    "acz_", "clcv",
};
static const char backwards[][5] = {
    "_phg", "_ohg", "_uhg", "_shg", "_rhg", "htig", "AIKA", "AISA", "bxox", "pxox", "l_ks", "p-ks", "aplg", "azIA", "hJye",
    "_mpn", "ipyp",
};

static int is_listed(const char list[][5], size_t many, const uint8_t *four)
{
    for (size_t i = 0; i < many; i++)
        if (list[i][0] == (char)four[0] && !memcmp(list[i], four, 4))
            return 1;
    return 0;
}

/* Whether 32 symbols are hexadecimal digits that stand for something. */
static int is_hex_text(const uint8_t *run)
{
    uint8_t bytes[16];
    if (sign_run_end(run, 32, 0, sign_more, MORE_HEX) < 32)
        return 0;
    for (size_t i = 0; i < 16; i++)
        bytes[i] = (uint8_t)(sign_hex[run[2 * i]] << 4 | sign_hex[run[2 * i + 1]]);
    return is_something(bytes, 16);
}

/* Whether the base64 that begins at `run`, or ends there and goes backwards, stands for something. */
static int is_64_text(const uint8_t *run, ptrdiff_t step, size_t symbols)
{
    uint8_t bytes[15];
    size_t groups = symbols / 4 < 5 ? symbols / 4 : 5, n = 0;
    for (size_t i = 0; i < groups; i++, run += 4 * step) {
        uint32_t value = (uint32_t)of_64[run[0]] << 18 | (uint32_t)of_64[run[step]] << 12 |
                         (uint32_t)of_64[run[2 * step]] << 6 | of_64[run[3 * step]];
        if (i < 2 && !may_be(value) && !(i && beginning[bytes[0]] & OF_MAGIC))
            return 0;
        bytes[n++] = (uint8_t)(value >> 16);
        bytes[n++] = (uint8_t)(value >> 8);
        bytes[n++] = (uint8_t)value;
    }
    return is_something(bytes, n);
}

static int run_64(const uint8_t *run, size_t symbols, uint32_t *detail)
{
    uint8_t bytes[24];
    *detail = 0;
    if (symbols >= 34 && run[0] == '0' && (run[1] | 32) == 'x' && is_hex_text(run + 2)) {
        *detail = 2;
        return SIGN_HEX;
    }
    if (symbols >= 32 && is_hex_text(run))
        return SIGN_HEX;
    for (unsigned low = 0; low < 2 && symbols >= 24; low++) {
        if (sign_run_end(run, 24, 0, sign_more, low ? MORE_32_LOW : MORE_32) < 24)
            continue;
        uint64_t value = 0;
        for (size_t i = 0, to = 0; i < 24; i++) {
            value = value << 5 | value_32(run[i]);
            if (i % 8 == 7)
                for (unsigned shift = 40; shift; shift -= 8)
                    bytes[to++] = (uint8_t)(value >> (shift - 8));
        }
        if (is_something(bytes, 15))
            return SIGN_BASE32;
    }
    /* A word in front, of the same alphabet, shifts what follows, or hides its beginning. */
    for (uint32_t from = 0; from <= 16 && symbols >= from + 20 + (from ? 20 : 0); from += 8)
        for (uint32_t phase = from; phase < from + 4; phase++)
            if (is_64_text(run + phase, 1, symbols - phase)) {
                *detail = phase;
                return SIGN_BASE64;
            }
    if (is_64_text(run + symbols - 1, -1, symbols)) {
        *detail = 1;
        return SIGN_REVERSED;
    }
    if (beginning[run[0]] & OF_TURNED && is_listed(turned, sizeof turned / sizeof *turned, run))
        return SIGN_ROT13;
    if (beginning[run[symbols - 1]] & OF_BACKWARDS &&
        is_listed(backwards, sizeof backwards / sizeof *backwards, run + symbols - 4))
        return SIGN_REVERSED;
    if (symbols < SIGN_BIG)
        return -1;
    uint64_t different = 0;
    for (size_t i = 0; i < 32; i++)
        different |= 1ULL << of_64[run[i]];
    return __builtin_popcountll(different) >= SIGN_VARIED ? SIGN_BASE64 : -1;
}

int sign_may(const uint8_t *run, unsigned cls)
{
    if (cls == CLASS_64)
        return 1;
    const uint8_t *of = cls == CLASS_85 ? of_85 : cls == CLASS_Z85 ? of_z85 : of_a85;
    uint64_t value = 0;
    for (size_t i = 0; i < 5; i++)
        value = value * 85 + of[run[i]];
    return value <= UINT32_MAX && may_be((uint32_t)(value >> 8));
}

int sign_run(const uint8_t *data, size_t n, size_t at, size_t symbols, unsigned cls, uint32_t *detail)
{
    (void)n;
    *detail = 0;
    if (cls == CLASS_64)
        return run_64(data + at, symbols, detail);
    if (symbols < 25)
        return -1;
    uint8_t bytes[20];
    int kind = cls == CLASS_85 ? SIGN_BASE85 : cls == CLASS_Z85 ? SIGN_Z85 : SIGN_ASCII85;
    if (decode_85(data + at, kind, bytes) && is_something(bytes, 20))
        return kind;
    /* `name=` in front is of the same alphabets, and a quote is of Ascii85's */
    const uint8_t *equals = memchr(data + at, '=', 16);
    size_t skip = equals && kind != SIGN_ASCII85 ? (size_t)(equals - data) - at + 1 : 0;
    if (kind == SIGN_ASCII85 && (data[at] == '"' || data[at] == '\''))
        skip = 1;
    if (!skip)
        return -1;
    if (symbols < skip + 25 || !decode_85(data + at + skip, kind, bytes) || !is_something(bytes, 20))
        return -1;
    *detail = (uint32_t)skip;
    return kind;
}

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
            if (form != BYTES_HEX && !printable(value))
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
            return listed(data, n, at, BYTES_FOURS, bytes) >= 4 && is_something(bytes, 4);
        return digits == 2 && listed(data, n, at, BYTES_HEX, bytes) >= 6 && is_something(bytes, 6);
    }
    if (digits == 1 && data[at] == '0' && at + 1 < n && (data[at + 1] | 32) == 'x')
        return listed(data, n, at, BYTES_0X, bytes) >= 12 && is_text(bytes, 12);
    if (digits == 2 && listed(data, n, at, BYTES_HEX, bytes) >= 12 && (is_text(bytes, 12) ? has_words(bytes) : is_something(bytes, 12)))
        return 1;
    return digits <= 3 && listed(data, n, at, BYTES_DECIMAL, bytes) >= 12 && is_text(bytes, 12) && has_words(bytes);
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

size_t sign_extend(const uint8_t *data, size_t n, size_t at, int last, int kind, int fresh, int *open)
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
    (void)fresh;
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

uint8_t sign_class[256], sign_more[256], sign_hex[256], sign_lead[256], sign_follow[256];

static int has(const char *list, unsigned c) { return c && strchr(list, (int)c) != NULL; }

void signs_setup(void)
{
    for (unsigned i = 0; i < 85; i++) {
        of_85[(uint8_t)letters_85[i]] = (uint8_t)i;
        of_z85[(uint8_t)letters_z85[i]] = (uint8_t)i;
    }
    for (unsigned c = 33; c < 118; c++)
        of_a85[c] = (uint8_t)(c - 33);
    for (unsigned c = 0; c < 256; c++)
        beginning[c] = printable(c) || c >= 0x80 || !c ? OF_TEXT : 0;
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        beginning[(uint8_t)magics[i].bytes[0]] |= OF_MAGIC;
    for (size_t i = 0; i < sizeof turned / sizeof *turned; i++) {
        beginning[(uint8_t)turned[i][0]] |= OF_TURNED;
        beginning[(uint8_t)backwards[i][3]] |= OF_BACKWARDS;
    }
    for (unsigned c = 0; c < 128; c++)
        of_64[c] = (uint8_t)(c >= 'a'   ? c - 'a' + 26
                             : c >= 'A' ? c - 'A'
                             : c >= '0' ? c - '0' + 52
                             : c == '+' || c == '-' ? 62
                                                    : 63);
    of_64['_'] = 63;
    for (unsigned c = 0; c < 128; c++) {
        unsigned letter = (c | 32) >= 'a' && (c | 32) <= 'z', digit = c >= '0' && c <= '9', seen = c > 32 && c < 127;
        unsigned hex = digit || ((c | 32) >= 'a' && (c | 32) <= 'f');
        sign_hex[c] = (uint8_t)(digit ? c - '0' : hex ? (c | 32) - 'a' + 10 : 0);
        sign_class[c] = (uint8_t)((letter || digit || has("+/-_", c) ? CLASS_64 : 0) | (has(letters_85, c) ? CLASS_85 : 0) |
                                  (has(letters_z85, c) ? CLASS_Z85 : 0) | ((c > 32 && c < 118) || c == 'z' ? CLASS_A85 : 0) |
                                  (digit ? CLASS_DIGIT : 0) | (seen ? CLASS_SEEN : 0));
        static const char *const leads[] = {"\"'", "=", "<", "%", "&", "\\", "+e", "qQ"};
        static const char *const follow[] = {" \t\r\n+.&\\", "0123456789ABCDEF\r\n", "~", "0123456789ABCDEFabcdef", "#", "uUx01234567\r\n", "Ah", ""};
        for (unsigned i = 0; i < 8; i++) {
            sign_lead[c] |= (uint8_t)(has(leads[i], c) << i);
            sign_follow[c] |= (uint8_t)((has(follow[i], c) || (i == 4 && letter) || (i == 7 && !letter)) << i);
        }
        sign_more[c] = (uint8_t)((hex ? MORE_HEX : 0) | (letter ? MORE_LETTER : 0) | (letter || digit ? MORE_ALNUM : 0) |
                                 (hex || has("xX ,:-\r\n\t", c) ? MORE_DUMP : 0) |
                                 ((letter && c < 'a') || has("234567", c) ? MORE_32 : 0) |
                                 (has(" \t\r\n", c) ? MORE_BLANK : 0) |
                                 ((letter && c >= 'a') || has("234567", c) ? MORE_32_LOW : 0));
    }
}
