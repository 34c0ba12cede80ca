"""Why a matter leads to a verdict, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dlp.model import PassageFinding, PatternFinding, SetFinding, Skipped, TermFinding
from dlp.policy.matter import UNLISTED, Thing


def reason(thing: Thing, classes: Sequence[str], rule: str, least: Mapping[str, float]) -> str:
    """`least`: the figures from which on the rule applies."""
    if isinstance(thing, PatternFinding):
        times = f", {thing.count:,} of them" if thing.count > 1 else ""
        return f"{thing.name}{times}: severity {thing.severity}, confidence {thing.confidence}"
    if isinstance(thing, Skipped):
        return f"not read: {thing.reason}"
    if thing is None:
        return f"the file itself: {rule}"
    named = thing.document.label if classes[0] == UNLISTED else classes[0]
    if isinstance(thing, TermFinding):
        return f"{named} terms of {thing.document.name}"
    return f"{named} document {thing.document.name}: {', '.join(_figures(thing, least))}"


def _figures(finding: PassageFinding | SetFinding, least: Mapping[str, float]) -> list[str]:
    evidence, rarity, share = (least.get(each, 0) for each in ("evidence", "rarity", "share"))
    terms = [f"{finding.evidence} symbols" + (f" (from {evidence:.0f} on)" if evidence else "")]
    if rarity and isinstance(finding, PassageFinding):
        terms.append(f"{finding.rarity} of them rare (from {rarity:.0f} on)")
    there = finding.evidence_share if isinstance(finding, PassageFinding) else finding.share
    if share:
        terms.append(f"{there:.0%} of it (from {share:.0%} on)")
    elif isinstance(finding, SetFinding):
        terms.append(f"{there:.0%} of it")
    if isinstance(finding, SetFinding):
        terms.append(f"in {finding.files:,} files together")
    return terms
