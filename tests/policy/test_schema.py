"""The published schema is what the loader goes by, and takes what the loader takes."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from dlp.errors import ConfigError
from dlp.policy.policy import load, shipped
from dlp.policy.publishing import PATH, schema

from .test_loading import HEAD, ONE, rule

SCHEMA = json.loads(Path(PATH).read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def plain(value: Any) -> Any:
    """As JSON has it: an editor takes a date for a text."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def valid(text: str) -> bool:
    return bool(VALIDATOR.is_valid(plain(yaml.safe_load(text))))


def test_it_is_a_schema_and_the_one_that_the_engine_makes() -> None:
    """The mend: python -c 'from dlp.policy.publishing import *; import json; print(json.dumps(schema(), indent=1))'."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert schema() == SCHEMA


GOOD = [
    "{all: [{class: secret}, {not: {document: formulas/a}}]}",
    "{any: [{rule: 'card-*'}, {tag: [secret, personal]}], severity: high}",
    "{class-at-least: public, evidence: {from: 60, below: 100}, rarity: 24, share: 0.5, similarity: 1}",
    "{kind: [set], files: 3}",
    "{confidence: medium, count: 10, values: {from: 2}}",
    "{skipped: [encrypted, corrupt], size: {below: 10M}, age: {from: 30d, below: 1y}}",
    "{type: [pdf, zip], lies: true, owner: [0, root], coverage: partial}",
    "{channel: outbox, jurisdiction: [US, CN], path: ['/srv/**', '*.pdf']}",
    "{author: '*@example.com', branch: main, length: 5}",
    "{size: 100, age: 0, with: {any: [{class: secret}, {not: {type: pdf}}]}}",
]

BAD = [
    "{}",
    "[]",
    "secret",
    "{klass: secret}",
    "{class: []}",
    "{class: 3}",
    "{kind: passages}",
    "{skipped: bored}",
    "{type: word}",
    "{severity: 3}",
    "{evidence: -1}",
    "{evidence: 1.5}",
    "{evidence: true}",
    "{evidence: {}}",
    "{evidence: {to: 5}}",
    "{share: 80}",
    "{size: 10 MB}",
    "{age: 30}",
    "{lies: perhaps}",
    "{owner: []}",
    "{all: {class: secret}}",
    "{any: []}",
    "{not: [class]}",
    "{with: {with: {class: secret}}}",
    "{path: ''}",
]

ONLY_THE_LOADER = ["{class: other}", "{channel: inbox}", "{evidence: {from: 5, below: 5}}", "{path: '[a'}",
                   "{rule: a, document: b}"]  # fmt: skip


@pytest.mark.parametrize("when", GOOD)
def test_both_take_what_is_right(when: str) -> None:
    VALIDATOR.validate(plain(yaml.safe_load(rule(when))))
    assert load(rule(when).encode(), "own.yaml")


@pytest.mark.parametrize("when", BAD)
def test_both_refuse_what_is_wrong(when: str) -> None:
    assert not valid(rule(when))
    with pytest.raises(ConfigError):
        load(rule(when).encode(), "own.yaml")


@pytest.mark.parametrize("when", ONLY_THE_LOADER)
def test_what_the_schema_cannot_know_the_loader_does(when: str) -> None:
    assert valid(rule(when))
    with pytest.raises(ConfigError):
        load(rule(when).encode(), "own.yaml")


EXCEPTION = "exceptions:\n  - {name: e, when: {class: secret}, owner: A, reason: B, expires: 2027-01-31}\n"
SPOILED = [
    ("version: 2", "version: 1"),
    ("default: allow\n", ""),
    ("default: allow", "default: shout"),
    ("verdict: warn", "verdict: shout"),
    ("verdict: warn", "verdict: warn, size: 3"),
    ("verdict: warn", "verdict: warn, keep: perhaps"),
    ("verdict: warn", "verdict: warn, severity: grave"),
    ("verdict: warn", "verdict: warn, notify: ['a/b']"),
    ("name: one", "name: 'a/b'"),
    ("name: one", "name: ' a'"),
    ("name: public", "label: public"),
    ("jurisdiction: US", "country: US"),
    ("owner: A", "owner: ' '"),
    (", expires: 2027-01-31", ""),
    ("2027-01-31", "soon"),
    ('["formulas/*"]', '[""]'),
    (ONE.removeprefix(HEAD), "  []\n"),
]


@pytest.mark.parametrize(("piece", "other"), SPOILED)
def test_both_refuse_a_spoiled_policy(piece: str, other: str) -> None:
    text = ONE + EXCEPTION
    assert valid(text)
    assert load(text.encode(), "own.yaml")
    assert piece in text
    spoiled = text.replace(piece, other)
    assert not valid(spoiled)
    with pytest.raises(ConfigError):
        load(spoiled.encode(), "own.yaml")


@pytest.mark.parametrize("name", ["default-policy.yaml", "example-policy.yaml"])
def test_shipped_policies_are_right(name: str) -> None:
    text = Path(shipped(name)).read_text("utf-8")
    VALIDATOR.validate(plain(yaml.safe_load(text)))
    assert load(text.encode(), name)
