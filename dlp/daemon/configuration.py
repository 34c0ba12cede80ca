"""What the daemon is told: its channels, where things lie, and how long it waits. YAML that people write."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NoReturn

import msgspec

from dlp.daemon.serving import Address, address
from dlp.errors import ConfigError, UsageError
from dlp.globs import GlobSet, parse_glob
from dlp.limits import MIB, Limits
from dlp.plain_yaml import Page, duration, size
from dlp.registry.places import user_folder
from dlp.rule.packs import Selection

MAX_SIZE = 1 << 20
"""Bytes of a configuration's file."""

MAX_DEPTH = 8

MAX_CHANNELS = 1000

_NAME = re.compile(r"[\w][\w .@+-]{0,99}")
_JURISDICTION = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]{0,49}")


class Channel(msgspec.Struct, frozen=True):
    """A way out: folders, and how files in them are judged and handled. Times are seconds."""

    name: str
    folders: tuple[str, ...]
    jurisdiction: str = ""
    policy: str | None = None
    """Of this channel alone; None: the one for all."""
    recursive: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    settle: float = 2.0
    """A file that is not closed is whole once it has been unchanged for so long."""
    long_open: float = 60.0
    """One that changes all the time is judged as it is at such intervals."""
    actions: tuple[str, ...] = ("log",)
    hold: bool = False
    """New files are taken out of their place until their verdict is in."""
    hold_in: str | None = None
    """Where they are until then; None: in a folder beside the channel's."""


class Configuration(msgspec.Struct, frozen=True):
    """All of it, with every path absolute. Times are seconds."""

    channels: tuple[Channel, ...]
    state: str
    store: str | None = None
    key_file: str | None = None
    policy: str | None = None
    rules: Selection = Selection()
    no_rules: bool = False
    incidents: str | None = None
    jobs: int = 0
    """Worker processes; 0: as many as there are processors."""
    limits: Limits = Limits()
    reconcile: float = 900.0
    """Between two comparisons of all files with what was judged."""
    poll: float = 5.0
    """Between two looks at folders whose file system tells nothing of its own accord."""
    window: float = 30 * 86_400.0
    """For so long parts of one document add up."""
    drain: float = 10.0
    """That files under way may take once the daemon is to end."""
    attempts: int = 3
    """To read a file, where it fails for a reason that may pass."""
    metrics: Address | None = None
    """Where who keeps an eye on the daemon finds its figures."""
    files: tuple[str, ...] = ()
    """That this was read from."""
    fanotify: bool = False
    """Opening a file waits for its verdict."""
    open_wait: float = 10.0
    """At most so long."""
    open_late: str = "allow"
    """Whether it may be opened then: `allow`, or `deny`."""

    @property
    def folders(self) -> list[str]:
        return [folder for channel in self.channels for folder in channel.folders]


class _Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    also: Sequence[str] = ()
    only: Sequence[str] = ()
    enable: Sequence[str] = ()
    disable: Sequence[str] = ()
    use: bool = True


class _Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    max_file_size: int | str | None = None
    max_depth: int | None = None
    max_members: int | None = None
    max_unpacked: int | str | None = None
    max_part: int | str | None = None
    max_ratio: int | None = None
    max_xml_depth: int | None = None
    memory: int | str | None = None
    seconds: float | str | None = None


class _Channel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    folders: Sequence[str]
    jurisdiction: str = ""
    policy: str | None = None
    recursive: bool = True
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    settle: float | str = 2.0
    long_open: float | str = 60.0
    actions: Sequence[str] = ("log",)
    hold: bool = False
    hold_in: str | None = None


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the file looks like."""

    version: int
    channels: Sequence[_Channel]
    store: str | None = None
    key_file: str | None = None
    policy: str | None = None
    rules: _Rules = _Rules()
    incidents: str | None = None
    state: str | None = None
    jobs: int = 0
    limits: _Limits = _Limits()
    reconcile: float | str = 900.0
    poll: float | str = 5.0
    window: float | str = 30 * 86_400.0
    drain: float | str = 10.0
    attempts: int = 3
    open_wait: float | str = 10.0
    open_late: Literal["allow", "deny"] = "allow"
    metrics: str | None = None


def state_folder(environment: Mapping[str, str]) -> str:
    """Where the daemon keeps what it knows: $DLP_STATE, else `dlp/watch` in the user's folder for such."""
    given = environment.get("DLP_STATE")
    return os.path.abspath(given or os.path.join(user_folder(environment, "XDG_STATE_HOME", "~/.local/state"), "watch"))


def load(path: str, actions: Sequence[str], environment: Mapping[str, str]) -> Configuration:
    """The configuration of a file. `actions`: those there are. Relative paths in it are of its own folder. Raises
    ConfigError, with file and line."""
    try:
        with open(path, "rb") as file:
            text = file.read(MAX_SIZE + 1)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    return parse(text, path, actions, environment)


def parse(text: bytes, where: str, actions: Sequence[str], environment: Mapping[str, str]) -> Configuration:
    """The same of the text of a file."""
    page = Page(text, where, "a daemon's configuration", size=MAX_SIZE, depth=MAX_DEPTH)
    written: _Written = page.convert(page.data, _Written)
    if written.version != 1:
        raise ConfigError(f"{page.at('version')}: version {written.version}; this engine reads version 1")
    return _Reading(page, written, os.path.dirname(os.path.abspath(where)), actions, environment).configuration()


class _Reading:
    """One file becoming a configuration."""

    def __init__(
        self, page: Page, written: _Written, folder: str, actions: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        self._page, self._written, self._folder = page, written, folder
        self._actions, self._environment = actions, environment

    def configuration(self) -> Configuration:
        given = self._written
        if not given.channels:
            self._wrong("there is no channel; write at least one, with its name and folders", "channels")
        if len(given.channels) > MAX_CHANNELS:
            self._wrong(f"more than {MAX_CHANNELS:,} channels", "channels")
        channels = tuple(self._channel(each, number) for number, each in enumerate(given.channels))
        check_folders(channels, lambda number: self._page.at("channels", number))
        rules = given.rules
        if rules.also and rules.only:
            self._wrong("`also` adds to the shipped rules, `only` replaces them: give one of the two", "rules")
        if not 1 <= given.attempts <= 100:
            self._wrong("attempts: from 1 to 100", "attempts")
        if not 0 <= given.jobs <= 1024:
            self._wrong("jobs: from 1 to 1024", "jobs")
        return Configuration(
            channels=channels,
            state=self._path(given.state) or state_folder(self._environment),
            store=self._path(given.store),
            key_file=self._path(given.key_file),
            policy=self._path(given.policy),
            rules=Selection(
                tuple(os.path.join(self._folder, each) for each in rules.also or rules.only),
                bool(rules.only),
                tuple(rules.enable),
                tuple(rules.disable),
            ),
            no_rules=not rules.use,
            incidents=self._path(given.incidents),
            jobs=given.jobs,
            limits=self._limits(given.limits),
            reconcile=self._seconds(given.reconcile, 1, 30 * 86_400, "reconcile"),
            poll=self._seconds(given.poll, 0.1, 3600, "poll"),
            window=self._seconds(given.window, 60, 3650 * 86_400, "window"),
            drain=self._seconds(given.drain, 0, 3600, "drain"),
            attempts=given.attempts,
            open_wait=self._seconds(given.open_wait, 0.1, 600, "open_wait"),
            open_late=given.open_late,
            metrics=self._address(given.metrics),
            files=(os.path.abspath(self._page.where),),
        )

    def _channel(self, given: _Channel, number: int) -> Channel:
        at = ("channels", number)
        if not _NAME.fullmatch(given.name):
            self._wrong(f"name: {given.name!r}: letters, digits, blanks and . @ + - _, 100 at most", *at, "name")
        if any(each.name == given.name for each in self._written.channels[:number]):
            self._wrong(f"name: there is a channel {given.name!r} already", *at, "name")
        if given.jurisdiction and not _JURISDICTION.fullmatch(given.jurisdiction):
            self._wrong("jurisdiction: a short name, such as DE or US", *at, "jurisdiction")
        if not given.folders:
            self._wrong("folders: there is none", *at, "folders")
        for option in ("include", "exclude"):
            for place, pattern in enumerate(getattr(given, option)):
                try:
                    GlobSet([parse_glob(pattern)])
                except ValueError as error:
                    self._wrong(f"{option}: {pattern!r}: {error}", *at, option, place)
        for place, action in enumerate(given.actions):
            if action not in self._actions:
                known = ", ".join(self._actions)
                self._wrong(f"actions: there is no action {action!r}; there are {known}", *at, "actions", place)
        if given.hold and "quarantine" not in given.actions:
            self._wrong("hold: what is held and not clean has to go somewhere: add quarantine to actions", *at, "hold")
        return Channel(
            name=given.name,
            folders=tuple(os.path.realpath(os.path.join(self._folder, each)) for each in given.folders),
            jurisdiction=given.jurisdiction,
            policy=self._path(given.policy),
            recursive=given.recursive,
            include=tuple(given.include),
            exclude=tuple(given.exclude),
            settle=self._seconds(given.settle, 0.05, 3600, *at, "settle"),
            long_open=self._seconds(given.long_open, 1, 86_400, *at, "long_open"),
            actions=tuple(given.actions),
            hold=given.hold,
            hold_in=None if given.hold_in is None else os.path.realpath(os.path.join(self._folder, given.hold_in)),
        )

    def _limits(self, given: _Limits) -> Limits:
        changed: dict[str, Any] = {}
        for name, value in msgspec.structs.asdict(given).items():
            if value is None:
                continue
            if name == "seconds":
                value = self._seconds(value, 0.1, 86_400, "limits", name)
            elif isinstance(value, str):
                value = self._bytes(value, "limits", name)
            if value <= 0:
                self._wrong(f"{name}: from 1 on", "limits", name)
            changed[name] = value
        if changed.get("memory", 64 * MIB) < 64 * MIB:
            self._wrong("memory: readers need 64M at least", "limits", "memory")
        return msgspec.structs.replace(Limits(), **changed)

    def _bytes(self, text: str, *at: str | int) -> int:
        try:
            return size(text)
        except ValueError as error:
            self._wrong(f"{at[-1]}: {error}", *at)

    def _seconds(self, given: float | str, least: float, most: float, *at: str | int) -> float:
        try:
            seconds = duration(given)
        except ValueError as error:
            self._wrong(f"{at[-1]}: {error}", *at)
        if not least <= seconds <= most:
            self._wrong(f"{at[-1]}: from {least:g} to {most:,g} seconds", *at)
        return seconds

    def _address(self, given: str | None) -> Address | None:
        try:
            return None if given is None else address(given)
        except ValueError as error:
            self._wrong(f"metrics: {error}", "metrics")

    def _path(self, given: str | None) -> str | None:
        return None if given is None else os.path.join(self._folder, given)

    def _wrong(self, message: str, *at: str | int) -> NoReturn:
        raise ConfigError(f"{self._page.at(*at)}: {message}")


def check_folders(channels: Sequence[Channel], where: Callable[[int], str] = lambda _: "channels") -> None:
    """A file has one channel: no folder is one of another's, or inside one. Raises ConfigError."""
    taken: dict[str, str] = {}
    for number, channel in enumerate(channels):
        for folder in channel.folders:
            for other, name in taken.items():
                if folder == other or _within(folder, other) or _within(other, folder):
                    both = f"{folder} and {other}, of channel {name!r}"
                    raise ConfigError(f"{where(number)}: {both}, hold the same files")
            taken[folder] = channel.name


def of_paths(paths: Sequence[str]) -> Channel:
    """One channel of folders named on the command line. Raises UsageError."""
    for path in paths:
        if not os.path.isdir(path):
            raise UsageError(f"{path} is no folder; dlp watch guards folders")
    folders = sorted({os.path.realpath(path) for path in paths})
    return Channel("watched", tuple(each for each in folders if not any(_within(each, other) for other in folders)))


def _within(folder: str, other: str) -> bool:
    return folder != other and folder.startswith(other.rstrip("/") + "/")
