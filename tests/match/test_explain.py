"""What is no finding, and why."""

from __future__ import annotations

import msgspec

from dlp.match.explain import MOST, heaviest, suppressed
from dlp.model import Also, Document, Level, PassageFinding, SourceSpan, Span, Suppressed

BACKGROUND = frozenset({"b1", "b2", "b3", "b4", "b5"})


def passage(
    document: str, start: int = 0, end: int = 500, *, also: tuple[str, ...] = (), **more: int
) -> PassageFinding:
    figures = {"evidence": 400, "rarity": 100} | more
    return PassageFinding(
        ("file",),
        _document(document),
        Level.HIGH,
        Level.HIGH,
        Span(start, end, 1, 1, ""),
        SourceSpan(start, end, ""),
        end - start,
        figures["evidence"],
        figures["rarity"],
        1.0,
        1.0,
        0.5,
        0.5,
        "",
        tuple(Also(_document(each), SourceSpan(7, 9, ""), 0.9, 0.4) for each in also),
    )


def _document(name: str) -> Document:
    return Document(name, f"{name}.md", "background" if name in BACKGROUND else "secret", 1)


def told(found: list[PassageFinding], there: list[PassageFinding]) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.finding.document.id, each.causes) for each in suppressed(found, there, BACKGROUND)]


def test_what_is_found_all_the_same_is_not_suppressed() -> None:
    assert told([passage("a")], [passage("a"), passage("b1")]) == []
    assert told([passage("c", also=("a",))], [passage("a")]) == []


def test_what_is_found_with_much_less_to_it_is() -> None:
    assert told([passage("a", evidence=199)], [passage("a")]) == [("a", ("ordinary wording",))]
    assert told([passage("a", rarity=24)], [passage("a")]) == [("a", ("ordinary wording",))]
    assert told([passage("a", evidence=200, rarity=25)], [passage("a")]) == []
    assert told([passage("a", 600, 900)], [passage("a")]) == [("a", ("ordinary wording",))]


def test_background_is_named_where_it_covers_enough_of_the_passage_most_first() -> None:
    there = [passage("a"), passage("b1", 0, 200), passage("b2", 100, 500), passage("b3", 0, 124)]
    assert told([], there) == [("a", ("background: b2.md", "background: b1.md"))]
    pieces = [passage("a"), passage("b1", 0, 70), passage("b1", 100, 170)]
    assert told([], pieces) == [("a", ("background: b1.md",))]
    many = [passage("a"), passage("b1", also=("b2", "b3", "b4", "b5"))]
    assert told([], many)[0][1][-1] == "2 more background documents"


def test_documents_are_counted_where_they_are_too_many() -> None:
    def causes(count: int) -> tuple[str, ...]:
        ((_, causes),) = told([], [passage("a", also=tuple(f"d{n}" for n in range(count - 1)))])
        return causes

    assert causes(10) == ("ordinary wording",)
    assert causes(11) == ("in 11 registered documents",)
    assert causes(64) == ("in 64 or more registered documents",)


def test_a_secret_is_named_also_where_a_background_document_leads() -> None:
    ((only,),) = ([*suppressed([], [passage("b1", also=("b2", "a", "c"))], BACKGROUND)],)
    assert only.finding.document.id == "a"
    assert only.finding.source_span == SourceSpan(7, 9, "")
    assert [each.document.id for each in only.finding.also] == ["c"]
    assert only.causes == ("background: b1.md", "background: b2.md")
    assert told([], [passage("b1", also=("b2",))]) == []


def test_those_that_would_weigh_most_are_told_and_no_more_than_a_hundred() -> None:
    there = [passage("a", n * 1000, n * 1000 + 500, evidence=100 + n) for n in range(MOST + 20)]
    made = suppressed([], there, BACKGROUND)
    assert [each.finding.evidence for each in made] == list(range(219, 119, -1))


def test_what_two_readings_of_a_text_say_is_told_once() -> None:
    one, other = Suppressed(passage("a"), ("x",)), Suppressed(passage("c", evidence=500), ("x",))
    assert heaviest([one, other, msgspec.structs.replace(one)]) == [other, one]
