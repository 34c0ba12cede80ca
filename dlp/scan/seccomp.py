"""A filter of system calls (seccomp): what a process may still ask of the kernel once it only reads what it was given.

No network, no other program, no further process, no write to anything it has a name for, no signal to others, no look
into them. Opening for reading is left to Landlock, since modules are imported late. Tables: `dlp.scan.syscalls`.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Iterable, Sequence
from typing import Any

from dlp.scan.syscalls import BY_ARGUMENT, PLAIN, REFUSED, numbers

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""What the kernel calls the machines whose calls are known here (AUDIT_ARCH_…)."""

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE = 0, 4
_X32 = 0x40000000
"""From here on: calls of x86-64 with short pointers, a second set of numbers."""

_WRITING = 0o3 | os.O_CREAT | os.O_TRUNC | 0o20000000
"""Flags of `open` that make or change a file; the last one is __O_TMPFILE."""

_THREAD = 0x00010000
"""CLONE_THREAD: what is made is no process of its own."""

_FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030)
"""Duplicates, flags and locks. Not F_SETOWN and F_SETSIG, by which the kernel sends signals to anybody."""

_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""What kind of terminal it is, its size, bytes that wait, and flags of a descriptor."""

_PRCTL = (3, 15, 16, 0x53564D41)
"""Whether it can be dumped, names of threads and of memory."""

Instruction = tuple[int, int, int, int]
"""(code, steps where it holds, steps where not, operand)."""


def install(libc: Any, machine: str) -> bool:
    """Puts the filter over this process for good; whether the kernel took it. It must have given up new privileges.
    `libc`: of ctypes."""
    import ctypes

    if machine not in ARCHITECTURES:
        return False
    code = b"".join(struct.pack("<HBBI", *each) for each in program(machine, os.getpid()))
    buffer = ctypes.create_string_buffer(code, len(code))
    head = ctypes.create_string_buffer(struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer)))
    result = libc.prctl(
        _PR_SET_SECCOMP, ctypes.c_ulong(_MODE_FILTER), ctypes.byref(head), ctypes.c_ulong(0), ctypes.c_ulong(0)
    )
    return bool(result == 0)


def program(machine: str, pid: int) -> list[Instruction]:
    """The filter for the process `pid`, in classic BPF."""
    known = numbers(BY_ARGUMENT, machine)
    made: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),  # a call by another machine's numbers is no accident
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        made += [(_AT_LEAST, 0, 1, _X32), _fails(errno.ENOSYS)]
    for number in numbers(PLAIN, machine).values():
        made += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    for name, number in known.items():
        body = [*_checked(name, pid), _fails(errno.EPERM)]
        made += [(_EQUAL, 0, len(body), number), *body]
    for number in numbers(REFUSED, machine).values():
        made += [(_EQUAL, 0, 1, number), _fails(errno.EPERM)]
    return [*made, _fails(errno.ENOSYS)]


def _fails(error: int) -> Instruction:
    return _RETURN, 0, 0, _ERRNO | error


def _checked(name: str, pid: int) -> Sequence[Instruction]:
    """Returns ALLOW where the arguments are harmless, and else comes to its end."""
    match name:
        case "open":
            return _without(1, _WRITING)
        case "openat":
            return _without(2, _WRITING)
        case "clone":
            return [_low(0), (_ANY_BIT, 0, 1, _THREAD), (_RETURN, 0, 0, _ALLOW)]
        case "kill" | "tgkill" | "tkill":
            return _one_of(0, [pid])
        case "fcntl":
            return _one_of(1, _FCNTL)
        case "ioctl":
            return _one_of(1, _IOCTL)
        case "prctl":
            return _one_of(0, _PRCTL)
        case "prlimit64":  # asking for one's own limits: of process 0, with no new limit
            zero = [_low(0), _low(2), _high(2)]
            asked: list[Instruction] = []
            for left in (5, 3, 1):
                asked += [zero.pop(0), (_EQUAL, 0, left, 0)]
            return [*asked, (_RETURN, 0, 0, _ALLOW)]
    raise AssertionError(name)


def _low(argument: int) -> Instruction:
    """Loads the lower half of an argument; both machines have it first."""
    return _LOAD, 0, 0, 16 + 8 * argument


def _high(argument: int) -> Instruction:
    return _LOAD, 0, 0, 20 + 8 * argument


def _without(argument: int, bits: int) -> Sequence[Instruction]:
    return [_low(argument), (_ANY_BIT, 1, 0, bits), (_RETURN, 0, 0, _ALLOW)]


def _one_of(argument: int, values: Iterable[int]) -> Sequence[Instruction]:
    made = [_low(argument)]
    for value in values:
        made += [(_EQUAL, 0, 1, value), (_RETURN, 0, 0, _ALLOW)]
    return made
