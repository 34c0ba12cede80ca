"""Signs of encoded text, in plain Python: the definition of what `kernel/signs.c` and `kernel/sign_runs.c` find.

A sign is (kind, start, end, detail, open). Blocks of 64 bytes are looked at in turn, in each first runs, by the classes
of their symbols, then escapes, words, lists of bytes; what lies in a run that was found is passed over.
"""

from __future__ import annotations

from typing import Final

BASE64, BASE32, HEX, BASE85, Z85, ASCII85, UU, DUMP, ESCAPES, ROT13, REVERSED = range(11)
LOOK: Final = 256
RUN: Final = 20
BIG: Final = 256
VARIED: Final = 8
GAP: Final = 256
WORTH: Final = 8
TOKEN: Final = 40
LONG: Final = 16
PIECES: Final = 8

Sign = tuple[int, int, int, int, int]

_UPPER, _LOWER, _DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz", b"0123456789"
_LETTERS = frozenset(_UPPER + _LOWER)
_ALNUM = _LETTERS | frozenset(_DIGITS)
_HEX = frozenset(_DIGITS + b"abcdefABCDEF")
_X = frozenset(b"xX")
_BLANK = frozenset(b" \t\r\n")
_IN_64 = _ALNUM | frozenset(b"+/-_")
_IN_32, _IN_32_LOW = frozenset(_UPPER + b"234567"), frozenset(_LOWER + b"234567")
_85 = _DIGITS + _UPPER + _LOWER + b"!#$%&()*+-;<=>?@^_`{|}~"
_Z85 = _DIGITS + _LOWER + _UPPER + b".-:+=^!/*?&<>()[]{}@%$#"
_A85 = bytes(range(33, 118))
_IN_A85 = frozenset(_A85 + b"z")
_IN_DUMP = _HEX | frozenset(b"xX ,:-\r\n\t")
_SEEN = frozenset(range(33, 127))
_TOKEN = _ALNUM | frozenset(b"_-/=+")
_PRINTABLE = frozenset(range(32, 127)) | frozenset(b"\t\n\r")
_OF_64 = {**{c: i for i, c in enumerate(_UPPER + _LOWER + _DIGITS + b"+/")}, ord("-"): 62, ord("_"): 63}
_OF_85 = {BASE85: _85, Z85: _Z85, ASCII85: _A85}
_CLASSES = ((BASE64, _IN_64), (BASE85, frozenset(_85)), (Z85, frozenset(_Z85)), (ASCII85, _IN_A85))
_MAGICS = (
    *(b"\x1f\x8b\x08", b"PK\x03\x04", b"%PDF-", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"BZh", b"\xfd7zXZ\0"),
    *(b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"MSCF\0\0\0\0", b"\x89PNG\r"),
    *(b"\xff\xd8\xff", b"GIF89", b"GIF87", b"II*\0", b"MM\0*", b"RIFF", b"\x7fELF", b"MZ\x90", b"\x78\x01"),
    *(b"\x78\x9c", b"\x78\xda", b"\x78\x5e", b"SQLite f", b"\xca\xfe\xba\xbe"),
)
_FIRSTS = frozenset(magic[0] for magic in _MAGICS)
_TURNED = b"tuc_ tub_ tuh_ tuf_ tue_ tvgu NXVN NFVN kbko kbkc fx_y fx-c tycn NVmn rlWu acz_ clcv".split()
_BACKWARDS = b"_phg _ohg _uhg _shg _rhg htig AIKA AISA bxox pxox l_ks p-ks aplg azIA hJye _mpn ipyp".split()
_STOPS = frozenset(b"@.-")
_FOLLOW = {
    **dict.fromkeys(b"\"'", frozenset(b" \t\r\n+.&\\")),
    ord("="): frozenset(b"0123456789ABCDEF\r\n"),
    ord("<"): frozenset(b"~"),
    ord("%"): _HEX,
    ord("&"): _LETTERS | frozenset(b"#"),
    ord("\\"): frozenset(b"uUx01234567\r\n"),
    ord("+"): frozenset(b"A"),
    ord("e"): frozenset(b"h"),
    **dict.fromkeys(b"qQ", frozenset(range(128)) - _LETTERS),
}


def find_signs(data: bytes | bytearray | memoryview, start: int, last: bool, inside: int) -> tuple[list[Sign], int]:
    """The signs in data[start:], in about the order of the text, and how far it came: to the end with `last`, earlier
    where LOOK bytes are missing or a block is open, which may go on behind the data. What stands before `start` is
    only looked back at. `inside`: the kind of the block that goes on there, which is the first sign then; -1 for none.
    """
    search = _Search(bytes(data), last, start)
    return search.find(start, inside)


def count_text(data: bytes | bytearray | memoryview) -> tuple[int, int]:
    """(characters, newlines): each byte but a continuation begins a character."""
    whole = bytes(data)
    return sum(byte & 0xC0 != 0x80 for byte in whole), whole.count(b"\n")


def _is_text(data: bytes) -> bool:
    """UTF-8 without control characters; the last character may be cut off."""
    at = 0
    while at < len(data):
        byte = data[at]
        at += 1
        if byte < 0x80:
            if byte not in _PRINTABLE:
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


def _is_wide(data: bytes) -> bool:
    at = 2 if len(data) > 2 and data[:2] in (b"\xff\xfe", b"\xfe\xff") else 0
    if at + 6 > len(data):
        return False
    low = 0 if data[at + 1] == 0 else 1
    pairs = range(at, len(data) - 1, 2)
    return all(data[each + low] in _PRINTABLE and data[each + 1 - low] == 0 for each in pairs)


def _is_something(data: bytes) -> bool:
    return _is_text(data) or _is_wide(data) or data.startswith(_MAGICS)


def _has_words(data: bytes) -> bool:
    """Whether most of 12 bytes are of words, or of escapes: small numbers are often within ASCII."""
    return sum(byte >= 128 or byte in _ALNUM or byte in b" _%\\&#;" for byte in data) >= 9


def _may_be(three: bytes) -> bool:
    return all(byte in _PRINTABLE or byte >= 0x80 or not byte for byte in three) or three[0] in _FIRSTS or three[1] == 0


def _groups_85(symbols: bytes, kind: int, groups: int) -> bytes | None:
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
                continue_with = _OF_85[kind].index(symbol)
            value = value * 85 + continue_with
        if value >= 1 << 32:
            return None
        out += value.to_bytes(4, "big")
    return out


def _is_hex_text(run: bytes) -> bool:
    symbols = run[:32]
    return all(symbol in _HEX for symbol in symbols) and _is_something(bytes.fromhex(symbols.decode()))


def _is_64_text(run: bytes) -> bool:
    out = b""
    for group in range(min(len(run) // 4, 5)):
        value = 0
        for symbol in run[4 * group : 4 * group + 4]:
            value = value << 6 | _OF_64[symbol]
        three = value.to_bytes(3, "big")
        if group < 2 and not _may_be(three) and not (group and out[0] in _FIRSTS):
            return False
        out += three
    return _is_something(out)


def _is_32_text(run: bytes) -> bool:
    symbols = run[:24]
    for alphabet, members in ((_UPPER + b"234567", _IN_32), (_LOWER + b"234567", _IN_32_LOW)):
        if len(symbols) == 24 and all(symbol in members for symbol in symbols):
            value = 0
            for symbol in symbols:
                value = value << 5 | alphabet.index(symbol)
            if _is_something(value.to_bytes(15, "big")):
                return True
    return False


def _run_64(run: bytes) -> tuple[int, int]:
    if len(run) >= 34 and run[:1] == b"0" and run[1] in _X and _is_hex_text(run[2:]):
        return HEX, 2
    if len(run) >= 32 and _is_hex_text(run):
        return HEX, 0
    if _is_32_text(run):
        return BASE32, 0
    for skip in (0, 8, 16):
        if len(run) >= skip + (40 if skip else 20):
            for phase in range(skip, skip + 4):
                if _is_64_text(run[phase:]):
                    return BASE64, phase
    if _is_64_text(run[::-1]):
        return REVERSED, 1
    if run[:4] in _TURNED:
        return ROT13, 1
    if run[-4:] in _BACKWARDS:
        return REVERSED, 1
    big = len(run) >= BIG and len({_OF_64[symbol] for symbol in run[:32]}) >= VARIED
    return (BASE64, 0) if big else (-1, 0)


_LINE_ENDS = frozenset((b"&#10;", b"&#13;", b"&#xA;", b"&#xD;", b"&#xa;", b"&#xd;"))


class _Cluster:
    def __init__(self, kind: int, least: int) -> None:
        self.kind, self.least = kind, least
        self.start = self.end = self.bits = self.worth = 0


class _Search:
    def __init__(self, data: bytes, last: bool, start: int) -> None:
        self.data, self.last = data, last
        self.n = len(data)
        self.consumed, self.reached = start, -1
        self.out: list[Sign] = []
        self.escapes, self.rot13, self.reversed = _Cluster(ESCAPES, WORTH), _Cluster(ROT13, 3), _Cluster(REVERSED, 2)

    def find(self, start: int, inside: int) -> tuple[list[Sign], int]:
        if inside >= 0:
            end, is_open = self.extend(start, inside)
            self.put(start, end, inside, 0, is_open)
        limit = self.n if self.last else max(self.n - LOOK, 0)
        block = self.consumed
        while block < limit:
            stop = min(block + 64, limit)
            self.look(block, stop)
            block = max(self.consumed, stop)
        for cluster in (self.escapes, self.rot13, self.reversed):
            self.flush(cluster)
        return self.out, max(block, self.consumed) if self.reached < 0 else self.reached

    def put(self, start: int, end: int, kind: int, detail: int, is_open: bool) -> None:
        self.out.append((kind, start, end, detail, int(is_open)))
        self.consumed = self.n if is_open else end
        if is_open:  # nothing behind it is looked at
            self.reached = end

    def flush(self, cluster: _Cluster) -> None:
        if cluster.worth >= cluster.least:
            self.out.append((cluster.kind, cluster.start, cluster.end, cluster.bits, 0))
        cluster.worth = 0

    def add(self, cluster: _Cluster, start: int, end: int, bits: int, worth: int) -> None:
        if cluster.worth and start > cluster.end + GAP:
            self.flush(cluster)
        if not cluster.worth:
            cluster.start, cluster.bits = start, 0
        cluster.end = end
        cluster.bits |= bits
        cluster.worth += worth

    def at(self, place: int) -> int:
        return self.data[place] if place < self.n else 0

    def run_end(self, start: int, members: frozenset[int], stop: int | None = None) -> int:
        end = self.n if stop is None else min(stop, self.n)
        while start < end and self.data[start] in members:
            start += 1
        return start

    def look(self, block: int, stop: int) -> None:
        for kind, members in _CLASSES:
            for place in range(block, stop):
                if self.data[place] in members and not (place and self.data[place - 1] in members):
                    self.run(place, kind, members)
        for place in range(block, stop):
            if place >= self.consumed and self.at(place + 1) in _FOLLOW.get(self.data[place], ()):
                self.lead(place)
        if sum(byte in _DIGITS for byte in self.data[block:stop]) >= 10:
            for place in range(block, stop):
                if place >= self.consumed and self.data[place] in _HEX and self.is_dump(place):
                    end, is_open = self.extend(place, DUMP)
                    self.put(place, end, DUMP, 0, is_open)

    # Runs

    def run(self, start: int, kind: int, members: frozenset[int]) -> None:
        if start < self.consumed:
            return
        if kind != BASE64:
            before = self.data[start - 1] if start else ord(" ")
            if kind == ASCII85 and before not in _BLANK and before not in b"\"'(":
                return
            named = self.data[start] in b"\"'" if kind == ASCII85 else b"=" in self.data[start : start + 16]
            if start + 20 > self.n:
                return
            whole = self.run_end(start, members, start + 5) == start + 5
            first = _groups_85(self.data[start : start + 5], kind, 1) if whole else None
            may_be = first is not None and _may_be(first[:3])
            if not (named or may_be or (kind == ASCII85 and before == ord("\n"))):
                return
        end = self.run_end(start, members)
        if end - start < RUN:
            return
        found, detail = (UU, 0) if kind == ASCII85 and self.is_uu(start) else self.kind_of(start, end, kind)
        if found < 0:
            return
        if found >= ESCAPES:
            self.put(start, end, found, 1, False)
            return
        if found != BASE64:
            start, detail = start + detail, 0
        end, is_open = self.extend(start, found)
        self.put(start, end, found, detail, is_open)

    def kind_of(self, start: int, end: int, kind: int) -> tuple[int, int]:
        run = self.data[start:end]
        if kind == BASE64:
            return _run_64(run)
        skip = run[:16].find(b"=") + 1 if kind != ASCII85 else int(run[0] in b"\"'")
        for skipped in (0, skip) if skip else (0,):
            if len(run) >= skipped + 25:
                made = _groups_85(run[skipped : skipped + 25], kind, 5)
                if made is not None and _is_something(made):
                    return kind, skipped
        return -1, 0

    def extend(self, start: int, kind: int) -> tuple[int, bool]:
        if kind == UU:
            return self.extend_uu(start)
        if kind == DUMP:
            return self.extend_dump(start)
        members = {BASE32: _IN_32 | _IN_32_LOW, HEX: _HEX, **dict(_CLASSES)}[kind]
        padded = kind in (BASE64, BASE32)
        end = self.run_end(start, members)
        before = end - start
        while True:
            if padded and end < self.n and self.data[end] == ord("="):
                return self.run_end(end, frozenset(b"="), end + 6), False
            gap, split = self.gap(end, kind, padded)
            if gap >= self.n and gap - end < 24:
                return (end, False) if self.last else (self.n, True)
            if not split:
                return end, False
            behind = self.run_end(gap, members)
            more = behind - gap
            if behind == self.n and not self.last:
                return self.n, True
            if split == 2 or (more >= RUN and (before % 4 == 0 or more <= before + 4 or not before)):
                end, before = behind, more
                continue
            ends = b"=\n\r\"'\\<" if kind < BASE85 else b"~"
            ended = (self.data[behind] if behind < self.n else ord("\n")) in ends
            if 2 <= more < RUN and (before >= 40 or not before) and ended:
                end = self.run_end(behind, frozenset(b"="), behind + 6) if padded else behind
            return end, False

    def gap(self, end: int, kind: int, padded: bool) -> tuple[int, int]:
        """Behind what may stand between two lines of a block, and 1 if there is a line's end or a quote in it; 2 for an
        escaped slash."""
        gap, split = end, 0
        while gap < self.n and gap - end < 24:
            byte, following = self.data[gap], self.data[gap + 1] if gap + 1 < self.n else ord(" ")
            if byte == ord("\\") and following == ord("/") and kind == BASE64:
                return gap + 1, 2
            if byte == ord("\\") and following in b"nrt":
                split = 1
                gap += 2
            elif byte == ord("+") and padded and following not in b" \"'\n":
                break
            elif byte == ord("&") and kind < BASE85:  # a line's end in an attribute
                if self.data[gap : gap + 5] not in _LINE_ENDS:
                    break
                split = 1
                gap += 5
            elif byte == ord("\n") or (byte in b"\"'" and kind < BASE85):
                split = 1
                gap += 1
            elif byte in b" \t\r" or (kind < BASE85 and byte in b",>.|*#;\\+"):
                gap += 1
            else:
                break
        return gap, split

    def uu_line(self, start: int) -> int:
        """Where the symbols of a line of uuencoded text end; 0 for none."""
        if not 32 < self.at(start) <= 77:
            return 0
        end = start + 1 + (self.data[start] - 32 + 2) // 3 * 4
        if end > self.n or (end == self.n and not self.last) or (end < self.n and self.data[end] not in b"\r\n"):
            return 0
        return end if all(32 <= byte <= 96 for byte in self.data[start + 1 : end]) else 0

    def is_uu(self, start: int) -> bool:
        if (start and self.data[start - 1] != ord("\n")) or not self.uu_line(start):
            return False
        if self.data[start] == ord("M"):
            return True
        if not start:
            return False
        line = self.data.rfind(b"\n", max(start - 160, 0), start - 1) + 1
        if not line and start > 159:
            return False
        return start - line > 6 and self.data.startswith(b"begin ", line)

    def extend_uu(self, start: int) -> tuple[int, bool]:
        while True:
            if self.n - start < 66 and not self.last:
                return self.n, True
            end = self.uu_line(start)
            if not end:
                return start, False
            start = self.run_end(end, frozenset(b"\r\n"))

    def is_dump(self, start: int) -> bool:
        if start and self.data[start - 1] in _ALNUM:
            return False
        digits = self.run_end(start, _HEX, start + 9) - start
        if 6 <= digits <= 8 and (not start or self.data[start - 1] == ord("\n")):
            start += digits
            start += self.at(start) == ord(":") and start < self.n
            column = self.run_end(start, frozenset(b" "), start + 3)
            if column == start:
                return False
            digits = self.run_end(column, _HEX, column + 9) - column
            if digits == 4:
                made = self.listed(column, "fours")
                return len(made) >= 4 and _is_something(made[:4])
            made = self.listed(column, "hex") if digits == 2 else b""
            return len(made) >= 6 and _is_something(made[:6])
        if digits == 1 and self.data[start] == ord("0") and self.at(start + 1) in _X:
            made = self.listed(start, "0x")
            return len(made) >= 12 and _is_text(made)
        if digits == 2:
            made = self.listed(start, "hex")
            if len(made) >= 12 and (_has_words(made) if _is_text(made) else _is_something(made)):
                return True
        made = self.listed(start, "decimal") if digits <= 3 else b""
        return len(made) >= 12 and _is_text(made) and _has_words(made)

    def listed(self, start: int, form: str) -> bytes:
        """The bytes of a list of numbers, up to 12."""
        out = b""
        while len(out) < 12:
            if form == "0x":
                if start + 2 >= self.n or self.data[start] != ord("0") or self.data[start + 1] not in _X:
                    break
                start += 2
            end = self.run_end(start, frozenset(_DIGITS) if form == "decimal" else _HEX, start + 5)
            digits = self.data[start:end].decode()
            value = int(digits or "0", 10 if form == "decimal" else 16)
            if form == "fours":
                if len(digits) != 4:
                    break
                out += value.to_bytes(2, "big")
            else:
                if value > 255 or not 0 < len(digits) <= 3 or (form == "hex" and len(digits) != 2):
                    break
                if form != "hex" and value not in _PRINTABLE:
                    break
                out += bytes((value,))
            start = self.run_end(end, frozenset(b" ,:\n\r\t-"), end + 16)
            if start == end or (form == "hex" and start - end > 3):
                break
        return out

    def extend_dump(self, start: int) -> tuple[int, bool]:
        while True:
            end = self.run_end(start, _IN_DUMP)
            if end < self.n:
                newline = self.data.find(b"\n", end, end + 100)
                following = newline + 1
                if newline >= 0 and following + 9 < self.n:
                    behind = self.run_end(following, _HEX, following + 8)
                    if behind - following >= 6 and self.data[behind] in b": ":
                        start = following
                        continue
                    return end, False
                return end, not self.last and self.n - end <= 110  # to be looked at again, when there is more
            return self.n, not self.last

    # Escapes and words

    def lead(self, place: int) -> None:
        byte, end, bits, worth = self.data[place], place + 2, 0, WORTH
        if byte == ord("%"):
            one, two = self.at(place + 1), self.at(place + 2)
            again = place > 0 and self.data[place - 1] == ord("%")
            if one in _HEX and two in _HEX and not again and (one > ord("1") or two in b"9aAdD"):
                bits, worth = 1, self.worth(place, place + 3, int(self.data[place + 1 : place + 3], 16))
        elif byte == ord("&"):
            bits, worth = 2, self.entity(place)
        elif byte == ord("\\"):
            bits, worth = 4, self.backslash(place)
        elif byte == ord("="):
            bits, worth = 8, self.quoted(place)
        elif byte == ord("+"):
            bits = 16 if self.is_utf7(place) else 0
        elif byte == ord("<"):
            if self.at(place + 2) in _IN_A85:
                end, is_open = self.extend(place + 2, ASCII85)
                if end >= place + 12:
                    self.put(place + 2, end, ASCII85, 0, is_open)
            return
        elif byte in b"qQ":
            self.q(place)
            return
        elif byte == ord("e"):
            before = place > 0 and self.data[place - 1] in _LETTERS
            if self.data[place : place + 3] == b"eht" and not before and self.at(place + 3) not in _LETTERS:
                self.add(self.reversed, place, place + 3, 0, 1)
            return
        else:
            joined = self.joined(place)
            bits, end = (32, joined) if joined else (0, end)
        if bits and worth:
            self.add(self.escapes, place, end, bits, worth)

    def q(self, place: int) -> None:
        """A word that ends with the q of a turned d, behind two letters alike; not `seq`, `freq` and `Eq`."""
        before = self.data[place - 2 : place] if place > 1 else b""
        alike = _LOWER if self.data[place] == ord("q") else _UPPER
        word = before and all(each in alike for each in before) and before[1] != ord("e")
        if word and self.at(place + 1) not in _LETTERS:
            self.add(self.rot13, place, place + 1, 0, 1)

    def in_token(self, place: int, end: int, least: int) -> bool:
        """Whether what stands before `place` and from `end` on, of a token's symbols, is long enough together and has a
        digit: words that are cut are the same to the fingerprints, so what is to be mended are secrets and numbers."""
        first = place
        while first > max(place - TOKEN, 0) and self.data[first - 1] in _TOKEN:
            first -= 1
        both = self.data[first:place] + self.data[end : self.run_end(end, _TOKEN, end + TOKEN)]
        return len(both) >= least and any(byte in _DIGITS for byte in both)

    def worth(self, place: int, end: int, value: int) -> int:
        """What an escape for `value` is worth: enough where it stands for a piece of a word or hides where a long token
        begins; else many must be near each other, as they are where letters beyond ASCII or all blanks are written
        so."""
        lead, behind, most = self.data[place], self.at(end), max(place - 8, 0)
        while place > most and lead == ord("\\") == self.data[place - 1]:
            place -= 1
        inside = place > 0 and self.data[place - 1] in _TOKEN
        if value in _ALNUM or value == ord("_"):
            return WORTH if inside or behind == lead or self.in_token(0, end, LONG) else 1
        if inside and behind in _TOKEN and value in _STOPS:
            return WORTH
        return WORTH if value < 128 and behind in _TOKEN and self.in_token(place, end, LONG) else 1

    def hex_value(self, place: int, most: int) -> tuple[int, int]:
        """(value, where the digits end)."""
        end = self.run_end(place, _HEX, place + most)
        return int(self.data[place:end] or b"0", 16), max(end, place)

    def entity(self, place: int) -> int:
        if self.at(place + 1) == ord("#"):
            if self.at(place + 2) in _X:
                first = place + 3
                value, end = self.hex_value(first, 6)
            else:
                first = place + 2
                end = self.run_end(first, frozenset(_DIGITS), first + 7)
                value = int(self.data[first:end] or b"0")
            if end <= first:
                return 0
            return self.worth(place, end + (self.at(end) == ord(";")), value)
        if self.at(place + 1) not in _LETTERS:
            return 0
        end = self.run_end(place + 1, _ALNUM, place + 33)
        if end <= place + 2 or self.at(end) != ord(";"):
            return 0
        inside = place > 0 and self.data[place - 1] in _TOKEN and self.at(end + 1) in _TOKEN
        return WORTH if inside and self.in_token(place, end + 1, LONG) else 1

    def goes_on(self, place: int) -> int:
        """A line that ends at `place` and goes on, inside a token."""
        line = place + 2 if self.at(place + 1) == ord("\r") else place + 1
        before = place > 0 and self.data[place - 1] in _ALNUM
        if self.at(line) != ord("\n") or not before or self.at(line + 1) not in _ALNUM:
            return 0
        return WORTH if self.in_token(place, line + 1, LONG) else 0

    def backslash(self, place: int) -> int:
        one, two, three = (self.at(place + each) for each in range(1, 4))
        if one == ord("x"):
            value, end = self.hex_value(place + 2, 2)
            return self.worth(place, end, value) if end == place + 4 else 0
        if one in b"uU":
            braced = two == ord("{")
            value, end = self.hex_value(place + 2 + braced, 6 if braced else 4 if one == ord("u") else 8)
            if end < place + (4 if braced else 5):
                return 0
            return self.worth(place, end + (braced and self.at(end) == ord("}")), value)
        if one == two == ord("0"):  # CSS
            value, end = self.hex_value(place + 1, 6)
            if end >= place + 5:
                return self.worth(place, end + (self.at(end) == ord(" ")), value)
        if all(each in b"01234567" for each in (one, two, three)):
            return self.worth(place, place + 4, int(self.data[place + 1 : place + 4], 8))
        return self.goes_on(place)

    def quoted(self, place: int) -> int:
        big = frozenset(b"0123456789ABCDEF")
        if self.at(place + 1) not in big or self.at(place + 2) not in big:
            return self.goes_on(place)
        value, end = self.hex_value(place + 1, 2)
        behind = self.at(end)
        if behind == ord("=") and self.at(place + 4) in big and self.at(place + 5) in big:
            return self.worth(place, end, value)
        if value == ord(" "):  # in program code it is a number
            return self.worth(place, end, value) if behind in b"\n\r=" or behind in _LETTERS else 0
        return self.worth(place, end, value) if value in b"=-._\n\r\t" else 0

    def is_utf7(self, place: int) -> bool:
        end = self.run_end(place + 1, _ALNUM | frozenset(b"/+"), place + 42)
        return self.at(place + 1) == ord("A") and end >= place + 4 and self.at(end) == ord("-")

    def joined(self, place: int) -> int:
        """Behind the quote with which a literal goes on that ends at `place`, inside a token; 0 for none."""
        if not place or self.data[place - 1] not in _TOKEN or (place > 1 and self.data[place - 2] == ord("\\")):
            return 0
        at = self.run_end(place + 1, _BLANK, place + 200)
        operator = self.at(at)
        if operator in b"+.&\\":
            at = self.run_end(at + 1, _BLANK, place + 200)
        if operator == ord("&") and self.at(at) == ord("_"):  # Basic goes on in the next line
            at = self.run_end(at + 1, _BLANK, place + 200)
        joined = at > place + 1 and self.at(at) == self.data[place] and self.at(at + 1) in _TOKEN
        return at + 1 if joined and self.in_token(place, at + 1, PIECES) else 0
