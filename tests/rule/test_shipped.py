"""The shipped rules, each example and counterexample through the whole matcher, with all other rules beside it."""

from __future__ import annotations

import functools

import pytest

from dlp.match.allowing import Allowing
from dlp.match.compiling import compile_rules
from dlp.match.engines import kinds
from dlp.match.pattern import PatternMatcher
from dlp.match.values import Digests
from dlp.model import PatternFinding, Skipped, Text
from dlp.rule.packs import PACKS, Rules, Selection, read, written
from dlp.rule.rule import GENERIC, SECRET, Rule

SHIPPED = read(written(Selection()), Selection()).rules
BY_ID = {rule.id: rule for rule in SHIPPED}


@functools.cache
def matcher(engine: str) -> PatternMatcher:
    made = compile_rules(Rules(SHIPPED), kinds()[engine])
    return PatternMatcher(made, Digests(b"k" * 32), lambda value: value, Allowing(()))


def found(engine: str, text: str) -> dict[str, str]:
    """Rule → the first value."""
    listener = matcher(engine).listen(Text(("notes.txt",), "text", iter(()), []))
    assert listener is not None
    listener.feed(text.encode())
    heard = listener.finish()
    assert not [each for each in heard if isinstance(each, Skipped)]
    return {each.rule: each.excerpt for each in reversed(heard) if isinstance(each, PatternFinding)}


@pytest.mark.parametrize("rule", SHIPPED, ids=lambda rule: rule.id)
def test_examples_are_found_and_counterexamples_are_not(rule: Rule) -> None:
    for example in rule.examples:
        told = found("native", example)
        assert rule.id in told or (GENERIC in rule.tags and _specific(told)), example
    for example in rule.counterexamples:
        assert rule.id not in found("native", example), example


def _specific(told: dict[str, str]) -> bool:
    return any(GENERIC not in BY_ID[name].tags for name in told)


def test_engines_find_the_same_in_all_examples() -> None:
    for rule in SHIPPED:
        for example in (*rule.examples, *rule.counterexamples):
            assert found("native", example) == found("portable", example), (rule.id, example)


def test_packs_are_as_large_as_the_readme_says() -> None:
    assert len(SHIPPED) > 2000
    secrets = [rule for rule in SHIPPED if SECRET in rule.tags]
    assert len({rule.service for rule in secrets}) > 1200
    languages = {tag for rule in SHIPPED if "marking" in rule.tags for tag in rule.tags if tag.startswith("lang-")}
    assert len(languages) >= 25
    countries = {tag for rule in SHIPPED if "personal" in rule.tags for tag in rule.tags if tag.startswith("country-")}
    assert len(countries) > 80


@pytest.mark.parametrize("rule", SHIPPED, ids=lambda rule: rule.id)
def test_a_rule_says_what_it_is(rule: Rule) -> None:
    assert rule.tags[0] in ("secret", "personal", "marking")
    assert rule.description
    assert len(rule.name) <= 60
    assert len(rule.examples) >= 2
    assert rule.service or rule.tags[0] != "secret"


def test_every_pack_is_there() -> None:
    assert {each.path.split("/")[1] for each in written(Selection())} == set(PACKS)
