"""Hyperscan (https://intel.github.io/hyperscan/): literals and expressions in one pass, ends only."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import Any, Final

from dlp.errors import ConfigError
from dlp.match.engine import Ends, Plan, Reach, Trigger, Triggers, seen
from dlp.rule.rule import Rule


def installed() -> bool:
    return importlib.util.find_spec("hyperscan") is not None


class _Hyperscan:
    name = "hyperscan"

    def plan(self, rules: Sequence[Rule]) -> Plan:
        triggers = Triggers()
        for number, rule in enumerate(rules):
            found = seen(rule)
            needs = tuple(triggers.number(word) for word in found.keywords)
            before = found.expression.reach + found.within
            behind = found.longest + found.within + max(map(len, found.keywords), default=0)
            reach = Reach(number, found.expression.reach, 0, needs, before, behind)
            triggers.add(triggers.number(expression=found.expression.source), reach)
        return triggers.plan()

    def compile(self, plan: Plan) -> bytes:
        import hyperscan

        sources = [_source(each) for each in plan.triggers]
        flags = [_flags(each) for each in plan.triggers]
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        if not sources:
            return b""
        try:
            database.compile(expressions=sources, ids=list(range(len(sources))), flags=flags)
        except hyperscan.error as error:
            raise ConfigError(f"Hyperscan refuses the rules together: {error}") from None
        compiled: bytes = hyperscan.dumpb(database)
        return compiled

    def load(self, plan: Plan, compiled: bytes) -> _Engine:
        return _Engine(compiled)

    def version(self) -> str:
        import hyperscan

        return f"hyperscan {getattr(hyperscan, '__version__', '')}"


class _Engine:
    def __init__(self, compiled: bytes) -> None:
        self._compiled = compiled
        self._database: Any = None
        self._ends: list[tuple[int, int]] = []

    def ends(self, window: bytes) -> Ends:
        if not self._compiled:
            return ()
        if self._database is None:  # made in the process that scans: scratch space is not shared
            import hyperscan

            self._database = hyperscan.loadb(self._compiled, mode=hyperscan.HS_MODE_BLOCK)
            self._database.scratch = hyperscan.Scratch(self._database)
        found: list[tuple[int, int]] = []
        add = found.append
        self._database.scan(window, match_event_handler=lambda number, _, end, flags, context: add((number, end)))
        return found


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
