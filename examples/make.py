"""Makes the files of `secrets/` and `outbox/` that are not written by hand, the same bytes on every machine.

    python examples/make.py           write them
    python examples/make.py --check   say which of them differ, and end with 1 if any does

Needs Python's standard library only. Word files and PDFs are written here, in the plainest form that readers accept,
because the usual writers put the time, a version or a compressor's choices into what they write.
"""

from __future__ import annotations

import io
import os
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from xml.sax.saxutils import escape

HERE = os.path.dirname(os.path.abspath(__file__))
Block = tuple[str, list[list[str]]]
"""A kind (`title`, `heading`, `text` or `table`) and rows of cells; all but a table have one cell."""


def read(name: str) -> str:
    with open(os.path.join(HERE, name), encoding="utf-8", newline="") as file:
        return file.read()


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a text: `# title`, `## heading`, lines of `| cell | cell |`, and paragraphs of one line each."""
    for part in text.strip().split("\n\n"):
        if part.startswith("|"):
            yield "table", [[cell.strip() for cell in line.strip("|").split("|")] for line in part.split("\n")]
        elif part.startswith("# "):
            yield "title", [[part[2:]]]
        elif part.startswith("## "):
            yield "heading", [[part[3:]]]
        else:
            yield "text", [[" ".join(part.split("\n"))]]


# Word

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES = {"title": "Title", "heading": "Heading1", "text": "Normal", "table": "Normal"}


def docx(text: str) -> bytes:
    """A Word document of the blocks of `text`, with styles for its headings."""
    body = "".join(
        f"<w:tbl><w:tblPr/><w:tblGrid>{'<w:gridCol/>' * len(rows[0])}</w:tblGrid>{''.join(map(_row, rows))}</w:tbl>"
        if kind == "table"
        else _paragraph(rows[0][0], _STYLES[kind])
        for kind, rows in blocks(text)
    )
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{style}"><w:name w:val="{name}"/>'
        f'<w:rPr>{"<w:b/>" if size > 22 else ""}<w:sz w:val="{size}"/></w:rPr></w:style>'
        for style, name, size in (("Normal", "Normal", 22), ("Title", "Title", 36), ("Heading1", "heading 1", 28))
    )
    return packed(
        {
            "[Content_Types].xml": f'{_DECLARATION}<Types xmlns="{_PACKAGE}/content-types">'
            f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{_MAIN}.document.main+xml"/>'
            f'<Override PartName="/word/styles.xml" ContentType="{_MAIN}.styles+xml"/></Types>',
            "_rels/.rels": f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
            "word/_rels/document.xml.rels": f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
            "word/styles.xml": f'{_DECLARATION}<w:styles xmlns:w="{_WORD}">{styles}</w:styles>',
            "word/document.xml": f'{_DECLARATION}<w:document xmlns:w="{_WORD}"><w:body>{body}<w:sectPr/></w:body>'
            "</w:document>",
        }
    )


def _row(cells: list[str]) -> str:
    return "<w:tr>" + "".join(f"<w:tc><w:tcPr/>{_paragraph(cell, 'Normal')}</w:tc>" for cell in cells) + "</w:tr>"


def _paragraph(text: str, style: str) -> str:
    """A paragraph in several runs, as Word leaves them after editing: readers must join them."""
    runs = re.findall(r"(?:\S+\s*){1,9}", text)
    inside = "".join(f'<w:r><w:t xml:space="preserve">{escape(run)}</w:t></w:r>' for run in runs)
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{inside}</w:p>'


def packed(parts: dict[str, str]) -> bytes:
    """A zip of `parts`, not compressed: what a compressor makes depends on its version."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            entry = zipfile.ZipInfo(name)  # dated 1980, as every file without a time
            entry.create_system = 3  # otherwise the system that makes it
            archive.writestr(entry, part)
    return stream.getvalue()


# PDF

_SIZES = {"title": (20, "F2", 32), "heading": (14, "F2", 30), "text": (11, "F1", 17), "table": (10.5, "F1", 18)}
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 535, 780, 60


def pdf(text: str) -> bytes:
    """A PDF of A4 pages in Helvetica; a heading starts a new page when less than half of one is left."""
    pages: list[list[str]] = [[]]
    y = _TOP
    for kind, rows in blocks(text):
        size, font, leading = _SIZES[kind]
        if kind == "heading" and y < _BOTTOM + (_TOP - _BOTTOM) / 2:
            pages.append([])
            y = _TOP
        y -= 8
        columns = _columns(rows)
        for row in rows:
            for cells in [row] if kind == "table" else [[line] for line in _wrapped(row[0], size)]:
                if y < _BOTTOM + leading:
                    pages.append([])
                    y = _TOP
                y -= leading
                for x, cell in zip(columns, cells, strict=True):
                    pages[-1].append(f"BT /{font} {size} Tf {x:.1f} {y} Td ({_string(cell)}) Tj ET")
            if kind == "table":
                pages[-1].append(f"0.4 w {_LEFT} {y - 4} m {_RIGHT} {y - 4} l S")
    fonts = "<< /F1 3 0 R /F2 4 0 R >>"
    kids = " ".join(f"{5 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]
    for number, lines in enumerate(pages):
        content = "\n".join(lines)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font {fonts} >> "
            f"/Contents {6 + 2 * number} 0 R >>"
        )
        objects.append(f"<< /Length {len(content.encode('cp1252'))} >>\nstream\n{content}\nendstream")
    return _numbered(objects)


def _columns(rows: list[list[str]]) -> list[float]:
    """Where each column begins: the room is shared out by their longest cells."""
    widths = [max(map(len, column)) + 3 for column in zip(*rows, strict=True)]
    return [_LEFT + (_RIGHT - _LEFT) * sum(widths[:at]) / sum(widths) for at in range(len(widths))]


def _numbered(objects: list[str]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode("cp1252")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    trailer = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return bytes(out) + f"xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}".encode()


def _string(text: str) -> str:
    return re.sub(r"([\\()])", r"\\\1", text)


def _wrapped(text: str, size: float) -> Iterator[str]:
    """Lines of about the page's width: a Helvetica letter is half as wide as its size, on average."""
    most = int((_RIGHT - _LEFT) / (size * 0.5))
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > most:
            yield line
            line = ""
        line = f"{line} {word}" if line else word
    yield line


# Other files


def mesh() -> bytes:
    """A made-up part in a made-up format: a header, 900 points of three integers, 1,500 triangles. No text to read."""
    state = 0x5EED1234
    numbers = []
    for _ in range(900 * 3 + 1500 * 3):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        numbers.append(state >> 9)
    points = b"".join(struct.pack("<i", (number & 0xFFFFF) - 0x80000) for number in numbers[:2700])
    triangles = b"".join(struct.pack("<H", number % 900) for number in numbers[2700:])
    return b"\x8fMSH\x01\x00" + struct.pack("<II", 900, 1500) + points + triangles


def locked_zip(name: str, content: bytes, password: bytes) -> bytes:
    """A zip whose one member is encrypted in the old way (PKWARE's), which `zipfile` reads but does not write."""
    table = [_crc(value) for value in range(256)]
    keys = [0x12345678, 0x23456789, 0x34567890]

    def turn(byte: int) -> None:
        keys[0] = table[(keys[0] ^ byte) & 0xFF] ^ keys[0] >> 8
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = table[(keys[2] ^ keys[1] >> 24) & 0xFF] ^ keys[2] >> 8

    for byte in password:
        turn(byte)
    crc = zlib.crc32(content)
    sealed = bytearray()
    for byte in (
        bytes(range(11)) + bytes([crc >> 24]) + content
    ):  # the header's last byte lets a reader test its password
        mask = (keys[2] | 2) & 0xFFFF
        sealed.append(byte ^ (mask * (mask ^ 1) >> 8 & 0xFF))
        turn(byte)
    encoded = name.encode()
    common = struct.pack("<HHHHHIIIHH", 20, 1, 0, 0, 0x21, crc, len(sealed), len(content), len(encoded), 0)
    local = b"PK\x03\x04" + common + encoded + bytes(sealed)
    central = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + encoded
    return local + central + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def _crc(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
    return value


def retyped(text: str) -> str:
    """Capitals, other line breaks, two spaces after a stop, and no markup: as if read off a screen and typed again."""
    words = re.sub(r"[|#]|-{3,}", " ", text).upper().replace(". ", ".  ")
    return "\n\n".join("\n".join(_lines(part, 52)) for part in words.split("\n\n") if part.strip()) + "\n"


def _lines(text: str, most: int) -> Iterator[str]:
    line = ""
    for word in re.findall(r"\S+\s*", text):
        if len(line) + len(word) > most:
            yield line.rstrip()
            line = ""
        line += word.replace("\n", " ")
    yield line.rstrip()


def disguised(text: str) -> str:
    """Cyrillic and Greek letters for Latin ones that look the same, and zero-width spaces inside words."""
    alike = str.maketrans(
        "aceopxyABEHKMOPTX",
        "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0391\u0392\u0395\u0397\u039a\u039c\u039f\u03a1\u03a4\u03a7",
    )
    changed = text.translate(alike)
    return re.sub(r"(\w{3})(\w{2})", "\\1\u200b\\2", changed)


def between(text: str, first: str, last: str) -> str:
    """The part of `text` from `first` up to `last`. Raises `ValueError` where one is not in it."""
    return text[text.index(first) : text.index(last)]


def script(algorithm: str) -> str:
    """A harmless-looking script with two functions of the secret one pasted in, and renamed."""
    stolen = between(algorithm, "def slope(", "def remaining(").rstrip()
    stolen = stolen.replace("slope(", "trend(").replace("knee(", "first_flat(")
    return f'''"""Plots the price of heating oil against the calendar week. Private, for the allotment society."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence

KNEE_CURVATURE = 0.001


{stolen}


def main() -> None:
    rows = list(csv.reader(sys.stdin))
    points = [(float(week), float(price)) for week, price in rows[1:]]
    rise, _ = trend(points[first_flat(points) :])
    sys.stdout.write(f"{{rise:+.3f}} a week\\n")


if __name__ == "__main__":
    main()
'''


def files() -> dict[str, Callable[[], bytes]]:
    """Every file that is made here, with how."""
    formula, code = read("secrets/hx7-formulation.md"), read("secrets/coat_life.py")
    note, prices = read("texts/design-note.md"), read("texts/price-plan.md")
    return {
        "secrets/sensor-signal-chain.docx": lambda: docx(note),
        "secrets/price-plan.pdf": lambda: pdf(prices),
        "secrets/sensor-housing.mesh": mesh,
        "outbox/recipes-for-the-fete.md": formula.encode,
        "outbox/typed-again.txt": lambda: retyped(formula).encode(),
        "outbox/harbour-talk.docx": lambda: docx(read("texts/conference-draft.md")),
        "outbox/tables-for-the-desk.docx": lambda: docx(between(prices, "## Coatings", "## Calendar")),
        "outbox/lorem.txt": lambda: disguised(between(note, "## Excitation", "## Reference pad")).encode(),
        "outbox/export.txt": lambda: ("\ufeff" + note).encode("utf-16-le"),
        "outbox/heating.py": lambda: script(code).encode(),
        "outbox/IMG_2041.jpg": mesh,
        "outbox/brochure.pdf": lambda: pdf(read("texts/brochure.md")),
        "outbox/drawings.zip": lambda: locked_zip("drawings.txt", b"Nobody can read this.\n" * 40, b"barnacle"),
    }


def main() -> int:
    check = sys.argv[1:] == ["--check"]
    different = 0
    for name, make in files().items():
        path, content = os.path.join(HERE, name), make()
        if check:
            with open(path, "rb") as file:
                if file.read() != content:
                    sys.stderr.write(f"{name} is not what make.py makes\n")
                    different += 1
        else:
            with open(path, "wb") as file:
                file.write(content)
    return min(different, 1)


if __name__ == "__main__":
    sys.exit(main())
