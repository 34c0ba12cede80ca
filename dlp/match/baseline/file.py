"""The file of a baseline: text, a head, then one entry a line, sorted by digest, so that branches merge.

    dlp-baseline 1 salt=0f… check=1a2b3c4d
    # comments stay
    3f9c… github-pat path=src/a.py owner=ada until=2027-03-31 reason="revoked, kept for the test"

Words that hold a space or a quote are written as in JSON. Order does not matter to the reader; lines that say the same
are one.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final

import msgspec

from dlp.errors import ConfigError, UsageError
from dlp.match.baseline.entries import DOCUMENT, Baseline, Entry, Head, checked, head_key
from dlp.match.values import SIZE
from dlp.whole_files import written_whole

MAX_SIZE: Final = 256 << 20
MAX_LINE: Final = 8192

_HEAD = re.compile(r"dlp-baseline (\d{1,9}) (salt|keyed)=([0-9a-f]{32}) check=([0-9a-f]{8})")
_FIELD = re.compile(r' ([a-z]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)')
_START = re.compile(r"(\S+) (\S+)")
_BARE = re.compile(r'[^\s"\\]+')
_DIGEST = re.compile(rf"[0-9a-f]{{{2 * SIZE}}}")
_PASSAGE = re.compile(r"\d{1,9}:\d{1,15}-\d{1,15}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_CONFLICT = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")
_NAMES: Final = ("path", "owner", "until", "reason")
_VERSION: Final = 1


class Page(msgspec.Struct, frozen=True):
    """What the file says. `comments`: lines of people, which stand behind the head."""

    head: Head
    entries: tuple[Entry, ...]
    comments: tuple[str, ...] = ()


def fresh(key: bytes | None) -> Head:
    """A head with a salt of its own. `key`: the digests are under it, too."""
    head = Head(key is not None, os.urandom(16), "")
    return msgspec.structs.replace(head, check=checked(head_key(head, key)))


def opened(page: Page, key: bytes | None, today: date, path: str) -> Baseline:
    """The baseline of a page that was read from `path`. Raises ConfigError: the key is missing, or another."""
    if page.head.keyed and key is None:
        raise ConfigError(f"{path} was made with --keyed: it needs the key of then, in $DLP_KEY or a file")
    made = head_key(page.head, key)
    if checked(made) != page.head.check:
        why = "the key is not the one that it was made with" if page.head.keyed else "its first line was changed"
        raise ConfigError(f"{path}: {why}, so none of its entries would match")
    return Baseline(made, page.entries, today, os.path.dirname(os.path.abspath(path)))


def load(path: str) -> Page:
    """Raises UsageError: it cannot be read; ConfigError, with the line: it does not say what it must."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_SIZE + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise UsageError(f"cannot read the baseline {path}: {getattr(error, 'strerror', None) or error}") from None
    return parse(data, path)


def parse(data: bytes, where: str) -> Page:
    """Raises ConfigError, with the line."""
    if len(data) > MAX_SIZE:
        raise ConfigError(f"{where}: a baseline has at most {MAX_SIZE >> 20} MiB")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        at = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{where}, line {at}: not UTF-8") from None
    head: Head | None = None
    comments: dict[str, None] = {}
    entries: dict[tuple[str, str, str], Entry] = {}
    for number, each in enumerate(text.split("\n"), 1):
        line = each.removesuffix("\r")
        try:
            if line.startswith("dlp-baseline"):
                head = _head(line, head)
            elif head is None and line.strip():
                raise _Wrong("a baseline begins with `dlp-baseline 1 …`; make one with: dlp baseline create")
            elif line.startswith("#"):
                comments[line] = None
            elif line.strip():
                _take(entries, _entry(line, number))
        except _Wrong as error:
            raise ConfigError(f"{where}, line {number}: {error}") from None
    if head is None:
        raise ConfigError(f"{where}: it is empty; make a baseline with: dlp baseline create")
    return Page(head, tuple(entries.values()), tuple(comments))


class _Wrong(Exception):
    """What a line does not say as it must."""


def _head(line: str, before: Head | None) -> Head:
    found = _HEAD.fullmatch(line)
    if not found:
        raise _Wrong("the head is `dlp-baseline 1 salt=… check=…`")
    if int(found[1]) != _VERSION:
        raise _Wrong(f"version {found[1]} of the format, which this version of dlp does not know")
    made = Head(found[2] == "keyed", bytes.fromhex(found[3]), found[4])
    if before not in (None, made):
        raise _Wrong("a second head: two baselines that were made apart cannot be merged; create one of both branches")
    return made


def _take(entries: dict[tuple[str, str, str], Entry], entry: Entry) -> None:
    there = entries.setdefault(entry.key, entry)
    if msgspec.structs.replace(there, line=entry.line) != entry:
        raise _Wrong(f"line {there.line} has the same entry with another owner, until or reason: keep one of them")


def _entry(line: str, number: int) -> Entry:
    if line.startswith(_CONFLICT):
        raise _Wrong(
            "a merge that is not finished: keep the entries of both sides and take these markers out (`*.baseline "
            "merge=union` in .gitattributes has git do so)"
        )
    if len(line) > MAX_LINE:
        raise _Wrong(f"more than {MAX_LINE:,} characters")
    start = _START.match(line)
    if not start:
        raise _Wrong("an entry is `DIGEST RULE`, and then path=, owner=, until= and reason= as needed")
    digest, subject = start.groups()
    passage = subject.startswith(DOCUMENT) and _PASSAGE.fullmatch(digest)
    if not passage and not _DIGEST.fullmatch(digest):
        raise _Wrong(f"`{digest[:60]}` is no digest: {2 * SIZE} hexadecimal digits, or of a passage VERSION:START-END")
    given: dict[str, str] = {}
    at = start.end()
    while at < len(line):
        field = _FIELD.match(line, at)
        if not field:
            raise _Wrong(f"cannot read on at `{line[at:].strip()[:40]}`; words with a space stand in quotes")
        if field[1] not in _NAMES or field[1] in given:
            what = "stands twice" if field[1] in given else f"is not known; there are {', '.join(_NAMES)}"
            raise _Wrong(f"`{field[1]}` {what}")
        given[field[1]] = _value(field[2])
        at = field.end()
    until = _date(given["until"]) if given.get("until") else None
    path, owner, reason = (given.get(name, "") for name in ("path", "owner", "reason"))
    return Entry(subject, digest, path, owner, until, reason, number)


def _value(written: str) -> str:
    if not written.startswith('"'):
        return written
    try:
        value = json.loads(written)
    except ValueError:
        raise _Wrong(f"{written[:40]} is no string as JSON has it") from None
    assert isinstance(value, str)
    return value


def _date(written: str) -> date:
    if _DATE.fullmatch(written):
        with contextlib.suppress(ValueError):
            return date.fromisoformat(written)
    raise _Wrong(f"until={written[:40]} is no day; write it as 2027-03-31")


def text_of(page: Page) -> str:
    """The file's text. What is read from it is the same page, but for the numbers of lines."""
    return "".join(line + "\n" for line in _lines(page))


def _lines(page: Page) -> Iterator[str]:
    head = page.head
    yield f"dlp-baseline {_VERSION} {'keyed' if head.keyed else 'salt'}={head.salt.hex()} check={head.check}"
    yield from page.comments
    for entry in sorted(page.entries, key=lambda each: each.key):
        yield line_of(entry)


def line_of(entry: Entry) -> str:
    """One entry as the file has it."""
    given = {
        "path": entry.path,
        "owner": entry.owner,
        "until": entry.until.isoformat() if entry.until else "",
        "reason": entry.reason,
    }
    words = [f"{name}={_written(value)}" for name, value in given.items() if value]
    return " ".join((entry.digest, entry.subject, *words))


def _written(value: str) -> str:
    return value if _BARE.fullmatch(value) and value.isprintable() else json.dumps(value)


def save(page: Page, path: str) -> None:
    """Whole or not at all. Raises UsageError."""
    real = os.path.realpath(path)
    try:
        with written_whole(real, 0o666) as file:
            file.write(text_of(page).encode())
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def merged(before: Sequence[Entry], more: Iterable[Entry]) -> tuple[Entry, ...]:
    """Those before, and of the others those that are new."""
    there = {each.key: each for each in before}
    for each in more:
        there.setdefault(each.key, each)
    return tuple(there.values())
