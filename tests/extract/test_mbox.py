from __future__ import annotations

import io
from typing import BinaryIO

import pytest

from dlp.extract.mail import mbox
from dlp.extract.mail.mbox import MboxExtractor
from dlp.limits import Limits
from dlp.model import Blob, Reason

from .samples import draw, read
from .samples_mail import HEAD, b64, mailbox, part


def test_each_message_is_read_under_its_number() -> None:
    texts, skipped = read(mailbox(HEAD + part(b"one"), HEAD + part(b64(b"two words"), encoding="base64")), "a.mbox")
    assert not skipped
    assert [text.provenance[1:] for text in texts if "two words" in text.text] == [("message 2", "body")]
    assert [text.provenance[1:] for text in texts if "an offer" in text.text] == [("message 1",), ("message 2",)]
    assert "Mon Jan  5" in texts[0].text


def test_a_line_in_a_body_that_begins_so_is_no_new_message() -> None:
    texts, _ = read(mailbox(HEAD + part(b"one\nFrom here on: words\nFrom me 10:00 on\nwe go\n"), HEAD + part(b"two")))
    assert {text.provenance[1] for text in texts} == {"message 1", "message 2"}


@pytest.mark.parametrize("piece", [1100, 1500, 4096, 1 << 20])
def test_cuts_change_nothing(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    messages = [HEAD + part(b"body %d " % number + b"x y\n" * (number * 37 % 800)) for number in range(40)]
    messages.insert(7, HEAD + part(b"z" * 5000))
    data = mailbox(*messages)
    whole = read(data)
    monkeypatch.setattr(mbox, "_PIECE", piece)
    assert read(data) == whole
    assert whole[0][-1].provenance == ("sample", "message 41", "body")


class _Counting(io.BytesIO):
    most = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert size >= 0
        data = super().read(size)
        self.most = max(self.most, len(data))
        return data


def test_only_one_message_is_taken_at_a_time() -> None:
    data = mailbox(*[HEAD + part(b"words\n" * 20_000)] * 30)
    stream: BinaryIO = _Counting(data)
    draw(MboxExtractor().extract(Blob(("a",), stream, len(data)), Limits()))
    assert isinstance(stream, _Counting)
    assert stream.most <= 1 << 20 < len(data)


@pytest.mark.parametrize(("limit", "whole"), [(5000, True), (4000, False)])
def test_a_message_over_the_limit_is_said_and_the_others_are_read(limit: int, whole: bool) -> None:
    data = mailbox(HEAD + part(b"a " * 2200), HEAD + part(b"after all"))
    texts, skipped = read(data, limits=Limits(max_part=limit))
    assert any("after all" in text.text for text in texts)
    assert [(each.reason, each.provenance[1]) for each in skipped] == ([] if whole else [(Reason.LIMIT, "message 1")])


def test_attachments_count_and_plain_messages_do_not() -> None:
    texts, skipped = read(mailbox(*[HEAD + part(b"words")] * 20), limits=Limits(max_members=10))
    assert not skipped
    assert texts[-1].provenance[1] == "message 20"
