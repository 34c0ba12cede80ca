from __future__ import annotations

import pytest

from dlp.limits import Limits
from dlp.model import Reason

from .samples import read, words
from .samples_mail import card


def test_lines_are_unfolded_and_values_decoded() -> None:
    texts, skipped = read(card(), "a.vcf")
    assert not skipped
    assert "FN:Käthe folded words" in texts[0].text
    assert texts[0].place("quoted soft words") == "line 5"
    assert [text.provenance[1:] for text in texts if text.text == "picture words"] == [("photo in line 7",)]


def test_a_calendar_is_read() -> None:
    data = (
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:one\\, two\\nthr\n ee\nATTACH;ENCODING=BASE64;VALUE=BINARY:c2VjcmV0\n"
        b" IHdvcmRz\nDESCRIPTION;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:gr=F6=DFer\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    found = words(data)
    assert "SUMMARY:one, two\nthree" in found
    assert "secret words" in found
    assert "größer" in found


def test_a_value_that_lies_about_its_encoding_is_read_as_it_stands() -> None:
    assert "no base64, words" in words(b"BEGIN:VCARD\nPHOTO;ENCODING=b:no base64, words\nEND:VCARD\n")
    assert "a=b words" in words(b"BEGIN:VCARD\nNOTE;ENCODING=QUOTED-PRINTABLE:a=b words\nEND:VCARD\n")


@pytest.mark.parametrize(("most", "whole"), [(1000, True), (100, False)])
def test_a_large_one_is_said(most: int, whole: bool) -> None:
    texts, skipped = read(card(), limits=Limits(max_part=most))
    assert texts
    assert [each.reason for each in skipped] == ([] if whole else [Reason.LIMIT])
