"""Takes HTML and XML apart by its tags, window by window, in one pass: the shown words with the tags gone, and beside
them what else the source says (tags with attributes, comments, scripts, hidden elements), all with source lines.

A tokenizer and no parser: no tree, so no depth; nothing is refused, and every byte that is not a bare tag's comes out
on one of the two sides.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator

from dlp.extract.markup.entities import Entities

WINDOW = 1 << 20
"""Characters that are taken apart at a time."""

_MOST_OPEN = 1 << 24
"""Characters that one tag, comment or script may have before it is not waited for any longer."""

_TOKEN = re.compile(
    r"""<(?:(/?+)([A-Za-z_:][^\s/>"'<=]*+)((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>|(!--)|(!\[CDATA\[)|([!?])|(/?+[A-Za-z_:]))"""
)
_USUAL = re.compile(r"""([^<]*+)<(/?+)([A-Za-z_:][^\s/>"'<=]*+)((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>""")
_LOOSE = re.compile(r"""<(?:(/?+)([A-Za-z_:][^\s/>"'<=]*+)([^>]*+)>|(!--)|(!\[CDATA\[)|([!?])|(/?+[A-Za-z_:]))""")
_CLOSING, _NAME, _ATTRIBUTES, _COMMENT, _CDATA, _DECLARATION, _CUT = range(1, 8)

_BLOCK_NAMES = (
    "address article aside blockquote body br button canvas caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe legend li link main map "
    "menu meta nav noframes noscript object ol optgroup option p param pre script section select source style summary "
    "svg table tbody template text textarea tfoot thead title tr track ul audio video desc"
)
_INLINE_NAMES = "a abbr b bdi bdo big cite code em font i kbd q s samp small span strong sub sup tspan u wbr"
_RUN_NAMES = (
    "w:r w:t w:rpr w:b w:i w:u w:bcs w:ics w:color w:sz w:szcs w:rfonts w:rstyle w:lang w:highlight w:vanish "
    "w:prooferr w:bookmarkstart w:bookmarkend w:ins wx:font text:span text:a text:s text:bookmark a:r a:t a:rpr"
)
"""What parts no words in a document of Office that is one file of XML."""
_OTHER_NAMES = (
    "acronym area base col colgroup data del dfn embed img input ins keygen label mark meter nobr output picture "
    "progress rb rp rt ruby slot strike time tt var"
)
_VOID_NAMES = "area base br col embed hr img input link meta param source track wbr"
BLOCKS = frozenset(_BLOCK_NAMES.split())
"""Elements that part words; `td` and `th` do by a tab, any other name by nothing."""
_CELLS = frozenset({"td", "th"})
_INLINE = frozenset(_INLINE_NAMES.split())
_INLINE_XML = _INLINE | frozenset(_RUN_NAMES.split())
_KNOWN = BLOCKS | _CELLS | _INLINE | frozenset(_OTHER_NAMES.split())
_VOID = frozenset(_VOID_NAMES.split())
_BARE = {
    spelling: name in BLOCKS
    for name in BLOCKS | _INLINE | frozenset(_OTHER_NAMES.split())
    if name not in ("script", "style")
    for spelling in (name, name.upper())
}
"""Elements whose tags say nothing without attributes; whether they part words."""
_RAW = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in ("script", "style", "xmp", "plaintext")}
_MARKUP_SCRIPT = re.compile(r"type\s*=\s*[\"']?[^\"'>]{0,60}(?:template|html)", re.IGNORECASE)
_SRCDOC = re.compile(r"""srcdoc\s*+=\s*+(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_HIDDEN = re.compile(
    r"(?:^|\s)hidden(?=[\s=/]|$)|(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9]))"
)
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[A-Za-z][A-Za-z0-9]{1,31};)")
_TAIL = 64
_LONG_NODE = 4096
_JOINT = 256
_NO_WORD = 60
_MAX_INNER = 3
_SHORT = 200

Line = tuple[int, str]


def unescape(text: str) -> str:
    """References in an attribute: those without `;` are no names, for `&copy=2` is what addresses are made of."""
    return _REFERENCE.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


class Markup:
    """Feed it text; take `shown` and `beside` as you go and empty them. Both hold (source line from 1, words)."""

    def __init__(self, xml: bool = False, line: int = 1, inner: int = 0) -> None:
        """`xml`: any element may part words, and its declaration may define entities; `beside` then holds only what
        is written otherwise than in the source. `inner`: how many sources this one stands in."""
        self.shown: list[Line] = []
        self.beside: list[Line] = []
        self.entities: Entities | None = Entities() if xml else None
        self._xml = xml
        self._inner = inner
        self._text = ""
        self._line = line
        self._row: list[str] = []
        self._row_line = line
        self._tags = 0
        self._hard = False
        self._hidden = ""
        self._hidden_depth = 0
        self._aside: list[str] = []
        self._loose = False
        self._typed = False
        self._counted = 0

    @property
    def waiting(self) -> int:
        """Characters of the element that is not complete yet."""
        return len(self._text)

    def feed(self, text: str, last: bool = False) -> None:
        """The next window."""
        if "\0" in text:
            text = text.replace("\0", "")  # as browsers do
        if self._text:
            text = self._text + text
        done = self._scan(text, last)
        self._text = text[done:]
        if last:
            self._break()

    def _scan(self, text: str, last: bool) -> int:
        """How much of `text` was taken."""
        impatient = last or len(text) > _MOST_OPEN
        usual = _USUAL.match
        row = self._row
        at = 0
        self._counted = 0
        while True:
            if not self._loose and (match := usual(text, at)) is not None:  # words and a whole tag, nearly always
                words, closing, name, attributes = match.groups()
                begin, end = match.end(1), match.end()
                if words and (row or self._hidden or not words.isspace()):
                    if self._hidden or self._xml or "\n" in words or "&" in words:
                        self._line_at(text, at)
                        self._words(words)
                    else:
                        if not row:
                            self._line_at(text, at)
                            self._row_line = self._line
                        row.append(words)
                if not attributes and not self._hidden and not self._xml and (parts := _BARE.get(name)) is not None:
                    if parts and (row or self._aside):
                        self._break()
                    at = end
                    continue
            else:
                match = (_LOOSE if self._loose else _TOKEN).search(text, at)
                self._line_at(text, at)
                if match is None:
                    end = len(text) if last else max(at, len(text) - _TAIL)
                    self._words(text[at:end])
                    self._line_at(text, end)
                    return end
                begin, end = match.span()
                if begin > at:
                    self._words(text[at:begin])
                kind = match.lastindex
                if kind == _CUT and impatient and not self._loose:
                    # Quotes are not trusted any longer: looking for their ends would take forever.
                    self._loose = True
                    match = _LOOSE.match(text, begin)
                    assert match is not None
                    kind, end = match.lastindex, match.end()
                if kind != _ATTRIBUTES:
                    self._line_at(text, begin)
                    at = self._no_tag(text, begin, end, kind, impatient)
                    if at < 0:
                        return begin
                    continue
                closing, name, attributes = match.group(_CLOSING, _NAME, _ATTRIBUTES)
            self._line_at(text, begin)
            at = self._tag(text, begin, end, closing, name.lower(), attributes, impatient)
            if at < 0:
                return begin

    def _line_at(self, text: str, place: int) -> None:
        """Lets the line be that of `place`, which is not before where it was last."""
        if place > self._counted:
            self._line += text.count("\n", self._counted, place)
            self._counted = place

    def _no_tag(self, text: str, begin: int, end: int, kind: int | None, impatient: bool) -> int:
        """Where to go on behind a comment or the like; -1: it is not complete."""
        if kind == _CUT:
            if impatient:
                self._lines(text[begin:], self._line)  # a tag that never ends
            return len(text) if impatient else -1
        if kind == _COMMENT:
            at = self._until(text, end, "-->", impatient)
            if at >= 0:
                self._nested(text[end:at].removesuffix("-->"), self._line)
        elif kind == _CDATA:
            at = self._until(text, end, "]]>", impatient)
            if at >= 0:
                self._words(text[end:at].removesuffix("]]>"), plain=True)
        else:
            at = self._declaration(text, begin, impatient)
        return at

    def _until(self, text: str, at: int, end: str, impatient: bool) -> int:
        found = text.find(end, at)
        if found >= 0:
            return found + len(end)
        return len(text) if impatient else -1

    def _tag(self, text: str, begin: int, end: int, closing: str, name: str, attributes: str, impatient: bool) -> int:
        """Where to go on; -1: the element is not complete."""
        if not closing and name in _RAW and not self._xml and not attributes.endswith("/"):
            found = _RAW[name].search(text, end)
            if found is None and not impatient:
                return -1
            stop = found.start() if found else len(text)
            self._break()
            self._source(text[begin:end], name, attributes)
            self._line_at(text, end)
            if name == "script" and not _MARKUP_SCRIPT.search(attributes):
                self._lines(text[end:stop], self._line)
            else:
                self._nested(text[end:stop], self._line)
            return stop
        self._tags += 1
        if self._xml:
            self._hard = self._hard or name not in _INLINE_XML
            if "&" in attributes:
                self._source(text[begin:end], name, attributes)
            return end
        if name in BLOCKS:
            if self._row or self._aside:
                self._break()
        elif name in _CELLS and self._row and not closing:
            self._row.append("\t")
        if self._hidden:
            if name == self._hidden and not attributes.endswith("/"):
                self._hidden_depth += -1 if closing else 1
                if not self._hidden_depth:
                    self._hidden = ""
                    self._flush_aside()
        elif attributes and not closing and name not in _VOID and _hides(attributes):
            self._hidden, self._hidden_depth = name, 1
        if attributes and not attributes.isspace():
            self._source(text[begin:end], name, attributes)
        elif not closing and name not in _KNOWN:
            stop = text.find("<", end, end + _SHORT)
            if stop > end:  # a rule may ask for both: <password>...</password>
                self.beside.append((self._line, f"{text[begin:end]}{unescape(text[end:stop])}</{name}>"))
        return end

    def _source(self, tag: str, name: str, attributes: str) -> None:
        if attributes == "/":
            return
        self.beside.append((self._line, unescape(tag)))
        if name == "iframe" and (found := _SRCDOC.search(attributes)):
            self._nested(html.unescape(found[1] or found[2] or ""), self._line)

    def _declaration(self, text: str, begin: int, impatient: bool) -> int:
        end = text.find(">", begin)
        if self.entities is not None and not self._typed and text.startswith("<!DOCTYPE", begin):
            subset = text.find("[", begin, end if end >= 0 else len(text))
            if subset >= 0:
                close = re.compile(r"\]\s*+>").search(text, subset)
                if close is None and not impatient:
                    return -1
                end = close.end() - 1 if close else end
                self.entities.define(text[subset : end if end >= 0 else len(text)])
            if end >= 0 or impatient:
                self._typed = True  # a document has one
        if end < 0 and not impatient:
            return -1
        stop = len(text) if end < 0 else end + 1
        self._lines(text[begin:stop], self._line)
        return stop

    def _nested(self, text: str, line: int) -> None:
        """Markup inside a comment or an attribute: all of it stands beside."""
        if ("<" not in text and "&" not in text) or self._inner >= _MAX_INNER:
            self._lines(text, line)
            return
        inside = Markup(self._xml, line, self._inner + 1)
        inside.entities = self.entities
        inside.feed(text, last=True)
        self.beside += inside.shown
        self.beside += inside.beside

    def _lines(self, text: str, line: int) -> None:
        if self._xml:
            return
        for each in text.split("\n"):
            if each and not each.isspace():
                self.beside.append((line, each))
            line += 1

    def _words(self, text: str, plain: bool = False) -> None:
        if self._xml:
            if text.isspace():
                self._hard = self._hard or "\n" in text
                if self._row:
                    self._row.append(" ")
                return
            if self._tags > 1 and self._hard:
                self._break()
            self._tags = 0
            self._hard = False
            if len(text) > _LONG_NODE and not (plain or "&" in text):
                # It stands in the source as it is; only what joins it to its neighbours is told again.
                middle = text[_JOINT:-_JOINT]
                self._words(_joint(text[:_JOINT]), plain=True)
                self._break()
                self._row_line = self._line + middle.count("\n")
                text = _joint(text[-_JOINT:])
                plain = True
        if "&" in text and not plain:
            text = self.entities.expand(text) if self.entities is not None else html.unescape(text)
        if self._hidden:
            self._aside.append(text)
            return
        if "\n" not in text:
            if not self._row:
                self._row_line = self._line
            self._row.append(text)
            return
        first, *others = text.split("\n")
        if not self._row:
            self._row_line = self._line
        self._row.append(first)
        line = self._line
        for each in others:
            self._flush()
            line += 1
            self._row_line = line
            if each:
                self._row.append(each)

    def _flush(self) -> None:
        if self._row:
            words = "".join(self._row) if len(self._row) > 1 else self._row[0]
            self._row.clear()
            if words and not words.isspace():
                self.shown.append((self._row_line, words))

    def _break(self) -> None:
        """A block begins or ends."""
        self._flush()
        if self._aside:
            self._flush_aside()

    def _flush_aside(self) -> None:
        if self._aside:
            words = "".join(self._aside)
            self._aside.clear()
            if words and not words.isspace():
                self.beside.append((self._line, words))


def windows(chunks: Iterator[bytes | bytearray | memoryview], markup: Markup) -> Iterator[None]:
    """Feeds UTF-8 to `markup`; yields after each window, for its lines to be taken."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    gathered: list[str] = []
    size = 0
    for chunk in chunks:
        text = decoder.decode(bytes(chunk))
        gathered.append(text)
        size += len(text)
        if size >= max(WINDOW, markup.waiting):  # twice as much each time, so that waiting stays linear
            markup.feed("".join(gathered))
            gathered.clear()
            size = 0
            yield None
    gathered.append(decoder.decode(b"", True))
    markup.feed("".join(gathered), last=True)
    yield None


def _hides(attributes: str) -> bool:
    """Whether an element with these is not shown. The words by which it may be are looked for first: a tenth of the
    time."""
    lower = attributes.lower()
    return ("hidden" in lower or "none" in lower or "font-size" in lower) and bool(_HIDDEN.search(lower))


def _joint(text: str) -> str:
    """What may join a neighbour; no piece of an encoded block, which would be a broken one."""
    return "" if any(len(word) >= _NO_WORD for word in text.split()) else text
