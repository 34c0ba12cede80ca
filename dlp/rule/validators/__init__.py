"""Validators: whether a value that has the right shape can be real. Rules name them; each says yes or no to a value.

A validator never raises, whatever the value, and takes time linear in it. One family a file, each with a table of its
own; a new family is a file and a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dlp.rule.validators import (
    checksums,
    contact,
    devices,
    documents,
    generic,
    national_americas,
    national_asia,
    national_east,
    national_north,
    national_others,
    national_south,
    national_west,
    payment,
    services,
    structure,
    tokens,
    wallets,
)

Validator = Callable[[str], bool]

FAMILIES: tuple[Mapping[str, Validator], ...] = (
    structure.VALIDATORS,
    generic.VALIDATORS,
    devices.VALIDATORS,
    checksums.VALIDATORS,
    payment.VALIDATORS,
    tokens.VALIDATORS,
    national_west.VALIDATORS,
    national_south.VALIDATORS,
    national_north.VALIDATORS,
    national_east.VALIDATORS,
    national_americas.VALIDATORS,
    national_asia.VALIDATORS,
    national_others.VALIDATORS,
    documents.VALIDATORS,
    wallets.VALIDATORS,
    contact.VALIDATORS,
    services.VALIDATORS,
)

VALIDATORS: Mapping[str, Validator] = {name: each for family in FAMILIES for name, each in family.items()}
"""All of them, by the names that rules use."""
