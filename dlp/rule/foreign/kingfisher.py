"""kingfisher's rules (https://github.com/mongodb/kingfisher, docs/RULES.md): YAML.

What its fields come to here is in rules/README.md. Nothing is ever asked over the network: `validation` and
`revocation` are passed over, and so are the rules that only serve them.
"""

from __future__ import annotations

import re
import string
from typing import Any, Final

import msgspec

from dlp.model import Level
from dlp.rule.foreign.drafting import Drafts, least_entropy, name
from dlp.rule.foreign.patterns import MISSING, first, groups, name_of, only, written
from dlp.rule.foreign.seam import Converted, Effect
from dlp.rule.foreign.yaml_rules import Say, noting, opened, rules_of, tree_of, typed, unknown
from dlp.rule.rule import ANY, Allow, Least, Rule
from dlp.rule.syntax import Node

_FIELDS: Final = frozenset(
    ("min_entropy", "confidence", "visible", "pattern_requirements", "depends_on_rule", "validation", "revocation")
)
"""Those that only kingfisher's rules have."""

_CONFIDENCES: Final = {"low": "low", "medium": "medium", "high": "high"}
_CONDITIONS: Final = frozenset(("betterleaks_filter",))


class _Requirements(msgspec.Struct):
    min_digits: int | None = None
    min_uppercase: int | None = None
    min_lowercase: int | None = None
    min_special_chars: int | None = None
    special_chars: str | None = None
    ignore_if_contains: list[str] | None = None
    checksum: Any = None


class _Dependency(msgspec.Struct):
    rule_id: str
    variable: str = ""
    optional: bool = False
    within: str | int | None = None


class _Rule(msgspec.Struct):
    name: str
    id: str
    pattern: str
    path: str | None = None
    min_entropy: float = 0.0
    confidence: str = "medium"
    visible: bool = True
    examples: list[str] | None = None
    negative_examples: list[str] | None = None
    references: list[str] | None = None
    pattern_requirements: _Requirements | None = None
    depends_on_rule: list[_Dependency | None] | None = None
    validation: Any = None
    revocation: Any = None
    prevalidated: bool = False
    tls_mode: Any = None
    authoritative: bool = True
    vectorscan_compatible: bool = True


class _Kingfisher:
    name = "kingfisher"

    def reads(self, text: bytes, where: str) -> bool:
        rules = rules_of(text, where)
        return any(
            _FIELDS & set(each) or str(each.get("id", "")).lower().startswith(("kingfisher.", "custom."))
            for each in rules
        )

    def convert(self, text: bytes, where: str, *, examples: bool) -> Converted:
        page = opened(text, where, "a file of kingfisher's rules")
        rules = typed(page, _Rule)
        drafts = Drafts(self.name, where, "", examples=examples)
        for number, rule in enumerate(rules):
            id = drafts.id(rule.id, number)
            note = noting(drafts, page, number, id)
            for field in unknown(page, number, _Rule):
                effect = Effect.LOOSER if field in _CONDITIONS else Effect.OTHERWISE
                note(field, "it is no field of kingfisher, and not read", effect)
            made = _converted(rule, id, drafts, note, page.at("rules", number))
            if made:
                drafts.add(made, page.at("rules", number))
        asking = sum(bool(each.validation or each.revocation or each.depends_on_rule) for each in rules)
        if asking:
            problem = f"{asking:,} rules have it or serve it; nothing is asked over the network here, whatever is found"
            drafts.note(where, "", "validation", problem, Effect.OTHERWISE)
        return drafts.done(len(rules))


def _converted(rule: _Rule, id: str, drafts: Drafts, note: Say, where: str) -> Rule | None:
    if not rule.visible:
        note("visible", "its matches are not told of: it serves other rules only", Effect.NEEDLESS)
        return None
    confidence = _CONFIDENCES.get(rule.confidence.lower())
    if confidence is None:
        note("confidence", f"{rule.confidence!r}; there are low, medium and high", Effect.LEFT_OUT)
        return None
    tree = tree_of(rule.pattern, note)
    path = drafts.regex(rule.path, where, id, "path", Effect.LEFT_OUT) if rule.path else None
    if tree is None or (rule.path and not path):
        return None
    for each in rule.depends_on_rule or ():
        if each and each.within not in (None, 0, "", "0") and not each.optional:
            note("depends_on_rule", f"a match of {each.rule_id} need not be near", Effect.LOOSER)
    least, allow = _required(rule.pattern_requirements, tree, note)
    return Rule(
        id=id,
        name=name(rule.name, id),
        tags=drafts.tags(()),
        severity=Level.HIGH,
        confidence=confidence,  # type: ignore[arg-type]  # one of three, as above
        pattern=written(_valued(tree, note)),
        examples=tuple(rule.examples or ()),
        counterexamples=tuple(rule.negative_examples or ()),
        entropy=least_entropy(rule.min_entropy),
        least=least,
        paths=(f"/{path}/",) if path else (),
        allow=allow,
        references=tuple(rule.references or ()),
    )


def _valued(tree: Node, note: Say) -> Node:
    """The value is the group TOKEN, else the first with a name that has something, else the first group, else all."""
    there = groups(tree)
    named = [each for each in there if name_of(each)]
    token = [each for each in named if name_of(each).upper() == "TOKEN"]
    wanted = token[:1] or named or there[:1]
    made, sure = first(tree, lambda each: any(each is one for one in wanted))
    if wanted and not sure:
        note("pattern", MISSING, Effect.OTHERWISE)
    return made if wanted else only(tree, None)


def _required(given: _Requirements | None, tree: Node, note: Say) -> tuple[Least, Allow]:
    if given is None:
        return ANY, Allow()
    least = Least(
        max(given.min_digits or 0, 0),
        max(given.min_uppercase or 0, 0),
        max(given.min_lowercase or 0, 0),
        max(given.min_special_chars or 0, 0),
        string.punctuation if given.special_chars is None else given.special_chars,
    )
    there = groups(tree)
    whole = len(there) > 1 or any(map(name_of, there))
    if whole and any((least.digits, least.upper, least.lower, least.special)):
        problem = (
            "with several groups, or one that has a name, characters count in the whole match there, here in the value"
        )
        note("pattern_requirements", problem, Effect.OTHERWISE)
    if given.checksum is not None:
        note("pattern_requirements.checksum", "a wrong checksum is no hindrance", Effect.LOOSER)
    words = tuple(dict.fromkeys(each.strip().lower() for each in given.ignore_if_contains or () if each.strip()))
    if whole:
        return least, Allow(matches=tuple(f"(?i){re.escape(each)}" for each in words))
    return least, Allow(stopwords=words)


KINGFISHER: Final = _Kingfisher()
