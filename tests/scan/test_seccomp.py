"""The filter itself, run by a small machine: what it says to calls with their arguments, for each architecture."""

from __future__ import annotations

import errno
import itertools

import pytest

from dlp.scan.seccomp import ARCHITECTURES, program
from dlp.scan.syscalls import BY_ARGUMENT, PLAIN, REFUSED, numbers

PID = 4711
ALLOW, KILL = "allow", "kill"
MACHINES = sorted(ARCHITECTURES)


def decide(machine: str, number: int, *arguments: int, architecture: int | None = None) -> str:
    data = number.to_bytes(4, "little")
    data += (ARCHITECTURES[machine] if architecture is None else architecture).to_bytes(4, "little") + bytes(8)
    data += b"".join((each % (1 << 64)).to_bytes(8, "little") for each in (*arguments, *[0] * 6)[:6])
    code = program(machine, PID)
    at = register = 0
    while True:
        kind, yes, no, operand = code[at]
        at += 1
        if kind == 0x20:
            register = int.from_bytes(data[operand : operand + 4], "little")
        elif kind == 0x06:
            if operand >> 16 == 5:
                return errno.errorcode[operand & 0xFFFF]
            return {0x7FFF0000: ALLOW, 0x80000000: KILL}[operand]
        else:
            holds = {0x15: register == operand, 0x35: register >= operand, 0x45: bool(register & operand)}[kind]
            at += yes if holds else no


@pytest.mark.parametrize("machine", MACHINES)
def test_the_tables_are_disjoint_and_decide(machine: str) -> None:
    tables = [numbers(table, machine) for table in (PLAIN, BY_ARGUMENT, REFUSED)]
    every = list(itertools.chain(*(table.values() for table in tables)))
    assert len(every) == len(set(every))
    assert {decide(machine, number) for number in tables[0].values()} == {ALLOW}
    assert {decide(machine, number) for number in tables[2].values()} == {"EPERM"}
    unknown = set(range(600)) - set(every)
    assert {decide(machine, number) for number in unknown} == {"ENOSYS"}


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("openat", (-100, 0, 0o2000000), ALLOW),
        ("openat", (-100, 0, 0o2000001), "EPERM"),
        ("openat", (-100, 0, 0o2000002), "EPERM"),
        ("openat", (-100, 0, 0o100), "EPERM"),
        ("openat", (-100, 0, 0o1000), "EPERM"),
        ("openat", (-100, 0, 0o20200000), "EPERM"),
        ("clone", (0x3D0F00,), ALLOW),
        ("clone", (17,), "EPERM"),
        ("kill", (PID, 9), ALLOW),
        ("kill", (PID + 1, 9), "EPERM"),
        ("kill", (0, 9), "EPERM"),
        ("kill", (-1, 9), "EPERM"),
        ("tgkill", (PID, 5, 6), ALLOW),
        ("tgkill", (PID - 1, 5, 6), "EPERM"),
        ("tkill", (PID + 2, 6), "EPERM"),
        ("fcntl", (3, 1), ALLOW),
        ("fcntl", (3, 6), ALLOW),
        ("fcntl", (3, 8), "EPERM"),
        ("fcntl", (3, 10), "EPERM"),
        ("fcntl", (3, 15), "EPERM"),
        ("ioctl", (3, 0x5401), ALLOW),
        ("ioctl", (3, 0x5412), "EPERM"),
        ("ioctl", (3, 0x40086602), "EPERM"),
        ("prctl", (15,), ALLOW),
        ("prctl", (4,), "EPERM"),
        ("prctl", (22,), "EPERM"),
        ("prlimit64", (0, 9, 0, 1), ALLOW),
        ("prlimit64", (0, 9, 1 << 40, 1), "EPERM"),
        ("prlimit64", (0, 9, 4096, 1), "EPERM"),
        ("prlimit64", (PID + 1, 9, 0, 1), "EPERM"),
    ],
)
def test_arguments_decide(machine: str, name: str, arguments: tuple[int, ...], said: str) -> None:
    assert decide(machine, numbers(BY_ARGUMENT, machine)[name], *arguments) == said


def test_numbers_of_another_machine_end_the_process() -> None:
    for machine, architecture in itertools.product(MACHINES, [0x40000003, 0x40000028, *ARCHITECTURES.values()]):
        expected = ALLOW if architecture == ARCHITECTURES[machine] else KILL
        assert decide(machine, numbers(PLAIN, machine)["read"], architecture=architecture) == expected


def test_the_second_set_of_numbers_of_x86_is_not_there() -> None:
    assert decide("x86_64", 0x40000000) == "ENOSYS"
    assert decide("x86_64", 0x40000000 + 520) == "ENOSYS"
