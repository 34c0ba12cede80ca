"""Scanning: runs and suppressed hits are the same in both kernels, and depend on nothing but text and index."""

from __future__ import annotations

import random
import string
from array import array
from collections.abc import Sequence
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.fingerprint import BACKGROUND, BYTES_SCALE, GONE, TEXT_SCALE, Alphabet, Scale, _kernel, reference

from .twins import SMALL, chances, kernels, pieces, scales, scan, select, unkind_text

Segment = tuple["array[int]", "array[int]"]


def segment(scale: Scale, documents: Sequence[tuple[int, bytes]]) -> Segment:
    """Keys and postings of some documents, as a store's segment holds them."""
    keys, postings = array("Q"), array("Q")
    for number, text in documents:
        columns, _ = select(reference, scale, [text])
        keys.extend(columns[0])
        postings.extend(number << 32 | position for position in columns[1])
    return reference.sort_entries(keys, postings, 8)


def compare(
    scale: Scale,
    segments: Sequence[Segment],
    groups: Sequence[int],
    group_count: int,
    common: int,
    texts: Sequence[Sequence[bytes]],
) -> list[tuple[list[object], int, int]]:
    """Scans each text with all kernels, one scanner a kernel; what all of them answer."""
    arguments = (scale, segments, array("I", groups), group_count, common)
    answers = []
    scanner = reference.Scanner(reference.Index(*arguments))
    for parts in texts:
        answers.append(scan(reference, scanner, parts))
        scanner.reset()
    for kernel in kernels():
        scanner = kernel.Scanner(kernel.Index(*arguments))
        for parts, answer in zip(texts, answers, strict=True):
            assert scan(kernel, scanner, parts) == answer
            scanner.reset()
    return answers


@given(chances(), scales(scanning=True), st.integers(0, 4))
@settings(deadline=None, max_examples=80)
def test_both_kernels_find_the_same_runs(chance: random.Random, scale: Scale, common: int) -> None:
    texts = [unkind_text(chance, chance.choice((50, 400, 2500))) for _ in range(6)]
    for i in range(1, len(texts)):  # versions and quotations of one another
        if chance.random() < 0.5:
            at = chance.randrange(len(texts[i - 1]))
            texts[i] = texts[i][: chance.randrange(300)] + texts[i - 1][at : at + chance.randrange(1, 900)]
    parts = sorted(chance.choices(range(len(texts)), k=2))
    numbered = list(enumerate(texts))
    segments = [segment(scale, numbered[a:b]) for a, b in ((0, parts[0]), (parts[0], parts[1]), (parts[1], len(texts)))]
    groups = [chance.choice((0, 0, 1, 2, 3, GONE, BACKGROUND)) for _ in texts[: chance.choice((5, 6))]]
    carriers = []
    for _ in range(3):
        source, at = chance.choice(texts), chance.randrange(200)
        data = unkind_text(chance, 60) + source[at : at + chance.randrange(1, 1500)] + chance.choice(texts)[:400]
        carriers.append(pieces(data, chance))
    compare(scale, segments, groups, 4, common, carriers)


@given(chances(), st.sampled_from((TEXT_SCALE, BYTES_SCALE, SMALL, Scale(Alphabet.TEXT, 64, 64))))
@settings(deadline=None, max_examples=15)
def test_long_texts_agree_across_batches_and_pieces(chance: random.Random, scale: Scale) -> None:
    text = unkind_text(chance, 9000)
    carrier = unkind_text(chance, 1100) + text[700:8000] + unkind_text(chance, 500) + text[:900]
    cuts = [pieces(carrier, chance) for _ in range(3)]
    answers = compare(scale, [segment(scale, [(0, text)])], [0], 1, 1, cuts)
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("period", [1, 2, 3, 7, 19, 20, 21, 64])
def test_periodic_text_agrees(period: int) -> None:
    chance = random.Random(period)
    unit = "".join(chance.choices(string.ascii_lowercase, k=period))
    document, carrier = (unit * 300).encode(), ("xyz" + unit * 200 + "q" + unit * 50).encode()
    for scale in (TEXT_SCALE, SMALL, Scale(Alphabet.BYTES, 9, 9)):
        compare(scale, [segment(scale, [(0, document)])], [0], 1, 1, [pieces(carrier, chance)])


@pytest.mark.parametrize("number", [16, 17, 63, 64, 65, 200])
def test_many_documents_with_one_passage_agree(number: int) -> None:
    # Each on a diagonal of its own: as many runs are open at a time.
    chance = random.Random(number)
    passage = "".join(chance.choices(string.ascii_letters + " .\n", k=400)).encode()
    documents = [(i, bytes(chance.choices(b"qwertz", k=i % 90)) + passage) for i in range(number)]
    segments = [segment(TEXT_SCALE, documents[: number // 2]), segment(TEXT_SCALE, documents[number // 2 :])]
    for common, evidence in ((5, False), (number, True)):
        [(runs, _, _)] = compare(TEXT_SCALE, segments, range(number), number, common, [[passage]])
        found = {run[0] for run in runs if run[12] > 200}  # type: ignore[index]
        assert len(found) == (min(number, 64) if evidence else 0)


def test_thousands_of_runs_may_be_open_at_once() -> None:
    # Every shingle of every stretch is registered 64 times, each time at another distance.
    chance = random.Random(1)
    scale = Scale(Alphabet.TEXT, 8, 8)
    text = "".join(chance.choices(string.ascii_lowercase, k=600)).encode()
    columns, _ = select(reference, Scale(Alphabet.TEXT, 8, 1), [text])
    rows = sorted((key, chance.randrange(40) << 32 | chance.randrange(10**6)) for key in columns[0] for _ in range(64))
    entries = array("Q", [key for key, _ in rows]), array("Q", [posting for _, posting in rows])
    [(runs, _, _)] = compare(scale, [entries], range(40), 40, 99, [[text, text[::-1]]])
    assert len(runs) > 16384  # more than one feed hands out


def test_a_run_says_where_it_stands_and_shows_its_text() -> None:
    secret = "Der geheime Süßstoff Zωή wird bei 中文 Grad ﷺ gerührt, nie geschüttelt: 0815 Liter."
    carrier = "Erste Zeile.\n\n\tÜber dies: " + secret + "\nEnde, ganz ohne Bezug."
    [(runs, _, _)] = compare(TEXT_SCALE, [segment(TEXT_SCALE, [(0, secret.encode())])], [0], 1, 1, [[carrier.encode()]])
    [run] = runs
    document, source, start, end, begin, to, line, column, byte, to_byte, skip, hits, evidence, excerpt = run  # type: ignore[misc]
    assert document == 0
    assert reference.fold(secret.encode())[source:][: end - start] == reference.fold(carrier.encode())[start:end]
    assert reference.fold(carrier[begin:to].encode())[: end - start] == reference.fold(carrier.encode())[start:end]
    assert carrier[:begin].count("\n") == line == 2
    assert carrier.split("\n")[2][column:].startswith(carrier[begin : begin + 5])
    assert (byte, to_byte) == (len(carrier[:begin].encode()), len(carrier[:to].encode()))
    assert start - skip == len(reference.fold(carrier[:begin].encode()))
    assert hits >= 2
    assert TEXT_SCALE.k <= evidence <= end - start
    assert carrier[begin:].encode().startswith(excerpt)


@pytest.mark.parametrize("between", [0, 1, 40, 41, 42, 200, 3000, 100_000])
def test_a_run_may_begin_within_a_character_far_behind(between: int) -> None:
    # A syllable is six or nine symbols; what is between folds to nothing, and lies in batches of its own.
    document = "각힣뷁쮏" * 3
    text = "x각" + "\u200b" * between + document[1:] + "\u00ad" * between + " 나"
    segments = [segment(TEXT_SCALE, [(0, document.encode())])]
    cuts = [[text.encode()], *([text.encode()[i : i + n] for i in range(0, len(text) * 3, n)] for n in (1000, 4097))]
    answers = compare(TEXT_SCALE, segments, [0], 1, 1, cuts)
    assert answers[0] == answers[1] == answers[2]
    for run in answers[0][0]:
        _, _, start, _, _, _, _, _, byte, _, skip, *_ = run  # type: ignore[misc]
        assert start - skip == len(reference.fold(text.encode()[:byte]))


def test_verbatim_runs_of_t_symbols_are_always_found() -> None:
    chance = random.Random(5)
    text = "".join(chance.choices(string.ascii_lowercase, k=900))
    segments = [segment(TEXT_SCALE, [(0, text.encode())])]
    t = TEXT_SCALE.threshold
    carriers = [[f"{'zq' * 20}{text[at : at + t]}{'jx' * 20}".encode()] for at in range(0, len(text) - t, 11)]
    for runs, _, _ in compare(TEXT_SCALE, segments, [0], 1, 1, carriers):
        assert len(runs) == 1


def test_removed_documents_are_silent_and_background_is_no_evidence() -> None:
    text = "".join(random.Random(6).choices(string.ascii_lowercase, k=200)).encode()
    segments = [segment(TEXT_SCALE, [(0, text), (1, text)])]
    found = {}
    for name, groups in (("both", [0, 1]), ("gone", [GONE, GONE]), ("background", [0, BACKGROUND])):
        [(runs, suppressed, _)] = compare(TEXT_SCALE, segments, groups, 2, 10, [[text]])
        found[name] = len(runs), suppressed > 0
    assert found == {"both": (2, False), "gone": (0, False), "background": (0, True)}


def test_versions_of_one_document_do_not_make_its_text_common() -> None:
    text = "".join(random.Random(8).choices(string.ascii_lowercase, k=200)).encode()
    segments = [segment(TEXT_SCALE, [(i, text) for i in range(5)])]
    [(versions, _, _)] = compare(TEXT_SCALE, segments, [0] * 5, 1, 2, [[text]])
    [(strangers, suppressed, _)] = compare(TEXT_SCALE, segments, range(5), 5, 2, [[text]])
    assert len(versions) == 5
    assert strangers == []
    assert suppressed


def test_an_index_without_entries_finds_nothing() -> None:
    for segments in ([], [(array("Q"), array("Q"))]):
        assert compare(TEXT_SCALE, segments, [], 0, 1, [[b"x" * 5000], []]) == [([], 0, 5000), ([], 0, 0)]


@pytest.mark.parametrize("kernel", [_kernel, reference])
def test_an_index_that_contradicts_itself_is_refused(kernel: ModuleType) -> None:
    one, none = array("Q", [1]), array("Q")
    with pytest.raises(ValueError, match="differ in number"):
        kernel.Index(TEXT_SCALE, [(one, none)], array("I", [0]), 1, 1)
    for group in (1, 2, BACKGROUND - 1):
        with pytest.raises(ValueError, match="group is not below"):
            kernel.Index(TEXT_SCALE, [(one, one)], array("I", [0, group]), 1, 1)
    with pytest.raises(ValueError, match="k and w are 1 to 64"):
        kernel.Index(Scale(Alphabet.TEXT, 65, 1), [], array("I"), 0, 1)
