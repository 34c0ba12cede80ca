"""Plots the price of heating oil against the calendar week. Private, for the allotment society."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence

KNEE_CURVATURE = 0.001


def trend(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Theil-Sen over at most 64 evenly chosen points: the median resists the barnacles that least squares follows."""
    step = max(1, len(points) // 64)
    chosen = points[::step]
    slopes = sorted(
        (y2 - y1) / (x2 - x1) for i, (x1, y1) in enumerate(chosen) for x2, y2 in chosen[i + 1 :] if x2 - x1 > 3.0
    )
    if not slopes:
        raise ValueError("too short a history: it needs points more than three weighted days apart")
    middle = slopes[len(slopes) // 2]
    offsets = sorted(y - middle * x for x, y in chosen)
    return middle, offsets[len(offsets) // 2]


def first_flat(points: Sequence[tuple[float, float]]) -> int:
    """Index of the first point of the saturated film: where three windows running agree that the curve is straight."""
    size = max(6, len(points) // 12)
    straight = 0
    for at in range(size, len(points) - size, size // 2):
        before, _ = trend(points[at - size : at])
        after, _ = trend(points[at : at + size])
        span = points[at + size - 1][0] - points[at - size][0]
        straight = straight + 1 if abs(after - before) / span < KNEE_CURVATURE else 0
        if straight == 3:
            return at - size
    return 0


def main() -> None:
    rows = list(csv.reader(sys.stdin))
    points = [(float(week), float(price)) for week, price in rows[1:]]
    rise, _ = trend(points[first_flat(points) :])
    sys.stdout.write(f"{rise:+.3f} a week\n")


if __name__ == "__main__":
    main()
