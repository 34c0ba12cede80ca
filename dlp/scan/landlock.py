"""Landlock: from now on this process opens nothing but what it may read. What it has open, it keeps.

See landlock(7). Rules go by files, not by names: a link leads no further than the file it leads to would.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable
from typing import Any, Final

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
"""System calls; the same numbers on every machine."""

_VERSION = 1
_PATH_BENEATH = 1

_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3

_FILES: Final = {1: 13, 2: 14, 3: 15, 5: 16}
"""Kinds of access to files that are known from a version on; all are refused."""

_NETWORK, _NETWORK_SINCE = 0b11, 4
"""TCP: to bind, to connect."""

_SCOPES, _SCOPES_SINCE = 0b11, 6
"""Sockets without a name in the file system, and signals, of processes outside."""


def version(libc: Any) -> int:
    """What the kernel knows of it; 0 for nothing. `libc`: of ctypes."""
    import ctypes

    found: int = libc.syscall(ctypes.c_long(_CREATE), None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION))
    return max(found, 0)


def restrict(libc: Any, readable: Iterable[str]) -> int:
    """Leaves to this process, for good, to read what is at or below these paths; the version in use, 0 where the
    kernel refused. A path that is not there is none. The process must have given up new privileges."""
    import ctypes

    known = version(libc)
    if not known:
        return 0
    bits = max(count for since, count in _FILES.items() if since <= known)
    handled = [(1 << bits) - 1]
    if known >= _NETWORK_SINCE:
        handled.append(_NETWORK)
    if known >= _SCOPES_SINCE:
        handled.append(_SCOPES)
    attributes = struct.pack(f"={len(handled)}Q", *handled)
    rules: int = libc.syscall(ctypes.c_long(_CREATE), attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0))
    if rules < 0:
        return 0
    try:
        for path in readable:
            _allow(libc, rules, path)
        result: int = libc.syscall(ctypes.c_long(_RESTRICT), ctypes.c_int(rules), ctypes.c_uint(0))
    finally:
        os.close(rules)
    return known if result == 0 else 0


def _allow(libc: Any, rules: int, path: str) -> None:
    import ctypes

    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # not there, or not for us: then there is nothing to read
        return
    try:
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        rule = struct.pack("=Qi", _READ_FILE | _READ_FOLDER if folder else _READ_FILE, descriptor)
        libc.syscall(ctypes.c_long(_ADD_RULE), ctypes.c_int(rules), ctypes.c_int(_PATH_BENEATH), rule, ctypes.c_uint(0))
    finally:
        os.close(descriptor)
