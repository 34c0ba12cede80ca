"""Results to report: made up, from none to hostile."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO

from dlp.model import (
    Also,
    Appearance,
    Contained,
    Containment,
    Coverage,
    Document,
    File,
    Finding,
    Handling,
    Level,
    Origin,
    PassageFinding,
    PatternFinding,
    Piece,
    Reason,
    Result,
    SetFinding,
    Skipped,
    SourceSpan,
    Span,
    Summary,
    Suppressed,
    TermFinding,
    Verdict,
)
from dlp.report.seam import Reporter

FORMULA = Document("d-7f3a", "secrets/hx7-formulation.md", "secret", 2)
PRICES = Document("d-0c11", "secrets/price-plan.pdf", "confidential", 1)


def passage(
    document: Document = FORMULA,
    provenance: tuple[str, ...] = ("outbox/draft.txt",),
    *,
    severity: Level = Level.HIGH,
    confidence: Level = Level.HIGH,
    start: int = 2310,
    line: int = 41,
    locator: str = "",
    length: int = 291,
    similarity: float = 1.0,
    share: float = 0.0642,
    excerpt: str = "C••••• t•• r•••• •• ••°•, t••• d•••• t•• p••••• … h••• f•• •• m••.",
    source: str = "",
    also: tuple[str, ...] = (),
) -> PassageFinding:
    return PassageFinding(
        provenance,
        document,
        severity,
        confidence,
        Span(start, start + length, line, 1, locator),
        SourceSpan(120, 120 + length, source),
        length,
        round(0.97 * length),
        round(0.58 * min(length, 155)),
        similarity,
        0.97,
        share,
        share,
        excerpt,
        tuple(
            Also(Document(f"d-{n}", name, document.label, 1), SourceSpan(40, 331, ""), 0.9, 0.25)
            for n, name in enumerate(also)
        ),
    )


def pieces(document: Document = FORMULA, files: int = 2, *, name: str = "outbox/part") -> SetFinding:
    """A finding in `files` files."""
    each = tuple(Piece(f"{name}-{n}.txt", 90 - n % 90, 0.03) for n in range(min(files, 100)))
    return SetFinding(document, Level.HIGH, Level.MEDIUM, 80 * files, min(0.028 * files, 1.0), files, each)


def pattern(
    count: int = 2, *, rule: str = "acme-key", name: str = "Acme key", excerpt: str = "acme••••"
) -> PatternFinding:
    """A value that stands in lines 4, 9, 14 …"""
    places = tuple(Span(88 + 100 * n, 128 + 100 * n, 4 + 5 * n, 9, f"line {4 + 5 * n}") for n in range(min(count, 100)))
    levels = Level.CRITICAL, Level.HIGH
    digest = "05c037d02f4fe2a81e377613"
    tags = ("secret", "cloud")
    return PatternFinding(("outbox/draft.txt",), rule, name, tags, *levels, count, places[0], places, excerpt, digest)


def term(document: Document = FORMULA) -> TermFinding:
    where = Span(300, 314, 12, 1, "line 12")
    digest = "9c1185a5c5e9fc54612808ed"
    levels = Level.MEDIUM, Level.HIGH
    return TermFinding(("outbox/draft.txt",), document, *levels, 1, where, (where,), "P•••••• F•••••", digest)


def result(
    path: str = "outbox/draft.txt",
    verdict: Verdict = Verdict.BLOCK,
    reasons: tuple[str, ...] = (),
    coverage: Coverage = Coverage.COMPLETE,
    findings: tuple[Finding, ...] = (),
    skipped: tuple[Skipped, ...] = (),
    suppressed: tuple[Suppressed, ...] = (),
) -> Result:
    return Result(path, (path,), verdict, reasons, coverage, findings, skipped, suppressed)


def summary(*results: Result, seconds: float = 0.42, size: int = 143_271) -> Summary:
    verdicts: dict[str, int] = {}
    skipped: dict[str, int] = {}
    for one in results:
        verdicts[one.verdict.value] = verdicts.get(one.verdict.value, 0) + 1
        for part in one.skipped:
            skipped[part.reason.value] = skipped.get(part.reason.value, 0) + 1
    return Summary(len(results), size, seconds, sum(len(one.findings) for one in results), verdicts, skipped)


ONE = result(reasons=("a passage of a secret document",), findings=(passage(),))

MANY = (
    ONE,
    result(
        "outbox/offer.eml",
        Verdict.QUARANTINE,
        ("passages of 'confidential' documents", "a part could not be read"),
        Coverage.PARTIAL,
        (
            passage(
                PRICES,
                ("outbox/offer.eml", "part 2", "tables.zip", "prices.docx"),
                severity=Level.MEDIUM,
                locator="table 1, row 4",
                length=2204,
                share=0.998,
                excerpt="P•••• p••• ••••, E••••• r••••• … u••• f•••••",
                source="page 2",
            ),
            passage(
                PRICES,
                ("outbox/offer.eml", "part 2", "tables.zip", "prices.docx"),
                severity=Level.MEDIUM,
                confidence=Level.LOW,
                locator="paragraph 31",
                length=88,
                similarity=0.846,
                share=0.998,
                excerpt="D•••••••• a•• n•• t• b• c•••••••",
                source="page 3",
            ),
            passage(provenance=("outbox/offer.eml",), line=7, length=64, share=0.004, excerpt="S••• t•• p••• a• ••°•"),
        ),
        (
            Skipped(("outbox/offer.eml", "part 3", "drawings.zip"), Reason.ENCRYPTED, "needs a password"),
            Skipped(("outbox/offer.eml", "part 4"), Reason.CORRUPT, "the file ends in the middle of a stream"),
        ),
    ),
    result(
        "outbox/part-4711.bin",
        Verdict.WARN,
        findings=(
            passage(
                provenance=("outbox/part-4711.bin",),
                locator="byte 4096",
                length=1,
                share=1.0,
                similarity=0.5,
                excerpt="",
            ),
        ),
    ),
    result(
        "outbox/locked.zip",
        Verdict.AUDIT,
        ("not read: encrypted",),
        Coverage.UNSCANNABLE,
        (),
        (Skipped(("outbox/locked.zip",), Reason.ENCRYPTED, ""),),
    ),
    result("outbox/minutes.txt", Verdict.ALLOW),
    result("outbox/newsletter.txt", Verdict.ALLOW),
    result(
        "outbox/contract.txt",
        Verdict.AUDIT,
        findings=(
            passage(PRICES, ("outbox/contract.txt",), also=("secrets/price-plan-2023.pdf", "secrets/offer.docx")),
            passage(
                PRICES,
                ("outbox/contract.txt",),
                start=9000,
                line=212,
                also=tuple(f"secrets/branch-{n}/price-plan.pdf" for n in range(40)),
            ),
        ),
        suppressed=(
            Suppressed(passage(provenance=("outbox/contract.txt",), line=3), ("background: templates/terms.docx",)),
            Suppressed(
                passage(provenance=("outbox/contract.txt", "annex.docx"), locator="page 2"),
                ("background: templates/terms.docx", "in 14 registered documents"),
            ),
        ),
    ),
    result(
        "outbox/minutes-of-may.txt",
        Verdict.ALLOW,
        suppressed=tuple(
            Suppressed(
                passage(provenance=("outbox/minutes-of-may.txt",), start=n * 900, line=n * 12 + 1),
                ("ordinary wording",),
            )
            for n in range(8)
        ),
    ),
    result(
        "outbox/deploy.sh",
        Verdict.BLOCK,
        ("Acme key, 2 of them: severity critical, confidence high",),
        findings=(pattern(), pattern(1, rule="other-key", name="Other key"), term()),
        suppressed=(Suppressed(pattern(1), ("dlp:allow on its line",)),),
    ),
    result("outbox", Verdict.WARN, ("12 files together",), findings=(pieces(files=12), pieces(PRICES, 130))),
    result(
        "outbox/everything.txt",
        findings=tuple(
            passage(provenance=("outbox/everything.txt",), start=n * 900, line=n * 12 + 1, length=150 + n)
            for n in range(17)
        ),
        skipped=tuple(
            Skipped(("outbox/everything.txt", f"image {n}"), Reason.LIMIT, "nested too deep") for n in range(9)
        ),
    ),
)

KNOWN = Result(
    "repo/config/app.env",
    ("repo/config/app.env",),
    Verdict.BLOCK,
    ("secrets do not leave",),
    Coverage.COMPLETE,
    (
        PatternFinding(
            ("repo/config/app.env",),
            "acme-key",
            "Acme key",
            ("secret", "cloud"),
            Level.CRITICAL,
            Level.HIGH,
            1,
            Span(8, 48, 2, 9, "line 2"),
            (Span(8, 48, 2, 9, "line 2"),),
            "acme••••",
            "05c037d02f4fe2a81e377613",
        ),
    ),
    (),
    file=File(1024, 1_700_000_000_123_456_789, 0, 64, 4711, 1000, "text", False, "ab" * 32),
    origin=Origin(
        "ci",
        "DE",
        blob="0f" * 20,
        branches=("main", "feature/x"),
        appearances=(
            Appearance("1a" * 20, "config/app.env", "Ann Other", "ann@example.com", 1_699_990_000),
            Appearance("2b" * 20, "old/app.env", "Bo", "bo@example.com", 1_600_000_000, "3c" * 20),
        ),
    ),
    handling=Handling(
        ("no-secrets", "log"), Level.HIGH, ("security",), "Put it into the vault: see the handbook.", True, ("ex-1",)
    ),
    containment=Containment(Contained.QUARANTINED, "q-1", ""),
)
"""Of which everything is known."""

JUDGED = result("outbox/plan.dwg", Verdict.WARN, ("drawings do not leave",))
"""By the policy alone."""

EVIL = (
    "\x1b[2J\x1b]0;owned\x07\r\nallow  clean.txt\u2028\u202egpj.exe\u200b\ufeff"
    "\x85\x9b31m\"'\\\x00\ud800\udcff\ue000\u3164e" + "\u0301" * 40
)
HOSTILE = Result(
    EVIL,
    (EVIL, EVIL),
    Verdict.WARN,
    (EVIL,),
    Coverage.PARTIAL,
    (
        passage(Document(EVIL, EVIL, EVIL, 0), (EVIL, "\\xff\\xfe.txt"), locator=EVIL, excerpt=EVIL, source=EVIL),
        passage(Document("wide", "機密" * 300, "社外秘", 3), locator="表 " * 50, excerpt="漢" * 500),
        passage(Document("long", "n" * 100_000, "l" * 100_000, 3), locator="x" * 100_000, excerpt="y" * 100_000),
        passage(also=(EVIL, "漢" * 500, "z" * 100_000)),
        pieces(Document(EVIL, EVIL, EVIL, 0), name=EVIL),
        pattern(3, rule=EVIL, name=EVIL, excerpt=EVIL),
        term(Document(EVIL, EVIL, EVIL, 0)),
    ),
    (Skipped((EVIL, EVIL), Reason.CRASHED, EVIL),),
    (
        Suppressed(
            passage(Document(EVIL, EVIL, EVIL, 0), (EVIL, EVIL), locator=EVIL, excerpt=EVIL), (EVIL, "x" * 9000)
        ),
        Suppressed(passage(Document("wide", "機密" * 300, "社外秘", 3), locator="表 " * 50), ("漢" * 500,)),
    ),
)

SCANS: dict[str, tuple[Result, ...]] = {
    "empty": (),
    "one": (ONE,),
    "many": MANY,
    "known": (KNOWN, JUDGED),
    "hostile": (HOSTILE, ONE, HOSTILE),
}


def written(make: Callable[[BinaryIO], Reporter], found: tuple[Result, ...], end: Summary) -> str:
    """The whole report."""
    stream = io.BytesIO()
    report = make(stream)
    report.begin()
    for one in found:
        report.result(one)
    report.end(end)
    return stream.getvalue().decode()


def noon() -> float:
    return 1_788_177_600.25
