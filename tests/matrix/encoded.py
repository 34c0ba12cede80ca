"""Encoded runs inside text, and text in unusual charsets."""

from __future__ import annotations

import base64
import bz2
import codecs
import gzip
import zlib
from collections.abc import Callable

from .mail import quoted, utf7, uu
from .plant import SLICE, Family, Plant
from .web import escaped

family = Family("encoded")
charset = Family("charset")
binary = Family("binary")

_AROUND = 'Notes on the move to the new office.\nbackup = "@"\nAsk Ben before Friday about the keys.\n'


def _run(what: str, encode: Callable[[Plant], str], file: str = "a.txt", around: str = _AROUND) -> None:
    family.add(what, file, lambda plant: around.replace("@", encode(plant)).encode("utf-8"))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def percent(text: str) -> str:
    return "".join(f"%{ord(each):02X}" for each in text)


def _wrapped(text: str, width: int = 64, end: str = "\n") -> str:
    return end.join(text[at : at + width] for at in range(0, len(text), width))


_run("base64", lambda plant: b64(plant.data))
_run("base64, wrapped", lambda plant: "\n" + _wrapped(b64(plant.data)) + "\n")
_run("base64, wrapped and indented", lambda plant: "|\n    " + _wrapped(b64(plant.data), 60, "\n    ") + "\n")
_run("base64, wrapped at 20", lambda plant: "\n" + _wrapped(b64(plant.data), 20) + "\n")
_run("base64, unpadded", lambda plant: b64(plant.data + b" ").rstrip("="))
_run("base64, url-safe", lambda plant: base64.urlsafe_b64encode(b"\xfb\xef\xff " + plant.data).decode())
_run("base64, twice", lambda plant: b64(b64(plant.data).encode()))
_run("base64, four times", lambda plant: b64(b64(b64(b64(plant.data).encode()).encode()).encode()))
_run("base64 of UTF-16 (PowerShell)", lambda plant: f"powershell -enc {b64(plant.text.encode('utf-16-le'))}")
_run("base64 of gzip", lambda plant: b64(gzip.compress(plant.data, mtime=0)))
_run("base64 of zlib", lambda plant: b64(zlib.compress(plant.data)))
_run("base64 of bzip2", lambda plant: b64(bz2.compress(plant.data)))
_run("base64 of a zip", lambda plant: b64(_zip(plant)))
_run("base64, quoted line by line", lambda plant: '" +\n  "'.join(_wrapped(b64(plant.data), 60).split("\n")))
_run("base64, escaped line ends (JSON)", lambda plant: _wrapped(b64(plant.data), 76, "\\n"))
_run("base64 as a Basic header", lambda plant: f"Authorization: Basic {b64(b'rosa:' + plant.data)}")
_run("token's claims (JWT)", lambda plant: _claims(plant))
_run("data URI", lambda plant: f"data:text/plain;base64,{b64(plant.data)}")
_run("data URI, percent", lambda plant: f"data:text/plain,{percent(plant.text)}")
_run("base32", lambda plant: base64.b32encode(plant.data).decode())
_run("base32, wrapped", lambda plant: "\n" + _wrapped(base64.b32encode(plant.data).decode()) + "\n")
_run("base32, small letters, unpadded", lambda plant: base64.b32encode(plant.data).decode().lower().rstrip("="))
_run("base85 (Ascii85)", lambda plant: base64.a85encode(plant.data, adobe=True).decode())
_run("base85 (Python, git)", lambda plant: base64.b85encode(plant.data).decode())
_run("hexadecimal", lambda plant: plant.data.hex())
_run("hexadecimal, capitals", lambda plant: plant.data.hex().upper())
_run("hexadecimal, wrapped", lambda plant: "\n" + _wrapped(plant.data.hex()) + "\n")
_run("hexadecimal, spaces between", lambda plant: plant.data.hex(" "))
_run("hexadecimal, colons between", lambda plant: plant.data.hex(":"))
_run("hexadecimal, as an array (0x..)", lambda plant: "{ " + ", ".join(f"0x{each:02x}" for each in plant.data) + " }")
_run("hexadecimal of gzip", lambda plant: gzip.compress(plant.data, mtime=0).hex())
_run("hexadecimal of base64", lambda plant: b64(plant.data).encode().hex())
_run("base64 of hexadecimal", lambda plant: b64(plant.data.hex().encode()))
_run("hexadecimal dump (xxd)", lambda plant: "\n" + _dump(plant.data))
_run("percent", lambda plant: percent(plant.text))
_run(
    "percent, what needs it and the signs of the token",
    lambda plant: plant.text.replace("_", "%5F").replace(" ", "%20"),
)
_run("percent, twice", lambda plant: percent(percent(plant.text)))
_run("HTML entities, decimal", lambda plant: "".join(f"&#{ord(each)};" for each in plant.text))
_run("HTML entities, hexadecimal", lambda plant: "".join(f"&#x{ord(each):X};" for each in plant.text))
_run("quoted-printable", lambda plant: quoted(plant.text))
_run("quoted-printable, every sign", lambda plant: "".join(f"={ord(each):02X}" for each in plant.text))
_run("uuencode", lambda plant: "\n" + uu(plant.data))
_run("\\u escapes", lambda plant: escaped(plant.text))
_run("\\u{} escapes", lambda plant: "".join(f"\\u{{{ord(each):x}}}" for each in plant.text))
_run("\\x escapes", lambda plant: "".join(f"\\x{ord(each):02x}" for each in plant.text))
_run("\\x escapes of gzip", lambda plant: "".join(f"\\x{each:02x}" for each in gzip.compress(plant.data, mtime=0)))
_run("\\x escapes of some signs", lambda plant: plant.text.replace("_", "\\x5f").replace("e", "\\x65"))
_run("octal escapes", lambda plant: "".join(f"\\{ord(each):03o}" for each in plant.text))
_run("rot13", lambda plant: codecs.encode(plant.text, "rot13"))
_run("reversed", lambda plant: plant.text[::-1])
_run("base64, reversed", lambda plant: b64(plant.data)[::-1])
_run("rot13 of base64", lambda plant: codecs.encode(b64(plant.data), "rot13"))
_run("UTF-7", lambda plant: utf7(plant.text))
_run("base64 of UTF-7", lambda plant: b64(utf7(plant.text).encode()))
_run("strings joined by +", lambda plant: '" + "'.join(_wrapped(plant.text, 11).split("\n")), "a.js")
_run("strings joined by + over lines", lambda plant: '" +\n    "'.join(_wrapped(plant.text, 11).split("\n")), "a.js")
_run(
    "strings beside one another (Python, C)",
    lambda plant: '"\n    "'.join(_wrapped(plant.text, 11).split("\n")),
    "a.py",
)
_run(
    "strings joined by . (PHP)",
    lambda plant: "' . '".join(_wrapped(plant.text, 11).split("\n")),
    "a.php",
    "<?php\n$a = '@';\n",
)
_run("strings joined by & (Basic)", lambda plant: '" & _\r\n    "'.join(_wrapped(plant.text, 11).split("\n")), "a.vb")
_run("list of strings", lambda plant: '", "'.join(_wrapped(plant.text, 11).split("\n")), "a.py", '["@"]\n')
_run("numbers of characters", lambda plant: ", ".join(str(each) for each in plant.data), "a.py", "bytes([@])\n")
_run("backslash at the end of lines", lambda plant: "\\\n".join(_wrapped(plant.text, 31).split("\n")), "a.sh")
_run("zero-width spaces", lambda plant: "\u200b".join(_wrapped(plant.text, 5).split("\n")))
_run("base64 in base32 in hexadecimal", lambda plant: base64.b32encode(b64(plant.data).encode()).hex())
_run("percent of base64 of gzip", lambda plant: percent(b64(gzip.compress(plant.data, mtime=0))))
_run(
    "key file in PEM's form", lambda plant: f"\n-----BEGIN NOTE-----\n{_wrapped(b64(plant.data))}\n-----END NOTE-----\n"
)


def _url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _claims(plant: Plant) -> str:
    head, body = b'{"alg":"none"}', b'{"note":"%s"}' % plant.data
    return f"{_url(head)}.{_url(body)}."


def _zip(plant: Plant) -> bytes:
    from .ooxml import zipped

    return zipped({"n.txt": plant.data})


def _dump(data: bytes) -> str:
    lines = []
    for at in range(0, len(data), 16):
        piece = data[at : at + 16]
        pairs = " ".join(piece.hex()[two : two + 4] for two in range(0, len(piece) * 2, 4))
        lines.append(f"{at:08x}: {pairs:<39}  {piece.decode()}")
    return "\n".join(lines) + "\n"


@family("base64 in a file of its own", "a.b64")
def alone(plant: Plant) -> bytes:
    return base64.encodebytes(plant.data)


@family("base64 without a line's end, a megabyte in front", "a.txt")
def far(plant: Plant) -> bytes:
    return b"Lorem ipsum dolor sit amet, consectetur. " * 26_000 + b64(plant.data).encode()


def _in(what: str, codec: str, mark: bytes = b"") -> None:
    body = "Minutes of the week: Grüße, naïve café, 20 €.\n@\n"
    charset.add(what, "a.txt", lambda plant: mark + body.replace("@", plant.text).encode(codec))


_in("UTF-8", "utf-8")
_in("UTF-8 with a mark", "utf-8-sig")
_in("UTF-16, little end first, marked", "utf-16-le", b"\xff\xfe")
_in("UTF-16, big end first, marked", "utf-16-be", b"\xfe\xff")
_in("UTF-16, little end first", "utf-16-le")
_in("UTF-16, big end first", "utf-16-be")
_in("UTF-32, marked", "utf-32")
_in("UTF-32, big end first", "utf-32-be")
_in("Windows 1252", "cp1252")


@charset("ISO 2022 (Japanese)", "a.txt")
def japanese(plant: Plant) -> bytes:
    return f"議事録\n{plant.text}\n".encode("iso2022_jp")


@charset("UTF-16 behind text of eight bits", "a.log")
def mixed(plant: Plant) -> bytes:
    return b"plain lines of a log\r\n" * 40 + f"{plant.text}\r\n".encode("utf-16-le")


@binary("text in a program (Windows)", "a.exe")
def program(plant: Plant) -> bytes:
    from .packing import executable

    return executable(plant.data + b"\0")


@binary("UTF-16 in a program (Windows)", "a.exe")
def program_wide(plant: Plant) -> bytes:
    from .packing import executable

    return executable(b"\0\0" + plant.text.encode("utf-16-le") + b"\0\0")


@binary("UTF-16, big end first, at an odd place", "a.bin")
def program_odd(plant: Plant) -> bytes:
    from .packing import elf

    return elf(b"\0" + plant.text.encode("utf-16-be") + b"\0\0")


@binary("text in a program (Linux)", "a.so")
def library(plant: Plant) -> bytes:
    from .packing import elf

    return elf(plant.data + b"\0")


@binary("base64 in a program", "a.exe")
def program_base64(plant: Plant) -> bytes:
    from .packing import executable

    return executable(b"\0" + b64(plant.data).encode() + b"\0")


@binary("gzip in a program", "a.bin")
def program_gzip(plant: Plant) -> bytes:
    from .packing import elf

    return elf(gzip.compress(plant.data, mtime=0))


@binary("zip in the middle of a disk image", "a.img")
def image(plant: Plant) -> bytes:
    return bytes(70_000) + _zip(plant) + bytes(range(256)) * 300


@binary("registered binary's bytes", "a.bin", holds="passage")
def part(plant: Plant) -> bytes:
    return bytes(range(200)) * 7 + SLICE


@binary("registered binary's bytes behind a picture", "a.png", holds="passage")
def part_behind(plant: Plant) -> bytes:
    from .images import png

    return png() + SLICE


@binary("registered binary's bytes in base64", "a.txt", holds="passage")
def part_base64(plant: Plant) -> bytes:
    return b"model: " + b64(SLICE).encode() + b"\n"
