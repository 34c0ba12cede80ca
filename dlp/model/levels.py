"""Verdicts, levels, coverage and reasons: the words that have an order or a fixed list."""

from __future__ import annotations

import enum


class Verdict(enum.StrEnum):
    """What the policy decides about a blob, mildest first."""

    ALLOW = "allow"
    AUDIT = "audit"
    WARN = "warn"
    QUARANTINE = "quarantine"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        """0 for allow to 4 for block."""
        return VERDICTS.index(self)


VERDICTS = tuple(Verdict)


class Level(enum.StrEnum):
    """A severity or a confidence; the two are never blended."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low to 3 for critical."""
        return LEVELS.index(self)


LEVELS = tuple(Level)


class Coverage(enum.StrEnum):
    """How much of a file was read."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    UNSCANNABLE = "unscannable"


class Reason(enum.StrEnum):
    """Why content was not read, or not registered, whole."""

    ENCRYPTED = "encrypted"
    CORRUPT = "corrupt"
    UNSUPPORTED = "unsupported"
    LIMIT = "limit"
    TOO_LARGE = "too-large"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASHED = "crashed"
    DENIED = "denied"
    VANISHED = "vanished"
    CHANGED = "changed"
    IO_ERROR = "io-error"
    SPECIAL_FILE = "special-file"
    LOOP = "loop"
    SYMLINK = "symlink"
    IMAGES_ONLY = "images-only"
    PICTURE = "picture"
    TOO_SHORT = "too-short"
    STORE = "store"
