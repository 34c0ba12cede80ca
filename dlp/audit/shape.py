"""The audit as a public type, version 1. Times are seconds since 1970; lists are bounded, and say what they leave out.

A file holds the audit and its signature: Ed25519 over the very bytes that stand between `"audit":` and the `,` before
`"signature":`, by the key that signs the log of incidents. The log has an entry `audit` with their SHA-256.
"""

from __future__ import annotations

import msgspec

VERSION = 1

MOST_LISTED = 200
"""Rows of a list."""

MOST_COMPARED = 50_000
"""Files that the next audit is compared with."""


class Engine(msgspec.Struct, frozen=True):
    version: str
    kernel: str
    rules: str
    """Which engine of rules; empty where none was used."""
    confinement: str


class Rule(msgspec.Struct, frozen=True):
    """Of the policy."""

    name: str
    verdict: str
    notify: list[str]


class Waiver(msgspec.Struct, frozen=True):
    """An exception. `state`: `in force`, `expires soon` (in 30 days) or `expired`. `used`: files that it covered."""

    name: str
    owner: str
    reason: str
    expires: str
    state: str
    used: int


class Policy(msgspec.Struct, frozen=True):
    name: str
    digest: str
    default: str
    rules: list[Rule]
    exceptions: list[Waiver]


class Class(msgspec.Struct, frozen=True):
    """What is registered under one label. `owner`, `handling`: as the policy has them; `owners`: as documents name
    them. `oldest`, `newest`: when their latest versions were registered; 0 where there are none."""

    name: str
    owner: str
    handling: str
    known: bool
    """Whether the policy has this class."""
    documents: int
    versions: int
    terms: int
    owners: dict[str, int]
    oldest: int
    newest: int


class Registered(msgspec.Struct, frozen=True):
    """`store`: its id and generation."""

    folder: str
    store: str
    classes: list[Class]
    background: int


class FoundBy(msgspec.Struct, frozen=True):
    """What one rule or one registered document found. `files` that it was found in, `graver`: of these with `warn` or
    stricter; `count`: places, or distinct values."""

    kind: str
    name: str
    groups: list[str]
    severity: str
    files: int
    graver: int
    count: int


class Where(msgspec.Struct, frozen=True):
    """A folder, or a channel, and the verdicts of what is below it."""

    name: str
    verdicts: dict[str, int]
    unread: int


class File(msgspec.Struct, frozen=True):
    path: str
    verdict: str
    reasons: list[str]
    coverage: str
    digest: str
    incident: str


class Found(msgspec.Struct, frozen=True):
    """`files`: the gravest first. `left_out`: rows of each list that are not told."""

    by: list[FoundBy]
    where: list[Where]
    channels: list[Where]
    files: list[File]
    left_out: dict[str, int]


class Unread(msgspec.Struct, frozen=True):
    """`reasons`: parts by why they were not read; `partial`, `unscannable`: files; `files`: the first of them."""

    reasons: dict[str, int]
    partial: int
    unscannable: int
    files: list[File]
    left_out: int


class Scanned(msgspec.Struct, frozen=True):
    paths: list[str]
    files: int
    bytes: int
    seconds: float
    complete: bool
    findings: int
    verdicts: dict[str, int]
    allowed: int


class OpenIncident(msgspec.Struct, frozen=True):
    id: str
    state: str
    verdict: str
    severity: str
    first: int
    path: str
    title: str


class Incidents(msgspec.Struct, frozen=True):
    """`days_to_close`: the median of those closed since the last audit, or of all; null where there are none.
    `faults`: what is wrong with the log, in words; `waiting`: notifications that nobody has got yet."""

    folder: str
    states: dict[str, int]
    open: list[OpenIncident]
    oldest_days: float
    days_to_close: float | None
    entries: int
    head: str
    faults: list[str]
    waiting: dict[str, int]


class Held(msgspec.Struct, frozen=True):
    """A file in quarantine."""

    id: str
    path: str
    taken: int
    size: int
    incident: str


class Quarantine(msgspec.Struct, frozen=True):
    states: dict[str, int]
    bytes: int
    held: list[Held]
    left_out: int


class Changes(msgspec.Struct, frozen=True):
    """Beside an earlier audit: files of `warn` or stricter. `changed`: those of another verdict or content. Figures are
    of all; lists are bounded. `registered`: documents more or less, by class."""

    since: str
    made: int
    new: int
    gone: int
    changed: int
    same: int
    new_files: list[str]
    gone_files: list[str]
    changed_files: list[str]
    registered: dict[str, int]
    comparable: bool
    """Whether both looked at the same paths, came to their end, and could keep all that is compared."""


class Concern(msgspec.Struct, frozen=True):
    """What somebody should see to. `weight`: `high`, `medium` or `low`."""

    weight: str
    what: str
    mend: str


class Audit(msgspec.Struct, frozen=True):
    """`index`: of each file of `warn` or stricter its verdict and the beginning of its digest, for the next audit."""

    version: int
    id: str
    made: int
    host: str
    user: str
    engine: Engine
    policy: Policy
    concerns: list[Concern]
    scanned: Scanned
    registered: Registered | None
    found: Found
    unread: Unread
    incidents: Incidents | None
    quarantine: Quarantine | None
    changes: Changes | None
    index: dict[str, str]
    index_left_out: int


class Signature(msgspec.Struct, frozen=True):
    """`entry`: the number of the log's entry that tells of the audit; `public`: the key, PEM; `signature`: base64."""

    sha256: str
    entry: int
    public: str
    signature: str


class Paper(msgspec.Struct, frozen=True):
    """A file of an audit. `signature` is null where there is no log of incidents."""

    audit: msgspec.Raw
    signature: Signature | None
