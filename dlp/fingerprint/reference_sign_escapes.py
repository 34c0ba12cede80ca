"""What an escape is worth as a sign: the definition of `kernel/sign_escapes.c`."""

from __future__ import annotations

from dlp.fingerprint.reference_sign_alphabets import (
    ALNUM,
    BLANK,
    DIGITS,
    HEX_DIGITS,
    IN_TOKEN,
    LETTERS,
    LONG,
    PIECES,
    STOPS,
    TOKEN,
    WORTH,
    X,
)


class Escapes:
    """Judges the escapes in a text."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.n = len(data)

    def at(self, place: int) -> int:
        return self.data[place] if place < self.n else 0

    def run_end(self, start: int, members: frozenset[int], stop: int | None = None) -> int:
        end = self.n if stop is None else min(stop, self.n)
        while start < end and self.data[start] in members:
            start += 1
        return start

    def in_token(self, place: int, end: int, least: int) -> bool:
        """Whether what stands before `place` and from `end` on, of a token's symbols, is long enough together and has a
        digit: words that are cut are the same to the fingerprints, so what is to be mended are secrets and numbers."""
        first = place
        while first > max(place - TOKEN, 0) and self.data[first - 1] in IN_TOKEN:
            first -= 1
        both = self.data[first:place] + self.data[end : self.run_end(end, IN_TOKEN, end + TOKEN)]
        return len(both) >= least and any(byte in DIGITS for byte in both)

    def worth(self, place: int, end: int, value: int) -> int:
        """What an escape for `value` is worth: enough where it stands for a piece of a word or hides where a long token
        begins; else many must be near each other, as they are where letters beyond ASCII or all blanks are written
        so."""
        lead, behind, most = self.data[place], self.at(end), max(place - 8, 0)
        while place > most and lead == ord("\\") == self.data[place - 1]:
            place -= 1
        inside = place > 0 and self.data[place - 1] in IN_TOKEN
        if value in ALNUM or value == ord("_"):
            return WORTH if inside or behind == lead or self.in_token(0, end, LONG) else 1
        if inside and behind in IN_TOKEN and value in STOPS:
            return WORTH
        return WORTH if value < 128 and behind in IN_TOKEN and self.in_token(place, end, LONG) else 1

    def hex_value(self, place: int, most: int) -> tuple[int, int]:
        """(value, where the digits end)."""
        end = self.run_end(place, HEX_DIGITS, place + most)
        return int(self.data[place:end] or b"0", 16), max(end, place)

    def entity(self, place: int) -> int:
        if self.at(place + 1) == ord("#"):
            if self.at(place + 2) in X:
                first = place + 3
                value, end = self.hex_value(first, 6)
            else:
                first = place + 2
                end = self.run_end(first, frozenset(DIGITS), first + 7)
                value = int(self.data[first:end] or b"0")
            if end <= first:
                return 0
            return self.worth(place, end + (self.at(end) == ord(";")), value)
        if self.at(place + 1) not in LETTERS:
            return 0
        end = self.run_end(place + 1, ALNUM, place + 33)
        if end <= place + 2 or self.at(end) != ord(";"):
            return 0
        inside = place > 0 and self.data[place - 1] in IN_TOKEN and self.at(end + 1) in IN_TOKEN
        return WORTH if inside and self.in_token(place, end + 1, LONG) else 1

    def goes_on(self, place: int) -> int:
        """A line that ends at `place` and goes on, inside a token."""
        line = place + 2 if self.at(place + 1) == ord("\r") else place + 1
        before = place > 0 and self.data[place - 1] in ALNUM
        if self.at(line) != ord("\n") or not before or self.at(line + 1) not in ALNUM:
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
            return self.worth(place, end, value) if behind in b"\n\r=" or behind in LETTERS else 0
        return self.worth(place, end, value) if value in b"=-._\n\r\t" else 0

    def is_utf7(self, place: int) -> bool:
        end = self.run_end(place + 1, ALNUM | frozenset(b"/+"), place + 42)
        return self.at(place + 1) == ord("A") and end >= place + 4 and self.at(end) == ord("-")

    def joined(self, place: int) -> int:
        """Behind the quote with which a literal goes on that ends at `place`, inside a token; 0 for none."""
        if not place or self.data[place - 1] not in IN_TOKEN or (place > 1 and self.data[place - 2] == ord("\\")):
            return 0
        at = self.run_end(place + 1, BLANK, place + 200)
        operator = self.at(at)
        if operator in b"+.&\\":
            at = self.run_end(at + 1, BLANK, place + 200)
        if operator == ord("&") and self.at(at) == ord("_"):  # Basic goes on in the next line
            at = self.run_end(at + 1, BLANK, place + 200)
        joined = at > place + 1 and self.at(at) == self.data[place] and self.at(at + 1) in IN_TOKEN
        return at + 1 if joined and self.in_token(place, at + 1, PIECES) else 0
