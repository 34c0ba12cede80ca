"""`dlp scan` in a repository, as a user and a CI job call it."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from .running import LEAK, Dlp

GIT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}
KEY = "ghp_" + "aBcD1234eFgH5678iJkL9012mNoP3456qRsT"


def git(folder: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=folder, env=os.environ | GIT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, message: str = "a change") -> str:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A leak that was taken out again, and one that is staged."""
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "fine.txt").write_text("nothing to see\n")
    commit(folder)
    (folder / "leak.txt").write_text(LEAK)
    commit(folder)
    (folder / "leak.txt").unlink()
    commit(folder)
    (folder / "key.py").write_text(f"token = '{KEY}'\n")
    git(folder, "add", "key.py")
    return folder


def _paths(report: Any) -> set[str]:
    return {each["path"] for each in report["results"]}


def test_a_history_is_scanned_for_what_is_registered(dlp: Dlp, repo: Path) -> None:
    ran = dlp("scan", "--git-history", "-f", "json", repo)
    assert ran.code == 1
    (result,) = ran.json["results"]
    assert result["path"] == "leak.txt"
    assert result["findings"][0]["kind"] == "passage"
    (where,) = result["origin"]["appearances"]
    assert where["author"] == "Ada"
    assert where["removed"] == git(repo, "rev-parse", "HEAD")
    assert result["file"]["size"] == len(LEAK.encode())


def test_the_index_is_scanned(dlp: Dlp, repo: Path) -> None:
    ran = dlp("scan", "--staged", "-f", "json", repo)
    assert (ran.code, _paths(ran.json)) == (1, {"key.py"})
    assert ran.json["summary"]["files"] == 1


def test_ranges_are_scanned(dlp: Dlp, repo: Path) -> None:
    for arguments in (["--range", "HEAD~1..HEAD"], ["--since-commit", "HEAD~1"], ["--range", "main.."]):
        ran = dlp("scan", *arguments, "-f", "json", repo)
        assert (ran.code, _paths(ran.json)) == (0, set()), arguments
    for arguments in (["--range", "HEAD~2..HEAD"], ["--since-commit", "HEAD~2"], ["--branch", "main"], ["--unpushed"]):
        ran = dlp("scan", *arguments, "-f", "json", repo)
        assert (ran.code, _paths(ran.json)) == (1, {"leak.txt"}), arguments


def test_what_was_pushed_is_not_unpushed(dlp: Dlp, repo: Path) -> None:
    git(repo, "update-ref", "refs/remotes/origin/main", "HEAD~1")
    ran = dlp("scan", "--unpushed", "-f", "json", repo)
    assert (ran.code, _paths(ran.json)) == (0, set())


def test_only_added_lines_decide(dlp: Dlp, repo: Path) -> None:
    commit(repo)
    (repo / "key.py").write_text(f"# a comment\ntoken = '{KEY}'\n")
    git(repo, "add", "key.py")
    assert dlp("scan", "--staged", repo).code == 1
    assert dlp("scan", "--staged", "--diff", repo).code == 0
    ran = dlp("scan", "--staged", "--diff", "--explain", "-f", "json", repo)
    assert ran.json["results"][0]["suppressed"][0]["causes"] == ["it touches no added line"]
    (repo / "key.py").write_text(f"token = '{KEY}'\nother_token = '{KEY}'\n")
    git(repo, "add", "key.py")
    assert dlp("scan", "--staged", "--diff", repo).code == 1


def test_a_passage_that_touches_an_added_line_decides(dlp: Dlp, repo: Path) -> None:
    words = LEAK.split()
    (repo / "long.txt").write_text("\n".join(words))
    commit(repo)
    (repo / "long.txt").write_text("\n".join([*words, "something new"]))
    git(repo, "add", "-A")
    assert dlp("scan", "--staged", "--diff", repo).code == 0
    (repo / "long.txt").write_text("\n".join(words[: len(words) // 2]))
    commit(repo)
    (repo / "long.txt").write_text("\n".join(words))
    git(repo, "add", "-A")
    assert dlp("scan", "--staged", "--diff", repo).code == 1


def test_comments_of_the_repository_allow_nothing_unless_the_job_says_so(dlp: Dlp, repo: Path) -> None:
    (repo / "key.py").write_text(f"token = '{KEY}'  # dlp:allow\n")
    git(repo, "add", "key.py")
    assert dlp("scan", "--staged", repo).code == 1
    assert dlp("scan", "--staged", "--allow-comments", "dlp", repo).code == 0
    assert dlp("scan", repo / "key.py").code == 0


def test_without_a_path_it_is_the_repository_around(dlp: Dlp, repo: Path) -> None:
    (repo / "sub").mkdir()
    ran = dlp("scan", "--git-history", "-f", "json", hook=f"import os; os.chdir({str(repo / 'sub')!r})")
    assert _paths(ran.json) == {"leak.txt"}


def test_documents_of_the_history_are_read_as_documents(dlp: Dlp, repo: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.txt", LEAK)
    (repo / "archive.zip").write_bytes(packed.getvalue())
    commit(repo)
    ran = dlp("scan", "--range", "HEAD~1..", "-f", "json", repo)
    assert _paths(ran.json) == {"archive.zip", "key.py"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--git-history", "/"], "no repository of git"),
        (["--range", "HEAD"], "is no range"),
        (["--since-commit", "nothing"], "is no commit"),
        (["--branch", "nothing"], "is no branch"),
        (["--diff"], "needs what"),
        (["--staged", "--unpushed"], "different things"),
        (["--staged", "--branch", "main"], "does not go together"),
        (["--git-history", "https://example.org/x.git"], "--clone"),
        (["--clone", "."], "give its URL"),
    ],
)
def test_what_makes_no_sense_is_said(dlp: Dlp, repo: Path, arguments: list[str], told: str) -> None:
    paths = [] if arguments[-1].startswith(("/", "https", ".")) else [repo]
    ran = dlp("scan", *arguments, *paths)
    assert ran.code == 2
    assert told in ran.err


def test_a_url_is_copied_where_it_is_asked_for(dlp: Dlp, repo: Path) -> None:
    ran = dlp("scan", "--git-history", "--clone", "-f", "json", f"file://{repo}")
    assert (ran.code, _paths(ran.json)) == (1, {"leak.txt"})


def test_an_interrupted_scan_ends_its_report_and_leaves_nothing(dlp: Dlp, repo: Path, tmp_path: Path) -> None:
    for number in range(40):
        (repo / f"f{number}").write_text("some text\n" * 20_000 + str(number))
    commit(repo)
    rest = tmp_path / "tmp"
    rest.mkdir()
    environment = dlp.environment | {"TMPDIR": str(rest)}
    command = dlp.command("scan", "--git-history", "-f", "json", "-j", "1", repo)
    running = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdout
    first = os.read(running.stdout.fileno(), 30)
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=30)
    assert running.returncode in (0, 1, 130)
    assert "summary" in json.loads(first + out)
    assert not list(rest.iterdir())


def test_git_is_loaded_for_a_repository_alone() -> None:
    code = "import sys, dlp.cli.scan; assert not {each for each in sys.modules if each.startswith('dlp.source.git')}"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_evidence_of_a_history_is_sealed_like_that_of_files(fresh: Dlp, repo: Path) -> None:
    fresh.environment |= {
        "DLP_INCIDENTS": str(fresh.folder / "incidents"),
        "DLP_REVIEW_KEY": str(fresh.folder / "review.key"),
    }
    assert fresh("incidents", "init").code == 0
    commit(repo)
    assert fresh("scan", "--git-history", "-q", repo).code == 1
    (incident,) = fresh("incidents", "list", "--format", "jsonl").lines
    assert os.path.basename(incident["path"]) == "key.py"
    shown = fresh("incidents", "show", incident["id"], "--reveal")
    assert shown.code == 0, shown.err
    assert KEY in shown.out
