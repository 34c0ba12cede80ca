"""What the daemon tells whoever started it, who keeps an eye on it, and who is to know of incidents."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.daemon import metrics
from dlp.daemon.log import Log
from dlp.daemon.serving import LONGEST, MOST, Address, Page, Serving, address
from dlp.daemon.state import BOUNDS, Backlog, Counts, Folder, State
from dlp.daemon.supervision import Supervisor
from dlp.errors import DlpError

from ..cli.running import EXAMPLES, LEAK, Dlp
from .running import PATIENCE, Daemon, running

# --- whoever started it -----------------------------------------------------------------------------


@pytest.fixture
def notified(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(os.fspath(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


def heard(listening: socket.socket) -> list[str]:
    lines: list[str] = []
    while True:
        try:
            lines += listening.recv(65536).decode().split("\n")
        except BlockingIOError:
            return lines


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    now = [1000.0]
    monkeypatch.setattr("dlp.daemon.supervision.time.monotonic", lambda: now[0])

    def passes(seconds: float) -> None:
        now[0] += seconds

    return passes


def test_signs_of_life_come_while_it_watches_and_at_no_other_time(
    tmp_path: Path, notified: socket.socket, clock: Callable[[float], None]
) -> None:
    environment = {"NOTIFY_SOCKET": os.fspath(tmp_path / "notify"), "WATCHDOG_USEC": "30000000"}
    supervisor = Supervisor(environment)
    supervisor.tell(False, lambda: "begins")
    assert heard(notified) == ["STATUS=begins"]
    clock(2)
    supervisor.tell(True, lambda: "is there\nREADY=0")
    assert heard(notified) == ["READY=1", "WATCHDOG=1", "STATUS=is there READY=0"]
    clock(60)
    supervisor.tell(False, lambda: "blind")
    assert heard(notified) == ["STATUS=blind"]
    for _ in range(60):
        clock(1)
        supervisor.tell(True, lambda: "sees")
    assert heard(notified).count("WATCHDOG=1") == 6
    supervisor.reloading()
    clock(2)
    supervisor.tell(False, lambda: "")
    assert {each.partition("=")[0] for each in heard(notified)} <= {"RELOADING", "MONOTONIC_USEC", "STATUS"}
    clock(2)
    supervisor.tell(True, lambda: "")
    assert "READY=1" in heard(notified)
    supervisor.stopping()
    assert heard(notified) == ["STOPPING=1"]
    supervisor.close()


def test_what_was_not_taken_is_told_again(tmp_path: Path, clock: Callable[[float], None]) -> None:
    supervisor = Supervisor({"NOTIFY_SOCKET": os.fspath(tmp_path / "notify"), "WATCHDOG_USEC": "30000000"})
    supervisor.tell(True, lambda: "")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(os.fspath(tmp_path / "notify"))
        listening.setblocking(False)
        clock(2)
        supervisor.tell(True, lambda: "")
        assert heard(listening)[:2] == ["READY=1", "WATCHDOG=1"]
    supervisor.close()


@pytest.mark.parametrize(
    ("more", "signs"), [({}, True), ({"WATCHDOG_PID": "1"}, False), ({"WATCHDOG_USEC": "-5"}, False)]
)
def test_signs_of_life_are_for_whom_they_are_asked_of(
    more: dict[str, str], signs: bool, tmp_path: Path, notified: socket.socket
) -> None:
    supervisor = Supervisor({"NOTIFY_SOCKET": os.fspath(tmp_path / "notify"), "WATCHDOG_USEC": "9000000", **more})
    supervisor.tell(True, lambda: "")
    assert ("WATCHDOG=1" in heard(notified)) is signs
    supervisor.close()


def test_where_nobody_listens_nothing_is_told() -> None:
    supervisor = Supervisor({})
    supervisor.tell(True, lambda: pytest.fail("nobody asked"))
    supervisor.close()


# --- who keeps an eye on it -------------------------------------------------------------------------


def a_state(**changed: object) -> State:
    counts = Counts()
    counts.latencies[1], counts.latencies[-1], counts.latency_sum = 3, 1, 400.5
    counts.skipped = {"encrypted": 2}
    known: dict[str, object] = {
        "started": 10.0, "healthy": True, "problems": (), "channels": (), "queue": 1, "settling": 2, "reading": 3,
        "oldest": 0.25, "known": 1_000_000, "watches": 7, "unwatched": 0, "comparison": None, "comparing": False,
        "generation": 1, "refused": "",
    }  # fmt: skip
    return counts.state(**(known | changed))


SAMPLE = re.compile(r'([a-z_:][a-z0-9_:]*)(\{[a-z]+="(?:[^"\\\n]|\\["\\n])*"\})? (-?[0-9.e+-]+|NaN|[+-]Inf)')


def parsed(text: str) -> dict[str, float]:
    """Samples by name and labels; every line is one, or help, or a type, and names what was typed before."""
    kinds: dict[str, str] = {}
    samples: dict[str, float] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in kinds
            kinds[name] = kind
        elif not line.startswith("# HELP "):
            found = SAMPLE.fullmatch(line)
            assert found, line
            name = re.sub("_(bucket|sum|count)$", "", found[1]) if found[1] not in kinds else found[1]
            assert name in kinds
            assert found[1] + (found[2] or "") not in samples
            samples[found[1] + (found[2] or "")] = float(found[3])
    return samples


def test_figures_are_written_as_prometheus_reads_them() -> None:
    samples = parsed(metrics.text(a_state(notifications=Backlog(4, 1, 9.5, {})), 20.0))
    assert samples["dlp_up_seconds"] == 10
    assert samples["dlp_known_files"] == 1_000_000
    assert samples["dlp_queue_oldest_seconds"] == 0.25
    assert samples['dlp_skipped_total{reason="encrypted"}'] == 2
    assert samples['dlp_verdicts_total{verdict="block"}'] == 0
    assert samples["dlp_notifications_waiting"], samples["dlp_notifications_dead"] == (4, 1)
    buckets = [samples[f'dlp_latency_seconds_bucket{{le="{bound!r}"}}'] for bound in BOUNDS]
    assert buckets == [0, *[3] * (len(BOUNDS) - 1)]
    assert samples['dlp_latency_seconds_bucket{le="+Inf"}'] == samples["dlp_latency_seconds_count"] == 4
    assert samples["dlp_latency_seconds_sum"] == 400.5


@given(st.lists(st.tuples(st.text(), st.booleans()), max_size=5))
def test_no_name_breaks_out_of_its_label_and_no_path_is_told(channels: list[tuple[str, bool]]) -> None:
    folders = tuple(Folder(name, "/home/someone/secret", False, "is gone" if bad else "") for name, bad in channels)
    text = metrics.text(a_state(channels=folders), 20.0)
    assert "secret" not in text
    assert "\n\n" not in text
    total = sum(
        int(line.rpartition(" ")[2]) for line in text.split("\n") if line.startswith("dlp_channel_folders{")
    )
    assert total == len(channels)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("127.0.0.1:9469", Address("", "127.0.0.1", 9469)),
        ("127.9.9.9:1", Address("", "127.9.9.9", 1)),
        ("localhost:80", Address("", "127.0.0.1", 80)),
        ("[::1]:9469", Address("", "::1", 9469)),
        ("unix:/run/dlp.sock", Address("/run/dlp.sock")),
    ],
)
def test_addresses(text: str, made: Address) -> None:
    assert address(text) == made


@pytest.mark.parametrize(
    "text",
    ["0.0.0.0:9469", "10.0.0.1:9469", "[::]:9469", "::1:9469", "9469", "localhost:", "localhost:0", "localhost:65536",
     "example.com:9469", "unix:here", "unix:", "[127.0.0.1]:9469", "", "127.0.0.1:\uff19469"],
)  # fmt: skip
def test_addresses_that_others_could_reach_or_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"loopback|as 127|absolute"):
        address(text)


def page(path: str) -> Page | None:
    return Page(200, "figures\n" * 10) if path == "/metrics" else None


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    made = Serving(Address(os.fspath(tmp_path / "socket")))
    yield made
    made.close()


@pytest.fixture
def on_loopback() -> Iterator[tuple[Serving, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = Serving(Address("", "127.0.0.1", port))
    yield made, port
    made.close()


def asked(serving: Serving, to: str | tuple[str, int], question: bytes) -> bytes:
    kind = socket.AF_UNIX if isinstance(to, str) else socket.AF_INET
    with socket.socket(kind, socket.SOCK_STREAM) as asking:
        asking.settimeout(5)
        asking.connect(to)
        serving.serve(page)
        asking.sendall(question)
        serving.serve(page)
        if not question.endswith(b"\r\n\r\n"):
            asking.shutdown(socket.SHUT_WR)
            serving.serve(page)
        answer = b""
        while chunk := asking.recv(65536):
            answer += chunk
        return answer


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("GET /metrics HTTP/1.1\r\nHost: localhost:{port}", 200),
        ("GET /metrics HTTP/1.0\r\nhost: 127.0.0.1", 200),
        ("HEAD /metrics HTTP/1.1\r\nHost:127.0.0.1:{port}", 200),
        ("GET /metrics HTTP/1.1\r\nHost: evil.example:{port}", 421),
        ("GET /metrics HTTP/1.1\r\nHost: localhost.evil.example", 421),
        ("GET /metrics HTTP/1.1\r\nHost: localhost\r\nHost: evil.example", 421),
        ("GET /metrics HTTP/1.1\r\nAccept: */*", 421),
        ("GET / HTTP/1.1\r\nHost: localhost", 404),
        ("GET /metrics/../state HTTP/1.1\r\nHost: localhost", 404),
        ("GET /metrics?a HTTP/1.1\r\nHost: localhost", 404),
        ("POST /metrics HTTP/1.1\r\nHost: localhost", 405),
        ("GET http://localhost/metrics HTTP/1.1\r\nHost: localhost", 400),
        ("nonsense", 400),
    ],
)
def test_only_what_there_is_is_served_and_only_to_who_asks_this_host(
    question: str, status: int, on_loopback: tuple[Serving, int]
) -> None:
    serving, port = on_loopback
    answer = asked(serving, ("127.0.0.1", port), f"{question.format(port=port)}\r\n\r\n".encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert (body == page("/metrics").body.encode()) is (status == 200 and question.startswith("GET"))  # type: ignore[union-attr]


@given(st.binary(max_size=300))
def test_whatever_is_asked_does_no_harm(tmp_path_factory: pytest.TempPathFactory, question: bytes) -> None:
    path = os.fspath(tmp_path_factory.getbasetemp() / "asked")
    made = Serving(Address(path))
    try:
        assert asked(made, path, question)[:9] in (b"", b"HTTP/1.1 ")
        assert asked(made, path, b"GET /metrics HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 200")
    finally:
        made.close()


def test_who_asks_slowly_or_without_end_holds_up_nobody(
    serving: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = os.fspath(tmp_path / "socket")
    slow = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(MOST)]
    for each in slow:
        each.connect(path)
        serving.serve(page)
    assert len(serving.descriptors) == MOST
    slow[0].sendall(b"x" * (LONGEST + 1))
    serving.serve(page)
    assert slow[0].recv(10) == b""
    later = time.monotonic() + 60
    monkeypatch.setattr("dlp.daemon.serving.time.monotonic", lambda: later)
    serving.serve(page)
    assert len(serving.descriptors) == 1
    assert asked(serving, path, b"GET /metrics HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 200")
    for each in slow:
        each.close()


def test_a_socket_takes_the_place_of_an_old_one_and_of_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as old:
        old.bind(os.fspath(path))
    made = Serving(Address(os.fspath(path)))
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    made.close()
    assert not path.exists()
    path.write_text("mine")
    with pytest.raises(DlpError, match="in use"):
        Serving(Address(os.fspath(path)))
    assert path.read_text() == "mine"


# --- the journal ------------------------------------------------------------------------------------


def test_the_journal_has_fields_of_their_own_which_no_name_breaks_out_of(tmp_path: Path) -> None:
    where = os.fspath(tmp_path / "journal")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(where)
        Log("journal", journal=where).error("folder-lost", "gone", path="a\nPRIORITY=7\x1b[2J")
        lines = journal.recv(65536).decode().splitlines()
    fields = dict(each.split("=", 1) for each in lines)
    assert fields["PRIORITY"] == "3"
    assert fields["DLP_EVENT"] == "folder-lost"
    assert fields["MESSAGE"] == "gone"
    assert len(fields) == len(lines) == 5
    assert fields["DLP_PATH"].isprintable()


def test_where_no_journal_listens_lines_carry_their_priority(tmp_path: Path) -> None:
    with open(tmp_path / "err", "w") as file:
        log = Log("journal", file.fileno(), os.fspath(tmp_path / "nobody"))
        log.warning("clock", "the clock was set\nby 1", path="x")
    assert re.fullmatch(r"<4>the clock was set\S+by 1 \(path=x\)\n", (tmp_path / "err").read_text())


# --- a daemon ---------------------------------------------------------------------------------------


def answered(path: Path, what: str) -> tuple[int, str]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(os.fspath(path))
        connection.sendall(f"GET {what} HTTP/1.1\r\n\r\n".encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read().decode()


def test_a_daemon_is_ready_when_it_watches_and_its_figures_are_served(
    dlp: Dlp, tmp_path: Path, notified: socket.socket
) -> None:
    dlp.environment["NOTIFY_SOCKET"], dlp.environment["WATCHDOG_USEC"] = os.fspath(tmp_path / "notify"), "900000"
    daemon = Daemon(dlp, tmp_path, "--no-rules", "--all", "--metrics", f"unix:{tmp_path}/m", tmp_path / "outbox")
    try:
        with running(daemon):
            (daemon.folder / "leak.txt").write_text(LEAK)
            daemon.quiet()
            status, text = answered(tmp_path / "m", "/metrics")
            assert status == 200
            time.sleep(1.1)  # figures are that old at most
            samples = parsed(answered(tmp_path / "m", "/metrics")[1])
            assert samples['dlp_verdicts_total{verdict="block"}'] == samples["dlp_known_files"] == 1
            assert answered(tmp_path / "m", "/healthz") == (200, "well\n")
            lines = heard(notified)
            assert lines.index("READY=1") < lines.index("WATCHDOG=1", 1)
            daemon.folder.rename(tmp_path / "away")
            daemon.until(lambda state: not state.healthy)
            time.sleep(1.1)
            status, text = answered(tmp_path / "m", "/healthz")
            assert status == 503
            assert "outbox" not in text
            lines = heard(notified)
            assert daemon.stop(signal.SIGTERM) == 0
            assert "STOPPING=1" in heard(notified)
        assert not (tmp_path / "m").exists()
    finally:
        del dlp.environment["NOTIFY_SOCKET"], dlp.environment["WATCHDOG_USEC"]


def test_incidents_are_told_of_by_a_process_of_its_own_and_changes_of_targets_are_taken_up(
    fresh: Dlp, tmp_path: Path
) -> None:
    assert fresh("register", "--label", "trade-secret", EXAMPLES / "secrets").code == 0
    assert fresh("incidents", "init", "--incidents", tmp_path / "cases", "--review-key", tmp_path / "review").code == 0
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    told = tmp_path / "told"
    run = f"cat >{told}.new && mv {told}.new {told}"
    given = ("--no-rules", "--policy", policy, "--incidents", tmp_path / "cases", "-j", 1)
    daemon = Daemon(fresh, tmp_path, *given, tmp_path / "outbox")
    with running(daemon):
        (daemon.folder / "one.txt").write_text(LEAK)
        state = daemon.until(lambda state: state.notifications is not None and state.notifications.dead == 1)
        assert state.healthy
        assert "1 were given up" in fresh("status", "--state", daemon.state).out
        with open(tmp_path / "cases" / "config.yaml", "a") as file:
            file.write(f"targets:\n  desk:\n    command: {{run: [/bin/sh, -c, {run!r}]}}\n")
        daemon.until(lambda state: state.reloads == 1)
        (daemon.folder / "two.txt").write_text(LEAK + " more")
        end = time.monotonic() + PATIENCE
        while not told.exists():
            assert time.monotonic() < end
            time.sleep(0.05)
        assert [each["path"] for each in json.loads(told.read_bytes())["told"]] == [f"{daemon.folder}/two.txt"]
        daemon.until(lambda state: state.notifications is not None and state.notifications.waiting == 0)


POLICY = """\
version: 2
default: allow
classes: [{name: trade-secret}]
rules:
  - {name: some, when: {class: trade-secret, evidence: 60}, verdict: warn, notify: [desk]}
"""
