"""Every condition, where it holds and where it does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.globs import GlobSet, parse_glob
from dlp.model import Coverage, Decision, Finding, Level, Origin, Reason, Skipped, Verdict
from dlp.policy.conditions import CONDITIONS
from dlp.policy.wildcards import Paths, Wildcard

from .making import NOW, committed, file, judged, made, passage, skipped, term, together, value

CASES: dict[str, tuple[str, list[Finding | Skipped], list[Finding | Skipped]]] = {
    "kind": ("kind: [set, term]", [together(), term()], [passage(), value(), skipped()]),
    "class": ("class: secret", [passage(), together(), term()], [passage("public"), value(), skipped()]),
    "class-at-least": ("class-at-least: internal", [passage(), term("internal")], [passage("public"), passage("else")]),
    "document": ("document: 'plans/*'", [passage(name="plans/a"), passage(name="x/plans/a"), passage(name="plans/a/b")],
                 [passage(name="plan"), value()]),
    "rule": ("rule: 'card-*'", [value("card-visa"), value("card-")], [value("card"), value("x-card-y"), passage()]),
    "tag": ("tag: [secret, cloud]", [value(tags=["a", "cloud"])], [value(tags=[]), value(tags=["secrets"]), term()]),
    "skipped": ("skipped: [encrypted, corrupt]", [skipped(), skipped(Reason.CORRUPT)], [skipped(Reason.LIMIT)]),
    "severity": ("severity: high", [value(severity=Level.HIGH), passage(severity=Level.CRITICAL)],
                 [value(severity=Level.MEDIUM), skipped()]),
    "confidence": ("confidence: medium", [value(confidence=Level.MEDIUM)], [value(), together(), skipped()]),
    "length": ("length: {from: 10, below: 20}", [passage(length=10), passage(length=19)],
               [passage(length=9), passage(length=20), together()]),
    "evidence": ("evidence: {below: 6}", [passage(evidence=0), together(evidence=5)], [passage(evidence=6), value()]),
    "rarity": ("rarity: 24", [passage(rarity=24), together(evidence=1)], [passage(rarity=23), term()]),
    "similarity": ("similarity: 0.9", [passage(similarity=0.9)], [passage(similarity=0.89), together()]),
    "share": ("share: 0.5", [passage(share=0.5), together(share=0.6)], [passage(share=0.49), value()]),
    "count": ("count: 10", [value(count=10), term(count=11)], [value(count=9), passage()]),
    "files": ("files: 3", [together(files=3)], [together(files=2), passage()]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_conditions_on_what_was_found(name: str) -> None:
    when, yes, no = CASES[name]
    policy = made(f"when: {{{when}}}, verdict: warn")
    for each in yes:
        assert judged(policy, each).verdict == Verdict.WARN, each
    for each in no:
        assert judged(policy, each).verdict == Verdict.ALLOW, each


def test_values_are_counted_over_the_whole_file_each_once() -> None:
    policy = made("when: {values: 3, tag: secret}, verdict: warn")

    def found(*digests: str, rule: str = "key") -> list[Finding | Skipped]:
        return [value(rule, ["secret"], digest=each) for each in digests]

    assert judged(policy, *found("a", "b", "a", "b")).verdict == Verdict.ALLOW
    assert judged(policy, *found("a", "b"), *found("c", rule="other")).verdict == Verdict.ALLOW
    assert judged(policy, *found("a", "b", "c")).verdict == Verdict.WARN


def about(when: str, **known: object) -> bool:
    more = 'channels:\n  - {name: out, paths: ["/out/**"], jurisdiction: US}\n  - {name: web}\n'
    policy = made(f"when: {{{when}}}, verdict: warn", more, now=lambda: NOW)
    decision: Decision = judged(policy, **known)  # type: ignore[arg-type]
    return decision.verdict == Verdict.WARN


PLACES = (committed("src/a", "Ann@Example.com"), committed("b", "bob@x"))
COMMITS = Origin(branches=("main", "release/2"), appearances=PLACES)

ABOUT: dict[str, list[tuple[str, dict[str, object], bool]]] = {
    "path": [
        ("path: /out/**", {"path": "/out/a/b"}, True),
        ("path: /out/**", {"path": "/in/out/a"}, False),
        ("path: /out", {"path": "/out/a/b"}, True),
        ("path: out/", {"path": "x/out/b"}, True),
        ("path: out/", {"path": "x/out"}, False),
        ("path: '*.pdf'", {"path": "/a/b.pdf"}, True),
        ("path: '*.pdf'", {"path": "/a/b.pdf.txt"}, False),
        ("path: b", {"origin": COMMITS}, True),
        ("path: /src/a", {"origin": COMMITS}, True),
        ("path: ./f", {}, True),
    ],
    "channel": [
        ("channel: out", {"path": "/out/a"}, True),
        ("channel: out", {"path": "/outer/a"}, False),
        ("channel: [out, web]", {"origin": Origin(channel="web")}, True),
        ("channel: out", {"path": "/out/a", "origin": Origin(channel="web")}, False),
    ],
    "jurisdiction": [
        ("jurisdiction: US", {"path": "/out/a"}, True),
        ("jurisdiction: US", {"path": "/out/a", "origin": Origin(channel="web", jurisdiction="DE")}, False),
        ("jurisdiction: [DE, US]", {"origin": Origin(jurisdiction="DE")}, True),
        ("jurisdiction: US", {}, False),
    ],
    "type": [
        ("type: [pdf, zip]", {"file": file(type="zip")}, True),
        ("type: pdf", {"file": file(type="text")}, False),
        ("type: pdf", {}, False),
    ],
    "lies": [
        ("lies: true", {"file": file(lies=True)}, True),
        ("lies: true", {"file": file()}, False),
        ("lies: false", {"file": file()}, True),
        ("lies: false", {}, False),
    ],
    "size": [
        ("size: 1K", {"file": file(1024)}, True),
        ("size: 1K", {"file": file(1023)}, False),
        ("size: {below: 1K}", {"file": file(1023)}, True),
        ("size: 0", {}, False),
    ],
    "owner": [
        ("owner: 7", {"file": file(owner=7)}, True),
        ("owner: [7, nobody-of-that-name]", {"file": file(owner=8)}, False),
        ("owner: root", {"file": file(owner=0)}, True),
        ("owner: 0", {}, False),
    ],
    "age": [
        ("age: 30d", {"file": file(days=30.01)}, True),
        ("age: 30d", {"file": file(days=29.99)}, False),
        ("age: {from: 1h, below: 1w}", {"file": file(days=6.9)}, True),
        ("age: {below: 1d}", {"file": file(days=-5)}, True),
        ("age: 0", {}, False),
    ],
    "coverage": [
        ("coverage: [partial, unscannable]", {"coverage": Coverage.UNSCANNABLE}, True),
        ("coverage: partial", {}, False),
    ],
    "author": [
        ("author: '*@EXAMPLE.com'", {"origin": COMMITS}, True),
        ("author: '*@example.org'", {"origin": COMMITS}, False),
        ("author: '*'", {}, False),
        ("not: {author: '*@example.com'}", {"origin": COMMITS}, True),
    ],
    "branch": [
        ("branch: 'release/*'", {"origin": COMMITS}, True),
        ("branch: rel", {"origin": COMMITS}, False),
        ("branch: '*'", {}, False),
    ],
}


@pytest.mark.parametrize(("when", "known", "holds"), [each for cases in ABOUT.values() for each in cases])
def test_conditions_on_the_file(when: str, known: dict[str, object], holds: bool) -> None:
    assert about(when, **known) is holds


def test_every_condition_is_tried_on_both_sides() -> None:
    assert {*CASES, *ABOUT, "values"} == set(CONDITIONS)
    for cases in ABOUT.values():
        assert {holds for _, _, holds in cases} == {True, False}


PARTS = st.sampled_from(["a", "b", "ab", "*", "a*", "**", "?", "[ab]", "a b"])
NAMES = st.lists(st.sampled_from(["a", "b", "ab", "a b", "ba"]), min_size=1, max_size=4).map("/".join)


SLASH = st.sampled_from(["", "/"])


@given(st.lists(PARTS, min_size=1, max_size=3).map("/".join), SLASH, SLASH, NAMES)
def test_a_path_matches_as_in_gitignore_itself_or_by_a_folder_that_it_lies_in(
    pattern: str, before: str, after: str, path: str
) -> None:
    pattern = before + pattern + after
    globs = GlobSet([parse_glob(pattern if before else f"**/{pattern}")])
    parts = path.split("/")
    above = ["/".join(parts[:count]) for count in range(1, len(parts))]
    expected = globs.matches(path, parts[-1], False) or any(
        globs.matches(each, each.rpartition("/")[2], True) for each in above
    )
    assert Paths([pattern]).matches(path, path) == expected


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_a_wildcard_matches_as_the_definition_has_it(pattern: str, name: str) -> None:
    def matches(pattern: str, name: str) -> bool:
        if not pattern:
            return not name
        if pattern[0] == "*":
            return any(matches(pattern[1:], name[at:]) for at in range(len(name) + 1))
        return bool(name) and pattern[0] in ("?", name[0]) and matches(pattern[1:], name[1:])

    assert Wildcard([pattern]).matches(name) == matches(pattern, name)


def test_no_pattern_runs_away() -> None:
    assert not Wildcard(["*a" * 200 + "b"]).matches("a" * 10_000)
    assert not Paths(["**/" + "*a" * 200 + "b"]).matches("a" * 10_000, "a" * 10_000)
    assert not Paths(["a/**/" * 50 + "b"]).matches("a/" * 5_000, "a/" * 5_000)
