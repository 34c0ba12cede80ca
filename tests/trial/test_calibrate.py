"""Calibration: what is counted, which threshold is chosen, the policy and the picture made of it."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp import create_store, open_store, register_paths
from dlp.errors import UsageError
from dlp.limits import Limits
from dlp.model import Verdict
from dlp.policy.policy import default_policy, load
from dlp.scan.pipeline import pipeline_for
from dlp.source.files import FileSource
from dlp.trial import calibrate as module
from dlp.trial.calibrate import FLOOR, LENGTHS, RATES, USUAL, Calibration, calibrate, least, policy_text, registered
from dlp.trial.folder import temporary
from dlp.trial.plot import HEIGHT, WIDTH, svg
from dlp.trial.words import prose

LIMITS = Limits()


def measured(folder: Path, tries: int = 3, budget: float = 0.0) -> Calibration:
    """Twelve clean files, of which one holds 60 words of a secret."""
    secrets, clean = folder / "secrets", folder / "clean"
    secrets.mkdir()
    clean.mkdir()
    (secrets / "long.txt").write_text(prose(400, Random("long")))
    (secrets / "short.txt").write_text(prose(25, Random("short")))
    for number in range(12):
        (clean / f"{number}.txt").write_text(prose(300, Random(f"clean {number}")))
    words = (secrets / "long.txt").read_text().split()[100:160]
    (clean / "0.txt").write_text(prose(100, Random("before")) + " ".join(words))
    with registered(FileSource([str(secrets)]), jobs=1, limits=LIMITS) as (store, refused):
        assert refused == []
        assert stat.S_IMODE(os.stat(os.path.dirname(store.folder)).st_mode) == 0o700
        return calibrate(
            FileSource([str(clean)]),
            store,
            pipeline_for(store, default_policy, LIMITS),
            budget=budget,
            seed=1,
            jobs=1,
            limits=LIMITS,
            tries=tries,
        )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Calibration:
    return measured(tmp_path_factory.mktemp("calibration"))


def test_the_threshold_lies_just_above_what_the_budget_does_not_allow(made: Calibration) -> None:
    points = {each.rarity: each for each in made.points}
    assert (made.clean, made.unread, made.documents) == (12, 0, 2)
    assert points[FLOOR].flagged == 1
    assert points[made.chosen].flagged == 0
    assert points[made.chosen].share == 0.0
    assert made.chosen > 24
    assert made.worst == ()
    assert list(points) == sorted(points)
    assert made.with_chosen["confidential"] <= made.built_in["confidential"]


def test_more_of_a_budget_makes_a_lower_threshold_and_names_what_reaches_it(tmp_path: Path) -> None:
    made = measured(tmp_path, tries=1, budget=0.1)
    assert made.chosen == FLOOR
    assert [(Path(each.path).name, each.document) for each in made.worst] == [("0.txt", "long.txt")]


def test_recall_is_counted_by_length_and_rate_and_falls_with_the_threshold(made: Calibration) -> None:
    assert [(each.words, each.replaced) for each in made.recall] == [(n, rate) for n in LENGTHS for rate in RATES]
    for each in made.recall:
        assert len(each.rarities) == 3
        assert each.rarities == tuple(sorted(each.rarities))
    verbatim = next(each for each in made.recall if (each.words, each.replaced) == (100, 0.0))
    assert verbatim.at(FLOOR) == 1.0
    assert verbatim.at(10**6) == 0.0
    for before, after in zip(made.points, made.points[1:], strict=False):
        assert after.flagged <= before.flagged
        assert all(a is None or b is None or a >= b for a, b in zip(before.recall, after.recall, strict=True))


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def interrupted() -> None:
        with temporary("calibrate") as folder:
            Path(folder, "secret").write_text("secret")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert os.listdir(tmp_path) == []


def test_a_store_without_texts_and_clean_files_that_are_none_are_refused(tmp_path: Path) -> None:
    document = tmp_path / "document.txt"
    document.write_text(prose(200, Random(0)))
    create_store(tmp_path / "store", bytes(32))
    register_paths(tmp_path / "store", bytes(32), [document], label="internal")
    store = open_store(tmp_path / "store", bytes(32))
    pipeline = pipeline_for(store, default_policy, LIMITS)
    source = FileSource([str(document)])
    with pytest.raises(UsageError, match="--secret DIR"):
        calibrate(source, store, pipeline, budget=0.02, seed=0, jobs=1, limits=LIMITS)
    (tmp_path / "empty").mkdir()
    with registered(source, jobs=1, limits=LIMITS) as (kept, _), pytest.raises(UsageError, match="no clean file"):
        calibrate(
            FileSource([str(tmp_path / "empty")]),
            kept,
            pipeline_for(kept, default_policy, LIMITS),
            budget=0.02,
            seed=0,
            jobs=1,
            limits=LIMITS,
        )


@given(st.lists(st.integers(0, 200), min_size=1, max_size=60), st.floats(0, 1))
def test_the_least_threshold_keeps_the_budget_and_none_below_does(rarities: list[int], budget: float) -> None:
    chosen = least(sorted(rarities, reverse=True), budget)
    assert sum(each >= chosen for each in rarities) <= budget * len(rarities)
    assert chosen == FLOOR or sum(each >= chosen - 1 for each in rarities) > budget * len(rarities)


@given(st.integers(1, 500))
def test_the_policy_of_any_threshold_loads_and_warns_from_it_on(chosen: int) -> None:
    policy = load(policy_text(chosen, ["made by a test", ""]), "calibrated")
    for old, new in zip(default_policy().rules, policy.rules, strict=True):
        assert (old.name, old.verdict) == (new.name, new.verdict)
        rarity, scaled = old.least.get("rarity"), new.least.get("rarity")
        assert {**old.least, "rarity": 0} == {**new.least, "rarity": 0}
        if rarity is None or scaled is None:
            assert rarity == scaled
        elif "share" in old.least:
            assert scaled >= rarity
        else:
            assert scaled <= chosen if old.verdict == Verdict.AUDIT else scaled >= chosen
    assert [each.least["rarity"] for each in policy.rules if each.name == USUAL] == [chosen]


def test_the_usual_threshold_keeps_the_comments_of_the_built_in_policy() -> None:
    text = policy_text(36)
    assert text.decode().count("#") > 5
    assert b"\n  - {name: confidential-some, " in text


def test_the_picture_is_whole(made: Calibration) -> None:
    root = ElementTree.fromstring(svg(made))
    names = ["".join(each.itertext()) for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert f"chosen: {made.chosen}" in names
    assert {"clean files flagged", "50 words", "50 words, 10% replaced", "100 %"} <= set(names)
    lines = list(root.iter("{http://www.w3.org/2000/svg}polyline"))
    assert len(lines) == 1 + 2 * len(LENGTHS)
    for line in lines:
        for point in line.attrib["points"].split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= WIDTH
            assert 0 <= y <= HEIGHT


def test_an_excerpt_is_gone_once_it_is_scanned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    gone = []
    unlink = os.unlink

    def noted(path: str, **options: Any) -> None:
        gone.append(os.path.basename(path))
        unlink(path, **options)

    monkeypatch.setattr(module.os, "unlink", noted)
    measured(tmp_path, tries=1)
    assert len([each for each in gone if each.endswith("-0.txt")]) == len(LENGTHS) * len(RATES)
    assert os.listdir(tmp_path / "temporary") == []
