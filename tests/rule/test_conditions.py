"""What a rule asks of a match beside its pattern, what is allowed, and what is said of a refusal."""

from __future__ import annotations

import msgspec
import pytest

from dlp.errors import ConfigError
from dlp.match.allowing import Allowing
from dlp.model import Level, PatternFinding, Suppressed
from dlp.rule.confirm import Confirmer
from dlp.rule.loading import RuleFile, load
from dlp.rule.rule import Allow, Least, Rule
from dlp.rule.writing import as_data, as_yaml

from ..match.patterns import heard, matcher, rule

TEXT = b"acme_k3w9x2qz here, acme_b5n1pj6h there"


def judged(made: Rule, text: str) -> list[str]:
    """Values, and why there are none."""
    found = Confirmer(made).judged(text, 0, len(text), 1.0)
    return [each if isinstance(each, str) else each.value for each in found]


@pytest.mark.parametrize(
    ("least", "value", "lacking"),
    [
        (Least(), "", ""),
        (Least(digits=2), "a1b2", ""),
        (Least(digits=3), "a1b2", "digits: 2 < 3"),
        (Least(digits=1), "٣", "digits: 0 < 1"),
        (Least(upper=1), "abÉ", "capital letters: 0 < 1"),
        (Least(lower=2), "Ab", "small letters: 1 < 2"),
        (Least(special=1), "ab~", ""),
        (Least(special=1, specials="$"), "ab~", "special characters: 0 < 1"),
    ],
)
def test_least_numbers_of_characters(least: Least, value: str, lacking: str) -> None:
    assert least.lacking(value) == lacking


@pytest.mark.parametrize(
    ("more", "text", "told"),
    [
        ({}, "acme_k3w9x2qz", "k3w9x2qz"),
        ({"keywords": ("ajax",)}, "acme_k3w9x2qz", "no keyword is near"),
        ({"entropy": 3.5}, "acme_k3w9x2qz", "entropy 3 < 3.5"),
        ({"least": Least(digits=4)}, "acme_k3w9x2qz", "digits: 3 < 4"),
        ({"tags": ("secret",)}, "acme_aaaaaaaa", "the value looks like a placeholder"),
        ({"allow": Allow(stopwords=("W9X",))}, "acme_k3w9x2qz", "allowed by a stopword"),
        ({"allow": Allow(values=("^k3",))}, "acme_k3w9x2qz", "allowed by its value"),
        ({"allow": Allow(matches=("^acme_k3",))}, "acme_k3w9x2qz", "allowed by its match"),
        ({"allow": Allow(lines=("a test",))}, "acme_k3w9x2qz is a test", "allowed by its line"),
        ({"validators": ("luhn",)}, "acme_k3w9x2qz", "the validator luhn refuses the value"),
        ({"pattern": "acme(_)?"}, "acme", "there is no value in the match"),
    ],
)
def test_a_refusal_says_why(more: dict[str, object], text: str, told: str) -> None:
    made = rule("acme_([a-z0-9]{8})")
    fields = msgspec.structs.asdict(made) | more
    assert judged(Rule(**fields), text) == [told]


@pytest.mark.parametrize(
    ("allow", "causes"),
    [
        (Allow(matches=("^acme_k3",)), ["allowed by its match"]),
        (Allow(all=True, values=("^k3",), paths=("*.txt",)), ["allowed by its value and its path"]),
        (Allow(all=True, values=("^k3",), paths=("*.md",)), []),
        (Allow(all=True, values=("^k3",), lines=("nothing",)), []),
        (Allow(all=True, stopwords=("K3W",), matches=("acme",), lines=("there",)),
         ["allowed by a stopword and its match and its line"]),
        (Allow(stopwords=("k3w",), rules=("a-rule",)), ["allowed by a stopword"]),
        (Allow(stopwords=("k3w",), rules=("other", "a-*")), ["allowed by a stopword"]),
        (Allow(stopwords=("k3w",), rules=("test",)), ["allowed by a stopword"]),
        (Allow(stopwords=("k3w",), rules=("other",)), []),
        (Allow(all=True), []),
    ],
)  # fmt: skip
def test_lists_that_allow_together_or_for_some_rules(allow: Allow, causes: list[str]) -> None:
    made = matcher([rule("acme_([a-z0-9]{8})")], allowing=Allowing((), [allow]))
    found = heard(made, TEXT)
    assert [each.causes[0] for each in found if isinstance(each, Suppressed)] == causes
    assert len([each for each in found if isinstance(each, PatternFinding)]) == 2 - len(causes)


def test_a_regex_that_takes_too_long_allows_nothing() -> None:
    allowing = Allowing((), [Allow(lines=("(?:x+x+)+y",))])
    made = matcher([rule("acme_([a-z0-9]{8})")], allowing=allowing)
    found = heard(made, b"acme_k3w9x2qz " + b"x" * 900)
    assert [type(each) for each in found] == [PatternFinding]


RULE = """
  - id: acme-key
    name: Acme key
    tags: [test]
    severity: high
    confidence: high
    pattern: 'acme_([a-z0-9]{8})'
"""


def test_a_file_may_say_that_it_is_untested() -> None:
    text = f"version: 1\nrules:{RULE}    examples: []\n    counterexamples: []\n"
    with pytest.raises(ConfigError, match="give an example and a counterexample"):
        load(text.encode(), "x.yaml")
    assert len(load(f"untested: true\n{text}".encode(), "x.yaml").rules) == 1
    wrong = text.replace("examples: []\n    counter", "examples: [nothing]\n    counter")
    with pytest.raises(ConfigError, match="an example that the rule does not find"):
        load(f"untested: true\n{wrong}".encode(), "x.yaml")


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (
            "allow: {all: true, values: [x]}",
            "x.yaml, line 12: rule acme-key: allow: `all`, `digests` and `rules` are not",
        ),
        ("allow: {digests: ['00']}", "write it under the file's own `allow`, with `rules: [acme-key]`"),
        ("allow: {matches: ['(']}", "x.yaml, line 12: `(`"),
        ("least: {digits: -1}", "x.yaml, line 12: rule acme-key: least: numbers of characters from 0 on"),
        ("least: {digit: 1}", "least: Object contains unknown field `digit`"),
    ],
)
def test_what_is_wrong_with_a_rule_s_conditions_is_told(more: str, problem: str) -> None:
    text = f"version: 1\nuntested: true\nrules:{RULE}    examples: []\n    counterexamples: []\n    {more}\n"
    with pytest.raises(ConfigError) as raised:
        load(text.encode(), "x.yaml")
    assert problem in str(raised.value)


@pytest.mark.parametrize(
    ("listed", "problem"),
    [
        ("{all: true}", "x.yaml, line 2: nothing is listed that would be allowed; give `values` or the like"),
        ("{rules: [x]}", "nothing is listed that would be allowed"),
        ("{values: ['(a{1000}){1000}']}", "a match has at least 1,000,000 characters"),
        ("{paths: ['/(/']}", "x.yaml, line 2: `/(/`"),
    ],
)
def test_what_is_wrong_with_a_list_is_told(listed: str, problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load(f"version: 1\nallow: [{listed}]\n".encode(), "x.yaml")
    assert problem in str(raised.value)


def test_what_is_written_is_read_as_the_same() -> None:
    full = Rule(
        id="acme-key",
        name="Acme: \"key\" #1 'é'",
        tags=("secret", "test"),
        severity=Level.CRITICAL,
        confidence="low",
        pattern="(?i)acme['\"`\\s]_([a-z0-9]{8})",
        examples=('acme"_k3w9x2qz', "two\nlines: acme'_k3w9x2qz\n\ttabbed", "acme`_b5n1pj6h \x07"),
        counterexamples=("- none", "", "true", "1"),
        description="What: it is",
        service="acme",
        keywords=("acme",),
        within=5,
        entropy=2.5,
        least=Least(digits=1, specials="$%'\""),
        validators=("random-token",),
        context=("billing",),
        paths=("*.env", "/\\.txt$/"),
        allow=Allow(values=("^x",), matches=("y$",), stopwords=("yes",)),
        counts={10: Level.MEDIUM, 100: Level.HIGH},
        references=("https://acme.example",),
    )
    lists = (Allow(all=True, rules=("acme-key",), values=("a",), paths=("b",)), Allow(digests=("00",)))
    text = as_yaml([full], lists, "Why\n\nand how")
    again = load(text.encode(), "x.yaml", examples=False)
    assert text.startswith("# Why\n#\n# and how\nversion: 1\nrules:\n")
    assert msgspec.json.encode(again) == msgspec.json.encode(RuleFile(1, (full,), lists))
    assert "    digits: 1\n" in text
    assert "upper" not in text


def test_what_is_as_usual_is_not_written() -> None:
    assert list(as_data(rule("abc"))) == [
        "id", "name", "tags", "severity", "confidence", "pattern", "examples", "counterexamples",
    ]  # fmt: skip
    assert "untested: true\n" in as_yaml([rule("abc")])
