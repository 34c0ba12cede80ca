"""Purging: what is older goes, with its bytes; the chain and what is left stay verifiable."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dlp.incident.deciding import decide
from dlp.incident.folder import Folder
from dlp.incident.incidents import State
from dlp.incident.listing import Filter, listed
from dlp.incident.retention import Gone, purge
from dlp.incident.settings import DAY, Retention
from dlp.model import Verdict

from .making import START, WHO, Clock, faults, made, recorder, result, tampered, verified

NOW = START / 1_000_000 + 100 * DAY


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """One incident that was closed long ago, one that is open, one that was closed lately."""
    clock = Clock()
    folder = made(tmp_path / "incidents", clock)
    taking = recorder(folder, clock)
    old, _, late = taking.take_all(
        [result("old-name", sealed=b"box 1"), result("open", sealed=b"box 2"), result("late", sealed=b"box 3")]
    )
    decide(folder.log(clock), [old.incident], "resolve", State.RESOLVED, "an old note", WHO)
    with folder.log(clock).appending() as appending:
        appending.append("anchor", {"problem": "an old problem"})
    decide(folder.log(Clock(START + 99 * DAY * 10**6)), [late.incident], "resolve", State.FALSE_POSITIVE, "", WHO)
    return folder


def purged(folder: Folder, *, dry: bool = False, **ages: str) -> Gone:
    log = folder.log(Clock(START + 100 * DAY * 10**6))
    return purge(log, folder.evidence, Retention(**ages), WHO, dry=dry, clock=lambda: NOW)


def paths(folder: Folder) -> set[str]:
    return {each.path for each in listed(folder.database, Filter())}


def everything(folder: Folder) -> bytes:
    """All bytes of all files of the folder."""
    return b"".join(each.read_bytes() for each in sorted(Path(folder.path).rglob("*")) if each.is_file())


def test_closed_incidents_go_with_all_that_the_log_says_of_them(folder: Folder) -> None:
    assert b"old-name" in everything(folder)
    assert purged(folder, closed="30d", dry=True) == Gone(1, 2, 1, 0)
    assert paths(folder) == {"old-name", "open", "late"}
    assert purged(folder, closed="30d") == Gone(1, 2, 1, 0)
    assert paths(folder) == {"open", "late"}
    for gone in (b"old-name", b"an old note", b"box 1"):
        assert gone not in everything(folder)
    assert b"box 2" in everything(folder)
    assert faults(folder) == []
    assert purged(folder, closed="30d") == Gone()
    assert verified(folder).entries == 8
    assert recorder(folder, Clock(START + 101 * DAY * 10**6)).take(result("old-name")).kind == "incident"
    assert faults(folder) == []


def test_evidence_goes_and_what_was_found_is_still_told(folder: Folder) -> None:
    assert purged(folder, evidence="30d") == Gone(evidence=3)
    assert paths(folder) == {"old-name", "open", "late"}
    assert b"box" not in everything(folder)
    assert faults(folder) == []
    assert purged(folder, evidence="30d") == Gone()


def test_what_belongs_to_no_incident_goes_and_how_the_log_began_stays(folder: Folder) -> None:
    assert purged(folder, log="30d") == Gone(entries=1)
    assert b"an old problem" not in everything(folder)
    assert purged(folder, log="30d", closed="30d", evidence="30d").incidents == 1
    assert faults(folder) == []


def test_nothing_goes_unasked(folder: Folder) -> None:
    assert purged(folder) == Gone()
    assert verified(folder).entries == 7


def test_bodies_and_evidence_that_go_without_a_word_are_found(folder: Folder) -> None:
    purged(folder, closed="30d")
    tampered(folder, "UPDATE log SET body = NULL WHERE number = 3", "DELETE FROM evidence WHERE number = 4")
    found = faults(folder)
    assert (3, "its body is gone, and no entry says that it was purged") in found
    assert (4, "its evidence is gone, and no entry says that it was purged") in found
    assert not any(number in (2, 5) for number, _ in found)


def test_changed_evidence_is_found(folder: Folder) -> None:
    tampered(folder, "UPDATE evidence SET sealed = x'00' WHERE number = 3", "INSERT INTO evidence VALUES (6, x'00')")
    assert faults(folder) == [
        (3, "its evidence was changed"),
        (6, "there is evidence of it that it does not tell of"),
    ]


def test_what_recording_left_over_goes_once_it_is_old(folder: Folder) -> None:
    for name, age in (("a.box", 2 * DAY), ("b.box.tmp", 2 * DAY), ("c.box", 60)):
        path = Path(folder.evidence, name)
        path.write_bytes(b"x")
        os.utime(path, (NOW - age, NOW - age))
    assert verified(folder).notes[0].endswith("3 files")
    assert purged(folder) == Gone(files=2)
    assert os.listdir(folder.evidence) == ["c.box"]


def test_an_incident_that_was_seen_since_stays(folder: Folder) -> None:
    decide(folder.log(Clock(START + 3 * 10**9)), [row.id for row in listed(folder.database, Filter(path="open"))],
           "resolve", State.FALSE_POSITIVE, "", WHO)  # fmt: skip
    recorder(folder, Clock(START + 99 * DAY * 10**6)).take(result("open", Verdict.WARN))
    assert purged(folder, closed="30d").incidents == 1
    assert "open" in paths(folder)
