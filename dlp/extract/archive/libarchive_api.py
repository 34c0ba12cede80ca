"""The few functions of libarchive that are used, where the system has that library.

By ctypes and not by a package: loading it starts no process, and only the formats are switched on that have no reader
of ours. libarchive's filters stay off, some of which start programs.
"""

from __future__ import annotations

import ctypes
import io
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from dlp.extract import raw
from dlp.extract.unpacking import PartError
from dlp.model import Reason

_NAMES = {
    "darwin": ("libarchive.13.dylib", "libarchive.dylib", "/usr/lib/libarchive.dylib",
               "/opt/homebrew/opt/libarchive/lib/libarchive.dylib", "/usr/local/opt/libarchive/lib/libarchive.dylib"),
    "win32": ("archive.dll", "libarchive.dll", "libarchive-13.dll"),
}  # fmt: skip
_UNIX = ("libarchive.so.13", "libarchive.so")
_FORMATS = {
    "7z": ("7zip",),
    "rar": ("rar", "rar5"),
    "cab": ("cab",),
    "iso": ("iso9660",),
    "lha": ("lha",),
    "xar": ("xar",),
}
_EOF, _OK, _WARN, _FATAL = 1, 0, -20, -30
_PIECE = 1 << 18
_FILE, _FOLDER = 0o100000, 0o040000
_KIND = 0o170000

_READ = ctypes.CFUNCTYPE(ctypes.c_ssize_t, ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p))
_SKIP = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
_SEEK = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int)

_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "read_new": (ctypes.c_void_p, ()),
    "read_free": (ctypes.c_int, (ctypes.c_void_p,)),
    "read_set_read_callback": (ctypes.c_int, (ctypes.c_void_p, _READ)),
    "read_set_skip_callback": (ctypes.c_int, (ctypes.c_void_p, _SKIP)),
    "read_set_seek_callback": (ctypes.c_int, (ctypes.c_void_p, _SEEK)),
    "read_set_callback_data": (ctypes.c_int, (ctypes.c_void_p, ctypes.c_void_p)),
    "read_open1": (ctypes.c_int, (ctypes.c_void_p,)),
    "read_next_header": (ctypes.c_int, (ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p))),
    "read_data": (ctypes.c_ssize_t, (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)),
    "read_has_encrypted_entries": (ctypes.c_int, (ctypes.c_void_p,)),
    "entry_pathname": (ctypes.c_char_p, (ctypes.c_void_p,)),
    "entry_pathname_w": (ctypes.c_wchar_p, (ctypes.c_void_p,)),
    "entry_symlink_w": (ctypes.c_wchar_p, (ctypes.c_void_p,)),
    "entry_hardlink_w": (ctypes.c_wchar_p, (ctypes.c_void_p,)),
    "entry_filetype": (ctypes.c_uint, (ctypes.c_void_p,)),
    "entry_size": (ctypes.c_int64, (ctypes.c_void_p,)),
    "entry_is_data_encrypted": (ctypes.c_int, (ctypes.c_void_p,)),
}


def load() -> ctypes.CDLL | None:
    """The system's library; None where there is none that has what is used."""
    for name in _NAMES.get(sys.platform, _UNIX):
        try:
            library = ctypes.CDLL(name)
            for function, (result, arguments) in _FUNCTIONS.items():
                found = getattr(library, f"archive_{function}")
                found.restype, found.argtypes = result, arguments
        except (OSError, AttributeError):
            continue
        return library
    return None


class Entry:
    """A member. Valid until the next one is asked for."""

    def __init__(self, archive: Archive, pointer: ctypes.c_void_p) -> None:
        self._archive = archive
        api = archive.api
        name = api.archive_entry_pathname_w(pointer)
        if name is None:
            name = (api.archive_entry_pathname(pointer) or b"").decode(errors="backslashreplace")
        self.name = str(name).encode("utf-8", "backslashreplace").decode()
        link = api.archive_entry_symlink_w(pointer) or api.archive_entry_hardlink_w(pointer) or ""
        self.link = str(link).encode("utf-8", "backslashreplace").decode()
        self.folder = api.archive_entry_filetype(pointer) & _KIND == _FOLDER
        self.size = int(api.archive_entry_size(pointer))
        self.encrypted = api.archive_entry_is_data_encrypted(pointer) == 1

    def chunks(self) -> Iterator[bytes]:
        """The content. Raises PartError where it cannot be unpacked, or not to its end."""
        archive = self._archive
        buffer = ctypes.create_string_buffer(_PIECE)
        while True:
            count = archive.api.archive_read_data(archive.pointer, buffer, _PIECE)
            archive.raise_for_stream()
            if count == 0:
                return
            if count < 0:
                archive.lost = archive.lost or count == _FATAL
                if archive.has_encrypted():
                    raise PartError(Reason.ENCRYPTED, "encrypted archive member")
                raise PartError(Reason.CORRUPT, "damaged archive member, or packed in a way that is not known")
            yield buffer.raw[:count]


class Archive:
    """An archive of the type `kind` (of `dlp.extract.detect`) in a seekable stream. Close it."""

    def __init__(self, api: ctypes.CDLL, stream: BinaryIO, kind: str) -> None:
        """Raises MemoryError."""
        self.api = api
        self._stream = stream
        self._error: BaseException | None = None
        self.lost = False
        """Whether nothing more can be asked of it: libarchive crashes on some archives, if it is."""
        self._piece = b""
        self._callbacks = (_READ(self._read), _SKIP(self._skip), _SEEK(self._seek))
        self.pointer = api.archive_read_new()
        if not self.pointer:
            raise MemoryError
        for name in _FORMATS[kind]:
            support = getattr(api, f"archive_read_support_format_{name}", None)
            if support is not None:
                support.argtypes = (ctypes.c_void_p,)
                support(self.pointer)
        api.archive_read_set_read_callback(self.pointer, self._callbacks[0])
        api.archive_read_set_skip_callback(self.pointer, self._callbacks[1])
        api.archive_read_set_seek_callback(self.pointer, self._callbacks[2])
        api.archive_read_set_callback_data(self.pointer, None)  # without it there is no place for the callbacks' state
        stream.seek(0)

    def entries(self) -> Iterator[Entry]:
        """The members, each to be read before the next. Raises what the stream raises, and PartError."""
        if self.api.archive_read_open1(self.pointer) not in (_OK, _WARN):
            self.raise_for_stream()
            raise PartError(Reason.CORRUPT, "not what its beginning says")
        pointer = ctypes.c_void_p()
        while True:
            if self.lost:
                raise PartError(Reason.CORRUPT, "damaged; what stands behind the damage was not read")
            code = self.api.archive_read_next_header(self.pointer, ctypes.byref(pointer))
            self.raise_for_stream()
            if code == _EOF:
                return
            if code not in (_OK, _WARN):
                self._give_up()
            yield Entry(self, pointer)

    def has_encrypted(self) -> bool:
        """Not to be asked before the first header was: libarchive crashes."""
        return bool(self.api.archive_read_has_encrypted_entries(self.pointer) == 1)

    def _give_up(self) -> None:
        self.raise_for_stream()
        if self.has_encrypted():
            raise PartError(Reason.ENCRYPTED, "encrypted, with its list of members")
        raise PartError(Reason.CORRUPT, "damaged, cut short, or of a kind that libarchive does not know")

    def close(self) -> None:
        if self.pointer:
            self.api.archive_read_free(self.pointer)
            self.pointer = None

    def raise_for_stream(self) -> None:
        """Raises what our stream raised below the library."""
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _read(self, _archive: object, _data: object, buffer: Any) -> int:
        try:
            self._piece = raw.read_upto(self._stream, raw.HEAD)
        except BaseException as error:  # noqa: BLE001  # nothing may be raised through C: it is raised behind it
            self._error = error
            return _FATAL
        buffer[0] = ctypes.cast(ctypes.c_char_p(self._piece), ctypes.c_void_p)
        return len(self._piece)

    def _skip(self, _archive: object, _data: object, count: int) -> int:
        try:
            before = self._stream.tell()
            end = self._stream.seek(0, io.SEEK_END)
            return self._stream.seek(min(end, before + max(0, count))) - before
        except BaseException as error:  # noqa: BLE001  # as above
            self._error = error
            return 0

    def _seek(self, _archive: object, _data: object, offset: int, whence: int) -> int:
        try:
            base = 0 if whence == io.SEEK_SET else self._stream.tell()
            if whence == io.SEEK_END:
                base = self._stream.seek(0, io.SEEK_END)
            return self._stream.seek(max(0, base + offset))
        except BaseException as error:  # noqa: BLE001  # as above
            self._error = error
            return _FATAL
