"""What a run of an encoding's symbols is, by what its first ones decode to: the definition of `kernel/sign_runs.c`."""

from __future__ import annotations

from dlp.fingerprint.reference_sign_alphabets import (
    ALNUM,
    ASCII85,
    BACKWARDS,
    BASE32,
    BASE64,
    BIG,
    FIRSTS,
    HEX,
    HEX_DIGITS,
    IN_32,
    IN_32_LOW,
    LOWER,
    MAGICS,
    PRINTABLE,
    REVERSED,
    ROT13,
    SYMBOLS_85,
    TURNED,
    UPPER,
    VALUES_64,
    VARIED,
    X,
)


def is_text(data: bytes) -> bool:
    """UTF-8 without control characters; the last character may be cut off."""
    at = 0
    while at < len(data):
        byte = data[at]
        at += 1
        if byte < 0x80:
            if byte not in PRINTABLE:
                return False
            continue
        if not 0xC2 <= byte <= 0xF4:
            return False
        for _ in range(1 if byte < 0xE0 else 2 if byte < 0xF0 else 3):
            if at < len(data):
                at += 1
                if data[at - 1] & 0xC0 != 0x80:
                    return False
    return True


def is_wide(data: bytes) -> bool:
    at = 2 if len(data) > 2 and data[:2] in (b"\xff\xfe", b"\xfe\xff") else 0
    if at + 6 > len(data):
        return False
    low = 0 if data[at + 1] == 0 else 1
    pairs = range(at, len(data) - 1, 2)
    return all(data[each + low] in PRINTABLE and data[each + 1 - low] == 0 for each in pairs)


def is_something(data: bytes) -> bool:
    return is_text(data) or is_wide(data) or data.startswith(MAGICS)


def has_words(data: bytes) -> bool:
    """Whether most of 12 bytes are of words, or of escapes: small numbers are often within ASCII."""
    return sum(byte >= 128 or byte in ALNUM or byte in b" _%\\&#;" for byte in data) >= 9


def may_be(three: bytes) -> bool:
    return all(byte in PRINTABLE or byte >= 0x80 or not byte for byte in three) or three[0] in FIRSTS or three[1] == 0


def groups_85(symbols: bytes, kind: int, groups: int) -> bytes | None:
    """None where a group of five is none."""
    out = b""
    for group in range(groups):
        value = 0
        for symbol in symbols[5 * group : 5 * group + 5]:
            if kind == ASCII85 and symbol > ord("u"):
                if groups > 1:
                    return None
                continue_with = 0
            else:
                continue_with = SYMBOLS_85[kind].index(symbol)
            value = value * 85 + continue_with
        if value >= 1 << 32:
            return None
        out += value.to_bytes(4, "big")
    return out


def is_hex_text(run: bytes) -> bool:
    symbols = run[:32]
    return all(symbol in HEX_DIGITS for symbol in symbols) and is_something(bytes.fromhex(symbols.decode()))


def is_64_text(run: bytes) -> bool:
    out = b""
    for group in range(min(len(run) // 4, 5)):
        value = 0
        for symbol in run[4 * group : 4 * group + 4]:
            value = value << 6 | VALUES_64[symbol]
        three = value.to_bytes(3, "big")
        if group < 2 and not may_be(three) and not (group and out[0] in FIRSTS):
            return False
        out += three
    return is_something(out)


def is_32_text(run: bytes) -> bool:
    symbols = run[:24]
    for alphabet, members in ((UPPER + b"234567", IN_32), (LOWER + b"234567", IN_32_LOW)):
        if len(symbols) == 24 and all(symbol in members for symbol in symbols):
            value = 0
            for symbol in symbols:
                value = value << 5 | alphabet.index(symbol)
            if is_something(value.to_bytes(15, "big")):
                return True
    return False


def run_64(run: bytes) -> tuple[int, int]:
    if len(run) >= 34 and run[:1] == b"0" and run[1] in X and is_hex_text(run[2:]):
        return HEX, 2
    if len(run) >= 32 and is_hex_text(run):
        return HEX, 0
    if is_32_text(run):
        return BASE32, 0
    for skip in (0, 8, 16):
        if len(run) >= skip + (40 if skip else 20):
            for phase in range(skip, skip + 4):
                if is_64_text(run[phase:]):
                    return BASE64, phase
    if is_64_text(run[::-1]):
        return REVERSED, 1
    if run[:4] in TURNED:
        return ROT13, 1
    if run[-4:] in BACKWARDS:
        return REVERSED, 1
    big = len(run) >= BIG and len({VALUES_64[symbol] for symbol in run[:32]}) >= VARIED
    return (BASE64, 0) if big else (-1, 0)
