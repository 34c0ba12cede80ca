"""Values that stand where a secret would: what documentation, templates and tests write instead of one."""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = re.compile(
    r"example|placeholder|change[-_ ]?(?:me|it|this)|replace[-_ ]?(?:me|this|with)|redacted|censored|removed|"
    r"your[-_ ]|[-_ ]your|yoursecret|yourkey|yourtoken|yourpass|yourapi|insert[-_ ]|dummy|fake[-_ ]|[-_ ]fake|"
    r"sample|notreal|not[-_ ]a[-_ ]real|foobar|foo[-_]?bar|lorem|ipsum|todo|fixme|deadbeef|cafebabe|"
    r"(?:my|the|some|any|a)[-_ ](?:secret|password|token|key|api)|undefined|goes[-_ ]?here|enter[-_ ]",
    re.IGNORECASE,
)
_TEMPLATE: Final = re.compile(
    r"^[<\[{(].*[>\]})]$|\$\{|\$\(|\{\{|<%|%\(|^%[A-Za-z_]+%$|^%[sdv@]$|\.\.\.|…|\*{3}|^\$[A-Za-z_][A-Za-z0-9_]*$|"
    r"^(?:process\.env|os\.environ|env|ENV|System\.getenv|getenv|secrets|vars|var|config|settings|self|this)\b[.\[(]",
    re.DOTALL,
)
_RUN: Final = re.compile(r"(.)\1{5,}|([^\s]{1,3}?)\2{6,}", re.DOTALL)
_LONGEST: Final = 4096
_LONG: Final = 120
"""Characters; in a longer value such a word may stand by chance."""
_STEP: Final = 8
"""Characters of a sequence that say it is one."""

_SEQUENCES: Final = frozenset(
    (sequence * 2)[at : at + _STEP]
    for forward in ("abcdefghijklmnopqrstuvwxyz", "0123456789", "1234567890", "0123456789abcdef", "qwertyuiop")
    for sequence in (forward, forward[::-1])
    for at in range(len(sequence))
)


def is_placeholder(value: str) -> bool:
    """Whether nobody would take the value for a real one."""
    value = value[:_LONGEST]
    if len(set(value)) < 4 and len(value) > 4:
        return True
    if (len(value) <= _LONG and _WORDS.search(value)) or _TEMPLATE.search(value):
        return True
    run = _RUN.search(value)
    if run and 3 * (run.end() - run.start()) >= len(value):
        return True
    return _sequential(value.lower())


def _sequential(value: str) -> bool:
    """Whether most of it counts up or down."""
    if len(value) < _STEP:
        return value in {"123456", "1234567", "abcdef", "abcdefg", "qwerty", "654321"}
    covered = at = 0
    while at + _STEP <= len(value):
        if value[at : at + _STEP] in _SEQUENCES:
            covered += _STEP
            at += _STEP
        else:
            at += 1
    return 2 * covered >= len(value)
