"""What a file system may hold besides files that can be read: each is named with its reason, and stops nothing."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .running import HARMLESS, LEAK, Dlp

NOBODY = 65534
BECOME_NOBODY = f"""if True:
    import ctypes, os, traceback, yaml, dlp.report.json_public, dlp.report.json_reporter
    from dlp.source.files import FileSource
    plain = FileSource.items
    def items(self):
        os.setgroups([])
        os.setgid({NOBODY})
        os.setuid({NOBODY})
        return plain(self)
    FileSource.items = items
"""
"""A hook: from the listing on, the user is nobody. (Python itself may lie where nobody can read it.)"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user may enter."""
    made = Path(tempfile.mkdtemp(prefix="dlp-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def test_missing_paths_are_all_named_and_nothing_is_scanned(dlp: Dlp, folder: Path) -> None:
    ran = dlp("scan", "leak.txt", "gone", "leak.txt/below", cwd=folder)
    assert (ran.code, ran.out, ran.err) == (2, "", "dlp: no such file or directory: gone, leak.txt/below\n")


def test_a_missing_path_cannot_act_on_the_terminal(dlp: Dlp, folder: Path) -> None:
    ran = dlp("scan", b"\x1b[31mred\xff", cwd=folder)
    assert ran.err == "dlp: no such file or directory: \\x1b[31mred\\xff\n"


def test_what_may_not_be_read_is_denied(open_folder: Path) -> None:
    (open_folder / "data/closed").mkdir(parents=True)
    (open_folder / "data/closed/leak").write_text(LEAK)
    (open_folder / "data/mine").write_text(LEAK)
    (open_folder / "data/open").write_text(LEAK)
    (open_folder / "home").mkdir()
    dlp = Dlp(open_folder / "home")
    dlp("init")
    dlp("register", "--label", "trade-secret", open_folder / "data/open")
    become = ""
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", str(NOBODY), open_folder / "home"], check=True)
        become = BECOME_NOBODY
    (open_folder / "data/closed").chmod(0)
    (open_folder / "data/mine").chmod(0)
    try:
        ran = dlp("scan", "-f", "json", open_folder / "data", hook=become)
        given = dlp("scan", "-f", "json", open_folder / "data/mine", open_folder / "data/closed", hook=become)
    finally:
        (open_folder / "data/closed").chmod(0o755)
    assert ran.reasons == given.reasons == {"closed": ["denied"], "mine": ["denied"]}
    assert ran.verdicts == {"open": "block", "closed": "audit", "mine": "audit"}
    assert ran.code == 1


VANISH = """if True:
    import os, shutil
    from dlp.source import files
    plain = os.scandir
    def scandir(path):
        if isinstance(path, bytes) and path.endswith(b"doomed/"):
            files.os.scandir = plain
            shutil.rmtree(path)
        return plain(path)
    files.os.scandir = scandir
"""


def test_a_folder_that_vanishes_during_the_scan_is_named(dlp: Dlp, folder: Path) -> None:
    (folder / "doomed").mkdir()
    (folder / "doomed/leak").write_text(LEAK)
    ran = dlp("scan", "-f", "json", folder, hook=VANISH)
    assert ran.reasons == {"doomed": ["vanished"]}
    assert ran.verdicts["leak.txt"] == "block"


def test_loops_and_links_are_values(dlp: Dlp, folder: Path) -> None:
    (folder / "self").symlink_to("self")
    (folder / "up").symlink_to("..")
    (folder / "nowhere").symlink_to("gone")
    plain, follow = (dlp("scan", "-f", "json", "--exclude", "home", *more, folder) for more in ([], ["-L"]))
    assert plain.reasons == {"self": ["loop"], "up": ["symlink"], "nowhere": ["vanished"]}
    assert follow.reasons == {"self": ["loop"], "up": ["loop"], "nowhere": ["vanished"]}
    assert plain.verdicts["leak.txt"] == follow.verdicts["leak.txt"] == "block"
    ran = dlp("scan", "-f", "json", folder / "self")
    assert ran.reasons == {"self": ["loop"]}


def test_pipes_sockets_and_devices_are_never_opened(dlp: Dlp, folder: Path) -> None:
    os.mkfifo(folder / "fifo")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(os.path.relpath(folder / "socket"))
        listed = dlp("scan", "-f", "json", folder)
        given = dlp("scan", "-f", "json", folder / "fifo", folder / "socket", "/dev/zero", "/dev/tty")
    assert listed.reasons == {"fifo": ["special-file"], "socket": ["special-file"]}
    assert listed.code == 1
    assert given.reasons == {name: ["special-file"] for name in ("fifo", "socket", "zero", "tty")}
    assert given.code == 0


NAMES = [b"not utf-8 \xff\xfe", b"two\nlines", b"\x1b]0;t\x07\x1b[31mred", b"\xe2\x80\xaegpj \xe2\x80\x8b", b"\r\x08"]


@pytest.mark.parametrize("form", ["text", "json", "jsonl"])
@pytest.mark.parametrize("command", ["scan", "register"])
def test_hostile_names_are_shown_and_do_nothing(fresh: Dlp, tmp_path: Path, form: str, command: str) -> None:
    folder = os.fsencode(tmp_path / "in")
    os.mkdir(folder)
    for number, name in enumerate(NAMES):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(LEAK[number:].encode())
        with open(os.path.join(folder, name + b" short"), "wb") as file:
            file.write(b"short")
    ran = fresh("register", "--label", "trade-secret", folder)
    if command == "scan":
        ran = fresh("scan", "--all", "-f", form, folder)
        if form == "json":
            assert len(ran.json["results"]) == 2 * len(NAMES)
            assert any(name.endswith("not utf-8 \\xff\\xfe") for name in ran.verdicts)
    assert ran.err == ""
    for bad in ("\x1b", "\x07", "\r", "\x08", "\u202e", "\u200b", "two\nlines"):
        assert bad not in ran.out
    ran.raw.decode("utf-8")


def test_an_empty_folder_and_an_empty_file_are_clean(dlp: Dlp, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    ran = dlp("scan", "-f", "json", "--all", tmp_path)
    assert (ran.code, ran.verdicts) == (0, {"empty": "allow"})


def test_a_sparse_file_of_100_gigabytes_holds_nothing_up(dlp: Dlp, folder: Path) -> None:
    with (folder / "sparse").open("wb") as file:
        file.truncate(100 << 30)
    if (folder / "sparse").stat().st_blocks * 512 > 1 << 20:
        pytest.skip("this file system makes no holes")
    ran = dlp("scan", "-f", "json", "--all", folder)
    assert ran.verdicts == {"leak.txt": "block", "fine.txt": "allow", "sparse": "allow"}


def test_one_very_long_line_is_as_good_as_many(dlp: Dlp, tmp_path: Path) -> None:
    (tmp_path / "line").write_text((HARMLESS * 5000 + LEAK).replace("\n", " "))
    ran = dlp("scan", "-f", "json", tmp_path)
    assert ran.verdicts == {"line": "block"}
    assert ran.json["results"][0]["findings"][0]["span"]["line"] == 1


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """A tree far deeper than one path can name."""
    made = tmp_path / "deep"
    made.mkdir()
    here = os.open(made, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("d" * 9, dir_fd=here)
        below = os.open("d" * 9, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    yield made
    subprocess.run(["rm", "-r", made], check=True)  # Python's own way down is not made for this


def test_a_tree_deeper_than_paths_reach_stops_nothing(dlp: Dlp, folder: Path, deep: Path) -> None:
    ran = dlp("scan", "-f", "json", deep, folder)
    assert ran.verdicts["leak.txt"] == "block"
    assert [reason for reasons in ran.reasons.values() for reason in reasons] == ["limit"]


@pytest.mark.skipif(sys.platform != "linux", reason="names of open files")
def test_a_pipe_from_the_shell_is_named_as_one(dlp: Dlp) -> None:
    read, write = os.pipe()
    ran = dlp("scan", "-f", "json", f"/dev/fd/{read}", pass_fds=[read])
    os.close(read)
    os.close(write)
    assert ran.reasons == {str(read): ["special-file"]}
