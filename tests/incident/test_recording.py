"""Recording: a file that is seen again joins its incident, and the table is what the log adds up to."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlp.errors import IncidentsFull, IncidentsMissing, UsageError
from dlp.incident.chain import Appending
from dlp.incident.deciding import MOST_NOTE, decide
from dlp.incident.folder import Folder
from dlp.incident.incidents import Incident, Sealed, State, by_ordinal, named
from dlp.incident.listing import Filter, detail, listed, timeline
from dlp.incident.recording import Taken
from dlp.model import Result, Verdict

from .making import WHO, Clock, faults, made, recorder, result, tampered


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return made(tmp_path / "incidents")


def there(folder: Folder, **wanted: object) -> list[Incident]:
    return list(listed(folder.database, Filter(**wanted)))  # type: ignore[arg-type]


def test_a_file_seen_again_joins_its_incident(folder: Folder) -> None:
    taking = recorder(folder)
    first, again = taking.take(result("a")), taking.take(result("a"))
    moved = taking.take(msgspec.structs.replace(result("a"), path="b"))
    assert [each.kind for each in (first, again, moved)] == ["incident", "seen", "seen"]
    assert [each.news for each in (first, again, moved)] == [True, False, False]
    (row,) = there(folder)
    assert (row.id, row.times, row.path, row.paths, row.detail) == (first.incident, 3, "b", "a", first.number)
    assert faults(folder) == []


def test_a_name_with_a_line_feed_does_not_pass_for_two_places(folder: Folder) -> None:
    names = ("a\n/home/ceo/b", "c", "a\n/home/ceo/b", "d")
    recorder(folder).take_all([msgspec.structs.replace(result("a"), path=name) for name in names])
    (row,) = there(folder)
    assert row.paths.split("\n") == [r"a\n/home/ceo/b", "c"]
    assert faults(folder) == []


def test_results_of_one_transaction_join_each_other(folder: Folder) -> None:
    taken = recorder(folder).take_all([result("a"), result("b"), result("a")])
    assert [each.kind for each in taken] == ["incident", "incident", "seen"]
    assert len(there(folder)) == 2


def test_by_another_way_out_it_is_another_incident(folder: Folder) -> None:
    taken = recorder(folder).take_all([result("a"), result("a", channel="outbox")])
    assert [each.kind for each in taken] == ["incident", "incident"]
    assert [each.channel for each in there(folder, channel="outbox")] == ["outbox"]


def test_where_there_is_no_digest_the_place_counts(folder: Folder) -> None:
    taken = recorder(folder).take_all([result(name, content="") for name in ("a", "b", "a")])
    assert [each.kind for each in taken] == ["incident", "incident", "seen"]


def test_another_outcome_is_noted_in_the_same_incident(folder: Folder) -> None:
    taking = recorder(folder)
    taking.take(result("a"))
    changed = taking.take(result("a", Verdict.BLOCK, reasons=["more of it"]))
    (row,) = there(folder)
    assert (changed.kind, changed.news, row.verdict, row.detail) == ("changed", True, "block", changed.number)
    assert detail(folder.database, row).title == "more of it"
    assert [each.kind for each in timeline(folder.database, 1)] == ["incident", "changed"]


@pytest.mark.parametrize(
    ("state", "verdict", "after"),
    [
        (State.RESOLVED, Verdict.QUARANTINE, "open"),
        (State.FALSE_POSITIVE, Verdict.QUARANTINE, "false-positive"),
        (State.REVIEWED, Verdict.QUARANTINE, "reviewed"),
        (State.REVIEWED, Verdict.WARN, "reviewed"),
        (State.FALSE_POSITIVE, Verdict.WARN, "false-positive"),
        (State.REVIEWED, Verdict.BLOCK, "open"),
        (State.FALSE_POSITIVE, Verdict.BLOCK, "open"),
        (State.RESOLVED, Verdict.BLOCK, "open"),
    ],
)
def test_what_is_seen_again_is_open_again_if_it_was_resolved_or_is_graver(
    folder: Folder, state: State, verdict: Verdict, after: str
) -> None:
    taking = recorder(folder)
    id = taking.take(result("a", Verdict.QUARANTINE)).incident
    decide(folder.log(Clock()), [id], "resolve", state, "", WHO)
    taken = taking.take(result("a", verdict))
    assert there(folder)[0].state == after
    assert taken.reopened == (after == "open")
    assert taken.news == (taken.kind != "seen" or after == "open")
    assert faults(folder) == []


def test_a_decision_is_of_all_incidents_or_of_none(folder: Folder) -> None:
    taken = recorder(folder).take_all([result("a"), result("b")])
    with pytest.raises(IncidentsMissing):
        decide(folder.log(), [taken[0].incident, "0" * 12], "review", State.REVIEWED, "", WHO)
    with pytest.raises(UsageError, match="10,000 characters"):
        decide(folder.log(), [taken[0].incident], "note", None, "x" * (MOST_NOTE + 1), WHO)
    assert [each.state for each in there(folder)] == ["open", "open"]
    decide(folder.log(), [each.incident for each in taken], "note", None, "x" * MOST_NOTE, WHO)
    assert [each.notes for each in there(folder)] == [1, 1]


def test_an_incident_is_named_by_its_first_digits(folder: Folder) -> None:
    id = recorder(folder).take(result("a")).incident
    assert named(folder.database, id[:4])[1].id == named(folder.database, id.upper())[1].id == id
    for wrong in (id[:3], "", "zzzz", "a' OR 1", id + "0"):
        with pytest.raises(IncidentsMissing):
            named(folder.database, wrong)


class _Action:
    """Writes down in the transaction, and does after it."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.done: list[str] = []

    def note(self, appending: Appending, result: Result, taken: Taken) -> None:
        appending.append("told", {"incident": taken.incident, "state": "queued"})

    def act(self, result: Result, taken: Taken) -> None:
        assert named(self.folder.database, taken.incident), "it is on the disk"
        self.done.append(result.path)


def test_actions_note_in_the_transaction_and_act_behind_it(folder: Folder) -> None:
    action = _Action(folder)
    recorder(folder, actions=[action]).take_all([result("a"), result("b")])
    assert action.done == ["a", "b"]
    assert [each.kind for each in timeline(folder.database, 1)] == ["incident", "told"]
    assert faults(folder) == []


class _Keeper:
    def __init__(self) -> None:
        self.kept: list[str] = []

    def keep(self, result: Result) -> tuple[Sealed | None, str]:
        self.kept.append(result.path)
        return None, "no room"

    def drop(self, sealed: Sealed) -> None:
        raise AssertionError("nothing was kept")


def test_a_file_is_kept_where_the_policy_asks_for_it_and_it_is_news(folder: Folder) -> None:
    keeper = _Keeper()
    taking = recorder(folder, keeper=keeper)
    taken = taking.take_all([result("a", keep=True), result("b")])
    taking.take(result("a", keep=True))
    assert keeper.kept == ["a"]
    assert taken[0].problems == ("no room",)
    assert detail(folder.database, there(folder, path="a")[0]).problems == ["no room"]


def test_where_there_is_no_room_nothing_is_half_recorded(folder: Folder) -> None:
    pages = folder.database.execute("PRAGMA page_count").fetchone()[0]
    folder.database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(IncidentsFull, match="no room left"):
        recorder(folder).take_all([result(str(number)) for number in range(500)])
    folder.database.execute("PRAGMA max_page_count = 1000000")
    assert (there(folder), faults(folder)) == ([], [])
    recorder(folder).take(result("a"))
    assert faults(folder) == []


def test_incidents_are_found_by_what_they_have_in_common(folder: Folder) -> None:
    taking = recorder(folder)
    taking.take_all([result("out/a.txt"), result("out/b.md", Verdict.BLOCK), result("in/c.txt", Verdict.QUARANTINE)])
    decide(folder.log(Clock()), [there(folder, path="c.txt")[0].id], "review", State.REVIEWED, "", WHO)

    def paths(**wanted: object) -> list[str]:
        return sorted(each.path for each in there(folder, **wanted))

    assert paths(verdict=Verdict.QUARANTINE) == ["in/c.txt", "out/b.md"]
    assert paths(states=[State.OPEN]) == ["out/a.txt", "out/b.md"]
    assert paths(path="*.txt") == ["in/c.txt", "out/a.txt"]
    assert paths(path="out/") == ["out/a.txt", "out/b.md"]
    assert paths(classes=["secret"], limit=1) == ["in/c.txt"]
    assert paths(classes=["secre"]) == paths(path="%") == []
    assert paths(since=there(folder)[0].last + 1) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE incidents SET state = 'resolved' WHERE ordinal = 1", "the table says otherwise of incident"),
        ("UPDATE incidents SET path = 'harmless' WHERE ordinal = 1", "the table says otherwise of incident"),
        ("DELETE FROM incidents WHERE ordinal = 1", "is missing in the table"),
        ("DELETE FROM events WHERE number = 2", "the table names other entries of incident"),
        ("UPDATE incidents SET id = 'abcdefabcdef' WHERE ordinal = 1", "that no entry tells of"),
    ],
)
def test_a_table_that_somebody_changed_is_found(folder: Folder, change: str, told: str) -> None:
    recorder(folder).take_all([result("a"), result("b"), result("a")])
    tampered(folder, change)
    assert any(told in problem for _, problem in faults(folder))


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["take", "take", "take", "review", "note", "resolve", "false", "reopen"]),
        st.integers(0, 3),
        st.sampled_from([Verdict.WARN, Verdict.QUARANTINE, Verdict.BLOCK]),
        st.text(max_size=4),
    ),
    max_size=25,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_whatever_happens_the_table_is_what_the_log_adds_up_to(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, Verdict, str]]
) -> None:
    folder = made(tmp_path_factory.mktemp("any") / "incidents")
    taking, log, ids = recorder(folder), folder.log(Clock()), {}
    states = {"review": State.REVIEWED, "note": None, "resolve": State.RESOLVED, "reopen": State.OPEN}
    for kind, file, verdict, text in steps:
        if kind == "take":
            taken = taking.take(result(text.replace("\n", "") or "x", verdict, content=str(file)))
            assert ids.setdefault(file, taken.incident) == taken.incident
        elif file in ids:
            state = State.FALSE_POSITIVE if kind == "false" else states[kind]
            decide(log, [ids[file]], "resolve" if kind == "false" else kind, state, text, WHO)
    assert faults(folder) == []
    assert {each.id for each in there(folder)} == set(ids.values())
    for ordinal in range(1, len(ids) + 1):
        with folder.database.reading() as db:
            assert len(timeline(folder.database, ordinal)) >= by_ordinal(db, ordinal).times
    folder.close()
