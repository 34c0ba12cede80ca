"""Nosey Parker's rules: each field, and what it comes to; and whose rules a file is taken for."""

from __future__ import annotations

import pytest

from dlp.model import Level
from dlp.rule.foreign import Effect, format_of

from .foreign_rules import converted, one, told, values

SECRET = "q7wz3lx9vb2nk8rt5mj1hd4pgs6c0yfa"


def rule(more: str = "", pattern: str = r"acme_([a-z0-9]{32})\b") -> str:
    return f"rules:\n- name: Acme API Key\n  id: np.acme.1\n  pattern: '{pattern}'\n{more}"


def test_a_plain_rule() -> None:
    made = converted(rule("  description: What it is for.\n  references: [https://acme.example]\n"))
    ours = one(made)
    assert (ours.id, ours.name, ours.tags) == ("np.acme.1", "Acme API Key", ("secret", "noseyparker"))
    assert (ours.severity, ours.confidence, ours.description) == (Level.HIGH, "medium", "What it is for.")
    assert (made.tool, made.notes, made.summary()) == ("Nosey Parker", (), "")
    assert values(made, f"acme_{SECRET}") == [SECRET]


@pytest.mark.parametrize(
    ("categories", "tags", "confidence"),
    [
        ("[api, secret]", ("secret", "api", "noseyparker"), "medium"),
        ("[fuzzy, generic, secret]", ("secret", "fuzzy", "generic", "noseyparker"), "low"),
        ("[api, identifier]", ("api", "identifier", "noseyparker"), "medium"),
        ("[]", ("secret", "noseyparker"), "medium"),
        ("null", ("secret", "noseyparker"), "medium"),
    ],
)
def test_categories(categories: str, tags: tuple[str, ...], confidence: str) -> None:
    ours = one(converted(rule(f"  categories: {categories}\n")))
    assert (ours.tags, ours.confidence) == (tags, confidence)


def test_of_several_groups_the_last_that_is_always_there_is_the_value() -> None:
    made = converted(rule(pattern=r"acme(x)? user ([a-z]+) pass ([a-z0-9]{8})(y)?"))
    assert values(made, "acme user joe pass k3w9x2qz") == ["k3w9x2qz"]
    assert told(made) == [("np.acme.1", "pattern")]
    assert "of its 4 groups, number 3 is the value" in made.notes[0].problem


def test_groups_of_alternatives() -> None:
    made = converted(rule(pattern=r"acme=([a-z0-9]{8})|other=([a-z0-9]{8})"))
    assert values(made, "acme=k3w9x2qz other=b5n1pj6h") == ["k3w9x2qz", "b5n1pj6h"]
    assert made.notes == ()


def test_comments_and_verbose_patterns() -> None:
    made = converted(
        "rules:\n- name: x\n  id: np.x.1\n  pattern: |\n    (?x)(?i)\n    acme (?# the name )\n    _ # a sign\n"
        "    ([a-z0-9]{8})\n    (?: [^a-z0-9] | $)\n"
    )
    assert made.notes == ()
    assert values(made, "ACME_k3w9x2qz\n") == ["k3w9x2qz"]


def test_examples_are_tried() -> None:
    made = converted(rule(f"  examples: [acme_{SECRET}, none]\n  negative_examples: [acme_1]\n"))
    assert told(made, Effect.OTHERWISE) == [("np.acme.1", "examples")]
    assert one(made).examples == (f"acme_{SECRET}",)


def test_unknown_fields_are_told_of() -> None:
    assert told(converted(rule("  severity_score: 3\n"))) == [("np.acme.1", "severity_score")]


OURS = "version: 1\nrules:\n  - {id: x, name: x, pattern: abc}\n"


@pytest.mark.parametrize(
    ("text", "where", "tool"),
    [
        ("[[rules]]\nid = 'x'", "anything", "gitleaks"),
        ("# why\n  [ allowlist ]\npaths = []", "anything", "gitleaks"),
        ("[extend]\nuseDefault = true", "anything", "gitleaks"),
        ("a = 1", "x.toml", "gitleaks"),
        (rule(), "x.yml", "Nosey Parker"),
        (rule().replace("np.", "kingfisher."), "x.yml", "kingfisher"),
        (rule().replace("np.", "custom."), "x.yml", "kingfisher"),
        (rule("  confidence: low\n").replace("np.", "mine."), "x.yml", "kingfisher"),
        (rule("  pattern_requirements: {}\n").replace("np.", "mine."), "x.yml", "kingfisher"),
        (rule("  categories: [api]\n").replace("np.", "mine."), "x.yml", "Nosey Parker"),
        ('{"rules": [{"name": "x", "id": "np.x.1", "pattern": "abc"}]}', "x.yml", "Nosey Parker"),
        (OURS, "x.yml", ""),
        ('{"version": 1, "rules": [{"name": "x", "id": "x", "pattern": "abc"}]}', "x.yml", ""),
        (f"{OURS}  - id: y\n    pattern: |\n      [[rules]]\n", "x.yml", ""),
        ("rules:\n- {id: x, name: x, pattern: abc, severity: high, tags: [a]}", "x.yml", ""),
        ("rules: []", "x.yml", ""),
        ("rules: [a]", "x.yml", ""),
        ("rules:\n- {other: 1}", "x.yml", ""),
        ("rules: {a: b}", "x.yml", ""),
        ("{", "x.yml", ""),
        ("", "x.yml", ""),
        ("- a", "x.yml", ""),
    ],
)
def test_a_file_is_recognised_by_what_stands_in_it(text: str, where: str, tool: str) -> None:
    found = format_of(text.encode(), where)
    assert (found.name if found else "") == tool
