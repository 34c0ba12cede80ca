"""`dlp calibrate`: the curve, the policy that a scan then takes, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from .running import EXAMPLES, FORMULA, HARMLESS, LEAK, Dlp

SECRETS = EXAMPLES / "secrets"


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    folder = tmp_path / "clean"
    folder.mkdir()
    (folder / "minutes.md").write_text(HARMLESS)
    (folder / "leak.txt").write_text(HARMLESS + LEAK)
    return folder


def test_secrets_of_ones_own_need_no_store_and_the_policy_is_taken_by_a_scan(
    dlp: Dlp, clean: Path, tmp_path: Path
) -> None:
    policy, plot = tmp_path / "policy.yaml", tmp_path / "curve.svg"
    nowhere = {"DLP_STORE": str(tmp_path / "none"), "DLP_KEY_FILE": str(tmp_path / "none")}
    arguments = ("calibrate", "--clean", clean, "--secret", SECRETS, "--tries", 1, "--policy-out", policy)
    ran = dlp(*arguments, "--plot", plot, environment=nowhere)
    assert ran.code == 0, ran.err
    assert "rarity" in ran.out
    assert "2 clean files are few" in ran.err
    assert "cannot measure less than 50.0%" in ran.err
    assert not any(FORMULA[at : at + 40] in ran.out + ran.err for at in range(600, 1800, 20))
    assert plot.read_text().startswith("<svg ")
    assert policy.read_text().startswith("# Made by dlp calibrate")
    before = policy.read_bytes()
    again = dlp(*arguments, environment=nowhere)
    assert again.code == 2
    assert "--force" in again.err
    assert policy.read_bytes() == before
    assert dlp(*arguments, "--force", "--budget", "0.5", environment=nowhere).code == 0
    assert policy.read_bytes() != before
    assert dlp("scan", "--policy", policy, clean).code == 1


def test_the_curve_for_programs_is_the_same_each_time(dlp: Dlp, clean: Path) -> None:
    ran, again = (dlp("calibrate", "--clean", clean, "--secret", SECRETS, "--tries", 1, "-f", "json") for _ in range(2))
    assert ran.code == 0, ran.err
    assert ran.raw == again.raw
    assert (ran.json["version"], ran.json["clean"], ran.json["budget"]) == (1, 2, 0.02)
    assert len(ran.json["recall"]) == len(ran.json["points"][0]["recall"]) == 16
    assert [each["flagged"] for each in ran.json["points"] if each["rarity"] == ran.json["chosen"]] == [0]


def test_a_store_that_keeps_texts_is_enough(fresh: Dlp, clean: Path) -> None:
    assert fresh("register", "--label", "internal", "--keep-text", SECRETS).code == 0
    ran = fresh("calibrate", "--clean", clean, "--tries", 1)
    assert ran.code == 0, ran.err
    assert "clean files" in ran.out


def test_what_is_refused_is_said(dlp: Dlp, clean: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for arguments, said in (
        (("--clean", clean), "--secret DIR"),
        (("--clean", clean, "--secret", SECRETS, "--plot", "curve.png"), ".svg"),
        (("--clean", tmp_path / "empty", "--secret", SECRETS), "no clean file"),
        (("--clean", clean, "--secret", tmp_path / "empty"), "no document"),
        (("--clean", tmp_path / "nowhere", "--secret", SECRETS), "nowhere"),
        ((), "--clean"),
    ):
        ran = dlp("calibrate", "--tries", 1, *arguments)
        assert ran.code == 2, arguments
        assert said in ran.err
        assert "Traceback" not in ran.err


def test_a_scan_says_what_is_wrong_with_a_policy(dlp: Dlp, folder: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: 2\ndefault: allow\nrules: [{name: r, when: {kind: term}, verdict: block}]\n")
    assert dlp("scan", "--policy", policy, folder).code == 0
    policy.write_text("version: 1\nlabels: {'*': []}\nskipped: {}\n")
    for path, said in (
        (policy, "write version 2"),
        (tmp_path / "none.yaml", "No such file"),
        (tmp_path, "directory"),
        ("", ""),
    ):
        ran = dlp("scan", "--policy", path, folder)
        assert ran.code == 2
        assert said in ran.err
        assert ran.out == ""
