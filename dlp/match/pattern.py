"""Finds what rules describe, in texts of any size.

An engine's pass names places; there the rule itself is tried. What is found depends on the text and the rules alone,
whatever the engine and however the text is cut into chunks: a text is a row of blocks, and the matches that begin in a
block are what the rule's regex finds from the beginning of the block on. A block is tried if the pass has seen that a
match may begin in it; where it has not, none does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from dlp.match.allowing import Allowing, paths
from dlp.match.engine import Engine
from dlp.match.places import Cursor, Ruler, characters, decode
from dlp.match.seam import Heard, Listener
from dlp.match.tally import Tally
from dlp.match.values import Digests
from dlp.model import Reason, Skipped, Text
from dlp.rule.confirm import Confirmer, Match, Shape, TooSlow
from dlp.rule.rule import Rule

BLOCK: Final = 256
"""Bytes. Few, so that a place costs little; many, so that a match is seldom looked for in two."""

MARGIN: Final = 36 << 10
"""Bytes behind a block that are at hand when it is tried: four a character for the longest match and what stands
beside it."""

BEFORE: Final = 18 << 10
"""Bytes in front of a block that are looked at."""

SECONDS: Final = 2.0
"""That a rule may take for one text."""

BYTES_A_SECOND: Final = 1 << 20
"""What it may take more, by the size of the text."""


class RuleSet(msgspec.Struct, frozen=True):
    """Rules, and the engine that looks for them."""

    rules: tuple[Rule, ...]
    shapes: tuple[Shape, ...]
    engine: Engine


class PatternMatcher:
    """Looks for the matches of rules. After a fork each process may use its own copy."""

    def __init__(
        self,
        rules: RuleSet,
        digests: Digests,
        mask: Callable[[str], str],
        allowing: Allowing,
        seconds: float = SECONDS,
        listing: Digests | None = None,
    ) -> None:
        """`mask` hides a value. `seconds`: that a rule may take for one text, besides what its size allows. `listing`:
        digests for a baseline."""
        self.rules = rules.rules
        self.confirmers = list(map(Confirmer, rules.rules, rules.shapes))
        self.engine = rules.engine
        self.digests, self.mask, self.allowing, self.seconds = digests, mask, allowing, seconds
        self.listing = listing
        self._by_path = [number for number, each in enumerate(rules.rules) if each.paths or each.allow.paths]

    def listen(self, text: Text) -> Listener | None:
        """Content without text is not looked at: what it has of text comes as one."""
        return _Listener(self, text) if text.alphabet == "text" and self.rules else None

    def rules_off(self, text: Text) -> set[int]:
        """Rules that have nothing to say of a text, by its path."""
        off = set()
        for number in self._by_path:
            rule = self.rules[number]
            if (rule.paths and not paths(tuple(rule.paths)).matches(text.provenance)) or (
                rule.allow.paths and paths(tuple(rule.allow.paths)).matches(text.provenance)
            ):
                off.add(number)
        return off


class _Listener:
    """One text. Blocks are numbered from its beginning on; `_offset` is the byte at which the window begins."""

    __slots__ = (
        "_done",
        "_last",
        "_matcher",
        "_off",
        "_offset",
        "_pending",
        "_ruler",
        "_spent",
        "_tally",
        "_text",
        "_window",
    )

    def __init__(self, matcher: PatternMatcher, text: Text) -> None:
        self._matcher, self._text = matcher, text
        self._window = b""
        self._offset = self._done = 0
        """Blocks before `_done` were tried."""
        self._pending: set[tuple[int, int]] = set()
        """(block, rule)."""
        self._off: set[int] | None = None
        self._last: dict[int, int] = {}
        """Rule → character behind its last match."""
        self._spent: dict[int, float] = {}
        self._ruler = Ruler()
        self._tally: Tally | None = None

    def feed(self, chunk: bytes | bytearray | memoryview) -> None:
        if self._window:
            self._advance()
            self._window += bytes(chunk)
        else:
            self._window = bytes(chunk)
        # What stands before was looked at; a match that goes on in this chunk, and its keyword, are not longer.
        self._look(max(len(self._window) - len(chunk) - BEFORE, 0))

    def finish(self) -> list[Heard]:
        if self._pending:
            self._try((self._offset + len(self._window)) // BLOCK + 1)
        return self._tally.heard() if self._tally else []

    def _look(self, start: int) -> None:
        """Notes where in the window a match may begin, from `start` on."""
        matcher, pending, done, offset = self._matcher, self._pending, self._done, self._offset + start
        for rule, first, last in matcher.engine.places(self._window[start:] if start else self._window):
            for block in range(max((offset + first) // BLOCK, done), (offset + last) // BLOCK + 1):
                pending.add((block, rule))

    def _advance(self) -> None:
        """Tries what has enough behind it, and keeps of the window what is still needed."""
        end = self._offset + len(self._window)
        ready = max((end - MARGIN) // BLOCK, self._done)
        if self._pending:
            self._try(ready)
        self._done = ready
        cut = max(ready * BLOCK - BEFORE - self._offset, 0)
        while cut and 0x80 <= self._window[cut] < 0xC0:  # never inside a character
            cut -= 1
        self._ruler.cut(self._window, cut)
        self._window = self._window[cut:]
        self._offset += cut

    def _try(self, ready: int) -> None:
        """Searches the pending blocks before `ready`."""
        todo = sorted(each for each in self._pending if each[0] < ready)
        self._pending = {each for each in self._pending if each[0] >= ready}
        if self._off is None:
            self._off = self._matcher.rules_off(self._text)
        window, plain = self._window, self._window.isascii()
        text = decode(window)
        begins = self._ruler.begins()
        found: list[tuple[Match, int]] = []
        at = character = 0
        for block, rule in todo:
            if rule in self._off:
                continue
            start = max(block * BLOCK - self._offset, 0)
            if not plain and start > at:
                character += characters(window[at:start])
                at = start
            first = start if plain else character
            last = min(start + BLOCK, len(window))
            until = last if plain else first + characters(window[start:last])
            for match in self._search(rule, text, first, until):
                if match.start + begins[0] >= self._last.get(rule, 0):
                    self._last[rule] = match.end + begins[0]
                    found.append((match, rule))
        if found:
            self._take(text, found, Cursor(text, begins))

    def _search(self, rule: int, text: str, start: int, end: int) -> list[Match]:
        matcher, confirmer = self._matcher, self._matcher.confirmers[rule]
        size = self._offset + len(self._window)
        left = matcher.seconds + size / BYTES_A_SECOND - self._spent.get(rule, 0.0)
        confirmer.spent = 0.0
        try:
            return list(confirmer.search(text, start, end, left))
        except TooSlow:
            detail = f"the rule {matcher.rules[rule].id} took more than its time; the rest was not searched for it"
            self._tallied().more.append(Skipped(self._text.provenance, Reason.TIMEOUT, detail))
            assert self._off is not None
            self._off.add(rule)
            return []
        finally:
            self._spent[rule] = self._spent.get(rule, 0.0) + confirmer.spent

    def _take(self, text: str, found: list[tuple[Match, int]], cursor: Cursor) -> None:
        matcher, tally = self._matcher, self._tallied()
        for match, rule in sorted(found, key=lambda each: each[0].value_start):
            digest = matcher.digests.of(match.value)
            cause = matcher.allowing.cause(matcher.rules[rule], text, match, digest.hex(), self._text.provenance)
            tally.add(rule, match, digest, cause, cursor)

    def _tallied(self) -> Tally:
        if self._tally is None:
            matcher = self._matcher
            self._tally = Tally(matcher.rules, self._text, matcher.digests, matcher.mask, matcher.listing)
        return self._tally
