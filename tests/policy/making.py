"""Findings, parts and files to judge, and policies to judge them by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from dlp.model import (
    Also,
    Appearance,
    Coverage,
    Decision,
    Document,
    File,
    Finding,
    Level,
    Origin,
    PassageFinding,
    PatternFinding,
    Piece,
    Reason,
    SetFinding,
    Skipped,
    SourceSpan,
    Span,
    Subject,
    TermFinding,
    Verdict,
)
from dlp.policy.matter import clock
from dlp.policy.policy import Policy, load

NOWHERE = Origin()

PLACE = Span(0, 1, 1, 1, "")

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()


def made(rules: str, more: str = "", default: str = "allow", now: Callable[[], float] = clock) -> Policy:
    """A policy with the classes public < internal < secret; `rules`: of YAML, each a flow mapping on its line."""
    listed = "".join(f"  - {{name: r{at}, {rule}}}\n" for at, rule in enumerate(rules.strip().splitlines()))
    text = f"version: 2\ndefault: {default}\nclasses: [{{name: public}}, {{name: internal}}, {{name: secret}}]\n"
    return load(f"{text}rules:\n{listed}{more}".encode(), "own.yaml", now)


def passage(
    label: str = "secret",
    evidence: int = 100,
    share: float = 0.0,
    name: str = "plan",
    *,
    rarity: int | None = None,
    length: int | None = None,
    similarity: float = 1.0,
    severity: Level = Level.LOW,
    confidence: Level = Level.LOW,
    also: Sequence[str] = (),
) -> PassageFinding:
    return PassageFinding(
        provenance=("f",),
        document=Document("id", name, label, 1),
        severity=severity,
        confidence=confidence,
        span=PLACE,
        source_span=SourceSpan(0, 1, ""),
        length=evidence if length is None else length,
        evidence=evidence,
        rarity=evidence if rarity is None else rarity,
        similarity=similarity,
        rare_share=1.0,
        document_share=share,
        evidence_share=share,
        excerpt="",
        also=tuple(Also(Document(each, each, label, 1), SourceSpan(0, 1, ""), 1.0, share) for each in also),
    )


def together(
    label: str = "secret", evidence: int = 100, share: float = 0.0, files: int = 2, pieces: Sequence[str] = ()
) -> SetFinding:
    named = tuple(Piece(each, 1, 0.1) for each in pieces)
    return SetFinding(Document("id", "plan", label, 1), Level.LOW, Level.LOW, evidence, share, files, named)


def value(
    rule: str = "card",
    tags: Sequence[str] = ("personal",),
    severity: Level = Level.LOW,
    confidence: Level = Level.LOW,
    count: int = 1,
    digest: str = "d",
) -> PatternFinding:
    return PatternFinding(
        ("f",), rule, rule.title(), tuple(tags), severity, confidence, count, PLACE, (PLACE,), "4•••", digest
    )


def term(label: str = "secret", name: str = "code names", count: int = 1, digest: str = "d") -> TermFinding:
    document = Document("t", name, label, 1)
    return TermFinding(("f",), document, Level.LOW, Level.LOW, count, PLACE, (PLACE,), "F•••", digest)


def skipped(reason: Reason = Reason.ENCRYPTED) -> Skipped:
    return Skipped(("f",), reason, "")


def file(size: int = 1000, type: str = "text", *, lies: bool = False, owner: int = 1000, days: float = 0.0) -> File:
    modified = int((NOW - days * 86_400) * 1e9)
    return File(size, modified, modified, 1, 1, owner, type, lies)


def committed(path: str, email: str = "ann@example.com") -> Appearance:
    return Appearance("c0ffee", path, "Ann", email, 0)


def judged(
    policy: Policy,
    *matters: Finding | Skipped,
    path: str = "f",
    file: File | None = None,
    origin: Origin = NOWHERE,
    coverage: Coverage = Coverage.COMPLETE,
) -> Decision:
    findings = [each for each in matters if not isinstance(each, Skipped)]
    skips = [each for each in matters if isinstance(each, Skipped)]
    return policy.decide(Subject(path, file, origin, coverage), findings, skips)


def verdict(policy: Policy, *matters: Finding | Skipped, path: str = "f", file: File | None = None) -> Verdict:
    return judged(policy, *matters, path=path, file=file).verdict
