"""Why a file gets its verdict: of each rule and exception, what it applies to, or what it fails at.

Conditions are asked one by one, as they are written, not as they are compiled: the two must agree, which a test holds.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from dlp.model import Decision, Finding, Skipped, Subject
from dlp.policy.conditions import CONDITIONS
from dlp.policy.matter import KINDS, Facts, Known, Thing, key_of
from dlp.policy.nodes import AllOf, AnyOf, Leaf, Node, Not, With, speaks_of
from dlp.policy.policy import Policy

NAMED = {
    "passage": "passages",
    "set": "documents in several files",
    "pattern": "what rules find",
    "term": "terms",
    "skipped": "what was not read",
    "file": "the file itself",
}


class Asked(msgspec.Struct, frozen=True):
    """One rule, or exception. `applies`: to what, in words; `fails`: at what it came closest, where to nothing."""

    name: str
    says: str
    """The verdict; of an exception, until when it holds."""
    applies: tuple[str, ...]
    fails: str = ""


class Explanation(msgspec.Struct, frozen=True):
    """All that a policy has to say of one file."""

    decision: Decision
    matters: tuple[str, ...]
    rules: tuple[Asked, ...]
    exceptions: tuple[Asked, ...]


def explain(policy: Policy, subject: Subject, findings: Sequence[Finding], skipped: Sequence[Skipped]) -> Explanation:
    """What `Policy.decide` goes by."""
    facts = policy.facts(subject, findings, skipped)
    matters = list(facts.matters)
    exceptions = []
    left_out: dict[int, str] = {}
    for waiver in policy.exceptions:
        answers = [_fails(waiver.when, _known(policy, each), each, facts, policy, True) for each in matters]
        expired = facts.now >= waiver.ends
        for at, answer in enumerate(answers):
            if answer is None and not expired:
                left_out.setdefault(at, waiver.name)
        says = f"expired on {waiver.expires}" if expired else f"until {waiver.expires}"
        exceptions.append(_asked(waiver.name, says, matters, answers))
    facts.matters = [each for at, each in enumerate(matters) if at not in left_out]
    facts.memo.clear()
    rules = []
    stopped: dict[int, str] = {}
    for rule in policy.rules:
        answers = []
        for at, each in enumerate(matters):
            answer = _fails(rule.when, _known(policy, each), each, facts, policy, rule.lenient)
            if answer is None and at in left_out:
                answer = _Failure(_ALL, f"left out by the exception {left_out[at]}")
            elif answer is None and at in stopped:
                answer = _Failure(_ALL, f"not asked: {stopped[at]} stops the search")
            elif answer is None and rule.stop:
                stopped[at] = rule.name
            answers.append(answer)
        rules.append(_asked(rule.name, rule.verdict.value, matters, answers))
    decision = policy.decide(subject, findings, skipped)
    return Explanation(decision, tuple(map(named, matters)), tuple(rules), tuple(exceptions))


def named(thing: Thing) -> str:
    """A matter, in words."""
    key = key_of(thing)
    if thing is None:
        return "the file itself"
    if isinstance(thing, Skipped):
        return f"{thing.provenance[-1] if thing.provenance else ''}, not read: {thing.reason}"
    if key.kind == "set":
        return f"{key.documents[0]} in several files"
    place = getattr(thing, "span", None)
    where = f", line {place.line}" if place is not None else ""
    if key.kind == "pattern":
        return f"{key.rule}{where}"
    return f"{key.kind} of {key.documents[0]}{where}"


class _Failure(msgspec.Struct, frozen=True):
    """`held`: conditions that do hold, by which the closest is told."""

    held: int
    why: str


_ALL = 1_000
"""Conditions: none fails."""


def _asked(name: str, says: str, matters: Sequence[Thing], answers: Sequence[_Failure | None]) -> Asked:
    applies = tuple(named(each) for each, answer in zip(matters, answers, strict=True) if answer is None)
    if applies:
        return Asked(name, says, applies)
    failures = [(answer, each) for answer, each in zip(answers, matters, strict=True) if answer is not None]
    closest, thing = max(failures, key=lambda pair: pair[0].held)
    return Asked(name, says, (), closest.why if closest.held < 0 else f"{closest.why} ({named(thing)})")


def _known(policy: Policy, thing: Thing) -> Known:
    return Known(key_of(thing), policy.classes_of(thing))


def _fails(node: Node, known: Known, thing: Thing, facts: Facts, policy: Policy, every: bool) -> _Failure | None:
    """None: it holds."""
    if known.key.kind not in _speaks_of(node, known):
        *first, last = [NAMED[kind] for kind in KINDS if kind in speaks_of(node)]
        spoken = f"{', '.join(first)} and {last}" if first else last
        return _Failure(-1, f"it is about {spoken}, and there is none")
    if isinstance(node, Leaf):
        return _leaf(node, known, thing, facts, every)
    if isinstance(node, Not):
        answer = _fails(node.part, known, thing, facts, policy, not every)
        return None if answer is not None else _Failure(0, f"`not`: {shown(node.part)} holds")
    if isinstance(node, With):
        for each in facts.matters:
            if _fails(node.part, _known(policy, each), each, facts, policy, every) is None:
                return None
        return _Failure(0, f"`with`: there is nothing of which {shown(node.part)} holds")
    answers = [_fails(part, known, thing, facts, policy, every) for part in node.parts]
    failed = [answer for answer in answers if answer is not None]
    if isinstance(node, AllOf):
        return _Failure(len(answers) - len(failed), failed[0].why) if failed else None
    if len(failed) < len(answers):
        return None
    told = [answer.why for answer in failed if answer.held >= 0]
    return _Failure(0, " and ".join(told))


def _speaks_of(node: Node, known: Known) -> frozenset[str]:
    """Kinds that it speaks of; of what rules find, a class only if there is one."""
    if isinstance(node, Leaf):
        kinds = CONDITIONS[node.name].kinds
        return kinds - {"pattern"} if node.name.startswith("class") and not known.classes else kinds
    if isinstance(node, AllOf):
        return frozenset.intersection(*(_speaks_of(part, known) for part in node.parts))
    if isinstance(node, AnyOf):
        return frozenset.union(*(_speaks_of(part, known) for part in node.parts))
    return _speaks_of(node.part, known) if isinstance(node, Not) else speaks_of(node)


def _leaf(node: Leaf, known: Known, thing: Thing, facts: Facts, every: bool) -> _Failure | None:
    condition = CONDITIONS[node.name]
    answer = condition.test(node.value, known, every)
    if answer(thing, facts) if callable(answer) else answer:
        return None
    return _Failure(0, f"`{node.name}` {condition.actual(known, thing, facts)}, not {_text(node.written)}")


def shown(node: Node) -> str:
    """Conditions, as a policy has them."""
    if isinstance(node, Leaf):
        return f"{{{node.name}: {_text(node.written)}}}"
    if isinstance(node, Not | With):
        return f"{{{'not' if isinstance(node, Not) else 'with'}: {shown(node.part)}}}"
    inner = [shown(part) for part in node.parts]
    if isinstance(node, AnyOf):
        return f"{{any: [{', '.join(inner)}]}}"
    keys = [each.partition(":")[0] for each in inner]
    if len(set(keys)) == len(keys):
        return f"{{{', '.join(each[1:-1] for each in inner)}}}"
    return f"{{all: [{', '.join(inner)}]}}"


def _text(written: object) -> str:
    if isinstance(written, bool):
        return "true" if written else "false"
    if isinstance(written, list):
        return f"[{', '.join(map(_text, written))}]"
    if isinstance(written, dict):
        return f"{{{', '.join(f'{name}: {_text(value)}' for name, value in written.items())}}}"
    return str(written)
