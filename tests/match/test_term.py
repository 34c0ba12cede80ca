"""Registered terms in texts: found exactly where a plain reading of the rule says, however the text is cut."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlp.errors import StoreCorrupt
from dlp.fingerprint import fold
from dlp.fingerprint.reference_words import separates, stands_alone
from dlp.match import term as terms_module
from dlp.match.places import LISTED
from dlp.match.term import MANY, TermMatcher
from dlp.match.values import Digests
from dlp.model import Level, Mark, TermFinding, Text
from dlp.registry.records import Registered
from dlp.registry.store import Store, create_store
from dlp.registry.term_list import TermList
from dlp.registry.writer import Writer

KEY = bytes(range(32))
DIGESTS = Digests(KEY)


def store_of(folder: Path, lists: dict[str, Iterable[str]]) -> Store:
    """A store of lists; the words of a term are counted by its blanks."""
    create_store(str(folder), KEY)
    with Writer(str(folder), KEY) as writer:
        for name, terms in lists.items():
            made = TermList.of({fold(each.encode()): len(each.split()) for each in terms})
            writer.add_terms(Registered("", name, "secret", "", 0, False, 9, made.digest, {}, 0, 0), made)
    return Store(str(folder), KEY)


def matcher_of(folder: Path, *terms: str) -> TermMatcher:
    store = store_of(folder, {"names": terms})
    try:
        return TermMatcher(store, DIGESTS, lambda text: f"<{text}>")
    finally:
        store.close()


def found(matcher: TermMatcher, chunks: Iterable[bytes], marks: list[Mark] | None = None) -> list[TermFinding]:
    pieces = list(chunks)
    listener = matcher.listen(Text(("a",), "text", iter(pieces), marks or []))
    assert listener
    for piece in pieces:
        listener.feed(bytearray(piece))
    heard = listener.finish()
    assert all(isinstance(each, TermFinding) for each in heard)
    return heard  # type: ignore[return-value]


def cut(data: bytes, chance: random.Random) -> list[bytes]:
    """Anywhere, also inside characters."""
    places = sorted(chance.randrange(len(data) + 1) for _ in range(chance.randrange(6)))
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]


def expected(terms: Iterable[str], text: str) -> set[tuple[bytes, int, int]]:
    """(term, first character, character behind the last): the rule, read plainly. Of texts shorter than what a term may
    spread over, and with few invisible characters in a row."""
    wanted = {fold(each.encode()) for each in terms}
    symbols = [fold(each.encode()) for each in text]
    begins: list[int] = []
    apart = True
    for at, character in enumerate(text):
        if symbols[at]:
            alone = stands_alone(symbols[at])
            if apart or alone:
                begins.append(at)
            apart = alone
        else:
            apart = apart or separates(character.encode())
    out = set()
    for first in begins:
        for behind in [*[each for each in begins if each > first], len(text)]:
            folded = b"".join(symbols[first:behind])
            if folded in wanted:
                last = max(at for at in range(first, behind) if symbols[at])
                out.add((folded, first, last + 1))
    return out


WORDS = [
    "falcon",
    "Falcon",
    "FAL",
    "con",
    "project",
    "nest",
    "東京",
    "計",
    "ー",
    "แผน",
    "9",
    "x",
    "ﬁ",
    "ß",
    "é",
    "계획",
]
BETWEEN = ["", "", " ", "-", "_", "\n", "\u00ad", "\u200b", ", ", "\u0301", "  \t", "・", "\U0001f600"]
TERMS = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map("".join), min_size=1, max_size=8)
TEXTS = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(BETWEEN)), max_size=14).map(
    lambda pairs: "".join(word + between for word, between in pairs)
)


@given(TERMS, TEXTS, st.integers(0, 2**32).map(random.Random))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_term_is_found_exactly_where_the_rule_says(
    tmp_path_factory: pytest.TempPathFactory, terms: list[str], text: str, chance: random.Random
) -> None:
    long = [each for each in terms if len(fold(each.encode())) >= 3] or ["falcon"]
    matcher = matcher_of(tmp_path_factory.mktemp("store"), *long)
    names = {DIGESTS.of(fold(each.encode()).decode()).hex(): fold(each.encode()) for each in long}
    made = found(matcher, cut(text.encode(), chance))
    got = {(names[each.digest], place.start, place.end) for each in made for place in each.places}
    assert got == expected(long, text)
    assert all(each.count == len(each.places) and each.span == each.places[0] for each in made)
    assert [each.span.start for each in made] == sorted(each.span.start for each in made)
    for each in made:
        assert each.excerpt == f"<{text[each.span.start : each.span.end]}>"
        assert each.span.line == text.count("\n", 0, each.span.start) + 1
        assert each.span.column == each.span.start - text.rfind("\n", 0, each.span.start)


def test_a_finding_says_what_stands_where(tmp_path: Path) -> None:
    matcher = matcher_of(tmp_path / "s", "Project Falcon", "Kondor", "Albatros", "Müller")
    text = "Über project\nfalcon.\n  KONDOR kondor, albatrós muller"
    made = found(matcher, [text.encode()], [Mark(0, "page 1"), Mark(21, "page 2")])
    assert [(each.excerpt, each.count, each.confidence, each.span.locator) for each in made] == [
        ("<project\nfalcon>", 1, Level.HIGH, "page 1"),
        ("<KONDOR>", 2, Level.MEDIUM, "page 2"),
        ("<albatrós>", 1, Level.HIGH, "page 2"),
        ("<muller>", 1, Level.MEDIUM, "page 2"),
    ]
    assert [(each.span.line, each.span.column, each.span.start, each.span.end) for each in made][:2] == [
        (1, 6, 5, 19),
        (3, 3, 23, 29),
    ]
    assert {each.severity for each in made} == {Level.MEDIUM}
    assert {(each.document.name, each.document.label, each.document.version) for each in made} == {
        ("names", "secret", 1)
    }
    assert made[1].digest == DIGESTS.of(fold(b"kondor").decode()).hex()


def test_many_terms_of_one_list_are_grave(tmp_path: Path) -> None:
    terms = [f"customer {chr(97 + n)}" for n in range(MANY)]
    matcher = matcher_of(tmp_path / "s", *terms)
    assert {each.severity for each in found(matcher, [", ".join(terms[1:]).encode()])} == {Level.MEDIUM}
    assert {each.severity for each in found(matcher, [", ".join(terms).encode()])} == {Level.HIGH}


def test_a_term_of_several_lists_is_found_for_each_and_lists_are_told_apart(tmp_path: Path) -> None:
    store = store_of(tmp_path / "s", {"one": ["Falcon", "Kondor"], "two": ["Falcon", "Albatros"], "three": ["Zebra"]})
    matcher = TermMatcher(store, DIGESTS, str)
    store.close()
    made = found(matcher, [b"zebra falcon albatros kondor falcon"])
    assert sorted((each.document.name, each.excerpt, each.count) for each in made) == [
        ("one", "falcon", 2),
        ("one", "kondor", 1),
        ("three", "zebra", 1),
        ("two", "albatros", 1),
        ("two", "falcon", 2),
    ]


def test_of_lists_of_one_name_the_newest_tells(tmp_path: Path) -> None:
    """An import leaves them beside each other."""
    folder = str(tmp_path / "s")
    create_store(folder, KEY)
    with Writer(folder, KEY) as writer:
        for terms in (["Falcon", "Kondor"], ["Falcon", "Albatros"]):
            made = TermList.of({fold(each.encode()): 1 for each in terms})
            document = Registered("", "names", "secret", "", 0, False, 9, made.digest, {}, 0, 0)
            writer.adopt(document, {}, None, None, made)
        writer.commit()
    matcher = TermMatcher(Store(folder, KEY), DIGESTS, str)
    made_findings = found(matcher, [b"falcon kondor albatros"])
    assert [(each.excerpt, each.document.version) for each in made_findings] == [
        ("falcon", 2),
        ("kondor", 1),
        ("albatros", 2),
    ]


def test_a_million_hits_are_counted_and_some_are_listed(tmp_path: Path) -> None:
    matcher = matcher_of(tmp_path / "s", "Falcon", "other")
    (made,) = found(matcher, (b"falcon, " * 10_000 for _ in range(100)))
    assert (made.count, len(made.places)) == (1_000_000, LISTED)
    assert made.places[-1].start == 8 * (LISTED - 1)
    assert matcher.listen(Text(("a",), "bytes", iter(()), [])) is None


def test_of_very_many_terms_the_last_are_told_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms_module, "VALUES", 5)
    terms = [f"customer {chr(97 + n)}" for n in range(9)]
    matcher = matcher_of(tmp_path / "s", *terms, "Falcon")
    made = found(matcher, [", ".join([*terms, *terms]).encode()])
    assert [each.count for each in made] == [2, 2, 2, 2, 2, 8]
    assert made[-1].excerpt == "<customer f>"


def test_a_term_across_chunks_and_far_into_a_text_has_its_place(tmp_path: Path) -> None:
    matcher = matcher_of(tmp_path / "s", "Project Falcon")
    filler = "wörter ohne belang\n" * 40_000
    text = filler + "das Projéct-" + "  fal" + "con\n" + filler
    data = text.encode()
    (made,) = found(matcher, [data[at : at + 1000] for at in range(0, len(data), 1000)])
    (same,) = found(matcher, [data])
    assert made == same
    assert (made.span.line, made.span.column) == (40_001, 5)
    assert text[made.span.start : made.span.end] == "Projéct-  falcon"


def test_without_lists_there_is_nothing_to_hear_and_a_damaged_one_is_said_to_be_so(tmp_path: Path) -> None:
    store = store_of(tmp_path / "s", {})
    assert TermMatcher(store, DIGESTS, str).listen(Text(("a",), "text", iter(()), [])) is None
    store = store_of(tmp_path / "t", {"names": ["Falcon"]})
    store.terms = lambda ordinal: (b"fa\n", b"\1")  # type: ignore[method-assign]
    with pytest.raises(StoreCorrupt, match="a list of terms"):
        TermMatcher(store, DIGESTS, str)
