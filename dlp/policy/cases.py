"""A company's own examples as a test of its policy: what there is, and which verdict it must get."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from dlp.errors import ConfigError
from dlp.model import (
    Also,
    Appearance,
    Coverage,
    Decision,
    Document,
    File,
    Finding,
    Level,
    Origin,
    PassageFinding,
    PatternFinding,
    Reason,
    SetFinding,
    Skipped,
    SourceSpan,
    Span,
    Subject,
    TermFinding,
    Verdict,
)
from dlp.plain_yaml import Page
from dlp.policy import amounts
from dlp.policy.matter import KINDS, clock
from dlp.policy.policy import Policy

MAX_SIZE = 1 << 20
MAX_DEPTH = 8

VERSION = 1

_PLACE = Span(0, 1, 1, 1, "")


class Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A matter, as a scan would find it. Fields that its kind does not have mean nothing."""

    kind: str
    label: str = ""
    document: str = "a document"
    also: Sequence[str] = ()
    rule: str = "a-rule"
    tags: Sequence[str] = ()
    skipped: Reason = Reason.ENCRYPTED
    severity: Level = Level.LOW
    confidence: Level = Level.LOW
    length: int = 0
    evidence: int = 0
    rarity: int = 0
    similarity: float = 1.0
    share: float = 0.0
    count: int = 1
    files: int = 2


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What else is known of the file; of one that is scanned, what is given here counts instead."""

    path: str | None = None
    channel: str | None = None
    jurisdiction: str | None = None
    type: str | None = None
    lies: bool | None = None
    size: int | str | None = None
    owner: int | None = None
    age: int | str | None = None
    coverage: Coverage | None = None
    authors: Sequence[str] = ()
    branches: Sequence[str] = ()


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One example: `text` or a `file` (its path, from the cases' folder on), which are scanned, or what is `given`.
    `rules`: those that must lead to the verdict; `exceptions`: those that must have taken something out."""

    name: str
    expect: Verdict
    text: str | None = None
    file: str | None = None
    given: Sequence[Given] = ()
    about: About = About()
    rules: Sequence[str] = ()
    exceptions: Sequence[str] = ()

    @property
    def scanned(self) -> bool:
        return self.text is not None or self.file is not None


class Cases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    version: int
    cases: Sequence[Case]


def load(text: bytes, where: str) -> Sequence[Case]:
    """Raises ConfigError that says where and what."""
    page = Page(text, where, "a file of cases", size=MAX_SIZE, depth=MAX_DEPTH)
    read: Cases = page.convert(page.data, Cases)
    if read.version != VERSION:
        raise ConfigError(f"{page.at('version')}: version {read.version}; this engine reads version {VERSION}")
    if not read.cases:
        raise ConfigError(f"{page.at('cases')}: no cases: nothing is tested")
    names: set[str] = set()
    for at, case in enumerate(read.cases):
        here = page.at("cases", at)
        if case.name in names:
            raise ConfigError(f"{here}: two cases have the name {case.name!r}")
        names.add(case.name)
        if (case.text is not None) + (case.file is not None) + bool(case.given) > 1:
            raise ConfigError(f"{here}: give one of `text`, `file` and `given`")
        for number, given in enumerate(case.given):
            if given.kind not in KINDS or given.kind == "file":
                there = ", ".join(KINDS[:-1])
                raise ConfigError(f"{page.at('cases', at, 'given', number)}: no kind {given.kind!r}; there are {there}")
        try:
            subject(case, Subject(""))
        except ValueError as error:
            raise ConfigError(f"{page.at('cases', at, 'about')}: {error}") from None
    return read.cases


def misses(case: Case, decision: Decision) -> list[str]:
    """What is not as it should be, in words."""
    wrong = []
    if decision.verdict != case.expect:
        why = f": {decision.reasons[0]}" if decision.reasons else ""
        wrong.append(f"{decision.verdict}, not {case.expect}{why}")
    for what, expected, there in (
        ("rules", case.rules, decision.handling.rules),
        ("exceptions", case.exceptions, decision.handling.exceptions),
    ):
        if absent := [each for each in expected if each not in there]:
            wrong.append(f"{what} {', '.join(there) or 'none'}; {', '.join(absent)} should be among them")
    return wrong


def decide(
    policy: Policy, case: Case, found: Subject, findings: Sequence[Finding], skips: Sequence[Skipped]
) -> Decision:
    """`found`, `findings`, `skips`: of what was scanned, or nothing."""
    given = [_matter(each, str(at)) for at, each in enumerate(case.given)]
    findings = [*findings, *(each for each in given if not isinstance(each, Skipped))]
    skips = [*skips, *(each for each in given if isinstance(each, Skipped))]
    return policy.decide(subject(case, found), findings, skips)


def subject(case: Case, found: Subject) -> Subject:
    """What is known of the file, by the case and by its scan. Raises ValueError."""
    about = case.about
    file = found.file or File(0, int(clock() * 1e9), 0, 0, 0, 0, "text")
    if about.size is not None:
        file = msgspec.structs.replace(file, size=int(amounts.size(about.size)))
    if about.age is not None:
        file = msgspec.structs.replace(file, modified=int((clock() - amounts.age(about.age)) * 1e9))
    facts = {name: value for name in ("type", "lies", "owner") if (value := getattr(about, name)) is not None}
    file = msgspec.structs.replace(file, **facts)
    named = {name: value for name in ("channel", "jurisdiction") if (value := getattr(about, name)) is not None}
    path = found.path if about.path is None else about.path
    appearances = tuple(Appearance("", path, "", each, 0) for each in about.authors)
    origin = Origin(branches=tuple(about.branches), appearances=appearances, **named)
    skipped = Coverage.PARTIAL if any(each.kind == "skipped" for each in case.given) else Coverage.COMPLETE
    return Subject(path or case.name, file, origin, about.coverage or (skipped if case.given else found.coverage))


def _matter(given: Given, digest: str) -> Finding | Skipped:
    document = Document("", given.document, given.label, 1)
    levels = given.severity, given.confidence
    value = (*levels, given.count, _PLACE, (_PLACE,), "", digest)
    if given.kind == "skipped":
        return Skipped(("",), given.skipped, "")
    if given.kind == "pattern":
        return PatternFinding(("",), given.rule, given.rule, tuple(given.tags), *value)
    if given.kind == "term":
        return TermFinding(("",), document, *value)
    if given.kind == "set":
        return SetFinding(document, *levels, given.evidence, given.share, given.files, ())
    source = SourceSpan(0, 1, "")
    also = tuple(Also(Document("", each, given.label, 1), source, given.similarity, given.share) for each in given.also)
    return PassageFinding(
        provenance=("",),
        document=document,
        severity=given.severity,
        confidence=given.confidence,
        span=_PLACE,
        source_span=source,
        length=given.length or given.evidence,
        evidence=given.evidence,
        rarity=given.rarity,
        similarity=given.similarity,
        rare_share=1.0,
        document_share=given.share,
        evidence_share=given.share,
        excerpt="",
        also=also,
    )
