"""What the engine in C was compiled to is checked before it is followed."""

from __future__ import annotations

from array import array
from typing import Any

import msgspec
import pytest

from dlp.match._native import Pass
from dlp.match.engine_native import NATIVE, Compiled

from .patterns import rule

RULES = (
    rule(r"\bacme_[a-z0-9]{8}\b", "literal"),
    rule(r"\b[a-f0-9]{32}\b", "run"),
    rule(r"[^@\s]{1,20}@[a-z]{2,9}", "sign"),
    rule(r"\b\d{3}-\d{4}\b", "digit"),
)
MADE = msgspec.msgpack.decode(NATIVE.compile(RULES), type=Compiled)
FAR = array("I", [0xFFFF_FFF0]).tobytes()
SMALL = array("H", [0xFFF0]).tobytes()


def test_as_it_was_compiled_it_is_taken() -> None:
    assert {each[0] for each in Pass(MADE).places(b"acme_q8zt3lk9 a@bcd 555-1234 " + b"0af9" * 8)} == {0, 1, 2, 3}


def _wrong(at: str, change: dict[str, Any]) -> Compiled:
    first, *others = MADE.automata
    if at == "automaton":
        return msgspec.structs.replace(MADE, automata=(msgspec.structs.replace(first, **change), *others))
    return msgspec.structs.replace(MADE, **change)


@pytest.mark.parametrize(
    ("at", "change"),
    [
        ("pass", {"literals": MADE.literals[:-1]}),
        ("pass", {"literal_from": FAR + MADE.literal_from[4:]}),
        ("pass", {"literal_from": MADE.literal_from[:-4] + FAR}),
        ("pass", {"anchored": b"\xff" * len(MADE.anchored)}),
        ("pass", {"use_from": MADE.use_from[:-4] + FAR}),
        ("pass", {"uses": FAR + MADE.uses[4:]}),
        ("pass", {"uses": MADE.uses[:-1]}),
        ("pass", {"run_uses": FAR * 4}),
        ("pass", {"tasks": MADE.tasks[:-1]}),
        ("pass", {"automata": ()}),
        ("pass", {"everywhere_rule": FAR * (len(MADE.everywhere_rule) // 4)}),
        ("pass", {"everywhere_rule": b"", "everywhere_reach": b""}),
        ("automaton", {"sets": b""}),
        ("automaton", {"sets": b"\0" * 31}),
        ("automaton", {"follow": MADE.automata[0].follow[:-2]}),
        ("automaton", {"follow": SMALL + MADE.automata[0].follow[2:]}),
        ("automaton", {"follow_from": FAR + MADE.automata[0].follow_from[4:]}),
        ("automaton", {"first": SMALL}),
        ("automaton", {"at_start": SMALL}),
        ("automaton", {"flags": MADE.automata[0].flags[:-1]}),
        ("automaton", {"entry": SMALL + MADE.automata[0].entry[2:]}),
    ],
)
def test_numbers_that_lead_astray_are_refused(at: str, change: dict[str, Any]) -> None:
    said = r"other size|out of order|differ|hold together|without an anchor|there is not"
    with pytest.raises(ValueError, match=said):
        Pass(_wrong(at, change))


def test_two_bytes_that_stand_everywhere_do_not_lead_to_a_rule() -> None:
    made = msgspec.msgpack.decode(NATIVE.compile((rule(r"\b[A-Z]E\d{6}\b", "number"),)), type=Compiled)
    assert (made.literals, len(made.everywhere)) == (b"", 1)


def test_what_is_common_in_code_is_not_what_is_looked_for() -> None:
    made = msgspec.msgpack.decode(NATIVE.compile((rule(r"\breturn zqx_[a-z]{4}", "literal"),)), type=Compiled)
    at = made.anchored[0]
    assert made.literals[at : at + 4] not in b"return "
    assert {each[0] for each in Pass(made).places(b"return zqx_abcd")} == {0}
    assert Pass(made).places(b"return zqy_abcd return value") == []
