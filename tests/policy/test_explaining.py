"""What is explained of a policy, checked in it, tried on cases and compared on results."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from dlp.errors import ConfigError
from dlp.model import Coverage, Origin, Reason, Result, Subject, Verdict
from dlp.policy import cases, checking
from dlp.policy.diffing import diff, subject_of
from dlp.policy.explaining import Asked, explain
from dlp.policy.policy import Policy, load, shipped

from .making import file, made, passage, skipped, together, value

GOLDEN = Path(__file__).with_name("golden") / "explained.txt"

RULES = """
when: {class: secret, evidence: 60, rarity: 24}, verdict: warn
when: {class: secret, evidence: 400}, verdict: block
when: {class: secret, any: [{evidence: 500}, {share: 0.5}]}, verdict: block
when: {tag: personal, severity: high}, verdict: block
when: {tag: personal}, verdict: allow, stop: true
when: {tag: personal, confidence: low}, verdict: block
when: {class: secret, not: {with: {skipped: encrypted}}}, verdict: block
when: {class: secret, with: {rule: password}}, verdict: block
when: {class: secret, not: {document: plan}}, verdict: block
when: {lies: true}, verdict: block
when: {size: {below: 500}, path: "*.txt"}, verdict: block
when: {age: {from: 30d}}, verdict: audit
when: {files: 3}, verdict: block
when: {skipped: [corrupt, limit]}, verdict: block
when: {class-at-least: internal, channel: out}, verdict: block
when: {owner: 7, type: [pdf, zip], jurisdiction: US, coverage: unscannable, author: a, branch: b}, verdict: block
"""

MORE = """
channels:
  - {name: out, paths: [/out/**]}
exceptions:
  - {name: gone, when: {document: plan}, owner: Ann, reason: Why not, expires: 2020-01-31}
  - {name: open, when: {document: open}, owner: Ann, reason: Why not, expires: 2099-01-31}
"""


def explained(policy: Policy) -> str:
    findings = [passage(evidence=282, share=0.064), passage(name="open", evidence=900), value(), value("phone")]
    told = explain(policy, Subject("a/b.txt", file(days=3), Origin(), Coverage.PARTIAL), findings, [skipped()])
    lines = [f"{told.decision.verdict}: {'; '.join(told.decision.reasons)}"]
    for each in (*told.exceptions, *told.rules):
        lines.append(
            f"{each.name} ({each.says}): {'applies: ' + '; '.join(each.applies) if each.applies else each.fails}"
        )
    return "\n".join(lines) + "\n"


def test_an_explanation_says_of_each_rule_whether_it_applies_or_at_what_it_fails() -> None:
    """The mend, once it is right: delete the golden file and run this again."""
    clock = datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()
    text = explained(made(RULES, MORE, now=lambda: clock))
    if not GOLDEN.exists():
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text)
        pytest.fail("the golden file was not there, and is now: read it")
    assert text == GOLDEN.read_text()


def test_of_files_together_the_set_is_explained() -> None:
    told = explain(made("when: {files: 3}, verdict: block"), Subject("out"), [together(files=2)], ())
    assert told.rules == (Asked("r0", "block", (), "`files` is 2, not 3 (plan in several files)"),)


# --- checking -----------------------------------------------------------------------------------


def exception(name: str, days: int, when: str = "{class: secret}") -> str:
    expires = datetime.now(UTC).date() + timedelta(days=days)
    return f"  - {{name: {name}, when: {when}, owner: Ann, reason: Why not, expires: {expires}}}\n"


def remarks(policy: Policy, soon: int = 30) -> list[tuple[str, bool]]:
    return [(each.text, each.grave) for each in checking.check(policy, soon)]


def test_exceptions_that_have_expired_soon_will_or_never_do_are_told_of() -> None:
    rule = "when: {class-at-least: internal}, verdict: warn\nwhen: {kind: skipped}, verdict: audit"
    listed = [("gone", -1), ("today", 0), ("soon", 30), ("later", 31), ("hardly", 5000)]
    policy = made(rule, "exceptions:\n" + "".join(exception(*each) for each in listed))
    told = remarks(policy)
    assert [(text.split(",")[0].split()[-1], grave) for text, grave in told] == [
        ("gone", True),
        ("today", False),
        ("soon", False),
        ("hardly", False),
    ]
    assert "expires on" in told[1][0]
    assert len(remarks(policy, soon=29)) == 3


@pytest.mark.parametrize(
    ("rules", "never"),
    [
        ("when: {kind: pattern}, verdict: allow, stop: true\nwhen: {rule: card}, verdict: block", True),
        ("when: {kind: pattern}, verdict: allow\nwhen: {rule: card}, verdict: block", False),
        ("when: {rule: card}, verdict: warn, stop: true\nwhen: {rule: [card, key]}, verdict: block", False),
        ("when: {rule: [card, key]}, verdict: warn, stop: true\nwhen: {rule: card, count: 3}, verdict: block", True),
        ("when: {evidence: 60}, verdict: warn, stop: true\nwhen: {evidence: 400, class: secret}, verdict: block", True),
        ("when: {evidence: 60}, verdict: warn, stop: true\nwhen: {evidence: 40, class: secret}, verdict: block", False),
        ("when: {severity: medium}, verdict: warn, stop: true\nwhen: {severity: high, tag: a}, verdict: block", True),
        ("when: {class: secret}, verdict: warn, stop: true\nwhen: {class: [secret, internal]}, verdict: block", False),
        ("when: {class: [secret, internal]}, verdict: warn, stop: true\nwhen: {class: secret}, verdict: block", True),
        ("when: {path: a}, verdict: warn, stop: true\nwhen: {class: secret, path: a}, verdict: block", True),
        ("when: {kind: skipped}, verdict: warn, stop: true\nwhen: {lies: true}, verdict: block", False),
    ],
)
def test_rules_that_are_never_asked_are_told_of(rules: str, never: bool) -> None:
    assert any("r1 is never asked: r0 stops the search" in text for text, _ in remarks(made(rules))) is never


def test_gaps_strangers_and_exceptions_for_whole_files_are_noted() -> None:
    policy = made(
        "when: {class: secret, owner: [nobody-of-that-name, 0]}, verdict: warn",
        "exceptions:\n" + exception("all", 90, "{path: /tests/**}"),
    )
    texts = [text for text, _ in remarks(policy)]
    assert texts == [
        "no rule speaks of passages of the class internal: they are allowed",
        "no rule speaks of what was not read: it is allowed, unseen",
        "r0: there is no user nobody-of-that-name on this machine",
        "the exception all says nothing of what was found: it takes whole files out of account",
    ]


@pytest.mark.parametrize("name", ["default-policy.yaml", "example-policy.yaml"])
def test_there_is_nothing_to_do_about_shipped_policies(name: str) -> None:
    policy = load(Path(shipped(name)).read_bytes(), name)
    assert not [each for each in checking.check(policy, 0) if each.grave]


# --- cases --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: 2\ncases: []\n", "line 1: version 2; this engine reads version 1"),
        ("version: 1\ncases: []\n", "line 2: no cases"),
        ("version: 1\ncases:\n  - {name: a, expect: shout}\n", "line 3: cases.0.expect: Invalid enum value"),
        ("version: 1\ncases:\n  - {name: a, expect: warn, text: a, file: b}\n", "line 3: give one of `text`, `file`"),
        (
            "version: 1\ncases:\n  - {name: a, expect: warn}\n  - {name: a, expect: warn}\n",
            "line 4: two cases have the",
        ),
        (
            "version: 1\ncases:\n  - {name: a, expect: warn, given: [{kind: file}]}\n",
            "no kind 'file'; there are passage",
        ),
        ("version: 1\ncases:\n  - {name: a, expect: warn, about: {size: big}}\n", "line 3: 'big' is no size"),
        ("version: 1\ncases:\n  - {name: a, expect: warn, given: [{kind: set, size: 3}]}\n", "unknown field `size`"),
        ("version: 1\ncases:\n  - &a {name: a, expect: warn}\n  - *a\n", "aliases are not read"),
    ],
)
def test_what_are_no_cases_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        cases.load(text.encode(), "cases.yaml")
    assert str(caught.value).startswith("cases.yaml, line ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("case", "missed"),
    [
        ("given: [{kind: passage, label: secret, evidence: 500, rarity: 24}], expect: block", []),
        ("given: [{kind: passage, label: secret, evidence: 500}], expect: warn", ["block, not warn: secret document"]),
        ("given: [{kind: passage, label: secret, document: open, evidence: 5}], expect: allow, exceptions: [open]", []),
        ("given: [{kind: term, label: secret}], expect: block, exceptions: [open]", ["exceptions none; open should"]),
        ("given: [{kind: set, label: secret, files: 3}], expect: block, rules: [r12]", []),
        ("given: [{kind: pattern, tags: [personal], severity: high}], expect: block", []),
        ("given: [{kind: skipped, skipped: limit}], expect: block", []),
        ("given: [{kind: pattern}], about: {age: 31d}, expect: audit, rules: [r11]", []),
        ("about: {size: 499, path: a.txt}, expect: block", []),
        ("about: {size: 500, path: a.txt}, expect: allow", []),
        ("about: {lies: true, channel: out}, expect: block", []),
        ("about: {owner: 7, type: pdf, jurisdiction: US, coverage: unscannable, authors: [a], branches: [b]}, "
         "expect: block, rules: [r15]", []),
    ],
)  # fmt: skip
def test_cases_are_judged_as_a_scan_would_be(case: str, missed: list[str]) -> None:
    policy = made(RULES, MORE)
    (listed,) = cases.load(f"version: 1\ncases:\n  - {{name: a, {case}}}\n".encode(), "cases.yaml")
    told = cases.misses(listed, cases.decide(policy, listed, Subject(""), (), ()))
    assert len(told) == len(missed)
    for each, expected in zip(told, missed, strict=True):
        assert each.startswith(expected)


# --- comparing ----------------------------------------------------------------------------------


def result(path: str, *matters: object, origin: Origin = Origin()) -> Result:  # noqa: B008 - frozen
    found = tuple(each for each in matters if not isinstance(each, type(skipped())))
    skips = tuple(each for each in matters if isinstance(each, type(skipped())))
    return Result(path, (path,), Verdict.ALLOW, (), Coverage.COMPLETE, found, skips, file=file(), origin=origin)  # type: ignore[arg-type]


def test_changes_are_of_verdicts_or_of_what_goes_with_them() -> None:
    old = made("when: {class: secret}, verdict: warn\nwhen: {kind: skipped}, verdict: audit")
    new = made("when: {class: secret, evidence: 60}, verdict: block\nwhen: {skipped: encrypted}, verdict: audit")
    found = [result("a", passage()), result("b", passage(evidence=3)), result("c", skipped()), result("d")]
    changes = list(diff(old, new, found))
    assert [(each.path, each.old.verdict, each.new.verdict, each.verdict) for each in changes] == [
        ("a", "warn", "block", True),
        ("b", "warn", "allow", True),
        ("c", "audit", "audit", False),
        ("d", "allow", "allow", False),
    ]


def test_a_channel_that_the_old_policy_named_is_named_anew() -> None:
    rule = "when: {channel: out}, verdict: warn"
    old = made(rule, "channels:\n  - {name: out, paths: [/out/**], jurisdiction: US}\n")
    new = made(rule, "channels:\n  - {name: in, paths: [/out/**]}\n  - {name: out, paths: [/new/**]}\n")
    placed = result("/out/a", passage(), origin=Origin(channel="out", jurisdiction="US"))
    (change,) = diff(old, new, [placed])
    assert (change.old.verdict, change.new.verdict) == (Verdict.WARN, Verdict.ALLOW)
    named = result("/in/a", passage(), origin=Origin(channel="out"))
    assert subject_of(named, old).origin.channel == "out"
    (change,) = diff(old, new, [named])
    assert (change.old.verdict, change.new.verdict) == (Verdict.WARN, Verdict.WARN)


def test_other_reasons_of_the_same_verdict_are_no_change_of_it() -> None:
    policy = made("when: {skipped: encrypted}, verdict: warn")
    (change,) = diff(policy, policy, [result("a", skipped(), skipped(Reason.CORRUPT))])
    assert not change.verdict
    assert msgspec.structs.asdict(change)["old"] == change.new
