"""The trees of packages are made of what is in the archives, and of nothing else; the same ones each time."""

from __future__ import annotations

import importlib.util
import io
import json
import sys
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest


def _load() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks/comparison/trees.py"
    spec = importlib.util.spec_from_file_location("trees", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["trees"] = module
    spec.loader.exec_module(module)
    return module


trees = _load()


def _tar(path: Path, files: dict[str, bytes], links: dict[str, str] | None = None) -> Path:
    with tarfile.open(path, "w:gz") as file:
        for name, target in (links or {}).items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            file.addfile(link)
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o4777
            file.addfile(member, io.BytesIO(content))
    return path


def _tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_plain_files_are_taken_without_the_folder_that_holds_them(tmp_path: Path) -> None:
    archive = _tar(tmp_path / "x.tgz", {"package/a.js": b"1", "package/lib/b.js": b"2"})
    trees.unpack(archive, tmp_path / "into")
    assert _tree(tmp_path / "into") == {"a.js": b"1", "lib/b.js": b"2"}
    assert (tmp_path / "into/a.js").stat().st_mode & 0o7111 == 0


def test_nothing_is_written_outside_and_no_link_is_made(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    files = {
        "package/../../up": b"x",
        "/root/absolute": b"x",
        "package/back\\slash": b"x",
        "package/link/in": b"kept",
        f"package/{'n' * 250}": b"x",
        "alone": b"x",
    }
    archive = _tar(tmp_path / "x.tgz", files, {"package/link": str(outside), "package/other": "/etc/passwd"})
    trees.unpack(archive, tmp_path / "into")
    assert _tree(tmp_path / "into") == {"link/in": b"kept"}
    assert not list(outside.iterdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["into", "outside", "x.tgz"]


def test_wheels_are_taken_whole_or_their_text_alone(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.whl", "w") as file:
        file.writestr("x/__init__.py", "é")
        file.writestr("x/so.so", b"\0ELF")
        file.writestr("x/latin.txt", b"\xe9")
        file.writestr("../up", b"x")
    trees.unpack(tmp_path / "x.whl", tmp_path / "into")
    assert sorted(_tree(tmp_path / "into")) == ["x/__init__.py", "x/latin.txt", "x/so.so"]
    trees.unpack(tmp_path / "x.whl", tmp_path / "text", text=True)
    assert sorted(_tree(tmp_path / "text")) == ["x/__init__.py"]


def test_a_share_is_the_same_whatever_the_order_in_the_archive(tmp_path: Path) -> None:
    files = {f"package/{number}.txt": b"%d" % number for number in range(50)}
    one = _tar(tmp_path / "1.tgz", files)
    two = _tar(tmp_path / "2.tgz", dict(reversed(files.items())))
    trees.unpack(one, tmp_path / "one", 7)
    trees.unpack(two, tmp_path / "two", 7)
    assert len(_tree(tmp_path / "one")) == 7
    assert _tree(tmp_path / "one") == _tree(tmp_path / "two")


def test_what_is_derived_holds_the_text_and_no_binary(tmp_path: Path) -> None:
    tree = tmp_path / "a"
    tree.mkdir()
    (tree / "1").write_bytes("é\r\ntwo\n".encode() * 30)
    (tree / "2").write_bytes(b"\0" * 100)
    (tree / "3").write_bytes(b"no end of line")
    trees.derive(tmp_path, ["x"], 100, 50)
    large = [path.read_bytes() for path in sorted((tmp_path / "b").iterdir())]
    assert b"".join(large) == "é\r\ntwo\n".encode() * 30 + b"no end of line\n"
    assert all(len(each) <= 100 and each.endswith(b"\n") for each in large)
    line = (tmp_path / "c.txt").read_bytes()
    assert line.startswith("é two é two ".encode())
    assert len(line) <= 50


def test_what_is_there_is_left_alone_and_what_is_pinned_anew_is_made_anew(tmp_path: Path) -> None:
    trees.smoke(str(tmp_path))
    made = json.loads((tmp_path / "made.json").read_text())
    assert set(made) == {"a", "b", "c.txt", "d"}
    (tmp_path / "b/000.txt").write_bytes(b"changed")
    trees.smoke(str(tmp_path))
    assert (tmp_path / "b/000.txt").read_bytes() == b"changed"
    trees.derive(tmp_path, ["other"], 100_000, 50)
    assert (tmp_path / "b/000.txt").read_bytes() != b"changed"


@pytest.mark.parametrize("by", ["sdist", "npm"])
def test_without_a_client_or_a_network_the_error_says_what_is_needed(
    by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trees.subprocess, "run", _failing)
    with pytest.raises(SystemExit, match="cannot be fetched: this needs a network"):
        trees._archive(tmp_path, trees.Package(by, "x", "1"))
    assert not list(tmp_path.iterdir())


def _failing(command: list[str], **_: object) -> object:
    return trees.subprocess.CompletedProcess(command, 1, "", "no route")


def test_trees_that_are_not_there_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"make them with: python benchmarks/comparison/trees\.py"):
        trees.require(str(tmp_path), "a")
