"""Users, by the names that this machine has for them."""

from __future__ import annotations

from typing import Any


def number_of(written: Any) -> int | None:
    """The number of a user that is written as a number or a name; None for a name that nobody has here. Asked for while
    a policy is loaded: what reads files may not look.

    Raises ValueError for what is neither."""
    if isinstance(written, int) and not isinstance(written, bool) and written >= 0:
        return written
    if not isinstance(written, str) or not written:
        raise ValueError(f"{written!r} is no user; write a name, or a number")
    import pwd

    try:
        return pwd.getpwnam(written).pw_uid
    except (KeyError, ValueError):  # ValueError: a NUL in it
        return None
