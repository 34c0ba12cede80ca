from __future__ import annotations

import pytest

from dlp.extract.encoded import WINDOW, unread
from dlp.model import Reason

from .samples import read

MAIL = b"From: a@example.org\r\nSubject: offer\r\nContent-Type: text/plain; charset=utf-8\r\n"
FILLER = b"Plain words, in a line of their own - one after the other: 64 = 64.\n"


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Transfer-Encoding: base64",
        b"content-transfer-encoding:BASE64",
        b"cOnTENT-TRANSFER-Encoding :\r\n\tBase64",
        b'Content-Transfer-Encoding: (a comment) "base64"',
    ],
)
@pytest.mark.parametrize("before", [b"", MAIL, MAIL + FILLER * 5000], ids=["first", "small", "large"])
def test_mail_with_base64_parts_says_that_they_were_not_read(header: bytes, before: bytes) -> None:
    data = before + header + b"\r\n\r\nc2VjcmV0IHdvcmRz\r\n"
    texts, skipped = read(data, "a.eml")
    assert texts[0].data == data
    assert [(each.reason, each.detail) for each in skipped] == [
        (Reason.UNSUPPORTED, "mail with base64 parts: their content was not read")
    ]


def test_mail_in_quoted_printable_says_so() -> None:
    _, skipped = read(MAIL + b"Content-Transfer-Encoding: quoted-printable\r\n\r\nsec=\r\nret w=C3=B6rds\r\n")
    assert [each.reason for each in skipped] == [Reason.UNSUPPORTED]
    assert "quoted-printable" in skipped[0].detail


@pytest.mark.parametrize(
    "data",
    [
        FILLER,
        MAIL + b"Content-Transfer-Encoding: 8bit\r\n\r\nbase64 is an encoding = with 64 letters\r\n",
        b'headers["Content-Transfer-Encoding"] = "base64"\n',
        b"    Content-Transfer-Encoding: base64\n",
        b'{"rtf": 1}',
    ],
)
def test_a_text_that_is_no_encoding_is_complete(data: bytes) -> None:
    assert not read(data)[1]


def test_a_header_is_looked_for_in_a_bounded_window() -> None:
    header = b"\nContent-Transfer-Encoding: base64\n"
    assert unread((b"x" * WINDOW)[: -len(header)] + header)
    assert not read(b"x\n" * (WINDOW // 2) + header)[1]
