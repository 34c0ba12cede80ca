"""Which objects a PDF's pages draw: pdfium has read their words, and they need not be read a second time.

Said is only what is beyond doubt. Wherever another reader of the file might see other pages, other contents or other
forms, nothing is said, and all of it is read again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping

from dlp.extract.pdf.pdf_strings import REFERENCE, SIMPLE

_ROOT = re.compile(rb"/Root\s{0,9}(\d{1,10})\s")
_CATALOG = re.compile(rb"/Type\s{0,9}/Catalog\b")
_PAGES = re.compile(rb"/Pages\s{0,9}(\d{1,10})\s{1,9}\d{1,5}\s{1,9}R")
_PARENT = re.compile(rb"/Parent\s{0,9}(\d{1,10})\s{1,9}\d{1,5}\s{1,9}R")
_KIDS = re.compile(rb"/Kids\s{0,9}\[([\d\sR]{0,600000})\]")
_CONTENTS = re.compile(rb"/Contents\s{0,9}(?:\[([\d\sR]{0,60000})\]|(\d{1,10})\s{1,9}\d{1,5}\s{1,9}R)")
_LIST = re.compile(rb"\s{0,99}\[([\d\sR]{0,60000})\]\s{0,99}")
_RESOURCES = re.compile(rb"/Resources\s{0,9}(?:(<<)|(\d{1,10})\s{1,9}\d{1,5}\s{1,9}R)")
_FORMS = re.compile(
    rb"(?<!/Type)(?<!/Type )/XObject\s{0,9}(?:<<([^<>()%\[\]]{0,600000})>>|(\d{1,10})\s{1,9}\d{1,5}\s{1,9}R)"
)
_TYPE = re.compile(rb"/Type\s{0,9}/XObject\b")
_FORM = re.compile(rb"/([^\s/()<>\[\]{}%]{1,127})\s{1,9}(\d{1,10})\s{1,9}\d{1,5}\s{1,9}R")
_DO = re.compile(rb"/([^\s/()<>\[\]{}%]{1,127})\s{1,9}Do\b")
_IMAGE = re.compile(rb"\bBI\b")
_IS_FORM = re.compile(rb"/Subtype\s{0,9}/Form\b")
_NUMBER = rb"[+-]?\d{0,9}\.?\d{0,20}"
_UPRIGHT = re.compile(
    rb"/Matrix\s{0,9}\[\s{0,9}-?0{0,9}[1-9.]%b\s{1,9}%b\s{1,9}%b\s{1,9}-?0{0,9}[1-9.]" % ((_NUMBER,) * 3)
)
_DEPTH = 30
_STEPS = 1_000_000
"""References and names that are followed, all together: many pages may share long lists."""

_FORMS_DEPTH = 6
"""Forms inside one another that are followed; pdfium goes deeper."""


class Pages:
    """The pages of a file whose objects are `bodies`, each number's one body; where there are several, no body."""

    def __init__(self, data: bytes, bodies: Mapping[int, bytes], count: int) -> None:
        """`count`: pages that pdfium has read."""
        self._bodies = {number: body[: _end(body)] for number, body in bodies.items()}
        self._steps = _STEPS
        self._forms: dict[int, dict[bytes, int]] = {}
        self._names: dict[int, frozenset[bytes] | None] = {}
        pages = self._walk(data, count) if count else []
        self._pages = {page: self._contents(page) for page in pages} if len(pages) == count else {}

    def contents(self) -> set[int]:
        """The objects that hold what is drawn on pages."""
        return {number for numbers in self._pages.values() for number in numbers}

    def forms(self, calling: Collection[int], seen: Callable[[int], bytes | None]) -> Iterator[tuple[int, bytes]]:
        """The forms that are drawn, and their content. `calling`: those of `contents` that may call any. `seen`: what
        an object's stream holds, if all its letters can be seen."""
        asked: set[int] = set()
        for page, contents in self._pages.items():
            if not any(number in calling for number in contents):
                continue
            level = self._called(self._resources(page), [self._names_in(number, seen) for number in contents])
            for _ in range(_FORMS_DEPTH):
                inner: list[int] = []
                for number in level:
                    content = seen(number) if number not in asked and self._is_shown(number) else None
                    asked.add(number)
                    if content is not None:
                        yield number, content
                        if b"Do" in content:
                            inner += self._called(self._forms_of(number), [called_in(content)])
                level = inner

    def _called(self, forms: Mapping[bytes, int], names: list[frozenset[bytes] | None]) -> list[int]:
        """The numbers of what is called; none where it is not known, or where there is too much of it."""
        if None in names or not forms:
            return []
        self._steps -= sum(len(each) for each in names if each)
        return [forms[name] for each in names for name in each or () if name in forms] if self._steps > 0 else []

    def _names_in(self, number: int, seen: Callable[[int], bytes | None]) -> frozenset[bytes] | None:
        if number not in self._names:
            content = seen(number)
            self._names[number] = None if content is None else called_in(content)
        return self._names[number]

    def _walk(self, data: bytes, count: int) -> list[int]:
        """The pages' objects, in their order; none where that is open to doubt."""
        roots = {int(number) for number in _ROOT.findall(data)}
        catalogs = [number for number, body in self._bodies.items() if _CATALOG.search(body)]
        top = _only(_PAGES, self._bodies[catalogs[0]]) if len(catalogs) == 1 and roots == set(catalogs) else None
        found: list[int] = []
        waiting = [int(top[1])] if top else []
        met = set()
        while waiting and len(found) <= count:
            number = waiting.pop()
            if number in met:
                return []
            met.add(number)
            kids = _only(_KIDS, self._bodies.get(number, b""))
            if kids is None:
                found.append(number)
            else:
                waiting += [int(each[1]) for each in REFERENCE.finditer(kids[1])][::-1]
        return found

    def _contents(self, page: int) -> list[int]:
        match = _only(_CONTENTS, self._bodies.get(page, b""))
        if match is None or self._steps <= 0:
            return []
        listed = match[1]
        if listed is None:
            whole = _LIST.fullmatch(self._bodies.get(int(match[2]), b""))
            if whole is None:
                return [int(match[2])]
            listed = whole[1]
        found = [int(each[1]) for each in REFERENCE.finditer(listed)]
        self._steps -= len(found)
        return found

    def _resources(self, page: int) -> Mapping[bytes, int]:
        """The forms and pictures that a page's content can call, by name."""
        number = page
        for _ in range(_DEPTH):
            body = self._bodies.get(number, b"")
            if b"/Resources" in body:
                return self._forms_of(number)
            above = _only(_PARENT, body)
            if above is None:
                break
            number = int(above[1])
        return {}

    def _forms_of(self, number: int) -> Mapping[bytes, int]:
        """The same of the one object that has them in its resources."""
        body = self._bodies.get(number, b"")
        match = _only(_RESOURCES, body)
        if match is None or body.count(b"/Resources") != 1 or b"%" in body:
            return {}
        holder = int(match[2]) if match[2] else number
        if holder not in self._forms:
            self._forms[holder] = self._listed(self._bodies.get(holder, b""))
        return self._forms[holder]

    def _listed(self, body: bytes) -> dict[bytes, int]:
        named = _only(_FORMS, body)
        if named is None or b"%" in body or body.count(b"/XObject") - len(_TYPE.findall(body)) != 1:
            return {}
        pairs = _FORM.findall(self._bodies.get(int(named[2]), b"") if named[2] else named[1])
        forms = {name: int(number) for name, number in pairs}
        return forms if len(forms) == len(pairs) else {}

    def _is_shown(self, number: int) -> bool:
        """Whether it is a form on no layer that may be off, and not pressed flat."""
        body = self._bodies.get(number, b"")
        shown = bool(_IS_FORM.search(body)) and b"/OC" not in body
        return shown and (b"/Matrix" not in body or bool(_only(_UPRIGHT, body)))


def called_in(content: bytes) -> frozenset[bytes] | None:
    """The names of forms and pictures that a page's content calls; None where words might pass for operators."""
    bare = SIMPLE.sub(b"", content) if b"(" in content else content
    if b"(" in bare or b")" in bare or b"%" in bare or _IMAGE.search(bare):
        return None
    return frozenset(_DO.findall(bare))


def _end(body: bytes) -> int:
    at = body.rfind(b"endobj")
    return at if at >= 0 else len(body)


def _only(pattern: re.Pattern[bytes], body: bytes) -> re.Match[bytes] | None:
    """The one place where `pattern` matches; None where there are several."""
    first = pattern.search(body)
    return first if first and not pattern.search(body, first.end()) else None
