"""What is planted: a token of a case's own, and a passage of a registered document. And what a case is."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable

import msgspec

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

PASSAGE = (
    "The brine from tank nine is warmed to fifty one degrees before the lichen broth is folded in, a ladle at a "
    "time, while the paddle turns against the swirl. Nobody may hurry the third folding. When pale threads gather "
    "along the copper rim, the cellar hand closes both valves, counts slowly to forty, and lets the curd settle "
    "under its own quiet weight until morning."
)
"""66 words of DOCUMENT; ASCII, without signs that markup or strings of programs would have to spell otherwise."""

DOCUMENT = (
    "Notes of the Varnholt dairy on its blue whey cheese, for the cellar only. Milk comes up from the lower "
    "meadow before seven and rests in slate basins until the cream has drawn away from the walls. We skim with "
    "horn spoons, since steel bruises the cream and leaves a taste of coins.\n\n"
    f"{PASSAGE}\n\n"
    "After the rest the wheels are rubbed with ash of juniper and walnut husk. Turn every wheel on odd days and "
    "leave it in peace on even ones. A wheel that hums when it is knocked has taken too much air; it goes back to "
    "the lower shelf and is judged again when the swallows leave.\n"
)
"""What is registered."""

BINARY = random.Random(11).randbytes(16_000)
"""What is registered and has no text."""

SLICE = BINARY[5_000:9_000]
"""A part of BINARY, which is found by its bytes."""


def token(seed: str) -> str:
    """A made-up personal access token of GitHub's form, its check digits right."""
    body = "".join(random.Random(seed).choices(_DIGITS, k=30))
    check, rest = "", zlib.crc32(body.encode())
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        check = _DIGITS[digit] + check
    return f"gh{'p'}_{body}{check}"


class Plant(msgspec.Struct, frozen=True):
    """What one case carries."""

    token: str
    passage: str = PASSAGE

    @property
    def text(self) -> str:
        """Both, as a line of ASCII."""
        return f"The access key is {self.token} for now. {self.passage}"

    @property
    def data(self) -> bytes:
        return self.text.encode("ascii")

    @property
    def short(self) -> str:
        """For places that take no passage: below 60 characters."""
        return f"key {self.token} end"


Make = Callable[[Plant], "bytes | dict[str, bytes]"]
"""Bytes of the carrier, or, where it takes several files, all of them by name."""


class Case(msgspec.Struct, frozen=True):
    """One carrier with one hidden corner.

    `holds`: what is planted. `file`: the name the carrier has. `readable`: whether a reader without a password and
    without eyes can read it; what is not must be said. `needs`: modules without which the case cannot be made.
    """

    id: str
    family: str
    file: str
    make: Make
    holds: frozenset[str]
    readable: bool = True
    needs: tuple[str, ...] = ()

    @property
    def plant(self) -> Plant:
        return Plant(token(self.id))


class Family:
    """Cases as they are written down: `@family("id", "file.ext")` above the function that makes the bytes."""

    def __init__(self, name: str, needs: tuple[str, ...] = ()) -> None:
        self.name = name
        self.cases: list[Case] = []
        self._needs = needs

    def __call__(
        self, what: str, file: str, *, holds: str = "token passage", readable: bool = True, needs: str = ""
    ) -> Callable[[Make], Make]:
        """`holds`, `needs`: words apart by spaces."""

        def add(make: Make) -> Make:
            self.add(what, file, make, holds=holds, readable=readable, needs=needs)
            return make

        return add

    def add(
        self,
        what: str,
        file: str,
        make: Make,
        *,
        holds: str = "token passage",
        readable: bool = True,
        needs: str = "",
    ) -> None:
        modules = (*self._needs, *needs.split())
        case = Case(f"{self.name}: {what}", self.name, file, make, frozenset(holds.split()), readable, modules)
        self.cases.append(case)
