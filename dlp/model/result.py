"""What is made of it: the file, where it came from, what the policy decides, and what became of it."""

from __future__ import annotations

import enum

import msgspec

from dlp.model.content import Provenance, Skipped
from dlp.model.finding import Finding, Quoted, Suppressed
from dlp.model.levels import Coverage, Level, Verdict


class File(msgspec.Struct, frozen=True):
    """The file itself, as its reader had it open. Times are nanoseconds since 1970."""

    size: int
    modified: int
    changed: int
    device: int
    inode: int
    owner: int
    """The system's number of the user whom it belongs to."""

    type: str = ""
    """A name of `dlp.file_types.NAMES`: what its content is."""

    lies: bool = False
    """Whether its name says that it is something else."""

    digest: str = ""
    """SHA-256 in hexadecimal digits, of what was read; empty where nobody asked for it."""


class Appearance(msgspec.Struct, frozen=True):
    """Where a blob stands in a repository's history: from `commit` on, at `path`. `date`: of the author, in seconds
    since 1970; `removed`: the commit that took it out, empty while it is still there."""

    commit: str
    path: str
    author: str
    email: str
    date: int
    removed: str = ""


class Origin(msgspec.Struct, frozen=True):
    """What a source knows of a file beside its content. Empty is what it does not know."""

    channel: str = ""
    """A way out that the configuration or the policy names: an outbox, a share, a repository."""

    jurisdiction: str = ""
    """Where that leads to: `DE`, `US`."""

    blob: str = ""
    """The id of a blob of git."""

    head: bool = False
    """Whether the commit that is checked out, or the index, holds that blob under this name."""

    branches: tuple[str, ...] = ()
    """Of git: of each appearance a branch, or another reference, that it is reached from."""

    appearances: tuple[Appearance, ...] = ()


class Subject(msgspec.Struct, frozen=True):
    """What is judged beside findings: one file, by its name and what is known of it."""

    path: str
    file: File | None = None
    origin: Origin = Origin()
    coverage: Coverage = Coverage.COMPLETE


class Handling(msgspec.Struct, frozen=True):
    """What goes with a verdict."""

    rules: tuple[str, ...] = ()
    """The policy's rules that lead to it, the one that speaks first."""

    severity: Level | None = None
    notify: tuple[str, ...] = ()
    """Names of who is told, as the policy has them."""

    message: str = ""
    """To whoever made the file: what to do instead."""

    keep: bool = False
    """Whether the file itself is kept as evidence, sealed."""

    exceptions: tuple[str, ...] = ()
    """Those in force that something was left out of account for."""


class Decision(msgspec.Struct, frozen=True):
    """What the policy makes of one file, or of several together."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    handling: Handling = Handling()


class Contained(enum.StrEnum):
    """What became of a file that was to be taken out of its place."""

    QUARANTINED = "quarantined"
    HELD = "held"
    """Out of its place, and not sealed yet: something failed, and it cannot be put back. It is gone on with later."""

    CHANGED = "changed"
    """In its place: it is not, or no longer, what was scanned. To be judged anew."""

    RELEASED = "released"
    """In its place: somebody allows this content."""

    NOTICE = "notice"
    """In its place: it is the engine's own note about a file that was taken away."""

    FAILED = "failed"
    """In its place, for the reason that is told."""


class Containment(msgspec.Struct, frozen=True):
    """`id`: of the record in the quarantine, where there is one; `detail`: what else is to be said, and why not."""

    state: Contained
    id: str = ""
    detail: str = ""


class Result(msgspec.Struct, frozen=True):
    """All that is known of one scanned file, and what the policy makes of it. `suppressed` is filled where asked for.
    A result with a SetFinding is of the files together; its path is the folder that holds them all, and its `file` is
    None, as is that of what could not be opened."""

    path: str
    provenance: Provenance
    verdict: Verdict
    reasons: tuple[str, ...]
    coverage: Coverage
    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]
    suppressed: tuple[Suppressed, ...] = ()
    allowed: int = 0
    """Findings that somebody allows, whether `suppressed` tells of them or not."""

    listed: tuple[int, ...] = ()
    """Entries of the baseline that allow some of them, by number."""

    file: File | None = None
    origin: Origin = Origin()
    handling: Handling = Handling()
    location: bytes = b""
    """The path as the operating system takes it; empty for what has none. Reports show `path`."""

    sealed: bytes = b""
    """Excerpts in plain text, sealed to who reviews them (`dlp.incident.sealing`). No report shows it."""

    containment: Containment | None = None
    """What became of the file, where it was to be contained."""

    quoted: tuple[Quoted, ...] = ()
    """Passages in plain text, filled where asked for. Of reports the page of HTML alone shows them."""


class Summary(msgspec.Struct, frozen=True):
    """One scan, counted. `bytes` are of the files as they stand on disk. `complete`: the scan came to its end;
    otherwise it was cut short, and there is more that was not looked at. `allowed`: matches that somebody allows."""

    files: int
    bytes: int
    seconds: float
    findings: int
    verdicts: dict[str, int]
    skipped: dict[str, int]
    complete: bool = True
    allowed: int = 0
