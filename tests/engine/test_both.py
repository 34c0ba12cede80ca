"""Passages quoted along with a scan, where somebody asks for it."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from dlp.model import PassageFinding, Result
from dlp.policy.policy import default_policy
from dlp.registry.store import Store
from dlp.scan import both
from dlp.scan.pipeline import Pipeline, pipeline_for
from dlp.source.seam import Item

from .conftest import SECRET
from .engine import KEY, LIMITS, Engine, prose


@pytest.fixture(scope="module")
def quoting(registered: Engine) -> Pipeline:
    return pipeline_for(Store(registered.store, KEY), default_policy, LIMITS, quotes=True)


def scanned(pipeline: Pipeline, folder: Path, content: str) -> Result:
    path = folder / "content"
    path.write_text(content)
    return pipeline.scan(Item(os.fsencode(path), "scanned", "scanned", path.stat().st_size))


def test_what_is_found_is_the_same_and_passages_are_there(
    registered: Engine, quoting: Pipeline, tmp_path: Path
) -> None:
    leak = SECRET[300:900]
    content = f"{prose(5, 80)}\n{leak}\n{prose(6, 80)}"
    plain, quoted = registered.scan(content), scanned(quoting, tmp_path, content)
    assert plain.quoted == ()
    assert plain.findings
    same = msgspec.structs.replace(quoted, quoted=(), file=None)
    assert same == msgspec.structs.replace(plain, file=None)
    (passage,) = [each for each in quoted.findings if isinstance(each, PassageFinding)]
    (shown,) = quoted.quoted
    assert shown.id == passage.id
    assert shown.sides is not None
    assert leak[50:500] in shown.sides.scanned
    assert shown.sides.source is None
    assert "--keep-text" in shown.problem


def test_nothing_of_one_file_is_left_for_the_next(quoting: Pipeline, tmp_path: Path) -> None:
    assert scanned(quoting, tmp_path, SECRET[300:900]).quoted
    assert scanned(quoting, tmp_path, prose(5, 200)).quoted == ()
    assert scanned(quoting, tmp_path, "short").quoted == ()
    (again,) = scanned(quoting, tmp_path, SECRET[1200:1800]).quoted
    assert again.sides is not None
    assert SECRET[300:400] not in again.sides.scanned


@pytest.mark.parametrize(("room", "shown"), [(10_000, 2), (1000, 1), (10, 0)])
def test_what_is_too_much_is_said(
    quoting: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int, shown: int
) -> None:
    monkeypatch.setattr(both, "ROOM", room)
    result = scanned(quoting, tmp_path, f"{SECRET[300:900]}\n{prose(5, 400)}\n{SECRET[2000:2500]}")
    assert len(result.quoted) == 2
    assert len([each for each in result.quoted if each.sides]) == shown
    assert [each.problem for each in result.quoted if not each.sides] == [
        "there is too much in this file to show it all"
    ] * (2 - shown)
