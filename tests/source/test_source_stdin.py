from __future__ import annotations

import errno
import io
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from dlp.model import Reason, Skipped
from dlp.source.opening import Unreadable, open_file
from dlp.source.seam import Item
from dlp.source.stdin import StdinSource


def test_the_copy_leaves_no_name_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    source = StdinSource(io.BytesIO(b"secret"))
    assert list(tmp_path.iterdir()) == []
    source.close()


def test_a_process_forked_later_reads_the_copy_from_its_start() -> None:
    source = StdinSource(io.BytesIO(b"0123456789"))
    (item,) = source.items()
    assert isinstance(item, Item)
    for _ in range(2):
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            with open_file(item.path) as file:
                os.write(write, file.read(4))
            os._exit(0)
        os.close(write)
        assert os.read(read, 100) == b"0123"
        os.close(read)
        os.waitpid(pid, 0)


def test_a_stream_of_just_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    (item,) = StdinSource(io.BytesIO(b"x" * 10), max_file_size=10).items()
    assert isinstance(item, Item)
    (skipped,) = StdinSource(io.BytesIO(b"x" * 11), max_file_size=10).items()
    assert isinstance(skipped, Skipped)


def test_no_more_than_the_limit_is_drawn_from_an_endless_stream() -> None:
    with open("/dev/zero", "rb", buffering=0) as zero:
        (skipped,) = StdinSource(zero, max_file_size=3_000_000).items()
    assert skipped == Skipped(("-",), Reason.TOO_LARGE, "more than 3,000,000 bytes, which is the limit")


def test_a_read_that_fails_is_a_skipped() -> None:
    class Broken(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise OSError(errno.EIO, "input/output error")

    (skipped,) = StdinSource(Broken()).items()
    assert isinstance(skipped, Skipped)
    assert skipped.reason == Reason.IO_ERROR


def test_a_closed_copy_cannot_be_read() -> None:
    source = StdinSource(io.BytesIO(b"x"))
    (item,) = source.items()
    assert isinstance(item, Item)
    source.close()
    source.close()
    with pytest.raises(Unreadable):
        open_file(item.path)
