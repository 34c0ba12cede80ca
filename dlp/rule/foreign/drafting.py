"""Gathers the rules that a file of another tool's comes to, and what there is to say of them."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Final

import msgspec

from dlp.errors import ConfigError
from dlp.rule.confirm import Confirmer, TooSlow
from dlp.rule.foreign.patterns import written
from dlp.rule.foreign.seam import EXAMPLE_SECONDS as ALL_SECONDS
from dlp.rule.foreign.seam import Converted, Effect, Note
from dlp.rule.loading import EXAMPLE_SECONDS, MAX_RULES, flaw_of, read_regex, runs_away
from dlp.rule.rule import SECRET, Allow, Rule

ABOVE: Final = 1e-6
"""Bits a character: other tools want more entropy than the figure that a rule names, this one at least as much."""

_LONGEST_ID: Final = 80
_LONGEST_NAME: Final = 100
_MOST_TAGS: Final = 20
_OTHER_KINDS: Final = frozenset(("personal", "marking", "pii", "phi"))
"""Tags of rules for something else than secrets."""


class Drafts:
    """Of one file."""

    def __init__(self, tool: str, where: str, prefix: str, *, examples: bool) -> None:
        """`prefix`: what the ids begin with; `examples`: whether to try them."""
        self._tool, self._where, self._prefix, self._examples = tool, where, prefix, examples
        self._rules: dict[str, Rule] = {}
        self._ids: dict[str, int] = {}
        """Id → how many rules would have it."""
        self._notes: list[Note] = []
        self._left = ALL_SECONDS

    def id(self, given: str, number: int) -> str:
        """An id as ours are, which no other rule of the file has. `number`: of the rule, from 0."""
        plain = re.sub(r"[^a-z0-9._-]+", "-", given.lower())
        plain = re.sub(r"[._-]*-[._-]*|([._])[._]+", lambda found: found[1] or "-", plain[:_LONGEST_ID]).strip("-._")
        made = plain or f"rule-{number + 1}"
        made = made if made.startswith(self._prefix) else self._prefix + made
        while made in self._ids:
            self._ids[made] += 1
            made = f"{made}-{self._ids[made]}"
        self._ids[made] = 1
        return made

    def tags(self, given: Sequence[str], secret: bool = True) -> tuple[str, ...]:
        """Those that a rule has, the tool's name among them; `secret`: unless they say that it is of something else."""
        theirs = [re.sub(r"[^a-z0-9]+", "-", each.lower())[:50].strip("-") for each in given[:_MOST_TAGS]]
        first = [SECRET] if secret and not _OTHER_KINDS.intersection(theirs) else []
        return tuple(dict.fromkeys([*first, *filter(None, theirs), self._tool.lower().replace(" ", "")]))

    def note(self, where: str, rule: str, field: str, problem: str, effect: Effect) -> None:
        self._notes.append(Note(where, rule, _short(field), problem, effect))

    def regex(self, pattern: str, where: str, rule: str, field: str, effect: Effect) -> str | None:
        """A regex beside a rule's own, as we write it; None, and a note with this effect, where that cannot be."""
        try:
            tree = read_regex(pattern)
            if runs_away(tree):
                raise ValueError("a repetition of a repetition may take forever")
            made = written(tree)
            read_regex(made)
        except Exception as error:  # noqa: BLE001 - `regex` raises more than it says; the pattern is at fault
            self.note(where, rule, field, f"`{_short(pattern)}`: {error}", effect)
            return None
        return made

    def paths(self, patterns: Sequence[str], where: str, rule: str, field: str) -> tuple[str, ...]:
        """Regexes of paths that are allowed."""
        made = (self.regex(each, where, rule, field, Effect.LOOSER) for each in patterns)
        return tuple(f"/{each}/" for each in made if each)

    def add(self, rule: Rule, where: str) -> None:
        """Where the rule cannot be, there is a note instead."""
        flaw = flaw_of(rule)
        if flaw:
            self.note(where, rule.id, flaw.field, flaw.problem, Effect.LEFT_OUT)
            return
        self._rules[rule.id] = self._tried(rule, where) if self._examples else rule

    def replace(self, rule: Rule) -> None:
        """Instead of the one of its id."""
        self._rules[rule.id] = rule

    def get(self, id: str) -> Rule | None:
        return self._rules.get(id)

    def leave_out(self, id: str) -> None:
        self._rules.pop(id, None)

    def done(self, given: int, allow: Sequence[Allow] = ()) -> Converted:
        """`given`: rules that the file has."""
        return Converted(self._tool, self._where, tuple(self._rules.values()), tuple(allow), tuple(self._notes), given)

    def _tried(self, rule: Rule, where: str) -> Rule:
        """With those examples only that are as they should be."""
        confirmer = Confirmer(rule)
        kept: dict[str, list[str]] = {"examples": [], "counterexamples": []}
        for field, wanted in (("examples", True), ("counterexamples", False)):
            for number, text in enumerate(getattr(rule, field)):
                problem = self._problem(confirmer, text, wanted)
                if problem:
                    told = f"number {number + 1} {problem}"
                    self.note(where, rule.id, field, told, Effect.OTHERWISE)
                else:
                    kept[field].append(text)
        return msgspec.structs.replace(rule, **{field: tuple(texts) for field, texts in kept.items()})

    def _problem(self, confirmer: Confirmer, text: str, wanted: bool) -> str:
        if self._left <= 0:
            return f"is not tried: the others took more than {ALL_SECONDS:g} s"
        begun = time.perf_counter()
        try:
            judged = list(confirmer.judged(text, 0, len(text), EXAMPLE_SECONDS))
        except TooSlow:
            return f"takes more than {EXAMPLE_SECONDS:g} s"
        finally:
            self._left -= time.perf_counter() - begun
        refusals = [each for each in judged if isinstance(each, str)]
        found = len(refusals) < len(judged)
        if found == wanted:
            return ""
        return "is found" if found else f"is not found: {refusals[0] if refusals else 'the pattern does not match'}"


def bounded(rules: Sequence[object], where: str) -> None:
    """Raises ConfigError for more rules than one scan may have."""
    if len(rules) > MAX_RULES:
        raise ConfigError(f"{where}: {len(rules):,} rules; at most {MAX_RULES:,} are read")


def name(given: str, id: str) -> str:
    """One line, not too long."""
    return " ".join(given.split())[:_LONGEST_NAME] or id


def least_entropy(given: float) -> float:
    """As ours are given: at least, not more than."""
    return given if not given > 0 else round(given + ABOVE, 6)


def _short(pattern: str) -> str:
    return pattern if len(pattern) <= 60 else f"{pattern[:60]}…"
