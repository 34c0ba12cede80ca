"""What other libraries and programs read of a document: its words, for comparison.

Each reads in a process of its own with little memory and little time, for the documents may be hostile. Those that are
not installed are left out; none is needed by the engine.
"""

from __future__ import annotations

import importlib.util
import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

_GIVEN = re.compile(r"[^\W\d_]+\d+")
"""Names of sheets that a program gave."""

_PLACEHOLDER = re.compile(r"\[-- Image: .* --\]")
"""What odt2txt writes for a picture."""

SECONDS = 60
MEMORY = 2 << 30


def _docx(path: str) -> Iterator[str]:
    import docx

    document = docx.Document(path)

    def of(container: Any) -> Iterator[str]:
        yield from (paragraph.text for paragraph in container.paragraphs)
        for table in container.tables:
            for row in table.rows:
                for cell in row.cells:
                    yield from of(cell)

    yield from of(document)
    for section in document.sections:
        for part in (section.header, section.footer, section.first_page_header, section.first_page_footer):
            yield from of(part)
    properties = document.core_properties
    yield from (properties.title, properties.author, properties.keywords, properties.comments)


def _openpyxl(path: str) -> Iterator[str]:
    import openpyxl

    book = openpyxl.load_workbook(path, data_only=True)
    for sheet in book.worksheets:
        yield "" if _GIVEN.fullmatch(sheet.title) else sheet.title
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str):
                    yield cell.value
                if cell.comment is not None:
                    yield cell.comment.text


def _calamine(path: str) -> Iterator[str]:
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_path(path)
    for number, name in enumerate(book.sheet_names):
        yield "" if _GIVEN.fullmatch(name) else name
        for row in book.get_sheet_by_index(number).to_python():
            yield from (value for value in row if isinstance(value, str))


def _pptx(path: str) -> Iterator[str]:
    from pptx import Presentation

    def of(shapes: Any) -> Iterator[str]:
        for shape in shapes:
            if shape.has_text_frame:
                yield shape.text_frame.text
            if getattr(shape, "has_table", False) and shape.has_table:
                for row in shape.table.rows:
                    yield from (cell.text_frame.text for cell in row.cells)
            if hasattr(shape, "shapes"):
                yield from of(shape.shapes)

    for slide in Presentation(path).slides:
        yield from of(slide.shapes)
        if slide.has_notes_slide:
            yield from of(slide.notes_slide.shapes)


LIBRARIES: dict[str, tuple[str, tuple[str, ...], Callable[[str], Iterator[str]]]] = {
    "python-docx": ("docx", (".docx",), _docx),
    "openpyxl": ("openpyxl", (".xlsx", ".xlsm"), _openpyxl),
    "calamine": ("python_calamine", (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), _calamine),
    "python-pptx": ("pptx", (".pptx",), _pptx),
}
"""Name → the module it needs, suffixes, and how it reads."""

PROGRAMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "antiword": ((".doc",), ("antiword", "-m", "UTF-8.txt", "-w", "0", "@")),
    "catdoc": ((".doc",), ("catdoc", "-w", "-d", "utf-8", "@")),
    "catppt": ((".ppt",), ("catppt", "-d", "utf-8", "@")),
    "xls2csv": ((".xls",), ("xls2csv", "-d", "utf-8", "@")),
    "odt2txt": ((".odt", ".odp", ".ods"), ("odt2txt", "--width=-1", "--encoding=utf-8", "@")),
    "pdftotext": ((".pdf",), ("pdftotext", "-enc", "UTF-8", "@", "-")),
}
"""Name → suffixes, and the command; `@` is the file."""


def for_suffix(suffix: str) -> list[str]:
    """The readers of a suffix that are installed."""
    found = [
        name
        for name, (module, suffixes, _) in LIBRARIES.items()
        if suffix in suffixes and importlib.util.find_spec(module)
    ]
    return found + [name for name, (suffixes, line) in PROGRAMS.items() if suffix in suffixes and shutil.which(line[0])]


def run(name: str, path: str) -> str | None:
    """The text that a reader finds; None if it fails, or takes too long or too much."""
    if name in LIBRARIES:
        here = os.path.dirname(os.path.abspath(__file__))
        code = f"import sys; sys.path.insert(0, {here!r}); import readers; readers.print_text(*sys.argv[1:])"
        command = [sys.executable, "-c", code, name, path]
    else:
        command = [path if part == "@" else part for part in PROGRAMS[name][1]]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, preexec_fn=_bounded
        )
    except subprocess.TimeoutExpired:
        return None
    return _PLACEHOLDER.sub("", done.stdout.decode("utf-8", "ignore")) if done.returncode == 0 else None


def print_text(name: str, path: str) -> None:
    """Within the process of its own."""
    for text in LIBRARIES[name][2](path):
        sys.stdout.buffer.write(f"{text}\n".encode("utf-8", "ignore"))


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
