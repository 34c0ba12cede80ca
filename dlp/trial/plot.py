"""A calibration as a picture: one SVG that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from dlp.trial.calibrate import Calibration

WIDTH, HEIGHT = 800, 440
LEFT, TOP, RIGHT, BOTTOM = 60, 52, 214, 52
COLOURS = {20: "#7aa6c2", 30: "#2f7ed8", 50: "#1b9e5a", 100: "#7b3fa0"}
DASHES = {0.0: "", 0.1: "6 4"}
"""Shares of replaced words that are drawn, and how."""

_ALARMS = "#c0392b"


def svg(made: Calibration) -> str:
    """False alarms and recall against the threshold."""
    most = max(60, made.chosen + 12, *(each.rarity for each in made.points if each.rarity <= 150))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
            f'height="{HEIGHT}" font-family="sans-serif" font-size="12" fill="#222">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
            _text(LEFT, 22, f"{made.clean:,} clean files, excerpts of {made.documents:,} documents", size=15),
            *_axes(most),
            *_curves(made, most),
            "</svg>\n",
        ]
    )


def _x(rarity: float, most: int) -> float:
    return LEFT + rarity / most * (WIDTH - LEFT - RIGHT)


def _y(share: float) -> float:
    return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM)


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{text}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, dash: str = "", width: float = 1) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}"{dashed}/>'


def _axes(most: int) -> Iterator[str]:
    for tenth in range(0, 11, 2):
        y = _y(tenth / 10)
        yield _line(LEFT, y, WIDTH - RIGHT, y, "#ddd" if tenth else "#222")
        yield _text(LEFT - 8, y + 4, f"{10 * tenth} %", "end")
    for rarity in range(0, most + 1, 12):
        x = _x(rarity, most)
        yield _line(x, _y(0), x, _y(0) + 5, "#222")
        yield _text(x, _y(0) + 20, str(rarity), "middle")
    yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, "threshold: rarity of the weightiest passage", "middle")


def _curves(made: Calibration, most: int) -> Iterator[str]:
    rarities = range(most + 1)
    alarms = {each.rarity: each.share for each in made.points}
    share, shares = made.points[0].share, []
    for rarity in rarities:
        share = alarms.get(rarity, share)
        shares.append(share)
    curves = [("clean files flagged", _ALARMS, "", shares)]
    for each in made.recall:
        if each.replaced in DASHES and each.rarities:
            name = f"{each.words} words" + (f", {each.replaced:.0%} replaced" if each.replaced else "")
            curves.append(
                (name, COLOURS[each.words], DASHES[each.replaced], [each.at(rarity) or 0.0 for rarity in rarities])
            )
    for number, (name, colour, dash, values) in enumerate(curves):
        points = " ".join(f"{_x(at, most):.1f},{_y(value):.1f}" for at, value in enumerate(values))
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        width = 3.0 if colour == _ALARMS else 1.6
        yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}"{dashed}/>'
        left, y = WIDTH - RIGHT + 16, TOP + 12 + 20 * number
        yield _line(left, y - 4, left + 24, y - 4, colour, dash, width)
        yield _text(left + 30, y, name)
    x = _x(made.chosen, most)
    yield _line(x, _y(1), x, _y(0), "#222", "2 3")
    yield _text(x, TOP - 6, f"chosen: {made.chosen}", "middle")
