"""Options that several commands share, and how they become what the engine takes."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from dlp.errors import KeyMissing, StoreMissing
from dlp.limits import Limits
from dlp.registry.places import load_key, store_path

if TYPE_CHECKING:
    from dlp.registry.store import Store
    from dlp.source.files import FileSource

F = TypeVar("F", bound=Callable[..., Any])


def store_options(command: F) -> F:
    """--store and --key-file."""
    command = click.option(
        "--key-file", metavar="FILE", help="The store's key  [$DLP_KEY_FILE, $DLP_KEY (base64), user's configuration]"
    )(command)
    return click.option("--store", metavar="DIR", help="The store  [$DLP_STORE, user's data folder]")(command)


def jobs_option(command: F) -> F:
    return click.option(
        "-j", "--jobs", type=click.IntRange(1, 1024), default=None, help="Worker processes  [processors]"
    )(command)


class Selection(msgspec.Struct, frozen=True):
    """Which files below the given paths are read, as `source_options` asks for it."""

    include: tuple[str, ...]
    exclude: tuple[str, ...]
    max_file_size: int | None
    dlpignore: bool
    follow: bool

    def files(self, paths: Sequence[str], *ours: str) -> FileSource:
        """The source of these files, without those in folders of `ours`. Raises UsageError for a bad pattern."""
        from dlp.source.files import FileSource  # not for the commands that read no files

        return FileSource(
            paths,
            include=self.include,
            exclude=self.exclude,
            honour_ignore_files=self.dlpignore,
            max_file_size=self.max_file_size,
            follow=self.follow,
            avoid=list(ours),
        )


def source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a Selection, which the command gets as `selection`."""

    @functools.wraps(command)
    def packed(**given: Any) -> Any:
        return command(selection=Selection(*map(given.pop, Selection.__struct_fields__)), **given)

    for option in (
        click.option("-L", "--follow", is_flag=True, help="Follow symbolic links below the given folders."),
        click.option("--dlpignore", is_flag=True, help="Honour .dlpignore files (as .gitignore); not done otherwise."),
        click.option("--max-file-size", type=size, metavar="SIZE", help="Skip larger files, and say so (10M, 2G)."),
        click.option("--exclude", multiple=True, metavar="GLOB", help="Leave these out (as in .gitignore)."),
        click.option("--include", multiple=True, metavar="GLOB", help="Read only these (as in .gitignore)."),
    ):
        packed = option(packed)
    return packed


class Bounds(msgspec.Struct, frozen=True):
    """How far a file is gone into, as `limit_options` asks for it; None: as `Limits` has it."""

    max_depth: int | None
    max_members: int | None
    max_unpacked: int | None
    max_part: int | None
    max_ratio: int | None
    max_xml_depth: int | None

    def limits(self, max_file_size: int | None = None, timeout: float | None = None) -> Limits:
        """These, and bytes and seconds that one file may have."""
        given = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}
        limits = Limits(max_file_size=max_file_size, seconds=timeout or Limits().seconds)
        return msgspec.structs.replace(limits, **given)


def limit_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a Bounds, which the command gets as `bounds`."""

    @functools.wraps(command)
    def packed(**given: Any) -> Any:
        return command(bounds=Bounds(*map(given.pop, Bounds.__struct_fields__)), **given)

    count, default = click.IntRange(min=1), Limits()
    for option in (
        click.option("--max-xml-depth", type=count, metavar="N",
                     help=f"Elements of XML inside one another.  [{default.max_xml_depth}]"),
        click.option("--max-ratio", type=count, metavar="N",
                     help=f"Unpacked bytes for each packed one, after the first megabyte.  [{default.max_ratio}]"),
        click.option("--max-part", type=size, metavar="SIZE",
                     help=f"What one part of a file may unpack to.  [{default.max_part >> 20}M]"),
        click.option("--max-unpacked", type=size, metavar="SIZE",
                     help=f"What one file may unpack to, all levels together.  [{default.max_unpacked >> 20}M]"),
        click.option("--max-members", type=count, metavar="N",
                     help=f"Parts taken out of one file, at all levels together.  [{default.max_members}]"),
        click.option("--max-depth", type=count, metavar="N",
                     help=f"Files inside one another.  [{default.max_depth}]"),
    ):  # fmt: skip
        packed = option(packed)
    return packed


def rule_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a selection of rules, which the command gets as `rules`: `dlp.rule.packs.Selection`."""

    @functools.wraps(command)
    def packed(**given: Any) -> Any:
        from dlp.rule.packs import Selection as RuleSelection

        more, only = given.pop("rules"), given.pop("rules_only")
        if more and only:
            raise click.UsageError("--rules adds to the shipped rules, --rules-only replaces them: give one of the two")
        selection = RuleSelection(more or only, bool(only), given.pop("enable"), given.pop("disable"))
        return command(rules=selection, **given)

    for option in (
        click.option("--disable", multiple=True, metavar="ID|TAG", help="All but these rules; * stands for anything."),
        click.option("--enable", multiple=True, metavar="ID|TAG", help="Only these rules; * stands for anything."),
        click.option("--rules-only", multiple=True, metavar="PATH", help="These rules instead of the shipped ones."),
        click.option("--rules", multiple=True, metavar="PATH",
                     help="These rules, too: a file or a folder; ours, gitleaks', kingfisher's or Nosey Parker's."),
    ):  # fmt: skip
        packed = option(packed)
    return packed


def size(text: str) -> int:
    """Bytes, with K, M, G or T for powers of 1024."""
    from dlp import plain_yaml

    try:
        return plain_yaml.size(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def open_place(store: str | None, key_file: str | None) -> tuple[str, bytes]:
    """The store's folder and its key. Raises StoreMissing before KeyMissing: a store comes with its key."""
    folder = store_path(store, os.environ)
    if not os.path.isdir(folder):
        raise StoreMissing(
            f"no store in {folder}; make one with: dlp init --store {folder}  (or name another by --store, $DLP_STORE)"
        )
    return folder, load_key(key_file, os.environ)


def open_registry(store: str | None, key_file: str | None) -> tuple[str, Store | None, bytes]:
    """The store's folder, the store, and the key that digests of values are made with. Without a store, in the usual
    place and none named, there is nothing registered; the key is then the user's, if there is one, else of this run
    alone."""
    from dlp.registry.store import Store

    folder = store_path(store, os.environ)
    if store or os.environ.get("DLP_STORE") or os.path.isdir(folder):
        folder, key = open_place(store, key_file)
        return folder, Store(folder, key), key
    say(f"nothing is registered, since there is no store in {folder}: only what rules describe is looked for")
    try:
        return folder, None, load_key(key_file, os.environ)
    except KeyMissing:
        if key_file or os.environ.get("DLP_KEY") or os.environ.get("DLP_KEY_FILE"):
            raise
        return folder, None, os.urandom(32)


def colour_wanted(stream_is_terminal: bool) -> bool:
    """As no-color.org has it."""
    if os.environ.get("NO_COLOR"):
        return False
    return stream_is_terminal or bool(os.environ.get("FORCE_COLOR"))


def say(message: str) -> None:
    """A line to the person, not to the output."""
    click.echo(f"dlp: {message}", err=True)


def say_compiling() -> None:
    """Only where somebody waits."""
    if is_terminal():
        say("compiling rules, which is done once …")


def is_terminal(stream: Any = None) -> bool:
    stream = stream or sys.stderr
    return bool(stream.isatty()) and os.environ.get("TERM") != "dumb"
