"""`config.yaml` of a folder of incidents: how long what is kept, where the log's head is written to, who is told."""

from __future__ import annotations

import os

import msgspec

from dlp import plain_yaml
from dlp.errors import ConfigError, IncidentsMissing
from dlp.incident.keys import read_guarded
from dlp.incident.notify.targets import EXAMPLE as TARGETS_EXAMPLE
from dlp.incident.notify.targets import Target
from dlp.incident.quarantine import notice

NAME = "config.yaml"

MAX_SIZE = 1 << 20
"""Bytes of the file."""

MAX_DEPTH = 10

DAY = 86_400
"""Seconds."""

NEVER = "never"

EXAMPLE = """\
# How this folder of incidents is kept. Every line may be left out; what stands here is what holds without it.
version: 1

# What `dlp incidents purge` takes away, by age (30d, 12h), or never. The log's chain stays verifiable.
retention:
  evidence: never          # excerpts and kept files
  closed: never            # incidents that are resolved or false positives, with all that the log says of them
  log: never               # what entries say that belong to no incident: exports, reveals, purges

# Files that the policy wants to be kept whole (`keep: true`), sealed to the review key.
evidence:
  largest: 100M

# Files that `dlp scan --act` and the daemon take away: the note in a file's place ({name} is the file's; '' for none),
# whom to ask, and how much sealed copies may take together (10G; never for no bound).
quarantine:
  notice: '{name}.quarantined.txt'
  contact: ''
  quota: never

# The log's head, written somewhere out of reach of who could change the log: as the standard input of a command.
# anchor:
#   every: 1000            # entries
#   daily: true
#   command: [logger, --tag, dlp-head]

"""
EXAMPLE += TARGETS_EXAMPLE
"""What `dlp incidents init` writes."""


def seconds(duration: str) -> float | None:
    """Of `180d`; None for `never`. Raises ValueError."""
    return None if duration == NEVER else plain_yaml.duration(duration)


class Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As written: `180d`, or `never`."""

    evidence: str = NEVER
    closed: str = NEVER
    log: str = NEVER

    def __post_init__(self) -> None:
        for each in (self.evidence, self.closed, self.log):
            seconds(each)


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of files that are kept whole. `largest`: bytes, with K, M, G or T."""

    largest: int | str = "100M"

    def __post_init__(self) -> None:
        plain_yaml.size(str(self.largest))

    @property
    def most(self) -> int:
        """Bytes."""
        return plain_yaml.size(str(self.largest))


class Containing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of files that are taken out of their place. `notice`: the name of the note there, with `{name}` for the file's;
    empty for none. `contact`: whom to ask. `quota`: bytes that sealed copies may take together, with K, M, G or T."""

    notice: str = notice.DEFAULT
    contact: str = ""
    quota: int | str = NEVER

    def __post_init__(self) -> None:
        plain = notice.NAME in self.notice and self.notice != notice.NAME and not {"/", "\0"} & {*self.notice}
        if self.notice and not plain:
            raise ValueError("`notice` is a name with {name} in it and something beside it, and without /; or empty")
        if self.quota != NEVER:
            plain_yaml.size(str(self.quota))

    @property
    def most(self) -> int | None:
        """Bytes."""
        return None if self.quota == NEVER else plain_yaml.size(str(self.quota))


class Anchor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The command that takes the head, once so many entries were added, or once a day."""

    command: list[str]
    every: int = 1000
    daily: bool = True

    def __post_init__(self) -> None:
        if not self.command or self.every < 1:
            raise ValueError("`command` has a word at least, and `every` counts from 1")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of the file."""

    version: int = 1
    retention: Retention = Retention()
    evidence: Kept = Kept()
    quarantine: Containing = Containing()
    anchor: Anchor | None = None
    targets: dict[str, Target] = {}


def load(folder: str) -> Settings:
    """Of a folder; without the file, what holds then. Raises ConfigError with file and line, IncidentsUnsafe where
    others may write to it: it names a command."""
    path = os.path.join(folder, NAME)
    try:
        text = read_guarded(path, "the configuration of incidents", secret=False, most=MAX_SIZE)
    except IncidentsMissing:
        return Settings()
    page = plain_yaml.Page(text, path, "a configuration of incidents", size=MAX_SIZE, depth=MAX_DEPTH)
    targets = page.data.get("targets") if isinstance(page.data, dict) else None
    for name, given in targets.items() if isinstance(targets, dict) else ():  # one by one: each is told by its line
        page.convert(given, Target, "targets", name)
    made: Settings = page.convert(page.data if page.data is not None else {}, Settings)
    if made.version != 1:
        raise ConfigError(f"{page.at('version')}: version {made.version}; this engine reads version 1")
    return made
