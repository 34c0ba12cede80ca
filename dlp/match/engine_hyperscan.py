"""Hyperscan (https://intel.github.io/hyperscan/): literals and expressions in one pass, ends only.

An expression costs about as much for each byte as all literals together, and there are hundreds. So a pattern that
holds a rare literal is looked for by that; values of common shape, and patterns whose literals are common, in a second
pass, which sees only what stands around keywords and literals; and everywhere, as an expression, only what has neither.
"""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from dlp.errors import ConfigError
from dlp.match.engine import EVERYWHERE, PHRASE, VALUE, Ends, Places, Plan, Reach, Reaches, Seen, Trigger, Triggers, seen
from dlp.rule.common import is_common
from dlp.rule.required import Required, worth
from dlp.rule.rule import Rule

FAR: Final = 1000
"""Bytes around a keyword. Where a value may be further away, it is looked for everywhere."""

SHARED: Final = 3
"""Rules that look for values of one shape; a shape of fewer is not worth the time that it costs for each byte."""

SHORTEST_RARE: Final = 4
"""Bytes of a literal by which a rule is tried."""


def installed() -> bool:
    return importlib.util.find_spec("hyperscan") is not None


class _Hyperscan:
    name = "hyperscan"

    def plan(self, rules: Sequence[Rule]) -> Plan:
        triggers = Triggers()
        all_seen = [seen(rule) for rule in rules]
        shared = Counter(found.value.source for found in all_seen if found.value)
        for number, found in enumerate(all_seen):
            required, keywords, whole = found.required, found.keywords, found.expression
            if keywords and found.value and shared[found.value.source] >= SHARED and _is_near(found, FAR):
                _around_keywords(triggers, number, found)
            elif keywords and _are_rare(keywords) and required and worth(keywords) > worth(required.literals):
                triggers.at_keywords(number, found)
            elif required and _are_rare(required.literals):
                for word in required.literals:
                    triggers.add(triggers.number(word), Reach(number, required.end, 0))
            elif keywords and _are_rare(keywords):
                triggers.at_keywords(number, found)
            elif keywords and _is_near(found, FAR if any(map(is_common, keywords)) else 4 * FAR):
                _around_keywords(triggers, number, found)
            elif required and required.end + whole.reach_ascii <= FAR:
                _around_literals(triggers, number, found, required)
            elif keywords:
                triggers.at_keywords(number, found)
            else:
                triggers.add(triggers.number(b"", whole.source), Reach(number, whole.reach, 0))
        return triggers.plan()

    def compile(self, plan: Plan, rules: Sequence[Rule]) -> bytes:
        numbers: tuple[list[int], ...] = ([], [], [])
        for number, each in enumerate(plan.triggers):
            numbers[each.where].append(number)
        return msgspec.msgpack.encode([_compile(plan, each, rules) for each in numbers])

    def load(self, plan: Plan, compiled: bytes) -> _Engine:
        return _Engine(msgspec.msgpack.decode(compiled, type=list[bytes]), plan)

    def version(self) -> str:
        import hyperscan

        return f"hyperscan {getattr(hyperscan, '__version__', '')}"


def _are_rare(literals: Sequence[bytes]) -> bool:
    """Whether each of them is seldom enough to try the rule wherever it stands."""
    return min(map(len, literals)) >= SHORTEST_RARE and not any(map(is_common, literals))


def _is_near(found: Seen, far: int) -> bool:
    """Whether what is looked for around a keyword is at most so many characters away."""
    return 2 * found.within + found.longest_ascii + (found.value or found.expression).reach_ascii <= far


def _around_keywords(triggers: Triggers, number: int, found: Seen) -> None:
    """The value, or else the whole pattern, is looked for in the second pass."""
    seen_as = found.value or found.expression
    before, ahead, before_ascii, ahead_ascii = found.beside()
    around = before, seen_as.reach + ahead, before_ascii, seen_as.reach_ascii + ahead_ascii
    needs = tuple(map(triggers.number, found.keywords))
    trigger = triggers.number(b"", seen_as.source, VALUE)
    triggers.add(trigger, Reach(number, seen_as.reach, 0, needs, around[1], around[0]))
    for need in needs:
        triggers.look_around(need, VALUE, around)


def _around_literals(triggers: Triggers, number: int, found: Seen, required: Required) -> None:
    """The pattern is looked for in the second pass, and counts only near a keyword, if the rule has any."""
    whole = found.expression
    trigger = triggers.number(b"", whole.source, PHRASE)
    keywords = tuple(map(triggers.number, found.keywords))
    literals = tuple(map(triggers.number, required.literals))
    for literal in literals:
        triggers.look_around(literal, PHRASE, (required.end, whole.reach, required.end, whole.reach_ascii))
    if keywords:
        far, ahead, _, _ = found.beside()
        triggers.add(trigger, Reach(number, whole.reach, 0, keywords, whole.reach + ahead, far))
    else:
        triggers.add(trigger, Reach(number, whole.reach, 0, literals, whole.reach, required.end))


class _Engine:
    def __init__(self, compiled: list[bytes], plan: Plan) -> None:
        self._compiled = compiled
        self._databases: list[Any] = []
        self._around = {where: _radii(plan, where) for where in (VALUE, PHRASE)}
        self._reaches = Reaches(plan)

    def places(self, window: bytes) -> Places:
        return self._reaches.places(self._ends(window))

    def _ends(self, window: bytes) -> Ends:
        if not self._databases:  # loaded in the process that scans: scratch space is not shared
            self._databases = list(map(_load, self._compiled))
        found = _ends(self._databases[EVERYWHERE], window)
        if not found:
            return found
        more: list[tuple[int, int]] = []
        for where in (VALUE, PHRASE):
            database = self._databases[where]
            if database is not None:
                for start, end in _neighbourhoods(found, self._around[where], window):
                    more += [(number, start + at) for number, at in _ends(database, window[start:end])]
        return found + more if more else found


def _radii(plan: Plan, where: int) -> tuple[dict[int, tuple[int, int]], dict[int, tuple[int, int]]]:
    """Of literals, how far an expression may be from them: in any text, and in one of ASCII alone."""
    near = [(number, each.around[where]) for number, each in enumerate(plan.triggers) if where in each.around]
    return {number: each[:2] for number, each in near}, {number: each[2:] for number, each in near}


def _neighbourhoods(
    found: list[tuple[int, int]],
    around: tuple[dict[int, tuple[int, int]], dict[int, tuple[int, int]]],
    window: bytes,
) -> list[tuple[int, int]]:
    """What stands around literals, those that touch as one."""
    wide, narrow = around
    if window.isascii():
        near = [(end - narrow[number][0], end + narrow[number][1]) for number, end in found if number in narrow]
    else:
        near = []
        for number, end in found:
            if number in wide:
                before, behind = wide[number]
                if window[max(end - before, 0) : end + behind].isascii():
                    before, behind = narrow[number]
                near.append((end - before, end + behind))
    near.sort()
    size = len(window)
    merged: list[tuple[int, int]] = []
    for start, end in near:
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = merged[-1][0], end
        else:
            merged.append((start, end))
    return [(max(start, 0), min(end, size)) for start, end in merged]


def _ends(database: Any, data: bytes) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    add = found.append
    if database is not None:
        database.scan(data, match_event_handler=lambda number, _, end, flags, context: add((number, end)))
    return found


def _compile(plan: Plan, numbers: Sequence[int], rules: Sequence[Rule]) -> bytes:
    """Raises ConfigError."""
    import hyperscan

    if not numbers:
        return b""
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    sources = [_source(plan.triggers[number]) for number in numbers]
    flags = [_flags(plan.triggers[number]) for number in numbers]
    try:
        database.compile(expressions=sources, ids=list(numbers), flags=flags)
    except hyperscan.error as error:
        for number, source, flag in zip(numbers, sources, flags, strict=True):
            try:
                hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK).compile(expressions=[source], flags=[flag])
            except hyperscan.error as problem:
                named = ", ".join(rules[reach.rule].id for reach in plan.triggers[number].reaches)
                told = f"rule {named}: Hyperscan does not take its pattern: {problem}; simplify it"
                raise ConfigError(told) from None
        raise ConfigError(f"Hyperscan does not take so many rules together: {error}") from None
    compiled: bytes = hyperscan.dumpb(database)
    return compiled


def _load(compiled: bytes) -> Any:
    import hyperscan

    if not compiled:
        return None
    database = hyperscan.loadb(compiled, mode=hyperscan.HS_MODE_BLOCK)
    database.scratch = hyperscan.Scratch(database)
    return database


def _source(trigger: Trigger) -> bytes:
    if trigger.literal:
        return b"".join(b"\\x%02x" % byte for byte in trigger.literal)
    return trigger.expression.encode("ascii")


def _flags(trigger: Trigger) -> int:
    import hyperscan

    case = hyperscan.HS_FLAG_CASELESS if trigger.literal else 0
    flags: int = case | hyperscan.HS_FLAG_MULTILINE | hyperscan.HS_FLAG_DOTALL
    return flags


HYPERSCAN: Final = _Hyperscan()
