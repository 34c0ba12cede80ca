"""A parser that was taken over tries what such a parser would try, in a real scan: its file has a reason, the others
their result, and nothing has happened."""

from __future__ import annotations

import ctypes
import ctypes.util
import fcntl
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dlp.extract import recursion
from dlp.extract.pdf import pdf
from dlp.limits import MIB, Limits
from dlp.match.seam import Listener
from dlp.model import Blob, Coverage, Reason, Result, Skipped, Text
from dlp.policy.policy import default_policy
from dlp.scan import confining
from dlp.scan.pipeline import Pipeline
from dlp.scan.scanning import Scan
from dlp.scan.worker import frame
from dlp.source.files import FileSource

from ..extract.samples import line
from ..extract.samples import pdf as made_pdf

HELD = confining.held_here()
confined = pytest.mark.skipif(not (HELD.seccomp and HELD.landlock), reason="this kernel has no Landlock or no seccomp")

PICTURE = b"\x89PNG\r\n\x1a\n"
LIMITS = Limits(seconds=2, memory=300 * MIB)

Act = Callable[[Path], object]
"""What the parser does; it is given a folder of the test's own."""


class Hostile:
    """In place of the reader of pictures."""

    types = frozenset({"image"})

    def __init__(self, act: Act, folder: Path) -> None:
        self._act, self._folder = act, folder

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        done = self._act(self._folder)
        if isinstance(done, Iterator):
            yield from done


@pytest.fixture
def scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Act], Result]:
    """Scans a text, a picture and another text; the picture's result, when the texts have theirs."""
    folder = tmp_path / "scanned"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"plain words")
    (folder / "b.png").write_bytes(PICTURE + bytes(100))
    (folder / "c.txt").write_bytes(b"plain words")
    (tmp_path / "key").write_bytes(b"the key")

    def run(act: Act) -> Result:
        monkeypatch.setitem(recursion._BY_TYPE, "image", Hostile(act, tmp_path))
        pipeline = Pipeline([], default_policy, LIMITS)
        running = Scan(FileSource([str(folder)]), pipeline, jobs=1, limits=LIMITS, everything=True)
        results = {os.path.basename(result.path): result for result in running.results()}
        assert running.summary().complete
        for name in ("a.txt", "c.txt"):
            assert results[name].coverage is Coverage.COMPLETE
        return results["b.png"]

    return run


def _reasons(result: Result) -> set[Reason]:
    return {each.reason for each in result.skipped}


def _connect(_: Path) -> None:
    with socket.socket() as made:
        made.connect(("127.0.0.1", 9))


def _datagram(_: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.sendto(b"stolen", ("127.0.0.1", 9))


def _local(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.connect(str(folder / "socket"))


def _write(folder: Path) -> None:
    (folder / "made").write_bytes(b"x")


def _append(folder: Path) -> None:
    with (folder / "key").open("ab") as file:
        file.write(b"x")


def _read(folder: Path) -> Iterator[Text]:
    data = (folder / "key").read_bytes()
    return iter([Text(("b.png",), "text", iter([data]), [])])


def _neighbour(folder: Path) -> bytes:
    return (folder / "scanned" / "a.txt").read_bytes()


def _over_proc(folder: Path) -> bytes:
    return Path(f"/proc/self/root{folder}/key").read_bytes()


def _memory_of_parent(_: Path) -> bytes:
    with open(f"/proc/{os.getppid()}/mem", "rb") as file:
        return file.read(1)


def _execute(_: Path) -> None:
    os.execv(sys.executable, [sys.executable, "-c", "pass"])


def _fork_bomb(_: Path) -> None:
    while True:
        os.fork()


def _kill_parent(_: Path) -> None:
    os.kill(os.getppid(), signal.SIGKILL)


def _kill_all(_: Path) -> None:
    os.kill(-1, signal.SIGKILL)


def _signal_by_descriptor(_: Path) -> None:
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getppid())


def _choke_parent(_: Path) -> None:
    resource.prlimit(os.getppid(), resource.RLIMIT_AS, (1, 1))


def _more_memory(_: Path) -> None:
    resource.prlimit(0, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _chmod(folder: Path) -> None:
    (folder / "key").chmod(0o777)


def _unlink(folder: Path) -> None:
    (folder / "key").unlink()


def _rename(folder: Path) -> None:
    (folder / "key").rename(folder / "other")


def _trace(_: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(16, os.getppid(), None, None):
        raise PermissionError(ctypes.get_errno(), "ptrace")


@confined
@pytest.mark.parametrize(
    "act",
    [
        _connect, _datagram, _local, _write, _append, _read, _neighbour, _over_proc, _memory_of_parent, _execute,
        _fork_bomb, _kill_parent, _kill_all, _signal_by_descriptor, _choke_parent, _more_memory, _chmod, _unlink,
        _rename, _trace,
    ],
)  # fmt: skip
def test_what_a_reader_has_no_need_of_is_denied(act: Act, scan: Callable[[Act], Result], tmp_path: Path) -> None:
    before = os.stat(tmp_path / "key")
    result = scan(act)
    assert Reason.DENIED in _reasons(result)
    assert result.coverage is not Coverage.COMPLETE
    after = os.stat(tmp_path / "key")
    assert (before.st_mode, before.st_size) == (after.st_mode, after.st_size)
    assert sorted(os.listdir(tmp_path)) == ["key", "scanned"]


def _other_ways(_: Path) -> None:
    """Calls that no library offers: each must fail, or the file is read as if nothing were."""
    libc = ctypes.CDLL(None, use_errno=True)
    calls = {"io_uring_setup": 425, "pidfd_open": 434, "clone3": 435, "openat2": 437, "memfd_create": 319, "bpf": 321}
    for number in calls.values() if os.uname().machine == "x86_64" else (425, 434, 435, 437, 279, 280):
        if libc.syscall(ctypes.c_long(number), None, None, None, None) != -1:
            os._exit(99)
        if ctypes.get_errno() not in (1, 38):  # EFAULT or EINVAL: it was let in
            os._exit(98)
    raise PermissionError(1, "none of them")


@confined
def test_calls_that_no_reader_makes_are_no_way_out(scan: Callable[[Act], Result]) -> None:
    assert Reason.DENIED in _reasons(scan(_other_ways))


def _start_program(_: Path) -> None:
    subprocess.run([sys.executable, "-c", "pass"], check=True)


@confined
def test_no_program_is_started(scan: Callable[[Act], Result]) -> None:
    assert _reasons(scan(_start_program)) & {Reason.IO_ERROR, Reason.DENIED}


def _allocate(_: Path) -> None:
    hoard = [bytearray(50 * MIB) for _ in range(1000)]
    assert not hoard


def _allocate_in_c(_: Path) -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes = [ctypes.c_size_t]
    while made := libc.malloc(20 * MIB):
        ctypes.memset(made, 1, 20 * MIB)
    os.abort()


def _loop(_: Path) -> None:
    while True:
        pass


def _stop(_: Path) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _sleep(_: Path) -> None:
    threading.Event().wait()


def _exit(_: Path) -> None:
    os._exit(0)


def _leave(_: Path) -> None:
    raise SystemExit(0)


def _segfault(_: Path) -> None:
    ctypes.string_at(1)


def _abort(_: Path) -> None:
    os.abort()


def _reasons_without_end(_: Path) -> Iterator[Skipped]:
    while True:
        yield Skipped(("b.png",), Reason.CORRUPT, "x" * 200)


def _text_without_end(_: Path) -> Iterator[Text]:
    def chunks() -> Iterator[bytes]:
        while True:
            yield b"plain words " * 100_000

    return iter([Text(("b.png",), "text", chunks(), [])])


def _blobs_without_end(_: Path) -> Iterator[Blob]:
    import io

    while True:
        yield Blob(("b.png", "part"), io.BytesIO(b"plain words"), 11)


def _flood(_: Path) -> None:
    """10 GB to whatever takes it."""
    for descriptor in range(3, 1024):
        try:
            for _ in range(10_000):
                os.write(descriptor, b"\xff" * MIB)
        except OSError:
            continue


def _flood_by_the_rules(_: Path) -> None:
    """Replies that are well formed, and more than there are files."""
    for descriptor in range(3, 1024):
        try:
            for _ in range(10_000):
                os.write(descriptor, frame(b"\x92\xc2\x91\xc4\x00"))
        except OSError:
            continue


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (_allocate, Reason.MEMORY),
        (_allocate_in_c, Reason.MEMORY),
        (_loop, Reason.TIMEOUT),
        (_stop, Reason.TIMEOUT),
        (_sleep, Reason.TIMEOUT),
        (_exit, Reason.CRASHED),
        (_leave, Reason.CRASHED),
        (_segfault, Reason.CRASHED),
        (_abort, Reason.CRASHED),
        (_text_without_end, Reason.LIMIT),
        (_blobs_without_end, Reason.LIMIT),
        (_flood, Reason.CRASHED),
    ],
)
def test_what_goes_beyond_its_bounds_has_its_reason(act: Act, reason: Reason, scan: Callable[[Act], Result]) -> None:
    result = scan(act)
    assert reason in _reasons(result)
    assert result.coverage is not Coverage.COMPLETE


def test_replies_without_end_come_to_an_end(scan: Callable[[Act], Result]) -> None:
    assert scan(_flood_by_the_rules)  # which may lie about its own file


def test_reasons_without_end_come_to_an_end(scan: Callable[[Act], Result]) -> None:
    assert _reasons(scan(_reasons_without_end)) <= {Reason.MEMORY, Reason.TIMEOUT, Reason.LIMIT}


def test_what_a_parser_prints_goes_nowhere(scan: Callable[[Act], Result], capfd: pytest.CaptureFixture[str]) -> None:
    def talk(_: Path) -> None:
        os.write(1, b"a secret")
        os.write(2, b"a secret")

    scan(talk)
    assert capfd.readouterr() == ("", "")


def _works(_: Path) -> Iterator[Text]:
    """What libraries do, and must go on to do."""
    import encodings.cp437
    import importlib
    import zoneinfo

    ran = []
    thread = threading.Thread(target=lambda: ran.append(1))
    thread.start()
    thread.join()
    importlib.import_module("html.parser")
    assert ran == [1]
    assert encodings.cp437
    assert zoneinfo.ZoneInfo
    assert os.cpu_count()
    assert os.urandom(4)
    assert resource.getrlimit(resource.RLIMIT_AS)
    assert ctypes.util.find_library("magic") is None or not HELD.seccomp
    assert importlib.import_module("ctypes").CDLL("libc.so.6") or sys.platform != "linux"
    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda number: number + 1)
    assert callback(1) == 2
    yield Text(("b.png",), "text", iter([b"fine"]), [])


def test_what_libraries_need_goes_on(scan: Callable[[Act], Result]) -> None:
    result = scan(_works)
    assert result.coverage is Coverage.COMPLETE


def test_a_large_pdf_is_read_piece_by_piece_by_a_confined_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "IN_MEMORY", 0)
    (tmp_path / "a.pdf").write_bytes(made_pdf(line("Some words")))
    heard = bytearray()

    class Hears:
        def listen(self, text: Text) -> Listener:
            return self

        def feed(self, chunk: bytes | bytearray | memoryview) -> None:
            heard.extend(chunk)

        def finish(self) -> list[Any]:
            return [Skipped(("a.pdf",), Reason.PICTURE, "heard")] if b"Some words" in heard else []

    running = Scan(
        FileSource([str(tmp_path)]), Pipeline([Hears()], default_policy, LIMITS), jobs=1, limits=LIMITS, everything=True
    )
    (result,) = running.results()
    assert "heard" in {each.detail for each in result.skipped}


def test_the_files_of_a_store_can_be_named_and_nothing_beside_them(tmp_path: Path) -> None:
    from dlp.scan import pool
    from dlp.source.seam import Item

    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "catalogue").write_bytes(b"sealed")
    (tmp_path / "beside").write_bytes(b"secret")

    def handle(item: Item) -> bytes:
        with (tmp_path / "store" / "catalogue").open("rb") as file:
            data = file.read()
        try:
            return data + (tmp_path / "beside").read_bytes()
        except PermissionError:
            return data

    item = Item(os.devnull.encode(), "x", "x", 0)
    (outcome,) = pool.run([item], handle, jobs=1, limits=LIMITS, readable=[str(tmp_path / "store")])
    assert outcome.payload == (b"sealed" if HELD.landlock else b"sealedsecret")
