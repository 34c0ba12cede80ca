"""What every extractor keeps to. A new one adds its seeds to SEEDS."""

from __future__ import annotations

import random

import pytest

from dlp.extract.recursion import _BY_TYPE, EXTRACTORS, MAX_DETAIL
from dlp.extract.seam import Extractor
from dlp.limits import Limits

from .samples import blob, docx, draw, line, paragraph, pdf, read
from .samples_archives import SEEDS as ARCHIVE_SEEDS
from .samples_data import SEEDS as DATA_SEEDS
from .samples_libarchive import SEEDS as LIBARCHIVE_SEEDS
from .samples_mail import SEEDS as MAIL_SEEDS
from .samples_office import SEEDS as OFFICE_SEEDS
from .samples_ole import SEEDS as OLE_SEEDS

SEEDS: dict[str, list[bytes]] = {
    "TextExtractor": [
        b"plain words\n" * 20,
        "Grüße aus Köln. ".encode("cp1252") * 9,
        "wide words ".encode("utf-16") * 9,
    ],
    "PdfExtractor": [pdf(line("Some words"), line("Other words"))],
    "DocxExtractor": [docx(paragraph("Some", "words") * 5, {"word/header1.xml": "<h>head</h>", "a.bin": bytes(50)})],
    "BinaryExtractor": [b"\x7fELF\2\1\1" + bytes(range(256)), bytes(range(256))],
    **ARCHIVE_SEEDS,
    **LIBARCHIVE_SEEDS,
    **DATA_SEEDS,
    **MAIL_SEEDS,
    **OLE_SEEDS,
    **OFFICE_SEEDS,
}
PAIRS = [(extractor, seed) for extractor in EXTRACTORS for seed in SEEDS[type(extractor).__name__]]


def _mutants(seed: bytes) -> list[bytes]:
    chance = random.Random(7)
    cut = [seed[: chance.randrange(len(seed))] for _ in range(15)]
    flipped = []
    for _ in range(25):
        data = bytearray(seed)
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        flipped.append(bytes(data))
    return [seed, *cut, *flipped]


@pytest.mark.parametrize(("extractor", "seed"), PAIRS)
def test_a_seed_is_read_by_its_extractor_with_words_blobs_or_a_reason(extractor: Extractor, seed: bytes) -> None:
    texts, skipped, blobs = draw(extractor.extract(blob(seed), Limits()))
    assert any(text.data for text in texts) or skipped or blobs
    assert any(_BY_TYPE[kind] is extractor for kind in extractor.types)


@pytest.mark.parametrize(("extractor", "seed"), PAIRS)
def test_damage_never_raises_and_never_passes_in_silence(extractor: Extractor, seed: bytes) -> None:
    for data in _mutants(seed):
        texts, skipped = read(data)
        assert not data.strip() or any(text.data for text in texts) or skipped
        for text in texts:
            starts = [mark.start for mark in text.marks]
            assert starts == sorted(starts)
            length = len(text.text) if text.alphabet == "text" else len(text.data)
            assert all(0 <= start <= length for start in starts)
            assert all(mark.locator and "\n" not in mark.locator for mark in text.marks)
            assert text.provenance[0] == "sample"
        for each in skipped:
            assert each.provenance[0] == "sample"
            assert 0 < len(each.detail) <= MAX_DETAIL
            assert each.detail.isprintable()


@pytest.mark.parametrize(("extractor", "seed"), PAIRS)
def test_two_readings_are_alike(extractor: Extractor, seed: bytes) -> None:
    assert read(seed) == read(seed)
