"""`dlp scan --explain`: what would have matched, and why it does not count."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .running import FORMULA, HARMLESS, LEAK, Dlp
from .test_scan import check

CLAUSE = HARMLESS[:900]


@pytest.fixture
def quiet(fresh: Dlp, tmp_path: Path) -> Dlp:
    """A store whose secrets share a clause that a template has (plan.md) or that all have (branch-*.md)."""
    (tmp_path / "plan.md").write_text(FORMULA)
    (tmp_path / "template.md").write_text(LEAK)
    for n in range(12):
        words = FORMULA.split()
        own = " ".join(words[(n * 7 + each * (n + 2)) % len(words)] for each in range(120))
        (tmp_path / f"branch-{n}.md").write_text(f"{own}\n{CLAUSE}\n")
    secrets = [tmp_path / "plan.md", *tmp_path.glob("branch-*")]
    assert fresh("register", "-q", "--label", "trade-secret", *secrets).code == 0
    assert fresh("register", "-q", "--background", tmp_path / "template.md").code == 0
    (tmp_path / "leak").write_text(LEAK)
    (tmp_path / "clause").write_text(CLAUSE)
    (tmp_path / "other").write_text("Nothing of all this is here, nor anywhere near it. " * 3)
    return fresh


def explained(dlp: Dlp, *paths: Path) -> dict[str, Any]:
    ran = dlp("scan", "--explain", "-f", "json", *paths)
    check(ran.raw, "json")
    return {Path(each["path"]).name: each for each in ran.json["results"]}


def test_it_names_the_background_and_counts_the_documents(quiet: Dlp, tmp_path: Path) -> None:
    results = explained(quiet, tmp_path / "leak", tmp_path / "clause", tmp_path / "other")
    assert set(results) == {"leak", "clause"}
    leak, clause = results["leak"], results["clause"]
    assert leak["suppressed"][0]["causes"] == ["background: template.md"]
    assert leak["suppressed"][0]["finding"]["document"]["name"] == "plan.md"
    assert clause["suppressed"][0]["causes"] == ["in 12 registered documents"]


def test_it_changes_no_verdict_and_no_finding(quiet: Dlp, tmp_path: Path) -> None:
    (tmp_path / "both").write_text(FORMULA[1900:3000] + CLAUSE)
    files = [tmp_path / name for name in ("leak", "clause", "other", "both")]
    plain, asked = (quiet("scan", "--all", "-j1", "-f", "json", *more, *files) for more in ((), ("--explain",)))
    assert (plain.code, asked.code) == (1, 1)
    assert any(each["suppressed"] for each in asked.json["results"])
    for mine, theirs in zip(plain.json["results"], asked.json["results"], strict=True):
        assert mine == theirs | {"suppressed": []}
    counts = [ran.json["summary"] | {"seconds": 0} for ran in (plain, asked)]
    assert counts[0] == counts[1]


def test_without_it_a_file_of_suppressed_passages_is_clean(quiet: Dlp, tmp_path: Path) -> None:
    ran = quiet("scan", "-f", "json", tmp_path / "leak", tmp_path / "clause")
    assert (ran.code, ran.json["results"]) == (0, [])
    assert quiet("scan", "--explain", tmp_path / "leak", tmp_path / "clause").code == 0


def test_people_cannot_take_it_for_a_finding(quiet: Dlp, tmp_path: Path) -> None:
    lines = [line.strip() for line in quiet("scan", "--explain", tmp_path / "leak").out.splitlines()]
    assert lines[0] == f"allow       {tmp_path / 'leak'}"
    assert lines[1] == "suppressed, and no part of the verdict:"
    assert lines[2].startswith("would have matched: line 1, ≈ ")
    assert lines[2].endswith("of plan.md")
    assert lines[3] == "because: background: template.md"
    assert "findings    0" in lines
