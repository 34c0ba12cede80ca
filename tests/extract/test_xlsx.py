from __future__ import annotations

import io

import openpyxl
import pytest
import xlsxwriter

from dlp.extract.office import sheet_strings
from dlp.extract.office.sheet_cells import column, quoted
from dlp.limits import Limits
from dlp.model import Reason

from .samples import Drawn, read
from .samples_office import S, number_cell, package, relations, row, shared, shared_cell, sheet, text_cell, xlsx

STYLES = (
    f'<styleSheet xmlns="{S}"><numFmts><numFmt numFmtId="164" formatCode="000\\-00\\-0000"/>'
    '<numFmt numFmtId="165" formatCode="[$-409]d\\ mmm\\ yyyy;@"/><numFmt numFmtId="166" formatCode="00000"/>'
    '<numFmt numFmtId="167" formatCode="#,##0.00"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>'
    '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="164"/><xf numFmtId="165"/>'
    '<xf numFmtId="166"/><xf numFmtId="167"/></cellXfs></styleSheet>'
)


def _main(data: bytes) -> Drawn:
    texts, skipped = read(data, "a.xlsx")
    assert not skipped
    return texts[0]


def test_cells_stand_in_rows_and_are_marked() -> None:
    rows = row(text_cell("A1", "one"), text_cell("C1", "two")) + row(number_cell("B2", "42.5"), number=2)
    main = _main(xlsx({"Sheet1": sheet(rows)}))
    assert main.text.startswith("one\ttwo\n42.5\n")
    assert [main.place(each) for each in ("one", "two", "42.5")] == ["Sheet1!A1", "Sheet1!C1", "Sheet1!B2"]


def test_sheets_stand_in_the_order_of_the_workbook_hidden_ones_included() -> None:
    sheets = {name: sheet(row(text_cell("A1", f"on {name}"))) for name in ("Last year", "b", "c")}
    data = xlsx(sheets, states={"b": "hidden", "c": "veryHidden"})
    main = _main(data)
    assert main.text.startswith("on Last year\non b\non c\n")
    assert main.place("on Last year") == "'Last year'!A1"
    assert main.place("on c") == "c!A1"
    unlisted = xlsx(sheets, parts={"xl/_rels/workbook.xml.rels": ""})
    assert read(unlisted)[0][0].place("on c") == "sheet3!A1"


def test_hidden_rows_and_columns_are_read() -> None:
    hidden = f'<row r="5" hidden="1">{text_cell("A5", "hidden row")}</row>'
    assert _main(xlsx({"S": sheet(hidden)})).place("hidden row") == "S!A5"


def test_cells_without_addresses_are_counted() -> None:
    first = '<c t="str"><v>first</v></c><c/><c t="str"><v>third</v></c>'
    cells = f'<row>{first}</row><row><c t="str"><v>below</v></c></row>'
    main = _main(xlsx({"S": sheet(cells)}))
    assert [main.place(each) for each in ("first", "third", "below")] == ["S!A1", "S!C1", "S!A2"]


def test_shared_strings_are_told_where_cells_refer_to_them_and_the_rest_at_the_end() -> None:
    cells = row(shared_cell("A1", 2), shared_cell("B1", 0), shared_cell("C1", 2))
    main = _main(xlsx({"S": sheet(cells)}, strings=shared("zero", "left over", "two")))
    assert main.text.startswith("two\tzero\ttwo\n")
    assert main.place("left over") == "shared string 1"


def test_rich_and_phonetic_strings_are_read_whole() -> None:
    rich = (
        f'<sst xmlns="{S}"><si>\n <r><rPr><b/></rPr><t>confid</t></r>\n <r><t>ential</t></r>\n'
        "<rPh sb='0' eb='1'><t>sounds</t></rPh></si><si><t>line_x000A_break _x00e9_</t></si></sst>"
    )
    main = _main(xlsx({"S": sheet(row(shared_cell("A1", 0), shared_cell("B1", 1)))}, strings=rich))
    assert main.text.startswith("confidential (sounds)\tline\nbreak é\n")


@pytest.mark.parametrize("number", ["7", "-1", "x", "9" * 5000])
def test_a_string_that_is_missing_is_said(number: str) -> None:
    _, skipped = read(xlsx({"S": sheet(row(shared_cell("A1", number)))}, strings=shared("only")))
    assert [each.reason for each in skipped] == [Reason.CORRUPT]
    assert "1 cells refer to strings" in skipped[0].detail


@pytest.mark.parametrize(
    ("value", "style", "shown"),
    [
        ("4111111111111111", 0, "4111111111111111"),
        ("4.1111111111111101E15", 0, "4111111111111110"),
        ("0.10000000000000001", 0, "0.1"),
        ("1E-3", 0, "0.001"),
        ("45000", 1, "2023-03-15"),
        ("45000.5", 2, "2023-03-15 12:00:00"),
        ("0.25", 2, "06:00:00"),
        ("45000", 4, "2023-03-15"),
        ("99999999", 1, "99999999"),
        ("12345678", 3, "012-34-5678"),
        ("123456789012", 3, "123456-78-9012"),
        ("501", 5, "00501"),
        ("1234.5", 6, "1234.5"),
        ("no number", 3, "no number"),
        ("nan", 1, "nan"),
        ("1e999", 1, "inf"),
        ("12", 99, "12"),
    ],
)
def test_numbers_say_what_is_seen(value: str, style: int, shown: str) -> None:
    main = _main(xlsx({"S": sheet(row(number_cell("A1", value, style)))}, parts={"xl/styles.xml": STYLES}))
    assert main.text.startswith(f"{shown}\n")


def test_days_can_be_counted_from_1904() -> None:
    cells = sheet(row(number_cell("A1", "43538", 1)))
    main = _main(xlsx({"S": cells}, parts={"xl/styles.xml": STYLES}, book='<workbookPr date1904="1"/>'))
    assert main.text.startswith("2023-03-15\n")


def test_booleans_errors_and_values_of_formulas_are_read() -> None:
    cells = row(
        '<c r="A1" t="b"><v>1</v></c><c r="B1" t="e"><v>#REF!</v></c>'
        '<c r="C1" t="str"><f>"in "&amp;"formula"</f><v>cached words</v></c><c r="D1"><f>SUM(A1:A2)</f><v>3</v></c>'
    )
    main = _main(xlsx({"S": sheet(cells)}))
    assert main.text.startswith('TRUE\t#REF!\tcached words\t3\n="in "&"formula"\n')
    assert main.place('="in') == "S!C1"
    assert "SUM" not in main.text


def test_words_round_the_cells_are_read() -> None:
    around = (
        "<headerFooter><oddHeader>&amp;Cheader words</oddHeader><evenFooter>footer words</evenFooter></headerFooter>"
        '<dataValidations><dataValidation prompt="ask words" promptTitle="ask title" error="wrong words">'
        '<formula1>"list one,list two"</formula1></dataValidation></dataValidations>'
        '<hyperlinks><hyperlink ref="A1" display="shown words" tooltip="tip words" location="Secret!A1"/></hyperlinks>'
        '<protectedRanges><protectedRange name="range words"/></protectedRanges>'
        '<scenarios><scenario name="scenario words" comment="why"><inputCells r="A1" val="input words"/></scenario>'
        "</scenarios><!-- comment in the sheet -->"
    )
    main = _main(xlsx({"S": sheet(row(text_cell("A1", "x")), around)}))
    for each in (
        *("header words", "footer words", "ask words", "ask title", "wrong words", "list one,list two", "shown words"),
        *("tip words", "Secret!A1", "range words", "scenario words", "input words", "comment in the sheet"),
    ):
        assert main.place(each) == "sheet S"


def test_other_parts_of_the_workbook_are_read() -> None:
    parts = {
        "xl/worksheets/_rels/sheet1.xml.rels": relations(
            ("comments", "../comments7.xml"), ("threadedComment", "../threadedComments/threadedComment1.xml")
        ),
        "xl/comments7.xml": f'<comments xmlns="{S}"><authors><author>the author</author></authors><commentList>'
        '<comment ref="B7" authorId="0"><text><r><t>old </t></r><r><t>comment</t></r></text></comment></commentList>'
        "</comments>",
        "xl/threadedComments/threadedComment1.xml": '<T><threadedComment ref="C9"><text>threaded words</text>'
        "</threadedComment></T>",
        "xl/persons/person.xml": '<personList><person displayName="person words" userId="u@example.org"/></personList>',
        "xl/tables/table1.xml": '<table displayName="Table_words"><tableColumn id="1" name="column words"/></table>',
        "xl/pivotCache/pivotCacheDefinition1.xml": '<p><cacheField name="field words"><sharedItems>'
        '<s v="pivot words"/><n v="4111111111111111"/></sharedItems></cacheField></p>',
        "xl/pivotCache/pivotCacheRecords1.xml": '<r><r><s v="record words"/></r></r>',
        "xl/externalLinks/externalLink1.xml": '<x><sheetNames><sheetName val="foreign sheet"/></sheetNames>'
        '<cell r="A1" t="str"><v>foreign words</v></cell></x>',
        "xl/externalLinks/_rels/externalLink1.xml.rels": '<Relationships><Relationship Id="r1" Type="t/link" '
        'Target="plans of mine.xlsx" TargetMode="External"/></Relationships>',
        "xl/connections.xml": '<connections><connection name="c" description="connected words">'
        '<dbPr connection="Server=db;Pwd=words-of-pass" command="SELECT secret FROM t"/></connection></connections>',
        "xl/drawings/drawing1.xml": '<d xmlns:a="a"><sp><cNvPr id="1" name="shape words" descr="alt words"/>'
        "<a:p><a:r><a:t>box </a:t></a:r><a:r><a:t>words</a:t></a:r></a:p></sp></d>",
        "xl/drawings/vmlDrawing1.vml": "<xml><v:textbox xmlns:v='v'><div>button words</div></v:textbox></xml>",
        "xl/charts/chart1.xml": "<c xmlns:a='a'><a:p><a:r><a:t>chart title</a:t></a:r></a:p><v>category words</v></c>",
        "xl/diagrams/data1.xml": "<d xmlns:a='a'><a:p><a:r><a:t>diagram words</a:t></a:r></a:p></d>",
        "xl/ctrlProps/ctrlProp1.xml": '<formControlPr><itemLst><item val="choice words"/></itemLst></formControlPr>',
        "xl/activeX/activeX1.xml": '<ocx><ocxPr name="Caption" value="caption words"/></ocx>',
        "xl/revisions/revisionLog1.xml": "<revisions><rcc><oc><is><t>revised words</t></is></oc></rcc></revisions>",
        "customXml/item1.xml": '<root key="ghp_0123456789abcdefghijABCDEFGHIJ012345"><a>custom words</a></root>',
        "docProps/core.xml": "<c xmlns:dc='d'><dc:title>title words</dc:title></c>",
        "docProps/custom.xml": '<P><property name="property name"><vt:lpwstr xmlns:vt="v">property words</vt:lpwstr>'
        "</property></P>",
    }
    book = "<definedNames><definedName name='Name_words' hidden='1'>\"constant words\"</definedName></definedNames>"
    main = _main(xlsx(parts=parts, book=book))
    for found, place in {
        "old comment": "Sheet1!B7 comment",
        "the author": "comments of sheet Sheet1",
        "threaded words": "Sheet1!C9 comment",
        "person words": "persons/person",
        "Table_words": "tables/table1",
        "column words": "tables/table1",
        "field words": "pivotCache/pivotCacheDefinition1",
        "pivot words": "pivotCache/pivotCacheDefinition1",
        "4111111111111111": "pivotCache/pivotCacheDefinition1",
        "record words": "pivotCache/pivotCacheRecords1",
        "foreign sheet": "externalLinks/externalLink1",
        "foreign words": "externalLinks/externalLink1",
        "plans of mine.xlsx": "_rels/externalLinks/externalLink1.xml.rels",
        "connected words": "connections",
        "Pwd=words-of-pass": "connections",
        "SELECT secret FROM t": "connections",
        "shape words": "drawings/drawing1",
        "alt words": "drawings/drawing1",
        "box words": "drawings/drawing1",
        "button words": "drawings/vmlDrawing1.vml",
        "chart title": "charts/chart1",
        "category words": "charts/chart1",
        "diagram words": "diagrams/data1",
        "choice words": "ctrlProps/ctrlProp1",
        "caption words": "activeX/activeX1",
        "revised words": "revisions/revisionLog1",
        "ghp_0123456789": "customXml/item1",
        "custom words": "customXml/item1",
        "title words": "docProps/core",
        "property name": "docProps/custom",
        "property words": "docProps/custom",
        "Name_words": "workbook",
        "constant words": "workbook",
    }.items():
        assert main.place(found) == place, found


def test_macros_objects_and_media_are_blobs() -> None:
    inner = xlsx({"In": sheet(row(text_cell("B2", "inner words")))})
    parts = {
        "xl/vbaProject.bin": b"\1\2\0macro words\0\0\3",
        "xl/embeddings/book.xlsx": inner,
        "xl/media/note.txt": "media words",
    }
    texts, _ = read(xlsx(parts=parts), "a.xlsx")
    found = {text.provenance[1:]: text for text in texts if text.alphabet == "text"}
    assert "words" in found[("xl/vbaProject.bin",)].text
    assert found[("xl/embeddings/book.xlsx",)].place("inner words") == "In!B2"
    assert found[("xl/media/note.txt",)].text == "media words"


def test_workbooks_of_openpyxl_are_read() -> None:
    book = openpyxl.Workbook()
    first = book.active
    first.title = "Kunden"
    first["B7"] = "Zürich"
    first["B8"] = 12345
    first["B7"].comment = openpyxl.comments.Comment("a comment", "me")
    out = io.BytesIO()
    book.save(out)
    main = _main(out.getvalue())
    assert main.text.startswith("Zürich\n12345\n")
    assert main.place("Zürich") == "Kunden!B7"
    assert main.place("a comment") == "Kunden!B7 comment"


def test_workbooks_of_xlsxwriter_are_read() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    made = book.add_worksheet("Data")
    made.write("C3", "written")
    made.write_rich_string("C4", "half", book.add_format({"bold": True}), " and half")
    made.insert_textbox("E5", "text box words")
    made.set_header("&Cheader words")
    made.data_validation("A1", {"validate": "list", "source": ["choice one", "choice two"]})
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=Data!$A$1:$A$2", "name": "series words"})
    made.insert_chart("G1", chart)
    book.close()
    main = _main(out.getvalue())
    assert main.place("written") == "Data!C3"
    for each in ("half and half", "text box words", "header words", "choice one,choice two", "series words"):
        assert each in main.text


@pytest.mark.parametrize(("size", "whole"), [(20_000, True), (4_000, False)])
def test_shared_strings_that_are_a_bomb_end_within_the_limits(size: int, whole: bool) -> None:
    data = xlsx({"S": sheet(row(shared_cell("A1", 0)))}, strings=shared("z" * 10_000))
    _, skipped = read(data, limits=Limits(max_part=size))
    assert bool(skipped) is not whole
    assert all(each.reason in (Reason.LIMIT, Reason.CORRUPT) for each in skipped)


def test_cells_that_all_refer_to_one_long_string_end_within_the_limits() -> None:
    cells = "".join(row(*[shared_cell("", 0)] * 100) for _ in range(50))
    data = xlsx({"S": sheet(cells)}, strings=shared("z" * 30_000))
    texts, skipped = read(data, limits=Limits(max_text=1 << 20))
    assert [each.reason for each in skipped] == [Reason.LIMIT]
    assert len(texts[0].data) <= (1 << 20) + sheet_strings._PIECE * 30_000 // 20


def test_a_string_longer_than_a_cell_is_told_once() -> None:
    data = xlsx({"S": sheet(row(*[shared_cell("", 0)] * 9))}, strings=shared("z" * (sheet_strings.LONG + 1)))
    assert len(_main(data).data) < 2 * sheet_strings.LONG


def test_marks_have_a_limit_and_go_on_by_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlp.extract.marking.MOST", 50)
    cells = "".join(row(text_cell(f"A{n}", f"cell {n}"), number=n) for n in range(1, 5000))
    main = _main(xlsx({"S": sheet(cells)}))
    assert 50 <= len(main.marks) < 120
    assert main.place("cell 20\n") == "S!A20"
    assert main.place("cell 4990\n").startswith("S!A4")


def test_a_broken_sheet_is_said_and_read_as_far_as_it_goes() -> None:
    broken = sheet(row(text_cell("A1", "before"))).replace("</sheetData>", "<<")
    texts, skipped = read(xlsx({"S": broken, "T": sheet(row(text_cell("A1", "other sheet")))}))
    assert texts[0].place("before") == "S!A1"
    assert texts[0].place("other sheet") == "T!A1"
    assert [(each.reason, each.provenance[-1]) for each in skipped] == [(Reason.CORRUPT, "xl/worksheets/sheet1.xml")]


def test_a_sheet_that_is_not_there_is_said() -> None:
    data = package(
        {
            "[Content_Types].xml": '<Types T="spreadsheetml.sheet.main"/>',
            "xl/workbook.xml": '<w xmlns:r="r"><sheet name="Gone" r:id="r1"/></w>',
            "xl/_rels/workbook.xml.rels": relations(("worksheet", "worksheets/gone.xml")),
        }
    )
    _, skipped = read(data)
    assert [each.reason for each in skipped] == [Reason.CORRUPT]


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"])
def test_entities_are_refused(part: str) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
    _, skipped = read(xlsx(strings=shared("x"), parts={part: bomb}))
    assert Reason.CORRUPT in {each.reason for each in skipped}


def test_what_cells_hold_beside_values_is_read() -> None:
    extension = '<extLst><ext uri="one as long as a sentence would well be"/></extLst>'
    odd = row(f'<c r="A1"><x>odd words</x><v>1</v></c>{extension}')
    main = _main(xlsx({"S": sheet(odd)}))
    assert "odd words" in main.text
    assert "one as long as a sentence" in main.text


def test_names_of_sheets_are_shown_safely() -> None:
    assert quoted("A\nB" + "x" * 99) == "'A?B" + "x" * 57 + "'"
    assert [column(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_registered_cells_of_a_sheet_named_like_a_property_count() -> None:
    from dlp.scan.registering import is_property

    assert is_property("settings")
    assert is_property("slide master 1")
    assert not is_property("settings!B7")
