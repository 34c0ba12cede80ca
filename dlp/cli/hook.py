"""`dlp hook`: hooks of git, and how they come into a repository."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import stat
import subprocess
import sys
from types import FrameType

import click

from dlp.cli.options import say
from dlp.errors import UsageError

MARK = "# made by `dlp hook install`"
"""In a hook of ours; what has no such line is somebody else's."""

_passed = click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[SCAN OPTIONS]…")
_any_options = {"ignore_unknown_options": True, "help_option_names": ["--help"]}

_SCANS = {
    "pre-commit": "scan --staged --no-progress",
    "pre-push": "hook pre-push",
    "pre-receive": "hook pre-receive",
}


class TooLong(UsageError):
    """A push could not be looked at in its time."""


@click.group()
def hook() -> None:
    """Hooks of git: keep a leak out of a commit, or a push out of a repository."""


@hook.command("pre-receive", context_settings=_any_options)
@click.option("--deadline", type=click.FloatRange(min=0.1), default=60.0, show_default=True, metavar="SECONDS",
              help="A push that takes longer to look at is refused.")  # fmt: skip
@_passed
def pre_receive(deadline: float, options: tuple[str, ...]) -> int:
    """On a server: refuse a push that brings what must not get out. All that it brings is read, and nothing else.

    Takes the options of `dlp scan`. What cannot be judged (an error, a deadline) is refused, too.
    """
    return _pushed(deadline, ("--alternates", *options), "This push was refused")


@hook.command("pre-push", context_settings=_any_options)
@click.option("--deadline", type=click.FloatRange(min=0.1), default=300.0, show_default=True, metavar="SECONDS",
              help="A push that takes longer to look at is stopped.")  # fmt: skip
@_passed
def pre_push(deadline: float, options: tuple[str, ...]) -> int:
    """On a desk: stop a push of what must not get out. Takes the options of `dlp scan`; git's own arguments are
    ignored."""
    names = 2 if len(options) >= 2 and not options[0].startswith("-") else 0  # the remote's name and its address
    return _pushed(deadline, options[names:], "This push was stopped")


def _pushed(deadline: float, options: tuple[str, ...], refused: str) -> int:
    from dlp.cli.scan import scan

    signal.signal(signal.SIGALRM, _too_long)
    signal.setitimer(signal.ITIMER_REAL, deadline)
    try:
        code = scan.main(["--pushed", "--no-progress", *options], prog_name="dlp hook", standalone_mode=False)
    except TooLong:
        raise TooLong(f"{refused}: looking at it took more than {deadline:g} seconds; push less at a time, or ask "
                      "whoever keeps this repository for a longer --deadline") from None  # fmt: skip
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    if code == 0:
        return 0
    sys.stdout.flush()
    say(f"{refused} for what is listed above. A new commit that deletes it does not help: take it out of the commits")
    say("themselves (git commit --amend, git rebase -i), then push again. Revoke a secret that others may have seen.")
    say("If it may be there, ask whoever keeps this repository to list it (dlp baseline).")
    return int(code or 0)


def _too_long(number: int, frame: FrameType | None) -> None:
    raise TooLong


@hook.command(context_settings=_any_options)
@click.option("--staged", "name", flag_value="pre-commit", default="pre-commit", help="Before a commit (usual).")
@click.option("--pre-push", "name", flag_value="pre-push", help="Look at new commits before they are pushed.")
@click.option("--pre-receive", "name", flag_value="pre-receive", help="On a server: look at what is pushed to it.")
@click.option("--repository", default=".", metavar="PATH", show_default=True, help="Where it is put.")
@_passed
def install(name: str, repository: str, options: tuple[str, ...]) -> None:
    """Put a hook into a repository. It runs `dlp scan` with the options given behind. A hook of somebody else is never
    overwritten."""
    folder = _hooks(repository)
    file = os.path.join(folder, name)
    program = shutil.which(sys.argv[0]) if os.path.basename(sys.argv[0]) == "dlp" else shutil.which("dlp")
    words = [*_SCANS[name].split(), *options]
    if name == "pre-push":
        words = [*words[:2], '"$@"', *words[2:]]
    command = " ".join(each if each == '"$@"' else shlex.quote(each) for each in (program or "dlp", *words))
    text = f"#!/bin/sh\n{MARK}\nexec {command}\n"
    try:
        there = os.lstat(file)
    except FileNotFoundError:
        there = None
    if there is not None and not (stat.S_ISREG(there.st_mode) and MARK in _start(file)):
        raise UsageError(f"{file} is a hook of somebody else, and is left as it is; have it call: {command}")
    temporary = f"{file}.{os.getpid()}.tmp"
    try:
        os.makedirs(folder, exist_ok=True)
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o755), "w") as stream:
            stream.write(text)
        os.replace(temporary, file)
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from None
    click.echo(f"{'replaced' if there else 'made'} {file}")


def _start(file: str) -> str:
    with open(file, encoding="utf-8", errors="replace") as stream:
        return stream.read(200)


def _hooks(repository: str) -> str:
    """Where git looks for them: only within the repository, since others would be of other repositories, too."""
    command = ["git", "-C", repository, "rev-parse", "--path-format=absolute", "--git-common-dir"]
    command += ["--git-path", "hooks"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="surrogateescape", check=False)
    except OSError as error:
        raise UsageError(f"git cannot be run: {error.strerror}") from None
    lines = done.stdout.splitlines()
    if done.returncode or len(lines) != 2:
        raise UsageError(f"{repository} is no repository of git, and in none: {done.stderr.strip()[:200]}")
    common, folder = map(os.path.realpath, lines)
    if not folder.startswith((common + "/", os.path.dirname(common) + "/")):
        raise UsageError(f"core.hooksPath leads to {folder}, which other repositories may use: put it there by hand")
    return folder
