"""Files that say which of their neighbours are left out, where they are honoured."""

from __future__ import annotations

from dlp.globs import IgnoreRules
from dlp.model import Reason, Skipped
from dlp.source.opening import Unreadable, display, open_file, skip_reason

IGNORE_FILE = ".dlpignore"
MAX_IGNORE_FILE = 1 << 16
"""Bytes of one ignore file; a larger one is not used and is reported."""


def read_ignore_file(path: bytes, shown: str) -> tuple[IgnoreRules, list[Skipped]]:
    """Of the folder `path`, which ends in `/`, as does `shown`: its rules, and what could not be read of
    it: that leaves nothing out, so more is scanned, not less."""
    name = shown + IGNORE_FILE
    try:
        with open_file(path + IGNORE_FILE.encode()) as file:
            content = file.read(MAX_IGNORE_FILE + 1)
    except Unreadable as error:
        return IgnoreRules(""), [Skipped((name,), error.reason, error.detail)]
    except OSError as error:
        return IgnoreRules(""), [Skipped((name,), *skip_reason(error))]
    if len(content) > MAX_IGNORE_FILE:
        detail = f"larger than {MAX_IGNORE_FILE:,} bytes, so it is not obeyed"
        return IgnoreRules(""), [Skipped((name,), Reason.TOO_LARGE, detail)]
    rules = IgnoreRules(display(content))
    problems = [
        Skipped((name, f"line {line}"), Reason.UNSUPPORTED, f"not obeyed: {problem}") for line, problem in rules.errors
    ]
    return rules, problems
