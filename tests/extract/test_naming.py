"""Whether a file's name says what its content is."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlp.extract.naming import _TYPES, lies
from dlp.extract.telling import file_of
from dlp.file_types import NAMES

from .samples import docx, pdf


def test_every_type_that_a_suffix_promises_is_one() -> None:
    assert frozenset().union(*_TYPES.values()) <= frozenset(NAMES)
    assert all(suffix == suffix.lower() and "." not in suffix for suffix in _TYPES)


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("plan.pdf", "pdf", False),
        ("plan.PDF", "zip", True),
        ("holiday.jpg", "zip", True),
        ("holiday.jpg", "executable", True),
        ("notes.txt", "docx", True),
        ("notes.txt", "mail", False),
        ("letter.doc", "rtf", False),
        ("letter.docx", "ole-encrypted", False),
        ("letter.docx", "doc", True),
        ("table.zip", "xlsx", False),
        ("table.xlsx", "zip", True),
        ("invoice.pdf.exe", "executable", False),
        ("invoice.exe.pdf", "executable", True),
        ("server.key", "text", False),
        ("README", "zip", False),
        ("data.unheard-of", "zip", False),
        (".pdf", "zip", True),
        ("empty.pdf", "", False),
        ("image.iso", "sparse", False),
    ],
)
def test_a_name_lies_where_its_suffix_promises_another_type(name: str, kind: str, expected: bool) -> None:
    assert lies(name, kind) is expected


def test_what_is_told_of_an_open_file_says_so(tmp_path: Path) -> None:
    for name, content, expected in (
        ("a.pdf", pdf("text"), False),
        ("a.docx", docx(), False),
        ("a.jpg", docx(), True),
        ("a.txt", b"plain", False),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with path.open("rb") as stream:
            told = file_of(stream, str(path))
        assert told is not None
        assert told.lies is expected, name
