"""Files read and written whole: a file is what it was, or what it is to be, and nothing is left beside it."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from dlp.errors import UsageError
from dlp.whole_files import read_whole, written_whole


@pytest.mark.parametrize("before", [None, b"before"])
def test_what_is_written_takes_the_place_of_what_was_there(tmp_path: Path, before: bytes | None) -> None:
    path = tmp_path / "file"
    if before is not None:
        path.write_bytes(before)
    with written_whole(str(path)) as file:
        file.write(b"after")
        assert (path.read_bytes() if path.exists() else None) == before
    assert path.read_bytes() == b"after"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_whatever_goes_wrong_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, error: BaseException
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")

    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, call, fails)
    with pytest.raises(type(error)), written_whole(str(path)) as file:
        file.write(b"after")
    assert path.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["file"]


def test_what_is_written_until_an_error_is_gone(tmp_path: Path) -> None:
    def write() -> None:
        with written_whole(str(tmp_path / "file")) as file:
            file.write(b"x" * 100_000)
            raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        write()
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize(("most", "content"), [(None, b"12345"), (5, b"12345"), (4, b"12345"), (3, b"1234")])
def test_a_file_is_read_to_a_byte_beyond_the_bound(tmp_path: Path, most: int | None, content: bytes) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert read_whole(str(tmp_path / "file"), most) == content


@pytest.mark.parametrize(("name", "why"), [("none", "No such file"), (".", "Is a directory"), ("a\0b", "null byte")])
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(UsageError, match=f"cannot read .*{why}"):
        read_whole(f"{tmp_path}/{name}")
