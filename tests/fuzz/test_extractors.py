"""The search for what extractors cannot take: it takes what is well, and tells what is not."""

from __future__ import annotations

import importlib.util
import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlp.extract import recursion
from dlp.model import Blob, Mark, Reason, Skipped, Text

from ..extract.samples import docx
from .extractors import Find, Target, main, names, seeds
from .mutating import changed


@pytest.mark.parametrize("name", names())
def test_every_extractor_has_seeds_and_takes_them(name: str) -> None:
    target = Target(name)
    given = seeds(target, None)
    assert given
    for seed in given[:3]:
        target.take(seed)


ROOT = ("sample",)


class Faulty:
    types = frozenset({"text"})

    def __init__(self, item: Text | Blob | Skipped | None) -> None:
        self._item = item

    def extract(self, blob: Blob, limits: object) -> Iterator[Text | Blob | Skipped]:
        if self._item:
            yield self._item
        else:
            raise MemoryError


@pytest.mark.parametrize(
    "item",
    [
        None,
        Skipped(ROOT, Reason.CORRUPT, "two\nlines"),
        Skipped(ROOT, Reason.CORRUPT, ""),
        Skipped(ROOT, Reason.TIMEOUT, "took too long"),
        Skipped(("elsewhere",), Reason.CORRUPT, "cut short"),
        Text(ROOT, "text", iter((b"words",)), [Mark(4, "b"), Mark(2, "a")]),
        Text(ROOT, "text", iter((b"words",)), [Mark(6, "a")]),
        Text(ROOT, "text", iter((b"words",)), [Mark(0, "")]),
        Text(ROOT[:0], "text", iter((b"words",)), []),
        Blob(("elsewhere",), io.BytesIO(b"words"), 5),
    ],
)
def test_what_no_report_could_show_is_a_find(
    item: Text | Blob | Skipped | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recursion, "EXTRACTORS", (Faulty(item),))
    with pytest.raises((Find, MemoryError)):
        Target("Faulty").take(b"some words")


def test_what_a_zip_archive_packs_is_changed_and_still_unpacks() -> None:
    seen = set()
    for seed in range(200):
        made = changed(docx(), 1 << 17, seed, lambda data, most: data + b"!" if data[:2] != b"PK" else b"")
        if made:
            with zipfile.ZipFile(io.BytesIO(made)) as package:
                seen |= {name for name in package.namelist() if package.read(name).endswith(b"!")}
    assert seen == {"[Content_Types].xml", "_rels/.rels", "word/document.xml"}


def test_bytes_are_repeated_now_and_then() -> None:
    longest = max((changed(b"some words", 10_000, seed, lambda data, most: data) for seed in range(500)), key=len)
    assert 9_800 < len(longest) <= 10_000


@pytest.mark.parametrize(("more", "status"), [([], 0), (["--require"], 1)])
def test_without_atheris_it_says_so(
    more: list[str], status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["extractors.py", "1", *more])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main() == status
    assert "skipped, atheris is not installed" in capsys.readouterr().out


def test_an_input_is_given_to_an_extractor_once_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = tmp_path / "find"
    found.write_bytes(b"some words")
    monkeypatch.setattr(sys, "argv", ["extractors.py", "0", "Faulty", "--replay", str(found)])
    monkeypatch.setattr(recursion, "EXTRACTORS", (Faulty(Skipped(ROOT, Reason.CORRUPT, "")),))
    with pytest.raises(Find, match="a detail that cannot be shown"):
        main()
