"""Rich Text, group by group and word by word: which letters belong where, and in which charset they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlp.extract.ole.property_set import codec_of
from dlp.extract.ole.rtf_words import CHARSETS, DESTINATIONS, HEXADECIMAL, LETTERS, LINE_ENDS, SKIPPED

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n\0]+)|[\r\n\0]+|\\",
    re.DOTALL,
)
_NO_HEX = bytes(byte for byte in range(256) if byte not in b"0123456789abcdefABCDEF")
_MOST_GROUPS = 10_000
"""Groups inside one another whose state is kept; in deeper ones the text is read with the state of that depth."""
_SHORT = 256


class _Run:
    """The text of one destination while it is gathered: pieces of letters, shown and hidden."""

    __slots__ = ("bytes", "pieces", "place", "some_hidden")

    def __init__(self, place: str) -> None:
        self.place = place
        self.pieces: list[tuple[str, bool]] = []
        self.bytes = bytearray()
        self.some_hidden = False

    def put(self, text: str, hidden: bool) -> None:
        """Short pieces are joined as they come: there may be one for every letter."""
        if self.pieces and self.pieces[-1][1] == hidden and len(self.pieces[-1][0]) < _SHORT:
            self.pieces[-1] = (self.pieces[-1][0] + text, hidden)
        else:
            self.pieces.append((text, hidden))
        self.some_hidden = self.some_hidden or hidden

    def take(self) -> Iterator[str]:
        """What is shown; behind it what is hidden, and then the whole of it."""
        pieces, some_hidden = self.pieces, self.some_hidden
        self.pieces, self.some_hidden = [], False
        whole = _joined(pieces)
        if not some_hidden:
            if whole.strip():
                yield whole
            return
        shown = _joined([piece for piece in pieces if not piece[1]])
        if shown.strip():
            yield shown
        yield _joined([piece for piece in pieces if piece[1]])
        if shown.strip():
            yield whole


class _Hex:
    """The digits of an object or picture while they are gathered."""

    __slots__ = ("digits", "kind")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.digits: list[bytes] = []


_State = tuple[_Run, _Hex | None, bool, str, int, int]


class Reading:
    """One document, token by token. After `lines`: `found`, `open` (a group is not closed) and `end` (behind the last
    brace)."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self.found: list[tuple[str, bytes]] = []
        self.open = True
        self.end = len(data)
        self._default = "cp1252"
        self._default_font = 0
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._run = _Run("")
        self._hex: _Hex | None = None
        self._off = False
        """Whether the group holds nothing that is to be read."""
        self._codec = "cp1252"
        self._hidden = 0
        """1: hidden, 2: deleted, 3: both."""
        self._fallback = 1
        """Letters behind one of Unicode that stand for it where Unicode is not known."""
        self._skip = 0
        self._fresh = self._star = False
        """Whether a group has just begun, and whether it may be ignored by who does not know it."""
        self._stack: list[_State] = []
        self._too_deep = 0
        self._paragraph = 1

    def lines(self) -> Iterator[tuple[str, str]]:
        match = _TOKEN.match
        while token := match(self._data, self._at):
            self._at = token.end()
            kind = token.lastindex
            if kind == 6:
                self._plain(token[6])
            elif kind == 3:
                self._byte(token[3])
            elif kind == 5 and token[5] == b"{":
                self._begin()
            elif kind == 5:
                yield from self._end()
                if not self.open:
                    break
            elif kind in (1, 2):
                yield from self._word(token[1].decode("ascii"), int(token[2]) if kind == 2 else None)
            elif kind == 4:
                yield from self._symbol(token[4])
        while self._stack:
            yield from self._leave()
        yield from self._told(self._run)

    def _plain(self, text: bytes) -> None:
        self._fresh = False
        if self._skip:
            self._skip, text = max(0, self._skip - len(text)), text[self._skip :]
        if self._hex is not None:
            self._hex.digits.append(text)
        elif not self._off:
            self._run.bytes += text

    def _byte(self, digits: bytes) -> None:
        if self._skip:
            self._skip -= 1
        elif self._hex is None and not self._off:
            self._run.bytes.append(int(digits, 16))

    def _begin(self) -> None:
        self._skip = 0
        if len(self._stack) < _MOST_GROUPS:
            self._stack.append((self._run, self._hex, self._off, self._codec, self._hidden, self._fallback))
        else:
            self._too_deep += 1
        self._fresh, self._star = True, False

    def _end(self) -> Iterator[tuple[str, str]]:
        self._skip = 0
        if self._too_deep:
            self._too_deep -= 1
        elif self._stack:
            yield from self._leave()
            if not self._stack:
                self.open = False
                self.end = self._at

    def _leave(self) -> Iterator[tuple[str, str]]:
        """The innermost group ends: what it gathered of its own is told."""
        run, digits = self._run, self._hex
        state = self._stack.pop()
        if run is not state[0] or self._codec != state[3] or self._hidden != state[4]:
            self._flush()
        self._run, self._hex, self._off, self._codec, self._hidden, self._fallback = state
        if digits is not None and digits is not self._hex:
            found = b"".join(digits.digits).translate(None, _NO_HEX)
            self.found.append((digits.kind, bytes.fromhex(found[: len(found) // 2 * 2].decode("ascii"))))
        if run is not self._run:
            yield from self._told(run)

    def _told(self, run: _Run) -> Iterator[tuple[str, str]]:
        self._flush()
        place = run.place or f"paragraph {self._paragraph}"
        for line in run.take():
            yield place, line

    def _flush(self) -> None:
        """The bytes gathered so far become letters, in the charset that they are in."""
        if self._run.bytes:
            text = bytes(self._run.bytes).decode(self._codec, "replace")
            self._run.bytes.clear()
            self._run.put(text, self._hidden != 0)

    def _letters(self, text: str) -> None:
        if text and not self._off and self._hex is None:
            self._flush()
            self._run.put(text, self._hidden != 0)

    def _symbol(self, symbol: bytes) -> Iterator[tuple[str, str]]:
        if symbol == b"*":
            self._star = self._fresh
            return
        self._fresh = False
        if self._skip:
            self._skip -= 1
        elif symbol in b"{}\\":
            self._plain(symbol)
        elif symbol in b"\r\n":
            yield from self._line_end()
        else:
            self._letters(_SYMBOLS.get(symbol, ""))

    def _line_end(self) -> Iterator[tuple[str, str]]:
        if self._off or self._hex is not None:
            return
        yield from self._told(self._run)
        if not self._run.place:
            self._paragraph += 1

    def _word(self, word: str, number: int | None) -> Iterator[tuple[str, str]]:
        if word == "bin":
            self._binary(max(0, number or 0))
            return
        if self._skip and word != "u":
            self._skip -= 1
            return
        fresh, star = self._fresh, self._star
        self._fresh = self._star = False
        if word == "u":
            self._letters(chr((number or 0) & 0xFFFF))
            self._skip = self._fallback
        elif fresh and (star or word in DESTINATIONS or word in HEXADECIMAL or word in SKIPPED):
            self._enter(word)
        elif word in LINE_ENDS:
            yield from self._line_end()
        elif word in LETTERS:
            self._letters(LETTERS[word])
        elif word == "uc":
            self._fallback = min(max(0, number or 0), 100)
        elif word in _STATES:
            self._state(word, number)

    def _enter(self, word: str) -> None:
        """A group turns out to have a place of its own."""
        self._off = word in SKIPPED
        self._hex = _Hex(HEXADECIMAL[word]) if word in HEXADECIMAL else None
        if not self._off and self._hex is None:
            self._run = _Run(DESTINATIONS.get(word, "other group"))

    def _binary(self, size: int) -> None:
        data = self._data[self._at : self._at + size]
        self._at += size
        if self._hex is not None:
            self._hex.digits.append(data.hex().encode())
        else:
            self.found.append(("binary data", data))

    def _state(self, word: str, number: int | None) -> None:
        codec, hidden = self._changed(word, number)
        if codec != self._codec or hidden != self._hidden:
            self._flush()
            self._codec, self._hidden = codec, hidden

    def _changed(self, word: str, number: int | None) -> tuple[str, int]:
        """The charset and whether text is hidden, from here on."""
        if word == "v" or word == "deleted":
            bit = 1 if word == "v" else 2
            return self._codec, self._hidden & ~bit if number == 0 else self._hidden | bit
        if word == "plain":
            return self._fonts.get(self._default_font, self._default), 0
        if word == "f":
            self._font = number or 0
            return self._fonts.get(self._font, self._default), self._hidden
        if word == "fcharset" or word == "cpg":
            codec = CHARSETS.get(number or 0) if word == "fcharset" else codec_of(number or 1252)
            if codec and len(self._fonts) < _MOST_GROUPS:
                self._fonts[self._font] = codec
            return codec or self._codec, self._hidden
        if word == "deff":
            self._default_font = number or 0
            return self._codec, self._hidden
        self._default = codec_of(number or 1252) if word == "ansicpg" else _STATES[word]
        return self._default, self._hidden


_STATES = {
    **dict.fromkeys(("v", "deleted", "plain", "f", "deff", "ansicpg", "fcharset", "cpg"), ""),
    "ansi": "cp1252",
    "mac": "mac_roman",
    "pc": "cp437",
    "pca": "cp850",
}
"""Words that change how letters are read, and the charset that some of them name."""
_SYMBOLS = {b"~": "\u00a0", b"_": "-", b"-": "\u00ad", b"\t": "\t"}


def _joined(pieces: list[tuple[str, bool]]) -> str:
    """The pieces as one line; letters that \\u gives in two halves are joined."""
    text = "".join([piece for piece, _ in pieces])
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
