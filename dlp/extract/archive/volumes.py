"""Archives in several files: what one piece is missing, told by its name."""

from __future__ import annotations

import re

_NUMBERED = re.compile(r"(.+\.(?:zip|7z|rar|tar|gz|tgz|bz2|xz|zst|iso|cab))\.(\d{3,4})", re.IGNORECASE)
_SPANNED = re.compile(r"(.+)\.([zr])(\d{2})", re.IGNORECASE)
_PART = re.compile(r"(.+)\.part(\d{1,5})\.(rar|exe)", re.IGNORECASE)
_TELLING = frozenset({"binary", "zip", "rar", "7z", "text", "tar", "gzip", "bzip2", "xz", "zstd", "cab"})


def missing(name: str, kind: str) -> str:
    """What the file `name`, whose content is of the type `kind`, lacks; "" if it is no piece of anything."""
    if name[-1:].isdigit():
        if match := _NUMBERED.fullmatch(name):
            return f"piece {int(match[2])} of an archive in several files: the others are needed to read it whole"
        if kind in _TELLING and kind != "text" and (match := _SPANNED.fullmatch(name)):
            number = int(match[3]) + (match[2] in "rR")
            return f"piece {number} of an archive in several files: the others are needed to read it whole"
    elif name[-4:].lower() in (".rar", ".exe") and (match := _PART.fullmatch(name)):
        return f"part {int(match[2])} of an archive in several files: the others are needed to read it whole"
    return ""
