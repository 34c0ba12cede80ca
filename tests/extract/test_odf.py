from __future__ import annotations

import base64

import pytest

from dlp.extract.detect import detect
from dlp.limits import Limits
from dlp.model import Reason

from .samples import Drawn, paragraph, read
from .samples import docx as docx_of
from .samples_office import TEXT, odf, open_document, package


def _main(data: bytes) -> Drawn:
    texts, skipped = read(data, "a.odt")
    assert not skipped
    return texts[0]


def test_paragraphs_join_their_spans_and_are_numbered() -> None:
    body = (
        "<text:h>heading</text:h><text:p>confid<text:span>ential</text:span> <text:span>words</text:span>"
        "<text:tab/>after<text:line-break/>new<text:s/>line</text:p>"
    )
    main = _main(odf(body))
    assert main.text.startswith("heading\nconfidential words\tafter\nnew line\n")
    assert main.place("confidential") == "paragraph 2"


def test_every_part_is_read() -> None:
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>struck out</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        "<text:p>con<office:annotation><text:p>note words</text:p></office:annotation>fidential"
        "<text:note><text:note-body><text:p>footnote words</text:p></text:note-body></text:note></text:p>"
        '<text:p text:style-name="x"><text:hidden-text text:string-value="hidden words"/>'
        '<text:a xlink:href="https://example.org/x" xmlns:xlink="l">link</text:a></text:p>'
        '<draw:frame draw:name="the plan"><draw:text-box><text:p>box words</text:p></draw:text-box>'
        "<svg:desc xmlns:svg='s'>alt words</svg:desc></draw:frame>"
        '<text:user-field-decl text:name="field name" office:string-value="field words"/>'
        '<form:textarea form:label="label words" form:current-value="form words"/>'
    )
    parts = {
        "styles.xml": open_document("<text:p>header words</text:p>", root="document-styles"),
        "meta.xml": '<m xmlns:meta="m"><meta:user-defined meta:name="project name">meta words</meta:user-defined></m>',
        "Object 1/content.xml": "<c xmlns:text='t'><text:p>object words</text:p></c>",
        "Basic/Standard/Module1.xml": '<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN"'
        ' "module.dtd"><script:module xmlns:script="s">Sub macro_words</script:module>',
        "Configurations2/accelerator/current.xml": "",
        "Scripts/python/a.py": "script_words = 1",
    }
    texts, skipped = read(odf(body, parts=parts), "a.odt")
    assert not skipped
    main = texts[0]
    assert "confidential" in main.text
    for found, place in {
        "struck out": "paragraph 1",
        "note words": "paragraph 3",
        "footnote words": "paragraph 4",
        "hidden words": "paragraph 5",
        "https://example.org/x": "paragraph 5",
        "box words": "paragraph 6",
        "alt words": "document",
        "field words": "document",
        "field name": "document",
        "label words": "document",
        "form words": "document",
        "header words": "styles paragraph 1",
        "meta words": "meta",
        "project name": "meta",
        "object words": "Object 1/content paragraph 1",
        "macro_words": "Basic/Standard/Module1",
    }.items():
        assert main.place(found) == place, found
    assert any("script_words" in text.text for text in texts[1:])


SHEETS = (
    '<table:table table:name="Data"><table:table-row><table:table-cell table:number-columns-repeated="3"/>'
    "<table:table-cell><text:p>in D1</text:p></table:table-cell>"
    '<table:table-cell office:value="4111111111111111"><text:p>4.11E+15</text:p></table:table-cell></table:table-row>'
    '<table:table-row table:number-rows-repeated="9"><table:table-cell table:number-columns-repeated="9"/>'
    "</table:table-row>"
    "<table:table-row table:visibility='collapse'><table:table-cell><text:p>two</text:p><text:p>lines</text:p>"
    "<office:annotation><text:p>cell note</text:p></office:annotation></table:table-cell>"
    '<table:table-cell table:formula="of:=&quot;formula words&quot;" office:string-value="cached"/>'
    '<table:table-cell office:date-value="2023-03-15"><text:p>15.3.</text:p></table:table-cell></table:table-row>'
    '</table:table><table:table table:name="Last year" table:display="false"><table:table-row><table:table-cell>'
    "<text:p>other sheet</text:p></table:table-cell></table:table-row></table:table>"
)


def test_cells_of_spreadsheets_are_marked() -> None:
    main = _main(odf(SHEETS, "spreadsheet"))
    for found, place in {
        "in D1": "Data!D1",
        "4.11E+15 (4111111111111111)": "Data!E1",
        "two\nlines": "Data!A11",
        "cell note": "Data!A11 comment",
        "cached": "Data!B11",
        "formula words": "Data!B11",
        "15.3. (2023-03-15)": "Data!C11",
        "other sheet": "'Last year'!A1",
    }.items():
        assert main.place(found) == place, found
    assert main.text.startswith("in D1\t4.11E+15 (4111111111111111)\ntwo\nlines\tcached\t")


def test_flat_files_are_read_with_what_they_embed() -> None:
    inner = base64.b64encode(docx_of(paragraph("embedded words"))).decode()
    body = f"<text:p>flat words</text:p><draw:image><office:binary-data>{inner}</office:binary-data></draw:image>"
    data = open_document(body, root="document", more=TEXT).encode()
    assert detect(data) == "odf"
    texts, skipped = read(data, "a.fodt")
    assert not skipped
    assert texts[0].place("flat words") == "paragraph 1"
    assert texts[1].provenance == ("a.fodt", "embedded data 1")
    assert "embedded words" in texts[1].text


def test_flat_spreadsheets_have_cells() -> None:
    kind = 'office:mimetype="application/vnd.oasis.opendocument.spreadsheet"'
    main = _main(open_document(SHEETS, "spreadsheet", "document", kind).encode())
    assert main.place("in D1") == "Data!D1"


def test_a_flat_file_that_is_broken_is_said_and_searched_as_it_stands() -> None:
    data = open_document("<text:p>before</text:p>", root="document", more=TEXT).encode()[:-30]
    texts, skipped = read(data)
    assert "before" in texts[0].text
    assert [each.reason for each in skipped] == [Reason.CORRUPT]


def test_what_the_manifest_calls_encrypted_is_said_and_searched_as_it_stands() -> None:
    manifest = (
        '<manifest:manifest xmlns:manifest="m"><manifest:file-entry manifest:full-path="content.xml">'
        "<manifest:encryption-data/></manifest:file-entry></manifest:manifest>"
    )
    texts, skipped = read(odf("<text:p>not sealed at all</text:p>", parts={"META-INF/manifest.xml": manifest}))
    assert [(each.reason, each.provenance[-1]) for each in skipped] == [(Reason.ENCRYPTED, "content.xml")]
    assert any("not sealed at all" in text.text for text in texts)


def test_entities_are_refused() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
    _, skipped = read(odf("<text:p>x</text:p>", parts={"styles.xml": bomb}))
    assert [(each.reason, each.provenance[-1]) for each in skipped] == [(Reason.CORRUPT, "styles.xml")]


def test_numbers_of_repetitions_cost_nothing() -> None:
    cell = '<table:table-cell table:number-columns-repeated="999999999"><text:p>x</text:p></table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="99999999999">{cell}</table:table-row>'
    assert _main(odf(f"<table:table>{row}</table:table>", "spreadsheet")).text.startswith("x\n")


def test_a_package_without_its_type_is_known_by_its_parts() -> None:
    data = package({"META-INF/manifest.xml": "<m/>", "content.xml": open_document("<text:p>words</text:p>")})
    assert read(data)[0][0].place("words") == "paragraph 1"


@pytest.mark.parametrize("text", ["!!!", "AAAA*"])
def test_embedded_data_that_is_not_encoded_is_text(text: str) -> None:
    body = f"<draw:image><office:binary-data>words {text}</office:binary-data></draw:image>"
    assert any(b"words" in each.data for each in read(odf(body))[0])


def test_embedded_data_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlp.extract.office.flat._ENCODED", 20)
    one = "<draw:image><office:binary-data>QUJDREVGR0hJSktMTU5P</office:binary-data></draw:image>"
    assert not read(odf(one), limits=Limits())[1]
    assert [each.reason for each in read(odf(one + one))[1]] == [Reason.CORRUPT]
