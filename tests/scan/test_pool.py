"""What a hostile or broken file costs: its own result, and nothing else."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import itertools
import mmap
import os
import random
import signal
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dlp.errors import DlpError
from dlp.limits import MIB, Limits
from dlp.model import Reason
from dlp.scan import member, pool, worker
from dlp.scan.pool import Failure, Outcome
from dlp.source.seam import Item

LIMITS = Limits(seconds=0.4, memory=300 * MIB)


def item(name: str, size: int = 10) -> Item:
    return Item(os.devnull.encode(), name, name, size)


def act(item: Item) -> bytes:
    """Does what the first word of the name says."""
    match item.name.split()[0]:
        case "segv":
            faulthandler.disable()
            os.kill(os.getpid(), signal.SIGSEGV)
        case "abort":
            faulthandler.disable()
            os.abort()
        case "exit":
            os._exit(3)
        case "hang":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            while True:
                pass
        case "hog":
            hoard = [bytearray(50 * MIB) for _ in range(1000)]
            return bytes(len(hoard))
        case "raise":
            raise ValueError("the secret text of a document")
        case "leave":
            raise SystemExit(0)
        case "huge":
            return b"x" * (2 * MIB)
        case "long":
            return b"x" * MIB
        case "silent":
            return b""
    return item.name.encode()


def run(names: list[str], jobs: int = 1, handle: Callable[[Item], bytes] = act, **more: Any) -> list[Outcome]:
    options: dict[str, Any] = {"jobs": jobs, "limits": LIMITS, "max_payload": MIB, **more}
    return list(pool.run(map(item, names), handle, **options))


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    gc.collect()
    before = sorted(os.listdir("/dev/fd"))
    yield
    gc.collect()
    assert sorted(os.listdir("/dev/fd")) == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_each_item_has_the_bytes_that_the_handler_returned() -> None:
    names = [f"ok {number}" for number in range(500)] + ["silent"]
    found = {outcome.item.name: outcome.payload for outcome in run(names, jobs=3)}
    assert found == {name: name.encode() for name in names[:-1]} | {"silent": b""}


def test_one_worker_reports_in_the_order_of_the_items() -> None:
    names = [f"ok {number}" for number in range(300)]
    assert [outcome.item.name for outcome in run(names)] == names


def test_nothing_to_do_forks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fork", None)
    assert run([]) == []


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        ("segv", Failure(Reason.CRASHED, "the reader was killed by SIGSEGV")),
        ("abort", Failure(Reason.CRASHED, "the reader was killed by SIGABRT")),
        ("exit", Failure(Reason.CRASHED, "the reader ended with exit code 3")),
        ("hang", Failure(Reason.TIMEOUT, "not read after 0.4 seconds")),
        ("raise", Failure(Reason.CRASHED, "the reader failed with ValueError")),
        ("leave", Failure(Reason.CRASHED, "the reader failed with SystemExit")),
        ("huge", Failure(Reason.LIMIT, "what was found in it is longer than 1,048,576 bytes")),
        ("hog", Failure(Reason.MEMORY, "reading it takes more than 314,572,800 bytes of memory")),
    ],
)
def test_a_bad_file_costs_its_own_result_only(name: str, failure: Failure) -> None:
    names = [f"ok {number}" for number in range(100)]
    names.insert(70, name)
    seconds = 0.4 if name == "hang" else 30
    found = run(names, jobs=2, limits=Limits(seconds=seconds, memory=LIMITS.memory))
    assert sorted(outcome.item.name for outcome in found) == sorted(names)
    for outcome in found:
        assert outcome.payload == (failure if outcome.item.name == name else outcome.item.name.encode())


def test_a_death_of_memory_in_c_code_is_told_from_a_crash() -> None:
    def handle(_: Item) -> bytes:
        faulthandler.disable()
        full = bytearray(280 * MIB)
        full[:: 1 << 12] = b"x" * len(full[:: 1 << 12])  # touched, so that it counts
        os.abort()

    (outcome,) = run(["x"], handle=handle, limits=Limits(seconds=30, memory=LIMITS.memory))
    assert isinstance(outcome.payload, Failure)
    assert outcome.payload.reason == Reason.MEMORY


def test_a_file_that_crashes_is_not_tried_again() -> None:
    tried = mmap.mmap(-1, mmap.PAGESIZE)  # shared with the workers

    def handle(item: Item) -> bytes:
        tried[ord(item.name)] += 1
        os._exit(1)

    assert len(run(["a", "b", "c"], handle=handle)) == 3
    assert sum(tried[:]) == 3


def test_random_crashes_and_hangs_leave_one_outcome_for_each_of_2000_files() -> None:
    chance = random.Random(7)
    kinds = ["ok"] * 960 + ["raise"] * 20 + ["segv"] * 5 + ["exit"] * 10 + ["hang"] * 3 + ["long"] * 2
    names = [f"{chance.choice(kinds)} {number}" for number in range(2000)]
    found = run(names, jobs=4, limits=Limits(seconds=0.2))
    assert Counter(outcome.item.name for outcome in found) == Counter(names)
    expected = {"ok": bytes, "long": bytes}
    for outcome in found:
        assert isinstance(outcome.payload, expected.get(outcome.item.name.split()[0], Failure))


def test_a_slow_file_does_not_hold_back_what_was_done_before_it() -> None:
    def handle(item: Item) -> bytes:
        time.sleep(0.3 if item.name == "slow" else 0.06)
        return b""

    start = time.monotonic()
    times = {}
    for outcome in pool.run(map(item, ["a", "b", "c", "d", "slow", "e"]), handle, jobs=1, limits=Limits()):
        times[outcome.item.name] = time.monotonic() - start
    assert times["slow"] - times["d"] > 0.2


def test_a_deadline_grows_with_the_size_of_the_file() -> None:
    def handle(_: Item) -> bytes:
        time.sleep(0.5)
        return b"done"

    limits = Limits(seconds=0.1, bytes_per_second=MIB)
    found = list(pool.run([item("small", 10), item("large", 2 * MIB)], handle, jobs=2, limits=limits))
    assert {o.item.name: o.payload if isinstance(o.payload, bytes) else o.payload.reason for o in found} == {
        "small": Reason.TIMEOUT,
        "large": b"done",
    }


def test_a_caller_that_takes_its_time_costs_no_file_its_result() -> None:
    found: list[bytes | Failure] = []
    for outcome in pool.run(map(item, ["long"] * 40), act, jobs=2, limits=Limits(seconds=0.2)):
        if len(found) in (1, 20):
            time.sleep(0.6)  # meanwhile the workers wait for the pipe
        found.append(outcome.payload)
    assert found == [b"x" * MIB] * 40


def test_items_are_drawn_only_a_little_ahead() -> None:
    drawn = 0

    def items() -> Iterator[Item]:
        nonlocal drawn
        for number in itertools.count():
            drawn += 1
            yield item(f"ok {number}")

    ahead = 0
    for seen, _ in enumerate(itertools.islice(pool.run(items(), act, jobs=2, limits=LIMITS), 5000)):
        ahead = max(ahead, drawn - seen)
    # Queued with both workers, and replies that are being handed out.
    assert ahead <= 2 * 2 * pool.QUEUED * pool.MAX_BATCH + 1


def test_the_first_batches_are_small() -> None:
    drawn = 0

    def items() -> Iterator[Item]:
        nonlocal drawn
        for drawn in range(1, 1000):
            yield item(f"ok {drawn}")

    results = pool.run(items(), act, jobs=1, limits=LIMITS)
    next(results)
    assert drawn < pool.MAX_BATCH
    results.close()


def test_a_large_file_waits_behind_no_other_while_a_worker_is_free() -> None:
    def handle(item: Item) -> bytes:
        time.sleep(0.3)
        return b"%d" % os.getpid()

    large = [item(str(number), pool.BATCH_BYTES + 1) for number in range(2)]
    assert len({outcome.payload for outcome in pool.run(large, handle, jobs=2, limits=Limits())}) == 2


def test_a_source_that_has_nothing_yet_is_asked_again() -> None:
    def items() -> Iterator[Item | None]:
        yield item("a")
        yield None
        yield None
        yield item("b")

    assert [outcome.item.name for outcome in pool.run(items(), act, jobs=1, limits=LIMITS)] == ["a", "b"]


def test_an_error_of_the_source_reaches_the_caller() -> None:
    def items() -> Iterator[Item]:
        yield item("a")
        raise DlpError("no such path")

    with pytest.raises(DlpError, match="no such path"):
        list(pool.run(items(), act, jobs=2, limits=LIMITS))


def _pid(_: Item) -> bytes:
    return b"%d" % os.getpid()


def test_a_worker_is_replaced_after_so_many_files() -> None:
    found = run([f"{number}" for number in range(200)], handle=_pid, recycle_files=50)
    assert len(found) == 200
    assert 3 <= len({outcome.payload for outcome in found}) <= 8


def test_a_worker_that_has_grown_is_replaced() -> None:
    def handle(item: Item) -> bytes:
        assert len(b"x" * (160 * MIB))  # more than half of what it may have
        return _pid(item)

    limits = Limits(seconds=30, memory=LIMITS.memory)
    assert len({outcome.payload for outcome in run(list("abcd"), handle=handle, limits=limits)}) > 1


def test_workers_share_what_the_caller_has_open_and_print_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    shared = {"key": b"value"}

    def handle(item: Item) -> bytes:
        os.write(1, b"a secret")
        os.write(2, b"a secret")
        return shared["key"] + os.read(0, 10)

    assert [outcome.payload for outcome in run(["x"], handle=handle)] == [b"value"]
    assert capfd.readouterr() == ("", "")


def test_workers_that_die_before_they_read_a_file_end_in_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def serve(*_: object) -> None:
        os._exit(9)

    monkeypatch.setattr(member, "serve", serve)
    with pytest.raises(DlpError, match=r"5 worker processes in a row .* exit code 9"):
        run(["a", "b"], jobs=2)


def test_a_system_that_grants_no_process_ends_in_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fork() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", fork)
    with pytest.raises(DlpError, match=r"cannot start a worker process: Resource temporarily unavailable"):
        run(["a"])


def test_a_system_that_grants_fewer_processes_is_made_do_with(monkeypatch: pytest.MonkeyPatch) -> None:
    real, forks = os.fork, itertools.count()

    def fork() -> int:
        if next(forks):
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return real()

    monkeypatch.setattr(os, "fork", fork)
    assert len(run([f"{number}" for number in range(100)], jobs=4)) == 100


@pytest.mark.parametrize(
    "sent",
    [
        b"\xff\xff\xff\x7f",
        worker.frame(b"not msgpack at all"),
        worker.frame(b"\x92\xc2\x93\xc4\x00\xc4\x00\xc4\x00"),  # three results for one file
        worker.frame(b"\x92\xc2\x91\x92\xa7made-up\xa1x"),  # a reason that is none
    ],
)
def test_a_worker_that_was_taken_over_cannot_confuse_the_supervisor(
    sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = 0

    def serve(handle: Any, terms: Any, tasks: int, replies: int, life: int, slot: memoryview) -> None:
        nonlocal pipe
        pipe = replies
        worker.serve(handle, terms, tasks, replies, life, slot)

    def handle(item: Item) -> bytes:
        if item.name == "bad":
            os.write(pipe, sent)
            time.sleep(60)
        return b"good"

    monkeypatch.setattr(member, "serve", serve)
    found = {outcome.item.name: outcome.payload for outcome in run(["bad", "ok 1", "ok 2"], handle=handle)}
    assert found["ok 1"] == found["ok 2"] == b"good"
    assert found["bad"] == Failure(Reason.CRASHED, "the reader sent a reply that makes no sense")


def test_a_worker_cannot_reach_the_pipes_of_the_others() -> None:
    def handle(item: Item) -> bytes:
        time.sleep(0.05)
        ways = 0
        for descriptor in range(1024):
            with contextlib.suppress(OSError):
                ways += not stat.S_ISCHR(os.fstat(descriptor).st_mode)  # which the files of the batch are here
        return b"%d" % ways

    found = run([f"{number}" for number in range(40)], jobs=4, handle=handle)
    assert len({outcome.payload for outcome in found}) == 1


def test_a_reader_that_pretends_to_be_idle_runs_out_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def serve(handle: object, terms: object, tasks: int, replies: int, life: int, slot: memoryview) -> None:
        time.sleep(60)

    monkeypatch.setattr(member, "serve", serve)
    (outcome,) = run(["a"], limits=Limits(seconds=0.1))
    assert isinstance(outcome.payload, Failure)
    assert outcome.payload.reason == Reason.TIMEOUT


def test_the_caller_is_called_at_every_turn_and_wakes_the_pool_when_there_is_something_to_do() -> None:
    bell, rope = os.pipe()
    waiting: list[Item] = []
    beats = 0

    def beat() -> None:
        nonlocal beats
        beats += 1
        if beats == 3:
            waiting.append(Item(b"/dev/null", "late", "late", 0))
            os.write(rope, b"!")
        elif beats == 4:
            os.read(bell, 1)

    def items() -> Iterator[Item | None]:
        while beats < 8:
            yield waiting.pop() if waiting else None

    try:
        running = pool.run(items(), lambda item: b"done", jobs=1, limits=Limits(), wake=[bell], beat=beat)
        assert [(outcome.item.name, outcome.payload) for outcome in running] == [("late", b"done")]
    finally:
        os.close(bell)
        os.close(rope)
    assert beats >= 8
