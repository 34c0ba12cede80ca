"""The policy as data, loaded and checked, and the verdict it gives."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping, Sequence

import msgspec

from dlp.errors import ConfigError
from dlp.model import Finding, Reason, Skipped, Verdict

ANY = "*"


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A verdict for passages of at least `evidence` symbols, of a document that is in the text to at least `share`."""

    verdict: Verdict
    evidence: int = 0
    share: float = 0.0


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which verdict findings and skipped parts lead to. See rules/default-policy.yaml."""

    version: int
    labels: Mapping[str, Sequence[Step]]
    skipped: Mapping[str, Verdict]

    def decide(self, findings: Sequence[Finding], skipped: Sequence[Skipped]) -> tuple[Verdict, tuple[str, ...]]:
        """The strictest verdict that anything leads to, and a reason for each thing that leads to it."""
        verdict = Verdict.ALLOW
        reasons: dict[str, None] = {}
        judged = [self._passage(each) for each in findings] + [self._skipped(each) for each in skipped]
        for each, reason in judged:
            if each.rank > verdict.rank:
                verdict, reasons = each, {}
            if each == verdict and each != Verdict.ALLOW:
                reasons[reason] = None
        return verdict, tuple(reasons)

    def _passage(self, finding: Finding) -> tuple[Verdict, str]:
        label, share = finding.document.label, finding.document_share
        evidence = finding.evidence
        steps = self.labels.get(label, self.labels.get(ANY, ()))
        best: Step | None = None
        for step in steps:
            applies = evidence >= step.evidence and share >= step.share
            if applies and (best is None or step.verdict.rank > best.verdict.rank):
                best = step
        if best is None:
            return Verdict.ALLOW, ""
        terms = [f"{evidence} symbols" if not best.evidence else f"{evidence} symbols (from {best.evidence} on)"]
        if best.share:
            terms.append(f"{share:.0%} of it (from {best.share:.0%} on)")
        return best.verdict, f"{label} document {finding.document.name}: {', '.join(terms)}"

    def _skipped(self, skipped: Skipped) -> tuple[Verdict, str]:
        verdict = self.skipped.get(skipped.reason, self.skipped.get(ANY, Verdict.ALLOW))
        return verdict, f"not read: {skipped.reason}"


def load(text: bytes, where: str) -> Policy:
    """A policy from YAML. Raises ConfigError that says where and what."""
    import yaml

    try:
        policy = msgspec.convert(yaml.load(text, Loader=yaml.CSafeLoader), Policy)
    except yaml.YAMLError as error:
        raise ConfigError(f"{where}: not YAML: {error}") from None
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {error}") from None
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
