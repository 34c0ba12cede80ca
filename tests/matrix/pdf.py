"""PDF: on the page, under it, beside it and behind it."""

from __future__ import annotations

import io
import zlib
from typing import Any

from .plant import Family, Plant

family = Family("pdf")

_FONT = "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"


def shown(text: str, operators: str = "", *, x: int = 72, y: int = 720) -> bytes:
    """A page's content that shows a text, in lines of 60 characters; `operators` stand before it."""
    import textwrap

    lines = " ".join(f"({line}) Tj T*" for line in textwrap.wrap(text, 60, break_on_hyphens=False))
    return f"{operators} BT /F1 12 Tf 14 TL {x} {y} Td {lines} ET".encode()


def document(
    content: bytes = b"",
    extra: tuple[str | bytes, ...] = (),
    *,
    catalog: str = "",
    page: str = "",
    trailer: str = "",
    fonts: str = _FONT,
    filters: str = "",
) -> bytes:
    """A PDF of one page; `extra` objects are numbered from 5 on."""
    objects: list[str | bytes] = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources {fonts} /Contents 4 0 R {page} >>",
        stream(content or shown("Plan of the year"), filters),
        *extra,
    ]
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body if isinstance(body, bytes) else body.encode("latin-1"))
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    ending = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n"
    return bytes(out) + ending.encode()


def stream(data: bytes, entries: str = "") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries.encode(), data)


def flate(data: bytes, entries: str = "") -> bytes:
    return stream(zlib.compress(data), f"/Filter /FlateDecode {entries}")


def wide(text: str) -> str:
    """A string in UTF-16, as hexadecimal digits."""
    data = b"\xfe\xff" + text.encode("utf-16-be")
    return f"<{data.hex()}>"


def _page(what: str, operators: str = "", *, page: str = "", x: int = 72, y: int = 720) -> None:
    family.add(what, "a.pdf", lambda plant: document(shown(plant.text, operators, x=x, y=y), page=page))


def _objects(what: str, *extra: str, catalog: str = "", page: str = "", trailer: str = "", short: bool = False) -> None:
    """`@` in an object is where the text goes, `#` where it goes in UTF-16."""

    def make(plant: Plant) -> bytes:
        text = plant.token if short else plant.text
        made = tuple(each.replace("@", text).replace("#", wide(text)) for each in extra)
        return document(b"", made, catalog=catalog, page=page, trailer=trailer)

    family.add(what, "a.pdf", make, holds="token" if short else "token passage")


def _streamed(what: str, entries: str, body: str, *extra: str, catalog: str = "", page: str = "") -> None:
    """As _objects, and object 5 is a packed stream."""

    def make(plant: Plant) -> bytes:
        return document(
            b"", (flate(body.replace("@", plant.text).encode(), entries), *extra), catalog=catalog, page=page
        )

    family.add(what, "a.pdf", make)


_page("text")
_page("invisible (render mode 3)", "3 Tr")
_page("white", "1 1 1 rg")
_page("off the page", x=-2000, y=3000)
_page("cropped", page="/CropBox [0 0 40 40]")
_page("tiny", "0.001 0 0 0.001 0 0 cm")
_page("turned", "0 1 -1 0 600 0 cm")
_page("clipped away", "0 0 1 1 re W n")
_objects("note", "<< /Type /Annot /Subtype /Text /Rect [9 9 20 20] /Contents (@) >>", page="/Annots [5 0 R]")
_objects("note in UTF-16", "<< /Type /Annot /Subtype /Text /Rect [9 9 20 20] /Contents # >>", page="/Annots [5 0 R]")
_objects(
    "note's rich text",
    "<< /Type /Annot /Subtype /FreeText /Rect [9 9 20 20] /RC (<body><p>@</p></body>) >>",
    page="/Annots [5 0 R]",
)
_objects("hidden note", "<< /Type /Annot /Subtype /Text /F 2 /Rect [9 9 20 20] /Contents # >>", page="/Annots [5 0 R]")
_objects(
    "link's target",
    "<< /Type /Annot /Subtype /Link /Rect [9 9 20 20] /A << /S /URI /URI (https://example.org/?k=@) >> >>",
    page="/Annots [5 0 R]",
    short=True,
)
_FORM = "/AcroForm << /Fields [5 0 R] >>"
_objects(
    "form field's value",
    "<< /FT /Tx /T (note) /V # /Type /Annot /Subtype /Widget /Rect [9 9 99 20] >>",
    catalog=_FORM,
    page="/Annots [5 0 R]",
)
_objects("form field's default and tip", "<< /FT /Tx /T (note) /DV # /TU (tip) >>", catalog=_FORM)
_objects("form field's choice", "<< /FT /Ch /T (note) /Opt [[(1) #] (b)] >>", catalog=_FORM)
_streamed(
    "XFA form",
    "",
    "<xdp:xdp xmlns:xdp='urn:x'><note>@</note></xdp:xdp>",
    catalog="/AcroForm << /Fields [] /XFA [(datasets) 5 0 R] >>",
)
_objects("information", "<< /Title # >>", trailer="/Info 5 0 R")
_objects("information, own key", "<< /Memo (@) >>", trailer="/Info 5 0 R")
_streamed(
    "XMP, packed",
    "/Type /Metadata /Subtype /XML",
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><d>@</d></x:xmpmeta>",
    catalog="/Metadata 5 0 R",
)
_objects("JavaScript on opening", "<< /S /JavaScript /JS # >>", catalog="/OpenAction 5 0 R")
_streamed(
    "JavaScript by name, packed",
    "",
    "var note = '@';",
    "<< /S /JavaScript /JS 5 0 R >>",
    catalog="/Names << /JavaScript << /Names [(a) 6 0 R] >> >>",
)
_objects(
    "outline", "<< /First 6 0 R /Last 6 0 R /Count 1 >>", "<< /Title # /Parent 5 0 R >>", catalog="/Outlines 5 0 R"
)
_objects(
    "structure: alternative text",
    "<< /Type /StructTreeRoot /K 6 0 R >>",
    "<< /Type /StructElem /S /Figure /P 5 0 R /Alt # >>",
    catalog="/StructTreeRoot 5 0 R /MarkInfo << /Marked true >>",
)
_objects(
    "structure: actual text",
    "<< /Type /StructTreeRoot /K 6 0 R >>",
    "<< /Type /StructElem /S /Span /P 5 0 R /ActualText # >>",
    catalog="/StructTreeRoot 5 0 R",
)
_objects("signature's reason", "<< /FT /Sig /T (s) /V 6 0 R >>", "<< /Type /Sig /Filter /X /Reason # >>", catalog=_FORM)
_objects("prefix of the page labels", "<< /Nums [0 << /P (@) >>] >>", catalog="/PageLabels 5 0 R", short=True)
_streamed("object that nothing refers to, packed", "", "left over: @")
_streamed("form XObject that no page shows", "/Type /XObject /Subtype /Form /BBox [0 0 9 9]", "BT /F1 9 Tf (@) Tj ET")
_streamed("private data of an application, packed", "", "memo @", catalog="/PieceInfo << /X << /Private 5 0 R >> >>")


@family("layer that is off", "a.pdf")
def layer(plant: Plant) -> bytes:
    content = b"/OC /L1 BDC " + shown(plant.text) + b" EMC"
    fonts = _FONT[:-2] + "/Properties << /L1 5 0 R >> >>"
    off = "/OCProperties << /OCGs [5 0 R] /D << /OFF [5 0 R] >> >>"
    return document(content, ("<< /Type /OCG /Name (L1) >>",), catalog=off, fonts=fonts)


@family("form XObject on the page", "a.pdf")
def xobject(plant: Plant) -> bytes:
    made = flate(shown(plant.text), f"/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources {_FONT}")
    return document(b"/X1 Do", (made,), fonts="<< /XObject << /X1 5 0 R >> >>")


@family("a letter at a time (TJ)", "a.pdf")
def kerned(plant: Plant) -> bytes:
    import textwrap

    lines = "".join(
        f"[{' 3 '.join(f'({letter})' for letter in line)}] TJ T* " for line in textwrap.wrap(plant.text, 60)
    )
    return document(f"BT /F1 12 Tf 14 TL 72 720 Td {lines} ET".encode())


@family("note's appearance only", "a.pdf")
def appearance(plant: Plant) -> bytes:
    made = flate(shown(plant.text), f"/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources {_FONT}")
    note = "<< /Type /Annot /Subtype /Stamp /Rect [0 0 612 792] /AP << /N 5 0 R >> >>"
    return document(b"", (made, note), page="/Annots [6 0 R]")


@family("actual text within the page's content", "a.pdf")
def actual(plant: Plant) -> bytes:
    content = f"/Span << /ActualText {wide(plant.text)} >> BDC BT /F1 12 Tf 72 720 Td (x) Tj ET EMC"
    return document(content.encode())


@family("packed twice (ASCII85, Flate)", "a.pdf")
def twice(plant: Plant) -> bytes:
    import base64

    data = base64.a85encode(zlib.compress(shown(plant.text))) + b"~>"
    return document(data, filters="/Filter [/ASCII85Decode /FlateDecode]")


@family("comment between objects", "a.pdf")
def between(plant: Plant) -> bytes:
    return document().replace(b"endobj\n3 0 obj", b"endobj\n% " + plant.data + b"\n3 0 obj", 1)


@family("behind the end", "a.pdf")
def behind(plant: Plant) -> bytes:
    return document() + plant.data


@family("zip behind the end", "a.pdf")
def zip_behind(plant: Plant) -> bytes:
    from .ooxml import zipped

    return document() + zipped({"n.txt": plant.data})


@family("junk in front", "a.pdf")
def junk(plant: Plant) -> bytes:
    return b"junk " * 100 + document(zlib.compress(shown(plant.text)), filters="/Filter /FlateDecode")


@family("earlier revision", "a.pdf")
def revision(plant: Plant) -> bytes:
    old = document(zlib.compress(shown(plant.text)), filters="/Filter /FlateDecode")
    at = len(old)
    new = b"4 0 obj\n" + stream(shown("Nothing to see")) + b"\nendobj\n"
    before = old[old.rindex(b"startxref\n") + 10 :].split(b"\n")[0].decode()
    xref = f"xref\n4 1\n{at:010d} 00000 n \ntrailer\n<< /Size 5 /Root 1 0 R /Prev {before} >>\n"
    return old + new + xref.encode() + f"startxref\n{at + len(new)}\n%%EOF\n".encode()


@family("broken cross-reference table", "a.pdf")
def broken(plant: Plant) -> bytes:
    made = document(zlib.compress(shown(plant.text)), filters="/Filter /FlateDecode")
    return made.replace(b"startxref\n", b"startxref\n9", 1)


def attached_file(name: str, data: bytes, *, names: bool = True) -> bytes:
    made = flate(data, "/Type /EmbeddedFile")
    spec = f"<< /Type /Filespec /F ({name}) /EF << /F 5 0 R >> >>"
    if names:
        return document(b"", (made, spec), catalog="/Names << /EmbeddedFiles << /Names [(a) 6 0 R] >> >>")
    note = "<< /Type /Annot /Subtype /FileAttachment /Rect [9 9 20 20] /FS 6 0 R >>"
    return document(b"", (made, spec, note), page="/Annots [7 0 R]")


@family("attached text file", "a.pdf")
def attached(plant: Plant) -> bytes:
    return attached_file("n.txt", plant.data)


@family("file attached to a note", "a.pdf")
def attached_note(plant: Plant) -> bytes:
    return attached_file("n.txt", plant.data, names=False)


@family("attached document", "a.pdf")
def attached_document(plant: Plant) -> bytes:
    from .ooxml import paragraph, word

    return attached_file("n.docx", word(paragraph(plant.text)))


@family("attached PDF", "a.pdf")
def attached_pdf(plant: Plant) -> bytes:
    return attached_file("n.pdf", document(zlib.compress(shown(plant.text)), filters="/Filter /FlateDecode"))


@family("subset of a TrueType font", "a.pdf", needs="reportlab")
def subset(plant: Plant) -> bytes:
    import textwrap

    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    canvas.setFont("Vera", 9)
    for number, line in enumerate(textwrap.wrap(plant.text, 60)):
        canvas.drawString(72, 700 - 12 * number, line)
    canvas.save()
    return out.getvalue()


@family("text of a paragraph, as reportlab lays it out", "a.pdf", needs="reportlab")
def laid_out(plant: Plant) -> bytes:
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    out = io.BytesIO()
    SimpleDocTemplate(out, invariant=1).build([Paragraph(plant.text, getSampleStyleSheet()["Normal"])])
    return out.getvalue()


def _saved(plant: Plant, **options: Any) -> bytes:
    import pikepdf

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(document(shown(plant.text)))) as made:
        made.save(out, **options)
    return out.getvalue()


@family("objects in packed streams", "a.pdf", needs="pikepdf")
def object_streams(plant: Plant) -> bytes:
    import pikepdf

    data = document(b"", (f"<< /Title {wide(plant.text)} >>",), trailer="/Info 5 0 R")
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as made:
        made.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


@family("owner's password (AES-256)", "a.pdf", needs="pikepdf")
def owner(plant: Plant) -> bytes:
    import pikepdf

    return _saved(plant, encryption=pikepdf.Encryption(owner="secret", user="", R=6))


@family("owner's password (RC4)", "a.pdf", needs="pikepdf")
def owner_old(plant: Plant) -> bytes:
    import pikepdf

    return _saved(plant, encryption=pikepdf.Encryption(owner="secret", user="", R=3, aes=False, metadata=False))


@family("attachment of a PDF with an owner's password", "a.pdf", needs="pikepdf")
def ownerattached_file(plant: Plant) -> bytes:
    import pikepdf

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(attached(plant))) as made:
        made.save(out, encryption=pikepdf.Encryption(owner="secret", user="", R=6))
    return out.getvalue()


@family("note in a PDF with an owner's password", "a.pdf", needs="pikepdf")
def owner_note(plant: Plant) -> bytes:
    import pikepdf

    note = f"<< /Type /Annot /Subtype /Text /Rect [9 9 20 20] /Contents {wide(plant.text)} >>"
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(document(b"", (note,), page="/Annots [5 0 R]"))) as made:
        made.save(out, encryption=pikepdf.Encryption(owner="secret", user="", R=4))
    return out.getvalue()


@family("with a password", "a.pdf", needs="pikepdf", readable=False)
def user(plant: Plant) -> bytes:
    import pikepdf

    return _saved(plant, encryption=pikepdf.Encryption(owner="secret", user="word", R=6))


@family("picture of text", "a.pdf", needs="PIL", readable=False)
def picture(plant: Plant) -> bytes:
    from .images import drawing

    data = drawing(plant, "JPEG")
    size = "/Width 1400 /Height 360 /ColorSpace /DeviceRGB /BitsPerComponent 8"
    from PIL import Image

    with Image.open(io.BytesIO(data)) as opened:
        size = size.replace("360", str(opened.height))
    made = stream(data, f"/Type /XObject /Subtype /Image /Filter /DCTDecode {size}")
    return document(b"600 0 0 200 0 300 cm /I1 Do", (made,), fonts="<< /XObject << /I1 5 0 R >> >>")


@family("picture's EXIF", "a.pdf", needs="PIL")
def exif(plant: Plant) -> bytes:
    from .images import description

    entries = "/Type /XObject /Subtype /Image /Filter /DCTDecode /Width 8 /Height 8 /ColorSpace /DeviceRGB"
    entries += " /BitsPerComponent 8"
    made = stream(description(plant), entries)
    content = shown("Plan of the year") + b" q 60 0 0 20 0 300 cm /I1 Do Q"
    return document(content, (made,), fonts=_FONT[:-2] + "/XObject << /I1 5 0 R >> >>")


@family("named as a picture", "a.jpg")
def misnamed(plant: Plant) -> bytes:
    return document(zlib.compress(shown(plant.text)), filters="/Filter /FlateDecode")
