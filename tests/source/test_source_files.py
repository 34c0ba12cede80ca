from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dlp.errors import UsageError
from dlp.model import Reason, Skipped
from dlp.source.files import FileSource
from dlp.source.opening import Unreadable, open_file, skip_reason
from dlp.source.seam import Item


def _make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def _listing(*paths: Path | str | bytes, **options: Any) -> tuple[list[str], list[Skipped]]:
    """What is listed, relative to what was given, and what is skipped."""
    found = list(FileSource([p if isinstance(p, bytes) else str(p) for p in paths], **options).items())
    items = [entry for entry in found if isinstance(entry, Item)]
    assert len({item.name for item in items}) == len(items)
    return [item.relative for item in items], [entry for entry in found if isinstance(entry, Skipped)]


def _reasons(skipped: list[Skipped]) -> dict[str, str]:
    return {entry.provenance[0].rsplit("/", 1)[-1]: entry.reason.value for entry in skipped}


def test_files_come_before_folders_each_in_the_order_of_their_names(tmp_path: Path) -> None:
    _make(tmp_path, "z", "b/x", "a/y", "a/b/z", "B")
    assert _listing(tmp_path) == (["B", "z", "a/y", "a/b/z", "b/x"], [])


def test_names_are_as_the_user_gave_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _make(tmp_path, "d/f")
    monkeypatch.chdir(tmp_path)
    for given, name, relative in [
        ("d", "d/f", "f"),
        ("./d/", "./d/f", "f"),
        (".", "./d/f", "d/f"),
        ("d/f", "d/f", "f"),
    ]:
        (item,) = FileSource([given]).items()
        assert isinstance(item, Item)
        assert (item.name, item.relative, item.path) == (name, relative, name.encode())


def test_a_name_that_is_not_utf8_can_be_opened_and_shown(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9 \xc3\xa9"
    with open(path, "wb") as file:
        file.write(b"content")
    for given in (str(tmp_path), path, os.fsdecode(path)):
        (item,) = FileSource([given]).items()
        assert isinstance(item, Item)
        assert item.relative == "caf\\xe9 é"
        with open_file(item.path) as opened:
            assert opened.read() == b"content"


def test_all_missing_paths_are_named_before_anything_is_listed(tmp_path: Path) -> None:
    _make(tmp_path, "there")
    (tmp_path / "dangling").symlink_to("nowhere")
    given = [str(tmp_path / name) for name in ("there", "gone", "there/below", "dangling")]
    with pytest.raises(UsageError) as caught:
        FileSource([*given, "", "nul\0"]).items()
    assert str(caught.value) == f"no such file or directory: {given[1]}, {given[2]}, {given[3]}, , nul\0"


def test_the_same_path_given_twice_or_within_another_is_listed_once(tmp_path: Path) -> None:
    _make(tmp_path, "a/b/c", "a/d")
    (tmp_path / "again").symlink_to("a")
    a = tmp_path / "a"
    listed, skipped = _listing(a / "b", a, a, str(a) + "/", a / "b/c", tmp_path / "again", a / "d")
    assert sorted(listed) == ["c", "d"]
    assert not skipped


def test_a_root_that_is_excluded_in_another_root_is_still_scanned(tmp_path: Path) -> None:
    _make(tmp_path, "a/b/c", "a/d")
    assert _listing(tmp_path / "a", tmp_path / "a/b", exclude=["b/"]) == (["d", "c"], [])


def test_each_name_of_a_hard_link_is_listed(tmp_path: Path) -> None:
    _make(tmp_path, "one")
    os.link(tmp_path / "one", tmp_path / "two")
    assert _listing(tmp_path)[0] == ["one", "two"]


def test_special_files_are_skipped_by_kind_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(os.path.relpath(tmp_path / "sock"))
        listed, skipped = _listing(tmp_path, "/dev/null", tmp_path / "fifo")
    assert not listed
    assert {(s.provenance[0].rsplit("/", 1)[-1], s.reason, s.detail) for s in skipped} == {
        ("fifo", Reason.SPECIAL_FILE, "a named pipe"),
        ("sock", Reason.SPECIAL_FILE, "a socket"),
        ("null", Reason.SPECIAL_FILE, "a character device"),
    }


def test_a_pipe_that_a_shell_passes_is_named_as_one() -> None:
    read, write = os.pipe()
    _, (skipped,) = _listing(f"/dev/fd/{read}")
    os.close(read)
    os.close(write)
    assert (skipped.reason, skipped.detail) == (Reason.SPECIAL_FILE, "a named pipe")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_what_may_not_be_read_is_denied(tmp_path: Path) -> None:
    _make(tmp_path, "closed/f", "open/f")
    (tmp_path / "closed").chmod(0)
    listed, skipped = _listing(tmp_path)
    (tmp_path / "closed").chmod(0o700)
    assert listed == ["open/f"]
    assert _reasons(skipped) == {"closed": "denied"}


def test_a_folder_that_cannot_be_listed_is_skipped_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _make(tmp_path, "a/f", "b/f")
    real = os.scandir

    def scandir(path: bytes) -> Any:
        if path.endswith(b"/a/"):
            raise PermissionError(errno.EACCES, "no")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    listed, skipped = _listing(tmp_path)
    assert (listed, _reasons(skipped)) == (["b/f"], {"a": "denied"})


def test_what_vanishes_while_walking_is_skipped(tmp_path: Path) -> None:
    _make(tmp_path, "a", "b", "c/d")
    walk = FileSource([str(tmp_path)]).items()
    next(walk)
    (tmp_path / "b").unlink()
    (tmp_path / "c/d").unlink()
    (tmp_path / "c").rmdir()
    assert _reasons([entry for entry in walk if isinstance(entry, Skipped)]) == {"b": "vanished", "c": "vanished"}


def test_links_are_not_followed_and_only_those_that_lead_out_are_reported(tmp_path: Path) -> None:
    _make(tmp_path, "in/f", "in/sub/g", "out/h")
    for name, target in {"file": "f", "folder": "sub", "up": "..", "gone": "nowhere", "self": "self"}.items():
        (tmp_path / "in" / name).symlink_to(target)
    listed, skipped = _listing(tmp_path / "in")
    assert listed == ["f", "sub/g"]
    assert _reasons(skipped) == {"up": "symlink", "gone": "vanished", "self": "loop"}
    assert "symbolic link to nothing" in {s.detail for s in skipped}
    assert _listing(tmp_path / "in", tmp_path)[1][0].detail == "symbolic link to nothing"


def test_a_link_that_is_given_is_followed_and_can_be_opened(tmp_path: Path) -> None:
    _make(tmp_path, "d/f")
    (tmp_path / "folder").symlink_to("d")
    (tmp_path / "file").symlink_to("d/f")
    for given, name in [("folder", "folder/f"), ("file", "file")]:
        (item,) = FileSource([str(tmp_path / given)]).items()
        assert isinstance(item, Item)
        assert item.name == str(tmp_path / name)
        with open_file(item.path) as file:
            assert file.read() == b"d/f"


def test_followed_links_bring_each_file_once_and_loops_are_named(tmp_path: Path) -> None:
    _make(tmp_path, "in/f", "out/g", "out/sub/h", "single")
    links = {"a": "../out/sub", "b": "../out", "c": "../out", "d": ".", "e": "f", "s": "../single", "t": "../single"}
    for name, target in links.items():
        (tmp_path / "in" / name).symlink_to(target)
    (tmp_path / "out/back").symlink_to("../in")
    (tmp_path / "out/round").symlink_to("../out")
    (tmp_path / "out/g2").symlink_to("g")
    listed, skipped = _listing(tmp_path / "in", follow=True)
    assert sorted(listed) == ["a/h", "b/g", "f", "s"]
    assert _reasons(skipped) == {"d": "loop", "round": "loop"}


def test_followed_links_can_be_opened(tmp_path: Path) -> None:
    _make(tmp_path, "out/g", "in/f")
    (tmp_path / "in/link").symlink_to("../out/g")
    (tmp_path / "in/folder").symlink_to("../out")
    for item in FileSource([str(tmp_path / "in")], follow=True).items():
        assert isinstance(item, Item)
        open_file(item.path).close()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"exclude": ["*.log"]}, ["a.txt", "build/x.txt", "src/build/y.txt", "src/c.txt"]),
        ({"exclude": ["build/"]}, ["a.txt", "b.log", "src/c.txt"]),
        ({"exclude": ["/build"]}, ["a.txt", "b.log", "src/c.txt", "src/build/y.txt"]),
        ({"include": ["*.log"]}, ["b.log"]),
        ({"include": ["src/"]}, ["src/c.txt", "src/build/y.txt"]),
        ({"include": ["src/**/*.txt"], "exclude": ["y*"]}, ["src/c.txt"]),
    ],
)
def test_include_and_exclude_choose_the_files(
    tmp_path: Path, options: dict[str, list[str]], expected: list[str]
) -> None:
    _make(tmp_path, "a.txt", "b.log", "build/x.txt", "src/build/y.txt", "src/c.txt")
    assert sorted(_listing(tmp_path, **options)[0]) == sorted(expected)


def test_a_folder_that_is_excluded_is_not_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _make(tmp_path, "skip/f", "f")
    real = os.scandir
    seen: list[bytes] = []

    def scandir(path: bytes) -> Any:
        seen.append(path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    _listing(tmp_path, exclude=["skip/"])
    assert seen == [os.fsencode(tmp_path) + b"/"]


def test_patterns_apply_to_a_file_that_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _make(tmp_path, "build/sub/a.txt", "b.txt")
    monkeypatch.chdir(tmp_path / "build")
    given = ["sub/a.txt", "../b.txt", str(tmp_path / "build/sub/a.txt")]
    assert _listing(given[0], exclude=["sub/"]) == ([], [])
    assert _listing(given[0], exclude=["build/"])[0] == ["a.txt"]
    assert _listing(given[2], exclude=["build/"])[0] == ["a.txt"]
    assert _listing(given[1], exclude=["b.*"])[0] == []
    assert _listing(given[0], include=["sub/"])[0] == ["a.txt"]
    assert _listing(given[0], include=["*.log"])[0] == []


@pytest.mark.parametrize("pattern", ["[a", "", "!x"])
def test_a_pattern_that_is_none_is_a_usage_error(pattern: str) -> None:
    with pytest.raises(UsageError, match=r"--exclude"):
        FileSource(["."], exclude=[pattern])


def test_ignore_files_count_only_if_asked_for(tmp_path: Path) -> None:
    _make(tmp_path, "a.log", "keep.log", "sub/b.log", "sub/c.txt", "sub/d.txt")
    (tmp_path / ".dlpignore").write_text("*.log\n!keep.log\n")
    (tmp_path / "sub/.dlpignore").write_text("!b.log\n/c.txt\n[x\n")
    assert len(_listing(tmp_path)[0]) == 7
    listed, skipped = _listing(tmp_path, honour_ignore_files=True)
    assert listed == [".dlpignore", "keep.log", "sub/.dlpignore", "sub/b.log", "sub/d.txt"]
    assert [s.provenance[1] for s in skipped] == ["line 3"]


def test_an_ignore_file_that_is_too_large_leaves_out_nothing(tmp_path: Path) -> None:
    _make(tmp_path, "a.log")
    (tmp_path / ".dlpignore").write_text("*.log\n" * 20_000)
    listed, skipped = _listing(tmp_path, honour_ignore_files=True)
    assert listed == [".dlpignore", "a.log"]
    assert _reasons(skipped) == {".dlpignore": "too-large"}


def test_the_store_is_left_out_and_named(tmp_path: Path) -> None:
    _make(tmp_path, "store/seg", "store/sub/x", "f")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/link").symlink_to("../store")
    avoid = [str(tmp_path / "store")]
    listed, skipped = _listing(tmp_path, avoid=avoid)
    assert (listed, _reasons(skipped)) == (["f"], {"store": "store"})
    assert _reasons(_listing(tmp_path / "store/sub", avoid=avoid)[1]) == {"sub": "store"}
    assert _reasons(_listing(tmp_path / "out", avoid=avoid, follow=True)[1]) == {"link": "store"}


def test_a_file_that_is_too_large_says_both_sizes(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"x" * 2000)
    (tmp_path / "fits").write_bytes(b"x" * 1000)
    listed, (skipped,) = _listing(tmp_path, max_file_size=1000)
    assert listed == ["fits"]
    assert (skipped.reason, skipped.detail) == (Reason.TOO_LARGE, "2,000 bytes; the limit is 1,000 bytes")


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """10,000 folders within one another: longer than any path may be, so made and removed step by step."""
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(10_000):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    yield tmp_path
    while (tmp_path / "d").exists():
        if (tmp_path / "d/d").exists():
            os.rename(tmp_path / "d/d", tmp_path / "e")
        os.rmdir(tmp_path / "d")
        if (tmp_path / "e").exists():
            os.rename(tmp_path / "e", tmp_path / "d")


def test_a_tree_deeper_than_any_path_ends_in_a_skipped(deep: Path) -> None:
    listed, (skipped,) = _listing(deep)
    assert not listed
    assert (skipped.reason, skipped.detail) == (Reason.LIMIT, "the path is longer than this system can open")


def test_the_listing_is_lazy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _make(tmp_path, *(f"{folder}/f" for folder in "abcdef"))
    real = os.scandir
    seen: list[bytes] = []

    def scandir(path: bytes) -> Any:
        seen.append(path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    walk = FileSource([str(tmp_path)]).items()
    assert not seen
    next(walk)
    assert len(seen) == 2


def test_a_pipe_put_in_the_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "f")
    with pytest.raises(Unreadable) as caught:
        open_file(os.fsencode(tmp_path / "f"))
    assert (caught.value.reason, caught.value.detail) == (Reason.SPECIAL_FILE, "a named pipe where a file was listed")


def test_a_link_put_in_the_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    _make(tmp_path, "secret")
    (tmp_path / "f").symlink_to("secret")
    with pytest.raises(Unreadable) as caught:
        open_file(os.fsencode(tmp_path / "f"))
    assert caught.value.reason == Reason.LOOP


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOENT, "vanished"),
        (errno.EACCES, "denied"),
        (errno.EPERM, "denied"),
        (errno.ELOOP, "loop"),
        (errno.EIO, "io-error"),
        (errno.ENAMETOOLONG, "limit"),
        (errno.EMFILE, "io-error"),
    ],
)
def test_an_error_of_the_system_has_a_reason_and_names_no_path(number: int, reason: str) -> None:
    found, detail = skip_reason(OSError(number, "text", "/secret/path"))
    assert found == reason
    assert detail
    assert "secret" not in detail


def test_opening_leaves_no_descriptor_behind_when_it_fails(tmp_path: Path) -> None:
    before = len(os.listdir("/dev/fd"))
    for _ in range(5):
        with pytest.raises(Unreadable):
            open_file(os.fsencode(tmp_path))
    assert len(os.listdir("/dev/fd")) == before
