"""What is told of one path is what a walk of all would have told of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dlp.model import Skipped
from dlp.source.files import FileSource
from dlp.source.seam import Item


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two roots with files, folders, links in, out and nowhere, a pipe, and names that are no UTF-8."""
    for folder in ("a/x/y", "a/kept", "b/deep", "c"):
        (tmp_path / folder).mkdir(parents=True)
    names = "a/1.txt a/x/2.pdf a/x/y/3.txt a/kept/4.txt b/5.txt b/deep/6.txt c/out.txt"
    for name in names.split():
        (tmp_path / name).write_text(name)
    (tmp_path / "a/big").write_bytes(bytes(100))
    with open(os.path.join(os.fsencode(tmp_path), b"a/\xff\n"), "w") as file:
        file.write("odd")
    os.mkfifo(tmp_path / "a/pipe")
    for name, target in (("a/in", "x/2.pdf"), ("a/over", "../b/5.txt"), ("a/out", "../c/out.txt"), ("a/none", "gone")):
        os.symlink(target, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"include": ["*.txt"]},
        {"exclude": ["x/"]},
        {"include": ["kept/"], "exclude": ["4.*"]},
        {"exclude": ["*/"]},
        {"max_file_size": 50},
        {"include": ["x/**/*.txt"]},
    ],
)
def test_a_look_at_each_path_comes_to_what_a_walk_comes_to(tree: Path, options: dict[str, object]) -> None:
    source = FileSource([str(tree / "a"), str(tree / "b")], avoid=[str(tree / "b/deep")], **options)  # type: ignore[arg-type]
    walked = list(source.items())
    looked: list[Item | Skipped] = []
    for folder, _, names in os.walk(os.fsencode(tree)):
        for name in names:
            found = source.look(os.path.join(folder, name))
            if found is not None:
                looked.append(found)
    deep = [each for each in walked if not (isinstance(each, Skipped) and each.provenance[0].endswith("/deep"))]
    assert sorted(map(repr, looked)) == sorted(map(repr, deep))
    below = [each for root in ("a", "b") for each in source.below(os.fsencode(tree / root))]
    assert sorted(map(repr, below)) == sorted(map(repr, walked))


def test_what_is_not_below_a_root_is_nothing(tree: Path) -> None:
    source = FileSource([str(tree / "a")])
    for path in (tree / "b/5.txt", tree / "a", tree, Path(str(tree / "a") + "x")):
        assert source.look(os.fsencode(path)) is None
