"""What a worker gives up before it reads the first file: whatever a parser that was taken over could use.

A worker has its files open already and needs nothing from outside but modules that are imported late, and the store.
So it may open these for reading, and that is all: Landlock says what, seccomp what else it may ask of the kernel
(`dlp.scan.landlock`, `dlp.scan.seccomp`). Where the kernel has one of them only, that one holds; what every system has
holds besides: no bytes to files, and, where there is no seccomp, no process.
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from dlp.scan import landlock, seccomp

_PR_SET_NO_NEW_PRIVS = 38
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITIES = 0x20080522
_READ_ANYTHING = 1 << 1 | 1 << 2
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, which root keeps: modules may lie in somebody's home."""

SHARED = (
    "/usr/lib", "/usr/lib64", "/usr/share", "/usr/local/lib", "/lib", "/lib64", "/nix/store", "/gnu/store",
    "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/localtime", "/etc/magic", "/etc/fonts", "/etc/mime.types",
    "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/proc/self", "/proc/cpuinfo", "/proc/meminfo",
    "/sys/devices/system/cpu", "/sys/fs/cgroup",
)  # fmt: skip
"""What libraries read when they are loaded, wherever Python is."""


class Held(msgspec.Struct, frozen=True):
    """What the kernel holds a worker to. `landlock`: its version, 0 for none."""

    landlock: int
    seccomp: bool

    def __str__(self) -> str:
        if self.landlock and self.seccomp:
            return f"Landlock {self.landlock} and seccomp"
        if self.landlock:
            return f"Landlock {self.landlock} alone: this system has no seccomp, or not for this machine"
        if self.seccomp:
            return "seccomp alone: this system has no Landlock, so they can read what the user can"
        return "limits alone: this system has neither Landlock nor seccomp"


def confine(readable: Iterable[str] = ()) -> Held:
    """Confines this process for good. `readable`: files and folders that it may open besides what Python needs.

    It can open nothing else, write to nothing that it has not open for writing, connect to nothing, start nothing and
    signal nobody else, as far as what is returned reaches."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    os.environ["PATH"] = ""  # no program can be started: who looks for one to find a library sees so, and goes by names
    held = _confine(readable) if sys.platform == "linux" else Held(0, False)
    if not held.seccomp:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    return held


def _confine(readable: Iterable[str]) -> Held:
    try:
        import ctypes
    except ImportError:  # a Python that was made without it
        return Held(0, False)
    libc = ctypes.CDLL(None, use_errno=True)
    machine = os.uname().machine
    zero, one = ctypes.c_ulong(0), ctypes.c_ulong(1)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, one, zero, zero, zero) != 0:
        return Held(0, False)
    version = landlock.restrict(libc, [*_needed(), *readable])
    _drop_capabilities(libc, machine)
    return Held(version, seccomp.install(libc, machine))


def _drop_capabilities(libc: Any, machine: str) -> None:
    """Root keeps no power but to read."""
    import ctypes
    import struct

    if os.geteuid() == 0 and machine in _CAPSET:
        header = struct.pack("=Ii", _CAPABILITIES, 0)
        libc.syscall(ctypes.c_long(_CAPSET[machine]), header, struct.pack("=6I", *(_READ_ANYTHING,) * 2, 0, 0, 0, 0))


def _needed() -> Iterator[str]:
    """What Python reads to import a module. Not the folder of a script or of `python -m`, which stands first in
    `sys.path`: it is anybody's home."""
    yield from SHARED
    for prefix in {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}:
        yield from (os.path.join(prefix, name) for name in ("lib", "lib64", "share"))
    package = os.path.dirname(os.path.dirname(__file__))
    yield package
    for link in ("rules", "fingerprint/background.bin"):  # in a checkout these lead out of the package
        yield os.path.realpath(os.path.join(package, link))
    first = 0 if sys.flags.safe_path else 1
    yield from (path for path in sys.path[first:] if os.path.isabs(path))
    yield from filter(os.path.isabs, os.environ.get("LD_LIBRARY_PATH", "").split(":"))


def held_here() -> Held:
    """What a worker would be held to on this system, as a process finds that tries it. Forks one."""
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.write(write, msgspec.msgpack.encode(confine()))
        finally:
            os._exit(0)
    os.close(write)
    with open(read, "rb") as file:
        told = file.read()
    os.waitpid(pid, 0)
    return msgspec.msgpack.decode(told, type=Held) if told else Held(0, False)
