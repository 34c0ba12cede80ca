"""The policy as data, loaded and checked, and the verdict it gives."""

from __future__ import annotations

import fnmatch
import functools
import math
import os
from collections.abc import Mapping, Sequence

import msgspec

from dlp.errors import ConfigError
from dlp.model import (
    Decision,
    Finding,
    Level,
    PassageFinding,
    PatternFinding,
    Reason,
    SetFinding,
    Skipped,
    Subject,
    TermFinding,
    Verdict,
)
from dlp.plain_yaml import Page

ANY = "*"

MAX_SIZE = 1 << 20
"""Bytes of a policy's file."""

MAX_DEPTH = 10
"""Lists and mappings inside one another."""

MAX_STEPS = 10_000
"""Steps of all labels together; an alias counts as what it stands for."""


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A verdict for passages of at least `evidence` symbols and of at least this `rarity`, of a document that is in the
    text to at least `share`."""

    verdict: Verdict
    evidence: int = 0
    rarity: int = 0
    share: float = 0.0

    def __post_init__(self) -> None:
        if self.evidence < 0 or self.rarity < 0 or not 0 <= self.share <= 1:  # also what is no number
            raise ValueError("`evidence` and `rarity` count from 0 on, and `share` lies from 0 to 1")


class PatternStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A verdict for matches of rules with one of `tags` (or any, where none is named) or of `rules` (ids; `*` and `?`
    stand for anything), of at least this severity, confidence and count."""

    verdict: Verdict
    tags: Sequence[str] = ()
    rules: Sequence[str] = ()
    severity: Level = Level.LOW
    confidence: Level = Level.LOW
    count: int = 1

    def applies(self, finding: PatternFinding) -> bool:
        if self.tags and not set(self.tags) & set(finding.tags):
            return False
        if self.rules and not any(fnmatch.fnmatchcase(finding.rule, each) for each in self.rules):
            return False
        levels = finding.severity.rank >= self.severity.rank and finding.confidence.rank >= self.confidence.rank
        return levels and finding.count >= self.count


class TermStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A verdict for a registered term that stands in a text at least `count` times."""

    verdict: Verdict
    count: int = 1
    confidence: Level = Level.LOW

    def applies(self, finding: TermFinding) -> bool:
        return finding.count >= self.count and finding.confidence.rank >= self.confidence.rank


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which verdict findings and skipped parts lead to. See rules/default-policy.yaml."""

    version: int
    labels: Mapping[str, Sequence[Step]]
    skipped: Mapping[str, Verdict]
    patterns: Sequence[PatternStep] = (PatternStep(Verdict.AUDIT),)
    """What is not judged is noted: a policy that does not speak of patterns or terms does not hide them."""
    terms: Mapping[str, Sequence[TermStep]] = msgspec.field(default_factory=lambda: {ANY: (TermStep(Verdict.AUDIT),)})

    @property
    def clean(self) -> bool:
        """Whether a file in which nothing was found may get another verdict than `allow`."""
        return False

    def decide(self, subject: Subject, findings: Sequence[Finding], skipped: Sequence[Skipped]) -> Decision:
        """The strictest verdict that anything leads to, and a reason for each thing that leads to it. What several
        files have of a document is judged as one passage with all of the evidence."""
        verdict = Verdict.ALLOW
        reasons: dict[str, None] = {}
        judged = [self._finding(each) for each in findings] + [self._skipped(each) for each in skipped]
        for each, reason in judged:
            if each.rank > verdict.rank:
                verdict, reasons = each, {}
            if each == verdict and each != Verdict.ALLOW:
                reasons[reason] = None
        return Decision(verdict, tuple(reasons))

    def _finding(self, finding: Finding) -> tuple[Verdict, str]:
        if isinstance(finding, PatternFinding):
            verdicts = [step.verdict for step in self.patterns if step.applies(finding)]
            levels = f"severity {finding.severity}, confidence {finding.confidence}"
            times = f", {finding.count:,} of them" if finding.count > 1 else ""
            return _strictest(verdicts), f"{finding.name}{times}: {levels}"
        if isinstance(finding, TermFinding):
            label = finding.document.label
            steps = self.terms.get(label, self.terms.get(ANY, ()))
            verdicts = [step.verdict for step in steps if step.applies(finding)]
            return _strictest(verdicts), f"{label} terms of {finding.document.name}"
        return self._passage(finding)

    def _passage(self, finding: PassageFinding | SetFinding) -> tuple[Verdict, str]:
        label, evidence = finding.document.label, finding.evidence
        if isinstance(finding, SetFinding):  # only passages that are rare enough add up to one
            share, rarity, files = finding.share, math.inf, finding.files
        else:
            share, rarity, files = finding.evidence_share, finding.rarity, 0
        steps = self.labels.get(label, self.labels.get(ANY, ()))
        best: Step | None = None
        for step in steps:
            applies = evidence >= step.evidence and rarity >= step.rarity and share >= step.share
            if applies and (best is None or step.verdict.rank > best.verdict.rank):
                best = step
        if best is None:
            return Verdict.ALLOW, ""
        terms = [f"{evidence} symbols" if not best.evidence else f"{evidence} symbols (from {best.evidence} on)"]
        if best.rarity and not files:
            terms.append(f"{rarity} of them rare (from {best.rarity} on)")
        if best.share:
            terms.append(f"{share:.0%} of it (from {best.share:.0%} on)")
        elif files:
            terms.append(f"{share:.0%} of it")
        if files:
            terms.append(f"in {files:,} files together")
        return best.verdict, f"{label} document {finding.document.name}: {', '.join(terms)}"

    def _skipped(self, skipped: Skipped) -> tuple[Verdict, str]:
        verdict = self.skipped.get(skipped.reason, self.skipped.get(ANY, Verdict.ALLOW))
        return verdict, f"not read: {skipped.reason}"


def _strictest(verdicts: Sequence[Verdict]) -> Verdict:
    return max(verdicts, key=lambda each: each.rank, default=Verdict.ALLOW)


def load(text: bytes, where: str) -> Policy:
    """A policy from YAML. Raises ConfigError that says where and what."""
    page = Page(text, where, "a policy", size=MAX_SIZE, depth=MAX_DEPTH, aliases=True)
    labels = page.data.get("labels") if isinstance(page.data, dict) else None
    steps = [each for each in labels.values() if isinstance(each, list)] if isinstance(labels, dict) else []
    if sum(map(len, steps)) > MAX_STEPS:
        raise ConfigError(f"{where}: more than {MAX_STEPS:,} steps, aliases and what they stand for included")
    policy: Policy = page.convert(page.data, Policy)
    if policy.version != 1:
        raise ConfigError(f"{where}: version {policy.version}; this engine reads version 1")
    if not policy.labels:
        raise ConfigError(f"{where}: a policy without labels decides nothing; write at least the label '*'")
    known = {*Reason, ANY}
    for reason in policy.skipped:
        if reason not in known:
            raise ConfigError(f"{where}: skipped: there is no reason '{reason}'; there are {', '.join(sorted(known))}")
    return policy


@functools.cache
def default_policy() -> Policy:
    """The built-in policy: rules/default-policy.yaml."""
    path = os.path.join(os.path.dirname(os.path.dirname(__file__)), "rules", "default-policy.yaml")
    with open(path, "rb") as file:  # importlib.resources would cost 5 ms
        return load(file.read(), "default-policy.yaml")
