"""kingfisher's rules: each field, and what it comes to."""

from __future__ import annotations

import pytest

from dlp.errors import ConfigError
from dlp.model import Level
from dlp.rule.foreign import Effect

from .foreign_rules import allowed, converted, one, told, values

SECRET = "q7Wz3lx9vb2nk8rt5mj1hd4pgs6c0yfA"
ID = "kingfisher.acme.1"


def rule(more: str = "", pattern: str = r"acme_([A-Za-z0-9]{32})") -> str:
    lines = "".join(f"      {line}\n" for line in pattern.split("\n"))
    return f"rules:\n  - name: Acme API Key\n    id: {ID}\n    pattern: |-\n{lines}{more}"


def field(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.split("\n"))


def test_a_plain_rule() -> None:
    made = converted(rule(field("references: [https://acme.example/docs]\nvisible: true\nmin_entropy: 0")))
    ours = one(made)
    assert (ours.id, ours.name, ours.tags) == (ID, "Acme API Key", ("secret", "kingfisher"))
    assert (ours.severity, ours.confidence, ours.entropy) == (Level.HIGH, "medium", 0.0)
    assert ours.references == ("https://acme.example/docs",)
    assert (made.tool, made.notes, made.summary()) == ("kingfisher", (), "")
    assert values(made, f"key=acme_{SECRET};") == [SECRET]


@pytest.mark.parametrize("confidence", ["low", "Medium", "HIGH"])
def test_the_confidence_is_the_same(confidence: str) -> None:
    assert one(converted(rule(field(f"confidence: {confidence}")))).confidence == confidence.lower()


def test_a_verbose_pattern_with_comments() -> None:
    pattern = "(?xi)\n\\b\nACME  # the service\n(?:.|[\\n\\r]){0,16}? (?# a gap )\n\\b\n(\n  [a-z0-9\n   ]{32}\n)\n\\b"
    made = converted(rule(field("confidence: low"), pattern))
    assert made.notes == ()
    assert values(made, f"acme token: {SECRET} ") == [SECRET]
    assert values(made, f"acme: {SECRET[:31]} ") == []  # white space in a class does not count


def test_a_class_of_a_pattern_that_is_not_verbose_keeps_its_space() -> None:
    made = converted(rule(field("visible: true"), "acme:([a-z0-9 ]{8})"))
    assert values(made, "acme:k3 w9x2q") == ["k3 w9x2q"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (r"acme=[a-z0-9]{8}", "acme=k3w9x2qz"),
        (r"(acme)=([a-z0-9]{8})", "acme"),
        (r"(acme)=(?P<TOKEN>[a-z0-9]{8})", "k3w9x2qz"),
        (r"(acme)=(?P<token>[a-z0-9]{8})", "k3w9x2qz"),
        (r"(acme)=(?P<KEY>[a-z0-9]{8})", "k3w9x2qz"),
        (r"(?P<ID>acme)=(?P<KEY>[a-z0-9]{8})", "acme"),
        (r"(?P<ID>other)?acme=(?P<KEY>[a-z0-9]{8})", "k3w9x2qz"),
        (r"(?:(other)|acme)=[a-z0-9]{8}", ""),
        (r"other=(\d)|acme=[a-z0-9]{8}", "acme=k3w9x2qz"),
    ],
)
def test_which_group_is_the_value(pattern: str, found: str) -> None:
    assert values(converted(rule(field("visible: true"), pattern)), "see acme=k3w9x2qz") == ([found] if found else [])


def test_entropy_is_more_than_the_figure() -> None:
    made = converted(rule(field("min_entropy: 3.0"), "acme_([a-z0-9]{8})"))
    assert values(made, "acme_k3w9x2qz") == []
    assert values(converted(rule(field("min_entropy: 2.99"), "acme_([a-z0-9]{8})")), "acme_k3w9x2qz") == ["k3w9x2qz"]


@pytest.mark.parametrize(
    ("requirement", "good", "bad"),
    [
        ("min_digits: 3", "k3w9x2qz", "k3w9xxqz"),
        ("min_uppercase: 2", "kKwWx2qz", "kKwwx2qz"),
        ("min_lowercase: 2", "KKwwX2QZ", "KKwWX2QZ"),
        ("min_special_chars: 1", "k3w9x!qz", "k3w9x2qz"),
        ("min_special_chars: 1\n  special_chars: '$'", "k3w9x$qz", "k3w9x!qz"),
        ("min_special_chars: 1\n  special_chars: ''", "", "k3w9x!qz"),
        ("ignore_if_contains: [' X2 ', '']", "k3w9x3qz", "k3w9x2qz"),
        ("min_digits: 0", "kzwvxyqz", ""),
    ],
)
def test_what_a_value_must_have(requirement: str, good: str, bad: str) -> None:
    made = converted(rule(field(f"pattern_requirements:\n  {requirement}"), r"acme:([\w!$]{8})"))
    assert made.notes == ()
    assert values(made, f"acme:{good} acme:{bad}") == ([good] if good else [])


def test_with_several_groups_the_whole_match_is_asked_there() -> None:
    more = field("pattern_requirements:\n  min_digits: 1\n  ignore_if_contains: ['te.st']")
    made = converted(rule(more, r"(acme|te.st)[:=]([a-z0-9]{8})"))
    assert told(made) == [(ID, "pattern_requirements")]
    assert made.notes[0].effect == Effect.OTHERWISE
    assert one(made).allow.matches == (r"(?i)te\.st",)


def test_a_checksum_is_no_condition_and_that_is_told() -> None:
    more = "pattern_requirements:\n  checksum:\n    actual: {template: '{{ MATCH }}'}\n    expected: '{{ BODY }}'"
    made = converted(rule(field(more)))
    assert told(made, Effect.LOOSER) == [(ID, "pattern_requirements.checksum")]
    assert made.summary().startswith("1 of 1 rules of theirs run without a condition, 0 are left out")
    assert "line 6" in made.notes[0].where or "line 7" in made.notes[0].where


def test_what_would_be_asked_over_the_network_is_said_once() -> None:
    asks = field("validation: {type: Http, content: {request: {method: GET, url: 'https://acme.example'}}}")
    second = rule(asks + field("revocation: {type: AWS}")).removeprefix("rules:\n").replace("acme.1", "acme.2")
    made = converted(rule(asks) + second)
    assert told(made) == [("", "validation")]
    assert (len(made.rules), made.summary()) == (2, "")


def test_rules_that_only_serve_others_are_left_out_without_alarm() -> None:
    made = converted(rule(field("visible: false")))
    assert (made.rules, told(made), made.summary()) == ((), [(ID, "visible")], "")


@pytest.mark.parametrize(
    ("dependency", "looser"),
    [
        ("{rule_id: kingfisher.acme.2, variable: ID}", False),
        ("{rule_id: kingfisher.acme.2, variable: ID, within: 2L}", True),
        ("{rule_id: kingfisher.acme.2, variable: ID, within: 2L, optional: true}", False),
        ("{rule_id: kingfisher.acme.2, variable: ID, within: '0'}", False),
        ("null", False),
    ],
)
def test_another_rule_that_must_be_near_need_not_be(dependency: str, looser: bool) -> None:
    made = converted(rule(field(f"depends_on_rule:\n  - {dependency}")))
    assert told(made, Effect.LOOSER) == ([(ID, "depends_on_rule")] if looser else [])
    assert len(made.rules) == 1


def test_a_path_is_a_condition() -> None:
    made = converted(rule(field("path: '\\.env$'\nvisible: true")))
    assert values(made, f"acme_{SECRET}", "x/.env") == [SECRET]
    assert values(made, f"acme_{SECRET}", "x/.envrc") == []


def test_examples_are_tried_and_what_fails_is_told() -> None:
    more = f"examples:\n  - acme_{SECRET}\n  - acme_short\nnegative_examples:\n  - acme_\n  - acme_{SECRET}"
    made = converted(rule(field(more)))
    assert told(made, Effect.OTHERWISE) == [(ID, "examples"), (ID, "counterexamples")]
    assert "number 2 is not found: the pattern does not match" in made.notes[0].problem
    assert (one(made).examples, one(made).counterexamples) == ((f"acme_{SECRET}",), ("acme_",))
    assert converted(rule(field(more)), examples=False).notes == ()


def test_an_example_that_is_a_placeholder_says_why() -> None:
    made = converted(rule(field(f"examples: ['acme_{'x' * 32}']")))
    assert "looks like a placeholder" in made.notes[0].problem


def test_an_example_that_takes_forever_is_told_of() -> None:
    more = field(f"examples: ['{'x' * 3000}']\nvisible: true")
    made = converted(rule(more, "(?:x+x+)+y|acme_([a-z]{3})"))
    assert len(made.notes) >= 1
    assert any("takes more than" in each.problem or "not found" in each.problem for each in made.notes)


@pytest.mark.parametrize(
    ("more", "pattern", "what"),
    [
        ("confidence: certain", "acme", "confidence"),
        ("visible: true", r"\p{Lu}{20}", "pattern"),
        ("visible: true", "[a-z&&[^b]]{20}", "pattern"),
        ("visible: true", "(?:a+)+b", "pattern"),
        ("visible: true", "a" * 20_001, "pattern"),
        ("path: '[b-a]'\nvisible: true", "acme_abc", "path"),
    ],
)
def test_what_cannot_be_said_leaves_the_rule_out(more: str, pattern: str, what: str) -> None:
    made = converted(rule(field(more), pattern))
    assert (made.rules, told(made, Effect.LEFT_OUT)) == ((), [(ID, what)])


def test_fields_of_other_versions() -> None:
    known = "prevalidated: true\ntls_mode: lax\nauthoritative: false\nvectorscan_compatible: true"
    made = converted(rule(field(f"{known}\nbetterleaks_filter: x\nbogus: 1")))
    assert told(made, Effect.LOOSER) == [(ID, "betterleaks_filter")]
    assert told(made, Effect.OTHERWISE) == [(ID, "bogus")]


def test_ids_of_ones_own_are_kept() -> None:
    made = converted(rule().replace(ID, "custom.My_Service.api-key"))
    assert one(made).id == "custom.my_service.api-key"
    assert allowed(made, "nothing") == []


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (rule(field("min_entropy: high")), "theirs, line 6: 0.min_entropy: Expected `float`, got `str`"),
        (rule(field("examples: [{a: b}]")), "theirs, line 6: 0.examples.0: Expected `str`, got `object`"),
        (rule(field("visible: true\nvisible: true")), "theirs, line 7: 'visible' is here twice"),
        ("rules:\n- id: kingfisher.x\n  name: x\n", "theirs, line 2: 0: Object missing required field `pattern`"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, error: str) -> None:
    from dlp.rule.foreign.kingfisher import KINGFISHER

    with pytest.raises(ConfigError) as raised:
        KINGFISHER.convert(text.encode(), "theirs", examples=True)
    assert str(raised.value).startswith(error)
