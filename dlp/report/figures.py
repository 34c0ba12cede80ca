"""Figures as people read them."""

from __future__ import annotations

import math


def percent(share: float) -> str:
    """A share of 0 to 1 as `12%`; only all of it is `100%`, and only nothing `0%`."""
    if not math.isfinite(share):
        return f"{share}%"  # a report for people shows the nonsense; formats for programs refuse it
    if 0 < share < 0.01:
        return "<1%"
    return f"{int(share * 100 + 1e-9)}%"


def counted(count: int, one: str, many: str = "") -> str:
    """`1 word`, `1,200 words`; `many` where an s does not do."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def size(count: float) -> str:
    """Bytes in the decimal units that drives and networks are sold by."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 999.5:
            return f"{count:.0f} {unit}" if unit == "bytes" or count >= 99.95 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} TB"


def duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def moment(seconds: float) -> str:
    """Seconds since 1970 as `2026-03-01T12:00:00Z`; what no calendar has, as a number."""
    from datetime import UTC, datetime, timedelta  # not for reports that tell no dates

    try:
        return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds)):%Y-%m-%dT%H:%M:%SZ}"
    except OverflowError:
        return f"{seconds:.0f} s since 1970"
