"""Header fields of mail: raw ones out of a block of lines, their words decoded (RFC 2047), their parameters (RFC 2231).

Lenient as mail programs are: what breaks the rules is kept as it stands.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

import msgspec

from dlp.extract.charset_names import codec_of

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_WORD = re.compile(r"=\?([^?*\s]{1,60})(?:\*[^?\s]{0,60})?\?([bBqQ])\?([^?\r\n]*)\?=")
_BETWEEN = re.compile(r"(\?=)[ \t\r\n]+(?==\?)")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_PARAMETER = re.compile(r';\s*+([^\s=;"]{1,100})\s*+=\s*+("(?:[^"\\]|\\.)*+"|[^;]*+)')
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
_MOST = 1 << 16
MAX_FIELDS = 10_000
"""Fields of one header."""


class Field(msgspec.Struct, frozen=True):
    """A header field: its name as written, and its value undecoded, line breaks of folding included."""

    name: str
    key: str
    """The name in lower case."""
    value: bytes

    @property
    def text(self) -> str:
        """The value, unfolded and decoded."""
        return decoded(self.value)


class Fields(list[Field]):
    """A header's fields in their order."""

    def all(self, name: str) -> Iterator[str]:
        """The decoded values of every field called `name` (lower case)."""
        return (field.text for field in self if field.key == name)


def read_fields(data: bytes, start: int, end: int) -> tuple[Fields, int]:
    """The fields from `start` on, and where the body begins: behind a blank line, or with the first line that is no
    field, or one too many."""
    fields = Fields()
    at = start
    begins = -1
    name = ""

    def close(until: int) -> None:
        if begins >= 0:
            fields.append(Field(name, name.lower(), data[begins:until].rstrip(b"\r\n")))

    while at < end:
        stop = data.find(b"\n", at, end)
        following = end if stop < 0 else stop + 1
        first = data[at]
        if first == 10 or (first == 13 and following - at == 2):
            close(at)
            return fields, following
        if first not in b" \t" or begins < 0:
            match = _FIELD.match(data, at, following)
            if match is None and not (at == start and data.startswith((b"From ", b">From "), at)):
                close(at)
                return fields, at
            close(at)
            if len(fields) >= MAX_FIELDS:
                return fields, at
            begins = match.end() if match else data.index(b" ", at)
            name = match[1].decode() if match else "From"
        at = following
    close(end)
    return fields, end


def decoded(value: bytes) -> str:
    """A field's value: unfolded, raw UTF-8 or Latin bytes as characters, encoded words as what they stand for."""
    if b"\n" in value:
        value = _FOLD.sub(b"", value)
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = value.decode("cp1252", "replace")
    text = text.strip()
    if "=?" in text:
        text = _WORD.sub(_word, _BETWEEN.sub(r"\1", text))
    return text


def _word(match: re.Match[str]) -> str:
    label, kind, words = match.groups()
    packed = words.encode("utf-8", "replace")
    try:
        if kind in "bB":
            packed = packed.rstrip(b"=")
            data = binascii.a2b_base64(packed + b"=" * (-len(packed) % 4))
        else:
            data = binascii.a2b_qp(packed, header=True)
    except binascii.Error:
        return match[0]
    return in_charset(data, label)


def in_charset(data: bytes, label: str) -> str:
    """`data` in the charset that `label` names, or as near to it as its bytes allow."""
    codec = codec_of(label)
    for name in (codec, "utf-8"):
        if name:
            try:
                return data.decode(name)
            except UnicodeError:
                continue
    return data.decode(codec or "cp1252", "replace")


def parameters(value: str) -> dict[str, str]:
    """The parameters behind the first `;`, names in lower case; continuations joined, the first of equal names kept."""
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[bool, str]]] = {}
    for match in _PARAMETER.finditer(";" + value.partition(";")[2][:_MOST]):
        name, given = match[1].lower(), match[2].strip()
        if given.startswith('"'):
            given = re.sub(r"\\(.)", r"\1", given.removesuffix('"')[1:] if len(given) > 1 else "")
        parts = _SECTION.fullmatch(name)
        if parts and (parts[2] or parts[3]):
            number = int(parts[2] or 0)
            sections.setdefault(parts[1], {}).setdefault(number, (bool(parts[3]), given))
        else:
            plain.setdefault(name, given)
    for name, pieces in sections.items():
        plain[name] = _joined([pieces[number] for number in sorted(pieces)])
    return plain


def _joined(pieces: list[tuple[bool, str]]) -> str:
    """RFC 2231: the charset stands in the first piece, percent escapes in those that a star marks."""
    label = "utf-8"
    out = b""
    for index, (escaped, text) in enumerate(pieces):
        if escaped and index == 0 and text.count("'") >= 2:
            label, _, text = text.split("'", 2)
        raw = text.encode("utf-8", "replace")
        out += unquote_to_bytes(raw) if escaped else raw
    return in_charset(out, label or "utf-8")
