"""Which charset a text is in, decided from a window of fixed size so that no chunk size changes the answer.

Order: byte order mark, UTF-16 and UTF-32 by their pattern, ISO-2022 by its escapes, strict UTF-8, the Latin charsets
by their languages' letters (`latin`), then charset-normalizer among the charsets that real files use.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

import msgspec

from dlp.extract import latin

UTF8_BOM = codecs.BOM_UTF8

# fmt: off
CODECS = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
    "cp1258", "iso8859_2", "iso8859_5", "iso8859_6", "iso8859_7", "iso8859_8", "iso8859_9", "iso8859_15",
    "koi8_r", "koi8_u", "cp866", "cp850", "cp852", "cp437", "mac_roman", "mac_cyrillic",
    "cp874", "cp932", "euc_jp", "gb18030", "big5", "cp949", "johab",
)
# fmt: on
"""Charsets that charset-normalizer may choose. Its own list of 90 takes twice the time and prefers rarities:
iso8859_10 for Polish, cp1125 for Russian."""

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PLAIN = bytes(byte for byte in range(256) if byte >= 0x20 or byte in b"\t\n\v\f\r\x1b")
_ASCII = bytes(range(128))
_HEBREW = bytes(range(0xE0, 0xFB))
_MULTI_BYTE = frozenset({"cp932", "euc_jp", "gb18030", "big5", "cp949", "johab"})
_CONTROLS_SEEN = 2048
_SAMPLE = 2048
_SHORT = 1024
_ISO_2022 = (
    (rb"\x1b\$(?:[@B]|\(D)", "iso2022_jp_2"),
    (rb"\x1b\$\)C", "iso2022_kr"),
)
_ESCAPE = re.compile(rb"\x1b[ -/]{0,4}[0-~]")
# The first byte stands in one class, so that `re` runs from one such byte to the next: fifteen times as fast a search.
_FOLLOWERS = rb"(?<=[\xc2-\xdf])[\x80-\xbf]|(?<=[\xe0-\xef])[\x80-\xbf]{2}|(?<=[\xf0-\xf4])[\x80-\xbf]{3}"
_NON_ASCII_UTF8 = rb"[\xc2-\xf4](?:%s)" % _FOLLOWERS
_TEXT_UTF8 = rb"[\t\n\r -~\xc2-\xf4](?:(?<=[\t\n\r -~])|%s)" % _FOLLOWERS


_COMMON = re.compile("[\t\n\r\f -~\u3000\u3001\u3002\uff0c]+")
"""What any script has between its words."""


class Wide(msgspec.Struct, frozen=True):
    """A charset of two or four bytes a unit. `skip` is the length of its byte order mark."""

    codec: str
    skip: int
    doubtful: bool


class Narrow(msgspec.Struct, frozen=True):
    """A charset that contains ASCII. `codec` None: UTF-8, or near enough to be passed on as it is."""

    codec: str | None
    doubtful: bool


UTF8 = Narrow(None, False)


class _Bad(dict[str, bool]):
    """Whether a character is one that no text has; found out once of each."""

    def __missing__(self, char: str) -> bool:
        bad = char < " " or char == "\ufffd" or unicodedata.category(char) in ("Cn", "Co", "Cc", "Cs")
        self[char] = bad
        return bad


_BAD = _Bad()
_LOOK = 256
"""Characters that are judged at a time."""


def few_controls(head: bytes, size: int = _CONTROLS_SEEN) -> bool:
    """Whether the first `size` bytes of `head` have no more control characters than a text may have: about 3 %
    (random bytes: 11 %)."""
    seen = head[:size]
    return len(seen.translate(None, _PLAIN)) <= 4 + len(seen) // 32


def is_iso2022_kr(head: bytes) -> bool:
    """Whether `head` is Korean that shifts in and out at every word, for which it looks full of control characters."""
    return b"\x1b$)C" in head[:_CONTROLS_SEEN] and _decodes(head, "iso2022_kr", last=False)


def wide(head: bytes) -> Wide | None:
    """UTF-16 or UTF-32, if `head` (the first `raw.HEAD` bytes) carries its mark or reads well as such.

    A mark that the content does not bear out is believed, but doubtful: it costs a leaker two bytes.
    """
    for mark, codec in _MARKS:
        if head.startswith(mark):
            plausible = _reads_well(head[len(mark) :], codec)
            if plausible or not codec.startswith("utf-32"):  # FF FE 00 00 may also be UTF-16 and a NUL
                return Wide(codec, len(mark), not plausible)
    if len(head) < 4 or (b"\0" not in head and few_controls(head)):
        return None
    for _, codec in _MARKS:
        if _reads_well(head, codec):
            # In a few units, a NUL before plain text reads as well as UTF-16 does.
            return Wide(codec, 0, len(head) < _SHORT and re.search(rb"[ -~]{8}", head) is not None)
    return None


def _reads_well(data: bytes, codec: str) -> bool:
    """Whether `data` decoded is text: nearly all assigned characters, with the blanks or ASCII that any script uses.

    Random units are 10 % private, 3 % surrogates; ASCII read as UTF-16 is all ideographs, with no blank among them.
    """
    unit = 4 if codec.startswith("utf-32") else 2
    sample = data[: _SAMPLE * unit]
    sample = sample[: len(sample) // unit * unit]
    if unit == 4 and 50 * sample[0 if codec == "utf-32-be" else 3 :: 4].count(0) < 49 * (len(sample) // 4) - 50:
        return False  # no character has such a byte; decoding them would take a quarter of a millisecond
    text = sample.decode(codec, "replace")
    rest = _COMMON.sub("", text)
    if not text or (len(text) - len(rest)) * 25 < len(text):
        return False
    bad = 0
    for start in range(0, len(rest), _LOOK):  # of what is no text the first look says so
        bad += sum(map(_BAD.__getitem__, rest[start : start + _LOOK]))
        if (bad - 1) * 50 > len(text):
            return False
    return True


def narrow(window: bytes, last: bool, declared: str | None = None) -> Narrow | None:
    """The charset of `window`, which begins at the first byte that is not plain ASCII (an escape counts as not plain).

    `last`: the window reaches the end of the content. `declared`: what the content says itself, believed before
    anything is guessed. None: pure ASCII all the same, nothing is decided.
    """
    if b"\x1b" in window:
        for pattern, codec in _ISO_2022:
            if re.search(pattern, window) and _decodes(window, codec, last):
                return Narrow(codec, True)  # seven bits, so an escape put before a plain text would garble it all
    if window.isascii():
        return None
    if _decodes(window, "utf-8", last):
        return UTF8
    text = window.decode("utf-8", "surrogateescape")
    bad = len(re.findall("[\udc80-\udcff]", text))
    good = len(re.findall("[^\0-\x7f]", text)) - bad
    if good > 4 * bad:  # a few bad bytes: in a legacy charset hardly any byte above 7F has the follower UTF-8 asks for
        return UTF8
    if b"\x1b" in window:  # one escape before the text, and charset-normalizer finds no charset that fits
        window = _ESCAPE.sub(b"", window)
    if declared is None or declared in latin.CODECS or not _decodes(window, declared, last):
        return _legacy(window, last)  # a Latin one is what programs write that know of no other: the letters tell
    return Narrow(declared, latin.codec(window) is not None)


def _decodes(window: bytes, codec: str, last: bool) -> bool:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    try:
        decoder.decode(window, last)
    except UnicodeError:
        return False
    return True


def _legacy(window: bytes, last: bool) -> Narrow:
    if (codec := latin.codec(window)) is not None:
        return Narrow(codec, False)
    # A window may end inside a character, for which charset-normalizer would rule the right charset out.
    from charset_normalizer import from_bytes

    for cut in range(1 if last else 4):
        best = from_bytes(window[: len(window) - cut], cp_isolation=list(CODECS)).best()
        if best is not None:
            return _judged(window, best.encoding, best.chaos > 0.05, best.coherence == 0)
    return Narrow("cp1252", True)  # the commonest; none fits, so the plain bytes are read as well


def _judged(window: bytes, codec: str, untidy: bool, no_language: bool) -> Narrow:
    """charset-normalizer's choice, mended and doubted where it is known to err."""
    beyond = window.translate(None, _ASCII)
    if codec == "cp1253" and not beyond.translate(None, _HEBREW):  # Greek has accents, which lie outside those letters
        codec = "cp1255"
    if codecs.lookup(codec).name in _MULTI_BYTE:
        # Where such letters are few, each may be a stray byte that swallows the plain letter behind it.
        return Narrow(codec, untidy or 20 * len(beyond) < len(window))
    return Narrow(codec, untidy or no_language)


class Doubt:
    """Watches raw bytes that are being decoded, for runs that read well as UTF-8: someone may have put another
    text behind a foreign beginning. What it finds does not depend on how the bytes are cut."""

    __slots__ = ("_longest", "_pattern", "_tail", "found")

    def __init__(self, of_wide: bool) -> None:
        """`of_wide`: ASCII counts as well, for in UTF-16 and UTF-32 a run of it has NULs between."""
        one, count = (_TEXT_UTF8, 32) if of_wide else (_NON_ASCII_UTF8, 16)
        # Outside wide charsets words of 16 letters are too much to ask: a blank or comma may stand before each.
        self._pattern = re.compile(rb"%s(?:[ ,.]?%s){%d}" % (one, one, count - 1))
        self._longest = 5 * count
        self._tail = b""
        self.found = False

    def see(self, chunk: bytes | memoryview) -> None:
        """The next bytes."""
        if not self.found:
            data = self._tail + chunk
            self.found = self._pattern.search(data) is not None
            self._tail = data[-self._longest :]
