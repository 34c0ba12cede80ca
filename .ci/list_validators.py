"""Prints what there is of validators, as rules/README.md lists them; with --write, writes it there."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

from dlp.rule.validators import FAMILIES

README = Path(__file__).resolve().parent.parent / "rules" / "README.md"
BEGIN, END = "<!-- validators -->\n", "<!-- end of validators -->\n"
LONGEST = 150


def told(text: str | None) -> str:
    """The first sentence, or as much of it as there is room for."""
    first = " ".join((inspect.cleandoc(text or "").split("\n\n")[0]).split()).replace("|", "\\|")
    return first if len(first) <= LONGEST else first[:LONGEST].rsplit(" ", 1)[0] + " …"


def listed() -> str:
    lines = ["| name | accepts |\n", "|---|---|\n"]
    for family in FAMILIES:
        lines += [f"| `{name}` | {told(each.__doc__)} |\n" for name, each in family.items()]
    return "".join(lines)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        page = README.read_text("utf-8")
        before, after = page[: page.index(BEGIN)], page[page.index(END) :]
        README.write_text(f"{before}{BEGIN}{listed()}{after}", "utf-8")
    else:
        print(listed(), end="")
