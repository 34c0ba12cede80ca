from __future__ import annotations

import pytest

from dlp.extract.data.pst import _SHOWN
from dlp.model import Reason

from .samples import read

HIDE = bytes(_SHOWN.index(byte) for byte in range(256))


def pst(content: bytes, method: int, wide: bool = True) -> bytes:
    """A header and hidden bytes."""
    head = bytearray(1024)
    head[:4] = b"!BDN"
    head[10] = 23 if wide else 14
    head[513 if wide else 461] = method
    return bytes(head) + (content.translate(HIDE) if method == 1 else content)


def test_the_table_gives_each_byte_once() -> None:
    assert sorted(_SHOWN) == list(range(256))


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("codec", ["latin-1", "utf-16-le"])
@pytest.mark.parametrize("method", [0, 1])
def test_strings_are_read_hidden_or_not(method: int, codec: str, wide: bool) -> None:
    texts, skipped = read(pst(b"\1\2\3\0" + "marker words".encode(codec) + b"\0\0\3", method, wide))
    assert sum("marker words" in text.text for text in texts if text.alphabet == "text") == 1
    assert [each.reason for each in skipped] == [Reason.UNSUPPORTED]


def test_high_encryption_is_said() -> None:
    assert [each.reason for each in read(pst(b"x" * 99, 2))[1]] == [Reason.ENCRYPTED]
