"""`dlp attack`: the matrix, its formats, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

from .running import EXAMPLES, FORMULA, HARMLESS, Dlp, Ran, interrupted

DOCUMENT = EXAMPLES / "secrets/hx7-formulation.md"


def quotes(ran: Ran) -> bool:
    """Whether five words in a row of the document stand in what was said."""
    words = FORMULA.split()
    said = " ".join((ran.out + ran.err).split())
    return any(" ".join(words[at : at + 5]) in said for at in range(len(words) - 4))


def test_the_matrix_for_programs_is_whole_and_the_same_each_time(dlp: Dlp, tmp_path: Path) -> None:
    before = os.listdir(tmp_path)
    ran, again = (
        dlp("attack", "--repeat", 1, "--seed", 7, "-f", "json", DOCUMENT, environment={"TMPDIR": str(tmp_path)})
        for _ in range(2)
    )
    assert (ran.code, ran.err) == (0, "")
    assert ran.raw == again.raw
    assert os.listdir(tmp_path) == before
    assert list(ran.json) == ["version", "document", "seed", "repeat", "fail_on", "mutants", "not_possible"]
    assert (ran.json["version"], ran.json["seed"], ran.json["repeat"], ran.json["fail_on"]) == (1, 7, 1, "warn")
    assert ran.json["document"] | {"id": ""} == {
        "id": "", "name": "hx7-formulation.md", "label": "trade-secret", "words": 690
    }  # fmt: skip
    first = ran.json["mutants"][0]
    assert first["lowest_evidence"] == first["median_evidence"] > 2_000
    assert first | {"lowest_evidence": 0, "median_evidence": 0} == {
        "family": "unchanged text", "variant": "", "tries": 1, "found": 1, "flagged": 1, "verdicts": {"block": 1},
        "confidence": {"high": 1}, "lowest_evidence": 0, "median_evidence": 0,
    }  # fmt: skip
    for row in ran.json["mutants"]:
        assert 0 <= row["found"] <= row["tries"] == sum(row["verdicts"].values())
    assert not quotes(ran)


def test_the_table_for_people_and_what_a_short_document_does_not_allow(fresh: Dlp, tmp_path: Path) -> None:
    short = tmp_path / "short.md"
    short.write_text(" ".join(HARMLESS.split()[:120]))
    fresh("register", "--label", "internal", short)
    ran = fresh("attack", "--repeat", 2, "--fail-on", "block", "--keep", tmp_path / "kept", short)
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0].startswith("short.md (internal), 1")
    assert lines[2].split() == ["mutant", "found", "flagged", "evidence", "verdicts", "confidence"]
    assert lines[3].startswith("unchanged text  ")
    assert " 1/1 " in lines[3]
    assert "tries" in lines[-2]
    assert "excerpt of 30 words" in ran.out
    assert "excerpt of 50 words" not in ran.out
    assert ran.err.startswith("dlp: not possible with 1")
    assert "excerpt of 50 words (from 150 on), excerpt of 100 words (from 300 on), split over 10 files (from" in ran.err
    assert not quotes(ran)
    assert len(list((tmp_path / "kept").iterdir())) > 30
    ran = fresh("attack", "--keep", tmp_path / "kept", short)
    assert (ran.code, ran.out) == (2, "")
    assert "kept is not empty" in ran.err


def test_a_document_that_background_hides_is_said_to_be_hidden(fresh: Dlp, tmp_path: Path) -> None:
    (tmp_path / "plan.md").write_text(" ".join(HARMLESS.split()[:50]))
    fresh("register", "--label", "internal", tmp_path / "plan.md")
    fresh("register", "--background", tmp_path / "plan.md")
    ran = fresh("attack", "--repeat", 1, tmp_path / "plan.md")
    assert ran.code == 0
    assert "even the unchanged text is not found: is it registered as background, too" in ran.err


def test_what_cannot_be_tried_ends_with_2_and_the_way_to_mend_it(dlp: Dlp, folder: Path) -> None:
    ran = dlp("attack", folder / "fine.txt")
    assert (ran.code, ran.out) == (2, "")
    assert "fine.txt is not registered in this store; register it first, with: dlp register --label LABEL" in ran.err
    ran = dlp("attack", folder / "gone.txt")
    assert (ran.code, ran.err) == (2, f"dlp: no such file or directory: {folder / 'gone.txt'}\n")
    assert dlp("attack", "--repeat", 0, DOCUMENT).code == 2


def test_an_interrupted_trial_leaves_nothing_behind(dlp: Dlp, tmp_path: Path) -> None:
    dlp.environment["TMPDIR"] = str(tmp_path)
    try:
        running = dlp.start("attack", "--repeat", 1000, DOCUMENT)
        ran = interrupted(running, lambda: any(tmp_path.rglob("text.txt")))
    finally:
        del dlp.environment["TMPDIR"]
    assert (ran.code, ran.out, ran.err.strip()) == (130, "", "dlp: interrupted")
    assert os.listdir(tmp_path) == []
