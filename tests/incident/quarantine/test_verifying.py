"""`verify` of the quarantine: whoever has a hand in its files or tables is found out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from dlp.incident.folder import Folder
from dlp.incident.quarantine.records import State

from ..making import faults, tampered
from .making import CONTENT, REVIEW, Place


def found(place: Place) -> list[str]:
    with Folder(place.incidents) as folder:
        return [problem for _, problem in faults(folder)]


def _sql(statement: str, *values: object) -> Callable[[Place], None]:
    return lambda place: tampered(Folder(place.incidents), (statement, values))


def _cut(place: Place) -> None:
    next(place.vault.glob("*.sealed")).write_bytes(b"")


def _exchanged(place: Place) -> None:
    sealed = next(place.vault.glob("*.sealed"))
    data = bytearray(sealed.read_bytes())
    data[-1] ^= 1
    sealed.write_bytes(data)


def _linked(place: Place) -> None:
    sealed = next(place.vault.glob("*.sealed"))
    sealed.rename(place.base / "elsewhere")
    sealed.symlink_to(place.base / "elsewhere")


LEAK = hashlib.sha256(b"another leak").hexdigest()


@pytest.mark.parametrize(
    ("tamper", "problem"),
    [
        (_cut, "was changed"),
        (_exchanged, "was changed"),
        (lambda place: next(place.vault.glob("*.sealed")).unlink(), "cannot be read"),
        (_linked, "cannot be read"),
        (_sql("DELETE FROM quarantine"), "is missing"),
        (_sql("UPDATE quarantine SET record = x'00'"), "is damaged"),
        (_sql("UPDATE quarantine SET notice = ?", LEAK), "its notice"),
        (_sql("INSERT INTO allowances VALUES (?, ?, 'Q0', 'so', 'eve')", LEAK, 1 << 60), "no entry allows it"),
    ],
)
def test_tampering_is_found(place: Place, tamper: Callable[[Place], None], problem: str) -> None:
    place.contain()
    assert found(place) == []
    tamper(place)
    (said,) = found(place)
    assert problem in said


def test_a_released_file_may_stay_until_its_time_and_no_longer(place: Place) -> None:
    place.contain()
    (record,) = place.records()
    place.restoring().restore(record.id, REVIEW, reason="goes to a partner", until=1 << 60)
    assert place.file.read_bytes() == CONTENT
    assert found(place) == []
    _sql("UPDATE allowances SET until = until + 1")(place)
    (said,) = found(place)
    assert "no entry allows it" in said


@pytest.mark.parametrize("state", [State.RESTORED, State.PURGED])
def test_what_was_given_back_or_purged_is_no_fault(place: Place, state: State) -> None:
    place.contain()
    (record,) = place.records()
    if state == State.RESTORED:
        place.restoring().restore(record.id, REVIEW)
    else:
        place.restoring().purge(record.id)
    assert place.records()[0].state == state
    assert found(place) == []
