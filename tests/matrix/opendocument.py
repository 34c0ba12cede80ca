"""OpenDocument, EPUB and iWork."""

from __future__ import annotations

import io
import struct
import zipfile

from .images import png
from .ooxml import zipped
from .plant import Family, Plant

family = Family("odf")
epub = Family("epub")
iwork = Family("iwork")

_NAMES = (
    " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (
            *(("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"), ("style", "style")),
            *(("meta", "meta"), ("presentation", "presentation"), ("script", "script"), ("form", "form")),
            ("svg", "svg-compatible"),
        )
    )
    + ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
_MEDIA = {
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
}
_BODY = {"odt": "text", "ods": "spreadsheet", "odp": "presentation"}


def odf(kind: str, inner: str, parts: dict[str, str | bytes] | None = None) -> bytes:
    """`inner`: what its body holds."""
    body = f"<office:body><office:{_BODY[kind]}>{inner}</office:{_BODY[kind]}></office:body>"
    files: dict[str, str | bytes] = {
        "mimetype": _MEDIA[kind],
        "content.xml": f'<?xml version="1.0"?><office:document-content {_NAMES}>{body}</office:document-content>',
        "META-INF/manifest.xml": '<?xml version="1.0"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_MEDIA[kind]}"/></manifest:manifest>',
        **(parts or {}),
    }
    return zipped(files, ("mimetype",))


def _inner(what: str, kind: str, inner: str, *, short: bool = False) -> None:
    def make(plant: Plant) -> bytes:
        return odf(kind, inner.replace("@", plant.token if short else plant.text))

    family.add(f"{kind}, {what}", f"a.{kind}", make, holds="token" if short else "token passage")


def _part(what: str, kind: str, path: str, body: str) -> None:
    def make(plant: Plant) -> bytes:
        return odf(kind, "<text:p>Plan</text:p>", {path: f'<?xml version="1.0"?>{body.replace("@", plant.text)}'})

    family.add(f"{kind}, {what}", f"a.{kind}", make)


_CHANGE = (
    '<text:tracked-changes><text:changed-region text:id="c1"><text:deletion>'
    "<office:change-info><dc:creator>R</dc:creator>"
    "</office:change-info><text:p>@</text:p></text:deletion></text:changed-region></text:tracked-changes>"
    '<text:p>a<text:change text:change-id="c1"/></text:p>'
)
_inner("paragraph", "odt", "<text:p>@</text:p>")
_inner("cut into spans", "odt", "<text:p><text:span>The key is </text:span><text:span>@</text:span></text:p>")
_inner("tracked deletion", "odt", _CHANGE)
_inner(
    "footnote",
    "odt",
    '<text:p>a<text:note text:note-class="footnote"><text:note-body><text:p>@</text:p></text:note-body></text:note>'
    "</text:p>",
)
_inner(
    "comment",
    "odt",
    "<text:p>a<office:annotation><dc:creator>R</dc:creator><text:p>@</text:p></office:annotation></text:p>",
)
_inner("hidden section", "odt", '<text:section text:name="s" text:display="none"><text:p>@</text:p></text:section>')
_inner("hidden text", "odt", '<text:p><text:hidden-text text:condition="ooow:1" text:string-value="@"/></text:p>')
_inner("text box", "odt", "<text:p><draw:frame><draw:text-box><text:p>@</text:p></draw:text-box></draw:frame></text:p>")
_inner("alternative text", "odt", "<text:p><draw:frame><svg:desc>@</svg:desc></draw:frame></text:p>")
_inner(
    "link's target", "odt", '<text:p><text:a xlink:href="https://example.org/?k=@">shop</text:a></text:p>', short=True
)
_inner(
    "variable",
    "odt",
    '<text:user-field-decls><text:user-field-decl text:name="n" office:string-value="@"/></text:user-field-decls>',
)
_inner(
    "form's control", "odt", '<office:forms><form:form><form:text form:current-value="@"/></form:form></office:forms>'
)
_inner(
    "cell",
    "ods",
    "<table:table><table:table-row><table:table-cell><text:p>@</text:p></table:table-cell></table:table-row></table:table>",
)
_inner(
    "hidden row",
    "ods",
    '<table:table><table:table-row table:visibility="collapse"><table:table-cell><text:p>@</text:p></table:table-cell>'
    "</table:table-row></table:table>",
)
_inner(
    "cell's value beside its text",
    "ods",
    '<table:table><table:table-row><table:table-cell office:string-value="@"><text:p>x</text:p></table:table-cell>'
    "</table:table-row></table:table>",
)
_inner(
    "validation's message",
    "ods",
    '<table:content-validations><table:content-validation table:name="v"><table:help-message><text:p>@</text:p>'
    "</table:help-message></table:content-validation></table:content-validations>",
)
_inner(
    "slide",
    "odp",
    '<draw:page draw:name="p1"><draw:frame><draw:text-box><text:p>@</text:p></draw:text-box></draw:frame></draw:page>',
)
_inner(
    "notes",
    "odp",
    '<draw:page draw:name="p1"><presentation:notes><draw:frame><draw:text-box><text:p>@</text:p></draw:text-box>'
    "</draw:frame></presentation:notes></draw:page>",
)
_part(
    "header",
    "odt",
    "styles.xml",
    f"<office:document-styles {_NAMES}><office:master-styles><style:master-page style:name='S'><style:header>"
    "<text:p>@</text:p></style:header></style:master-page></office:master-styles></office:document-styles>",
)
_part(
    "property",
    "odt",
    "meta.xml",
    f"<office:document-meta {_NAMES}><office:meta><meta:user-defined meta:name='n'>@</meta:user-defined></office:meta>"
    "</office:document-meta>",
)
_part("macro", "odt", "Basic/Standard/Module1.xml", f"<script:module {_NAMES}>x = &quot;@&quot;</script:module>")
_part(
    "embedded object",
    "odt",
    "Object 1/content.xml",
    f"<office:document-content {_NAMES}><office:body><office:text><text:p>@</text:p></office:text></office:body>"
    "</office:document-content>",
)
_part(
    "embedded formula",
    "odt",
    "Object 2/content.xml",
    "<math xmlns='http://www.w3.org/1998/Math/MathML'><annotation>@</annotation></math>",
)


@family("fodt (flat)", "a.fodt")
def flat(plant: Plant) -> bytes:
    body = f"<office:body><office:text><text:p>{plant.text}</text:p></office:text></office:body>"
    return (
        f'<?xml version="1.0"?><office:document {_NAMES} office:mimetype="{_MEDIA["odt"]}">{body}</office:document>'
    ).encode()


@family("fodt, cut into spans", "a.fodt")
def flat_spans(plant: Plant) -> bytes:
    pieces = "".join(f"<text:span>{plant.text[at : at + 11]}</text:span>" for at in range(0, len(plant.text), 11))
    body = f"<office:body><office:text><text:p>{pieces}</text:p></office:text></office:body>"
    return f'<?xml version="1.0"?><office:document {_NAMES}>{body}</office:document>'.encode()


@family("odt, picture with a text chunk", "a.odt")
def picture(plant: Plant) -> bytes:
    return odf("odt", "<text:p>Plan</text:p>", {"Pictures/1.png": png(plant.text)})


@family("odt, with a password", "a.odt", readable=False)
def encrypted(plant: Plant) -> bytes:
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml" manifest:size="900">'
        '<manifest:encryption-data manifest:checksum="AAAA"><manifest:algorithm '
        'manifest:algorithm-name="http://www.w3.org/2001/04/xmlenc#aes256-cbc" manifest:initialisation-vector="AAAA"/>'
        "</manifest:encryption-data></manifest:file-entry></manifest:manifest>"
    )
    content = bytes((at * 167 + 13) % 256 for at in range(2000))
    return zipped({"mimetype": _MEDIA["odt"], "content.xml": content, "META-INF/manifest.xml": manifest}, ("mimetype",))


def _book(parts: dict[str, str | bytes]) -> bytes:
    container = (
        '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile '
        'full-path="OPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    book = '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf"><metadata/></package>'
    files = {"mimetype": "application/epub+zip", "META-INF/container.xml": container, "OPS/book.opf": book, **parts}
    return zipped(files, ("mimetype",))


_PAGE = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body>{}</body></html>'


@epub("chapter", "a.epub")
def chapter(plant: Plant) -> bytes:
    return _book({"OPS/c1.xhtml": _PAGE.format(f"<p>{plant.text}</p>")})


@epub("chapter, cut by markup", "a.epub")
def chapter_cut(plant: Plant) -> bytes:
    pieces = "".join(f"<i>{plant.text[at : at + 9]}</i>" for at in range(0, len(plant.text), 9))
    return _book({"OPS/c1.xhtml": _PAGE.format(f"<p>{pieces}</p>")})


@epub("alternative text", "a.epub")
def chapter_alternative(plant: Plant) -> bytes:
    return _book({"OPS/c1.xhtml": _PAGE.format(f'<img src="x.png" alt="{plant.text}"/>')})


@epub("metadata", "a.epub")
def metadata(plant: Plant) -> bytes:
    described = f"<d:description xmlns:d='http://purl.org/dc/elements/1.1/'>{plant.text}</d:description>"
    return _book({"OPS/book.opf": f'<?xml version="1.0"?><package><metadata>{described}</metadata></package>'})


@epub("table of contents", "a.epub")
def contents(plant: Plant) -> bytes:
    return _book({"OPS/toc.ncx": f'<?xml version="1.0"?><ncx><navMap><text>{plant.text}</text></navMap></ncx>'})


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def iwa(text: bytes, packed: bool = False) -> bytes:
    """An archive of iWork: one message with a text, in a chunk of Snappy. `packed`: with copies, as Snappy makes
    them."""
    message = _field(3, text)
    info = b"\x08\x01" + b"\x12" + _varint(4 + len(_varint(len(message)))) + b"\x08\xd1\x0f\x18" + _varint(len(message))
    plain = _varint(len(info)) + info + message
    body = _snappy(plain) if packed else _literal(plain)
    body = _varint(len(plain)) + body
    return b"\0" + struct.pack("<I", len(body))[:3] + body


def _literal(data: bytes) -> bytes:
    out = b""
    for at in range(0, len(data), 60):
        piece = data[at : at + 60]
        out += bytes([len(piece) - 1 << 2]) + piece
    return out


def _snappy(data: bytes) -> bytes:
    """Copies of four bytes and more from what stood before; what stands between as literals."""
    out, literal, at = b"", b"", 0
    while at < len(data):
        length = min(11, len(data) - at)
        found = -1
        while length >= 4 and (found := data.rfind(data[at : at + length], max(0, at - 2047), at)) < 0:
            length -= 1
        if length >= 4 and found >= 0:
            offset = at - found
            out += _literal(literal) + bytes([1 | (length - 4) << 2 | (offset >> 8) << 5, offset & 0xFF])
            literal, at = b"", at + length
        else:
            literal += data[at : at + 1]
            at += 1
    return out + _literal(literal)


def _iwork(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("Index/Document.iwa", iwa(b"Plan"))
        package.writestr(name, data)
        package.writestr(
            "Metadata/Properties.plist", b"bplist00\xd0\x08\0\0\0\0\0\0\1\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\x09"
        )
    return out.getvalue()


@iwork("Pages, text", "a.pages")
def pages(plant: Plant) -> bytes:
    return _iwork("Index/Document-1.iwa", iwa(plant.data))


@iwork("Numbers, table, packed with copies", "a.numbers")
def numbers(plant: Plant) -> bytes:
    return _iwork("Index/Tables/DataList.iwa", iwa(plant.data * 2, packed=True))


@iwork("Keynote, slide's note", "a.key")
def keynote(plant: Plant) -> bytes:
    return _iwork("Index/Slide-7.iwa", iwa(b"Slide " * 20 + plant.data, packed=True))


@iwork("Pages '09, packed XML", "a.pages")
def old_pages(plant: Plant) -> bytes:
    import gzip

    page = f"<?xml version='1.0'?><sl:document xmlns:sl='urn:sl'><sl:p>{plant.text}</sl:p></sl:document>"
    return zipped({"index.xml.gz": gzip.compress(page.encode()), "QuickLook/Thumbnail.jpg": b"\xff\xd8\xff\xd9"})


@iwork("Pages, comment in the preview's PDF", "a.pages")
def preview(plant: Plant) -> bytes:
    from .pdf import document, shown

    return _iwork("QuickLook/Preview.pdf", document(shown(plant.text)))
