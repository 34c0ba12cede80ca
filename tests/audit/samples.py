"""Audits and results to make them of."""

from __future__ import annotations

from dlp.audit import shape
from dlp.audit.shape import Audit
from dlp.audit.tally import Tally
from dlp.model import Coverage, File, Handling, Level, PatternFinding, Reason, Result, Skipped, Span, Verdict

HOSTILE = "</td><script>alert(1)</script>|[x](http://evil.example)@all #1 `a`\r\n<!-- \u202e\x1b[2J"


def result(path: str, verdict: Verdict = Verdict.WARN, *, rule: str = "key", unread: bool = False, digest: str = "",
           exceptions: tuple[str, ...] = ()) -> Result:  # fmt: skip
    span = Span(0, 1, 1, 1, "")
    finding = PatternFinding((path,), rule, rule, ("secret",), Level.HIGH, Level.HIGH, 2, span, (span,), "•", "0" * 32)
    skipped = (Skipped((path,), Reason.ENCRYPTED, "sealed"),) if unread else ()
    coverage = Coverage.PARTIAL if unread else Coverage.COMPLETE
    file = File(1, 0, 0, 0, 0, 0, digest=digest * 64)
    handling = Handling(exceptions=exceptions)
    return Result(path, (path,), verdict, (f"why {path}",), coverage, (finding,), skipped, file=file, handling=handling)


def tally(*results: Result) -> Tally:
    made = Tally(lambda result: "")
    for each in results:
        made.add(each)
    return made


def audit(*results: Result, complete: bool = True, paths: tuple[str, ...] = ("/srv",), name: str = "old") -> Audit:
    """Of these results; all else is as little as there may be."""
    made = tally(*results)
    waiver = shape.Waiver(name, HOSTILE, HOSTILE, "2026-01-01", "expired", 0)
    return Audit(
        version=shape.VERSION,
        id="0123456789abcdef",
        made=1_795_000_000,
        host=HOSTILE,
        user="eve",
        engine=shape.Engine("0", "c", "native", "nothing"),
        policy=shape.Policy("p.yaml", "0" * 64, "allow", [], [waiver]),
        concerns=[shape.Concern("high", HOSTILE, HOSTILE)],
        scanned=shape.Scanned([*paths], len(results), 10, 0.1, complete, 2, {"warn": len(results)}, 0),
        registered=None,
        found=made.found(),
        unread=made.unread(),
        incidents=None,
        quarantine=None,
        changes=None,
        index=made.index,
        index_left_out=made.index_left_out,
    )
