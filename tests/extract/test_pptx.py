from __future__ import annotations

import io

import pptx as python_pptx
import pytest
from pptx.util import Inches

from dlp.limits import Limits
from dlp.model import Reason

from .samples import Drawn, read
from .samples_office import A, P, pptx, relations, slide, text_body, xlsx


def _main(data: bytes) -> Drawn:
    texts, skipped = read(data, "a.pptx")
    assert not skipped
    return texts[0]


def test_slides_stand_in_the_order_they_are_shown_in() -> None:
    main = _main(pptx([slide(text_body("first slide")), slide(text_body("second slide"), 'show="0"')]))
    assert main.text.startswith("first slide\nsecond slide\n")
    assert main.place("first slide") == "slide 1"
    assert main.place("second slide") == "slide 2 (hidden)"


def test_runs_join() -> None:
    runs = "<a:r><a:t>confid</a:t></a:r><a:r><a:t>ential</a:t></a:r><a:br/><a:fld><a:t>field</a:t></a:fld>"
    assert _main(pptx([slide(f"<p:sp><a:p>{runs}</a:p></p:sp>")])).text.startswith("confidential\nfield\n")


def test_what_belongs_to_a_slide_is_named_after_it() -> None:
    table = "<a:tbl><a:tr><a:tc><a:p><a:r><a:t>table words</a:t></a:r></a:p></a:tc></a:tr></a:tbl>"
    tip = '<a:hlinkClick tooltip="tip words"/>'
    shape = f'<p:cNvPr id="2" name="the plan" descr="alt words" title="alt title">{tip}</p:cNvPr>'
    parts = {
        "ppt/slides/_rels/slide99.xml.rels": relations(
            ("notesSlide", "../notesSlides/notesSlide3.xml"),
            ("comments", "../comments/comment5.xml"),
            ("chart", "../charts/chart8.xml"),
            ("diagramData", "../diagrams/data4.xml"),
            ("tags", "../tags/tag1.xml"),
        ).replace(
            "</R", '<Relationship Id="x" Type="hyperlink" Target="https://example.org/x" TargetMode="External"/></R'
        ),
        "ppt/notesSlides/notesSlide3.xml": slide(text_body("note words"), root="notes"),
        "ppt/comments/comment5.xml": f'<p:cmLst xmlns:p="{P}"><p:cm><p:text>comment words</p:text></p:cm></p:cmLst>',
        "ppt/commentAuthors.xml": '<L><cmAuthor name="author words"/></L>',
        "ppt/charts/chart8.xml": f'<c xmlns:a="{A}"><a:p><a:r><a:t>chart title</a:t></a:r></a:p><v>category</v></c>',
        "ppt/diagrams/data4.xml": f'<d xmlns:a="{A}"><a:p><a:r><a:t>diagram words</a:t></a:r></a:p></d>',
        "ppt/tags/tag1.xml": f'<p:tagLst xmlns:p="{P}"><p:tag name="TAG NAME" val="tag words"/></p:tagLst>',
        "ppt/slideLayouts/slideLayout2.xml": slide(text_body("layout words"), root="sldLayout"),
        "ppt/slideMasters/slideMaster1.xml": slide(text_body("master words"), root="sldMaster"),
        "ppt/notesMasters/notesMaster1.xml": slide(text_body("notes master words"), root="notesMaster"),
        "ppt/slides/slide77.xml": slide(text_body("slide that nobody shows")),
        "docProps/app.xml": "<P><Company>company words</Company></P>",
        "customXml/item1.xml": "<a>custom words</a>",
    }
    main = _main(pptx([slide(table + shape)], parts))
    for found, place in {
        "table words": "slide 1",
        "the plan": "slide 1",
        "alt words": "slide 1",
        "alt title": "slide 1",
        "tip words": "slide 1",
        "note words": "slide 1 notes",
        "comment words": "slide 1 comments",
        "author words": "commentAuthors",
        "chart title": "slide 1 chart",
        "category": "slide 1 chart",
        "diagram words": "slide 1 diagram",
        "tag words": "slide 1 tags",
        "https://example.org/x": "_rels/slides/slide99.xml.rels",
        "layout words": "slide layout 2",
        "notes master words": "notes master 1",
        "slide that nobody shows": "slides/slide77",
        "company words": "docProps/app",
        "custom words": "customXml/item1",
    }.items():
        assert main.place(found) == place, found
    assert "slide master 1" in {mark.locator for mark in main.marks}


def test_embedded_workbooks_are_read_by_content() -> None:
    texts, _ = read(pptx([slide("")], {"ppt/embeddings/sheet.bin": xlsx()}), "a.pptx")
    assert any(text.provenance == ("a.pptx", "ppt/embeddings/sheet.bin") and "Hello" in text.text for text in texts)


def test_presentations_of_python_pptx_are_read() -> None:
    made = python_pptx.Presentation()
    page = made.slides.add_slide(made.slide_layouts[5])
    page.shapes.title.text = "title words"
    page.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = "box words"
    page.notes_slide.notes_text_frame.text = "note words"
    made.core_properties.subject = "subject words"
    out = io.BytesIO()
    made.save(out)
    texts, _ = read(out.getvalue())
    main = texts[0]
    assert main.place("title words") == "slide 1"
    assert main.place("box words") == "slide 1"
    assert main.place("note words") == "slide 1 notes"
    assert main.place("subject words") == "docProps/core"


def test_a_slide_that_is_broken_or_missing_hides_no_other() -> None:
    data = pptx([slide(text_body("one")) + "<", slide(text_body("two"))])
    texts, skipped = read(data)
    assert texts[0].place("one") == "slide 1"
    assert texts[0].place("two") == "slide 2"
    assert [each.reason for each in skipped] == [Reason.CORRUPT]


@pytest.mark.parametrize(("depth", "whole"), [(44, True), (43, False)])
def test_depth_has_a_limit(depth: int, whole: bool) -> None:
    inner = "<p:grpSp>" * 37 + text_body("deep") + "</p:grpSp>" * 37
    _, skipped = read(pptx([slide(inner)]), limits=Limits(max_xml_depth=depth))
    assert [each.reason for each in skipped] == ([] if whole else [Reason.CORRUPT])


def test_a_presentation_without_its_main_part_is_read() -> None:
    data = pptx([slide(text_body("words"))], {"ppt/_rels/presentation.xml.rels": ""})
    texts, _ = read(data)
    assert texts[0].place("words") == "slides/slide99"
