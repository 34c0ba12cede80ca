"""The note that stands where a file was."""

from __future__ import annotations

import os
import time
from contextlib import suppress

from dlp.incident.quarantine.moving import fresh_name, open_content, put, status_of

NAME = "{name}"
DEFAULT = NAME + ".quarantined.txt"

MOST = 99
"""Names that are tried where something stands there."""

_TEMPORARY = b".dlp-notice-"


def text_of(name: bytes, id: str, incident: str, message: str, contact: str, taken: int) -> str:
    """What it says: nothing of the content. `taken`: microseconds since 1970; `message`: the policy's."""
    when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(taken // 1_000_000))
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name.decode("utf-8", "backslashreplace"))
    parts = [
        f"The file {shown} that was here has been taken into quarantine.",
        message.strip(),
        f"To have it back, ask {contact or 'whoever is in charge of data protection'}, and give this number: {id}",
        "\n".join([f"Taken at: {when}", *([f"Incident: {incident}"] if incident else [])]),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def encoded(text: str) -> bytes:
    """The file's bytes."""
    return text.encode("utf-8", "backslashreplace")


def place(folder: int, name: bytes, id: str, text: str, template: str, owner: tuple[int, int]) -> bytes:
    """Puts it into the folder, whole or not at all, over nothing that is there. The name that it has.

    template: with `{name}`. owner: user and group, who may then delete it in a folder with the sticky bit, too.

    Raises OSError, FileExistsError where all names are taken."""
    data = encoded(text)
    before, _, after = template.partition(NAME)
    temporary = _TEMPORARY + id.encode()
    with suppress(FileNotFoundError):
        os.unlink(temporary, dir_fd=folder)
    _write(folder, temporary, data, owner)
    try:
        for number in range(1, MOST + 1):
            suffix = after.encode() if number == 1 else b".%d" % number + after.encode()
            there = fresh_name(before.encode() + name, suffix, folder)
            try:
                put(folder, temporary, folder, there)
            except FileExistsError:
                if not stands(folder, there, text):
                    continue
                os.unlink(temporary, dir_fd=folder)  # of a run that was ended right after it
            return there
        raise FileExistsError(f"{MOST} names are taken")
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise


def _write(folder: int, name: bytes, data: bytes, owner: tuple[int, int]) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(name, flags, 0o644, dir_fd=folder)
    with open(descriptor, "wb") as file:
        file.write(data)
        with suppress(OSError):  # who may not give it away keeps it
            os.fchown(descriptor, *owner)
        file.flush()
        os.fsync(descriptor)


def stands(folder: int, name: bytes, text: str) -> bool:
    """Whether that file is the notice, unchanged."""
    data = encoded(text)
    try:
        status = status_of(folder, name)
        if status is None or status.st_size != len(data):
            return False
        with open(open_content(folder, name), "rb") as file:
            return file.read(len(data) + 1) == data
    except Exception:  # noqa: BLE001  # replaced below
        return False
