"""What one document's passages in the files of a scan come to, all the files together.

A document that leaves in ten files, a tenth in each, has left whole. Passages are laid over one another along the
document: what several files have of it counts once, so the same tenth in ten files is a tenth.

A set of files is spoken of if at least two files have passages of the document that add up, and together either

- a tenth of the document, and 1.25 times what any one file has; or
- 1.1 times what any one file has, and that leads to a stricter verdict than any one file.

Below a tenth of the document only passages of high confidence add up: a million files have a few phrases of everything.
Ordinary wording does not add up at all.

A passage is known by the stretch of the document it takes up and the evidence in it, not symbol by symbol. Hence two
files that have the odd and the even words of one stretch are taken to have the same. Versions of a document lie on one
another by where a stretch stands in the whole: off by what the edits between them moved.
"""

from __future__ import annotations

import os
from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from dlp.fingerprint import Alphabet
from dlp.match.passage import CHANCE, WEIGHT, severity
from dlp.model import Document, Finding, Level, PassageFinding, Piece, Result, SetFinding, Verdict
from dlp.scan.cover import Cover

TENTH = 0.1
"""Share of a document from which on whatever there is of it adds up; below, what is surely of it."""

MORE = 1.25
"""Times what the best file has of a document, from which on the set says something that the file does not."""

STRICTER = 1.1
"""The same where the verdict is stricter, too: less may be edges that other text beside a passage moves."""

ORDINARY = 0.25
"""Rarity, as a share of the evidence, below which a passage does not add up unless it is of high confidence: prose that
nobody else has gives more than twice that; a clause that stands in many contracts, a fraction."""

PIECES = 100
"""Files of a set that are named, those with most; the others are counted."""

KEPT = 500_000
"""Stretches and files of all documents together, 200 bytes each: 100 MB. Beyond, documents of which there is least are
forgotten, until half of that is left."""

OVERHEAD = 10
"""What a document takes besides, counted in the same."""

LEADERS = 10
"""Documents that one document is named beside; of one that is beside more, a set is told by itself."""

Symbols = Callable[[Document], Mapping[Alphabet, int]]
"""How long a document is; nothing for one that is not registered (any more)."""

Judge = Callable[[list[Finding]], Verdict]

_Passage = tuple[PassageFinding, float, str | None]
"""With the symbols of its document, and the document that it is told of where that is another one."""


class _File:
    """What one file has of a document. Shares of the document, along its length as 1."""

    __slots__ = ("cover", "path", "share")

    def __init__(self, path: str, passages: Sequence[_Passage]) -> None:
        self.path = path
        self.cover = Cover()
        for finding, symbols, _ in passages:
            self.cover.add(*_stretch(finding, symbols))
        self.share = self.cover.evidence()

    def before(self, other: _File | None) -> bool:
        return other is None or (-self.share, self.path) < (-other.share, other.path)


def _stretch(finding: PassageFinding, symbols: float) -> tuple[float, float, float]:
    start, end = finding.source_span.start / symbols, finding.source_span.end / symbols
    return start, end, finding.evidence / symbols / (end - start)


def _ceiling(passages: Sequence[_Passage]) -> float:
    """What a file would have if its passages agreed in every symbol: no other file has more of these stretches."""
    most = Cover()
    for finding, symbols, _ in passages:
        start, end, density = _stretch(finding, symbols)
        most.add(start, end, density / max(finding.similarity, 0.01))
    return most.evidence()


class _Set:
    """What the files seen so far have of a document."""

    __slots__ = (
        "best",
        "ceiling",
        "confidence",
        "cover",
        "files",
        "folders",
        "leaders",
        "pieces",
        "stated",
        "verdict",
        "versions",
    )

    def __init__(self) -> None:
        self.cover = Cover()
        self.best: _File | None = None
        self.ceiling = 0.0
        """Of the best file, see `_ceiling`."""
        self.files = 0
        self.pieces: list[tuple[float, str]] = []
        """(less its share, path), the heaviest first."""
        self.folders: dict[bool, str] = {}
        """The one that holds all absolute paths (True), and the one for the others."""
        self.versions: dict[Document, int] = {}
        self.leaders: set[str] | None = set()
        """Documents that it was only named beside, by id; None: it had a finding of its own."""
        self.verdict = Verdict.ALLOW
        self.confidence = Level.LOW
        self.stated = 0.0
        """Most that any file has of it as its findings say, which do not list every passage."""

    def add(self, file: _File, passages: Sequence[_Passage], verdict: Verdict) -> None:
        self.files += 1
        self.cover.merge(file.cover)
        if file.before(self.best):
            self.best, self.ceiling = file, _ceiling(passages)
        piece = (-file.share, file.path)
        if len(self.pieces) < PIECES or piece < self.pieces[-1]:
            insort(self.pieces, piece)
            del self.pieces[PIECES:]
        folder, absolute = os.path.dirname(file.path), os.path.isabs(file.path)
        self.folders[absolute] = _common(self.folders.get(absolute, folder), folder)
        self.verdict = max(self.verdict, verdict, key=lambda each: each.rank)
        for finding, _, leader in passages:
            self._name(finding, leader)

    def _name(self, finding: PassageFinding, leader: str | None) -> None:
        self.versions[finding.document] = self.versions.get(finding.document, 0) + finding.evidence
        self.stated = max(self.stated, finding.evidence_share)
        self.confidence = max(self.confidence, finding.confidence, key=lambda each: each.rank)
        if self.leaders is not None and leader is not None:
            self.leaders.add(leader)
        if leader is None or (self.leaders is not None and len(self.leaders) > LEADERS):
            self.leaders = None

    def __len__(self) -> int:
        """What it takes of KEPT."""
        kept = len(self.cover) + len(self.pieces) + len(self.versions) + OVERHEAD
        return kept + (len(self.best.cover) if self.best else 0)

    @property
    def document(self) -> Document:
        """The version that most was found of."""
        return max(self.versions, key=lambda each: (self.versions[each], each.version))

    @property
    def folder(self) -> str:
        if len(self.folders) > 1:
            return _common(*map(os.path.abspath, self.folders.values()))
        return next(iter(self.folders.values())) or "."

    def shares(self) -> tuple[float, float]:
        """(all files together, the best one alone)."""
        assert self.best is not None
        alone = max(self.best.share, self.stated)
        inside = self.cover.within(self.best.cover)
        more = min(inside, self.ceiling) - self.best.share
        together = self.best.share + max(more, 0.0) + self.cover.evidence() - inside
        return min(max(together, alone), 1.0), min(alone, 1.0)


_Key = tuple[str, Alphabet, bool]
"""A document's id, the alphabet, and whether only passages of high confidence are taken."""


class Gathering:
    """Takes the results of a scan, in any order, and says what sets of files have of a document."""

    def __init__(self, judge: Judge, symbols: Symbols) -> None:
        """`judge`: the verdict that findings lead to."""
        self._judge = judge
        self._symbols = symbols
        self._sets: dict[_Key, _Set] = {}
        self._kept = 0

    def add(self, result: Result) -> None:
        """Takes up the result of one file, which comes once."""
        found: dict[tuple[str, Alphabet], list[_Passage]] = {}
        for finding, leader in _each(result.findings):
            lengths = self._symbols(finding.document)
            alphabet = Alphabet.TEXT if finding.excerpt else Alphabet.BYTES  # content without text has none
            symbols = lengths.get(alphabet, 0) / (1 if alphabet == Alphabet.TEXT else WEIGHT)
            if symbols:
                found.setdefault((finding.document.id, alphabet), []).append((finding, symbols, leader))
        for (document, alphabet), findings in found.items():
            counted = [each for each in findings if _counts(each[0])]
            if not counted:
                continue
            verdict = self._judge([each for each, _, _ in findings])
            file = _File(result.path, counted)
            self._gather((document, alphabet, False), file, counted, verdict)
            certain = [each for each in counted if each[0].confidence == Level.HIGH]
            if certain:
                file = file if len(certain) == len(counted) else _File(result.path, certain)
                self._gather((document, alphabet, True), file, certain, verdict)
        if self._kept > KEPT:
            self._forget()

    def _gather(self, key: _Key, file: _File, passages: Sequence[_Passage], verdict: Verdict) -> None:
        gathered = self._sets.get(key)
        if gathered is None:
            gathered = self._sets[key] = _Set()
        else:
            self._kept -= len(gathered)
        gathered.add(file, passages, verdict)
        self._kept += len(gathered)

    def findings(self) -> Iterator[tuple[str, SetFinding]]:
        """What there is to say, the gravest first, and for each the folder that holds all the files."""
        spoken: dict[str, tuple[Verdict, SetFinding, _Set]] = {}
        for (document, alphabet, sure), gathered in self._sets.items():
            told = self._told(gathered, alphabet, sure)
            if told and (document not in spoken or _gravity(told) > _gravity(spoken[document])):
                spoken[document] = (*told, gathered)
        for verdict, finding, gathered in sorted(
            spoken.values(), key=lambda each: (-each[0].rank, -each[1].evidence, each[1].document.name)
        ):
            # Where each passage of it is told as another document's, so is the set.
            leaders = (spoken[each] for each in gathered.leaders or () if each in spoken)
            if not any(leader[0].rank >= verdict.rank for leader in leaders):
                yield gathered.folder, finding

    def _told(self, gathered: _Set, alphabet: Alphabet, sure: bool) -> tuple[Verdict, SetFinding] | None:
        if gathered.files < 2:
            return None
        document = gathered.document
        symbols = self._symbols(document)[alphabet] / (1 if alphabet == Alphabet.TEXT else WEIGHT)
        share, alone = gathered.shares()
        if (share - alone) * symbols < CHANCE or share < STRICTER * alone or not (sure or share >= TENTH):
            return None
        finding = SetFinding(
            document=document,
            severity=severity(round(share * symbols), share),
            confidence=gathered.confidence,
            evidence=round(share * symbols),
            share=share,
            files=gathered.files,
            pieces=tuple(Piece(path, round(-less * symbols), min(-less, 1.0)) for less, path in gathered.pieces),
        )
        verdict = self._judge([finding])
        more = share >= TENTH and share >= MORE * alone
        return (verdict, finding) if more or verdict.rank > gathered.verdict.rank else None

    def _forget(self) -> None:
        """Those of which there is least: to find them again costs whoever hides something the most files."""
        ranked = sorted(self._sets.items(), key=lambda each: -each[1].cover.evidence())
        self._sets, self._kept = {}, 0
        for key, gathered in ranked:
            if self._kept + len(gathered) > KEPT // 2:
                break
            self._sets[key] = gathered
            self._kept += len(gathered)


def _gravity(told: tuple[Verdict, SetFinding] | tuple[Verdict, SetFinding, _Set]) -> tuple[int, float]:
    return told[0].rank, told[1].share


def _counts(finding: PassageFinding) -> bool:
    """Whether a passage adds up. What has no place in its document was removed while the scan ran."""
    if finding.source_span.end <= finding.source_span.start or finding.evidence < CHANCE:
        return False
    return finding.confidence == Level.HIGH or finding.rarity >= ORDINARY * finding.evidence


def _each(findings: Iterable[Finding]) -> Iterator[tuple[PassageFinding, str | None]]:
    """Each passage as one of each document that has it, with the id of the document that it is told of, if that is
    another one. What is evidence in another document is not told; in a like passage it is alike."""
    for finding in findings:
        if not isinstance(finding, PassageFinding):
            continue
        yield finding, None
        for other in finding.also:
            alike = min(other.similarity / finding.similarity, 1.0) if finding.similarity else 1.0
            rare = min(finding.evidence_share / finding.document_share, 1.0) if finding.document_share else 1.0
            yield (
                msgspec.structs.replace(
                    finding,
                    document=other.document,
                    source_span=other.source_span,
                    evidence=round(finding.evidence * alike),
                    rarity=round(finding.rarity * alike),
                    similarity=other.similarity,
                    document_share=other.document_share,
                    evidence_share=other.document_share * rare,
                    also=(),
                ),
                finding.document.id,
            )


def _common(one: str, other: str) -> str:
    """The deepest folder that holds two folders, both absolute or both relative to one."""
    if one == other:
        return one
    if os.path.isabs(one):
        return os.path.commonpath((os.path.normpath(one), os.path.normpath(other)))
    left, right = ([each for each in os.path.normpath(path).split(os.sep) if each != "."] for path in (one, other))
    above = max(left.count(os.pardir), right.count(os.pardir))  # normpath leaves them at the beginning only
    if left.count(os.pardir) != right.count(os.pardir):
        return os.sep.join([os.pardir] * above)
    return os.path.commonpath([os.sep.join(left), os.sep.join(right)]) if left and right else ""
