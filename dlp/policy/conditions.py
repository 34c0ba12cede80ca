"""What a rule can ask: every condition by its name, what it may be asked of, how it is written, and how it is tested.

To add one is an entry in `CONDITIONS`, a row in rules/README.md and a line of the schema, which a test asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from dlp.file_types import NAMES
from dlp.model import Coverage, Reason
from dlp.policy import amounts
from dlp.policy.amounts import Amount
from dlp.policy.forms import (
    COUNT,
    AtLeast,
    Condition,
    Figure,
    Fixed,
    Names,
    OfFile,
    Rarity,
    Share,
    Tag,
    Values,
    between,
    one_of,
)
from dlp.policy.matter import FINDINGS, KINDS, PASSAGES, REGISTERED, UNLISTED, VALUES, Facts
from dlp.policy.users import number_of
from dlp.policy.wildcards import Paths, Wildcard

MAX_LISTED = 1_000
"""Names or patterns that one condition lists."""


def _in_places(paths: Paths, facts: Facts, every: bool) -> bool:
    if every:
        return all(paths.matches(*each) for each in facts.places.all())
    return any(paths.matches(*each) for each in facts.places.any())


def _by_author(authors: Wildcard, facts: Facts, every: bool) -> bool:
    emails = {each.email for each in facts.subject.origin.appearances}
    return bool(emails) and (all if every else any)(map(authors.matches, emails))


def _on_branch(branches: Wildcard, facts: Facts, every: bool) -> bool:
    names = facts.subject.origin.branches
    return bool(names) and (all if every else any)(map(branches.matches, names))


def _size(value: Amount, facts: Facts, every: bool) -> bool:
    return facts.subject.file is not None and value.holds(facts.subject.file.size)


def _age(value: Amount, facts: Facts, every: bool) -> bool:
    return facts.subject.file is not None and value.holds(_seconds_old(facts))


def _seconds_old(facts: Facts) -> float:
    """Of what was changed in the future, 0."""
    assert facts.subject.file is not None
    return max(0.0, facts.now - facts.subject.file.modified / 1e9)


def _fact(name: str) -> Callable[[Facts], str]:
    def actual(facts: Facts) -> str:
        return "is not known" if facts.subject.file is None else f"is {getattr(facts.subject.file, name)}".lower()

    return actual


# --- reading ------------------------------------------------------------------------------------


def _texts(written: Any) -> list[str]:
    """A text, or a list of some."""
    listed = written if isinstance(written, list) else [written]
    if not listed or len(listed) > MAX_LISTED:
        raise ValueError(f"lists 1 to {MAX_LISTED:,}")
    for each in listed:
        if not isinstance(each, str) or not each:
            raise ValueError(f"{each!r} is no text; write it in quotation marks")
    return listed


def _some_of(there: Callable[[Names], Collection[str]], what: str) -> Callable[[Any, Names], frozenset[str]]:
    def read(written: Any, names: Names) -> frozenset[str]:
        for each in (listed := _texts(written)):
            one_of(there(names), each, what)
        return frozenset(listed)

    return read


def _wildcard(written: Any, names: Names) -> Wildcard:
    return Wildcard(_texts(written))


def _emails(written: Any, names: Names) -> Wildcard:
    return Wildcard(_texts(written), fold=True)


def _paths(written: Any, names: Names) -> Paths:
    return Paths(_texts(written))


def _from_class_on(written: Any, names: Names) -> frozenset[str]:
    return frozenset(names.classes[one_of(names.classes, written, "class") :])


def _yes_or_no(written: Any, names: Names) -> tuple[bool]:
    if not isinstance(written, bool):
        raise ValueError(f"{written!r} is neither true nor false")
    return (written,)


def _owners(written: Any, names: Names) -> frozenset[int]:
    listed = written if isinstance(written, list) else [written]
    if not listed or len(listed) > MAX_LISTED:
        raise ValueError(f"lists 1 to {MAX_LISTED:,} users")
    return frozenset(number for each in listed if (number := number_of(each)) is not None)


def _some(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "array", "items": schema, "minItems": 1, "maxItems": MAX_LISTED}]}


_TEXT = {"type": "string", "minLength": 1}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_SIZE = {"anyOf": [COUNT, {"type": "string", "pattern": "^[0-9]{1,15}[KMGT]?$"}]}
_AGE = {"anyOf": [{"const": 0}, {"type": "string", "pattern": "^[0-9]{1,6}[hdwy]$"}]}
_NAMED = _some(_TEXT)


def _enumerated(there: Collection[str]) -> dict[str, Any]:
    return _some({"enum": list(there)})


def _classes(names: Names) -> Collection[str]:
    return (*names.classes, UNLISTED)


def _is(value: frozenset[str], each: str) -> bool:
    return each in value


def _like(value: Wildcard, each: str) -> bool:
    return value.matches(each)


def _lies_there(value: Paths, each: str) -> bool:
    return value.matches(each, each)


CONDITIONS: Mapping[str, Condition] = {
    "kind": Fixed(KINDS, _enumerated(KINDS), _some_of(lambda _: KINDS, "kind"), _is, lambda known: (known.key.kind,)),
    "class": Fixed(FINDINGS, _NAMED, _some_of(_classes, "class"), _is, lambda known: known.classes),
    "class-at-least": Fixed(FINDINGS, _TEXT, _from_class_on, _is, lambda known: known.classes),
    "document": Fixed(REGISTERED, _NAMED, _paths, _lies_there, lambda known: known.key.documents),
    "rule": Fixed(["pattern"], _NAMED, _wildcard, _like, lambda known: (known.key.rule,)),
    "tag": Tag(["pattern"], _NAMED, _wildcard, _like, lambda known: known.key.tags or ("",)),
    "skipped": Fixed(
        ["skipped"],
        _enumerated(list(Reason)),
        _some_of(lambda _: list(Reason), "reason"),
        _is,
        lambda known: (known.key.reason,),
    ),
    "severity": AtLeast("severity"),
    "confidence": AtLeast("confidence"),
    "length": Figure(amounts.count, COUNT, ["passage"], "length"),
    "evidence": Figure(amounts.count, COUNT, PASSAGES, "evidence"),
    "rarity": Rarity(amounts.count, COUNT, PASSAGES, "rarity"),
    "similarity": Figure(amounts.share, _SHARE, ["passage"], "similarity"),
    "share": Share(amounts.share, _SHARE, PASSAGES, "share"),
    "count": Figure(amounts.count, COUNT, VALUES, "count"),
    "values": Values(),
    "files": Figure(amounts.count, COUNT, ["set"], "files"),
    "path": OfFile(_NAMED, _paths, _in_places, lambda facts: f"is {facts.subject.path}"),
    "channel": OfFile(
        _NAMED,
        _some_of(lambda names: names.channels, "channel"),
        lambda value, facts, _: facts.origin.channel in value,
        lambda facts: f"is {facts.origin.channel or 'none'}",
    ),
    "jurisdiction": OfFile(
        _NAMED,
        lambda written, _: frozenset(_texts(written)),
        lambda value, facts, _: facts.origin.jurisdiction in value,
        lambda facts: f"is {facts.origin.jurisdiction or 'not known'}",
    ),
    "type": OfFile(
        _enumerated(NAMES),
        _some_of(lambda _: NAMES, "type"),
        lambda value, facts, _: facts.subject.file is not None and facts.subject.file.type in value,
        _fact("type"),
    ),
    "lies": OfFile(
        {"type": "boolean"},
        _yes_or_no,
        lambda value, facts, _: facts.subject.file is not None and facts.subject.file.lies is value[0],
        _fact("lies"),
    ),
    "size": OfFile(
        {"anyOf": [_SIZE, between(_SIZE)]},
        lambda written, _: amounts.amount(written, amounts.size),
        _size,
        _fact("size"),
    ),
    "owner": OfFile(
        _some({"anyOf": [_TEXT, COUNT]}),
        _owners,
        lambda value, facts, _: facts.subject.file is not None and facts.subject.file.owner in value,
        _fact("owner"),
    ),
    "age": OfFile(
        {"anyOf": [_AGE, between(_AGE)]},
        lambda written, _: amounts.amount(written, amounts.age),
        _age,
        lambda facts: "is not known" if facts.subject.file is None else f"is {_seconds_old(facts) / 86_400:.1f} days",
    ),
    "coverage": OfFile(
        _enumerated(list(Coverage)),
        _some_of(lambda _: list(Coverage), "coverage"),
        lambda value, facts, _: facts.subject.coverage in value,
        lambda facts: f"is {facts.subject.coverage}",
    ),
    "author": OfFile(
        _NAMED,
        _emails,
        _by_author,
        lambda facts: f"is {', '.join({each.email for each in facts.subject.origin.appearances}) or 'not known'}",
    ),
    "branch": OfFile(
        _NAMED, _wildcard, _on_branch, lambda facts: f"is {', '.join(facts.subject.origin.branches) or 'not known'}"
    ),
}
