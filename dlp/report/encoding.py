"""JSON that is one line for every reader.

Beyond what JSON asks for, characters that act on a terminal or end a line for some readers (U+2028, C1 controls, bidi)
are written as `\\uNNNN`.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

_ENCODER: Final = msgspec.json.Encoder()

# DEL and C1 controls, zero-width and bidi characters, line and paragraph separators, the byte order mark
_ACTIVE: Final = {
    code: f"\\u{code:04x}"
    for first, last in (
        (0x7F, 0x9F),
        (0x061C, 0x061C),
        (0x200B, 0x200F),
        (0x2028, 0x202E),
        (0x2060, 0x206F),
        (0xFEFF, 0xFEFF),
    )
    for code in range(first, last + 1)
}
_ANY_ACTIVE: Final = re.compile(f"[{''.join(map(chr, _ACTIVE))}]")


def encode(value: Any) -> bytes:
    """`value` as one line of JSON in UTF-8. Only strings can hold the characters that are escaped after encoding."""
    line = _ENCODER.encode(value)
    text = line.decode()
    return text.translate(_ACTIVE).encode() if _ANY_ACTIVE.search(text) else line
