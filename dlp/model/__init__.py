"""The words of the engine, as frozen values: no logic beyond order and spelling, no I/O.

Offsets count Unicode characters of an extracted text unless a name says otherwise; `symbols` are
bytes of folded text (see `dlp.fingerprint`). Provenances are display text: bytes of a name that are
not UTF-8 stand as `\\xNN`.
"""

from __future__ import annotations

from dlp.model.content import Blob, Mark, Provenance, Skipped, Text
from dlp.model.finding import (
    Also,
    Document,
    Finding,
    Operation,
    PassageFinding,
    PatternFinding,
    Piece,
    Quoted,
    Range,
    SetFinding,
    Sides,
    SourceSpan,
    Span,
    Suppressed,
    TermFinding,
)
from dlp.model.levels import LEVELS, VERDICTS, Coverage, Level, Reason, Verdict
from dlp.model.result import (
    Appearance,
    Contained,
    Containment,
    Decision,
    File,
    Handling,
    Origin,
    Result,
    Subject,
    Summary,
)

__all__ = [
    "LEVELS",
    "VERDICTS",
    "Also",
    "Appearance",
    "Blob",
    "Contained",
    "Containment",
    "Coverage",
    "Decision",
    "Document",
    "File",
    "Finding",
    "Handling",
    "Level",
    "Mark",
    "Operation",
    "Origin",
    "PassageFinding",
    "PatternFinding",
    "Piece",
    "Provenance",
    "Quoted",
    "Range",
    "Reason",
    "Result",
    "SetFinding",
    "Sides",
    "Skipped",
    "SourceSpan",
    "Span",
    "Subject",
    "Summary",
    "Suppressed",
    "TermFinding",
    "Text",
    "Verdict",
]
