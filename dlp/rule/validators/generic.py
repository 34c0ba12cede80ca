"""Values that no documented form tells apart: is it drawn by a machine, is it a password?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from dlp.rule.randomness import wordiness

_HEX: Final = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CODE: Final = re.compile(
    r"[A-Za-z_][\w]*(?:(?:\.|::|->)[A-Za-z_]\w*)+\(?|[A-Za-z_]\w*\(|[A-Za-z_][\w.]*\[[^\]]*\]|/[\w./-]+|\.{0,2}/[\w./-]*|[\w.-]+@[\w.-]+|https?:.*|"
    r"[A-Za-z]+(?:[-_ ][A-Za-z]+)+|[a-z]+(?:[A-Z][a-z]+)+|[A-Z][a-z]+(?:[A-Z][a-z]+)+|[A-Z]+(?:_[A-Z0-9]+)+|"
    r"\d+(?:[.,:/-]\d+)*[a-zA-Z%]{0,2}|v?\d+\.\d+[\w.+-]*|sha(?:1|256|384|512)[-:].*|[#.][\w-]+"
)
_SEPARATORS: Final = re.compile(r"[-_.+/=:~]")
_COMMON: Final = frozenset(
    """
    password passwort passwd secret string object number boolean undefined optional required default none null true
    false text email username private public prompt hidden input label value update delete create change forgot confirm
    invalid incorrect missing testing example bcrypt plaintext encrypted
    """.split()  # noqa: SIM905 - a list of quoted words is harder to keep
)
_SHORTEST: Final = 16


def random_token(value: str) -> bool:
    """A value of at least 16 characters that a machine drew: not a word, a name, a path, a number, a version."""
    if len(value) < _SHORTEST or _CODE.fullmatch(value):
        return False
    letters, digits = sum(map(str.isalpha, value)), sum(map(str.isdigit, value))
    if _HEX.fullmatch(value):
        return letters >= 3 and digits >= 3 and len(set(value)) >= 8
    if _UUID.fullmatch(value):
        return len(set(value)) >= 10
    if letters < 3 or len(set(value)) < min(10, len(value) // 2):
        return False
    parts = [part for part in _SEPARATORS.split(value) if part]
    if len(parts) > 1 and max(map(len, parts)) < 12 and len(parts) > 3:
        return False  # 2024-01-01T00:00:00, some.dotted.name2, a-css-class
    if digits == 0:
        mixed = value != value.lower() and value != value.upper()
        return len(value) >= 20 and mixed and wordiness(value) < -0.7
    return digits >= 2 and wordiness(value) < 0.2


def password_like(value: str) -> bool:
    """A value that may be a password somebody chose: not the name of one, not code."""
    if not 6 <= len(value) <= 100 or value.lower() in _COMMON or _CODE.fullmatch(value):
        return False
    if not value.isprintable() or value.count(" ") > 3:
        return False
    kinds = (
        any(map(str.islower, value)),
        any(map(str.isupper, value)),
        any(map(str.isdigit, value)),
        not value.isalnum(),
    )
    return sum(kinds) >= 3 or (sum(kinds) == 2 and (kinds[2] or kinds[3]) and any(map(str.isalpha, value)))


def password_strong(value: str) -> bool:
    """Where neither quotes nor code say that it is a value: letters, digits and a sign or both cases."""
    if not password_like(value) or _CODE.fullmatch(value.rstrip(".,;:!?")):
        return False
    signs = any(not char.isalnum() and char not in "_-./:\\" for char in value)
    mixed = any(map(str.islower, value)) and any(map(str.isupper, value))
    return any(map(str.isdigit, value)) and any(map(str.isalpha, value)) and (signs or (mixed and len(value) >= 8))


def machine_or_password(value: str) -> bool:
    """Either."""
    return random_token(value) or password_like(value)


VALIDATORS: Final[Mapping[str, Callable[[str], bool]]] = {
    "random-token": random_token,
    "password-like": password_like,
    "password-strong": password_strong,
    "machine-or-password": machine_or_password,
}
