from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlp.globs import GlobSet, IgnoreRules, parse_glob

CASES = [
    ("*.pyc", "a.pyc", True),
    ("*.pyc", "deep/down/a.pyc", True),
    ("*.pyc", "a.pyc/file", False),
    ("/a.txt", "a.txt", True),
    ("/a.txt", "b/a.txt", False),
    ("./a.txt", "a.txt", True),
    ("a/b", "a/b", True),
    ("a/b", "x/a/b", False),
    ("a/*", "a/b", True),
    ("a/*", "a/b/c", False),
    ("a/**", "a/b/c", True),
    ("a/**", "a", False),
    ("**/a", "a", True),
    ("**/a", "x/y/a", True),
    ("**/a", "x/ya", False),
    ("a/**/b", "a/b", True),
    ("a/**/b", "a/x/y/b", True),
    ("a/**/b", "a/xb", False),
    ("**/a/**/b/**", "x/a/y/b/z", True),
    ("**/a/**/b/**", "x/a/y/b", False),
    ("a**b", "axxb", True),
    ("a**b", "a/b", False),
    ("a?c", "aöc", True),
    ("a?c", "a/c", False),
    ("[a-c]x", "bx", True),
    ("[!a-c]x", "bx", False),
    ("[^a-c]x", "dx", True),
    ("x/[!a]", "x//", False),
    ("[]]x", "]x", True),
    ("[[:digit:]]", "5", True),
    ("[a\\]b]", "]", True),
    ("[z-a]", "m", False),
    ("\\*", "*", True),
    ("\\*", "a", False),
    ("a.b", "axb", False),
    ("a*b*c*d", "a-b-c-b-d-c-d", True),
    ("a*b*c*d", "a-b-d-d", False),
    ("*a", "ba\nb", False),
    ("a/**/b/*/c", "a/b/x/b/y/c", True),
    ("a/**/b/*/c", "a/b/b/y/x/c", False),
    ("*", "a/b", True),
    ("**", "a/b", True),
]


@pytest.mark.parametrize(("pattern", "path", "expected"), CASES)
def test_a_pattern_matches_as_gitignore_says(pattern: str, path: str, expected: bool) -> None:
    assert GlobSet([parse_glob(pattern)]).matches(path, path.rsplit("/", 1)[-1], False) is expected


def test_a_slash_at_the_end_means_folders_only() -> None:
    rule = GlobSet([parse_glob("build/")])
    assert rule.matches("x/build", "build", True)
    assert not rule.matches("x/build", "build", False)


@pytest.mark.parametrize("pattern", ["", "/", "[a", "a\\", "[[:nothing:]]", "x" * 5000, "[a\\"])
def test_a_pattern_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"pattern|part"):
        parse_glob(pattern)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 200 + "b", "a" * 4000),
        ("**/a/" * 200 + "b", "a/" * 2000 + "c"),
        ("**/*a*a*a/" * 50 + "b", "aaaaaaaa/" * 400 + "c"),
        ("?*" * 200 + "b", "a" * 4000),
        ("*/" * 60 + "**/" * 60 + "x", "a/" * 2000 + "y"),
    ],
)
def test_a_hostile_pattern_costs_little_time(pattern: str, path: str) -> None:
    rule = GlobSet([parse_glob(pattern)])
    start = time.process_time()
    assert not rule.matches(path, path.rsplit("/", 1)[-1], False)
    assert time.process_time() - start < 0.5


def _plain(pattern: list[str], path: list[str]) -> bool:
    """The reference: tries everything."""
    if not pattern:
        return not path
    if pattern[0] == "**":
        if len(pattern) == 1:
            return len(path) > 0
        return any(_plain(pattern[1:], path[at:]) for at in range(len(path) + 1))
    return bool(path) and _plain_part(pattern[0], path[0]) and _plain(pattern[1:], path[1:])


def _plain_part(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(_plain_part(pattern[1:], text[at:]) for at in range(len(text) + 1))
    return bool(text) and pattern[0] in (text[0], "?") and _plain_part(pattern[1:], text[1:])


_PARTS = st.one_of(st.just("**"), st.text("ab*?", min_size=1, max_size=5).filter(lambda part: "**" not in part))


@settings(max_examples=400, deadline=None)
@given(
    st.lists(_PARTS, min_size=2, max_size=6), st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=6)
)
def test_atomic_groups_lose_no_match(parts: list[str], path: list[str]) -> None:
    rule = GlobSet([parse_glob("/" + "/".join(parts))])
    assert rule.matches("/".join(path), path[-1], False) is _plain(parts, path)


IGNORE = rf"""
# comment
*.log
!keep.log
/top
build/
doc/**/*.tmp
\#odd
trail\{" "}
a b
!doc/x/keep.tmp
"""
PATHS = ["a.log", "keep.log", "x/keep.log", "top", "x/top", "x/build/f", "doc/a.tmp", "doc/x/y/b.tmp", "doc/x/keep.tmp"]
PATHS += ["#odd", "trail ", "trail", "a b", "a"]


def _ours(rules: IgnoreRules, path: str) -> bool:
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        verdict = rules.verdict("/".join(parts[:depth]), parts[depth - 1], depth < len(parts))
        if verdict:
            return True
    return False


@pytest.mark.skipif(shutil.which("git") is None, reason="compares with git")
def test_an_ignore_file_leaves_out_what_git_leaves_out(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text(IGNORE)
    for path in PATHS:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    asked = "\0".join(PATHS).encode()
    command = ["git", "-C", str(tmp_path), "check-ignore", "-z", "--no-index", "--stdin"]
    answer = subprocess.run(command, input=asked, capture_output=True, check=False).stdout
    rules = IgnoreRules(IGNORE)
    assert not rules.errors
    assert {path for path in PATHS if _ours(rules, path)} == set(answer.decode().split("\0")) - {""}


def test_a_line_of_an_ignore_file_that_says_nothing_is_named() -> None:
    rules = IgnoreRules("*.log\n[a\n")
    assert [line for line, _ in rules.errors] == [2]
    assert rules.verdict("x.log", "x.log", False) is True
