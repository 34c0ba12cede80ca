"""Word documents: what a reader sees, and where else words can be."""

from __future__ import annotations

import io
from typing import Any

from . import ole
from .images import png
from .ooxml import NAMES, add, office, paragraph, part, relations, shape, word, workbook
from .plant import Family, Plant

family = Family("docx")
W_CHART = "<c:chart><c:plotArea><c:barChart><c:ser><c:cat><c:strRef><c:f>Sheet1!A1</c:f><c:strCache><c:pt idx='0'>"


def _written(change: Any) -> bytes:
    """By python-docx, as most programs would."""
    import docx

    document = docx.Document()
    document.add_paragraph("Minutes of the week")
    change(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@family("paragraph", "a.docx")
def body(plant: Plant) -> bytes:
    return _written(lambda document: document.add_paragraph(plant.text))


@family("table cell", "a.docx")
def table(plant: Plant) -> bytes:
    return _written(lambda document: setattr(document.add_table(2, 2).cell(1, 1), "text", plant.text))


@family("header", "a.docx")
def header(plant: Plant) -> bytes:
    return _written(lambda document: document.sections[0].header.paragraphs[0].add_run(plant.text))


@family("footer of the first page", "a.docx")
def footer(plant: Plant) -> bytes:
    def change(document: Any) -> None:
        document.sections[0].different_first_page_header_footer = True
        document.sections[0].first_page_footer.paragraphs[0].add_run(plant.text)

    return _written(change)


@family("comment", "a.docx")
def comment(plant: Plant) -> bytes:
    def change(document: Any) -> None:
        run = document.paragraphs[0].runs[0]
        document.add_comment(run, text=plant.text, author="R. Lind", initials="rl")

    return _written(change)


@family("core properties", "a.docx")
def core(plant: Plant) -> bytes:
    return _written(lambda document: setattr(document.core_properties, "comments", plant.text[:255]))


@family("picture with a text chunk", "a.docx")
def picture(plant: Plant) -> bytes:
    return _written(lambda document: document.add_picture(io.BytesIO(png(text=plant.text))))


def _xml(what: str, body: str, file: str = "a.docx", kind: str = "docx") -> None:
    """A case whose body has `@` where the text goes."""
    family.add(what, file, lambda plant: word(body.replace("@", plant.text), kind=kind))


def _short(what: str, body: str) -> None:
    family.add(what, "a.docx", lambda plant: word(body.replace("@", plant.token)), holds="token")


def _part(what: str, name: str, body: str, beside: str = "") -> None:
    """A case with a part of its own."""
    family.add(what, "a.docx", lambda plant: word(beside, {name: body.replace("@", plant.text)}))


_CHANGE = 'w:id="1" w:author="R. Lind" w:date="2024-05-01T10:00:00Z"'
_TEXT_BOX = f"<wps:wsp><wps:txbx><w:txbxContent>{paragraph('@')}</w:txbxContent></wps:txbx></wps:wsp>"
_xml("tracked insertion", f"<w:p><w:ins {_CHANGE}><w:r><w:t>@</w:t></w:r></w:ins></w:p>")
_xml("tracked deletion", f"<w:p><w:del {_CHANGE}><w:r><w:delText>@</w:delText></w:r></w:del></w:p>")
_xml("tracked move, where it was", f"<w:p><w:moveFrom {_CHANGE}><w:r><w:t>@</w:t></w:r></w:moveFrom></w:p>")
_xml("hidden text", "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>@</w:t></w:r></w:p>")
_xml("text box", shape(inside=_TEXT_BOX))
_xml(
    "text box in VML",
    f"<w:p><w:r><w:pict><v:shape><v:textbox><w:txbxContent>{paragraph('@')}</w:txbxContent></v:textbox></v:shape>"
    "</w:pict></w:r></w:p>",
)
_xml(
    "fallback of a drawing",
    "<w:p><w:r><mc:AlternateContent><mc:Choice Requires='wps'/><mc:Fallback><w:t>@</w:t></mc:Fallback>"
    "</mc:AlternateContent></w:r></w:p>",
)
_xml("alternative text", shape(properties='descr="@"'))
_xml("watermark", "<w:p><w:r><w:pict><v:shape><v:textpath string='@'/></v:shape></w:pict></w:r></w:p>")
_xml("field, its instruction", "<w:p><w:r><w:instrText> QUOTE @ </w:instrText></w:r></w:p>")
_xml("field, its result", "<w:p><w:fldSimple w:instr=' AUTHOR '><w:r><w:t>@</w:t></w:r></w:fldSimple></w:p>")
_xml(
    "form field, its help text",
    "<w:p><w:r><w:fldChar w:fldCharType='begin'><w:ffData><w:helpText w:type='text' w:val='@'/></w:ffData>"
    "</w:fldChar></w:r></w:p>",
)
_xml(
    "content control, a choice in its list",
    "<w:sdt><w:sdtPr><w:dropDownList><w:listItem w:displayText='one' w:value='@'/></w:dropDownList></w:sdtPr>"
    f"<w:sdtContent>{paragraph('one')}</w:sdtContent></w:sdt>",
)
_short(
    "content control, its tag",
    f"<w:sdt><w:sdtPr><w:tag w:val='@'/></w:sdtPr><w:sdtContent>{paragraph('x')}</w:sdtContent></w:sdt>",
)
_short("bookmark's name", "<w:p><w:bookmarkStart w:id='1' w:name='@'/><w:bookmarkEnd w:id='1'/></w:p>")
_xml("formula", "<w:p><m:oMath><m:r><m:t>@</m:t></m:r></m:oMath></w:p>")
_xml("comment of XML", "<!-- @ -->")
_xml("unknown namespace's attribute", "<w:p xmlns:q='urn:q' q:note='@'/>")
_xml("template (dotx)", paragraph("@"), "a.dotx", "dotx")
_xml("document with macros (docm)", paragraph("@"), "a.docm", "docm")
_part("footnote", "word/footnotes.xml", part("w:footnotes", f"<w:footnote w:id='2'>{paragraph('@')}</w:footnote>"))
_part("endnote", "word/endnotes.xml", part("w:endnotes", f"<w:endnote w:id='2'>{paragraph('@')}</w:endnote>"))
_part(
    "chart",
    "word/charts/chart1.xml",
    part(
        "c:chartSpace",
        f"{W_CHART}<c:v>@</c:v></c:pt></c:strCache></c:strRef></c:cat></c:ser></c:barChart></c:plotArea></c:chart>",
    ),
)
_part(
    "SmartArt",
    "word/diagrams/data1.xml",
    part("dgm:dataModel", "<dgm:ptLst><dgm:pt><dgm:t><a:p><a:r><a:t>@</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:ptLst>"),
)
_part("custom XML", "customXml/item1.xml", "<?xml version='1.0'?><order xmlns='urn:o'><memo>@</memo></order>")
_part(
    "custom property",
    "docProps/custom.xml",
    "<?xml version='1.0'?><Properties xmlns='http://schemas.openxmlformats.org/officeDocument/2006/custom-properties' "
    "xmlns:vt='http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes'>"
    "<property pid='2' name='Note'><vt:lpwstr>@</vt:lpwstr></property></Properties>",
)
_part(
    "company property",
    "docProps/app.xml",
    "<?xml version='1.0'?><Properties xmlns='http://schemas.openxmlformats.org/officeDocument/2006/extended-properties'>"
    "<Company>@</Company></Properties>",
)
_part(
    "document variable",
    "word/settings.xml",
    part("w:settings", "<w:docVars><w:docVar w:name='n' w:val='@'/></w:docVars>"),
)
_part(
    "glossary",
    "word/glossary/document.xml",
    part(
        "w:glossaryDocument",
        f"<w:docParts><w:docPart><w:docPartBody>{paragraph('@')}</w:docPartBody></w:docPart></w:docParts>",
    ),
)
_part("part that nothing refers to", "word/old/notes7.xml", part("w:document", f"<w:body>{paragraph('@')}</w:body>"))
_part("altChunk, HTML", "word/afchunk1.html", "<html><body><p>@</p></body></html>", "<w:altChunk r:id='r1'/>")
_part("altChunk, plain text", "word/afchunk1.txt", "@", "<w:altChunk r:id='r1'/>")


@family("altChunk, MHTML with quoted-printable", "a.docx")
def chunk_mhtml(plant: Plant) -> bytes:
    import quopri

    page = quopri.encodestring(f"<html><body>{plant.text}</body></html>".encode(), quotetabs=False).decode()
    page = page.replace("_", "=5F")
    data = f"MIME-Version: 1.0\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{page}"
    return word("<w:altChunk r:id='r1'/>", {"word/afchunk1.mht": data})


@family("link's target", "a.docx", holds="token")
def link(plant: Plant) -> bytes:
    target = ("hyperlink", f"https://example.org/?key={plant.token}", "External")
    return word("<w:p><w:hyperlink r:id='r1'/></w:p>", {"word/_rels/document.xml.rels": relations(target)})


@family("token and passage cut into runs", "a.docx")
def runs(plant: Plant) -> bytes:
    pieces = [plant.text[at : at + 7] for at in range(0, len(plant.text), 7)]
    made = "<w:proofErr w:type='spellStart'/>".join(
        f"<w:r><w:rPr><w:b/></w:rPr><w:t xml:space='preserve'>{each}</w:t></w:r>" for each in pieces
    )
    return word(f"<w:p>{made}</w:p>")


@family("main part in UTF-16", "a.docx")
def wide(plant: Plant) -> bytes:
    inner = f"<w:document {NAMES}><w:body>{paragraph(plant.text)}</w:body></w:document>"
    return office("docx", f'<?xml version="1.0" encoding="UTF-16"?>{inner}'.encode("utf-16"))


@family("macro's string", "a.docm")
def macro(plant: Plant) -> bytes:
    first, second = plant.text[:200], plant.text[200:]
    source = f'Sub Note()\r\nx = "{first}"\r\n\' {second}\r\nEnd Sub'
    return word("", {"word/vbaProject.bin": ole.vba_project(source)}, "docm")


@family("embedded workbook", "a.docx")
def embedded_workbook(plant: Plant) -> bytes:
    cell = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{plant.text}</t></is></c></row>'
    return word("", {"word/embeddings/Book1.xlsx": workbook(cell)})


@family("embedded text file (Ole10Native)", "a.docx")
def embedded_file(plant: Plant) -> bytes:
    return word("", {"word/embeddings/oleObject1.bin": ole.embedded("notes.txt", plant.data)})


@family("data behind the archive", "a.docx")
def trailing(plant: Plant) -> bytes:
    return word() + b"\n" + plant.data


@family("picture with data behind its end", "a.docx")
def picture_trailing(plant: Plant) -> bytes:
    return word("", {"word/media/image1.png": png() + plant.data})


@family("binary part with a registered binary's bytes", "a.docx", holds="passage")
def binary(plant: Plant) -> bytes:
    from .plant import SLICE

    return word("", {"word/media/image1.emf": SLICE})


@family("flat XML document", "a.xml")
def flat(plant: Plant) -> bytes:
    inner = part("w:document", f"<w:body>{paragraph(plant.text)}</w:body>").split("?>\n", 1)[1]
    return (
        '<?xml version="1.0"?><?mso-application progid="Word.Document"?>'
        '<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage"><pkg:part '
        f'pkg:name="/word/document.xml"><pkg:xmlData>{inner}</pkg:xmlData></pkg:part></pkg:package>'
    ).encode()


@family("flat XML document, token and passage cut into runs", "a.xml")
def flat_runs(plant: Plant) -> bytes:
    pieces = [plant.text[at : at + 11] for at in range(0, len(plant.text), 11)]
    made = "".join(f"<w:r><w:t xml:space='preserve'>{each}</w:t></w:r>" for each in pieces)
    return (
        f'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument {NAMES}><w:body><w:p>{made}'
        "</w:p></w:body></w:wordDocument>"
    ).encode()


@family("zip directory cut off", "a.docx")
def cut(plant: Plant) -> bytes:
    data = word(paragraph(plant.text))
    return data[: data.index(b"PK\x01\x02")]


@family("with a password", "a.docx", readable=False)
def encrypted(plant: Plant) -> bytes:
    return ole.encrypted_package()


@family("comment on the comment (people, extended parts)", "a.docx")
def extended(plant: Plant) -> bytes:
    return add(
        comment(Plant("none", "none")), {"word/commentsExtensible.xml": part("w:x", f"<w:y w:note='{plant.text}'/>")}
    )
