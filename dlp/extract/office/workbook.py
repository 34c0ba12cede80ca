"""The order in which a workbook's parts are read, and by whom each is."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from dlp.extract.archive.package import Member
from dlp.extract.office import biff12, sheet_binary, zipped
from dlp.extract.office.relations import relation_of, relations
from dlp.extract.office.sheet_formats import Formats
from dlp.extract.office.sheet_strings import Strings, StringsReader, Unreferenced
from dlp.extract.office.sheet_xml import EXCEL, PIVOT, CommentWords, SheetWords
from dlp.extract.office.xml_elements import elements
from dlp.model import Reason, Skipped

_SHEET = re.compile(r"xl/(?:work|macro)sheets/[^/]+\.(?:xml|bin)")
_COMMENTS = ("comments", "threadedComment")


class _Sheet(NamedTuple):
    name: str
    part: str


def plan(contents: zipped.Contents) -> Iterator[zipped.Part]:
    """Every part of the package, the sheets first, in their order."""
    book = _Book(contents)
    yield from book.parts()


class _Book:
    """The order of a workbook's parts."""

    def __init__(self, contents: zipped.Contents) -> None:
        self._contents = contents
        self._depth = contents.limits.max_xml_depth
        self._strings = Strings()
        self._planned: set[Member] = set()
        self._xml = set(contents.xml())
        main = next(
            (each.target for each in relations(contents, "").values() if each.kind == "officeDocument"),
            "xl/workbook.xml" if contents.member("xl/workbook.xml") else "xl/workbook.bin",
        )
        self._binary = main.lower().endswith(".bin")
        data = contents.small(main)
        self._related = relations(contents, main)
        if self._binary:
            self._sheets = [_Sheet(name, self._target(key)) for name, key in sheet_binary.sheets(data)]
            from_1904 = sheet_binary.from_1904(data)
            self._formats = sheet_binary.formats(contents.small("xl/styles.bin"), from_1904)
        else:
            parts = elements(data)
            self._sheets = [
                _Sheet(each.attributes.get("name", ""), self._target(relation_of(each)))
                for each in parts
                if each.name == "sheet"
            ]
            from_1904 = any(
                each.name == "workbookPr" and each.attributes.get("date1904") in ("1", "true") for each in parts
            )
            self._formats = Formats.of(elements(contents.small("xl/styles.xml")), from_1904)

    def _target(self, key: str) -> str:
        return self._related[key].target if key in self._related else ""

    def parts(self) -> Iterator[zipped.Part]:
        """Shared strings first, for cells refer to them; then sheets with what hangs on them, then the rest."""
        contents = self._contents
        shared = next((each.target for each in self._related.values() if each.kind == "sharedStrings"), None)
        table = contents.member(shared or ("xl/sharedStrings.bin" if self._binary else "xl/sharedStrings.xml"))
        if table is not None:
            yield self._part(table, lambda: self._strings_reader(table))
        listed = {zipped.plain(each.part) for each in self._sheets}
        others = [
            _Sheet(member.name.rpartition("/")[2].rpartition(".")[0], member.name)
            for member in contents.package.members
            if _SHEET.fullmatch(zipped.plain(member.name)) and zipped.plain(member.name) not in listed
        ]
        hanging = []
        missing = 0
        for sheet in self._sheets + others:
            member = contents.member(sheet.part) if sheet.part else None
            if member is None:
                missing += bool(sheet.part)
                continue
            if member not in self._planned:
                yield self._part(member, functools.partial(self._sheet_reader, member, sheet.name))
                hanging.append(sheet)
        if missing:
            detail = f"{missing} sheets that the workbook names are not in the file"
            contents.skipped.append(Skipped(contents.blob.provenance, Reason.CORRUPT, detail))
        for sheet in hanging:
            for related in relations(contents, sheet.part).values():
                member = contents.member(related.target)
                if member is not None and related.kind in _COMMENTS and member not in self._planned:
                    yield self._part(member, functools.partial(self._comment_reader, member, sheet.name))
        yield zipped.Part(None, self._leftovers)
        for member in contents.package.members:
            if member not in self._planned:
                yield from self._other(member)

    def _part(self, member: Member, opened: Callable[[], zipped.Reader]) -> zipped.Part:
        self._planned.add(member)
        return zipped.Part(member, opened)

    def _strings_reader(self, member: Member) -> zipped.Reader:
        if _is_binary(member):
            return sheet_binary.StringsReader(self._strings)
        return StringsReader(self._depth, self._strings)

    def _sheet_reader(self, member: Member, name: str) -> zipped.Reader:
        if _is_binary(member):
            return sheet_binary.SheetReader(name, self._strings, self._formats)
        return SheetWords(self._depth, self._contents.told, name, self._strings, self._formats)

    def _comment_reader(self, member: Member, name: str) -> zipped.Reader:
        if _is_binary(member):
            return sheet_binary.CommentReader(name)
        return CommentWords(self._depth, self._contents.told, name)

    def _other(self, member: Member) -> Iterator[zipped.Part]:
        name = zipped.plain(member.name)
        place = zipped.place_of(member.name, "xl/")
        if member in self._xml:
            yield self._contents.words(member, place, PIVOT if "pivot" in name else EXCEL)
        elif biff12.is_part(name):
            yield zipped.Part(member, lambda: sheet_binary.StringScan(place))

    def _leftovers(self) -> zipped.Reader:
        """What the sheets left in the table of strings, and did not find there."""
        if missing := self._strings.missing:
            detail = f"{missing} cells refer to strings that are not in the file"
            self._contents.skipped.append(Skipped(self._contents.blob.provenance, Reason.CORRUPT, detail))
        return Unreferenced(self._strings)


def _is_binary(member: Member) -> bool:
    return member.name.lower().endswith(".bin")
