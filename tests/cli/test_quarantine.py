"""`dlp scan --act` and `dlp quarantine`, as a user runs them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .running import HARMLESS, LEAK, Dlp


@pytest.fixture
def outbox(dlp: Dlp, tmp_path: Path) -> Path:
    """With a leak whose name is not UTF-8, and a harmless file. Incidents are in `cases` beside it."""
    folder = tmp_path / "outbox"
    folder.mkdir()
    with open(os.path.join(os.fsencode(folder), b"leak\xff.txt"), "w") as file:
        file.write(LEAK)
    (folder / "minutes.md").write_text(HARMLESS)
    made = dlp("incidents", "init", "--incidents", tmp_path / "cases", "--review-key", tmp_path / "review.key")
    assert made.code == 0, made.err
    return folder


def names(folder: Path) -> list[bytes]:
    return sorted(os.listdir(os.fsencode(folder)))


def test_what_is_to_be_quarantined_is_taken_away_and_given_back(dlp: Dlp, outbox: Path) -> None:
    cases, key = ("--incidents", outbox.parent / "cases"), ("--review-key", outbox.parent / "review.key")
    ran = dlp("scan", "--act", "--no-rules", "-f", "json", *cases, outbox)
    assert ran.code == 1
    (result,) = [each for each in ran.json["results"] if each["verdict"] != "allow"]
    contained = result["containment"]
    assert contained["state"] == "quarantined"
    notice = b"leak\xff.txt.quarantined.txt"
    assert names(outbox) == [notice, b"minutes.md"]
    with open(os.path.join(os.fsencode(outbox), notice)) as file:
        assert contained["id"] in file.read()

    again = dlp("scan", "--act", "--no-rules", *cases, outbox)
    assert again.code == 0, "a notice is nothing that is taken away"

    (listed,) = dlp("quarantine", "list", "-f", "json", *cases).json["files"]
    assert listed["id"] == contained["id"]
    assert listed["path"].endswith("/outbox/leak\\xff.txt")
    assert contained["id"] in dlp("quarantine", "list", *cases).out
    shown = dlp("quarantine", "show", listed["id"][:6], *cases)
    assert listed["digest"] in shown.out
    assert listed["incident"] in dlp("incidents", "list", *cases).out

    back = dlp("quarantine", "restore", listed["id"], *cases, *key)
    assert back.code == 0, back.err
    assert names(outbox) == [b"leak\xff.txt", b"minutes.md"]
    taken = dlp("scan", "--act", "--no-rules", "-q", *cases, outbox)
    assert "quarantined as Q" in taken.out, "given back is not released"
    (second,) = dlp("quarantine", "list", "-f", "json", *cases).json["files"]
    released = dlp("quarantine", "release", second["id"], "--reason", "sent on purpose", "--for", "1d", *cases, *key)
    assert released.code == 0, released.err
    left = dlp("scan", "--act", "--no-rules", *cases, outbox)
    assert left.code == 1, "it is judged as before"
    assert f"released as {second['id']}" in left.out
    assert "sent on purpose" in left.out
    assert dlp("incidents", "verify", *cases).code == 0
    every = dlp("quarantine", "list", "--all", "-f", "json", *cases).json["files"]
    assert [each["state"] for each in every] == ["restored", "released"]


def test_what_is_purged_is_gone_for_good(dlp: Dlp, outbox: Path) -> None:
    cases, key = ("--incidents", outbox.parent / "cases"), ("--review-key", outbox.parent / "review.key")
    assert "quarantined as Q" in dlp("scan", "--act", "--no-rules", "-q", *cases, outbox).out
    assert "nothing to purge" in dlp("quarantine", "purge", "--older-than", "1h", *cases).err
    (listed,) = dlp("quarantine", "list", "-f", "json", *cases).json["files"]
    assert dlp("quarantine", "purge", listed["id"], "-m", "expired", *cases).code == 0
    assert names(outbox.parent / "cases" / "quarantine") == [b"lock"]
    gone = dlp("quarantine", "restore", listed["id"], *cases, *key)
    assert gone.code == 2
    assert "is purged, not in quarantine" in gone.err


def test_nothing_is_taken_away_unasked_or_off_the_record(dlp: Dlp, outbox: Path) -> None:
    cases = ("--incidents", outbox.parent / "cases")
    before = names(outbox)
    assert '"containment":null' in dlp("scan", "--no-rules", "-f", "json", *cases, outbox).out
    assert dlp("scan", "--act", "--no-record", "--no-rules", outbox).code == 2
    assert "no incidents in" in dlp("scan", "--act", "--no-rules", outbox).err, "there is no folder in the usual place"
    typed = dlp("scan", "--act", "--no-rules", *cases, "-", stdin=LEAK.encode())
    assert "not contained" in typed.out
    assert names(outbox) == before


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (("restore", "Q00000"), "Q00000 is not in the quarantine"),
        (("release", "Q00000", "--reason", " "), "--reason is empty"),
        (("release", "Q00000", "--reason", "x", "--for", "never"), "--for never ends nothing"),
        (("release", "Q00000", "--reason", "x", "--for", "soon"), "--for: "),
        (("purge",), "name files by ID, or give --older-than"),
        (("purge", "Q00000", "--older-than", "1d"), "name files by ID, or give --older-than"),
        (("show", "Q00000"), "is not in the quarantine"),
    ],
)
def test_what_makes_no_sense_is_said(dlp: Dlp, outbox: Path, call: tuple[str, ...], said: str) -> None:
    key = ("--review-key", outbox.parent / "review.key") if call[0] in ("restore", "release") else ()
    ran = dlp("quarantine", *call, "--incidents", outbox.parent / "cases", *key)
    assert ran.code == 2
    assert said in ran.err
