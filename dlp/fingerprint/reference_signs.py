"""Signs of encoded text, in plain Python: the definition of what `kernel/signs.c` and `kernel/sign_blocks.c` find.

A sign is (kind, start, end, detail, open). Blocks of 64 bytes are looked at in turn, in each first runs, by the classes
of their symbols, then escapes, words, lists of bytes; what lies in a run that was found is passed over.
"""

from __future__ import annotations

from dlp.fingerprint.reference_sign_alphabets import (
    ALNUM,
    ASCII85,
    BASE32,
    BASE64,
    BASE85,
    BLANK,
    CLASSES,
    DIGITS,
    DUMP,
    ESCAPES,
    FOLLOW,
    GAP,
    HEX,
    HEX_DIGITS,
    IN_32,
    IN_32_LOW,
    IN_A85,
    IN_DUMP,
    LETTERS,
    LINE_ENDS,
    LOOK,
    LOWER,
    PRINTABLE,
    REVERSED,
    ROT13,
    RUN,
    UPPER,
    UU,
    WORTH,
    Sign,
    X,
)
from dlp.fingerprint.reference_sign_escapes import (
    Escapes,
)
from dlp.fingerprint.reference_sign_runs import (
    groups_85,
    has_words,
    is_something,
    is_text,
    may_be,
    run_64,
)


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


class _Cluster:
    def __init__(self, kind: int, least: int) -> None:
        self.kind, self.least = kind, least
        self.start = self.end = self.bits = self.worth = 0


class _Search(Escapes):
    def __init__(self, data: bytes, last: bool, start: int) -> None:
        super().__init__(data)
        self.last = last
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

    def look(self, block: int, stop: int) -> None:
        for kind, members in CLASSES:
            for place in range(block, stop):
                if self.data[place] in members and not (place and self.data[place - 1] in members):
                    self.run(place, kind, members)
        for place in range(block, stop):
            if place >= self.consumed and self.at(place + 1) in FOLLOW.get(self.data[place], ()):
                self.lead(place)
        if sum(byte in DIGITS for byte in self.data[block:stop]) >= 10:
            for place in range(block, stop):
                if place >= self.consumed and self.data[place] in HEX_DIGITS and self.is_dump(place):
                    end, is_open = self.extend(place, DUMP)
                    self.put(place, end, DUMP, 0, is_open)

    # Runs

    def run(self, start: int, kind: int, members: frozenset[int]) -> None:
        if start < self.consumed:
            return
        if kind != BASE64:
            before = self.data[start - 1] if start else ord(" ")
            if kind == ASCII85 and before not in BLANK and before not in b"\"'(":
                return
            named = self.data[start] in b"\"'" if kind == ASCII85 else b"=" in self.data[start : start + 16]
            if start + 20 > self.n:
                return
            whole = self.run_end(start, members, start + 5) == start + 5
            first = groups_85(self.data[start : start + 5], kind, 1) if whole else None
            likely = first is not None and may_be(first[:3])
            if not (named or likely or (kind == ASCII85 and before == ord("\n"))):
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
            return run_64(run)
        skip = run[:16].find(b"=") + 1 if kind != ASCII85 else int(run[0] in b"\"'")
        for skipped in (0, skip) if skip else (0,):
            if len(run) >= skipped + 25:
                made = groups_85(run[skipped : skipped + 25], kind, 5)
                if made is not None and is_something(made):
                    return kind, skipped
        return -1, 0

    def extend(self, start: int, kind: int) -> tuple[int, bool]:
        if kind == UU:
            return self.extend_uu(start)
        if kind == DUMP:
            return self.extend_dump(start)
        members = {BASE32: IN_32 | IN_32_LOW, HEX: HEX_DIGITS, **dict(CLASSES)}[kind]
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
                if self.data[gap : gap + 5] not in LINE_ENDS:
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
        if start and self.data[start - 1] in ALNUM:
            return False
        digits = self.run_end(start, HEX_DIGITS, start + 9) - start
        if 6 <= digits <= 8 and (not start or self.data[start - 1] == ord("\n")):
            start += digits
            start += self.at(start) == ord(":") and start < self.n
            column = self.run_end(start, frozenset(b" "), start + 3)
            if column == start:
                return False
            digits = self.run_end(column, HEX_DIGITS, column + 9) - column
            if digits == 4:
                made = self.listed(column, "fours")
                return len(made) >= 4 and is_something(made[:4])
            made = self.listed(column, "hex") if digits == 2 else b""
            return len(made) >= 6 and is_something(made[:6])
        if digits == 1 and self.data[start] == ord("0") and self.at(start + 1) in X:
            made = self.listed(start, "0x")
            return len(made) >= 12 and is_text(made)
        if digits == 2:
            made = self.listed(start, "hex")
            if len(made) >= 12 and (has_words(made) if is_text(made) else is_something(made)):
                return True
        made = self.listed(start, "decimal") if digits <= 3 else b""
        return len(made) >= 12 and is_text(made) and has_words(made)

    def listed(self, start: int, form: str) -> bytes:
        """The bytes of a list of numbers, up to 12."""
        out = b""
        while len(out) < 12:
            if form == "0x":
                if start + 2 >= self.n or self.data[start] != ord("0") or self.data[start + 1] not in X:
                    break
                start += 2
            end = self.run_end(start, frozenset(DIGITS) if form == "decimal" else HEX_DIGITS, start + 5)
            digits = self.data[start:end].decode()
            value = int(digits or "0", 10 if form == "decimal" else 16)
            if form == "fours":
                if len(digits) != 4:
                    break
                out += value.to_bytes(2, "big")
            else:
                if value > 255 or not 0 < len(digits) <= 3 or (form == "hex" and len(digits) != 2):
                    break
                if form != "hex" and value not in PRINTABLE:
                    break
                out += bytes((value,))
            start = self.run_end(end, frozenset(b" ,:\n\r\t-"), end + 16)
            if start == end or (form == "hex" and start - end > 3):
                break
        return out

    def extend_dump(self, start: int) -> tuple[int, bool]:
        while True:
            end = self.run_end(start, IN_DUMP)
            if end < self.n:
                newline = self.data.find(b"\n", end, end + 100)
                following = newline + 1
                if newline >= 0 and following + 9 < self.n:
                    behind = self.run_end(following, HEX_DIGITS, following + 8)
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
            if one in HEX_DIGITS and two in HEX_DIGITS and not again and (one > ord("1") or two in b"9aAdD"):
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
            if self.at(place + 2) in IN_A85:
                end, is_open = self.extend(place + 2, ASCII85)
                if end >= place + 12:
                    self.put(place + 2, end, ASCII85, 0, is_open)
            return
        elif byte in b"qQ":
            self.q(place)
            return
        elif byte == ord("e"):
            before = place > 0 and self.data[place - 1] in LETTERS
            if self.data[place : place + 3] == b"eht" and not before and self.at(place + 3) not in LETTERS:
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
        alike = LOWER if self.data[place] == ord("q") else UPPER
        word = before and all(each in alike for each in before) and before[1] != ord("e")
        if word and self.at(place + 1) not in LETTERS:
            self.add(self.rot13, place, place + 1, 0, 1)
