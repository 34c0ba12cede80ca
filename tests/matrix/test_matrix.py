"""Into every carrier, container, encoding and hidden corner a token and a registered passage are planted. Each is
found, or it is said that the file was not read whole: a clean `complete` is what must never be."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from dlp.match.values import Digests
from dlp.model import Coverage, Verdict

from . import running
from .cases import BEYOND, CASES
from .plant import Case, token
from .running import Outcome

SHARE = 0.95
"""Of what can be read, at least so much is found."""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Outcome]:
    """One scan of all cases."""
    folder = tmp_path_factory.mktemp("matrix")
    written = running.write(CASES, folder / "cases")
    store = running.registered(folder)
    results = running.scan(store, folder / "cases", min(2, os.cpu_count() or 1))
    return running.outcomes(results, written, Digests(store.value_key))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_is_planted_is_found_or_the_file_is_said_to_be_read_in_part(
    case: Case, outcomes: Mapping[str, Outcome]
) -> None:
    if module := running.missing(case):
        pytest.skip(f"{module} is not installed")
    outcome = outcomes[case.id]
    assert outcome.results, "no result at all"
    assert (outcome.found(case) or bool(outcome.said)) is (case.id not in BEYOND)
    assert all(outcome.places), "a finding without a place"


def test_nearly_all_of_what_can_be_read_is_found(outcomes: Mapping[str, Outcome]) -> None:
    readable = [case for case in CASES if case.readable and case.id in outcomes]
    found = [case for case in readable if outcomes[case.id].found(case)]
    assert len(readable) >= 150
    assert len(found) >= SHARE * len(readable), [case.id for case in readable if case not in found]


def test_what_no_one_can_read_is_said(outcomes: Mapping[str, Outcome]) -> None:
    sealed = [case for case in CASES if not case.readable and case.id in outcomes]
    assert sealed
    assert [case.id for case in sealed if not outcomes[case.id].said] == []


def test_nothing_is_found_where_nothing_is_planted(tmp_path: Path) -> None:
    """The control: without it the test above could be content with a scanner that finds tokens everywhere."""
    (tmp_path / "clean").mkdir()
    (tmp_path / "clean" / "a.txt").write_text("The access key is kept in the safe. Ask Ben.\n", encoding="ascii")
    (tmp_path / "clean" / "b.txt").write_text(token("x")[:-1] + "\n", encoding="ascii")
    results = running.scan(running.registered(tmp_path), tmp_path / "clean")
    assert [(result.findings, result.coverage, result.verdict) for result in results] == [
        ((), Coverage.COMPLETE, Verdict.ALLOW)
    ] * 2


def test_every_case_has_a_name_of_its_own() -> None:
    names = {case.id for case in CASES}
    assert len(names) == len(CASES)
    assert set(BEYOND) <= names
