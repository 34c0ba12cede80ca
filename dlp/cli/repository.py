"""Options of `dlp scan` that make it look into a repository, and the source that they ask for."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dlp.cli.options import Selection
from dlp.errors import UsageError

if TYPE_CHECKING:
    from dlp.source.git.source import GitSource
    from dlp.source.git.view import View


class InGit(msgspec.Struct, frozen=True):
    """What of a repository is scanned, as `git_options` asks for it."""

    git_history: bool
    since_commit: str | None
    range_: str | None
    branch: tuple[str, ...]
    unpushed: bool
    all_objects: bool
    staged: bool
    diff: bool
    alternates: bool
    clone: bool
    pushed: bool

    @property
    def wanted(self) -> bool:
        """Whether anything of a repository is asked for."""
        return any(msgspec.structs.asdict(self).values())

    @property
    def partly(self) -> bool:
        """Whether less is asked for than what is there: a part of the history, or what changes."""
        parts = (self.pushed, self.since_commit, self.range_, self.branch, self.unpushed, self.staged, self.diff)
        return any(parts)

    @contextmanager
    def source(self, paths: Sequence[str], selection: Selection) -> Iterator[GitSource]:
        """Raises UsageError."""
        from dlp.source.git import repository
        from dlp.source.git.choosing import Chosen
        from dlp.source.git.cloning import cloned, is_url
        from dlp.source.git.source import GitSource
        from dlp.source.git.view import View

        self._check(selection)
        urls = [path for path in paths if is_url(path)]
        if urls and not self.clone:
            raise UsageError(f"{urls[0]} is not on this machine; --clone copies it to a temporary folder first")
        if self.clone and (len(urls) != 1 or len(paths) != 1):
            raise UsageError("--clone copies one repository: give its URL, and no other path")
        with cloned(urls[0] if urls else None, os.environ) as copy:
            narrowed = repository.find([copy] if copy else paths, os.environ, alternates=self.alternates)
            chosen = Chosen(narrowed.below, selection.include, selection.exclude)
            view = View(narrowed.repository, os.environ)
            try:
                asked = self._asked(view)
                yield GitSource(
                    view, asked, chosen, max_file_size=selection.max_file_size, dlpignore=selection.dlpignore
                )
            finally:
                view.close()

    def _check(self, selection: Selection) -> None:
        one = {
            "--staged": self.staged,
            "--all-objects": self.all_objects,
            "--range": self.range_ is not None,
            "--since-commit": self.since_commit is not None,
            "--unpushed": self.unpushed,
            "--pushed": self.pushed,
        }
        given = [name for name, is_given in one.items() if is_given]
        if len(given) > 1:
            raise UsageError(f"{' and '.join(given)} ask for different things: give one of them")
        if self.branch and given and given[0] in ("--staged", "--all-objects", "--range", "--pushed"):
            raise UsageError(f"--branch does not go together with {given[0]}")
        if self.diff and not (given or self.branch or self.git_history):
            raise UsageError("--diff says how to look, and needs what: --staged, --range, --since-commit, --unpushed …")
        if self.diff and self.all_objects:
            raise UsageError("--diff does not go together with --all-objects")
        if selection.follow:
            raise UsageError("--follow is for folders; in a repository a link is a blob like others")

    def _asked(self, view: View) -> Any:
        from dlp.source.git import listing
        from dlp.source.git.source import Asked

        if self.staged or self.all_objects:
            return Asked(staged=self.staged, all_objects=self.all_objects, diff=self.diff)
        if self.pushed:
            new, old = _told_by_git(view)
            return Asked(old, diff=self.diff, pushed=new)
        if self.range_ is not None:
            return Asked(_range(view, self.range_), diff=self.diff)
        tips = tuple(listing.branch(view, name) for name in self.branch)
        if self.since_commit is None and not self.unpushed and not tips:
            return Asked(diff=self.diff)
        left_out: tuple[bytes, ...] = ()
        if self.since_commit is not None:
            left_out = (b"^" + listing.resolved(view, self.since_commit),)
        elif self.unpushed:
            left_out = tuple(b"^" + each for each in listing.remote(view))
        return Asked((*(tips or _head(view)), *left_out), diff=self.diff)


def _head(view: View) -> tuple[bytes, ...]:
    from dlp.source.git import listing

    return (listing.HEAD,) if listing.head(view) else ()


_PUSH = re.compile(rb"(?:(?P<old>[0-9a-f]{40,64}) (?P<new>[0-9a-f]{40,64}) \S+|\S+ (?P<local>[0-9a-f]{40,64}) "
                   rb"\S+ (?P<remote>[0-9a-f]{40,64}))\n?")  # fmt: skip
MOST_PUSHED = 100_000
"""References that one push may change."""


def _told_by_git(view: View) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """What git says to a pre-receive hook (`OLD NEW REF`) or a pre-push hook (`REF NEW REF OLD`), a line each: what is
    new, and what is there already. Raises UsageError: every other line."""
    from dlp.source.git import listing
    from dlp.source.git.running import GitFailed

    new: dict[bytes, None] = {}
    old: dict[bytes, None] = {}
    receiving = False
    for number, line in enumerate(sys.stdin.buffer if sys.stdin else (), 1):
        found = _PUSH.fullmatch(line)
        if not found or number > MOST_PUSHED:
            raise UsageError(
                f"--pushed reads what git tells a hook; line {number} of standard input is something else"
                if not found
                else f"--pushed: more than {MOST_PUSHED:,} references are pushed at once"
            )
        receiving = receiving or found["new"] is not None
        tip, before = found["new"] or found["local"], found["old"] or found["remote"]
        if tip.strip(b"0"):  # else it is taken away
            new[tip] = None
        if before.strip(b"0"):
            old[before] = None
    if not new:
        return (), ()
    try:
        there = [each[0] for each in listing.checked(view, list(old)) if each and each[1] == b"commit"]
        there += listing.tips(view).commits if receiving else listing.remote(view)
    except GitFailed as error:
        raise UsageError(f"what is there already cannot be listed: {error}") from None
    return tuple(new), tuple(b"^" + each for each in dict.fromkeys(there))


def _range(view: View, given: str) -> tuple[bytes, ...]:
    """As `git log` takes it: A..B is what B has and A has not; A...B, what one of them has. An empty side is HEAD."""
    from dlp.source.git import listing

    dots = "..." if "..." in given else ".."
    first, found, last = given.partition(dots)
    if not found:
        raise UsageError(f"--range {given!r} is no range; write A..B, or use --since-commit")
    begin, end = (listing.resolved(view, each or "HEAD") for each in (first, last))
    return (begin + b"..." + end,) if dots == "..." else (b"^" + begin, end)


def git_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of an InGit, which the command gets as `in_git`."""

    @functools.wraps(command)
    def packed(**given: Any) -> Any:
        return command(in_git=InGit(*map(given.pop, InGit.__struct_fields__)), **given)

    for option in (
        click.option("--pushed", is_flag=True,
                     help="What is being pushed, as git tells a pre-receive or pre-push hook on standard input."),
        click.option("--clone", is_flag=True, help="PATH is a URL: copy it to a temporary folder, and scan that."),
        click.option("--alternates", is_flag=True, help="Read objects that the repository borrows from others, too."),
        click.option("--diff", is_flag=True, help="Only lines that a commit, or the index, adds decide."),
        click.option("--staged", is_flag=True, help="The index, as it would be committed, and not the work tree."),
        click.option("--all-objects", is_flag=True, help="All that is stored, also what nothing leads to any more."),
        click.option("--unpushed", is_flag=True, help="Commits of HEAD that no remote branch has."),
        click.option("--branch", multiple=True, metavar="NAME", help="Commits of this branch only."),
        click.option("--range", "range_", metavar="A..B", help="Commits that B has and A has not."),
        click.option("--since-commit", metavar="REV", help="Commits of HEAD, or --branch, that REV lacks."),
        click.option("--git-history", is_flag=True,
                     help="PATH is a repository, or files and folders in one: all versions, of all references."),
    ):  # fmt: skip
        packed = option(packed)
    return packed
