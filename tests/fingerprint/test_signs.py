"""Signs of encoded text: found alike by both kernels, wherever the text is cut; what they are and what they are not."""

from __future__ import annotations

import base64
import binascii
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.fingerprint import _kernel, reference
from dlp.fingerprint.reference_signs import REVERSED

from .twins import UNKIND, chances, kernels

WORDS = b"the pump data of the third quarter, key ghp_16C7e42F292c6912E7710c838347Ae178B4a 'x' <a href=\"b\">"
PIECES = (
    *(b"%41", b"%zz", b"&#65;", b"&#x41;", b"&amp;", b"&x", b"\\x41", b"\\u0041", b"\\u{41}", b"\\101", b"\\000041 "),
    *(b"=3D", b"=41=42", b"=\r\n", b"a=\nb", b"+AF8-", b"+A", b'a" + "b', b"a' 'b", b'a"\n  "b', b"a\\\nb"),
    *(b"<~", b"~>"),
    *(b"seq ", b"naq ", b" eht ", b"eht", b"begin 644 x\n", b"\nM", b"00000000: 4865 6c6c 6f20 776f 726c 64\n", b"0x"),
    *(b" ", b"\n", b"\n> ", b'",\n"', b"\\n", b"\\/", b"=", b"==", b"name=", b'"', b"z", b"0123456789", b"\t", b"-"),
    *UNKIND,
)


def encodings(data: bytes) -> list[bytes]:
    return [
        *(base64.b64encode(data), base64.urlsafe_b64encode(data), base64.b32encode(data)),
        base64.b32encode(data).lower(),
        *(base64.b85encode(data), base64.a85encode(data), base64.a85encode(data, adobe=True, wrapcol=60)),
        *(data.hex().encode(), data.hex(" ").encode(), data.hex(":").upper().encode(), base64.encodebytes(data)),
        *(b", ".join(b"0x%02x" % byte for byte in data), b",".join(b"%d" % byte for byte in data)),
        *(binascii.b2a_uu(data[:45]) * 3, base64.b64encode(data)[::-1], data[::-1]),
        base64.b64encode(data.decode("latin-1").encode("utf-16")),
    ]


def mixture(chance: random.Random, size: int) -> bytes:
    """Encodings, whole and cut, beside what ends or joins them."""
    out = bytearray()
    while len(out) < size:
        kind = chance.random()
        if kind < 0.45:
            out += chance.choice(PIECES)
        elif kind < 0.6:
            out += WORDS[: chance.randrange(len(WORDS))]
        elif kind < 0.65:
            out += chance.randbytes(chance.randrange(40))
        else:
            begin = chance.randrange(40)
            made = chance.choice(encodings(WORDS[begin : begin + chance.randrange(60)]))
            out += made[chance.randrange(4) if chance.random() < 0.3 else 0 : chance.choice((25, 70, 400, 400))]
    return bytes(out[:size])


def mixtures(most: int = 1500) -> st.SearchStrategy[bytes]:
    return st.builds(mixture, chances(), st.sampled_from((60, 300, most)))


@given(mixtures(), st.booleans(), st.sampled_from([-1, -1, 0, 1, 2, 3, 4, 5, 6, 7]), st.floats(0, 1))
@settings(deadline=None, max_examples=300)
def test_both_kernels_find_the_same(data: bytes, last: bool, inside: int, where: float) -> None:
    start = int(where * len(data)) if where < 0.5 else 0
    expected = reference.find_signs(data, start, last, inside)
    for kernel in kernels():
        assert kernel.find_signs(data, start, last, inside) == expected


@given(mixtures(400) | st.binary(max_size=300))
@settings(deadline=None)
def test_both_kernels_count_the_same(data: bytes) -> None:
    expected = reference.count_text(data)
    for kernel in kernels():
        assert kernel.count_text(data) == expected


@given(mixtures())
@settings(deadline=None)
def test_signs_lie_in_the_text_and_come_to_its_end(data: bytes) -> None:
    found, reached = _kernel.find_signs(data, 0, True, -1)
    assert reached == len(data)
    for kind, start, end, _, is_open in found:
        assert 0 <= start < end <= len(data) + 2
        assert not is_open
        assert 0 <= kind <= REVERSED


@pytest.mark.parametrize("many", [1, 100, 3000])
def test_more_signs_than_there_is_room_for_at_once(many: int) -> None:
    data = (base64.b64encode(b"some words of text") + b"\n- ") * many
    found, reached = _kernel.find_signs(data, 0, True, -1)
    assert (len(found), reached) == (many, len(data))


@pytest.mark.parametrize(
    "plain",
    [
        b"The supplier shall keep the pump data of the third quarter secret. " * 20,
        b"def request(self, seq, freq):\n    return self.sqrt_of_all_frequencies(seq[0], key='x') + freq\n" * 20,
        b"sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 of the file\n" * 9,
        b"import {VeryLongIdentifierOfAComponent} from '@scope/some-package/with/a/long/path/of/names';\n" * 9,
        b"1.25, 3.5, 17, 204, 1023, 88, 2\n" * 30,
        b"[24, 28, 23, 33, 35, 40, 42, 46, 47, 26, 29, 31]\n" * 9,
        b'msgid ""\nmsgstr ""\n"MIME-Version: 1.0\\n"\n"2015-01-17 is the date\\n"\n' * 9,
        b'SELECT "geo_city"."point", "geo_city"."name" FROM "geo_city"\n' * 9,
        b"models.CharField(max_length=20, size=20)\n" * 20,
        b"print('%%B %30s and %-50d' % line) &amp; \\u2192\n",
        b"Eq(x, 1), QQ(2), sq(3), pq(4)\n" * 9,
        b"https://example.org/wiki/Partition_%28number_theory%29\n",
    ],
)
def test_ordinary_text_has_no_signs(plain: bytes) -> None:
    for kernel in kernels():
        assert kernel.find_signs(plain, 0, True, -1) == ([], len(plain))


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        (b"M\\u00fcller", False),
        (b"M\\u00fcller " * 8, True),
        (b"A&amp;B", False),
        (b"A&nbsp;" * 8, True),
        (b"john%40example.com", True),
        (b"a %40 b", False),
        (b"key%3Dghp_16C7e42F292c6912", True),
        (b"key%3Dwords", False),
        (b"'ghp_' + '16C7e42F'", True),
        (b"'some ' + 'words'", False),
        (b"'gh' + 'p16'", False),
        (b"ghp_16C7e42F=\n292c6912", True),
        (b"words=\nwords and more", False),
        (b"\\x67\\x68\\x70", True),
        (b"\\x1b[31m", False),
    ],
)
def test_an_escape_is_a_sign_by_what_it_hides(text: bytes, sign: bool) -> None:
    for kernel in kernels():
        assert bool(kernel.find_signs(text, 0, True, -1)[0]) == sign
