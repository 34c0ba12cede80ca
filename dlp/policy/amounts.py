"""Amounts as a policy writes them: `60`, `{from: 60, below: 100}`, sizes such as `10M`, ages such as `30d`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import msgspec

SECONDS = {"h": 3600, "d": 86_400, "w": 604_800, "y": 31_557_600}


class Amount(msgspec.Struct, frozen=True):
    """From `least` on, and below `below`."""

    least: float = 0.0
    below: float = math.inf

    def holds(self, figure: float) -> bool:
        return self.least <= figure < self.below


Reader = Callable[[Any], float]
"""Raises ValueError for what is no such figure."""


def amount(value: Any, reader: Reader) -> Amount:
    """Raises ValueError."""
    if not isinstance(value, dict):
        return Amount(reader(value))
    if not value or set(value) - {"from", "below"}:
        raise ValueError("an amount is a figure, which it is at least, or has `from`, `below` or both")
    made = Amount(reader(value.get("from", 0)), reader(value["below"]) if "below" in value else math.inf)
    if made.below <= made.least:
        raise ValueError(f"nothing is from {value.get('from', 0)} on and below {value['below']}")
    return made


def count(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no whole number from 0 on")
    return float(value)


def share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:  # also what is no number
        raise ValueError(f"{value!r} is no share from 0 to 1")
    return float(value)


def size(value: Any) -> float:
    """Bytes."""
    found = re.fullmatch(r"(\d{1,15})([KMGT]?)", value) if isinstance(value, str) else None
    if found:
        return float(int(found[1]) << 10 * (" KMGT".index(found[2]) if found[2] else 0))
    try:
        return count(value)
    except ValueError:
        raise ValueError(f"{value!r} is no size; write bytes, or a number with K, M, G or T") from None


def age(value: Any) -> float:
    """Seconds."""
    found = re.fullmatch(r"(\d{1,6})([hdwy])", value) if isinstance(value, str) else None
    if found:
        return float(int(found[1]) * SECONDS[found[2]])
    if value == 0 and not isinstance(value, bool):
        return 0.0
    raise ValueError(f"{value!r} is no age; write a number with h, d, w or y, such as 30d")
