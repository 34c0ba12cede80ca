"""`dlp baseline` and `dlp scan --baseline`, as a user and a CI job call them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .running import LEAK, Dlp
from .test_scan_git import KEY, commit, git

OTHER = "ghp_" + "zYxW9876vUtS5432rQpO1098nMlK7654jIhG"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    (made / "key.py").write_text(f"token = '{KEY}'\n")
    (made / "leak.txt").write_text(LEAK)
    return made


@pytest.fixture
def known(dlp: Dlp, folder: Path) -> Path:
    file = folder.parent / "known.baseline"
    assert dlp("baseline", "create", file, folder, "--owner", "ada", "--reason", "old ones").code == 0
    return file


def test_what_is_listed_does_not_count_and_what_is_new_does(dlp: Dlp, folder: Path, known: Path) -> None:
    assert dlp("scan", folder).code == 1
    ran = dlp("scan", folder, "--baseline", known, "--explain", "-f", "json")
    assert ran.code == 0
    causes = [each["causes"] for result in ran.json["results"] for each in result["suppressed"]]
    assert causes.count(["listed in the baseline"]) >= 2
    assert ran.json["summary"]["allowed"] >= 2
    assert "found nowhere" not in ran.err
    (folder / "new.py").write_text(f"token = '{OTHER}'\n")
    ran = dlp("scan", folder, "--baseline", known, "-f", "json")
    assert (ran.code, list(ran.verdicts)) == (1, ["new.py"])


def test_lines_files_and_commits_may_move(dlp: Dlp, folder: Path, known: Path) -> None:
    (folder / "renamed.py").write_text("\n\n# moved\n" + (folder / "key.py").read_text())
    (folder / "key.py").unlink()
    git(folder, "init", "-q")
    commit(folder)
    for arguments in ([], ["--git-history"]):
        assert dlp("scan", *arguments, folder, "--baseline", known).code == 0
    (folder / "leak.txt").write_text("Something before it.\n\n" + LEAK)
    commit(folder)
    assert dlp("scan", "--since-commit", "HEAD~1", folder, "--baseline", known).code == 0


def test_it_holds_no_value_no_name_and_makes_no_finding(dlp: Dlp, known: Path) -> None:
    text = known.read_text()
    assert KEY[4:12] not in text
    assert "hx7" not in text
    assert dlp("scan", known).code == 0


def test_a_path_binds_where_it_is_asked_for(dlp: Dlp, folder: Path) -> None:
    file = folder / "b.baseline"
    assert dlp("baseline", "create", file, folder, "--paths").code == 0
    assert "path=key.py" in file.read_text()
    assert dlp("scan", folder, "--baseline", file).code == 0
    (folder / "copy.py").write_bytes((folder / "key.py").read_bytes())
    ran = dlp("scan", folder, "--baseline", file, "-f", "json")
    assert (ran.code, list(ran.verdicts)) == (1, ["copy.py"])


def test_updating_adds_and_keeps_what_people_wrote(dlp: Dlp, folder: Path, known: Path) -> None:
    (folder / "new.py").write_text(f"token = '{OTHER}'\n")
    before = known.read_text().splitlines()
    ran = dlp("baseline", "update", known, folder, "--reason", "newer")
    assert ran.code == 0, ran.err
    after = known.read_text().splitlines()
    assert set(before) < set(after)
    assert all(line.endswith("reason=newer") for line in after if line not in before)
    assert dlp("scan", folder, "--baseline", known).code == 0


def test_stale_entries_are_told_and_pruned(dlp: Dlp, folder: Path, known: Path) -> None:
    (folder / "key.py").unlink()
    ran = dlp("scan", folder, "--baseline", known)
    assert ran.code == 0
    assert "found nowhere here" in ran.err
    before = known.read_bytes()
    assert dlp("baseline", "audit", known, folder).code == 1
    assert dlp("baseline", "prune", "-n", known, folder).code == 0
    assert known.read_bytes() == before
    ran = dlp("baseline", "prune", known, folder)
    assert "stale" in ran.out
    assert len(known.read_bytes().splitlines()) < len(before.splitlines())
    assert dlp("baseline", "audit", known, folder).code == 0
    assert dlp("scan", folder, "--baseline", known).err.count("found nowhere") == 0


def test_expired_entries_count_again_and_are_told(dlp: Dlp, folder: Path) -> None:
    file = folder.parent / "b"
    assert dlp("baseline", "create", file, folder, "--until", "2020-01-31").code == 0
    ran = dlp("scan", folder, "--baseline", file)
    assert ran.code == 1
    assert "expired, the first on 2020-01-31" in ran.err
    ran = dlp("baseline", "audit", file, folder, "-f", "json")
    assert ran.code == 1
    assert {each["state"] for each in ran.json["entries"]} == {"expired"}


def test_a_keyed_one_needs_its_key(dlp: Dlp, folder: Path) -> None:
    file = folder.parent / "b"
    assert dlp("baseline", "create", "--keyed", file, folder).code == 0
    assert dlp("scan", folder, "--baseline", file).code == 0
    ran = dlp("scan", folder, "--baseline", file, environment={"DLP_STORE": "", "DLP_KEY_FILE": "", "HOME": "/none"})
    assert ran.code == 2
    assert "no key" in ran.err


def test_what_gitleaks_and_detect_secrets_list_is_taken_over(dlp: Dlp, folder: Path) -> None:
    (folder / "other.py").write_text(f"\n\ntoken = '{OTHER}'\n")
    theirs = folder.parent / "theirs"
    file = folder.parent / "b"
    there = {"type": "GitHub Token", "filename": "other.py", "line_number": 3, "hashed_secret": "0" * 40}
    for content, left in (
        ([{"RuleID": "github-pat", "File": "nowhere.py", "StartLine": 1, "EndLine": 1, "Secret": OTHER}], "key.py"),
        ({"results": {"other.py": [there, there | {"line_number": 9}]}}, "key.py"),
    ):
        theirs.write_text(json.dumps(content))
        ran = dlp("baseline", "create", "--force", file, folder, "--from", theirs, cwd=folder)
        assert ran.code == 0, ran.err
        assert ("not taken over: other.py:9" in ran.err) == isinstance(content, dict)
        ran = dlp("scan", folder, "--no-record", "--baseline", file, "-f", "json")
        assert (ran.code, set(ran.verdicts)) == (1, {left, "leak.txt"})
    theirs.write_text("key.py:github-pat:1\n")
    assert dlp("baseline", "create", "--force", file, ".", "--from", theirs, cwd=folder).code == 0
    assert set(dlp("scan", folder, "--baseline", file, "-f", "json").verdicts) == {"other.py", "leak.txt"}


def test_one_in_the_repository_counts_only_where_the_job_names_it(dlp: Dlp, folder: Path, known: Path) -> None:
    for name in (".dlp.baseline", "dlp.baseline", ".gitleaksignore", ".secrets.baseline"):
        (folder / name).write_bytes(known.read_bytes())
    assert dlp("scan", folder).code == 1


def test_counted_values_are_known_together_in_any_order(dlp: Dlp, folder: Path) -> None:
    cards = ["4532 7108 3965 4285", "4719 3260 4885 1300", "4024 0071 8362 9517", "5440 8273 6150 9485"]
    file = folder.parent / "b"
    (folder / "cards.txt").write_text("\n".join(f"card number: {each}" for each in cards))
    assert dlp("baseline", "create", "--fail-on", "audit", file, folder / "cards.txt").code == 0
    assert len(file.read_text().splitlines()) == 2
    (folder / "cards.txt").write_text("\n\n".join(f"card number: {each}" for each in reversed(cards)))
    assert dlp("scan", "--fail-on", "audit", folder / "cards.txt", "--baseline", file).code == 0
    (folder / "cards.txt").write_text("\n".join(f"card number: {each}" for each in [*cards, "4916 3820 5714 6026"]))
    assert dlp("scan", "--fail-on", "audit", folder / "cards.txt", "--baseline", file).code == 1


@pytest.mark.parametrize(("text", "told"), [("", "is empty"), ("<<<<<<< a", "begins with"), (None, "cannot read")])
def test_what_is_no_baseline_ends_the_scan(dlp: Dlp, folder: Path, text: str | None, told: str) -> None:
    file = folder.parent / "b"
    if text is not None:
        file.write_text(text)
    ran = dlp("scan", folder, "--baseline", file)
    assert ran.code == 2
    assert told in ran.err


def test_create_overwrites_nothing(dlp: Dlp, folder: Path, known: Path) -> None:
    before = known.read_bytes()
    assert dlp("baseline", "create", known, folder).code == 2
    assert known.read_bytes() == before
