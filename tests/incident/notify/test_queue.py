"""The queue of notifications, and sending from it: nothing is lost, nobody is told twice without need."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from dlp.errors import ConfigError
from dlp.incident import incidents, settings
from dlp.incident.folder import Folder
from dlp.incident.incidents import Decided, Who
from dlp.incident.keys import public_pem
from dlp.incident.notify import queue, sender, targets
from dlp.incident.notify.message import Message
from dlp.incident.notify.seam import NotSent
from dlp.incident.notify.sender import Sender
from dlp.incident.notify.targets import Command, Target
from dlp.incident.verifying import verify
from tests.incident.notify.samples import SECRET, Book, result

ONE_BY_ONE = Target(command=Command(["/bin/true"]), together=0)
TOGETHER = Target(command=Command(["/bin/true"]), together=20)


class Fake:
    """A way that keeps what it is given. `problem`: is raised instead."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.problem: NotSent | None = None
        self.tries = 0

    def send(self, message: Message) -> None:
        self.tries += 1
        if self.problem:
            raise self.problem
        self.got.append(message)

    def close(self) -> None:
        pass  # it has nothing open


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path / "incidents", {"team": ONE_BY_ONE, "other": ONE_BY_ONE, "many": TOGETHER})


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> dict[int, Fake]:
    """By target."""
    made: dict[int, Fake] = {}
    monkeypatch.setattr(Target, "way", lambda self: made.setdefault(id(self), Fake()))
    return made


def rows(book: Book) -> list[tuple[str, str]]:
    return [(each.target, each.state) for each in queue.listed(book.folder.database)]


def test_what_is_new_is_told_to_each_once(book: Book) -> None:
    first = result("a", "team", "other", "team")
    book.take([first, first, result("b")])
    assert rows(book) == [("team", "waiting"), ("other", "waiting")]
    book.take([first])  # seen again: no news
    assert len(rows(book)) == 2


def test_a_newer_state_takes_the_place_of_one_that_nobody_was_told_yet(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = Fake()
    monkeypatch.setattr(Target, "way", lambda self: team)
    (taken,) = book.take([result("a", "team")])
    with book.folder.log().appending() as appending:
        event = Decided(taken.incident, "resolved", "", Who(0, "", ""))
        number = appending.append("resolve", event)
        ordinal, row = incidents.named(book.folder.database, taken.incident)
        incidents.put(appending.db, ordinal, incidents.after(row, number, appending.time, "resolve", event), number)
    book.take([result("a", "team")])
    Sender(book.folder.log(), book.targets).run_for(5)
    assert [each.told[0].news for each in team.got] == ["reopened"]


def test_who_is_not_configured_is_kept_and_told_once_he_is(book: Book, ways: dict[int, Fake]) -> None:
    book.take([result("a", "stranger")])
    assert rows(book) == [("stranger", "dead")]
    (row,) = queue.listed(book.folder.database)
    assert row.problem == queue.NO_TARGET
    known = {"stranger": Target(command=Command(["/bin/true"]))}
    assert queue.revive(book.folder.database, known, queue.now()) == 1
    assert Sender(book.folder.log(), known).run_for(5).incidents == 1
    assert not rows(book)


def test_a_target_without_paths_learns_none(tmp_path: Path, ways: dict[int, Fake]) -> None:
    target = Target(command=Command(["/bin/true"]), paths=False)
    book = Book(tmp_path / "incidents", {"team": target})
    book.take([result("very/secret/name", "team")])
    Sender(book.folder.log(), book.targets).run_for(5)
    (message,) = ways[id(target)].got
    assert b"very" not in queue._encode(message)


def test_what_was_sent_is_in_the_log_and_the_log_is_whole(book: Book, ways: dict[int, Fake]) -> None:
    book.take([result("a", "team")])
    assert Sender(book.folder.log(), book.targets).run_for(5).messages == 1
    kinds = [kind for (kind,) in book.folder.database.execute("SELECT kind FROM log ORDER BY number")]
    assert kinds == ["init", "incident", "notified"]
    public = book.folder.public()
    checked = verify(book.folder.database, book.folder.evidence, public, public_pem(public), [])
    assert not checked.faults


def test_many_are_told_in_one_message(book: Book, ways: dict[int, Fake]) -> None:
    book.take([result(f"{number}", "many") for number in range(19)])
    Sender(book.folder.log(), book.targets).run_for(5)
    assert [each.incidents for each in ways[id(TOGETHER)].got] == [1] * 19
    book.take([result(f"more {number}", "many") for number in range(500)])
    Sender(book.folder.log(), book.targets).run_for(5)
    (digest,) = ways[id(TOGETHER)].got[19:]
    assert (digest.kind, digest.incidents, digest.verdicts) == ("incidents", 500, {"block": 500})
    assert not rows(book)


def test_a_target_that_fails_holds_up_no_other_and_is_tried_later(book: Book, ways: dict[int, Fake]) -> None:
    other = Target(command=Command(["/bin/true"]), together=0, per_minute=7)
    given = {"team": ONE_BY_ONE, "other": other}
    book.take([result(f"{number}", "team", "other") for number in range(3)])
    clock = Clock()
    sending = Sender(book.folder.log(), given, clock)
    ways[id(ONE_BY_ONE)] = failing = Fake()
    failing.problem = NotSent("no answer in time")
    made = sending.run_for(5)
    assert made.incidents == 3
    assert made.problems == {"team": "no answer in time"}
    assert failing.tries == 1  # the others of it wait, too
    assert [row.tries for row in queue.listed(book.folder.database)] == [1, 0, 0]
    failing.problem = None
    assert sending.run_for(5).incidents == 0
    clock.now += 10
    assert sending.run_for(5).incidents == 2  # that which was tried is not due yet
    assert rows(book) == [("team", "waiting")]


def test_a_message_that_is_refused_for_good_is_given_up_and_listed(book: Book, ways: dict[int, Fake]) -> None:
    book.take([result("a", "team"), result("b", "team")])
    ways[id(ONE_BY_ONE)] = failing = Fake()
    failing.problem = NotSent("the other side answers 404", final=True)
    made = Sender(book.folder.log(), book.targets).run_for(5)
    assert made.problems == {"team": "the other side answers 404"}
    assert ("team", "dead") in rows(book)


def test_no_more_go_out_in_a_minute_than_are_wanted(tmp_path: Path, ways: dict[int, Fake]) -> None:
    target = Target(command=Command(["/bin/true"]), together=0, per_minute=5)
    book = Book(tmp_path / "incidents", {"team": target})
    book.take([result(f"{number}", "team") for number in range(12)])
    clock = Clock()
    sending = Sender(book.folder.log(), book.targets, clock)
    assert [_of(sending, clock) for _ in range(4)] == [5, 5, 2, 0]


def _of(sending: Sender, clock: Clock) -> int:
    made = sending.run_for(5).messages
    clock.now += 60
    return made


def test_what_another_process_has_claimed_is_not_sent_until_its_time_is_over(
    book: Book, ways: dict[int, Fake], monkeypatch: pytest.MonkeyPatch
) -> None:
    book.take([result("a", "team")])
    assert len(queue.claim(book.folder.database, "team", 10, queue.now())) == 1
    sending = Sender(book.folder.log(), book.targets)
    assert sending.run_for(1).messages == 0
    now = queue.now()
    monkeypatch.setattr(queue, "now", lambda: now + queue.LEASE + 1)
    assert sending.run_for(1).messages == 1


def test_a_clock_that_was_set_back_delays_nothing(
    book: Book, ways: dict[int, Fake], monkeypatch: pytest.MonkeyPatch
) -> None:
    book.take([result("a", "team")])
    now = queue.now()
    monkeypatch.setattr(queue, "now", lambda: now - 400 * 86_400 * queue.SECOND)
    assert Sender(book.folder.log(), book.targets).run_for(1).messages == 1


def test_who_is_killed_while_sending_loses_nothing_and_repeats_the_same_id(
    book: Book, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    book.take([result("a", "team")])
    folder = str(tmp_path / "incidents")
    book.folder.close()
    child = os.fork()
    if not child:
        try:
            class Dying(Fake):
                def send(self, message: Message) -> None:
                    (tmp_path / "id").write_text(message.id)
                    os.kill(os.getpid(), signal.SIGKILL)

            Target.way = lambda self: Dying()  # type: ignore[method-assign]  # a process of its own
            Sender(Folder(folder).log(), book.targets).run_for(5)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    again = Fake()
    monkeypatch.setattr(Target, "way", lambda self: again)
    now = queue.now()
    monkeypatch.setattr(queue, "now", lambda: now + queue.LEASE + 1)
    with Folder(folder) as opened:
        assert Sender(opened.log(), book.targets).run_for(5).messages == 1
    assert [each.id for each in again.got] == [(tmp_path / "id").read_text()]


def test_it_sends_until_it_is_stopped(book: Book, ways: dict[int, Fake]) -> None:
    stop = threading.Event()
    heard: list[sender.Sent] = []

    def told(made: sender.Sent) -> None:
        heard.append(made)
        stop.set()

    book.take([result("a", "team")])
    Sender(book.folder.log(), book.targets).run_until(stop, told)
    assert [each.messages for each in heard] == [1]


def test_nothing_that_was_found_stands_in_the_queue(book: Book) -> None:
    book.take([result("a", "team")])
    book.folder.close()
    for path in Path(book.folder.path).rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes()


def test_the_example_of_the_configuration_is_one(tmp_path: Path) -> None:
    book = Book(tmp_path / "incidents", {})
    text = "".join(
        line.removeprefix("# ").split("  #")[0].rstrip() + "\n"
        for line in targets.EXAMPLE[targets.EXAMPLE.index("# targets:") :].splitlines(keepends=True)
        if not line.startswith("#     # ")
    )
    _write(book, "version: 1\n" + text)
    assert set(settings.load(book.folder.path).targets) == {"siem", "security", "chat", "pager"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "a target has one of"),
        ("{command: {run: [/bin/true]}, syslog: {address: 'unix:///dev/log'}}", "has one of"),
        ("{command: {run: [true]}}", "Expected `str`, got `bool`"),
        ("{command: {run: ['true']}}", "the whole path of a program"),
        ("{command: {run: []}}", "the whole path of a program"),
        ("{command: {run: [/bin/true]}, together: -1}", "counts from 0"),
        ("{command: {run: [/bin/true]}, per_minute: 0}", "counts from 1"),
        ("{command: {run: [/bin/true]}, often: 1}", "unknown field `often`"),
        ("{webhook: {url: 'http://h/'}}", "not encrypted on its way"),
        ("{webhook: {url: 'https://u:p@h/'}}", "holds a password"),
        ("{webhook: {url: 'ftp://h/'}}", "begins with https://"),
        ("{webhook: {url: 'https://h:99999/'}}", "out of range"),
        ('{webhook: {url: "https://h/", headers: {"a b": c}}}', "no header"),
        ('{webhook: {url: "https://h/", headers: {a: "b\\r\\nc"}}}', "no header"),
        ("{syslog: {address: 'udp://h'}}", "`address` is udp://HOST:PORT"),
        ("{syslog: {address: 'unix://dev/log'}}", "unix:///dev/log"),
        ("{syslog: {address: 'udp://h:514', facility: 24}}", "from 0 to 23"),
        ("{mail: {server: h, from: a@b.example, to: []}}", "`to` names nobody"),
        ('{mail: {server: h, from: "a@b\\nc", to: [a@b.example]}}', "no address of mail"),
        ("{mail: {server: h, from: a@b.example, to: [a@b.example], security: none}}", "on this machine"),
        ("{mail: {server: h, from: a@b.example, to: [a@b.example], user: me}}", "go together"),
    ],
)
def test_a_target_that_makes_no_sense_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    book = Book(tmp_path / "incidents", {})
    _write(book, f"version: 1\ntargets:\n  team: {text}\n")
    with pytest.raises(ConfigError, match=r"config\.yaml, line 3: ") as caught:
        settings.load(book.folder.path)
    assert message in str(caught.value)


def _write(book: Book, text: str) -> None:
    path = Path(book.folder.path) / settings.NAME
    path.write_text(text)
    path.chmod(0o600)
