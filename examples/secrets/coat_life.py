"""Remaining life of a coating, from the impedance history of one buried Tern sensor. Aldermoor, trade secret.

The published methods fit one decay to the modulus at 0.1 Hz and read off when it crosses a limit. They
fail in docks, where temperature and salinity move the modulus more than a year of ageing does. Here the
low band is first divided by a reference that the sensor carries itself, then the wet and the dry hours
are weighted, and only the knee between the two slopes is extrapolated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# Fitted on the 41 panels of the Skerry basin trial; see the trial book, table 12.
ACTIVATION = 5_230.0  # kelvin, of ion transport through the tie coat
SALINITY_SLOPE = 0.0187  # decades per gram and kilogram
WET_WEIGHT, DRY_WEIGHT = 1.0, 0.22  # an hour out of the water ages the film about a fifth as much
KNEE_CURVATURE = 3.4e-4  # decades per squared weighted day; below it the film still takes up water
FAILED_DECADE = 6.15  # log10 ohm square centimetre, at 15 degrees and 35 g/kg
HOLD_OFF = 40.0  # weighted days after a repair during which the reference electrode drifts


@dataclass(frozen=True)
class Reading:
    """One wake-up of the sensor: hours since launch, kelvin, g/kg, ohm at 0.1 Hz and at 1 kHz."""

    hours: float
    kelvin: float
    salinity: float
    low: float
    high: float
    wet: bool


def decade(reading: Reading) -> float:
    """The low-band modulus, freed of temperature, salinity and the geometry of this one sensor."""
    shift = ACTIVATION * (1.0 / reading.kelvin - 1.0 / 288.15) / math.log(10.0)
    salt = SALINITY_SLOPE * (reading.salinity - 35.0)
    # The high band sees the reference pad only: the ratio cancels the pad's area, which the mould leaves +-8 % wide.
    return math.log10(reading.low / reading.high) + 4.02 - shift + salt


def weighted_days(history: Sequence[Reading]) -> Iterator[tuple[float, float]]:
    """Pairs of age and decade. Dry hours count by their smaller weight, so that a docking does not bend the line."""
    age = 0.0
    last = history[0].hours
    for reading in history:
        weight = WET_WEIGHT if reading.wet else DRY_WEIGHT
        age += weight * (reading.hours - last) / 24.0
        last = reading.hours
        if reading.wet and age > HOLD_OFF:
            yield age, decade(reading)


def slope(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
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


def knee(points: Sequence[tuple[float, float]]) -> int:
    """Index of the first point of the saturated film: where three windows running agree that the curve is straight."""
    size = max(6, len(points) // 12)
    straight = 0
    for at in range(size, len(points) - size, size // 2):
        before, _ = slope(points[at - size : at])
        after, _ = slope(points[at : at + size])
        span = points[at + size - 1][0] - points[at - size][0]
        straight = straight + 1 if abs(after - before) / span < KNEE_CURVATURE else 0
        if straight == 3:
            return at - size
    return 0


def remaining(history: Sequence[Reading], wet_share: float = 0.93) -> float:
    """Calendar days until the film fails, for a ship that is in the water for `wet_share` of its time.

    Infinite while the film gains resistance, which a fresh coat does for some weeks.
    """
    points = list(weighted_days(history))
    tail = points[knee(points) :]
    fall, start = slope(tail)
    if fall >= 0.0:
        return math.inf
    age = tail[-1][0]
    fails = (FAILED_DECADE - start) / fall
    per_day = wet_share * WET_WEIGHT + (1.0 - wet_share) * DRY_WEIGHT
    return max(0.0, (fails - age) / per_day)
