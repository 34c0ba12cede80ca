"""Whatever happens in a guarded folder: every file is judged, and each version of it once."""

from __future__ import annotations

import mmap
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from ..cli.running import HARMLESS, LEAK, Dlp
from .running import Daemon, running


def test_a_leak_is_told_of_and_what_is_there_is_not_told_again_after_a_restart(daemon: Daemon) -> None:
    (daemon.folder / "before.txt").write_text(LEAK)
    with running(daemon):
        (daemon.folder / "after.txt").write_text(LEAK)
        (daemon.folder / "fine.txt").write_text(HARMLESS)
        daemon.quiet()
        assert daemon.verdicts == {"before.txt": "block", "after.txt": "block", "fine.txt": "allow"}
        assert daemon.stop() == 0
        (daemon.folder / "meanwhile.txt").write_text(LEAK)
        daemon.start()
        daemon.quiet()
    assert daemon.told == {"before.txt": 1, "after.txt": 1, "fine.txt": 1, "meanwhile.txt": 1}


def test_bursts_fresh_folders_and_renames_lose_nothing_and_tell_nothing_twice(daemon: Daemon) -> None:
    expected = set()
    with running(daemon):
        for number in range(300):
            folder = daemon.folder / f"a{number % 7}" / f"b{number % 5}" / f"c{number}"
            folder.mkdir(parents=True)
            (folder / "file").write_text(f"{number} {HARMLESS}")
            (daemon.folder / f"one{number}").write_text(f"{number}")
            temporary = daemon.folder / f".two{number}.part"
            temporary.write_text(f"{number} {HARMLESS}")
            temporary.rename(daemon.folder / f"two{number}")
            expected |= {str((folder / "file").relative_to(daemon.folder)), f"one{number}", f"two{number}"}
        daemon.quiet()
    told = {path: count for path, count in daemon.told.items() if not path.endswith(".part")}
    assert told == dict.fromkeys(expected, 1)


def test_a_tree_that_is_moved_in_is_judged_and_one_that_is_moved_within_has_new_paths(
    daemon: Daemon, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    for number in range(20):
        (tree / f"{number}" / "deep").mkdir(parents=True)
        (tree / f"{number}" / "deep" / "file").write_text(f"{number}")
    with running(daemon):
        tree.rename(daemon.folder / "in")
        daemon.quiet()
        (daemon.folder / "in").rename(daemon.folder / "on")
        state = daemon.quiet()
        (daemon.folder / "on" / "3" / "deep" / "new").write_text("new")
        daemon.quiet()
    expected = {f"{name}/{number}/deep/file": 1 for name in ("in", "on") for number in range(20)}
    assert daemon.told == expected | {"on/3/deep/new": 1}
    assert state.known == 20


def test_each_version_of_a_file_is_told_of_and_a_change_of_rights_is_none(daemon: Daemon) -> None:
    path = daemon.folder / "file"
    with running(daemon):
        path.write_text("one")
        daemon.quiet()
        path.chmod(0o600)
        os.link(path, daemon.folder / "link")
        daemon.quiet()
        path.unlink()
        path.write_text("two")
        daemon.quiet()
        with open(path, "r+b") as file, mmap.mmap(file.fileno(), 3) as mapped:
            mapped[0:3] = b"six"
        daemon.quiet()
    digests = [each["file"]["digest"] for each in daemon.results if each["path"].endswith("/file")]
    assert len(digests) == len(set(digests)) == 3
    assert daemon.told["link"] == 1


def test_a_file_that_is_never_closed_is_judged_once_it_is_left_alone_and_again_when_it_grows(daemon: Daemon) -> None:
    with running(daemon), open(daemon.folder / "log", "w") as file:
        file.write(HARMLESS)
        file.flush()
        daemon.until(lambda state: state.judged == 1)
        file.write(LEAK)
        file.flush()
        daemon.until(lambda state: state.judged == 2)
    assert [each["verdict"] for each in daemon.results] == ["allow", "block"]


def test_what_cannot_be_read_is_judged_and_told_once(daemon: Daemon, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(LEAK)
    with running(daemon):
        os.symlink(tmp_path / "elsewhere", daemon.folder / "link")
        os.mkfifo(daemon.folder / "pipe")
        (daemon.folder / "broken.zip").write_bytes(b"PK\x03\x04" + bytes(40))
        daemon.quiet()
        daemon.stop()
        daemon.start()
        daemon.quiet()
    assert daemon.told == {"link": 1, "pipe": 1, "broken.zip": 1}
    assert {each["skipped"][0]["reason"] for each in daemon.results} >= {"symlink", "special-file"}


def test_names_that_are_no_utf8_are_judged_and_known_again(daemon: Daemon) -> None:
    with running(daemon):
        for name in (b"plain\xff\xfe", b"two\nlines"):
            with open(os.path.join(os.fsencode(daemon.folder), name), "w") as file:
                file.write(LEAK)
        os.symlink(b"/nowhere", os.path.join(os.fsencode(daemon.folder), b"link\xff"))
        daemon.quiet()
        daemon.stop()
        daemon.start()
        daemon.quiet()
    assert sorted(daemon.told.values()) == [1, 1, 1]


def test_a_killed_daemon_has_missed_nothing_and_tells_little_twice(daemon: Daemon) -> None:
    with running(daemon):
        for number in range(400):
            (daemon.folder / f"{number}").write_text(f"{number} {HARMLESS}")
            if number in (150, 300):
                time.sleep(0.1)
                daemon.stop(signal.SIGKILL)
                daemon.start(ready=False)
        state = daemon.quiet()
    assert len(daemon.told) == state.known == 400
    # What was told when it was killed, and not written down yet: at most what goes into one transaction.
    assert sum(daemon.told.values()) <= 400 + 2 * 200


def test_a_stopped_daemon_catches_up(daemon: Daemon) -> None:
    with running(daemon):
        assert daemon.process
        watching = _children(daemon.process.pid)
        for each in (daemon.process.pid, *watching):
            os.kill(each, signal.SIGSTOP)
        for number in range(500):
            (daemon.folder / f"{number}").write_text(f"{number}")
        for each in (daemon.process.pid, *watching):
            os.kill(each, signal.SIGCONT)
        daemon.quiet()
    assert daemon.told == {f"{number}": 1 for number in range(500)}


def test_watching_that_dies_is_begun_anew_and_what_came_meanwhile_is_found(daemon: Daemon) -> None:
    with running(daemon):
        assert daemon.process
        (child,) = (each for each in _children(daemon.process.pid) if b"watching" in _command(each))
        os.kill(child, signal.SIGKILL)
        (daemon.folder / "file").write_text(LEAK)
        daemon.until(lambda state: not state.healthy)
        daemon.until(lambda state: state.judged == 1)
        daemon.until(lambda state: state.healthy)
    assert daemon.heard("watching-lost")


def test_a_folder_that_vanishes_and_comes_back_is_guarded_again(daemon: Daemon) -> None:
    (daemon.folder / "old").write_text("old")
    with running(daemon):
        daemon.quiet()
        shutil.rmtree(daemon.folder)
        daemon.until(lambda state: any("is not there" in each for each in state.problems))
        daemon.folder.mkdir()
        (daemon.folder / "new").write_text(LEAK)
        daemon.until(lambda state: state.healthy)
        (daemon.folder / "newer").write_text(LEAK)
        daemon.until(lambda state: state.judged == 3)
    assert daemon.heard("folder-lost")
    assert daemon.heard("folder-back")


def test_a_name_of_the_quarantine_s_is_no_place_to_hide_in(daemon: Daemon) -> None:
    names = (".dlp-held-0123456789ab/content", ".dlp-notice-0123456789ab", ".dlp-restored-0123456789ab")
    with running(daemon):
        for name in names:
            (daemon.folder / name).parent.mkdir(exist_ok=True)
            (daemon.folder / name).write_text(LEAK)
        daemon.quiet()
    assert daemon.verdicts == dict.fromkeys(names, "block")


def test_the_daemon_s_own_files_are_not_judged(dlp: Dlp, tmp_path: Path) -> None:
    (tmp_path / "outbox").mkdir()
    daemon = Daemon(dlp, tmp_path, "--no-rules", "--all", "-j", 1, tmp_path / "outbox")
    daemon.state = daemon.folder / "state"
    with running(daemon):
        (daemon.folder / "file").write_text("text")
        daemon.quiet()
        daemon.stop()
        daemon.start()
        daemon.quiet()
    assert daemon.told == {"file": 1}


def test_a_second_daemon_on_the_same_state_is_refused(daemon: Daemon, dlp: Dlp) -> None:
    with running(daemon):
        ran = dlp("watch", "--no-rules", "--state", daemon.state, daemon.folder)
    assert ran.code == 2
    assert "another daemon runs" in ran.err


@pytest.mark.parametrize("damage", ["torn", "noise", "gone", "wal"])
def test_a_state_that_is_damaged_is_made_anew_and_all_is_judged(daemon: Daemon, damage: str) -> None:
    with running(daemon):
        for number in range(50):
            (daemon.folder / f"{number}").write_text(f"{number} {HARMLESS}")
        daemon.quiet()
        daemon.stop(signal.SIGKILL)
        path = daemon.state / "state.sqlite"
        if damage == "torn":
            os.truncate(path, path.stat().st_size // 2)
        elif damage == "noise":
            path.write_bytes(os.urandom(10_000))
        elif damage == "gone":
            path.unlink()
        else:
            wal = daemon.state / "state.sqlite-wal"
            os.truncate(wal, max(0, wal.stat().st_size - 5000))
        (daemon.folder / "new").write_text(LEAK)
        daemon.start()
        state = daemon.quiet()
    assert state.known == 51
    assert daemon.verdicts["new"] == "block"


def test_a_state_that_is_taken_away_while_it_runs_is_made_anew(daemon: Daemon) -> None:
    with running(daemon):
        (daemon.folder / "one").write_text("one")
        daemon.quiet()
        (daemon.state / "state.sqlite").unlink()
        daemon.until(lambda state: daemon.heard("tampered"))
        (daemon.folder / "two").write_text(LEAK)
        state = daemon.until(lambda state: state.known == 2)
    assert state.healthy
    assert daemon.verdicts["two"] == "block"


FULL = """if True:
    import os
    from dlp.daemon.database import Database, StateBusy
    plain = Database.commit
    def commit(self):
        if os.path.exists(os.path.join(os.path.dirname(self.path), "full")):
            self._undo()
            raise StateBusy("no room")
        plain(self)
    Database.commit = commit
"""


def test_while_the_state_cannot_be_written_files_wait_and_none_is_lost_or_told_twice(dlp: Dlp, tmp_path: Path) -> None:
    (tmp_path / "outbox").mkdir()
    daemon = Daemon(dlp, tmp_path, "--no-rules", "--all", "-j", 1, tmp_path / "outbox", hook=FULL)
    with running(daemon):
        for number in range(200):
            (daemon.folder / f"{number}").write_text(f"{number} {HARMLESS}")
            if number == 50:
                (daemon.state / "full").touch()
        daemon.until(lambda state: any("no room" in each for each in state.problems))
        (daemon.state / "full").unlink()
        daemon.until(lambda state: state.healthy and state.known == 200)
        daemon.quiet()
    assert daemon.told == {f"{number}": 1 for number in range(200)}


FEW_WATCHES = (
    *("unshare", "--user", "--map-root-user", "sh", "-c"),
    'echo "$0" >/proc/sys/user/max_inotify_watches && exec "$@"',
)


@pytest.mark.parametrize("watches", ["10", "1", "0"])
def test_folders_that_cannot_be_watched_are_compared_often_and_that_is_told(
    dlp: Dlp, tmp_path: Path, watches: str
) -> None:
    if subprocess.run([*FEW_WATCHES, watches, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no user namespaces here, in which watches can be few")
    (tmp_path / "config.yaml").write_text(
        f"version: 1\npoll: 100ms\nrules: {{use: false}}\nstore: {dlp.store}\n"
        f"channels: [{{name: out, folders: [{tmp_path}/outbox], settle: 50ms}}]\n"
    )
    daemon = Daemon(dlp, tmp_path, "--config", tmp_path / "config.yaml", within=[*FEW_WATCHES, watches])
    for number in range(30):
        (daemon.folder / f"{number}").mkdir()
    with running(daemon):
        state = daemon.until(lambda state: state.unwatched > 0)
        assert not state.healthy
        for number in range(30):
            (daemon.folder / f"{number}" / "file").write_text(f"{number} {LEAK}")
        daemon.until(lambda state: state.judged == 30)
    assert daemon.told == {f"{number}/file": 1 for number in range(30)}
    assert daemon.heard("unwatched")


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()
