"""Mutated documents: whatever is in them, the recursion ends, raises nothing and leaves nothing unsaid."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlp.limits import Limits

from ..extract.samples import docx, line, paragraph, pdf, read
from ..extract.samples_archives import SEEDS as ARCHIVE_SEEDS
from ..extract.samples_data import SEEDS as DATA_SEEDS
from ..extract.samples_libarchive import SEEDS as LIBARCHIVE_SEEDS
from ..extract.samples_mail import SEEDS as MAIL_SEEDS
from ..extract.samples_office import SEEDS as OFFICE_SEEDS
from ..extract.samples_ole import SEEDS as OLE_SEEDS

SEEDS = [
    pdf(line("Some words"), line("Other words"), page="/Annots [7 0 R]", extra=["<< /Subtype /Text /Contents (x) >>"]),
    docx(paragraph("Some", "words") * 3, {"word/header1.xml": "<h><p>head</p></h>", "x.docx": docx()}),
    *(seed for seeds in ARCHIVE_SEEDS.values() for seed in seeds),
    *(seed for seeds in LIBARCHIVE_SEEDS.values() for seed in seeds),
    *(seed for seeds in DATA_SEEDS.values() for seed in seeds),
    *(seed for seeds in MAIL_SEEDS.values() for seed in seeds),
    *(seed for seeds in OLE_SEEDS.values() for seed in seeds),
    *(seed for seeds in OFFICE_SEEDS.values() for seed in seeds),
]
LIMITS = Limits(seconds=2.0, max_part=1 << 20, max_text=1 << 20, max_members=50)
EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from(["cut", "insert", "replace", "repeat"]), st.binary(max_size=12)),
    max_size=6,
)


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.sampled_from(SEEDS), edits=EDITS, numbers=st.lists(st.integers(0, 2**33), max_size=3))
def test_mutated_documents_are_read_or_refused_in_words(
    seed: bytes, edits: list[tuple[float, str, bytes]], numbers: list[int]
) -> None:
    data = seed
    for where, edit, junk in edits:
        at = int(where * len(data))
        if edit == "cut":
            data = data[:at] + data[at + len(junk) :]
        elif edit == "insert":
            data = data[:at] + junk + data[at:]
        elif edit == "replace":
            data = data[:at] + junk + data[at + len(junk) :]
        else:
            data = data[:at] + data[max(0, at - 200) : at] + data[at:]
    for number in numbers:  # figures are what lies most in a PDF
        data = data.replace(b" 2 ", b" %d " % number, 1)
    texts, skipped = read(data, limits=LIMITS)
    assert not data.strip() or any(text.data for text in texts) or skipped
