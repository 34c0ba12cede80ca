"""The compiled policy decides as its text says, by a plain evaluator that reads the text alone; and so does what
explains it."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.errors import ConfigError
from dlp.model import LEVELS, Finding, PassageFinding, PatternFinding, Reason, SetFinding, Skipped, Subject, TermFinding
from dlp.policy.explaining import explain
from dlp.policy.policy import load

from .making import file, passage, skipped, term, together, value

CLASSES = ["public", "internal", "secret"]
KIND = {
    PassageFinding: "passage",
    SetFinding: "set",
    PatternFinding: "pattern",
    TermFinding: "term",
    Skipped: "skipped",
}
REGISTERED = {"passage", "set", "term"}
FIGURES = {"evidence": {"passage", "set"}, "rarity": {"passage", "set"}, "count": {"pattern", "term"}, "files": {"set"}}


class Plain:
    """A policy, evaluated slowly. One document a finding, one place a file."""

    def __init__(self, text: str) -> None:
        self.policy = yaml.safe_load(text)

    def verdict(self, subject: Subject, matters: Sequence[Any]) -> tuple[str, list[str]]:
        left = [
            each for each in matters if not any(self.holds(e["when"], each, subject, matters) for e in self.excepted)
        ]
        order = ["allow", "audit", "warn", "quarantine", "block"]
        applied = []
        for each in left:
            for rule in self.policy["rules"]:
                if self.holds(rule["when"], each, subject, left):
                    applied.append(rule)
                    if rule.get("stop"):
                        break
        if not applied and None in left:
            return self.policy["default"], []
        verdict = max((rule["verdict"] for rule in applied), key=order.index, default="allow")
        names = [rule["name"] for rule in self.policy["rules"] if rule in applied and rule["verdict"] == verdict]
        return verdict, names

    @property
    def excepted(self) -> list[Any]:
        listed: list[Any] = self.policy.get("exceptions", [])
        return listed

    def holds(self, when: Any, thing: Any, subject: Subject, matters: Sequence[Any]) -> bool:
        return self.ask(when, thing, subject, matters) is True

    def ask(self, when: Any, thing: Any, subject: Subject, matters: Sequence[Any]) -> bool | None:
        """None: it says nothing of such a matter."""
        answers = [self.one(name, value, thing, subject, matters) for name, value in when.items()]
        return None if None in answers else all(answers)

    def one(self, name: str, value: Any, thing: Any, subject: Subject, matters: Sequence[Any]) -> bool | None:
        kind = KIND.get(type(thing), "file")
        if name in ("all", "any"):
            answers = [self.ask(each, thing, subject, matters) for each in value]
            if name == "all":
                return None if None in answers else all(answers)
            return None if all(each is None for each in answers) else any(answers)
        if name == "not":
            answer = self.ask(value, thing, subject, matters)
            return None if answer is None else not answer
        if name == "with":
            return any(self.holds(value, each, subject, matters) for each in matters)
        if name == "kind":
            return kind in listed(value)
        if name in ("class", "class-at-least"):
            if kind not in REGISTERED:
                return None
            label = thing.document.label
            if name == "class":
                return (label if label in CLASSES else "unlisted") in listed(value)
            return label in CLASSES and CLASSES.index(label) >= CLASSES.index(value)
        if name == "rule":
            return any(fnmatch.fnmatchcase(thing.rule, each) for each in listed(value)) if kind == "pattern" else None
        if name == "skipped":
            return thing.reason in listed(value) if kind == "skipped" else None
        if name in ("severity", "confidence"):
            if kind in ("skipped", "file"):
                return None
            return bool(getattr(thing, name).rank >= [level.value for level in LEVELS].index(value))
        if name == "type":
            return subject.file is not None and subject.file.type in listed(value)
        assert name in FIGURES
        if kind not in FIGURES[name]:
            return None
        figure = float("inf") if (name, kind) == ("rarity", "set") else getattr(thing, name)
        bounds = value if isinstance(value, dict) else {"from": value}
        return bool(
            bounds.get("from", 0) <= figure < bounds.get("below", float("inf"))
            or (figure == float("inf") and "below" not in bounds)
        )


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


FIGURE = st.integers(0, 6)
LEVEL = st.sampled_from(["low", "medium", "high", "critical"])
LEAF = st.one_of(
    st.fixed_dictionaries({"kind": st.lists(st.sampled_from(sorted(KIND.values())), min_size=1, max_size=3)}),
    st.fixed_dictionaries({"class": st.sampled_from([*CLASSES, "unlisted"])}),
    st.fixed_dictionaries({"class-at-least": st.sampled_from(CLASSES)}),
    st.fixed_dictionaries({"rule": st.sampled_from(["card", "c*", "key"])}),
    st.fixed_dictionaries({"skipped": st.sampled_from(["encrypted", "corrupt"])}),
    st.fixed_dictionaries({"severity": LEVEL}),
    st.fixed_dictionaries({"confidence": LEVEL}),
    st.fixed_dictionaries({"type": st.sampled_from(["pdf", "zip"])}),
    st.sampled_from(list(FIGURES)).flatmap(lambda name: st.fixed_dictionaries({name: FIGURE})),
    st.fixed_dictionaries({"evidence": st.fixed_dictionaries({"from": FIGURE, "below": st.integers(7, 9)})}),
)


def grown(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(parts, min_size=1, max_size=3)
    merged = several.map(lambda each: {key: value for part in each for key, value in part.items()})
    return (
        st.fixed_dictionaries({"all": several})
        | st.fixed_dictionaries({"any": several})
        | st.fixed_dictionaries({"not": parts})
        | merged
    )


WITHIN = st.recursive(LEAF, grown, max_leaves=4)
WHEN = st.recursive(LEAF | st.fixed_dictionaries({"with": WITHIN}), grown, max_leaves=6)
VERDICT = st.sampled_from(["allow", "audit", "warn", "quarantine", "block"])
RULE = st.fixed_dictionaries({"when": WHEN, "verdict": VERDICT, "stop": st.booleans()})

LEVELLED = {"severity": st.sampled_from(LEVELS), "confidence": st.sampled_from(LEVELS)}
LABEL = st.sampled_from([*CLASSES, "else"])
MATTERS = st.lists(
    st.one_of(
        st.builds(passage, LABEL, FIGURE, **LEVELLED),
        st.builds(together, LABEL, FIGURE, files=st.integers(2, 6)),
        st.builds(value, st.sampled_from(["card", "key"]), count=FIGURE, **LEVELLED),
        st.builds(term, LABEL, count=FIGURE),
        st.builds(skipped, st.sampled_from([Reason.ENCRYPTED, Reason.CORRUPT, Reason.LIMIT])),
    ),
    max_size=5,
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(RULE, min_size=1, max_size=5),
    st.lists(WHEN, max_size=2),
    st.sampled_from(["allow", "warn"]),
    MATTERS,
    st.sampled_from(["pdf", "text"]),
)
def test_the_compiled_policy_decides_as_its_text_says(
    rules: list[Any], excepted: list[Any], default: str, matters: list[Finding | Skipped], kind: str
) -> None:
    text = written(rules, excepted, default)
    if text is None:
        return
    policy = load(text.encode(), "drawn.yaml")
    subject = Subject("f", file(type=kind))
    findings = [each for each in matters if not isinstance(each, Skipped)]
    skips = [each for each in matters if isinstance(each, Skipped)]
    there = [*findings, *skips, None]
    decision = policy.decide(subject, findings, skips)
    verdict, names = Plain(text).verdict(subject, there)
    assert (decision.verdict.value, list(decision.handling.rules)) == (verdict, names)
    told = explain(policy, subject, findings, skips)
    assert told.decision == decision
    applied = [each for each in told.rules if each.applies and each.says == verdict]
    assert [each.name for each in applied] == names
    assert all(bool(each.applies) != bool(each.fails) for each in (*told.rules, *told.exceptions))
    assert [each.name for each in told.exceptions if each.applies] == [
        f"e{at}" for at, e in enumerate(Plain(text).excepted)
        if any(Plain(text).holds(e["when"], each, subject, there) for each in there)
    ]  # fmt: skip
    if not policy.clean:
        assert policy.decide(subject, (), ()).verdict == "allow"


def written(rules: list[Any], excepted: list[Any], default: str) -> str | None:
    """Without what can never hold; None where nothing is left."""
    classes = [{"name": each} for each in CLASSES]
    kept, left = [], []
    for rule in rules:
        one = {"version": 2, "default": default, "classes": classes, "rules": [{"name": "r", **rule}]}
        try:
            load(yaml.safe_dump(one).encode(), "one.yaml")
        except ConfigError as error:
            if "never" not in str(error):
                raise
        else:
            kept.append({"name": f"r{len(kept)}", **rule})
    for when in excepted:
        left.append({"name": f"e{len(left)}", "when": when, "owner": "A", "reason": "B", "expires": "2099-01-31"})
        one = {"version": 2, "default": default, "classes": classes, "rules": kept, "exceptions": left}
        try:
            load(yaml.safe_dump(one).encode(), "one.yaml")
        except ConfigError:
            left.pop()
    if not kept:
        return None
    whole = {"version": 2, "default": default, "classes": classes, "rules": kept, "exceptions": left}
    return yaml.safe_dump(whole)


@settings(max_examples=80, deadline=None)
@given(WHEN, MATTERS, st.sampled_from(["pdf", "zip", "text"]))
def test_what_is_refused_as_impossible_never_holds(when: Any, matters: list[Finding | Skipped], kind: str) -> None:
    rule = {"name": "r", "when": when, "verdict": "warn"}
    whole = {"version": 2, "default": "allow", "classes": [{"name": each} for each in CLASSES], "rules": [rule]}
    text = yaml.safe_dump(whole)
    try:
        load(text.encode(), "drawn.yaml")
    except ConfigError as error:
        if "rule 'r'" not in str(error):
            pytest.fail(str(error))
        if not any(name in str(when) for name in ("'any'", "'not'", "'with'")):
            subject = Subject("f", file(type=kind))
            assert not any(Plain(text).holds(when, each, subject, [*matters, None]) for each in [*matters, None])
