"""What every source keeps to. A new source adds one line to SOURCES."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from dlp.model import Skipped
from dlp.source.files import FileSource
from dlp.source.git.choosing import Chosen
from dlp.source.git.repository import find
from dlp.source.git.source import Asked, GitSource
from dlp.source.git.view import View
from dlp.source.opening import open_file
from dlp.source.seam import Item, Source
from dlp.source.stdin import StdinSource

from .git.making import Repo

CONTENT = {"a.txt": b"alpha", "sub/b.bin": b"\x00\xff" * 10, "sub/deep/c": b""}


def _files(folder: Path) -> tuple[Source, dict[str, bytes]]:
    for name, content in CONTENT.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return FileSource([str(folder)]), CONTENT


def _stdin(folder: Path) -> tuple[Source, dict[str, bytes]]:
    return StdinSource(io.BytesIO(b"piped in")), {"-": b"piped in"}


def _git(folder: Path) -> tuple[Source, dict[str, bytes]]:
    repo = Repo(folder)
    for name, content in CONTENT.items():
        repo.write(name, content)
    repo.git("add", "-A")
    view = View(find([str(folder)], {}).repository, os.environ)
    return GitSource(view, Asked(staged=True), Chosen()), CONTENT


def _content(item: Item) -> bytes:
    if item.data is not None:
        return item.data
    with open_file(item.path) as file:
        return file.read()


SOURCES = [_files, _stdin, _git]
Made = tuple[Source, dict[str, bytes]]


@pytest.fixture(params=SOURCES)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Made:
    make: Callable[[Path], Made] = request.param
    return make(tmp_path)


def test_each_file_comes_once_with_its_size_and_its_content(made: Made) -> None:
    source, content = made
    found = {}
    for item in source.items():
        assert isinstance(item, Item)
        assert item.relative not in found
        found[item.relative] = _content(item)
        assert item.size == len(found[item.relative])
    assert found == content


def test_items_have_the_types_they_declare_and_survive_the_way_to_a_worker(made: Made) -> None:
    items = [item for item in made[0].items() if isinstance(item, Item)]
    assert items
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(items), type=list[Item]) == items


def test_items_are_an_iterator_and_come_in_the_same_order_again(made: Made) -> None:
    first = made[0].items()
    assert iter(first) is first
    assert list(first) == list(made[0].items())


def test_what_is_no_item_is_a_skipped_with_a_name(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 100)
    sources: list[Source] = [
        FileSource([str(tmp_path)], max_file_size=10),
        StdinSource(io.BytesIO(b"x" * 100), max_file_size=10),
    ]
    for source in sources:
        (skipped,) = source.items()
        assert isinstance(skipped, Skipped)
        assert skipped.provenance[0]
        assert skipped.reason == "too-large"
        assert skipped.detail
