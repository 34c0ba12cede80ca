"""The policy: from what was found in a file, and what was not read of it, to a verdict.

Every rule is asked of every matter of a file: each finding, each part that was not read, and the file itself. The
strictest verdict wins. What a rule can be asked of at all, its key tells once and for all (`compiling`), so that few
rules are asked of any one matter.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from dlp.errors import ConfigError
from dlp.model import Decision, Finding, Handling, Level, Origin, Skipped, Subject, Verdict
from dlp.policy.classes import Classes
from dlp.policy.compiling import MAX_KEYS, Compiler
from dlp.policy.forms import Test
from dlp.policy.matter import Facts, Key, Thing, clock, key_of, whole
from dlp.policy.nodes import Node, least
from dlp.policy.reasons import reason
from dlp.policy.wildcards import Paths
from dlp.policy.written import MAX_SIZE, Channel, Class, Reading, read_policy


class Rule(msgspec.Struct, frozen=True, eq=False):
    """A verdict for the matters of which `when` holds. `least`: figures from which on it may; `line`: of the file."""

    name: str
    when: Node
    verdict: Verdict
    severity: Level | None
    notify: tuple[str, ...]
    message: str
    keep: bool
    stop: bool
    least: Mapping[str, float]
    line: int

    @property
    def lenient(self) -> bool:
        """Whether it can keep stricter rules from being heard: then all places of a file must be so, not one."""
        return self.stop or self.verdict == Verdict.ALLOW


class Waiver(msgspec.Struct, frozen=True, eq=False):
    """An exception: matters of which `when` holds are left out of account, through the day `expires` in UTC."""

    name: str
    when: Node
    owner: str
    reason: str
    expires: date
    line: int

    @property
    def ends(self) -> float:
        """Seconds since 1970."""
        return datetime(self.expires.year, self.expires.month, self.expires.day, tzinfo=UTC).timestamp() + 86_400

    def days_left(self, now: float) -> int:
        """Below 0: it has expired."""
        return (self.expires - (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=now)).date()).days


_Ready = tuple[Sequence[tuple[int, Rule, Test | None]], Sequence[tuple[Waiver, Test | None]]]
"""Rules, with their places, and exceptions that may hold of matters of a key. None for a test: they do."""


class Policy:
    """Which verdict findings, skipped parts and files lead to. Read-only; see rules/README.md."""

    def __init__(self, reading: Reading, where: str, digest: str, now: Callable[[], float] = clock) -> None:
        """`now`: seconds since 1970, by which exceptions expire and files age."""
        written = reading.written
        self.where = where
        """The name of its file."""
        self.digest = digest
        """SHA-256 of its file, in hexadecimal digits."""
        self.default = written.default
        self.classes: tuple[Class, ...] = tuple(written.classes)
        """Mildest first."""
        self.channels: tuple[Channel, ...] = tuple(written.channels)
        self.rules: tuple[Rule, ...] = tuple(
            Rule(
                each.name,
                node,
                each.verdict,
                each.severity,
                tuple(each.notify),
                each.message.strip(),
                each.keep,
                each.stop,
                least(node),
                line,
            )
            for each, node, line in zip(written.rules, reading.rules, reading.rule_lines, strict=True)
        )
        self.exceptions: tuple[Waiver, ...] = tuple(
            Waiver(each.name, node, each.owner, each.reason, each.expires, line)
            for each, node, line in zip(written.exceptions, reading.exceptions, reading.exception_lines, strict=True)
        )
        self._now = now
        self._classes = Classes(self.classes)
        self._paths = [(each, Paths(each.paths)) for each in self.channels if each.paths]
        self._jurisdictions = {each.name: each.jurisdiction for each in self.channels}
        self._compiler = Compiler(self._classes.of)
        self._ready: dict[Key, _Ready] = {}

    @property
    def clean(self) -> bool:
        """Whether a file in which nothing was found may get another verdict than `allow`."""
        stricter = (each for each in self.rules if each.verdict != Verdict.ALLOW)
        alone = any(self._compiler.holds_alone(each.when, key_of(None)) for each in stricter)
        return self.default != Verdict.ALLOW or alone

    @property
    def notified(self) -> frozenset[str]:
        """Everybody whom a rule names to be told."""
        return frozenset(name for rule in self.rules for name in rule.notify)

    def classes_of(self, thing: Thing) -> tuple[str, ...]:
        """One for each document that it is of; of the values of a rule one, or none."""
        return self._classes.of(key_of(thing))

    def judges(self, label: str) -> bool:
        """Whether a passage of a document with this label may lead to anything."""
        return bool(self._asked(Key("passage", label, ("",)))[0])

    def placed(self, subject: Subject) -> Origin:
        """Where a file came from; where its source names no channel, the first that has its path."""
        origin = subject.origin
        if not self.channels:
            return origin
        channel, jurisdiction = origin.channel, origin.jurisdiction
        if not channel and self._paths:
            path = whole(subject.path)
            channel = next((each.name for each, paths in self._paths if paths.matches(*path)), "")
        jurisdiction = jurisdiction or self._jurisdictions.get(channel, "")
        if (channel, jurisdiction) == (origin.channel, origin.jurisdiction):
            return origin
        return msgspec.structs.replace(origin, channel=channel, jurisdiction=jurisdiction)

    def facts(self, subject: Subject, findings: Sequence[Finding], skipped: Sequence[Skipped]) -> Facts:
        """What rules and exceptions are asked about."""
        facts = Facts(subject, self.placed(subject), findings, self._now())
        facts.matters = (*findings, *skipped, None)
        return facts

    def decide(self, subject: Subject, findings: Sequence[Finding], skipped: Sequence[Skipped]) -> Decision:
        """The strictest verdict that any matter leads to, a reason for each that leads to it, and what goes with it.
        What several files have of a document is judged as one passage with all of the evidence."""
        facts = self.facts(subject, findings, skipped)
        excepted, reminders = self._except(facts) if self.exceptions else ({}, {})
        verdict, reasons = Verdict.ALLOW, dict[str, None]()
        applied: dict[int, Rule] = {}
        for thing in facts.matters:
            gravest: Rule | None = None
            for place, rule in self._applying(thing, facts):
                applied[place] = rule
                if gravest is None or rule.verdict.rank > gravest.verdict.rank:
                    gravest = rule
            if gravest is None or gravest.verdict == Verdict.ALLOW or gravest.verdict.rank < verdict.rank:
                continue
            if gravest.verdict != verdict:
                verdict, reasons = gravest.verdict, {}
            reasons[reason(thing, self.classes_of(thing), gravest.name, gravest.least)] = None
        if not applied and None in facts.matters and self.default != Verdict.ALLOW:
            verdict, reasons = self.default, {"no rule of the policy applies": None}
        if verdict != Verdict.ALLOW:
            reasons |= reminders
        return Decision(verdict, tuple(reasons), _handling(verdict, applied, tuple(excepted)))

    def applying(self, thing: Thing, facts: Facts) -> list[Rule]:
        """Rules that apply to a matter, as far as none stops the search."""
        return [rule for _, rule in self._applying(thing, facts)]

    def _applying(self, thing: Thing, facts: Facts) -> Iterator[tuple[int, Rule]]:
        for place, rule, test in self._asked(key_of(thing))[0]:
            if test is None or test(thing, facts):
                yield place, rule
                if rule.stop:
                    return

    def _except(self, facts: Facts) -> tuple[dict[str, None], dict[str, None]]:
        """Takes matters out of account. (exceptions in force that took any; what to say of expired ones that would)"""
        taken: dict[str, None] = {}
        reminders: dict[str, None] = {}
        kept: list[Thing] = []
        for thing in facts.matters:
            waivers = self.excepting(thing, facts)
            in_force = [each for each in waivers if facts.now < each.ends]
            taken |= dict.fromkeys(each.name for each in in_force)
            if not in_force:
                kept.append(thing)
                reminders |= {f"the exception {each.name} expired on {each.expires}": None for each in waivers}
        facts.matters = kept
        facts.memo.clear()  # what was asked of all matters is asked of those that are left
        return taken, reminders

    def excepting(self, thing: Thing, facts: Facts) -> list[Waiver]:
        """Exceptions that are about a matter, in force or not."""
        asked = self._asked(key_of(thing))[1]
        return [each for each, test in asked if test is None or test(thing, facts)]

    def _asked(self, key: Key) -> _Ready:
        ready = self._ready.get(key)
        if ready is None:
            if len(self._ready) >= MAX_KEYS:
                self._ready.clear()
            ready = self._ready[key] = self._made_ready(key)
        return ready

    def _made_ready(self, key: Key) -> _Ready:
        rules, waivers = [], []
        for place, rule in enumerate(self.rules):
            test = self._compiler.compile(rule.when, key, every=rule.lenient)
            if callable(test) or test:
                rules.append((place, rule, test if callable(test) else None))
        for waiver in self.exceptions:
            test = self._compiler.compile(waiver.when, key, every=True)
            if callable(test) or test:
                waivers.append((waiver, test if callable(test) else None))
        return rules, waivers


def _handling(verdict: Verdict, applied: Mapping[int, Rule], exceptions: tuple[str, ...]) -> Handling:
    """Rules with the verdict speak, the first of them first; who is told, and what is kept, any rule that applies can
    ask for."""
    if not applied:
        return Handling(exceptions=exceptions)
    rules = [rule for _, rule in sorted(applied.items())]
    leading = [rule for rule in rules if rule.verdict == verdict]
    return Handling(
        rules=tuple(rule.name for rule in leading),
        severity=next((rule.severity for rule in leading if rule.severity), None),
        notify=tuple(dict.fromkeys(name for rule in rules for name in rule.notify)),
        message=next((rule.message for rule in leading if rule.message), ""),
        keep=any(rule.keep for rule in rules),
        exceptions=exceptions,
    )


def load(text: bytes, where: str, now: Callable[[], float] = clock) -> Policy:
    """A policy from YAML. Raises ConfigError that says where and what."""
    return Policy(read_policy(text, where), where, hashlib.sha256(text).hexdigest(), now)


def load_file(path: str) -> Policy:
    """The policy of a file. Raises ConfigError."""
    try:
        with open(path, "rb") as file:
            text = file.read(MAX_SIZE + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise ConfigError(f"cannot read the policy {path}: {getattr(error, 'strerror', None) or error}") from None
    return load(text, path)


@functools.cache
def default_policy() -> Policy:
    """The built-in policy: rules/default-policy.yaml."""
    with open(shipped("default-policy.yaml"), "rb") as file:
        return load(file.read(), "default-policy.yaml")


def shipped(name: str) -> str:
    """The path of a file in rules/. importlib.resources would cost 5 ms."""
    return os.path.join(os.path.dirname(os.path.dirname(__file__)), "rules", name)
