"""The log: its bytes, and that whatever is done to it is found, and where."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlp.errors import ConfigError, IncidentsDamaged
from dlp.incident.anchoring import printed
from dlp.incident.chain import ZERO, Log, entries, head_of, head_statement, statement
from dlp.incident.folder import Folder
from dlp.incident.verifying import Anchored, anchored

from .making import START, Clock, faults, made, recorder, result, tampered, verified

ENTRIES = 10


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Entries 1 (init), 2 to 4, 5, 6 to 9 and 10, each group one transaction."""
    clock = Clock()
    folder = made(tmp_path / "incidents", clock)
    taking = recorder(folder, clock)
    taking.take_all([result("b"), result("c"), result("d")])
    taking.take(result("b"))
    taking.take_all([result("e"), result("f"), result("g"), result("h")])
    taking.take(result("i"))
    return folder


def test_what_is_hashed_and_signed_is_these_bytes() -> None:
    digest = hashlib.sha256(b"{}").digest()
    assert statement(ZERO, 17, 1_764_003_148_123_456, "incident", digest) == (
        b"dlp-log 1\n"
        b"previous 0000000000000000000000000000000000000000000000000000000000000000\n"
        b"number 17\n"
        b"time 1764003148123456\n"
        b"kind incident\n"
        b"body 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\n"
    )
    assert head_statement(17, digest) == (
        b"dlp-head 1\nnumber 17\nhash 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\n"
    )


def test_each_entry_is_hashed_with_the_one_before_and_the_last_of_a_transaction_is_signed(folder: Folder) -> None:
    previous = ZERO
    signed = []
    with folder.database.reading() as db:
        for entry in entries(db):
            text = statement(previous, entry.number, entry.time, entry.kind, entry.digest)
            assert entry.hash == hashlib.sha256(text + (entry.signature or b"")).digest()
            assert entry.body is not None
            assert entry.digest == hashlib.sha256(entry.body).digest()
            if entry.signature:
                folder.public().verify(entry.signature, text)
                signed.append(entry.number)
            previous = entry.hash
    assert signed == [1, 4, 5, 9, 10]
    head = head_of(folder.database)
    assert (head.number, head.hash) == (10, previous)
    folder.public().verify(head.signature, head_statement(10, previous))


def test_an_untouched_log_is_well(folder: Folder) -> None:
    done = verified(folder)
    assert (done.entries, done.vouched, done.faults, done.notes) == (ENTRIES, ENTRIES, (), ())


_CHANGES = {
    "time": "time + 1",
    "kind": "'seen' || substr(kind, 1, 0) || 'x'",
    "digest": "randomblob(32)",
    "body": "replace(CAST(body AS TEXT), '\"salt\":\"', '\"salt\":\"0')",
    "hash": "randomblob(32)",
    "signature": "CASE WHEN signature IS NULL THEN randomblob(64) ELSE NULL END",
    "number": "number + 1000",
}


@pytest.mark.parametrize("number", range(1, ENTRIES + 1))
@pytest.mark.parametrize("column", _CHANGES)
def test_a_changed_entry_is_found_where_it_is(folder: Folder, column: str, number: int) -> None:
    tampered(folder, (f"UPDATE log SET {column} = CAST({_CHANGES[column]} AS BLOB) WHERE number = ?", [number])
             if column == "body" else
             (f"UPDATE log SET {column} = {_CHANGES[column]} WHERE number = ?", [number]))  # fmt: skip
    found = faults(folder)
    assert found
    assert any(each == number for each, _ in found[:3])
    assert all(each >= number for each, _ in found[:1]) or column == "number"


def test_types_that_no_entry_has_are_found(folder: Folder) -> None:
    for column in ("time", "digest", "body", "hash", "signature"):
        tampered(folder, (f"UPDATE log SET {column} = ? WHERE number = 6", ["text"]))
        assert (6, "it is not an entry's shape") in faults(folder)


@pytest.mark.parametrize("number", range(1, ENTRIES + 1))
def test_a_removed_entry_is_found(folder: Folder, number: int) -> None:
    tampered(folder, ("DELETE FROM log WHERE number = ?", [number]))
    found = faults(folder)
    if number < ENTRIES:
        assert (number, f"entry {number} is missing") in found
    else:
        assert (9, "the log ends here, and its head says 10: it was cut off") in found


@pytest.mark.parametrize("number", range(2, ENTRIES))
def test_exchanged_entries_are_found(folder: Folder, number: int) -> None:
    tampered(
        folder,
        ("UPDATE log SET number = -1 WHERE number = ?", [number]),
        ("UPDATE log SET number = ? WHERE number = ?", [number, number + 1]),
        ("UPDATE log SET number = ? WHERE number = -1", [number + 1]),
    )
    assert faults(folder)[0] == (number, "it, or its place behind the entry before it, was changed")


def _rewritten(folder: Folder, first: int, signer: Ed25519PrivateKey | None) -> None:
    """Everything from an entry on computed anew, as by an attacker: with a key of their own, or without any."""
    with closing(sqlite3.connect(folder.database.path)) as db:
        rows = db.execute("SELECT number, hash, time, kind, digest, signature FROM log ORDER BY number").fetchall()
        previous = ZERO if first == 1 else rows[first - 2][1]
        for number, _, time, kind, digest, signature in rows[first - 1 :]:
            text = statement(previous, number, time + (number == first), kind, digest)
            if signature and signer:
                signature = signer.sign(text)
            previous = hashlib.sha256(text + (signature or b"")).digest()
            db.execute("UPDATE log SET time = time + ?, hash = ?, signature = ? WHERE number = ?",
                       (number == first, previous, signature, number))  # fmt: skip
        signature = signer.sign(head_statement(ENTRIES, previous)) if signer else bytes(64)
        db.execute("UPDATE head SET hash = ?, signature = ?", (previous, signature))
        db.commit()


@pytest.mark.parametrize("signer", [None, Ed25519PrivateKey.generate()], ids=["no key", "another key"])
@pytest.mark.parametrize(
    ("first", "vouched", "unsure"),
    [(1, 0, (1, 1)), (2, 1, (2, 4)), (4, 1, (2, 4)), (5, 4, (5, 5)), (7, 5, (6, 9)), (10, 9, (10, 10))],
)
def test_who_rewrites_the_log_without_its_key_is_found_at_the_first_entry_that_no_good_signature_covers(
    folder: Folder, first: int, vouched: int, unsure: tuple[int, int], signer: Ed25519PrivateKey | None
) -> None:
    _rewritten(folder, first, signer)
    done = verified(folder)
    assert done.vouched == vouched
    start, end = unsure
    which = f"entry {start}" if start == end else f"entries {start} to {end}"
    told = [each.problem for each in done.faults if each.number == start]
    assert f"{which} may be forged: the signature of entry {end} is not good" in told


@pytest.mark.parametrize("last", range(1, ENTRIES))
def test_a_log_that_was_cut_off_is_found_also_at_a_signed_entry(folder: Folder, last: int) -> None:
    """Without a copy of an older head nobody can say that it ends there."""
    with folder.database.reading() as db:
        (kept,) = entries(db, last, last)
    tampered(
        folder,
        ("DELETE FROM log WHERE number > ?", [last]),
        ("UPDATE head SET number = ?, hash = ?", [last, kept.hash]),
    )
    assert (last, "the log's head is forged: its signature is not good") in faults(folder)


def test_a_log_put_back_to_an_older_copy_is_found_by_a_head_that_was_kept(folder: Folder, tmp_path: Path) -> None:
    folder.database.shrink()
    older = Path(folder.database.path).read_bytes()
    recorder(folder, Clock(START + 10**9)).take(result("later"))
    head = anchored(printed(head_of(folder.database)), "head")
    assert verified(folder, [head]).faults == ()
    folder.close()
    for name in ("-wal", "-shm"):
        Path(folder.database.path + name).unlink(missing_ok=True)
    Path(folder.database.path).write_bytes(older)
    folder = Folder(folder.path)
    assert faults(folder) == []
    (fault,) = verified(folder, [head]).faults
    assert fault.problem == "the log ends here, and a head of entry 11 was anchored: it was cut off"


def test_a_log_written_anew_with_the_key_is_found_by_a_head_that_was_kept(folder: Folder) -> None:
    head = head_of(folder.database)
    _rewritten(folder, 3, folder.log()._signer)
    assert faults(folder) == [(3, "the table says otherwise of incident " + _incident(folder, 3))]
    found = verified(folder, [Anchored(head.number, head.hash.hex())]).faults
    assert (10, "it is not the entry that was anchored: the log was rewritten") in [
        (each.number, each.problem) for each in found
    ]


def _incident(folder: Folder, number: int) -> str:
    row = folder.database.execute("SELECT id FROM incidents WHERE detail = ?", (number,)).fetchone()
    return f"{row[0]}: first, last"


def test_entries_that_somebody_adds_are_found(folder: Folder) -> None:
    tampered(folder, "INSERT INTO log SELECT 11, time, kind, digest, body, hash, NULL FROM log WHERE number = 10")
    found = faults(folder)
    assert (11, "it, or its place behind the entry before it, was changed") in found
    assert (11, "entries 11 to 11 are not signed: something was cut off or added") in found


def test_a_head_that_is_gone_or_of_another_shape_is_found(folder: Folder) -> None:
    tampered(folder, ("UPDATE head SET hash = ?", ["text"]))
    assert (0, "the log's head is not a head's shape") in faults(folder)
    with pytest.raises(IncidentsDamaged):
        head_of(folder.database)
    tampered(folder, "DELETE FROM head")
    assert (0, "the log's head is missing") in faults(folder)
    with pytest.raises(IncidentsDamaged, match="dlp incidents verify"):
        recorder(folder).take(result("more"))


def test_nothing_is_added_to_a_log_that_does_not_end_as_its_head_says(folder: Folder) -> None:
    tampered(folder, "DELETE FROM log WHERE number = 10")
    with pytest.raises(IncidentsDamaged, match="does not end where its head says"):
        recorder(folder).take(result("more"))


def test_another_public_key_is_found(folder: Folder, tmp_path: Path) -> None:
    other = made(tmp_path / "other")
    Path(folder.path, "signing.pub").write_bytes(Path(other.path, "signing.pub").read_bytes())
    found = faults(folder)
    assert (1, "the log was begun under another key than the public key at hand") in found
    assert verified(folder).vouched == 0


def test_triggers_and_views_are_found(folder: Folder) -> None:
    tampered(folder, "CREATE TRIGGER t AFTER INSERT ON log BEGIN DELETE FROM evidence; END")
    assert (0, "the database has a trigger 't', which nobody made for it") in faults(folder)


def test_a_clock_that_is_set_back_is_noted_and_stops_nothing(folder: Folder) -> None:
    early = Clock(1_000_000)
    recorder(folder, early).take(result("early"))
    with folder.database.reading() as db:
        noted, entry = entries(db, 11)
    assert noted.kind == "clock"
    assert b'"behind":17640' in (noted.body or b"")
    assert (entry.number, entry.time) == (12, 2_000_000)
    assert verified(folder).notes == ("the clock was set back before entry 11",)
    assert faults(folder) == []


@pytest.mark.parametrize("now", [-(10**15), 0, 10**18])
def test_any_clock_will_do(tmp_path: Path, now: int) -> None:
    folder = made(tmp_path / "incidents", Clock(now // 1000))
    recorder(folder, Clock(now // 1000)).take(result())
    assert faults(folder) == []


def test_a_head_is_read_from_what_is_printed_and_from_a_short_form(folder: Folder) -> None:
    head = head_of(folder.database)
    assert anchored(printed(head), "x") == anchored(f"10:{head.hash.hex()}", "x") == Anchored(10, head.hash.hex())
    for wrong in ("", "10", "10:abc", f"x:{head.hash.hex()}", "9" * 30 + ":" + "0" * 64):
        with pytest.raises(ConfigError, match="is no head"):
            anchored(wrong, "x")


def test_a_kind_is_a_word_and_a_body_an_object(folder: Folder) -> None:
    with pytest.raises(ValueError, match="no kind"), folder.log(Clock()).appending() as appending:
        appending.append("two\nlines", {})
    with pytest.raises(ValueError, match="an object"), folder.log(Clock()).appending() as appending:
        appending.append("list", [1])
    assert verified(folder).entries == ENTRIES


def test_what_fails_amid_a_transaction_leaves_nothing_of_it(folder: Folder) -> None:
    with pytest.raises(ZeroDivisionError), folder.log(Clock()).appending() as appending:
        appending.append("one", {"figure": 1 / appending.db.execute("SELECT 0").fetchone()[0]})
    assert verified(folder).entries == ENTRIES
    assert faults(folder) == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=st.lists(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3)), max_size=6))
def test_any_bodies_in_any_transactions_are_a_chain(tmp_path_factory: pytest.TempPathFactory, groups: list) -> None:
    folder = made(tmp_path_factory.mktemp("log") / "incidents")
    log = Log(folder.database, folder.log()._signer, Clock())
    for group in groups:
        with log.appending() as appending:
            for body in group:
                appending.append("test", {key + "_": value for key, value in body.items()})
    assert faults(folder) == []
    assert verified(folder).entries == 1 + sum(map(len, groups))
    folder.close()
