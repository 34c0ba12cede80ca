/* Escapes: what each of them is worth, by what it reveals and where it stands. */
#include "signs.h"

#include <string.h>

typedef struct {
    const uint8_t *data;
    size_t n;
} Whole;

static unsigned byte_at(const Whole *s, size_t at) { return at < s->n ? s->data[at] : 0; }
static int is_hex(const Whole *s, size_t at) { return sign_more[byte_at(s, at)] & MORE_HEX; }
static int is_octal(const Whole *s, size_t at) { return byte_at(s, at) >= '0' && byte_at(s, at) <= '7'; }
static int is_big_hex(const Whole *s, size_t at) { return is_hex(s, at) && byte_at(s, at) < 'a'; }
static int is_alnum(unsigned c) { return c < 128 && sign_more[c] & MORE_ALNUM; }
static int is_token(unsigned c) { return is_alnum(c) || c == '_' || c == '-' || c == '/' || c == '=' || c == '+'; }

/* Whether what stands before `at` and from `end` on, of a token's symbols, is long enough together and has a digit: words
 * that are cut are the same to the fingerprints, so what is to be mended are secrets and numbers. */
static int in_token(const Whole *s, size_t at, size_t end, size_t least)
{
    size_t before = 0, behind = 0;
    int digit = 0;
    for (; before < at && before < SIGN_TOKEN && is_token(s->data[at - 1 - before]); before++)
        digit |= sign_class[s->data[at - 1 - before]] & CLASS_DIGIT;
    for (; behind < SIGN_TOKEN && is_token(byte_at(s, end + behind)); behind++)
        digit |= sign_class[s->data[end + behind]] & CLASS_DIGIT;
    return digit && before + behind >= least;
}

/* What an escape for `value` in [at, end) is worth: enough where it stands for a piece of a word or hides where a long token
 * begins; else many must be near each other, as they are where letters beyond ASCII or all blanks are written so. */
static uint32_t worth_of(const Whole *s, size_t at, size_t end, uint32_t value)
{
    unsigned lead = s->data[at], behind = byte_at(s, end);
    for (size_t most = at > 8 ? at - 8 : 0; at > most && lead == '\\' && s->data[at - 1] == '\\'; at--)
        ;
    int inside = at && is_token(s->data[at - 1]);
    if (is_alnum(value) || value == '_')
        return inside || behind == lead || in_token(s, 0, end, SIGN_LONG) ? SIGN_WORTH : 1;
    if (inside && is_token(behind) && (value == '@' || value == '.' || value == '-'))
        return SIGN_WORTH;
    return value < 128 && is_token(behind) && in_token(s, at, end, SIGN_LONG) ? SIGN_WORTH : 1;
}

/* Digits to base 16 from `at` on, up to `most`; moves *end behind them. */
static uint32_t hex_value(const Whole *s, size_t at, size_t most, size_t *end)
{
    uint32_t value = 0;
    for (*end = at; *end < at + most && is_hex(s, *end); ++*end)
        value = value << 4 | sign_hex[s->data[*end]];
    return value;
}

static uint32_t entity(const Whole *s, size_t at)
{
    size_t end;
    uint32_t value = 0;
    if (byte_at(s, at + 1) == '#') {
        if ((byte_at(s, at + 2) | 32) == 'x') {
            value = hex_value(s, at + 3, 6, &end);
            if (end == at + 3)
                return 0;
        } else {
            for (end = at + 2; end < at + 9 && sign_class[byte_at(s, end)] & CLASS_DIGIT; end++)
                value = value * 10 + s->data[end] - '0';
            if (end == at + 2)
                return 0;
        }
        return worth_of(s, at, end + (byte_at(s, end) == ';'), value);
    }
    if (!(sign_more[byte_at(s, at + 1)] & MORE_LETTER))
        return 0;
    end = sign_run_end(s->data, s->n < at + 33 ? s->n : at + 33, at + 1, sign_more, MORE_ALNUM);
    if (end <= at + 2 || byte_at(s, end) != ';')
        return 0;
    int inside = at && is_token(s->data[at - 1]) && is_token(byte_at(s, end + 1));
    return inside && in_token(s, at, end + 1, SIGN_LONG) ? SIGN_WORTH : 1;
}

/* A line that ends at `at` and goes on, inside a token. */
static uint32_t goes_on(const Whole *s, size_t at)
{
    size_t line = byte_at(s, at + 1) == '\r' ? at + 2 : at + 1;
    if (byte_at(s, line) != '\n' || !at || !is_alnum(s->data[at - 1]) || !is_alnum(byte_at(s, line + 1)))
        return 0;
    return in_token(s, at, line + 1, SIGN_LONG) ? SIGN_WORTH : 0;
}

static uint32_t backslash(const Whole *s, size_t at)
{
    unsigned next = byte_at(s, at + 1);
    size_t end;
    uint32_t value;
    if (next == 'x') {
        value = hex_value(s, at + 2, 2, &end);
        return end == at + 4 ? worth_of(s, at, end, value) : 0;
    }
    if (next == 'u' || next == 'U') {
        int braced = byte_at(s, at + 2) == '{';
        value = hex_value(s, at + 2 + (size_t)braced, braced ? 6 : next == 'u' ? 4 : 8, &end);
        if (end < at + (braced ? 4 : 5))
            return 0;
        return worth_of(s, at, end + (braced && byte_at(s, end) == '}'), value);
    }
    if (next == '0' && byte_at(s, at + 2) == '0') { /* CSS */
        value = hex_value(s, at + 1, 6, &end);
        if (end >= at + 5)
            return worth_of(s, at, end + (byte_at(s, end) == ' '), value);
    }
    if (is_octal(s, at + 1) && is_octal(s, at + 2) && is_octal(s, at + 3)) {
        value = 64u * (s->data[at + 1] - '0') + 8u * (s->data[at + 2] - '0') + s->data[at + 3] - '0';
        return worth_of(s, at, at + 4, value);
    }
    return goes_on(s, at);
}

static uint32_t quoted(const Whole *s, size_t at)
{
    size_t end;
    if (!is_big_hex(s, at + 1) || !is_big_hex(s, at + 2))
        return goes_on(s, at);
    uint32_t value = hex_value(s, at + 1, 2, &end);
    unsigned behind = byte_at(s, end);
    if (behind == '=' && is_big_hex(s, at + 4) && is_big_hex(s, at + 5))
        return worth_of(s, at, end, value);
    switch (value) {
    case ' ': /* in program code it is a number */
        return behind == '\n' || behind == '\r' || behind == '=' || sign_more[behind] & MORE_LETTER ? worth_of(s, at, end, value) : 0;
    case '=': case '-': case '.': case '_': case '\n': case '\r': case '\t':
        return worth_of(s, at, end, value);
    }
    return 0;
}

static int is_utf7(const Whole *s, size_t at)
{
    if (byte_at(s, at + 1) != 'A')
        return 0;
    size_t end = at + 1;
    while (end < s->n && end < at + 42 && (sign_more[s->data[end]] & MORE_ALNUM || s->data[end] == '/' || s->data[end] == '+'))
        end++;
    return end >= at + 4 && byte_at(s, end) == '-';
}

/* Whether a literal ends at `at` and goes on in another one, inside a token; moves *end behind the second quote. */
static int is_joined(const Whole *s, size_t at, size_t *end)
{
    if (!at || !is_token(s->data[at - 1]) || (at > 1 && s->data[at - 2] == '\\'))
        return 0;
    size_t i = at + 1, stop = s->n < at + 200 ? s->n : at + 200;
    i = sign_run_end(s->data, stop, i, sign_more, MORE_BLANK);
    unsigned c = byte_at(s, i);
    if (c == '+' || c == '.' || c == '&' || c == '\\')
        i = sign_run_end(s->data, stop, i + 1, sign_more, MORE_BLANK);
    if (c == '&' && byte_at(s, i) == '_') /* Basic goes on in the next line */
        i = sign_run_end(s->data, stop, i + 1, sign_more, MORE_BLANK);
    *end = i + 1;
    return i > at + 1 && byte_at(s, i) == s->data[at] && is_token(byte_at(s, i + 1)) && in_token(s, at, i + 1, SIGN_PIECES);
}

uint32_t sign_escape(const uint8_t *data, size_t n, size_t at, uint32_t *kind, size_t *end)
{
    const Whole whole = {data, n}, *s = &whole;
    *end = at + 2;
    switch (data[at]) {
    case '%':
        *kind = ESCAPE_PERCENT;
        if (!is_hex(s, at + 1) || !is_hex(s, at + 2) || (at && data[at - 1] == '%') ||
            (data[at + 1] < '2' && !strchr("9aAdD", data[at + 2])))
            return 0;
        return worth_of(s, at, at + 3, 16u * sign_hex[data[at + 1]] + sign_hex[data[at + 2]]);
    case '&':
        *kind = ESCAPE_ENTITY;
        return entity(s, at);
    case '\\':
        *kind = ESCAPE_BACKSLASH;
        return backslash(s, at);
    case '=':
        *kind = ESCAPE_QUOTED;
        return quoted(s, at);
    case '+':
        *kind = ESCAPE_UTF7;
        return is_utf7(s, at) ? SIGN_WORTH : 0;
    default:
        *kind = ESCAPE_JOINED;
        return is_joined(s, at, end) ? SIGN_WORTH : 0;
    }
}
