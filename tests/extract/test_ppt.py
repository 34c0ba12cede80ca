from __future__ import annotations

import struct
import zlib

import pytest

from dlp.model import Reason

from .samples import read, words
from .samples_ole import PNG, atom, compound, container, picture, ppt

CHARACTERS, BYTES, STRING = 0x0FA0, 0x0FA8, 0x0FBA


def _wide(text: str, kind: int = CHARACTERS) -> bytes:
    return atom(kind, text.encode("utf-16-le"))


def _persist(number: int, slide: int) -> bytes:
    return atom(0x03F3, struct.pack("<IIIII", number, 0, 0, slide, 0))


def _show() -> bytes:
    """Two slides, the second of which stands first in the stream; notes of the first."""
    slides = [
        container(0x03EE, container(0xF00D, _wide("drawn on the second"))),
        container(0x03EE, container(0xF00D, atom(BYTES, b"drawn on the first \xe9"))),
        container(0x03F0, atom(0x03F1, struct.pack("<II", 256, 0)), container(0xF00D, _wide("said aloud"))),
        container(0x03EE, _wide("of a former version")),
    ]
    listed = container(0x0FF0, _persist(3, 256), _wide("outline one"), _persist(4, 257), _wide("outline two"))
    document = container(0x03E8, listed)
    starts = [len(document)]
    for slide in slides:
        starts.append(starts[-1] + len(slide))
    table = atom(0x1772, struct.pack("<III", 2 << 20 | 3, starts[1], starts[0]))
    return document + b"".join(slides) + table


@pytest.mark.parametrize(
    ("marker", "place"),
    [
        ("outline one", "slide 1"),
        ("outline two", "slide 2"),
        ("drawn on the first \u00e9", "slide 1"),
        ("drawn on the second", "slide 2"),
        ("said aloud", "slide 1 notes"),
        ("of a former version", "former slide"),
    ],
)
def test_text_is_told_with_its_slide(marker: str, place: str) -> None:
    texts, skipped = read(ppt(_show()))
    assert texts[0].place(marker) == place
    assert not skipped


def test_comments_links_and_drawings_are_told() -> None:
    comment = container(0x2EE0, _wide("A. Author", STRING), _wide("a remark", STRING))
    tags = atom(0x138B, comment)
    link = container(0x0FD7, _wide("https://x.example/", STRING))
    drawing = atom(0xF00B, bytes(20) + "alternative text".encode("utf-16-le"), 3, 3)
    text = read(ppt(container(0x03F8, tags, link, drawing)))[0][0]
    assert text.place("a remark") == "master comment"
    assert text.place("https://x.example/") == "master link"
    assert text.place("alternative text") == "master drawing"


def test_breaks_part_lines() -> None:
    assert "one\ntwo\nthree\n" in words(ppt(_wide("one\rtwo\x0bthree\r")))


@pytest.mark.parametrize("packed", [False, True])
def test_embedded_objects_are_gone_into(packed: bool) -> None:
    inner = compound({"Words": bytes(5) + b"inside of it"})
    body = struct.pack("<I", len(inner)) + zlib.compress(inner) if packed else inner
    texts, _ = read(ppt(atom(0x1011, body, int(packed))))
    assert ("sample", "embedded object 1", "Words") in [
        text.provenance for text in texts if "inside of it" in text.text
    ]


def test_a_damaged_object_is_said() -> None:
    skipped = read(ppt(atom(0x1011, b"\0\0\0\0not packed at all", 1)))[1]
    assert (Reason.CORRUPT, "embedded object 1") in [(each.reason, each.provenance[-1]) for each in skipped]


def test_pictures_are_said() -> None:
    texts, skipped = read(ppt(_wide("x"), further={"Pictures": picture()}))
    assert [each.reason for each in skipped] == [Reason.PICTURE]
    assert PNG in [text.data for text in texts]


def test_encryption_is_said() -> None:
    for data in (ppt(_wide("x"), user=0xF3D1C4DF), ppt(_wide("x"), atom(0x2F14, bytes(200), 0, 15))):
        assert Reason.ENCRYPTED in {each.reason for each in read(data)[1]}


def test_a_forged_mark_of_encryption_hides_nothing() -> None:
    for data in (ppt(_wide("planted words"), user=0xF3D1C4DF), ppt(atom(0x2F14), _wide("planted words"))):
        assert "planted words" in words(data)


def test_a_record_beyond_the_end_is_said_and_told() -> None:
    data = ppt(_wide("words all the same")[:-4] + b"")
    texts, skipped = read(data)
    assert "words all the sa" in texts[0].text
    assert [each.reason for each in skipped] == [Reason.CORRUPT]


def test_what_no_reading_is_known_for_is_told_by_its_strings() -> None:
    assert "words in an odd record" in words(ppt(atom(0x7777, "words in an odd record".encode("utf-16-le"))))
