"""The engines that there are, and which of them looks."""

from __future__ import annotations

import os
from collections.abc import Mapping

from dlp.errors import UsageError
from dlp.match.engine import Kind
from dlp.match.engine_native import NATIVE
from dlp.match.engine_portable import PORTABLE


def kinds() -> Mapping[str, Kind]:
    """The engines that there are, the quickest first."""
    return {each.name: each for each in (NATIVE, PORTABLE)}


def choose() -> Kind:
    """The native one; `$DLP_ENGINE` names another. Raises UsageError."""
    demand = os.environ.get("DLP_ENGINE") or "native"
    there_are = kinds()
    if demand not in there_are:
        raise UsageError(f"DLP_ENGINE={demand!r}: no such engine; there are {', '.join(there_are)}")
    return there_are[demand]
