from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator

import pytest

from dlp.extract import recursion
from dlp.extract.recursion import extract
from dlp.limits import Limits
from dlp.model import Blob, Mark, Reason, Skipped, Text

from .samples import blob, docx, draw, read


class PanicException(BaseException):
    """As PyO3 raises it."""


SECRET = "the secret words of the document"
FAILURES = [
    (ValueError(SECRET), Reason.CORRUPT),
    (PanicException(SECRET), Reason.CRASHED),
    (MemoryError(SECRET), Reason.MEMORY),
    (RecursionError(SECRET), Reason.LIMIT),
    (OSError(5, SECRET), Reason.IO_ERROR),
    (PermissionError(13, SECRET), Reason.DENIED),
]


class Failing:
    """Yields one text, and fails in its chunks or behind it."""

    types = frozenset({"pdf"})

    def __init__(self, error: BaseException, in_chunks: bool) -> None:
        self._error = error
        self._in_chunks = in_chunks

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        yield Text(blob.provenance, "text", self._chunks(), [Mark(0, "page 1")])
        if not self._in_chunks:
            raise self._error

    def _chunks(self) -> Iterator[bytes]:
        yield b"read before"
        if self._in_chunks:
            raise self._error


@pytest.mark.parametrize("in_chunks", [True, False])
@pytest.mark.parametrize(("error", "reason"), FAILURES)
def test_a_failure_is_a_value_and_quotes_nothing(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, reason: Reason, in_chunks: bool
) -> None:
    monkeypatch.setitem(recursion._BY_TYPE, "pdf", Failing(error, in_chunks))
    texts, skipped = read(b"%PDF-1.4 and more")
    assert texts[0].data == b"read before"
    assert [each.reason for each in skipped] == [reason]
    assert SECRET not in skipped[0].detail
    assert "\n" not in skipped[0].detail
    assert len(skipped[0].detail) <= recursion.MAX_DETAIL


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit()])
def test_what_ends_the_process_is_let_through(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    monkeypatch.setitem(recursion._BY_TYPE, "pdf", Failing(error, in_chunks=False))
    with pytest.raises(type(error)):
        read(b"%PDF-1.4")


def test_a_refused_file_is_still_searched_as_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(recursion._BY_TYPE, "pdf", Failing(ValueError(), in_chunks=True))
    texts, _ = read(b"%PDF-1.4 hidden words")
    assert [(text.alphabet, text.data) for text in texts[1:]] == [
        ("bytes", b"%PDF-1.4 hidden words"),
        ("text", b"%PDF-1.4 hidden words"),
    ]


def test_a_stream_that_fails_is_a_value() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "no")

    texts, skipped, _ = draw(extract(Blob(("x",), Broken(), 10), Limits()))
    assert not texts
    assert [each.reason for each in skipped] == [Reason.IO_ERROR]


def _nested(depth: int) -> bytes:
    data = b"the innermost words"
    for _ in range(depth):
        data = docx(parts={"word/embeddings/inner.docx": data})
    return data


@pytest.mark.parametrize(("depth", "reached"), [(3, True), (4, False)])
def test_depth_has_a_limit(depth: int, reached: bool) -> None:
    texts, skipped = read(_nested(depth), limits=Limits(max_depth=4))
    assert any(b"innermost" in text.data for text in texts) == reached
    assert [each.reason for each in skipped] == ([] if reached else [Reason.LIMIT])


def test_a_nested_blob_names_the_way_to_it() -> None:
    texts, _ = read(_nested(2), "outer.docx")
    assert ("outer.docx", "word/embeddings/inner.docx", "word/embeddings/inner.docx") in [t.provenance for t in texts]


@pytest.mark.parametrize(("members", "whole"), [(3, True), (2, False)])
def test_the_number_of_members_has_a_limit(members: int, whole: bool) -> None:
    # Two blobs and one document inside, which holds one more: the count runs over all depths.
    inner = docx(parts={"x.txt": b"deep"})
    texts, skipped = read(docx(parts={"a.bin": b"first", "b.docx": inner}), limits=Limits(max_members=8))
    assert not skipped
    assert any(text.data == b"deep" for text in texts)
    blobs = [Blob((str(n),), io.BytesIO(b"abc"), 3) for n in range(3)]

    class Many:
        types = frozenset({"pdf"})

        def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
            yield from blobs

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(recursion._BY_TYPE, "pdf", Many())
        texts, skipped = read(b"%PDF-1.4", limits=Limits(max_members=members))
    assert [text.data for text in texts].count(b"abc") == members
    assert [each.reason for each in skipped] == ([] if whole else [Reason.LIMIT])


@pytest.mark.parametrize(("spare", "whole"), [(0, True), (-1, False)])
def test_the_text_of_a_document_has_a_limit(spare: int, whole: bool) -> None:
    data = docx(parts={"a.txt": b"attached"})
    size = sum(len(text.data) for text in read(data)[0])
    _, skipped = read(data, limits=Limits(max_text=size + spare))
    assert [each.reason for each in skipped] == ([] if whole else [Reason.LIMIT])


def test_a_plain_text_is_streamed_without_that_limit() -> None:
    texts, skipped = read(b"plain " * 1000, limits=Limits(max_text=10))
    assert len(texts[0].data) == 6000
    assert not skipped


def test_unread_formats_are_named_and_searched_as_bytes() -> None:
    data = b"wOF2\0\1\0\0 words in it"
    texts, skipped = read(data)
    assert [(text.alphabet, text.data) for text in texts] == [("bytes", data), ("text", data)]
    assert [each.reason for each in skipped] == [Reason.UNSUPPORTED]
    assert "font" in skipped[0].detail


def test_unread_parts_are_told_even_when_the_caller_draws_nothing() -> None:
    skipped = [item for item in extract(blob(bytes(range(256))), Limits()) if isinstance(item, Skipped)]
    assert [each.reason for each in skipped] == [Reason.UNSUPPORTED]


def test_importing_loads_no_parser() -> None:
    heavy = "pypdfium2 pdfminer docx lxml charset_normalizer magic zipfile ctypes xml.parsers.expat"
    code = f"import sys, dlp.extract.recursion; print([n for n in {heavy.split()} if n in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
