"""What commits and tags say, taken from the objects themselves: git shows a message up to its first NUL."""

from __future__ import annotations

import re
from typing import Final

_USUAL: Final = (
    b"tree ", b"parent ", b"author ", b"committer ", b"encoding ", b"gpgsig", b"object ", b"type ", b"tag ", b"tagger ",
)  # fmt: skip
"""Headers without anything that people write. Names and addresses of authors are in every commit."""

_INNER = re.compile(rb"object ([0-9a-f]{40,64})\ntype tag\n")


def message_of(content: bytes) -> bytes:
    """The message, behind headers that are not usual, such as a merged tag."""
    head, _, message = content.partition(b"\n\n")
    unusual: list[bytes] = []
    keep = False
    for line in head.split(b"\n"):
        if not line.startswith(b" "):  # else it continues the header above it
            keep = not line.startswith(_USUAL)
        if keep:
            unusual.append(line)
    return b"\n".join([*unusual, message]) if unusual else message


def nested_tag(content: bytes) -> bytes:
    """The tag that a tag is of, in hexadecimal digits; b"" where it is of something else."""
    found = _INNER.match(content)
    return found[1] if found else b""
