"""The page of HTML: how fast it is written, and how soon a browser that was just started shows it.

A page is opened from its file in a headless Chromium without a profile or a cache; it counts as open when the rows of
the list are drawn. Then somebody filters, searches and jumps to the end, and each counts until it is drawn. Times are
of the wall: they are what somebody waits. Where there is no browser, only the writing is measured, and that is said.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measure import MB, show

from dlp.model import (
    LEVELS,
    Coverage,
    Document,
    File,
    Handling,
    Level,
    Origin,
    PassageFinding,
    PatternFinding,
    Reason,
    Result,
    Skipped,
    SourceSpan,
    Span,
    Summary,
    Verdict,
)
from dlp.report import reporter

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.report.browser import NoBrowser, browser

TARGET = "under 3 s"
NOW = 1_760_000_000
RULES = [f"{name} API key" for name in ("Acme", "Birch", "Cobalt", "Delta", "Ember", "Fjord", "Grove", "Heron")]
DOCUMENTS = [
    Document(f"d-{n}", f"secrets/{name}.docx", label, 1)
    for n, name in enumerate(("formulation", "price-plan", "merger", "roadmap", "tender"))
    for label in ("trade-secret", "confidential")
]
DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def results(findings: int, chance: random.Random) -> Iterator[Result]:
    """Files with one to eight findings each, `findings` together."""
    left, number = findings, 0
    while left > 0:
        count = min(left, chance.choice([1, 1, 1, 2, 3, 5, 8]))
        left -= count
        number += 1
        path = f"share/{chance.choice(['sales', 'legal', 'lab'])}/{2015 + number % 10}/file-{number:06}.docx"
        found = tuple(finding(path, chance) for _ in range(count))
        skipped = (Skipped((path, "part 2"), Reason.ENCRYPTED, "needs a password"),) if not number % 20 else ()
        modified = (NOW - chance.randrange(86_400 * 900)) * 10**9
        yield Result(
            path,
            (path,),
            chance.choice(list(Verdict)[1:]),
            ("trade-secret document formulation.docx: 300 symbols (from 150 on)",),
            Coverage.PARTIAL if skipped else Coverage.COMPLETE,
            found,
            skipped,
            file=File(chance.randrange(10**7), modified, 0, 1, number, 1000, "docx", False, f"{number:064x}"),
            origin=Origin(chance.choice(["mail", "share", "cloud"]), "US"),
            handling=Handling(("trade-secrets",), Level.HIGH, ("security",), "Ask the lab before you send this."),
        )


def finding(path: str, chance: random.Random) -> PassageFinding | PatternFinding:
    start = chance.randrange(100_000)
    span = Span(start, start + 40, start // 80 + 1, 1, chance.choice(["", f"page {start // 3000 + 1}"]))
    levels = chance.choice(LEVELS), chance.choice(LEVELS[:3])
    if chance.random() < 0.5:
        name = chance.choice(RULES)
        tags, digest = ("secret", chance.choice(["payment", "cloud"])), f"{chance.getrandbits(96):024x}"
        return PatternFinding((path,), name.lower(), name, tags, *levels, 1, span, (span,), "sk_l••••••••", digest)
    length = chance.randrange(60, 2000)
    masked = "C••••• t•• r•••• •• ••°•, t••• d•••• t•• p••••• … h••• f•• •• m••."
    figures = length, length, length // 2, 0.9, 0.6, 0.2, 0.2
    return PassageFinding((path,), chance.choice(DOCUMENTS), *levels, span, SourceSpan(0, length, ""), *figures, masked)


def write(path: Path, findings: int) -> float:
    """CPU seconds of the writing alone."""
    made = list(results(findings, random.Random(1)))
    skipped = sum(len(each.skipped) for each in made)
    counts = {verdict: sum(each.verdict == verdict for each in made) for verdict in Verdict}
    with path.open("wb") as stream:
        begun = time.process_time()
        report = reporter("html", stream)
        report.begin()
        for each in made:
            report.result(each)
        report.end(Summary(len(made), 10**9, 12.3, findings, dict(counts), {"encrypted": skipped}))
        return time.process_time() - begun


def opened(path: Path, findings: int) -> dict[str, float]:
    """Seconds, of a browser of its own."""
    with browser() as chromium:
        tab = chromium.new_page(viewport={"width": 1440, "height": 900})
        begun = time.perf_counter()
        tab.goto(path.as_uri())
        tab.locator("[role=option]").first.wait_for()
        tab.evaluate(DRAWN)
        took = {"open": time.perf_counter() - begun}
        steps = {
            "findings": lambda: tab.locator(".tabs button").nth(1).click(),
            "filter": lambda: tab.locator(".tile:enabled").first.click(),
            "search": lambda: search(tab, "legal acme"),
            "clear": lambda: tab.locator(".chip.clear").click(),
            "end": lambda: tab.locator("#list").press("End"),
        }
        for name, step in steps.items():
            begun = time.perf_counter()
            step()
            tab.evaluate(DRAWN)
            took[name] = time.perf_counter() - begun
        last = int(tab.locator("[role=option][aria-selected=true]").get_attribute("data-index") or 0) + 1
        if last != findings:
            raise SystemExit(f"the page lists {last:,} findings, not {findings:,}")
        return took


def search(tab: Any, words: str) -> None:
    tab.locator("#query").fill(words)
    tab.locator("#query").press("Enter")  # at once; typing waits for the next letter


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", type=int, default=50_000, help="in the page  [%(default)s]")
    parser.add_argument("--rounds", type=int, default=5, help="browsers started  [%(default)s]")
    parser.add_argument("--smoke", action="store_true", help="a short run that checks the results")
    given = parser.parse_args()
    if given.smoke:
        given.findings, given.rounds = 500, 1
    rows = []
    with tempfile.TemporaryDirectory(prefix="dlp-benchmark-") as folder:
        for findings in (1, given.findings):
            path = Path(folder) / f"{findings}.html"
            seconds = write(path, findings)
            size = path.stat().st_size
            rows.append((f"{findings:,} findings: page", f"{size / MB:.2f} MB, {size / seconds / MB:.0f} MB/s", ""))
            try:
                runs = [opened(path, findings) for _ in range(given.rounds)]
            except NoBrowser as none:
                rows.append(("  opened", f"not measured: {none}", ""))
                continue
            for name, what in (
                ("open", "opened in a new browser"),
                ("findings", "shown by finding"),
                ("filter", "filtered"),
                ("search", "searched for two words"),
                ("end", "last row"),
            ):
                figures = sorted(run[name] for run in runs)
                value = f"{statistics.median(figures):.2f} s ({figures[0]:.2f} to {figures[-1]:.2f})"
                rows.append((f"  {what}", value, TARGET if name == "open" else ""))
    show(f"a page of HTML, {given.rounds} rounds", rows, smoke=given.smoke)


if __name__ == "__main__":
    main()
