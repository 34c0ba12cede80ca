"""Alignment: both kernels find the same passages, a passage is what a reader would call one, and the rest is left."""

from __future__ import annotations

import random
import re
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dlp.fingerprint
from dlp.fingerprint import TEXT_SCALE, _kernel, reference
from dlp.fingerprint.odds import COMMON_TEXT, FAITHS, LENGTHS, LEVELS, Odds, odds
from dlp.fingerprint.reference_align import MOST
from dlp.fingerprint.reference_pair import STEMS, WINDOW, Tuned
from dlp.fingerprint.reference_words import FILLER

from .test_scan import segment
from .twins import chances, unkind_text

BOTH = [_kernel, reference]
KERNEL = Path(dlp.fingerprint.__file__).parent / "kernel"
LEAST = 40


def vocabulary(chance: random.Random, size: int) -> list[str]:
    """Words from common to rare."""
    return ["".join(chance.choices("etaoinshrdlucmfwyp", k=chance.randint(1, 11))) for _ in range(size)]


def prose(chance: random.Random, known: Sequence[str], size: int) -> list[str]:
    return [known[int(len(known) * chance.random() ** 3)] for _ in range(size)]


def edited(chance: random.Random, words: Sequence[str], known: Sequence[str]) -> list[str]:
    """Words replaced, left out, put in and swapped, sentences shuffled."""
    rate, out = chance.choice((0.0, 0.05, 0.25, 0.5)), list[str]()
    for word in words:
        kind = chance.random() / rate if rate else 9
        if kind < 0.4:
            out.append(chance.choice(known))
        elif kind < 0.6:
            out += [word, chance.choice(known)]
        elif kind < 0.8 and out:
            out.insert(-1, word)
        elif kind > 1:
            out.append(word)
    if chance.random() < 0.3:
        sentences = [out[i : i + 12] for i in range(0, len(out), 12)]
        chance.shuffle(sentences)
        out = [word for sentence in sentences for word in sentence]
    return out


def spelled(chance: random.Random, words: Sequence[str]) -> bytes:
    ends = chance.choice(((" ",), (" ", " ", ", ", ".\n"), ("\n\n", " \u00ad")))
    return "".join(word + chance.choice(ends) for word in words).encode()


def align(
    kernel: ModuleType,
    text: bytes,
    documents: Mapping[int, bytes],
    least: int = LEAST,
    cut: int = 0,
    without: Sequence[int] = (),
    fill: bool = False,
) -> tuple[list[Any], list[Any]]:
    """(passages, runs that are left). `cut`: bytes that the window leaves out; `without`: documents with no sketch."""
    entries = segment(TEXT_SCALE, list(documents.items()))
    groups = array("I", range(max(documents, default=-1) + 1))
    scanner = kernel.Scanner(kernel.Index(TEXT_SCALE, [entries], groups, len(groups), 20))
    runs = kernel.Runs()
    runs.extend(scanner.feed(text))
    runs.extend(scanner.finish())
    sketches = {}
    for number, data in documents.items():
        codes, lengths, _, _ = kernel.split_words(data)
        if fill and len(codes) > 4:
            codes[len(codes) // 2] = FILLER
        if number not in without:
            sketches[number] = kernel.Sketch(codes, lengths)
    found, left = kernel.Aligner(odds()).align(text[cut:], cut, runs, sketches, least)
    return found, list(left)


def both(text: bytes, documents: Mapping[int, bytes], **more: Any) -> tuple[list[Any], list[Any]]:
    made = [align(kernel, text, documents, **more) for kernel in BOTH]
    assert made[0] == made[1]
    return made[0]


@given(chances(), st.integers(1, 4), st.sampled_from((20, 200, 2000)))
@settings(deadline=None, max_examples=60)
def test_both_kernels_find_the_same_passages(chance: random.Random, number: int, size: int) -> None:
    known = vocabulary(chance, size)
    documents = [prose(chance, known, chance.choice((0, 5, 60, 900))) for _ in range(number)]
    text: list[str] = []
    for _ in range(chance.randint(0, 5)):
        text += prose(chance, known, chance.choice((0, 3, 70, 1500)))
        source = chance.choice(documents)
        at = chance.randrange(len(source) + 1)
        text += edited(chance, source[at : at + chance.choice((8, 60, 300))], known)
    more = {
        "least": chance.choice((0, 30, LEAST, 200)),
        "cut": chance.choice((0, 0, 1, 100, 3000)),
        "without": chance.choice(((), (0,))),
        "fill": chance.random() < 0.3,
    }
    both(spelled(chance, text), {i: spelled(chance, each) for i, each in enumerate(documents)}, **more)


@given(chances())
@settings(deadline=None, max_examples=40)
def test_both_kernels_agree_on_unkind_text(chance: random.Random) -> None:
    documents = {i: unkind_text(chance, chance.choice((30, 400, 2500))) for i in range(3)}
    text = unkind_text(chance, 300)
    for _ in range(3):
        source = chance.choice(documents)
        at = chance.randrange(len(source))
        text += source[at : at + chance.choice((40, 400, 2000))] + unkind_text(chance, chance.choice((0, 50, 9000)))
    both(text, documents, cut=chance.choice((0, 0, 7, 500)))


@pytest.mark.parametrize("unit", ["a ", "the cat ", "abcdefgh ijklmnop qrstuvwx yz ", "中文字", "각힣 "])
def test_both_kernels_agree_on_text_that_repeats_itself(unit: str) -> None:
    for chance in map(random.Random, range(3)):
        filler = prose(chance, vocabulary(chance, 50), 30)
        document = (unit * 120 + " ".join(filler) + " " + unit * 60).encode()
        text = (unit * 90 + " ".join(filler[::-1]) + " " + unit * chance.randrange(200)).encode()
        both(text, {0: document, 1: unit.encode() * 40})


def test_both_kernels_agree_on_long_copies_and_on_many_places_at_once() -> None:
    # More than the tiles of one run, than the groups of anchors that are open at a time, than a digest looks at.
    chance = random.Random(11)
    known = vocabulary(chance, 900)
    phrases = [prose(chance, known, 9) for _ in range(40)]
    document = [word for _ in range(4) for each in phrases for word in (*each, *prose(chance, known, 25))]
    text = document[300:1500] + [word for each in phrases[::-1] * 3 for word in (*each[:8], chance.choice(known))]
    assert len(document) > Tuned.WIDE_SOURCE
    found, _ = both(spelled(chance, text), {0: spelled(chance, document)})
    assert found


CHANCE = random.Random(20240301)
WORDS = vocabulary(CHANCE, 4000)
DOCUMENT, CARRIER = prose(CHANCE, WORDS, 2000), prose(CHANCE, vocabulary(CHANCE, 4000), 1200)


def placed(passage: Sequence[str]) -> bytes:
    return " ".join([*CARRIER[:600], *passage, *CARRIER[600:]]).encode()


def one(passage: Sequence[str]) -> tuple[Any, bytes]:
    """The one passage that is found, and its text."""
    text = placed(passage)
    [found], _ = both(text, {0: " ".join(DOCUMENT).encode()})
    return found, text.decode()[found[5] : found[6]].encode()


def test_a_verbatim_passage_ends_where_it_ends() -> None:
    found, text = one(DOCUMENT[500:560])
    assert text == " ".join(DOCUMENT[500:560]).encode()
    fold = reference.fold
    assert found[1] == len(fold(" ".join(DOCUMENT[:500]).encode()))
    assert found[2] == len(fold(" ".join(DOCUMENT[:560]).encode()))
    assert fold(placed(DOCUMENT[500:560]))[found[3] : found[4]] == fold(text) == found[15][24:]
    assert set(found[16]) == {2}
    assert found[17] == text[:128]
    assert found[12] == 0


def test_a_passage_with_every_fourth_word_changed_is_one_passage() -> None:
    passage = DOCUMENT[500:700]
    passage[2::4] = vocabulary(CHANCE, len(passage[2::4]))
    found, text = one(passage)
    held = len(text.split()) / len(passage)
    assert 0.9 < held <= 1.05
    assert 0 in found[16]
    assert found[9] >= Tuned.SCORE
    assert 0.5 < found[10] / FAITHS < 0.95


def test_a_passage_whose_sentences_changed_places_is_found_whole() -> None:
    parts = [DOCUMENT[i : i + 14] for i in range(500, 640, 14)]
    random.Random(4).shuffle(parts)
    _, text = one([word for part in parts for word in part])
    assert len(text.split()) > 120


def test_unrelated_text_has_no_passage() -> None:
    other = prose(CHANCE, WORDS, 1500)
    found, _ = both(" ".join(other).encode(), {0: " ".join(DOCUMENT).encode()})
    assert found == []


def test_a_phrase_in_unrelated_text_is_no_passage_but_is_left() -> None:
    text = placed(DOCUMENT[500:509])
    found, left = both(text, {0: " ".join(DOCUMENT).encode()}, least=28)
    assert found == []
    assert len(left) == 1


@pytest.mark.parametrize("disguise", ["case", "soft hyphens", "invisible", "letters", "spaces"])
def test_what_a_reader_does_not_see_changes_nothing(disguise: str) -> None:
    passage = DOCUMENT[500:560]
    plain, _ = one(passage)
    change = {
        "case": str.upper,
        "soft hyphens": "\u00ad".join,
        "invisible": lambda word: "\u200b" + "\u2060".join(word),
        "letters": lambda word: word.replace("o", "о").replace("a", "а"),  # noqa: RUF001 - Cyrillic
        "spaces": lambda word: word + " \t\n",
    }[disguise]
    found, _ = one([change(word) for word in passage])
    assert found[:5] == plain[:5]
    assert found[9:12] == plain[9:12]
    assert found[15:17] == plain[15:17]


def test_ideographs_are_words() -> None:
    chance = random.Random(7)
    letters = [chr(chance.randrange(0x4E00, 0x9FA0)) for _ in range(1500)]
    document = chance.choices(letters, k=600)
    passage = document[200:300]
    passage[3::7] = chance.choices(letters, k=len(passage[3::7]))
    text = "".join([*chance.choices(letters, k=300), *passage, *chance.choices(letters, k=300)])
    [found], _ = both(text.encode(), {0: "".join(document).encode()})
    assert 95 <= found[6] - found[5] <= 105


def test_filler_never_pairs() -> None:
    chance = random.Random(8)
    words = prose(chance, WORDS, 120)
    data = " ".join(words).encode()
    made = []
    for kernel in BOTH:
        codes, lengths, _, _ = kernel.split_words(data)
        codes[60] = codes[60] & 0xFFF0 | FILLER
        entries = segment(TEXT_SCALE, [(0, data)])
        scanner = kernel.Scanner(kernel.Index(TEXT_SCALE, [entries], array("I", [0]), 1, 1))
        runs = scanner.feed(data) or kernel.Runs()
        runs = kernel.Runs()
        scanner.reset()
        runs.extend(scanner.feed(data))
        runs.extend(scanner.finish())
        [found], _ = kernel.Aligner(odds()).align(data, 0, runs, {0: kernel.Sketch(codes, lengths)}, LEAST)
        at = len(reference.fold(" ".join(words[:60]).encode()))
        marks = found[16][at - found[3] :]
        assert set(marks[: len(words[60])]) == {0}
        made.append(found)
    assert made[0] == made[1]


def test_runs_within_a_passage_are_told_with_it() -> None:
    text = placed(DOCUMENT[500:560])
    [found], left = both(text, {0: " ".join(DOCUMENT).encode()})
    assert left == []
    assert 0 < found[13] <= found[14]


def test_a_run_is_left_only_where_the_agreement_may_have_the_least() -> None:
    # 12 winnowed symbols may be missing at either end of a run, so its length alone does not tell.
    document = {0: " ".join(DOCUMENT).encode()}
    passage = DOCUMENT[500:508]
    symbols = len("".join(passage))
    assert symbols >= TEXT_SCALE.threshold
    _, left = both(placed(passage), document, least=symbols)
    assert len(left) == 1
    assert left[0][3] - left[0][2] <= symbols
    # A stem tells five letters of the word after it, and of the one before that its first ones differ, if any.
    _, left = both(placed(passage), document, least=symbols + 5 + max(map(len, WORDS)))
    assert left == []


def test_runs_of_documents_without_a_sketch_and_before_the_window_are_left() -> None:
    document, text = {0: " ".join(DOCUMENT).encode()}, placed(DOCUMENT[500:560])
    found, left = both(text, document, without=[0])
    assert found == []
    assert left
    assert both(text, document, cut=text.index(DOCUMENT[530].encode(), left[0][8]) + 1) == ([], left)


def test_a_digest_takes_words_from_all_over_the_document() -> None:
    picks = [word for at in range(0, 2000, 100) for word in DOCUMENT[at : at + 12]]
    found, _ = both(placed(picks), {0: " ".join(DOCUMENT).encode()})
    assert any(each[12] for each in found)
    widest = max(found, key=lambda each: each[2] - each[1])
    assert widest[2] - widest[1] > 2 * (widest[4] - widest[3])


def test_places_count_on_from_before_the_window() -> None:
    text = ("Zeile ä, eins.\nzwei " * 40).encode() + b"\n" + placed(DOCUMENT[500:560])
    document = {0: " ".join(DOCUMENT).encode()}
    whole, _ = both(text, document)
    for cut in (0, 1, 300, 759, len("Zeile ä, eins.\nzwei ".encode()) * 40 + 5):
        part, _ = both(text, document, cut=cut)
        assert part == whole


@pytest.mark.parametrize("kernel", BOTH)
def test_an_aligner_refuses_tables_of_other_sizes(kernel: ModuleType) -> None:
    tables = odds()
    for name in Odds._fields:
        with pytest.raises(ValueError, match="other sizes"):
            kernel.Aligner(tables._replace(**{name: getattr(tables, name)[:-1]}))


@pytest.mark.parametrize("kernel", BOTH)
def test_runs_are_parted_where_a_window_ends(kernel: ModuleType) -> None:
    data = " ".join(DOCUMENT[:300]).encode()
    entries = segment(TEXT_SCALE, [(3, data)])
    scanner = kernel.Scanner(kernel.Index(TEXT_SCALE, [entries], array("I", [0] * 4), 1, 1))
    runs = kernel.Runs()
    text = data[:300] + b" zzz " + data[500:900] + b" zzz " + data[900:]
    runs.extend(scanner.feed(text))
    runs.extend(scanner.finish())
    assert len(runs) > 2
    assert runs.documents() == {3}
    early, late = runs.before(sorted(run[9] for run in runs)[0])
    assert (len(early), len(late)) == (1, len(runs) - 1)
    assert sorted([*early, *late]) == sorted(runs)
    assert kernel.Runs().documents() == set()


def test_the_kernel_and_its_reference_have_the_same_constants() -> None:
    header = (KERNEL / "align.h").read_text() + (KERNEL / "words.h").read_text()
    stated = {name: int(eval(value, {})) for name, value in re.findall(r"^    ([A-Z_]+) = ([0-9 <]+),", header, re.M)}
    assert stated == {name: value for name, value in vars(Tuned).items() if name.isupper()}
    defined = {name: int(value) for name, value in re.findall(r"^#define ([A-Z_]+) (\d+)", header, re.M)}
    assert (defined["ALIGN_LEVELS"], defined["ALIGN_LENGTHS"], defined["ALIGN_FAITHS"]) == (LEVELS, LENGTHS, FAITHS)
    assert (defined["ALIGN_WINDOW"], defined["ALIGN_MOST"], defined["WORDS_STEMS"]) == (WINDOW, MOST, STEMS)
    assert COMMON_TEXT == Tuned.COMMON_TEXT
