"""The short way reads what the extractors read, or nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dlp.extract import raw
from dlp.extract.quick import quick_text
from dlp.extract.recursion import extract
from dlp.limits import Limits
from dlp.model import Blob, Text
from dlp.source.opening import open_file


def quick(path: Path) -> bytes | None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return quick_text(descriptor, path.name)
    finally:
        os.close(descriptor)


pieces = st.sampled_from(
    [b"\0", b"\x1b$B", b"\xff\xfe", b"\xef\xbb\xbf", b"%PDF-1.4 obj", b"PK\x03\x04", b"{\\rtf1", b"\xe4",
     "é社".encode(), b"\nContent-Transfer-Encoding: base64\n", b"plain words\r\n", b"\x01\x02", b" " * 3000,
     b"BZh", b"\x1f\x8b", b'{"a": "', b"\\u00e4", b"\\n", b"<html>"]
)  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(pieces | st.binary(max_size=30), max_size=8).map(b"".join))
@example(b"")
@example(b"\xef\xbb\xbf")
@example("words and Wörter".encode("utf-16"))
def test_it_is_the_one_text_that_the_extractors_give(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    found = quick(path)
    if found is None:
        return
    with open_file(os.fsencode(path)) as stream:
        told = []
        for part in extract(Blob(("file",), stream, len(data)), Limits()):
            assert isinstance(part, Text)
            assert part.alphabet == "text"
            told.append(b"".join(bytes(chunk) for chunk in part.chunks))
            assert part.marks == []
    assert told == ([found] if data else [])


@pytest.mark.parametrize("size", [raw.HEAD - 1, raw.HEAD])
def test_what_is_large_is_left_to_the_extractors(tmp_path: Path, size: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * size)
    assert (quick(path) is None) == (size >= raw.HEAD)


def test_what_is_no_plain_file_is_left_to_the_extractors(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"words")
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "."):
        assert quick(tmp_path / name) is None
    assert quick(tmp_path / "real") == b"words"
