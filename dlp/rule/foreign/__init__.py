"""Other tools' rules as ours: one file a format, `FORMATS` says which there are.

A file is recognised by what stands in it. What cannot be carried over is said rule by rule (`Note`): a rule is left
out, or runs without a condition; it never finds more without that being said.
"""

from __future__ import annotations

from typing import Final

from dlp.rule.foreign.gitleaks import GITLEAKS
from dlp.rule.foreign.kingfisher import KINGFISHER
from dlp.rule.foreign.noseyparker import NOSEYPARKER
from dlp.rule.foreign.seam import Converted, Effect, Format, Note

__all__ = ["FORMATS", "Converted", "Effect", "Format", "Note", "format_of"]

FORMATS: Final[tuple[Format, ...]] = (GITLEAKS, KINGFISHER, NOSEYPARKER)
"""The first that reads a file takes it."""


def format_of(text: bytes, where: str) -> Format | None:
    """Whose rules these are; None for ours, and for what is of nobody that is known here. `where`: the file's name."""
    return next((each for each in FORMATS if each.reads(text, where)), None)
