from __future__ import annotations

import base64
import io
import struct
import zipfile

import docx as python_docx
import pytest

from dlp.extract.office.docx import DocxExtractor
from dlp.limits import Limits
from dlp.model import Reason, Text

from .samples import W, blob, document, docx, paragraph, read, words

BOMB = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><w:hdr xmlns:w="{W}"><w:p>&a; seen</w:p></w:hdr>'


def _refine(data: bytes) -> dict[str, str]:
    found = {}
    for item in DocxExtractor().extract(blob(data), Limits()):
        if isinstance(item, Text):
            list(item.chunks)
            assert item.refine is not None
            found = {mark.locator: item.refine(mark.locator) for mark in item.marks}
    return found


def _part(body: str, root: str = "hdr") -> str:
    return f'<w:{root} xmlns:w="{W}">{body}</w:{root}>'


def test_runs_join_and_paragraphs_part() -> None:
    texts, skipped = read(docx(paragraph("confid", "ential") + paragraph("next")))
    assert texts[0].text.startswith("confidential\nnext\n")
    assert texts[0].place("next") == "paragraph 2"
    assert not skipped


def test_indenting_between_runs_is_no_text() -> None:
    run = "<w:r>\n  <w:t>{}</w:t>\n </w:r>\n"
    assert "onetwo\n" in words(docx("\n <w:p>\n" + run.format("one") + run.format("two") + "</w:p>\n"))


def test_tabs_breaks_and_hyphens_stand_for_what_they_are() -> None:
    body = "<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r></w:p>"
    assert "a\tb\nc-d\n" in words(docx(body))


def test_where_a_picture_is_belongs_to_no_word() -> None:
    anchor = "<w:drawing><wp:anchor xmlns:wp='x'><wp:posOffset>590045</wp:posOffset><wp:x>odd words</wp:x></wp:anchor>"
    found = words(docx(f"<w:p><w:r>{anchor}</w:drawing></w:r>{_shown('body')}</w:p>"))
    assert found.startswith("body\n")
    assert "odd words" in found


def test_a_text_box_tears_no_word() -> None:
    box = f"<w:r><w:pict><w:txbxContent>{paragraph('boxed')}</w:txbxContent></w:pict></w:r>"
    body = f"<w:p><w:r><w:t>con</w:t></w:r>{box}<w:r><w:t>fidential</w:t></w:r></w:p>" + paragraph("after")
    texts, _ = read(docx(body))
    assert "confidential\nboxed\nafter" in texts[0].text
    assert [texts[0].place(word) for word in ("confid", "boxed", "after")] == [f"paragraph {n}" for n in (1, 2, 3)]


def test_every_part_is_read() -> None:
    data = docx(
        "<w:p><w:del><w:r><w:delText>struck </w:delText></w:r><w:r><w:delText>out</w:delText></w:r></w:del>"
        "<w:r><w:instrText>HYPERLINK hidden-field</w:instrText></w:r><w:r><w:t>body</w:t></w:r>"
        '<w:drawing><wp:docPr xmlns:wp="x" id="1" name="Picture 1" descr="alt words"/></w:drawing></w:p>',
        {
            "word/header1.xml": _part("<w:p/>" + paragraph("header words")),
            "word/comments.xml": _part(f"<w:comment>{paragraph('comment words')}</w:comment>", "comments"),
            "word/footnotes.xml": _part(paragraph("footnote words"), "footnotes"),
            "word/glossary/document.xml": document(paragraph("glossary words")),
            "docProps/core.xml": '<x xmlns:dc="d"><dc:title>title words</dc:title><dc:creator>writer</dc:creator></x>',
            "customXml/item1.xml": "<root><!-- comment in XML --><a b='one as long as a sentence would be'/></root>",
            "word/_rels/document.xml.rels": '<R><Relationship Target="https://example.org/target"/></R>',
            "word/embeddings/notes.txt": "embedded words",
        },
    )
    texts, skipped = read(data, "a.docx")
    assert not skipped
    main = texts[0]
    for found, place in {
        "struck out": "paragraph 1",
        "hidden-field": "paragraph 1",
        "alt words": "paragraph 1",
        "header words": "header1 paragraph 2",
        "comment words": "comments paragraph 1",
        "footnote words": "footnotes paragraph 1",
        "glossary words": "glossary/document paragraph 1",
        "title words": "docProps/core",
        "comment in XML": "customXml/item1",
        "as long as a sentence": "customXml/item1",
        "https://example.org/target": "_rels/document.xml.rels",
    }.items():
        assert main.place(found) == place
    assert texts[1].provenance == ("a.docx", "word/embeddings/notes.txt")
    assert "body\n" in main.text[: main.text.index("struck")]


def _hidden(words: str, property: str = "<w:vanish/>") -> str:
    return f"<w:r><w:rPr>{property}</w:rPr><w:t>{words}</w:t></w:r>"


def _shown(words: str) -> str:
    return f"<w:r><w:t>{words}</w:t></w:r>"


def test_shown_and_hidden_words_are_read_without_each_other_and_together() -> None:
    mixed = _shown("one ") + _hidden("red ") + _shown("two ") + _hidden("green ") + _shown("three")
    texts, skipped = read(docx(f"<w:p>{mixed}</w:p>" + paragraph("after")))
    assert not skipped
    assert texts[0].text.startswith("one two three\nafter\n")
    for reading in ("\nred green \n", "\none red two green three\n"):
        assert reading in texts[0].text
    assert texts[0].place("red green") == "paragraph 1"


def test_hidden_paragraphs_stand_together_outside_the_shown_ones() -> None:
    body = "".join(f"<w:p>{_hidden(f'hidden {n}')}</w:p>" + paragraph(f"shown {n}") for n in (1, 2))
    found = words(docx(body))
    assert "shown 1\nshown 2\n" in found
    assert "hidden 1\nhidden 2\n" in found


def test_a_run_that_says_it_is_not_hidden_is_shown() -> None:
    mark = "<w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr>"
    two = _hidden("two ", '<w:vanish w:val="0"/>')
    body = f"<w:p>{mark}{_shown('one ')}{two}{_shown('three')}</w:p>"
    found = words(docx(body))
    assert found.startswith("one two three\n")
    assert found.count("two") == 1


def test_words_of_a_text_box_in_a_hidden_run_are_hidden() -> None:
    box = f"<w:pict><w:txbxContent>{paragraph('boxed')}</w:txbxContent></w:pict>"
    body = f"<w:p>{_shown('one ')}<w:r><w:rPr><w:vanish/></w:rPr>{box}<w:t>red </w:t></w:r>{_shown('two')}</w:p>"
    found = words(docx(body))
    assert found.startswith("one two\n")
    assert "boxed\nred \n" in found


def test_marks_are_refined_to_headings_and_cells() -> None:
    made = python_docx.Document()
    made.add_paragraph("before all")
    made.add_heading("Pricing", 1)
    made.add_paragraph("a price")
    table = made.add_table(rows=3, cols=2)
    table.cell(2, 1).text = "in a cell"
    out = io.BytesIO()
    made.save(out)
    found = _refine(out.getvalue())
    assert found["paragraph 1"] == "paragraph 1"
    assert found["paragraph 2"] == "paragraph 2, a heading"
    assert found["paragraph 3"] == "paragraph 3, under the heading in paragraph 2"
    assert found["paragraph 9"] == "table 1, row 3, column 2 (paragraph 9)"


def test_a_mark_that_cannot_be_refined_stays() -> None:
    assert _refine(docx(parts={"word/styles.xml": "not XML"}))["paragraph 1"] == "paragraph 1"


@pytest.mark.parametrize("broken", [BOMB.replace("{W}", W), "<w:hdr><w:p>seen", "\x00\x01", '<?xml version="1.0"'])
def test_bad_xml_is_named_and_read_as_it_stands(broken: str) -> None:
    texts, skipped = read(docx(paragraph("body"), {"word/header1.xml": broken, "word/header2.xml": _part("good")}))
    assert "body" in texts[0].text
    assert "good" in texts[0].text
    assert skipped[0].reason is Reason.CORRUPT
    assert skipped[0].provenance[-1] == "word/header1.xml"
    assert any(broken.encode() in text.data for text in texts)


@pytest.mark.parametrize(("depth", "whole"), [(50, True), (51, False)])
def test_xml_depth_has_a_limit(depth: int, whole: bool) -> None:
    part = "<a>" * depth + "deep" + "</a>" * depth
    _, skipped = read(docx(parts={"word/x.xml": part}), limits=Limits(max_xml_depth=50))
    assert [each.reason for each in skipped] == ([] if whole else [Reason.CORRUPT])


@pytest.mark.parametrize(("size", "whole"), [(20_000, True), (20_001, False)])
def test_a_part_has_a_limit_and_what_fits_is_read(size: int, whole: bool) -> None:
    limits = Limits(max_part=20_000)
    texts, skipped = read(docx(parts={"a.txt": "z" * size}), limits=limits)
    assert [each.reason for each in skipped] == ([] if whole else [Reason.LIMIT])
    assert texts[1].data == b"z" * 20_000


@pytest.mark.parametrize(("after", "whole"), [(100_000, True), (99_999, False)])
def test_the_ratio_of_a_bomb_has_a_limit(after: int, whole: bool) -> None:
    data = docx(parts={"word/bomb.xml": "<a>" + " " * (100_000 - 7) + "</a>"})
    _, skipped = read(data, limits=Limits(max_ratio=50, ratio_after=after))
    assert [each.reason for each in skipped] == ([] if whole else [Reason.LIMIT])


@pytest.mark.parametrize(("members", "whole"), [(5, True), (4, False)])
def test_the_number_of_zip_members_has_a_limit(members: int, whole: bool) -> None:
    data = docx(parts={"word/a.xml": "<a/>", "word/b.xml": "<a/>"})
    _, skipped = read(data, limits=Limits(max_members=members))
    assert [each.reason for each in skipped] == ([] if whole else [Reason.LIMIT])


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_one_name_are_all_read_and_names_decide_nothing() -> None:
    out = io.BytesIO(docx(paragraph("first twin")))
    with zipfile.ZipFile(out, "a") as package:
        package.writestr("word/document.xml", document(paragraph("second twin")))
        package.writestr("../../etc/outside.txt", "outside words")
        package.writestr("/absolute.txt", "absolute words")
    found = words(out.getvalue())
    for expected in ("first twin", "second twin", "outside words", "absolute words"):
        assert expected in found


def test_data_round_the_archive_is_read() -> None:
    data = docx(paragraph("body"))
    found = words(b"\0 words before " + data + b"words behind")
    for expected in ("words before", "body", "words behind"):
        assert expected in found


def test_a_lost_directory_loses_no_member() -> None:
    data = docx(paragraph("body"), {"word/header1.xml": _part(paragraph("header"))})
    texts, skipped = read(data[: data.index(b"PK\x01\x02")])
    assert "body" in texts[0].text
    assert "header" in texts[0].text
    assert [each.reason for each in skipped] == [Reason.CORRUPT]


@pytest.mark.parametrize("at", [0.2, 0.5, 0.7])
@pytest.mark.parametrize("change", [-3, 5])
def test_bytes_put_in_or_taken_out_hide_no_other_member(at: float, change: int) -> None:
    parts: dict[str, bytes | str] = {f"word/header{n}.xml": _part(paragraph(f"header {n}")) for n in range(5)}
    data = docx(paragraph("body"), parts)
    where = int(at * len(data))
    texts, skipped = read(data[:where] + b"\0" * change + data[where - min(change, 0) :])
    found = texts[0].text
    assert sum(word in found for word in ("body", *(f"header {n}" for n in range(5)))) >= 5
    assert Reason.CORRUPT in [each.reason for each in skipped]


def test_a_bad_checksum_is_said_and_the_words_are_read() -> None:
    data = docx(paragraph("body"))
    at = data.rindex(b"PK\x01\x02")
    broken = data[: at + 16] + b"\1\2\3\4" + data[at + 20 :]
    texts, skipped = read(broken)
    assert "body" in texts[0].text
    assert [(each.reason, each.provenance[-1]) for each in skipped] == [(Reason.CORRUPT, "word/document.xml")]


def test_a_directory_that_names_other_members_hides_nothing() -> None:
    data = docx(paragraph("body"))
    at = data.rindex(b"word/document.xml")
    texts, skipped = read(data[:at] + b"word/documenX.xml" + data[at + 17 :])
    assert "body" in texts[0].text
    assert [each.reason for each in skipped] == [Reason.CORRUPT]


def test_an_encrypted_member_is_said() -> None:
    data = bytearray(docx(parts={"a.txt": "sealed"}))
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<H", data, at + 8, 1)
    _, skipped = read(bytes(data))
    assert [(each.reason, each.provenance[-1]) for each in skipped] == [(Reason.ENCRYPTED, "a.txt")]


def test_an_encrypted_document_is_said() -> None:
    from .samples_ole import compound

    _, skipped = read(compound({"EncryptionInfo": bytes(8), "EncryptedPackage": bytes(range(256)) * 20}), "a.docx")
    assert [each.reason for each in skipped] == [Reason.ENCRYPTED]


def test_what_every_document_of_word_holds_is_not_read_as_its_words() -> None:
    styles = "".join(
        f'<w:lsdException w:name="{n} Table {i} Colorful Accent 1"/>' for n in ("Grid", "List") for i in "67"
    )
    data = docx(parts={"word/styles.xml": _part(styles, "styles")})
    assert "Colorful" not in words(data)


def test_a_name_that_is_not_utf8_is_shown_with_its_bytes() -> None:
    data = docx(parts={"word/namX.txt": "words"}).replace(b"namX", b"nam\xff")
    assert any(text.provenance[-1] == "word/nam\\xff.txt" for text in read(data)[0])


def test_word_documents_of_one_xml_file_are_read() -> None:
    embedded = base64.b64encode(b"embedded words").decode()
    flat = (
        '<?xml version="1.0"?><?mso-application progid="Word.Document"?>'
        '<pkg:package xmlns:pkg="p"><pkg:part><pkg:xmlData>'
        f"{_part(paragraph('confid', 'ential'), 'document')}</pkg:xmlData></pkg:part>"
        f"<pkg:part><pkg:binaryData>{embedded}</pkg:binaryData></pkg:part></pkg:package>"
    )
    texts, skipped = read(flat.encode(), "a.xml")
    assert not skipped
    assert texts[0].text.startswith("confidential\n")
    assert texts[0].place("confidential") == "paragraph 1"
    assert (texts[1].provenance, texts[1].text) == (("a.xml", "embedded data 1"), "embedded words")


RELATED = '<Relationships><Relationship Id="r9" Type="t/x" Target="{}" TargetMode="External"/></Relationships>'
CORNERS = {
    "a field in one element": '<w:p><w:fldSimple w:instr=" DOCPROPERTY planted-words "><w:r/></w:fldSimple></w:p>',
    "a deleted field": "<w:p><w:del><w:r><w:delInstrText>planted-words</w:delInstrText></w:r></w:del></w:p>",
    "moved text": "<w:p><w:moveFrom><w:r><w:t>planted-words</w:t></w:r></w:moveFrom></w:p>",
    "inserted text": "<w:p><w:ins w:author='a'><w:r><w:t>planted-words</w:t></w:r></w:ins></w:p>",
    "who inserted": "<w:p><w:ins w:author='planted-words'><w:r><w:t>x</w:t></w:r></w:ins></w:p>",
    "a content control": "<w:sdt><w:sdtPr><w:alias w:val='planted-words'/></w:sdtPr></w:sdt>",
    "a list of choices": "<w:sdt><w:dropDownList><w:listItem w:value='planted-words'/></w:dropDownList></w:sdt>",
    "a data binding": "<w:sdt><w:dataBinding w:storeItemID='0123456789abcdefplanted-words'/></w:sdt>",
    "an old form field": "<w:p><w:textInput><w:default w:val='planted-words'/></w:textInput></w:p>",
    "help for a form field": "<w:p><w:ffData><w:helpText w:val='planted-words'/></w:ffData></w:p>",
    "a table's caption": "<w:tbl><w:tblPr><w:tblCaption w:val='planted-words'/></w:tblPr></w:tbl>",
    "a table's description": "<w:tbl><w:tblPr><w:tblDescription w:val='planted-words'/></w:tblPr></w:tbl>",
    "a formula": "<w:p><m:oMath xmlns:m='m'><m:r><m:t>planted-words</m:t></m:r></m:oMath></w:p>",
    "how a word is read": "<w:p><w:ruby><w:rt><w:r><w:t>planted-words</w:t></w:r></w:rt></w:ruby></w:p>",
    "letters of art": "<w:p><v:textpath xmlns:v='v' string='planted-words'/></w:p>",
    "a shape's alternative": "<w:p><v:shape xmlns:v='v' alt='planted-words'/></w:p>",
    "a shape's name": "<w:p><wp:docPr xmlns:wp='w' id='1' name='planted-words'/></w:p>",
    "a smart tag": "<w:p><w:smartTag><w:attr w:name='n' w:val='planted-words'/></w:smartTag></w:p>",
    "a link's tip": "<w:p><w:hyperlink w:tooltip='planted-words'/></w:p>",
    "a fallback": f"<w:p><m:Fallback xmlns:m='m'><w:pict>{paragraph('planted-words')}</w:pict></m:Fallback></w:p>",
    "an attribute of no meaning": "<w:p w:x='0123456789abcdefplanted-words'/>",
    "an attribute's name": "<w:p x0123456789abcdefplanted-words='1'/>",
    "an element's name": "<x0123456789abcdefplanted-words/>",
    "text outside of runs": "<w:p>planted-words</w:p>",
    "an unknown element": "<x>planted-words</x>",
    "an instruction": "<?hidden planted-words?>",
    "marked data": "<w:p><w:r><w:t><![CDATA[planted-words]]></w:t></w:r></w:p>",
    "letters by number": "<w:p><w:r><w:t>&#112;lanted-words</w:t></w:r></w:p>",
}
PARTS: dict[str, dict[str, bytes | str]] = {
    "an alternative chunk of text": {"word/afchunk.txt": "planted-words"},
    "an alternative chunk of HTML": {"word/afchunk.html": "<html><body><p>planted-words</p></body></html>"},
    "an alternative chunk of Word": {"word/afchunk.docx": docx(paragraph("planted-words"))},
    "an alternative chunk of RTF": {"word/afchunk.rtf": r"{\rtf1 planted-words}"},
    "an attached template": {"word/_rels/settings.xml.rels": RELATED.format(r"\\server\planted-words.dotx")},
    "a template on a server": {"word/_rels/settings.xml.rels": RELATED.format("http://example.org/planted-words")},
    "building blocks": {"word/glossary/document.xml": document(paragraph("planted-words"))},
    "notes at the end": {"word/endnotes.xml": _part(paragraph("planted-words"), "endnotes")},
    "what a comment's writer is called": {"word/comments.xml": _part("<w:comment w:author='planted-words'/>", "c")},
    "who takes part": {"word/people.xml": _part("<w:person w:author='planted-words'/>", "people")},
    "a variable": {"word/settings.xml": _part("<w:docVar w:name='n' w:val='planted-words'/>", "s")},
    "a mail merge": {"word/settings.xml": _part("<w:mailMerge><w:query w:val='planted-words'/></w:mailMerge>", "s")},
    "where mail comes from": {"word/settings.xml": _part("<w:connectString w:val='planted-words'/>", "s")},
    "a chart": {"word/charts/chart1.xml": "<c:c xmlns:c='c'><c:pt><c:v>planted-words</c:v></c:pt></c:c>"},
    "a diagram": {"word/diagrams/data1.xml": "<d xmlns:a='a'><a:p><a:r><a:t>planted-words</a:t></a:r></a:p></d>"},
    "a control": {"word/activeX/activeX1.xml": "<o xmlns:ax='a'><ax:ocxPr ax:name='T' ax:value='planted-words'/></o>"},
    "custom XML": {"customXml/item1.xml": "<a><b>planted-words</b></a>"},
    "a property": {"docProps/custom.xml": "<P><property name='n'><lpwstr>planted-words</lpwstr></property></P>"},
    "a property's name": {"docProps/custom.xml": "<P><property name='planted-words'/></P>"},
    "a company": {"docProps/app.xml": "<P><Company>planted-words</Company></P>"},
    "an embedded file": {"word/embeddings/a.bin": b"\0\1planted-words\0"},
    "a part in UTF-16": {"word/header1.xml": _part(paragraph("planted-words")).encode("utf-16")},
    "a part that nothing names": {"elsewhere/x.xml": "<x>planted-words</x>"},
    "the name of a part": {"word/embeddings/planted-words.bin": b"\0\1"},
}


@pytest.mark.parametrize("corner", CORNERS)
def test_every_corner_of_the_body_is_read(corner: str) -> None:
    assert "planted-words" in words(docx(CORNERS[corner]))


@pytest.mark.parametrize("corner", PARTS)
def test_every_corner_of_the_package_is_read(corner: str) -> None:
    assert "planted-words" in words(docx(parts=PARTS[corner]))
