"""Report formats: findings written for each CPU second, of files with ten findings each, half values, half passages."""

from __future__ import annotations

import argparse
import io
import time

from dlp.model import (
    Coverage,
    Document,
    Finding,
    Level,
    PassageFinding,
    PatternFinding,
    Result,
    SourceSpan,
    Span,
    Summary,
    Verdict,
)
from dlp.report import FORMATS
from dlp.report.seam import Style

EACH = 10


def made(files: int) -> list[Result]:
    document = Document("d-7f3a", "secrets/formulation.md", "secret", 2)
    results = []
    for number in range(files):
        path = (f"src/module/file-{number}.py",)
        findings: list[Finding] = []
        for at in range(0, EACH, 2):
            span = Span(40 * at, 40 * at + 40, at + 1, 9, f"line {at + 1}")
            levels = Level.HIGH, Level.HIGH
            digest = f"{number:016x}{at:08x}"
            value = "acme-key", "Acme key", ("secret", "cloud"), *levels, 1, span, (span,), "acme••••", digest
            findings.append(PatternFinding(path, *value))
            source = SourceSpan(number, number + 291, "page 3")
            figures = 291, 282, 90, 0.97, 0.95, 0.06, 0.06
            findings.append(PassageFinding(path, document, *levels, span, source, *figures, "C••••• t•• r••••• … m••."))
        reasons = ("a passage of a secret document",)
        results.append(Result(path[0], path, Verdict.BLOCK, reasons, Coverage.COMPLETE, tuple(findings), ()))
    return results


def speed(name: str, results: list[Result]) -> tuple[float, int]:
    """(findings for each CPU second, bytes), the best of three."""
    best, size = 0.0, 0
    for _ in range(3):
        stream = io.BytesIO()
        begun = time.process_time()
        report = FORMATS[name](stream, Style())
        report.begin()
        for result in results:
            report.result(result)
        report.end(Summary(len(results), 10**6, 1.0, len(results) * EACH, {"block": len(results)}, {}))
        best = max(best, len(results) * EACH / (time.process_time() - begun))
        size = len(stream.getvalue())
    return best, size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", type=float, default=5e4, help="in all  [%(default)s]")
    parser.add_argument("--smoke", action="store_true", help="a short run that checks that all are written")
    given = parser.parse_args()
    results = made(int(given.findings) // EACH if not given.smoke else 20)
    for name in FORMATS:
        rate, size = speed(name, results)
        assert size, name
        print(f"{name:10} {rate:10,.0f} findings/s  {size / 1e6:8.1f} MB")


if __name__ == "__main__":
    main()
