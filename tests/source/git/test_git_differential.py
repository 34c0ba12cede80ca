"""What is found in a history is what a plain scan of every commit finds, checked out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlp.limits import Limits
from dlp.model import PatternFinding, Result
from dlp.policy.policy import default_policy
from dlp.rule.packs import Selection
from dlp.scan.patterns import Patterns, pattern_matcher
from dlp.scan.pipeline import Pipeline, pipeline_for
from dlp.source.files import FileSource
from dlp.source.git.choosing import Chosen
from dlp.source.git.repository import find
from dlp.source.git.source import Asked, GitSource
from dlp.source.git.view import View
from dlp.source.seam import Item

from .making import TOKEN, Repo

LINES = (
    f"token = '{TOKEN}'",
    'password = "correct-horse-battery-9"',
    "AKIAIOSFODNN7EXAMPLF aws",
    "nothing to see",
    "}",
    "-----BEGIN RSA PRIVATE KEY-----",
    "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7MhgwMbRvI0MBZhpI",
    "-----END RSA PRIVATE KEY-----",
    "é ü \u4e2d",
    "x" * 300,
)
PATHS = ("a.py", "sub/b.json", "sub/deep/c", "package-lock.json", "tests/d.env")

content = st.lists(st.sampled_from(LINES), max_size=6).map(lambda lines: "\n".join(lines).encode())
change = st.tuples(st.sampled_from(PATHS), content | st.none())
step = st.one_of(
    st.lists(change, min_size=1, max_size=3),
    st.sampled_from(["branch", "switch", "merge"]),
)


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    rules = Selection(enable=("github*", "aws*", "generic*", "private-key*", "*private*"))
    matcher = pattern_matcher(Patterns(rules, comments=()), bytes(32), "test", os.environ)
    return pipeline_for(None, default_policy, Limits(), patterns=matcher)


Found = set[tuple[str, str, str, int]]


def _told(result: Result) -> Iterator[tuple[str, str, str, int]]:
    for each in result.findings:
        assert isinstance(each, PatternFinding)
        yield result.path, each.rule, each.digest, each.count


def _made(steps: list[object], folder: Path) -> Repo:
    repo = Repo(folder)
    repo.commit("first")
    side = "main"
    for number, each in enumerate(steps):
        if each == "branch":
            side = f"b{number}"
            repo.git("checkout", "-q", "-b", side)
        elif each == "switch":
            repo.git("checkout", "-q", "main" if repo.git("branch", "--show-current") != b"main" else side)
        elif each == "merge":
            repo.git("merge", "-q", "-X", "ours", "-m", "merge", side if side != "main" else "HEAD", "--no-ff")
        elif isinstance(each, list):
            for path, text in each:
                if text is not None:
                    repo.write(path, text)
                elif (repo.folder / path).exists():
                    (repo.folder / path).unlink()
            repo.commit(f"change {number}")
    return repo


def _by_commit(repo: Repo, pipeline: Pipeline, folder: Path) -> Found:
    found: Found = set()
    for number, commit in enumerate(repo.git("rev-list", "--all").decode().split()):
        out = folder / str(number)
        out.mkdir()
        repo.git(f"--work-tree={out}", "checkout", "-f", commit, "--", ".") if repo.git("ls-tree", commit) else None
        for item in FileSource([str(out)]).items():
            assert isinstance(item, Item)
            named = Item(item.path, item.relative, item.relative, item.size)
            found.update(_told(pipeline.scan(named)))
    return found


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, min_size=2, max_size=8))
def test_the_findings_are_those_of_every_commit_checked_out(steps: list[object], pipeline: Pipeline) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        repo = _made(steps, folder / "repo")
        view = View(find([str(repo.folder)], {}).repository, os.environ)
        try:
            items = [each for each in GitSource(view, Asked(), Chosen()).items() if isinstance(each, Item)]
        finally:
            view.close()
        found = {told for item in items for told in _told(pipeline.scan(item))}
        assert found == _by_commit(repo, pipeline, folder)
