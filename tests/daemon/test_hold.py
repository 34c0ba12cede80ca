"""Channels that hold: a file is in its place only before it is whole, and once it may be there."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dlp.daemon import holding
from dlp.daemon.configuration import Channel
from dlp.daemon.holding import Holding, place_of, unwritten
from dlp.errors import ConfigError
from dlp.incident.quarantine import moving
from dlp.source.files import FileSource

from ..cli.running import EXAMPLES, HARMLESS, LEAK, Dlp
from .running import Daemon, running


def held_folder(outbox: Path, hold_in: Path | None = None) -> Path:
    return Path(place_of(Channel("out", (str(outbox),), hold_in=str(hold_in) if hold_in else None), str(outbox)))


def holding_of(outbox: Path, *, hold: bool = True) -> Holding:
    source = FileSource([str(outbox)])
    channel = Channel("out", (str(outbox),), hold=hold, actions=("quarantine",))
    return Holding([channel], lambda name, path: source.look(path))


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    folder = tmp_path / "outbox"
    folder.mkdir()
    return folder


class Killed(BaseException):
    """The process ends here."""


def take(held: Holding, path: Path) -> bytes:
    found = held.take(os.fsencode(path.parent if path.parent.name == "outbox" else path.parent.parent), bytes(path))
    assert found is not None
    return found


# --- the folder ---------------------------------------------------------------------------------


def test_what_is_held_comes_back_with_all_that_it_had(outbox: Path) -> None:
    path = outbox / "file"
    path.write_text(HARMLESS)
    path.chmod(0o4751)
    os.utime(path, ns=(10**18 + 7, 10**18 + 123_456_789))
    try:
        os.setxattr(path, "user.mark", b"kept")
    except OSError:
        pytest.skip("no extended attributes here")
    before = path.stat()
    held = holding_of(outbox)
    there = take(held, path)
    assert not path.exists()
    assert stat.S_IMODE(os.stat(os.path.dirname(there)).st_mode) == 0o700
    assert held.release(there) == bytes(path)
    after = path.stat()
    assert (after.st_ino, after.st_mode, after.st_mtime_ns) == (before.st_ino, before.st_mode, before.st_mtime_ns)
    assert os.getxattr(path, "user.mark") == b"kept"
    assert os.listdir(held_folder(outbox)) == []


@pytest.mark.parametrize("step", ["symlink", "move", "moved", "put", "unlink"])
def test_a_kill_at_any_step_loses_nothing(outbox: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    path = outbox / "deep" / "file"
    path.parent.mkdir()
    path.write_text(HARMLESS)
    held = holding_of(outbox)

    def die(*arguments: object, **more: object) -> None:
        raise Killed

    def to_and_fro() -> None:
        there = take(held, path)
        if step == "unlink":
            patch.setattr(os, "unlink", die)
        held.release(there)

    with monkeypatch.context() as patch:
        if step == "symlink":
            patch.setattr(os, "symlink", die)
        elif step in ("move", "put"):
            patch.setattr(moving if step == "put" else holding, step, die)
        elif step == "moved":
            real = holding.move
            patch.setattr(holding, "move", lambda *given: (real(*given), die()))
        with pytest.raises(Killed):
            to_and_fro()
    again = holding_of(outbox)
    found = again.resume()
    assert list(again.strays()) == []
    assert len(found) == (0 if step in ("symlink", "move", "unlink") else 1)
    for each, size in found:
        assert size == len(HARMLESS)
        assert again.release(each) == bytes(path)
    assert path.read_text() == HARMLESS
    assert os.listdir(held_folder(outbox)) == []


def test_what_is_held_and_cannot_be_looked_at_is_not_passed_over(
    outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = outbox / "file"
    path.write_text(HARMLESS)
    there = take(holding_of(outbox), path)
    again = holding_of(outbox)

    def fails(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(holding, "status_of", fails)
        assert again.resume() == [(there, 0)]
    assert again.release(there) == bytes(path)


def test_a_kill_between_the_two_halves_of_putting_back_leaves_one_file(outbox: Path) -> None:
    path = outbox / "file"
    path.write_text(HARMLESS)
    there = take(holding_of(outbox), path)
    os.link(there, path)
    again = holding_of(outbox)
    assert again.resume() == [(there, len(HARMLESS))]
    assert again.release(there) == bytes(path)
    assert os.listdir(outbox) == ["file"]
    assert path.stat().st_nlink == 1


def test_a_newer_file_is_not_overwritten(outbox: Path) -> None:
    path = outbox / "file"
    path.write_text("old")
    held = holding_of(outbox)
    there = take(held, path)
    path.write_text("new")
    back = Path(os.fsdecode(held.release(there)))
    assert path.read_text() == "new"
    assert back.read_text() == "old"
    assert back.name.startswith("file.held-")


def test_a_folder_that_is_gone_is_made_anew_and_a_link_in_its_place_is_not_followed(
    outbox: Path, tmp_path: Path
) -> None:
    path = outbox / "deep" / "file"
    path.parent.mkdir()
    path.write_text("text")
    held = holding_of(outbox)
    there = take(held, path)
    path.parent.rmdir()
    (tmp_path / "elsewhere").mkdir()
    path.parent.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotADirectoryError):
        held.release(there)
    assert os.listdir(tmp_path / "elsewhere") == []
    path.parent.unlink()
    held.release(there)
    assert path.read_text() == "text"


def test_links_and_folders_are_not_held(outbox: Path) -> None:
    (outbox / "link").symlink_to("/etc/hostname")
    (outbox / "folder").mkdir()
    held = holding_of(outbox)
    assert held.take(bytes(outbox), bytes(outbox / "link")) is None
    assert held.take(bytes(outbox), bytes(outbox / "folder")) is None
    assert sorted(os.listdir(outbox)) == ["folder", "link"]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("report.docx", True),
        (".syncthing.report.docx.tmp", False),
        ("~syncthing~report.docx.tmp", False),
        (".report.docx.Ab3xY9", False),
        (".~tmp~/report.docx", False),
        ("film.mkv.part", False),
        ("report.Ab3xY9", True),
        ("syncthing.report.tmp", True),
    ],
)
def test_names_of_files_that_are_on_their_way(outbox: Path, name: str, wanted: bool) -> None:
    assert holding_of(outbox).wants(bytes(outbox), bytes(outbox / name)) is wanted


def test_whether_somebody_writes_is_asked_of_the_kernel(outbox: Path) -> None:
    path = outbox / "file"
    with open(path, "w") as file:
        file.write("text")
        file.flush()
        assert not unwritten(bytes(path))
    with open(path) as file:
        assert unwritten(bytes(path)) is sys.platform.startswith("linux")
    assert not unwritten(bytes(outbox / "none"))


def test_what_a_channel_held_that_holds_no_longer_is_given_back(outbox: Path) -> None:
    path = outbox / "file"
    path.write_text("text")
    there = take(holding_of(outbox), path)
    held = holding_of(outbox, hold=False)
    assert held.resume() == [(there, 4)]
    assert not held.wants(bytes(outbox), bytes(path))
    held.release(there)
    assert path.read_text() == "text"


def test_records_that_lead_out_of_the_folder_are_nobodys(outbox: Path, tmp_path: Path) -> None:
    holding_of(outbox).close()
    folder = held_folder(outbox)
    for number, target in enumerate([tmp_path / "elsewhere", f"{outbox}/../elsewhere"]):
        (folder / f"{number:016x}").symlink_to(target)
        (folder / f"{number:016x}.held").write_text("planted")
    held = holding_of(outbox)
    assert held.resume() == []
    assert len(list(held.strays())) == 4
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_others_may_use_holds_nothing(outbox: Path) -> None:
    held_folder(outbox).mkdir(mode=0o755)
    held_folder(outbox).chmod(0o755)
    with pytest.raises(ConfigError, match="others may use"):
        holding_of(outbox)


# --- the daemon ---------------------------------------------------------------------------------


def holder(fresh: Dlp, home: Path) -> Daemon:
    assert fresh("register", "--label", "trade-secret", EXAMPLES / "secrets").code == 0
    assert fresh("incidents", "init").code == 0
    (home / "config.yaml").write_text(
        f"version: 1\nrules: {{use: false}}\nstore: {fresh.store}\n"
        "channels: [{name: out, folders: [outbox], actions: [quarantine], hold: true, settle: 0.3}]\n"
    )
    return Daemon(fresh, home, "--all", "-j", 1, "--config", home / "config.yaml")


def test_leaks_go_clean_files_come_back_and_each_is_told_once(fresh: Dlp, tmp_path: Path) -> None:
    daemon = holder(fresh, tmp_path)
    (daemon.folder / "before").write_text(LEAK)
    with running(daemon):
        (daemon.folder / "deep").mkdir()
        (daemon.folder / "deep" / "leak").write_text(LEAK)
        for number in range(20):
            (daemon.folder / f"fine{number}").write_text(f"{number} {HARMLESS}")
        (daemon.folder / "open").write_text("")
        with open(daemon.folder / "open", "a") as file:
            file.write(HARMLESS)
            file.flush()
            daemon.quiet()
            file.write(LEAK)
        daemon.quiet()
        state = daemon.until(lambda state: state.held == 0)
        assert state.held == 0
    verdicts = daemon.verdicts
    assert {verdicts[each] for each in ("before", "deep/leak", "open")} == {"block"}
    there = {path.relative_to(daemon.folder).as_posix() for path in daemon.folder.rglob("*") if path.is_file()}
    fine = {f"fine{number}" for number in range(20)}
    assert fine <= there
    assert not there & {"before", "deep/leak", "open"}
    assert all((daemon.folder / each).read_text().endswith(HARMLESS) for each in fine)
    assert {each: daemon.told[each] for each in fine} == dict.fromkeys(fine, 1)
    assert os.listdir(held_folder(daemon.folder)) == []
    listed = fresh("quarantine", "list").out
    assert "deep/leak" in listed
    assert ".held" not in listed


def test_after_a_kill_what_was_held_is_judged(fresh: Dlp, tmp_path: Path) -> None:
    daemon = holder(fresh, tmp_path)
    held = holding_of(daemon.folder)
    for name, text in (("leak", LEAK), ("fine", HARMLESS)):
        (daemon.folder / name).write_text(text)
        take(held, daemon.folder / name)
    with running(daemon):
        daemon.quiet()
        daemon.until(lambda state: state.held == 0)
        assert daemon.verdicts["leak"] == "block"
        assert (daemon.folder / "fine").read_text() == HARMLESS
        assert not (daemon.folder / "leak").exists()


def test_what_cannot_be_taken_away_stays_held(fresh: Dlp, tmp_path: Path) -> None:
    daemon = holder(fresh, tmp_path)
    settings = next(fresh.folder.rglob("incidents")) / "config.yaml"
    settings.write_text("version: 1\nquarantine: {quota: 1K}\n")
    settings.chmod(0o600)
    with running(daemon):
        (daemon.folder / "leak").write_text(LEAK * 20)
        daemon.until(lambda state: state.verdicts["block"] == 1)
        assert daemon.heard("not-contained")
        assert not (daemon.folder / "leak").exists()
        assert sum(each.endswith(".held") for each in os.listdir(held_folder(daemon.folder))) == 1


def test_holding_without_a_quarantine_is_refused(fresh: Dlp, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("version: 1\nchannels: [{name: out, folders: [.], hold: true}]\n")
    command = fresh.command("watch", "--config", tmp_path / "config.yaml")
    done = subprocess.run(command, capture_output=True, text=True, env=fresh.environment, timeout=60)
    assert done.returncode == 2
    assert "add quarantine to actions" in done.stderr
