"""The pipeline: a file becomes a Result. The only place that knows every stage."""

from __future__ import annotations

import copy
import io
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO, TypeVar

import msgspec

from dlp.extract.quick import quick_bytes, quick_text
from dlp.extract.raw import HEAD
from dlp.extract.telling import digest_of, file_of
from dlp.fingerprint import Alphabet
from dlp.limits import Limits
from dlp.match.explain import Explainer, heaviest
from dlp.match.passage import PassageMatcher
from dlp.match.seam import Heard, Matcher
from dlp.match.term import TermMatcher
from dlp.match.values import Digests
from dlp.model import (
    Blob,
    Coverage,
    Document,
    Finding,
    Origin,
    PatternFinding,
    Result,
    Skipped,
    Subject,
    Suppressed,
    TermFinding,
    Text,
    Verdict,
)
from dlp.registry.store import Store
from dlp.report.excerpt import mask
from dlp.scan import pool
from dlp.scan.added import only_added
from dlp.scan.gathering import Gathering, Symbols
from dlp.scan.told import Told
from dlp.source.opening import Unreadable, descriptor_of, open_file
from dlp.source.seam import Item

if TYPE_CHECKING:  # 15 ms, which a scan that finds nothing saves
    from dlp.match.baseline.entries import Baseline
    from dlp.policy.policy import Policy
    from dlp.scan.both import Both

_Found = TypeVar("_Found", bound=Finding)

Excerpts = Callable[[Item, Result, float], bytes]
"""Sealed evidence of a file that was scanned and is still open, and when that began (`dlp.scan.excerpts`)."""

MAX_FINDINGS = 5000
"""Findings listed for one file: the gravest, and of these those with the most evidence."""

MAX_REASONS = 100
"""Reasons given for one verdict."""


class Pipeline:
    """Scans one file at a time, in whichever process it is called."""

    def __init__(
        self,
        matchers: Sequence[Matcher],
        policy: Callable[[], Policy],
        limits: Limits,
        symbols: Symbols = lambda _: {},
        explainer: Explainer | None = None,
        explain: bool = False,
        readable: Sequence[str] = (),
        digests: bool = False,
        judges_all: bool = False,
        both: Both | None = None,
        baseline: Baseline | None = None,
    ) -> None:
        """`policy` is asked for when there is something to decide: reading YAML takes 10 ms that a clean scan saves.
        `symbols`: how long a document is; one of unknown length is not gathered from several files.
        `explain`: whether results say what was suppressed; `explainer`: of passages. `readable`: what matchers open
        late. `digests`: every result tells the file's digest, and not those alone whose verdict is `warn` or stricter;
        there is then a result to tell it, whatever was found. `judges_all`: whether the policy has a say where nothing
        was found (`Policy.clean`). `both`: quotes passages; its matcher is one of `matchers`. What `baseline` lists
        counts no more."""
        self._matchers = matchers
        self._policy = policy
        self._limits = limits
        self._symbols = symbols
        self._explainer = explainer
        self._explain = explain
        self.readable = readable
        self._digests = digests
        self._both = both
        self._baseline = baseline
        self.judges_all = judges_all or digests
        """Whether there is something to say of a file in which nothing was found."""

        self._excerpts: Excerpts | None = None

    def scan(self, item: Item) -> Result:
        """Never raises for what the file holds or for what happens to it."""
        result = self._scan(item)
        return self._both.added(result) if self._both else result

    def _scan(self, item: Item) -> Result:
        if item.size < HEAD and not self._explainer:
            data = _quick_text(item)
            if data is not None:
                return self._quick(item, data)
        return self._whole(item)

    def _quick(self, item: Item, data: bytes) -> Result:
        """Of a file that is one plain text."""
        heard: list[Heard] = []
        if data:
            text = Text((item.name,), "text", iter(()), [])
            for matcher in self._matchers:
                listener = matcher.listen(text)
                if listener:
                    listener.feed(data)
                    heard += listener.finish()
        if not (heard or self.judges_all):
            return nothing_found(item.name, item.origin)
        findings, skipped, suppressed = _sorted(heard)
        findings, aside = only_added(item, findings, data)
        findings, known, listed, count = self._apart(item, findings)
        told_of = self._told([*suppressed, *known, *aside])
        with opened(item) as stream:
            return self.result(item, findings, skipped, True, told_of, len(suppressed) + count, stream, listed)

    def _whole(self, item: Item) -> Result:
        from dlp.extract.recursion import extract  # a hundred modules, which the scan of a few small texts saves

        findings: list[Finding] = []
        skipped: list[Skipped] = []
        suppressed: list[Suppressed] = []
        explained: list[Suppressed] = []
        told = Told()
        read = False
        try:
            with opened(item) as stream:
                for part in extract(Blob((item.name,), stream, item.size), self._limits):
                    if isinstance(part, Skipped):
                        skipped.append(part)
                        continue
                    listeners = [listener for each in self._matchers if (listener := each.listen(part))]
                    explaining = self._explainer and self._explainer.listen(part)
                    for chunk in part.chunks:
                        read = True
                        for listener in listeners:
                            listener.feed(chunk)
                        if explaining:
                            explaining.feed(chunk)
                    found, unread, allowed = _sorted(each for listener in listeners for each in listener.finish())
                    findings += [each for each in found if not told.before(each)]
                    told.note(found)
                    skipped += unread
                    suppressed += [each for each in allowed if not told.before(each.finding)]
                    told.note(each.finding for each in allowed)
                    if self._explainer and explaining:
                        explained += self._explainer.suppressed(found, explaining.finish())
                findings, aside = only_added(item, findings, None)
                findings, known, listed, count = self._apart(item, findings)
                told_of = self._told([*suppressed, *known, *explained, *aside])
                return self.result(item, findings, skipped, read, told_of, len(suppressed) + count, stream, listed)
        except Unreadable as error:
            return self.result(item, (), (Skipped((item.name,), error.reason, error.detail),), read=False)

    def _apart(
        self, item: Item, findings: list[Finding]
    ) -> tuple[list[Finding], list[Suppressed], tuple[int, ...], int]:
        if self._baseline is None:
            return findings, [], (), 0
        return self._baseline.apart(findings, item.name, item.relative)

    def _told(self, suppressed: Sequence[Suppressed]) -> Sequence[Suppressed]:
        """What a result tells of these."""
        if not self._explain:
            return ()
        return [Suppressed(_bare(each.finding), each.causes) for each in heaviest(suppressed)]

    def handle(self, item: Item) -> bytes:
        """In a worker: b"" for a file that is allowed and was read whole, else the encoded result."""
        begun = time.monotonic() if self._excerpts else 0.0
        result = self.scan(item)
        if self._excerpts and (sealed := self._excerpts(item, result, begun)):
            result = msgspec.structs.replace(result, sealed=sealed)
        if result.verdict == Verdict.ALLOW and not (
            result.findings or result.skipped or result.suppressed or result.allowed or result.file
        ):
            return b""
        return msgspec.msgpack.encode(result)

    def outcome(self, outcome: pool.Outcome) -> Result:
        """The result of what `handle` did."""
        item = outcome.item
        if isinstance(outcome.payload, pool.Failure):
            skipped = Skipped((item.name,), outcome.payload.reason, outcome.payload.detail)
            result = self.result(item, (), (skipped,), read=False)
        elif outcome.payload:
            result = msgspec.msgpack.decode(outcome.payload, type=Result)
        else:
            result = nothing_found(item.name, item.origin)
        return msgspec.structs.replace(result, location=item.path)

    def judged_by(self, policy: Callable[[], Policy], judges_all: bool = False) -> Pipeline:
        """The same, with another policy."""
        other = copy.copy(self)
        other._policy = policy
        other.judges_all = judges_all or self._digests
        return other

    def with_excerpts(self, excerpts: Excerpts | None) -> Pipeline:
        """The same, but what it handles has its excerpts sealed to who reviews them."""
        other = copy.copy(self)
        other._excerpts = excerpts
        return other

    def gathering(self, origin: Origin | None = None) -> Gathering:
        """For the results of one scan. `origin`: of all its files."""
        subject = Subject("", origin=origin or Origin())
        return Gathering(lambda findings: self._policy().decide(subject, findings, ()).verdict, self._symbols)

    def result(
        self,
        item: Item,
        findings: Sequence[Finding],
        skipped: Sequence[Skipped],
        read: bool,
        suppressed: Sequence[Suppressed] = (),
        allowed: int = 0,
        stream: BinaryIO | None = None,
        listed: tuple[int, ...] = (),
    ) -> Result:
        """`read`: whether any content was. `stream`: the file itself, where there is one; it is left anywhere."""
        name, origin = item.name, item.origin
        if not (findings or skipped or suppressed or allowed or self.judges_all):
            return nothing_found(name, origin)
        findings = [_bare(each) for each in findings]
        judged = findings or skipped or self.judges_all
        file = file_of(stream, name) if stream is not None and judged else None
        coverage = Coverage.COMPLETE if not skipped else Coverage.PARTIAL if read else Coverage.UNSCANNABLE
        policy, subject = self._policy(), Subject(name, file, origin, coverage)
        decision = policy.decide(subject, findings, skipped)
        reasons = decision.reasons
        if file is not None and stream is not None and (self._digests or decision.verdict.rank >= Verdict.WARN.rank):
            file = msgspec.structs.replace(file, digest=digest_of(stream))
        if len(findings) > MAX_FINDINGS:  # all are judged; too long a result would not come out of the worker
            least = sorted(map(_weight, findings), reverse=True)[MAX_FINDINGS - 1]
            findings = [each for each in findings if _weight(each) >= least][:MAX_FINDINGS]
        if len(reasons) > MAX_REASONS:
            reasons = (*reasons[:MAX_REASONS], f"and {len(reasons) - MAX_REASONS:,} more passages or parts")
        told = tuple(findings), tuple(skipped), tuple(suppressed)
        facts = file, policy.placed(subject), decision.handling
        return Result(name, (name,), decision.verdict, reasons, coverage, *told, allowed, listed, *facts)


def nothing_found(name: str, origin: Origin) -> Result:
    """Of a file that was read whole."""
    return Result(name, (name,), Verdict.ALLOW, (), Coverage.COMPLETE, (), (), origin=origin)


def _quick_text(item: Item) -> bytes | None:
    """Of content in memory, and of a file that is open, as a worker has it; others open it themselves."""
    if item.data is not None:
        return quick_bytes(item.data, item.name)
    descriptor = descriptor_of(item.path)
    return quick_text(descriptor, item.name) if descriptor is not None else None


def opened(item: Item) -> BinaryIO:
    """The content of an item, at its start. Raises Unreadable."""
    return open_file(item.path) if item.data is None else io.BytesIO(item.data)


def _sorted(heard: Iterable[Heard]) -> tuple[list[Finding], list[Skipped], list[Suppressed]]:
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    suppressed: list[Suppressed] = []
    for each in heard:
        if isinstance(each, Skipped):
            skipped.append(each)
        elif isinstance(each, Suppressed):
            suppressed.append(each)
        else:
            findings.append(each)
    return findings, skipped, suppressed


def _bare(finding: _Found) -> _Found:
    """Without what only the comparison of readings needs."""
    if isinstance(finding, PatternFinding) and finding.values:
        return msgspec.structs.replace(finding, values=frozenset())
    return finding


def _weight(finding: Finding) -> tuple[int, int]:
    """What is left out last where there is too much: the gravest, and of passages those with most evidence."""
    amount = finding.count if isinstance(finding, PatternFinding | TermFinding) else finding.evidence
    return finding.severity.rank, amount


def pipeline_for(
    store: Store | None,
    policy: Callable[[], Policy],
    limits: Limits,
    *,
    patterns: Matcher | None = None,
    explain: bool = False,
    digests: bool = False,
    judges_all: bool = False,
    quotes: bool = False,
    baseline: Baseline | None = None,
    more: Sequence[Matcher] = (),
) -> Pipeline:
    """The pipeline over everything there is to match: what is registered, and what rules describe. `explain`: results
    also say what was suppressed; `digests`, `judges_all`, `baseline` as a Pipeline has them; `quotes`: results hold
    their passages in plain text (`Result.quoted`); `more`: matchers besides. Raises StoreCorrupt."""
    matchers: list[Matcher] = [*([patterns] if patterns else []), *more]
    if store is None:
        return Pipeline(
            matchers, policy, limits, explain=explain, digests=digests, judges_all=judges_all, baseline=baseline
        )
    both, passages = None, PassageMatcher(store, limits, mask)
    if quotes:
        from dlp.scan.both import Both

        both = Both(passages, store)
    matchers.append(both.matcher if both else passages)
    if store.lists:
        matchers.append(TermMatcher(store, Digests(store.value_key), mask))
    explainer = Explainer(store, limits, mask) if explain else None
    return Pipeline(
        matchers,
        policy,
        limits,
        _symbols(store),
        explainer,
        explain=explain,
        readable=[store.folder],
        digests=digests,
        judges_all=judges_all,
        both=both,
        baseline=baseline,
    )


def _symbols(store: Store) -> Symbols:
    """Of the store's documents."""

    def symbols(document: Document) -> Mapping[Alphabet, int]:
        ordinal = store.ordinal_of(document.id, document.version)
        return {} if ordinal is None else store.documents[ordinal].symbols

    return symbols
