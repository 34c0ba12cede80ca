"""Registered fragments in CI: by a screen, or by the sealed store with its key in the environment."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from .running import Dlp


@pytest.fixture
def bare(dlp: Dlp, tmp_path: Path) -> dict[str, str]:
    """The environment of a job that has neither store nor key."""
    return {"DLP_STORE": "", "DLP_KEY_FILE": "", "HOME": str(tmp_path), "XDG_DATA_HOME": "", "XDG_CONFIG_HOME": ""}


@pytest.fixture
def screen(dlp: Dlp, tmp_path: Path) -> Path:
    file = tmp_path / "docs.screen"
    ran = dlp("fingerprints", "export", "--screen", file)
    assert ran.code == 0, ran.err
    return file


def test_a_screen_finds_registered_text_and_names_no_document(
    dlp: Dlp, folder: Path, screen: Path, bare: dict[str, str]
) -> None:
    key = (screen.parent / "docs.screen.key").read_text().strip()
    (screen.parent / "docs.screen.key").unlink()
    ran = dlp("scan", folder, "--screen", screen, "-f", "json", environment=bare | {"DLP_SCREEN_KEY": key})
    assert ran.code == 1, ran.err
    assert list(ran.verdicts) == ["leak.txt"]
    found = [each for each in ran.json["results"][0]["findings"] if each["kind"] == "passage"]
    assert {each["document"]["name"] for each in found} == {"registered text"}
    assert {each["document"]["label"] for each in found} == {"trade-secret"}
    assert "hx7" not in ran.out
    assert b"hx7" not in screen.read_bytes()


def test_without_its_key_or_whole_it_is_refused(dlp: Dlp, folder: Path, screen: Path, bare: dict[str, str]) -> None:
    data = screen.read_bytes()
    screen.write_bytes(data[:-1])
    ran = dlp("scan", folder, "--screen", screen, environment=bare)
    assert (ran.code, "torn or tampered" in ran.err) == (2, True)
    screen.write_bytes(data)
    (screen.parent / "docs.screen.key").unlink()
    ran = dlp("scan", folder, "--screen", screen, environment=bare)
    assert (ran.code, "no key" in ran.err) == (2, True)


def test_a_baseline_lists_nothing_of_a_screen(dlp: Dlp, folder: Path, screen: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.baseline"
    assert dlp("baseline", "create", file, folder / "fine.txt").code == 0
    file.write_text(file.read_text() + "1:0-0 document:screen\n")
    bare = {"DLP_STORE": "", "DLP_KEY_FILE": "", "HOME": str(tmp_path)}
    assert dlp("scan", folder, "--screen", screen, "--baseline", file, environment=bare).code == 1


def test_a_store_in_the_repository_is_read_with_the_key_of_the_environment(
    dlp: Dlp, folder: Path, bare: dict[str, str]
) -> None:
    def state() -> dict[str, str]:
        files = (each for each in dlp.store.rglob("*") if each.is_file())
        return {str(each): hashlib.sha256(each.read_bytes()).hexdigest() for each in files}

    before = state()
    given = bare | {"DLP_KEY": dlp.key.read_text().strip()}
    ran = dlp("scan", folder, "--store", dlp.store, "-f", "json", environment=given)
    assert (ran.code, ran.verdicts.get("leak.txt")) == (1, "block")
    assert state() == before
