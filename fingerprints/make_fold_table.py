"""Makes the fold table: which symbols each Unicode character folds to.

    python fingerprints/make_fold_table.py UnicodeData.txt CaseFolding.txt confusables.txt

The three files are the Unicode Character Database's (15.0) and UTS #39's; they are not shipped here.
Writes `dlp/fingerprint/kernel/fold_table.h` for the C kernel and `dlp/fingerprint/fold_table.bin` for its
Python twin: the same arrays. A changed table means a new `FOLD_VERSION`, since stores made with another
one would no longer match.

A character's fold: full case folding and compatibility decomposition until nothing changes, letters and
digits kept (categories L and N), each replaced by the smallest member of its look-alike class. Classes are
the closure of UTS #39's single-letter confusables over letters *after* case folding, so that case and look
never disagree. Without a bound that closure runs through most of the alphabet (in Greek alone: H-eta-n,
N-nu-v), so two classes that hold different ASCII letters join only where `JOINED` says so.
"""

from __future__ import annotations

import struct
import sys
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

FOLD_VERSION = 1

# The look of one is the other's in a common type face (0/o, 1/i/l), or a Greek or Cyrillic case pair looks like
# both (eta: H and n; nu: N and v; upsilon: Y and u; be: b and 6), or "leet" spelling writes one for the other.
# Ten digits keep ten classes, so tables of numbers stay apart.
JOINED = ("0o", "1il", "2z", "3e", "4a", "5s", "6b", "7t", "9g", "hnv", "uy")

# Letters by category that nobody sees: Hangul fillers. Between the letters of a word they would hide it.
INVISIBLE = frozenset({0x115F, 0x1160, 0x3164, 0xFFA0})

# Small capitals that UTS #39 has no look-alike for.
SMALL_CAPITALS = ((0x0274, ord("n")),)

BLOCK = 128
DROP, IDENTITY, HANGUL, FIRST_TABLE = 0, 1, 2, 3
LONG = 255
ROOT = Path(__file__).resolve().parent.parent

Folded = tuple[int, ...]


def fields(path: str) -> list[list[str]]:
    """The semicolon-separated fields of a Unicode data file, comments gone."""
    lines = (line.split("#")[0].strip() for line in Path(path).read_text("utf-8-sig").splitlines())
    return [[field.strip() for field in line.split(";")] for line in lines if line]


def points(text: str) -> Folded:
    return tuple(int(point, 16) for point in text.split())


class Unicode:
    """Categories, decompositions and case foldings, read from the data files."""

    def __init__(self, unicode_data: str, case_folding: str) -> None:
        self.category: dict[int, str] = {}
        self.decomposition: dict[int, Folded] = {}
        first = 0
        for row in fields(unicode_data):
            point = int(row[0], 16)
            if row[1].endswith("First>"):
                first = point
            for each in range(first if row[1].endswith("Last>") else point, point + 1):
                self.category[each] = row[2]
            if row[5]:
                self.decomposition[point] = points(row[5].split(">")[-1])
        self.case = {int(row[0], 16): points(row[2]) for row in fields(case_folding) if row[1] in "CF"}
        self.base = lru_cache(None)(self._base)

    def keeps(self, point: int) -> bool:
        return self.category.get(point, "Cn")[0] in "LN" and point not in INVISIBLE

    def _step(self, point: int) -> Folded:
        if 0xAC00 <= point <= 0xD7A3:
            index = point - 0xAC00
            last = (0x11A7 + index % 28,) if index % 28 else ()
            return (0x1100 + index // 588, 0x1161 + index % 588 // 28, *last)
        if point in self.decomposition:
            return self.decomposition[point]
        return self.case.get(point, (point,))

    def _base(self, point: int) -> Folded:
        """The letters and digits that `point` stands for, without case, marks and compatibility forms."""
        now: Folded = (point,)
        while (after := tuple(x for each in now for x in self._step(each))) != now:
            now = after
        return tuple(each for each in now if self.keeps(each))


class Classes:
    """Look-alike classes: a union-find whose representative is the smallest member."""

    def __init__(self) -> None:
        self.parent: dict[int, int] = {}
        self.group = {ord(c): group for group in JOINED for c in group}

    def find(self, point: int) -> int:
        while (up := self.parent.get(point, point)) != point:
            point = up
        return point

    def join(self, one: int, other: int) -> None:
        small, large = sorted((self.find(one), self.find(other)))
        apart = large < 128 and self.group.get(small, small) != self.group.get(large, large)
        if small != large and not apart:
            self.parent[large] = small


def classes(unicode: Unicode, confusables: str) -> Classes:
    made = Classes()
    for group in JOINED:
        for letter in group[1:]:
            made.join(ord(group[0]), ord(letter))
    to_ascii, others = [], []
    for row in fields(confusables):
        source, target = points(row[0]), points(row[1])
        if not unicode.keeps(source[0]):
            continue
        one, other = unicode.base(source[0]), tuple(x for each in target for x in unicode.base(each))
        if len(one) != 1 or len(other) != 1 or one == other:
            continue
        if other[0] < 128:
            to_ascii.append((source != one, one[0], other[0]))
        elif len(target) == 1:
            # Beyond ASCII only an exact look-alike counts: dropping the marks of a prototype would make one
            # letter of most of the Arabic and Devanagari alphabets.
            others.append((one[0], other[0]))
    to_ascii += [(False, capital, letter) for capital, letter in SMALL_CAPITALS]
    # Where a letter's two cases look like different ASCII letters that stay apart, the folded case decides.
    for _, low, ascii_letter in sorted(to_ascii):
        made.join(low, ascii_letter)
    for low, prototype in others:
        made.join(low, prototype)
    return made


def build(unicode: Unicode, look: Classes) -> tuple[list[int], list[int], bytes]:
    """(stage1, stage2, expansions), as `fold.c` documents them."""
    table: dict[int, bytes] = {}
    for point in unicode.category:
        if not 0xD800 <= point <= 0xDFFF and (folded := unicode.base(point)):
            table[point] = "".join(chr(look.find(each)) for each in folded).encode()
    stage1: list[int] = []
    stage2: list[int] = []
    expansions = bytearray()
    known: dict[tuple[int, ...], int] = {}
    offsets: dict[bytes, int] = defaultdict(int)
    for start in range(0, 0x110000, BLOCK):
        block = range(start, start + BLOCK)
        if not any(point in table for point in block):
            stage1.append(DROP)
        elif start >= 0x800 and all(table.get(point) == chr(point).encode() for point in block):
            stage1.append(IDENTITY)
        elif start >= 0xAC00 and block[-1] <= 0xD7A3:
            stage1.append(HANGUL)
        else:
            entries = []
            for point in block:
                out = table.get(point, b"")
                if len(out) <= 3:
                    entries.append(len(out) | int.from_bytes(out, "little") << 8)
                    continue
                if out not in offsets:
                    offsets[out] = len(expansions)
                    expansions += bytes([len(out)]) + out
                entries.append(LONG | offsets[out] << 8)
            key = tuple(entries)
            if key not in known:
                known[key] = len(stage2) // BLOCK
                stage2 += entries
            stage1.append(FIRST_TABLE + known[key])
    return stage1, stage2, bytes(expansions)


def c_array(kind: str, name: str, values: list[int] | bytes) -> str:
    rows = [", ".join(map(str, values[i : i + 16])) for i in range(0, len(values), 16)]
    return f"static const {kind} {name}[{len(values)}] = {{\n" + ",\n".join(rows) + "\n};\n"


def main() -> None:
    unicode_data, case_folding, confusables = sys.argv[1:]
    unicode = Unicode(unicode_data, case_folding)
    stage1, stage2, expansions = build(unicode, classes(unicode, confusables))
    header = (
        "/* Made by fingerprints/make_fold_table.py from Unicode 15.0 data; do not edit. */\n"
        f"#define FOLD_VERSION {FOLD_VERSION}\n"
        + c_array("uint16_t", "fold_stage1", stage1)
        + c_array("uint32_t", "fold_stage2", stage2)
        + c_array("uint8_t", "fold_expansions", expansions)
        + c_array("uint8_t", "fold_ascii", [entry >> 8 for entry in stage2[:BLOCK]])
    )
    (ROOT / "dlp/fingerprint/kernel/fold_table.h").write_text(header)
    sizes = struct.pack("<4I", FOLD_VERSION, len(stage1), len(stage2), len(expansions))
    arrays = struct.pack(f"<{len(stage1)}H{len(stage2)}I", *stage1, *stage2)
    (ROOT / "dlp/fingerprint/fold_table.bin").write_bytes(sizes + arrays + expansions)
    print(f"{len(stage1)} blocks, {len(stage2) // BLOCK} of them tables, {len(expansions)} bytes of expansions")


if __name__ == "__main__":
    main()
