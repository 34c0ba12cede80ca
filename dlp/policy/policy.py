"""The policy as data, loaded and checked, and the verdict it gives."""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import msgspec

from dlp.errors import ConfigError
from dlp.model import Finding, Reason, SetFinding, Skipped, Verdict

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


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which verdict findings and skipped parts lead to. See rules/default-policy.yaml."""

    version: int
    labels: Mapping[str, Sequence[Step]]
    skipped: Mapping[str, Verdict]

    def decide(self, findings: Sequence[Finding], skipped: Sequence[Skipped]) -> tuple[Verdict, tuple[str, ...]]:
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
        return verdict, tuple(reasons)

    def _finding(self, finding: Finding) -> tuple[Verdict, str]:
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


def load(text: bytes, where: str) -> Policy:
    """A policy from YAML. Raises ConfigError that says where and what."""
    import yaml

    class Loader(yaml.CSafeLoader):
        """Refuses keys given twice, of which YAML takes the last, and merge keys, which multiply."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
            seen: set[object] = set()
            for key, _ in node.value:
                if key.tag == "tag:yaml.org,2002:merge" or (isinstance(key, yaml.ScalarNode) and key.value in seen):
                    problem = "merge keys are not read" if key.value not in seen else f"{key.value!r} is here twice"
                    raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
                seen.add(key.value if isinstance(key, yaml.ScalarNode) else None)
            return super().construct_mapping(node, deep)

    if len(text) > MAX_SIZE:
        raise ConfigError(f"{where}: {len(text):,} bytes; a policy has at most {MAX_SIZE:,}")
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):  # the parser in C ends the process where it is too deep
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise ConfigError(f"{where}: nested deeper than a policy is")
        plain = yaml.load(text, Loader=Loader)
        labels = plain.get("labels") if isinstance(plain, dict) else None
        steps = [each for each in labels.values() if isinstance(each, list)] if isinstance(labels, dict) else []
        if sum(map(len, steps)) > MAX_STEPS:
            raise ConfigError(f"{where}: more than {MAX_STEPS:,} steps, aliases and what they stand for included")
        policy = msgspec.convert(plain, Policy)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigError(f"{where}{line}: {error.problem or error.context}") from None
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {error}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # such as a date that is none
        raise ConfigError(f"{where}: not YAML: {error}") from None
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
