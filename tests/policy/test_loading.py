"""The policy: what it refuses to load, and where it says that something is wrong."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.errors import ConfigError
from dlp.policy.conditions import CONDITIONS
from dlp.policy.policy import default_policy, load, load_file, shipped
from dlp.policy.written import MAX_RULES, MAX_SIZE

HEAD = """version: 2
default: allow
classes:
  - {name: public}
  - {name: secret, documents: ["formulas/*"]}
channels:
  - {name: outbox, paths: ["/srv/outbox/**"], jurisdiction: US}
rules:
"""
"""Eight lines."""

ONE = HEAD + "  - {name: one, when: {class: secret}, verdict: warn}\n"


def rule(when: str, more: str = "verdict: warn") -> str:
    return f"{HEAD}  - {{name: one, when: {when}, {more}}}\n"


def test_the_sample_that_the_others_spoil_is_right() -> None:
    policy = load(ONE.encode(), "own.yaml")
    assert [each.name for each in policy.rules] == ["one"]
    assert policy.rules[0].line == 9


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "own.yaml, line 1: a policy is a mapping that begins with `version: 2`"),
        ("- 1\n", "a policy is a mapping"),
        ("default: allow\nrules: []\n", "begins with `version: 2`"),
        ("version: 3\ndefault: allow\nrules: []\n", "line 1: version 3; this engine reads version 2"),
        ("version: true\n", "version True; this engine reads version 2"),
        ("version: two\n", "version 'two'; this engine reads version 2"),
        ("version: 1\nlabels: {'*': []}\nskipped: {}\n", "each step becomes a rule, such as `- {name: secret-warn"),
        ("version: 2\nrules: []\n", "missing required field `default`"),
        ("version: 2\ndefault: allow\n", "missing required field `rules`"),
        ("version: 2\ndefault: allow\nrules: []\n", "line 3: a policy without rules decides nothing"),
        ("version: 2\ndefault: shout\nrules: []\n", "line 2: default: Invalid enum value 'shout'"),
        (ONE + "labels: {}\n", "unknown field `labels`"),
        (ONE + "version: 2\n", "line 10: 'version' is here twice"),
        (ONE + "  - {name: one, when: {class: public}, verdict: warn}\n", "line 10: rules have the name 'one' twice"),
        (ONE + "  - {name: two, when: {class: public}, verdict: shout}\n", "line 10: rules.1.verdict: Invalid enum"),
        (ONE + "  - {name: two, when: {class: public}, verdict: warn, size: 3}\n", "unknown field `size`"),
        (ONE + "  - {name: two, verdict: warn}\n", "line 10: rules.1: Object missing required field `when`"),
        (ONE + "  - {name: 'a/b', when: {class: public}, verdict: warn}\n", "line 10: 'a/b' is no name"),
        (ONE + "  - {name: '', when: {class: public}, verdict: warn}\n", "'' is no name"),
        (rule("{}"), "line 9: rule 'one': conditions are a mapping with at least one"),
        (rule("secret"), "conditions are a mapping"),
        (rule("{klass: secret}"), "line 9: rule 'one': there is no condition 'klass'; do you mean `class`?"),
        (rule("{3: secret}"), "there is no condition 3; "),
        (rule("{class: topsecret}"), "class: there is no class 'topsecret'; there are public, secret, unlisted"),
        (rule("{class: []}"), "class: lists 1 to 1,000"),
        (rule("{class: no}"), "class: False is no text; write it in quotation marks"),
        (rule("{class-at-least: unlisted}"), "there is no class 'unlisted'; there are public, secret"),
        (rule("{channel: inbox}"), "channel: there is no channel 'inbox'; there are outbox"),
        (rule("{kind: passages}"), "there is no kind 'passages'; there are passage, set, pattern"),
        (rule("{skipped: bored}"), "there is no reason 'bored'; there are encrypted, "),
        (rule("{type: word}"), "there is no type 'word'; there are text, binary"),
        (rule("{coverage: half}"), "there is no coverage 'half'"),
        (rule("{severity: 3}"), "there is no level 3; there are low, medium, high, critical"),
        (rule("{evidence: -1}"), "evidence: -1 is no whole number from 0 on"),
        (rule("{evidence: many}"), "evidence: 'many' is no whole number"),
        (rule("{evidence: 1.5}"), "evidence: 1.5 is no whole number"),
        (rule("{evidence: true}"), "evidence: True is no whole number"),
        (rule("{share: 80}"), "share: 80 is no share from 0 to 1"),
        (rule("{share: .nan}"), "share: nan is no share from 0 to 1"),
        (rule("{evidence: {from: 5, below: 5}}"), "nothing is from 5 on and below 5"),
        (rule("{evidence: {}}"), "an amount is a figure"),
        (rule("{evidence: {to: 5}}"), "an amount is a figure"),
        (rule("{size: 10 MB}"), "size: '10 MB' is no size; write bytes, or a number with K, M, G or T"),
        (rule("{age: 30}"), "age: 30 is no age; write a number with h, d, w or y"),
        (rule("{lies: perhaps}"), "lies: 'perhaps' is neither true nor false"),
        (rule("{owner: [[]]}"), "owner: [] is no user"),
        (rule("{path: '[a'}"), "path: the '[' at character 1 of a part is never closed"),
        (rule("{path: ''}"), "path: '' is no text"),
        (rule("{all: {class: secret}}"), "`all` takes a list of conditions"),
        (rule("{any: []}"), "`any` takes a list of conditions"),
        (rule("{not: [class]}"), "conditions are a mapping"),
        (rule("{with: {with: {class: secret}}}"), "`with` inside `with`"),
        (rule("{class: secret}", "verdict: allow, message: Stop"), "line 9: what is allowed has no message"),
        (rule("{class: secret}", "verdict: warn, notify: ['a/b']"), "'a/b' is no name of who is told"),
        (rule("{class: secret}", "verdict: warn, keep: perhaps"), "keep: Expected `bool`, got `str`"),
        (rule("{class: secret}", "verdict: warn, message: '" + "x" * 4001 + "'"), "more than 4,000 characters"),
        (ONE.replace("name: public", "name: unlisted"), "line 4: `unlisted` stands for labels of no class"),
        (ONE.replace("name: public", "name: secret"), "line 5: classes have the name 'secret' twice: also in line 4"),
        (ONE.replace("formulas/*", "[a"), "line 5: '[a': the '[' at character 1"),
        (ONE.replace("/srv/outbox/**", "/"), "line 7: '/': the pattern is empty"),
        (ONE + "exceptions:\n  - {name: e, when: {class: secret}, owner: A, reason: B}\n", "required field `expires`"),
        (ONE + "exceptions:\n  - {name: e, when: {class: secret}, owner: A, reason: B, expires: soon}\n",
         "line 11: exceptions.0.expires: Invalid RFC3339"),
        (ONE + "exceptions:\n  - {name: e, when: {class: secret}, owner: A, reason: B, expires: 2027-02-30}\n",
         "not YAML: day is out of range"),
        (ONE + "exceptions:\n  - {name: e, when: {class: secret}, owner: ' ', reason: B, expires: 2027-01-30}\n",
         "line 11: an exception names its owner; it is empty"),
        (ONE + "exceptions:\n  - {name: e, when: {class: other}, owner: A, reason: B, expires: 2027-01-30}\n",
         "line 11: exception 'e': class: there is no class 'other'"),
        ("version: [2\n", ", line 2: did not find expected ',' or ']'"),
        ("version: 2\n\tdefault: {}\n", ", line 2: found a tab character"),
        ("version: 2026-13-45\n", "not YAML: month must be in 1..12"),
        ("version: " + "1" * 5000, "not YAML: Exceeds the limit"),
        ("version: !!python/object/apply:os.system [id]\n", "could not determine a constructor for the tag"),
        ("a: &a [*a]\n", "line 1: an alias stands for what it is in"),
        ("? [a]\n: b\n", ", line 1: found unhashable key"),
        ("# " + "x" * MAX_SIZE, "a policy has at most 1,048,576"),
        (ONE + "".join(f"  - {{name: r{n}, when: {{class: secret}}, verdict: warn}}\n" for n in range(MAX_RULES)),
         "1,001 rules; a policy has at most 1,000"),
    ],
)  # fmt: skip
def test_what_is_no_policy_is_refused_with_its_place_and_the_reason(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(text.encode(), "own.yaml")
    assert str(caught.value).startswith("own.yaml")
    assert message in str(caught.value)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ConfigError, match="not YAML"):
        load(b"\xff\xfe\x00", "own.yaml")


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ("{rule: card, document: plan}", "never speak of one thing together: `rule`, `document`; ask for another one"),
        ("{skipped: encrypted, evidence: 3}", "never speak of one thing together"),
        ("{kind: file, severity: high}", "never speak of one thing together"),
        ("{not: {kind: [passage, set, pattern, term]}, class: secret}", "never speak of one thing together"),
        ("{all: [{class: secret}, {class: public}]}", "`class` can never be so: secret and public"),
        ("{class: public, class-at-least: secret}", "`class` can never be so: public and secret"),
        ("{class: secret, not: {class: [secret, public]}}", "can never be so: secret and not ['secret', 'public']"),
        ("{evidence: 60, not: {evidence: 40}}", "`evidence` can never be so: 60 and not 40"),
        ("{not: {share: 0}}", "`share` can never be so: not 0"),
        ("{severity: high, not: {severity: high}}", "`severity` can never be so"),
        ("{not: {confidence: low}}", "`confidence` can never be so"),
        ("{lies: true, not: {lies: true}}", "`lies` can never be so: true and not true"),
        ("{path: a, not: {path: a}}", "`path` can never be so: a and not a"),
        ("{type: pdf, any: [{size: 10}, {type: zip}]}", "`type` can never be so: pdf and zip"),
        ("{with: {skipped: encrypted, class: secret}}", "never speak of one thing together"),
        ("{not: {all: [{class: secret}, {class: public}]}}", "`class` can never be so"),
    ],
)
def test_conditions_that_can_never_hold_are_refused(when: str, message: str) -> None:
    with pytest.raises(ConfigError, match=r"own\.yaml, line 9: rule 'one': ") as caught:
        load(rule(when).encode(), "own.yaml")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "when",
    [
        "{rule: card, with: {document: plan}}",
        "{class: [secret, public], not: {class: secret}}",
        "{class-at-least: public, not: {class: secret}}",
        "{evidence: {from: 60, below: 100}, not: {evidence: {from: 70, below: 80}}}",
        "{evidence: 60, not: {evidence: 61}}",
        "{severity: high, not: {severity: critical}}",
        "{not: {kind: pattern, path: a}, evidence: 3}",
        "{any: [{class: secret}, {rule: card}, {skipped: encrypted}]}",
        "{path: [a, b], not: {path: a}}",
        "{all: [{tag: secret}, {tag: cloud}]}",
        "{not: {not: {class: secret}}}",
    ],
)
def test_conditions_that_may_hold_are_taken(when: str) -> None:
    assert load(rule(when).encode(), "own.yaml").rules


@pytest.mark.parametrize(
    "text",
    [
        b"a0: &a0 [x, x]\n" + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 60)),
        ONE.encode() + b"  - {name: x, verdict: warn, when: {any: &x [" + b"{class: secret}, " * 9000 + b"]}}\n"
        + b"".join(b"  - {name: y%d, verdict: warn, when: {any: *x}}\n" % n for n in range(900)),
        b"a0: &a0 {x: 1}\n" + b"".join(b"a%d: &a%d {<<: [*a%d, *a%d]}\n" % (n, n, n - 1, n - 1) for n in range(1, 60)),
        b"[" * 100_000,
        ONE.encode() + b"  - {name: x, verdict: warn, when: " + b"{not: " * 30 + b"{class: secret}" + b"}" * 31,
    ],
    ids=["billion laughs", "shared conditions", "merged keys", "nested", "nested conditions"],
)  # fmt: skip
def test_a_policy_that_unfolds_without_end_is_refused_at_once(text: bytes) -> None:
    with pytest.raises(ConfigError):
        load(text, "bomb.yaml")


PIECES = [
    *("version: 2", "default: allow", "rules:", "classes:", "- ", "{", "}", "[", "]", ": ", ", ", "\n", "  "),
    *("&a ", "*a"),
    *("name: x", "when: ", "verdict: warn", "not: ", "any: ", "all: ", "with: ", "expires: 2027-01-31", "'", '"', "#"),
    *("60", "-1", ".inf", "10M", "30d", "secret", "pdf", "encrypted", "**", "[a", "\0", "é", "from: ", "below: "),
    *(f"{name}: " for name in CONDITIONS),
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), st.integers(0, len(ONE)), st.booleans())
def test_whatever_is_written_loads_or_is_refused_with_its_file(piece: str, at: int, replace: bool) -> None:
    text = ONE[:at] + piece + ONE[at + (len(piece) if replace else 0) :]
    with contextlib.suppress(ConfigError):
        load(text.encode(), "fuzzed.yaml")
    with contextlib.suppress(ConfigError):
        load(rule(f"{{{piece}}}").encode(), "fuzzed.yaml")


def test_a_policy_knows_its_version_by_the_bytes_of_its_file() -> None:
    one, other = load(ONE.encode(), "a.yaml"), load(ONE.encode() + b"\n", "a.yaml")
    assert len(one.digest) == 64
    assert one.digest != other.digest
    assert one.digest == load(ONE.encode(), "b.yaml").digest
    assert load_file(shipped("default-policy.yaml")).digest == default_policy().digest


def test_a_file_that_is_not_there_is_named() -> None:
    for path in ("none.yaml", "no\0ne.yaml", "/"):
        with pytest.raises(ConfigError, match="cannot read the policy"):
            load_file(path)
