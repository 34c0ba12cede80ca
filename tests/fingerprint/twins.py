"""Both kernels side by side, and texts that are unkind to them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from types import ModuleType

from hypothesis import strategies as st

from dlp.fingerprint import KERNEL, Alphabet, Scale, _kernel, reference

SMALL = Scale(Alphabet.TEXT, 5, 3)

UNKIND = (
    b"\xc3",  # cut off
    b"\xe4\xb8",
    b"\xf0\x9f\x98",
    b"\x80",  # begins no character
    b"\xbf\x80",
    b"\xc0\xaf",  # overlong
    b"\xe0\x80\xaf",
    b"\xf0\x80\x80\xaf",
    b"\xed\xa0\x80",  # a surrogate
    b"\xf4\x90\x80\x80",  # beyond the last character
    b"\xf8\x88\x80\x80\x80",
    b"\xff\xfe",
    b"\x00",
)

SCRIPTS = (
    "abcdefgh IJK.\n",
    "ab",
    "абвгд ёЖ",
    "中文字符。测试",
    "가나다각 ",
    "éñü ß\ufb01",
    "\ufdfb\ufdfa",
    "\U0001f600\U0001d400\U0001d7ce",
    "\n\n  \t",
    "0123456789",
    "\u0301\u200b\u202e\u00ad\u2028",
    "ﾊﾟ\uff21\uff10",
    "αβγ ὈΔΎ",
    "अआइ ਗੁਰ",
)


def kernels() -> Iterator[ModuleType]:
    """The compiled kernel, without and with AVX-512 where the processor has it."""
    try:
        for on in (False, True)[: 1 + _kernel.vector_available()]:
            _kernel.use_vector(on)
            yield _kernel
    finally:
        _kernel.use_vector(KERNEL == "c+avx512")


def scales(scanning: bool = False, text: bool | None = None) -> st.SearchStrategy[Scale]:
    alphabets = st.sampled_from(Alphabet) if text is None else st.just(Alphabet.TEXT if text else Alphabet.BYTES)
    size = st.one_of(st.integers(1, 8), st.integers(1, 64))
    made = st.builds(Scale, alphabets, size, size)
    return made.filter(lambda scale: scale.w <= scale.k) if scanning else made


def unkind_text(chance: random.Random, size: int) -> bytes:
    """Stretches of one script each, some periodic, some of white space only, some not UTF-8."""
    out = bytearray()
    while len(out) < size:
        letters, length = chance.choice(SCRIPTS), chance.choice((1, 3, 9, 40, 300))
        kind = chance.random()
        if kind < 0.1:
            out += chance.choice((" ", "\n", "\u00a0")).encode() * length * 4
        elif kind < 0.25:
            out += ("".join(chance.choices(letters, k=chance.randint(1, 9))) * length).encode()
        else:
            out += "".join(chance.choices(letters, k=length)).encode()
        if chance.random() < 0.3:
            out += chance.choice((*UNKIND, chance.randbytes(chance.randrange(1, 40))))
    return bytes(out[:size])


def chances() -> st.SearchStrategy[random.Random]:
    return st.integers(0, 2**32).map(random.Random)


def texts(most: int = 3000) -> st.SearchStrategy[bytes]:
    return st.one_of(
        st.binary(max_size=80),
        st.text(max_size=60).map(str.encode),
        st.builds(unkind_text, chances(), st.sampled_from((30, 300, most))),
    )


def pieces(data: bytes, chance: random.Random) -> list[bytes]:
    """The text, cut anywhere: also inside characters, and into empty pieces."""
    sizes = chance.choice(((1,), (0, 1, 2, 3, 7), (5, 100, 5000), (1024, 1023, 4096), (10**9,)))
    out, at = [], 0
    while at < len(data):
        size = chance.choice(sizes)
        out.append(data[at : at + size])
        at += size
    return out


def select(kernel: ModuleType, scale: Scale, parts: Sequence[bytes]) -> tuple[list[list[int]], int]:
    """(the selected columns, symbols read)."""
    selector = kernel.Selector(scale)
    for part in parts:
        selector.feed(part)
    columns = [list(column) for column in selector.finish()]
    return columns, selector.symbols


def scan(kernel: ModuleType, scanner: reference.Scanner, parts: Sequence[bytes]) -> tuple[list[object], int, int]:
    """(the runs in one order, hits that were suppressed, symbols read)."""
    runs: list[object] = [run for part in parts for run in scanner.feed(part)]
    runs += scanner.finish()
    return sorted(runs), scanner.suppressed, scanner.symbols
