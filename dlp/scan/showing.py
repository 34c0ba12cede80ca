"""A file's passages once more, with the text of both sides. All of the file's content is dealt with in a worker."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import closing

import msgspec

from dlp.errors import UsageError
from dlp.limits import Limits
from dlp.match.explain import Explainer
from dlp.match.passage import PassageMatcher
from dlp.match.quoting import Quoting
from dlp.match.seam import Matcher
from dlp.model import PassageFinding, Sides, Skipped
from dlp.policy import built_in
from dlp.registry.store import Store
from dlp.report.escape import visible
from dlp.report.excerpt import mask
from dlp.scan import pool
from dlp.scan.both import MOST, beside
from dlp.scan.pipeline import Pipeline
from dlp.source.files import FileSource
from dlp.source.seam import Item

MAX_PAYLOAD = 256 << 20


class Shown(msgspec.Struct, frozen=True):
    """A passage, and its sides; `problem` says in words what of them is missing, and what to do."""

    finding: PassageFinding
    sides: Sides | None
    problem: str = ""


class Showing(msgspec.Struct, frozen=True):
    """What a file has. `passages`: of all `ids`, those that were asked for. `suppressed`: they are no findings."""

    path: str
    passages: tuple[Shown, ...] = ()
    ids: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    suppressed: bool = False


def showing(path: bytes, wanted: str | None, store: Store, limits: Limits) -> Showing:
    """The passages of a file, or the one with the id `wanted`, which may be one that `scan --explain` tells of. Forks
    a worker process.

    Raises UsageError: it is not there, no file, or cannot be read. StoreCorrupt.
    """
    item = _item(path, store, limits)
    made = _round(item, wanted, PassageMatcher(store, limits, mask), store, limits)
    if made.passages or wanted is None:
        return made
    suppressed = _round(item, wanted, Explainer(store, limits, mask).matcher, store, limits)
    return msgspec.structs.replace(made, passages=suppressed.passages, suppressed=bool(suppressed.passages))


def _item(path: bytes, store: Store, limits: Limits) -> Item:
    if os.path.isdir(path):
        raise UsageError(f"{visible(os.fsdecode(path))} is a folder; name one file in it")
    (item,) = FileSource([path], max_file_size=limits.max_file_size, avoid=[store.folder]).items()
    if isinstance(item, Skipped):
        raise UsageError(f"{visible(item.provenance[0])} cannot be read: {item.reason}, {visible(item.detail)}")
    return item


def _round(item: Item, wanted: str | None, matcher: Matcher, store: Store, limits: Limits) -> Showing:
    def handle(item: Item) -> bytes:
        return msgspec.msgpack.encode(_look(item, wanted, matcher, store, limits))

    running = pool.run([item], handle, jobs=1, limits=limits, max_payload=MAX_PAYLOAD, readable=[store.folder])
    with closing(running) as outcomes:
        (outcome,) = outcomes
    if isinstance(outcome.payload, pool.Failure):
        raise UsageError(f"{visible(item.name)} cannot be read: {outcome.payload.reason}, {outcome.payload.detail}")
    return msgspec.msgpack.decode(outcome.payload, type=Showing)


def _look(item: Item, wanted: str | None, matcher: Matcher, store: Store, limits: Limits) -> Showing:
    asked = _asked(wanted, item)
    quoting = Quoting(matcher, asked)
    result = Pipeline([quoting], built_in, limits).scan(item)
    found = [each for each in result.findings if isinstance(each, PassageFinding)]
    heaviest = sorted(filter(asked, found), key=lambda each: -each.evidence)[:MOST]
    shown = []
    for each in sorted(heaviest, key=lambda each: (each.provenance, each.span.start)):
        made = beside(each, quoting.quotes.get(each.id), store)
        shown.append(Shown(each, made.sides, made.problem))
    return Showing(item.name, tuple(shown), tuple(each.id for each in found), result.skipped)


def _asked(wanted: str | None, item: Item) -> Callable[[PassageFinding], bool]:
    """Whether a finding is the one. An id goes by the file's name, which whoever asks may spell otherwise."""
    plain = os.path.normpath(item.name)
    spellings = {item.name, plain, os.path.join(".", plain), os.path.abspath(item.name), os.path.relpath(item.name)}

    def asked(finding: PassageFinding) -> bool:
        return wanted is None or wanted in _ids(finding, sorted(spellings))

    return asked


def _ids(finding: PassageFinding, spellings: Sequence[str]) -> set[str]:
    inner = finding.provenance[1:]
    return {msgspec.structs.replace(finding, provenance=(name, *inner)).id for name in spellings}
