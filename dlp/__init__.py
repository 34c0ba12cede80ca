"""A data-loss-prevention scanning engine: passages of registered documents, found in outgoing files.

    from dlp import create_store, open_store, register_paths, scan_paths

    key = bytes.fromhex("…")  # 32 bytes, kept apart from the store
    create_store("store", key)
    register_paths("store", key, ["secrets"], label="trade-secret")
    for result in scan_paths(open_store("store", key), ["outbox"]):
        print(result.verdict, result.path, [each.document.name for each in result.findings])

The names below are the whole public interface; what lies under them may change.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlp.errors import DlpError
    from dlp.library import create_store, open_store, register_paths, scan_paths
    from dlp.limits import Limits
    from dlp.model import Coverage, PassageFinding, Result, Skipped, Verdict

__version__ = "0.1.0"

_HOMES = {
    "Coverage": "dlp.model",
    "DlpError": "dlp.errors",
    "Limits": "dlp.limits",
    "PassageFinding": "dlp.model",
    "Result": "dlp.model",
    "Skipped": "dlp.model",
    "Verdict": "dlp.model",
    "create_store": "dlp.library",
    "open_store": "dlp.library",
    "register_paths": "dlp.library",
    "scan_paths": "dlp.library",
}

__all__ = [
    "Coverage",
    "DlpError",
    "Limits",
    "PassageFinding",
    "Result",
    "Skipped",
    "Verdict",
    "create_store",
    "open_store",
    "register_paths",
    "scan_paths",
]


def __getattr__(name: str) -> Any:
    # Loaded when asked for: `dlp --help` should not pay for the engine.
    if name not in _HOMES:
        raise AttributeError(f"module 'dlp' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
