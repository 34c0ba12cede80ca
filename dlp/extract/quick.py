"""The short way for what nearly every file is: small, plain text in UTF-8. What it reads is what the extractors would
read; whatever is not quite that is left to them."""

from __future__ import annotations

import os
import stat

from dlp.extract import charset, raw
from dlp.extract.detect import detect
from dlp.extract.text import is_plain_utf8

_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def quick_text(path: bytes) -> bytes | None:
    """All of a regular file, without a byte order mark, if it has less than `raw.HEAD` bytes, is plain text, and there
    is nothing else to say of it; b"" for an empty one. None: ask the extractors. Raises nothing.

    One `read` takes all of it, so nobody has changed it meanwhile.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError):
        return None
    try:
        status = os.fstat(descriptor)
        if status.st_size >= raw.HEAD or not stat.S_ISREG(status.st_mode):
            return None
        data = os.read(descriptor, status.st_size + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    if len(data) != status.st_size:
        return None
    if not data:
        return data
    if detect(data, os.fsdecode(path)) != "text" or not is_plain_utf8(data):
        return None
    if charset.wide(data) is not None:
        return None
    return data.removeprefix(charset.UTF8_BOM)
