"""Ctrl-C at any line of the writer keeps what was registered before it, whole, and nothing else."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import dlp.registry
from dlp.fingerprint import Alphabet
from dlp.registry import writer as writing
from dlp.registry.store import Store
from dlp.registry.transfer import export_store, import_store
from dlp.registry.writer import Writer

from .making import KEY, faults, names, new_store, register, text

OURS = os.path.dirname(dlp.registry.__file__)
OLD, NEW = (1, 2), (11, 12, 13, 14, 15)


class _Interrupt:
    """Raises KeyboardInterrupt at the n-th line that is run in the registry."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(OURS) or frame.f_code.co_name in ("__exit__", "__init__"):
            return None if event == "call" else self
        if event == "line":
            self.left -= 1
            if self.left == 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self


def _again(writer: Writer, seed: int) -> str:
    return register(writer, f"doc {seed}", text(seed), background=seed == 13).what


def _interrupted(folder: str, at: int) -> tuple[bool, set[str]]:
    """(whether it was interrupted, names of the documents whose registering had returned)."""
    done = set()
    before = sys.gettrace()
    try:
        with Writer(folder, KEY) as writer:
            sys.settrace(_Interrupt(at))
            for seed in NEW:
                register(writer, f"doc {seed}", text(seed), background=seed == 13, keep_text=seed == 14)
                done.add(f"doc {seed}")
            register(writer, "doc 1", text(1), label="other")
            writer.commit()
            sys.settrace(None)
        return False, done
    except KeyboardInterrupt:
        return True, done
    finally:
        sys.settrace(before)


def test_ctrl_c_at_any_line_keeps_what_was_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "BUFFERED_DOCUMENTS", 2)
    made = new_store(tmp_path / "made", OLD)
    at, interrupted = 1, True
    while interrupted:
        folder = shutil.copytree(made, tmp_path / "store")
        interrupted, done = _interrupted(folder, at)
        there = names(folder)
        assert done | {"doc 1", "doc 2"} <= there
        assert len(there - done) <= 3, "the one that was being registered may be there"
        assert [fault for fault in faults(folder) if not fault.startswith("left over")] == []
        with Writer(folder, KEY) as writer:
            assert {_again(writer, int(name[4:])) for name in done} <= {"known"}
        assert faults(folder) == []
        shutil.rmtree(folder)
        at += 2
    assert at > 300


def test_an_import_that_is_interrupted_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exported = str(tmp_path / "exported")
    other = Store(new_store(tmp_path / "other", NEW), KEY)
    export_store(other, KEY, exported)
    other.close()
    folder = new_store(tmp_path / "store", OLD)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "adopt_entries", interrupted)
        with pytest.raises(KeyboardInterrupt), Writer(folder, KEY) as writer:
            import_store(writer, KEY, exported)
    assert names(folder) == {"doc 1", "doc 2"}
    with Writer(folder, KEY) as writer:
        assert import_store(writer, KEY, exported) == (len(NEW), 0)
    assert names(folder) == {f"doc {seed}" for seed in OLD + NEW}
    assert faults(folder) == []


def test_a_document_may_be_registered_and_relabelled_in_one_go(tmp_path: Path) -> None:
    folder = new_store(tmp_path / "store", OLD)
    with Writer(folder, KEY) as writer:
        for label in ("a", "b"):
            for seed in (1, 11):
                assert register(writer, f"doc {seed}", text(seed), label=label).document.label == label
    store = Store(folder, KEY)
    assert {each.name: each.label for each in store.documents.values()} == {
        "doc 1": "b", "doc 2": "secret", "doc 11": "b"
    }  # fmt: skip
    assert all(store.places(ordinal, Alphabet.TEXT) for ordinal in store.documents)
    assert store.state.generation == 3, "all of it was one change"
    store.close()
