"""Nosey Parker's rules (https://github.com/praetorian-inc/noseyparker, docs/RULES.md): YAML.

What its fields come to here is in rules/README.md.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from dlp.model import Level
from dlp.rule.foreign.drafting import Drafts, name
from dlp.rule.foreign.patterns import MISSING, certain, first, groups, only, written
from dlp.rule.foreign.seam import Converted, Effect
from dlp.rule.foreign.yaml_rules import Say, noting, opened, rules_of, tree_of, typed, unknown
from dlp.rule.rule import SECRET, Rule
from dlp.rule.syntax import Node

_FUZZY: Final = "fuzzy"
"""A category: rules that find a good deal else."""


class _Rule(msgspec.Struct):
    name: str
    id: str
    pattern: str
    description: str | None = None
    examples: list[str] | None = None
    negative_examples: list[str] | None = None
    references: list[str] | None = None
    categories: list[str] | None = None


class _NoseyParker:
    name = "Nosey Parker"

    def reads(self, text: bytes, where: str) -> bool:
        return bool(rules_of(text, where))

    def convert(self, text: bytes, where: str, *, examples: bool) -> Converted:
        page = opened(text, where, "a file of Nosey Parker's rules")
        rules = typed(page, _Rule)
        drafts = Drafts(self.name, where, "", examples=examples)
        for number, rule in enumerate(rules):
            id = drafts.id(rule.id, number)
            note = noting(drafts, page, number, id)
            for field in unknown(page, number, _Rule):
                note(field, "it is no field of Nosey Parker, and not read", Effect.OTHERWISE)
            tree = tree_of(rule.pattern, note)
            if tree is not None:
                drafts.add(_converted(rule, id, tree, drafts, note), page.at("rules", number))
        return drafts.done(len(rules))


def _converted(rule: _Rule, id: str, tree: Node, drafts: Drafts, note: Say) -> Rule:
    categories = [each.lower() for each in rule.categories or ()]
    confidence: Literal["low", "medium"] = "low" if _FUZZY in categories else "medium"
    return Rule(
        id=id,
        name=name(rule.name, id),
        description=(rule.description or "").strip(),
        tags=drafts.tags(categories, secret=not categories or SECRET in categories),
        severity=Level.HIGH,
        confidence=confidence,
        pattern=written(_valued(tree, note)),
        examples=tuple(rule.examples or ()),
        counterexamples=tuple(rule.negative_examples or ()),
        references=tuple(rule.references or ()),
    )


def _valued(tree: Node, note: Say) -> Node:
    """All groups are told of there; here one is the value: of several the last, which is where a password stands
    behind a name."""
    there, sure = groups(tree), certain(tree)
    if len(there) > 1 and sure:
        number = next(number for number, each in enumerate(there, 1) if each is sure[-1])
        note("pattern", f"of its {len(there)} groups, number {number} is the value", Effect.OTHERWISE)
        return only(tree, sure[-1])
    made, always = first(tree)
    if there and not always:
        note("pattern", MISSING, Effect.OTHERWISE)
    return made


NOSEYPARKER: Final = _NoseyParker()
