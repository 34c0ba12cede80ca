"""Extraction by type: files and pages a second, CPU time for each megabyte, over every file of a folder.

A file is read in this process as a worker reads it, with all that is inside it, and its text thrown away. Each file is
read several times and its best time counts: reading is the same each time, what disturbs it is not.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import re
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage

from measure import MB, show

from dlp.extract import raw
from dlp.extract.detect import detect_stream
from dlp.extract.recursion import extract
from dlp.file_types import NAMES
from dlp.limits import Limits
from dlp.model import Blob, Text

TARGETS = {"docx": "100 files/s", "xlsx": "60 files/s", "pdf": "300 pages/s", "mail": "25 MB/s"}
"""For one core."""

_PAGE = re.compile(r"page \d+")


@dataclass
class Total:
    """All files of one type. CPU seconds; `pages`: of PDFs."""

    files: int = 0
    bytes: int = 0
    seconds: float = 0.0
    text: int = 0
    pages: int = 0
    skipped: int = 0
    words: list[bytes] = field(default_factory=list)


@dataclass
class Reading:
    """What one reading of a file gave."""

    text: int = 0
    pages: int = 0
    skipped: int = 0
    data: bytes = b""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", metavar="DIR", nargs="?", help="the files to read, in subfolders, too")
    parser.add_argument("--rounds", type=int, default=3, help="readings of each file  [%(default)s]")
    parser.add_argument(
        "--mails", type=int, metavar="N", help="instead of DIR: N mails made here, 13 KB each, as text and as HTML"
    )
    parser.add_argument("--smoke", action="store_true", help="one short run over files made here, checked")
    given = parser.parse_args()
    if given.smoke:
        with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as folder:
            _make(folder)
            totals = _measure(folder, 1, keep=True)
        _check(totals)
    elif given.mails:
        with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as folder:
            _make_mails(folder, given.mails)
            totals = _measure(folder, given.rounds, keep=False)
    elif given.folder and os.path.isdir(given.folder):
        totals = _measure(given.folder, given.rounds, keep=False)
    else:
        parser.error("DIR: a folder with documents is needed")
    rows = [(f"{kind} ({NAMES[kind]})", _figures(each), TARGETS.get(kind, "")) for kind, each in sorted(totals.items())]
    whole = Total()
    for total in totals.values():
        whole.files += total.files
        whole.bytes += total.bytes
        whole.seconds += total.seconds
        whole.text += total.text
        whole.skipped += total.skipped
    show("extraction by type, one core", [*rows, ("all", _figures(whole), "")], smoke=given.smoke)


def _figures(total: Total) -> str:
    seconds = max(total.seconds, 1e-9)
    figures = [
        f"{total.files:5,} files",
        f"{total.bytes / MB:8.2f} MB",
        f"{total.files / seconds:8,.0f} files/s",
        f"{total.bytes / MB / seconds:8.2f} MB/s",
        f"{1000 * seconds / max(total.bytes / MB, 1e-9):8,.0f} ms CPU/MB",
        f"{total.text / MB:8.2f} MB of text",
        f"{total.skipped:4,} not read whole",
    ]
    if total.pages:
        figures.append(f"{total.pages / seconds:6,.0f} pages/s")
    return "  ".join(figures)


def _measure(folder: str, rounds: int, keep: bool) -> dict[str, Total]:
    totals: dict[str, Total] = {}
    for path in _files(folder):
        with open(path, "rb") as stream:
            head = raw.read_upto(stream, raw.HEAD)
            kind = detect_stream(head, stream, os.path.basename(path)) if head else "text"
            size = stream.seek(0, os.SEEK_END)
            best = float("inf")
            for _ in range(rounds):
                stream.seek(0)
                begun = time.process_time()
                reading = _read(Blob((os.path.basename(path),), stream, size), keep)
                best = min(best, time.process_time() - begun)
        total = totals.setdefault(kind, Total())
        total.files += 1
        total.bytes += size
        total.seconds += best
        total.text += reading.text
        total.pages += reading.pages if kind == "pdf" else 0
        total.skipped += bool(reading.skipped)
        total.words.append(reading.data)
    return totals


def _read(blob: Blob, keep: bool) -> Reading:
    found = Reading()
    for item in extract(blob, Limits()):
        if not isinstance(item, Text):
            found.skipped += 1
            continue
        for chunk in item.chunks:
            found.text += len(chunk)
            if keep:
                found.data += bytes(chunk)
        found.pages += sum(_PAGE.fullmatch(mark.locator) is not None for mark in item.marks)
    return found


def _files(folder: str) -> Iterator[str]:
    for inner, folders, names in os.walk(folder):
        folders.sort()
        yield from (os.path.join(inner, name) for name in sorted(names))


WORDS = "Planted words of the benchmark"


def _make(folder: str) -> None:
    """Small files of several types, each of which says WORDS."""
    mail = EmailMessage()
    mail["Subject"] = "A message"
    mail.set_content(WORDS)
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    paragraph = f"<w:p><w:r><w:t>{WORDS}</w:t></w:r></w:p>"
    parts = {
        "a.docx": {
            "[Content_Types].xml": "<Types x='wordprocessingml.document.main'/>",
            "word/document.xml": f"<w:document xmlns:w='{word}'><w:body>{paragraph}</w:body></w:document>",
        },
        "b.xlsx": {
            "[Content_Types].xml": "<Types x='spreadsheetml.sheet.main'/>",
            "xl/worksheets/sheet1.xml": f"<w><sheetData><row><c t='str'><v>{WORDS}</v></c></row></sheetData></w>",
        },
        "c.pptx": {
            "[Content_Types].xml": "<Types x='presentationml.presentation.main'/>",
            "ppt/slides/slide1.xml": f"<sld xmlns:a='a'><a:p><a:r><a:t>{WORDS}</a:t></a:r></a:p></sld>",
        },
        "d.zip": {"inner.txt": WORDS},
    }
    contents = {name: _package(inner) for name, inner in parts.items()}
    contents |= {"e.txt": WORDS.encode(), "f.eml": mail.as_bytes()}
    for name, data in contents.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)


def _make_mails(folder: str, count: int) -> None:
    """Prose of made-up words, twice in each: plain, and as HTML with a style and a link to each paragraph."""
    chance = random.Random(1)
    words = ["".join(chance.choices("etaoinshrdlu", k=chance.randrange(2, 10))) for _ in range(5000)]
    route = "from mx1.example.org ([10.0.0.1]) by mx2.example.com with ESMTPS; Mon, 23 Nov 2026 10:00:00 +0000"
    for number in range(count):
        prose = [" ".join(chance.choices(words, k=40)).capitalize() + "." for _ in range(20)]
        mail = EmailMessage()
        for name, value in (
            ("From", "Alice <alice@example.org>"),
            ("To", "Bob <bob@example.com>"),
            ("Subject", "Re: it"),
        ):
            mail[name] = value
        for _ in range(4):
            mail["Received"] = route
        mail.set_content("\n\n".join(prose))
        shown = [f'<p style="margin:0">{each} <a href="https://example.org/{number}">more</a></p>' for each in prose]
        mail.add_alternative(f"<html><body>{''.join(shown)}</body></html>", subtype="html")
        with open(os.path.join(folder, f"{number}.eml"), "wb") as file:
            file.write(mail.as_bytes())


def _package(parts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return out.getvalue()


def _check(totals: dict[str, Total]) -> None:
    """Every file was read, and its words were found."""
    files = sum(total.files for total in totals.values())
    if files != 6 or not {"docx", "xlsx", "pptx", "zip"} <= set(totals):
        sys.exit(f"{files} files of the types {', '.join(sorted(totals))}: not those that were made")
    for kind, total in totals.items():
        if any(WORDS.encode() not in words for words in total.words):
            sys.exit(f"the words in a file of the type {kind} were not found")


if __name__ == "__main__":
    main()
