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

int sign_printable(unsigned byte) { return (byte >= 0x20 && byte < 0x7F) || byte == '\n' || byte == '\t' || byte == '\r'; }

/* UTF-8 without control characters; the last character may be cut off. */
int sign_is_text(const uint8_t *bytes, size_t n)
{
    size_t i = 0;
    while (i < n) {
        unsigned c = bytes[i++];
        if (c < 0x80) {
            if (!sign_printable(c))
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
        if (!sign_printable(bytes[i + low]) || bytes[i + 1 - low])
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

int sign_is_something(const uint8_t *bytes, size_t n)
{
    return sign_is_text(bytes, n) || is_wide(bytes, n) || is_magic(bytes, n);
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
    return sign_is_something(bytes, 16);
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
    return sign_is_something(bytes, n);
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
        if (sign_is_something(bytes, 15))
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

int sign_run(const uint8_t *data, size_t at, size_t symbols, unsigned cls, uint32_t *detail)
{
    *detail = 0;
    if (cls == CLASS_64)
        return run_64(data + at, symbols, detail);
    if (symbols < 25)
        return -1;
    uint8_t bytes[20];
    int kind = cls == CLASS_85 ? SIGN_BASE85 : cls == CLASS_Z85 ? SIGN_Z85 : SIGN_ASCII85;
    if (decode_85(data + at, kind, bytes) && sign_is_something(bytes, 20))
        return kind;
    /* `name=` in front is of the same alphabets, and a quote is of Ascii85's */
    const uint8_t *equals = memchr(data + at, '=', 16);
    size_t skip = equals && kind != SIGN_ASCII85 ? (size_t)(equals - data) - at + 1 : 0;
    if (kind == SIGN_ASCII85 && (data[at] == '"' || data[at] == '\''))
        skip = 1;
    if (!skip)
        return -1;
    if (symbols < skip + 25 || !decode_85(data + at + skip, kind, bytes) || !sign_is_something(bytes, 20))
        return -1;
    *detail = (uint32_t)skip;
    return kind;
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
        beginning[c] = sign_printable(c) || c >= 0x80 || !c ? OF_TEXT : 0;
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
