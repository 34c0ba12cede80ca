"""Registering: files become fingerprints in workers, and documents of the store here."""

from __future__ import annotations

import hashlib
import time
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec

from dlp.extract.recursion import extract
from dlp.extract.text import RAW
from dlp.fingerprint import SCALES, Alphabet, Familiar, Scale, Selector, fold, rarity, weigh
from dlp.fingerprint.background import shipped
from dlp.limits import Limits
from dlp.match.passage import LIKELY
from dlp.model import Blob, Mark, Provenance, Reason, Skipped, Text
from dlp.registry.records import Fingerprint, KeptText, Registered, WordSketch
from dlp.registry.writer import Change, Writer
from dlp.scan import pool
from dlp.scan.keeping import Keep, Kept, Words
from dlp.scan.member import signals_held
from dlp.source.opening import Unreadable, open_file
from dlp.source.seam import Item, Source

if TYPE_CHECKING:
    from dlp.fingerprint.reference import Columns

MAX_PAYLOAD = 1 << 30
"""Bytes that one document's fingerprint may take on its way from the worker."""

PROPERTIES = (
    *("docProps/", "_rels/", "theme", "fontTable", "settings", "webSettings", "presProps", "viewProps", "tableStyles"),
    *("slide master", "slide layout", "notes master", "handout master", "META-INF/"),
    *("Index/DocumentStylesheet", "Index/ThemeStylesheet", "Index/ViewState", "Index/Metadata"),
)
"""Where an Office file says what program wrote it, and such: the same in files that have nothing else in common."""

STYLES = frozenset({"styles", "stylesWithEffects"})
"""Parts of a Word file whose names of styles are the program's; in OpenDocument such a part has paragraphs."""

APART = 64
"""Symbols between the texts of one document, so that no run goes over from one to the next."""


KEEP_SKETCH = Keep()


class Taken(msgspec.Struct, frozen=True):
    """What a worker made of a file."""

    digest: bytes
    size: int
    fingerprints: tuple[Fingerprint, ...]
    skipped: tuple[Skipped, ...]
    sketch: WordSketch | None = None
    text: KeptText | None = None
    ordinary: bool = False


class Outcome(msgspec.Struct, frozen=True):
    """What became of one file. `document` is None where nothing was registered; `skipped` says why, or what of the
    document was not read. `ordinary`: the document's text is nothing but what everybody writes, as far as the
    background knows; passages of it will hardly be worth a verdict."""

    name: str
    change: str | None
    document: Registered | None
    skipped: tuple[Skipped, ...]
    ordinary: bool = False


class _Ordinary:
    """Whether all text that it hears is ordinary. It listens until something is not, and to so much at most."""

    PIECE = 640
    MOST = 1 << 20
    """Bytes."""

    def __init__(self, tables: Sequence[Familiar]) -> None:
        self._tables = tables
        self._heard = 0
        self._rare = not tables

    def feed(self, chunk: bytes | bytearray | memoryview) -> None:
        data = memoryview(chunk)
        for at in range(0, len(data), self.PIECE):
            if self._rare:
                return
            piece = data[at : at + self.PIECE]
            self._heard += len(piece)
            self._rare = self._heard > self.MOST or rarity(weigh(self._tables, fold(piece))) >= LIKELY

    def __bool__(self) -> bool:
        return self._heard > 0 and not self._rare


class _Columns:
    """The selected shingles of all texts of one alphabet in one document."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        self.symbols = self.characters = 0
        self.length = 0
        """Symbols of the document, without what keeps its texts apart."""
        self.columns = [array(kind) for kind in "QIIII"]
        self.marks: list[Mark] = []
        self.provenances: set[Provenance] = set()

    def fits(self, selector: Selector) -> bool:
        """Whether the text is long enough to be found again."""
        return selector.symbols >= self.scale.threshold

    def add(self, part: Text, selector: Selector) -> None:
        keys, positions, starts, ends, lines = _without_properties(selector.finish(), part.marks)
        self.length += selector.symbols
        self.provenances.add(part.provenance)
        base = self.symbols + (APART if self.symbols else 0)
        if base:
            positions = array("I", [base + each for each in positions])
            starts = array("I", [self.characters + each for each in starts])
            ends = array("I", [self.characters + each for each in ends])
        for mine, more in zip(self.columns, (keys, positions, starts, ends, lines), strict=True):
            mine.extend(more)
        self.marks += [Mark(self.characters + mark.start, mark.locator) for mark in part.marks]
        self.symbols = base + selector.symbols
        self.characters = ends[-1] if len(ends) else self.characters


def is_property(locator: str) -> bool:
    """Whether it is a place in one of the parts PROPERTIES or STYLES; a cell of a sheet of such a name is none."""
    return locator in STYLES or (locator.startswith(PROPERTIES) and "!" not in locator)


def _without_properties(columns: Columns, marks: list[Mark]) -> Columns:
    """The rows of `columns` that do not begin in one of the parts PROPERTIES."""
    if not any(is_property(mark.locator) for mark in marks):
        return columns
    begins = [mark.start for mark in marks]
    kept = [
        row
        for row, start in enumerate(columns[2])
        if start < begins[0] or not is_property(marks[bisect_right(begins, start) - 1].locator)
    ]
    keys, positions, starts, ends, lines = (array(each.typecode, [each[row] for row in kept]) for each in columns)
    return keys, positions, starts, ends, lines


def fingerprint(
    item: Item, limits: Limits, known: frozenset[bytes], keep: Keep, tables: Sequence[Familiar] = ()
) -> Taken:
    """Reads a file whole. Content whose digest is in `known` is not read further. `tables`: the grams that make a text
    ordinary. Raises Unreadable."""
    with open_file(item.path) as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=32)).digest()
        size = stream.tell()
        if digest in known:
            return Taken(digest, size, (), ())
        stream.seek(0)
        by_alphabet = {scale.alphabet: _Columns(scale) for scale in SCALES}
        plain: set[Provenance] = set()
        skipped: list[Skipped] = []
        kept = Kept(keep)
        ordinary = _Ordinary(tables)
        for part in extract(Blob((item.name,), stream, size), limits):
            if isinstance(part, Skipped):
                skipped.append(part)
                continue
            columns = by_alphabet[Alphabet(part.alphabet)]
            if part.alphabet == "bytes":
                plain.add(part.provenance)
                if len(part.provenance) > 1:
                    continue  # pictures and fonts in a document: half the world's files hold the same
            elif part.provenance in plain:
                continue  # the strings of a file without text are in its byte shingles; alone they are everybody's
            elif part.provenance in columns.provenances and (
                part.again or (part.marks and part.marks[0].locator == RAW)
            ):
                continue  # another reading of the same content
            selector = Selector(columns.scale)
            words = Words(keep) if part.alphabet == "text" else None
            for chunk in part.chunks:
                selector.feed(chunk)
                if words:
                    words.feed(chunk)
                    ordinary.feed(chunk)
            if not columns.fits(selector):
                continue
            characters = columns.characters
            columns.add(part, selector)
            if words:
                kept.add(words, columns.symbols - selector.symbols, characters)
        made = [
            Fingerprint.of(each.scale, each.length, each.columns, tuple(each.marks))
            for each in by_alphabet.values()
            if len(each.columns[0])
        ]
        plain_text = not any(each.alphabet == Alphabet.BYTES for each in made)
        return Taken(digest, size, tuple(made), tuple(skipped), *kept.records(), plain_text and bool(ordinary))


class Registration:
    """One call of register."""

    def __init__(
        self,
        writer: Writer,
        *,
        label: str,
        owner: str,
        name: str | None,
        background: bool,
        jobs: int,
        limits: Limits,
        keep: Keep = KEEP_SKETCH,
    ) -> None:
        """`name`: of the one document; None: each file's path relative to the folder that was given."""
        self._writer = writer
        self._label, self._owner, self._name, self._background = label, owner, name, background
        self._jobs, self._limits = jobs, limits
        self._keep = Keep(sketch=False, text=True) if background else keep
        own = writer.store.familiar()
        self._tables = [] if background else [shipped(), own] if own else [shipped()]
        self._known = frozenset(
            each.digest for each in writer.store.documents.values() if each.background == background
        )

    def outcomes(self, source: Source) -> Iterator[Outcome]:
        """One for each file and each thing that is no file, as they come."""
        aside: list[Outcome] = []

        def files() -> Iterator[Item]:
            for item in source.items():
                if isinstance(item, Skipped):
                    aside.append(Outcome(item.provenance[0], None, None, (item,)))
                else:
                    yield item

        running = pool.run(files(), self._handle, jobs=self._jobs, limits=self._limits, max_payload=MAX_PAYLOAD)
        with closing(running) as outcomes:
            for outcome in outcomes:
                yield from aside
                aside.clear()
                yield self._register(outcome)
        yield from aside

    def _handle(self, item: Item) -> bytes:
        try:
            taken = fingerprint(item, self._limits, self._known, self._keep, self._tables)
        except Unreadable as error:
            taken = Taken(b"", 0, (), (Skipped((item.name,), error.reason, error.detail),))
        return msgspec.msgpack.encode(taken)

    def _register(self, outcome: pool.Outcome) -> Outcome:
        item = outcome.item
        if isinstance(outcome.payload, pool.Failure):
            failed = Skipped((item.name,), outcome.payload.reason, outcome.payload.detail)
            return Outcome(item.name, None, None, (failed,))
        taken = msgspec.msgpack.decode(outcome.payload, type=Taken)
        if not taken.digest:
            return Outcome(item.name, None, None, taken.skipped)
        document = Registered(
            id="",
            name=self._name or item.relative,
            label=self._label,
            owner=self._owner,
            version=0,
            background=self._background,
            size=taken.size,
            digest=taken.digest,
            symbols={each.alphabet: each.symbols for each in taken.fingerprints},
            entries=sum(each.outline.rows for each in taken.fingerprints),
            registered=int(time.time()),
        )
        there = self._writer.known(taken.digest, self._background)
        if not taken.fingerprints and not there:
            return Outcome(item.name, None, None, (*taken.skipped, _too_short(item, taken)))
        with signals_held():  # between a document and its shingles no Ctrl-C must come: what was added is kept
            change: Change = self._writer.add(document, taken.fingerprints, taken.sketch, taken.text)
        return Outcome(item.name, change.what, change.document, taken.skipped, taken.ordinary)


def _too_short(item: Item, taken: Taken) -> Skipped:
    text, plain = SCALES
    detail = (
        f"too short to fingerprint: a text needs at least {text.threshold} letters and digits, a file without text "
        f"{plain.threshold} bytes that vary"
    )
    if not taken.size:
        detail = "empty"
    return Skipped((item.name,), Reason.TOO_SHORT, detail)
