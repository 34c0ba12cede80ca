"""What commands know of a policy before they read it."""

from __future__ import annotations

from pathlib import Path

from dlp.cli.assembling import Judge, comments_of, judge_of

POLICY = """\
version: 2
default: audit
classes: [{name: public}]
rules: [{name: secrets, when: {tag: secret}, verdict: warn, notify: [team]}]
"""


def test_what_is_known_of_the_built_in_policy_unread_is_what_it_says() -> None:
    unread = judge_of(None)
    assert (unread.judges_all, unread.notified) == (unread.policy().clean, unread.policy().notified)
    assert unread == Judge()


def test_of_a_file_it_is_what_the_file_says(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(POLICY)
    judge = judge_of(str(tmp_path / "policy.yaml"))
    assert (judge.judges_all, judge.notified) == (True, {"team"})
    assert judge.policy().where.endswith("policy.yaml")


def test_comments_of_a_repository_allow_nothing_unless_somebody_says_so() -> None:
    assert comments_of((), in_git=False) == ("dlp",)
    assert comments_of((), in_git=True) == ()
    assert comments_of(("gitleaks",), in_git=True) == ("gitleaks",)
    assert comments_of(("none",), in_git=False) == ()
