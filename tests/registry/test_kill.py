"""kill -9 at any instant of registering, removing and compacting leaves the old state or the new."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dlp.registry import catalogue
from dlp.registry import writer as writing
from dlp.registry.writer import Writer

from .making import KEY, faults, finish, names, new_store, older_format, register, register_list, start, text

OLD = tuple(range(9))
NEW = tuple(range(100, 107))
BACKGROUND = (1, 2)
"""Of OLD; one of them is removed."""

AT_ONCE = 3
"""Documents of one commit."""

KILLS = 70
"""Of each of three kinds."""

BESIDE = 5
"""Stores at a time."""


def _register(folder: str) -> None:
    writing.BUFFERED_DOCUMENTS = AT_ONCE
    with Writer(folder, KEY) as writer:
        for seed in NEW:
            register(writer, f"doc {seed}", text(seed), background=seed % 3 == 0, keep_text=seed % 2 == 0)


def _remove(folder: str) -> None:
    with Writer(folder, KEY) as writer:
        writer.remove([1, 3, 5])


def _compact(folder: str) -> None:
    with Writer(folder, KEY) as writer:
        writer.compact()


def _list(folder: str) -> None:
    with Writer(folder, KEY) as writer:
        register_list(writer, "list", {"Kondor": 1, "Falcon": 1})
        register_list(writer, "list", {"Falcon": 1})


def _named(seeds: range | tuple[int, ...]) -> set[str]:
    return {f"doc {seed}" for seed in seeds}


WORK: dict[str, tuple[Callable[[str], None], list[set[str]]]] = {
    "register": (_register, [_named(OLD) | _named(NEW[:n]) for n in (0, 3, 6, 7)]),
    "remove": (_remove, [_named(OLD), _named((0, 2, 4, 6, 7, 8))]),
    "compact": (_compact, [_named((0, 2, 4, 6, 7, 8))]),
    "list": (_list, [_named(OLD), _named(OLD) | {"list of 2"}, _named(OLD) | {"list of 1"}]),
}
"""What is done, and the sets of documents that may be there after it was killed."""


@pytest.fixture(scope="module")
def stores(made_once: Path) -> dict[str, str]:
    """A store for each kind of work to begin with."""
    made = {name: new_store(made_once / name, OLD, background=BACKGROUND) for name in WORK}
    _remove(made["compact"])
    older_format(made["list"])
    return made


def _check(folder: str, allowed: list[set[str]]) -> int:
    """That the store is whole, and that the next writer puts it right; which of `allowed` it holds."""
    there = names(folder)
    assert there in allowed
    assert [fault for fault in faults(folder) if not fault.startswith("left over: segments/")] == []
    with Writer(folder, KEY) as writer:
        register(writer, "after", text(999))
    assert faults(folder) == []
    assert names(folder) == there | {"after"}
    assert sorted(os.listdir(folder)) == ["catalogue.sqlite", "lock", "segments"]
    return allowed.index(there)


@pytest.mark.parametrize("kind", WORK)
def test_killed_at_random_it_leaves_the_old_state_or_the_new(
    stores: dict[str, str], tmp_path_factory: pytest.TempPathFactory, kind: str
) -> None:
    """On the disk, whose syncs take time to be killed in; several stores at a time, since most of it is waiting."""
    on_disk = tmp_path_factory.mktemp(kind)
    work, allowed = WORK[kind]
    pick = random.Random(kind)
    folders = [str(on_disk / f"store {number}") for number in range(BESIDE)]
    usual, kills, seen = 0.0, 0, set()
    while kills < KILLS:
        for folder in folders:
            shutil.copytree(stores[kind], folder)
        began = time.monotonic()
        running = [start(partial(work, folder)) for folder in folders]
        if usual:
            instants = sorted(pick.uniform(0, usual) for _ in folders)
            for (child, _), instant in zip(running, instants, strict=True):
                time.sleep(max(0, began + instant - time.monotonic()))
                os.kill(child, signal.SIGKILL)
        kills += sum(finish(each) is None for each in running)
        usual = usual or time.monotonic() - began
        for folder in folders:
            seen.add(_check(folder, allowed))
            shutil.rmtree(folder)
    assert 0 in seen


class _Ending:
    """Ends the process without further ado at the n-th call that changes the disk, before it or after."""

    def __init__(self, at: int, after: bool) -> None:
        self.left, self.after = at, after

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def ending(*arguments: Any, **options: Any) -> Any:
            self.left -= 1
            if self.left == 0 and not self.after:
                os._exit(9)
            answer = call(*arguments, **options)
            if self.left == 0:
                os._exit(9)
            return answer

        return ending

    def install(self) -> None:
        for name in ("fsync", "rename", "unlink", "open", "ftruncate"):
            setattr(os, name, self.around(getattr(os, name)))
        around, connect = self.around, sqlite3.connect

        class Connection(sqlite3.Connection):
            execute = around(sqlite3.Connection.execute)
            executemany = around(sqlite3.Connection.executemany)

        catalogue.sqlite3.connect = lambda *given, **options: connect(*given, **options, factory=Connection)  # type: ignore[attr-defined]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("kind", WORK)
def test_ended_at_any_step_it_leaves_the_old_state_or_the_new(
    stores: dict[str, str], tmp_path: Path, kind: str, after: bool
) -> None:
    work, allowed = WORK[kind]

    def ended(folder: str, at: int) -> None:
        _Ending(at, after).install()
        work(folder)

    at, seen = 1, []
    while True:
        folder = shutil.copytree(stores[kind], tmp_path / "store")
        done = finish(start(partial(ended, folder, at)))
        seen.append(_check(folder, allowed))
        shutil.rmtree(folder)
        if done is not None:
            break
        at += 1
    assert at > 15
    assert seen == sorted(seen)
    assert set(seen) == set(range(len(allowed)))


def test_a_store_that_was_killed_while_it_was_made_is_no_store_or_a_whole_one(tmp_path: Path) -> None:
    at, done = 1, None
    while done is None:
        folder = str(tmp_path / str(at))

        def ended(folder: str = folder, at: int = at) -> None:
            _Ending(at, False).install()
            new_store(folder)

        done = finish(start(ended))
        if not os.path.exists(os.path.join(folder, "catalogue.sqlite")):
            new_store(folder, [1])
            assert names(folder) == {"doc 1"}
        assert faults(folder) == []
        at += 1
    assert at > 5


def test_the_command_that_registers_can_be_killed_with_its_workers(tmp_path: Path) -> None:
    """The whole command: a killed call leaves a store that the same call, once more, completes."""
    papers = tmp_path / "papers"
    papers.mkdir()
    for seed in NEW:
        (papers / f"doc {seed}").write_text(text(seed))
    key, folder = tmp_path / "key", str(tmp_path / "store")
    command = [sys.executable, "-c", "from dlp.cli import main; main()"]
    environment = {**os.environ, "DLP_KEY_FILE": str(key), "DLP_STORE": folder}
    subprocess.run([*command, "init"], env=environment, check=True, stdout=subprocess.DEVNULL)
    call = [*command, "register", "--label", "secret", "--no-progress", str(papers)]
    pick = random.Random(1)
    for _ in range(6):
        with subprocess.Popen(call, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            time.sleep(pick.uniform(0.1, 0.5))
            running.kill()
    subprocess.run(call, env=environment, check=True, stdout=subprocess.DEVNULL)
    listed = subprocess.run(
        [*command, "fingerprints", "verify"], env=environment, check=True, capture_output=True, text=True
    )
    assert f"all is well: {len(NEW)} documents" in listed.stdout
