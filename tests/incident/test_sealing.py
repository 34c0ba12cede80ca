"""The sealed box: only the review key opens it, and only as it was sealed."""

from __future__ import annotations

import io

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.errors import IncidentsDamaged, IncidentsSealed
from dlp.incident.sealing import CHUNK, MAGIC, PUBLIC, TAG, open_box, open_stream, seal, seal_stream

from .making import REVIEW

PUBLIC_KEY = REVIEW.public_key()

SIZES = [0, 1, 1000, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 5]


@pytest.mark.parametrize("size", SIZES)
def test_what_is_sealed_opens_whole_and_as_a_stream_alike(size: int) -> None:
    data = bytes(number % 251 for number in range(size))
    box = seal(data, PUBLIC_KEY, b"test")
    chunks = max(1, -(-size // CHUNK))
    assert len(box) == len(MAGIC) + PUBLIC + size + chunks * TAG
    assert open_box(box, REVIEW, b"test") == data
    target = io.BytesIO()
    digests = seal_stream(io.BytesIO(data), target, PUBLIC_KEY, b"test")
    assert digests.content_bytes == size
    assert digests.sealed_bytes == len(target.getvalue()) == len(box)
    assert b"".join(open_stream(io.BytesIO(target.getvalue()), REVIEW, b"test")) == data


def test_nothing_of_it_shows_and_no_two_boxes_are_alike() -> None:
    data = b"the secret recipe" * 100
    one, other = seal(data, PUBLIC_KEY, b"test"), seal(data, PUBLIC_KEY, b"test")
    assert one != other
    assert b"recipe" not in one
    assert one[len(MAGIC) : len(MAGIC) + PUBLIC] != other[len(MAGIC) : len(MAGIC) + PUBLIC]


def test_another_key_or_place_opens_nothing() -> None:
    box = seal(b"content", PUBLIC_KEY, b"test")
    with pytest.raises(IncidentsSealed):
        open_box(box, X25519PrivateKey.generate(), b"test")
    with pytest.raises(IncidentsSealed):
        open_box(box, REVIEW, b"other")


@settings(deadline=None)
@given(st.binary(max_size=200), st.data())
def test_a_box_that_was_changed_or_cut_anywhere_does_not_open(data: bytes, chance: st.DataObject) -> None:
    box = bytearray(seal(data, PUBLIC_KEY, b"test"))
    at = chance.draw(st.integers(0, len(box) - 1))
    box[at] ^= 1 << chance.draw(st.integers(0, 7))
    with pytest.raises((IncidentsSealed, IncidentsDamaged)):
        open_box(bytes(box), REVIEW, b"test")
    with pytest.raises((IncidentsSealed, IncidentsDamaged)):
        open_box(seal(data, PUBLIC_KEY, b"test")[:at], REVIEW, b"test")


def test_chunks_can_be_neither_exchanged_nor_left_out_nor_cut_off() -> None:
    box = seal(bytes(3 * CHUNK), PUBLIC_KEY, b"test")
    head, rest = box[: len(MAGIC) + PUBLIC], box[len(MAGIC) + PUBLIC :]
    one, two, three = (rest[at : at + CHUNK + TAG] for at in range(0, len(rest), CHUNK + TAG))
    for wrong in (two + one + three, one + three, one + two, one + one + three, one + two + three + three):
        with pytest.raises(IncidentsSealed):
            open_box(head + wrong, REVIEW, b"test")


def test_points_of_small_order_are_refused() -> None:
    with pytest.raises(IncidentsDamaged):
        open_box(MAGIC + bytes(PUBLIC) + bytes(TAG), REVIEW, b"test")


def test_a_box_of_this_format_opens_in_every_later_version() -> None:
    golden = bytes.fromhex(GOLDEN)
    assert open_box(golden, REVIEW, b"excerpts") == b"golden"


GOLDEN = (
    "444c50424f58310a2e4369e5519818595c02e08514a84f0c813f436f13f8b56746b6c0c79a337e75"
    "037e8cb8c619e0debe14d8704fc8df09290b8976c6cf"
)
