"""Presentations and drawings."""

from __future__ import annotations

import io
from typing import Any

from . import ole
from .ooxml import add, office, part, relations
from .plant import Family, Plant

family = Family("pptx", ("pptx",))
visio = Family("vsdx")


def _written(change: Any) -> bytes:
    """By python-pptx: two slides."""
    from pptx import Presentation

    show = Presentation()
    first = show.slides.add_slide(show.slide_layouts[5])
    first.shapes.title.text = "Plan of the year"
    show.slides.add_slide(show.slide_layouts[6])
    change(show, show.slides[1])
    out = io.BytesIO()
    show.save(out)
    return out.getvalue()


def _box(slide: Any, text: str, left: int = 0) -> Any:
    from pptx.util import Emu

    box = slide.shapes.add_textbox(Emu(left), Emu(0), Emu(900_000), Emu(900_000))
    box.text_frame.text = text
    return box


@family("text of a slide", "a.pptx")
def text(plant: Plant) -> bytes:
    return _written(lambda show, slide: _box(slide, plant.text))


@family("speaker's notes", "a.pptx")
def notes(plant: Plant) -> bytes:
    return _written(lambda show, slide: setattr(slide.notes_slide.notes_text_frame, "text", plant.text))


@family("hidden slide", "a.pptx")
def hidden(plant: Plant) -> bytes:
    def change(show: Any, slide: Any) -> None:
        _box(slide, plant.text)
        slide.element.set("show", "0")

    return _written(change)


@family("beside the slide", "a.pptx")
def beside(plant: Plant) -> bytes:
    return _written(lambda show, slide: _box(slide, plant.text, -20_000_000))


@family("table cell", "a.pptx")
def table(plant: Plant) -> bytes:
    def change(show: Any, slide: Any) -> None:
        slide.shapes.add_table(2, 2, 0, 0, 900_000, 900_000).table.cell(1, 1).text = plant.text

    return _written(change)


@family("group in a group", "a.pptx")
def group(plant: Plant) -> bytes:
    def change(show: Any, slide: Any) -> None:
        inner = slide.shapes.add_group_shape().shapes.add_group_shape()
        inner.shapes.add_textbox(0, 0, 900_000, 900_000).text_frame.text = plant.text

    return _written(change)


@family("alternative text", "a.pptx")
def alternative(plant: Plant) -> bytes:
    return _written(lambda show, slide: _box(slide, "x")._element.nvSpPr.cNvPr.set("descr", plant.text))


@family("cut into runs", "a.pptx")
def runs(plant: Plant) -> bytes:
    def change(show: Any, slide: Any) -> None:
        paragraph = _box(slide, "").text_frame.paragraphs[0]
        for at in range(0, len(plant.text), 9):
            paragraph.add_run().text = plant.text[at : at + 9]

    return _written(change)


@family("chart's category", "a.pptx")
def chart(plant: Plant) -> bytes:
    data = _chart("x")
    path = f"ppt/charts/chart{_number(data)}.xml"
    return add(data, {}, {path: ("<c:v>x</c:v>", f"<c:v>{plant.text}</c:v>")})


def _number(data: bytes) -> int:
    import re
    import zipfile

    names = " ".join(zipfile.ZipFile(io.BytesIO(data)).namelist())
    found = re.search(r"charts/chart(\d+)\.xml", names)
    assert found
    return int(found[1])


def _chart(category: str) -> bytes:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    def change(show: Any, slide: Any) -> None:
        data = CategoryChartData()
        data.categories = [category, "b"]
        data.add_series("s", (1, 2))
        slide.shapes.add_chart(XL_CHART_TYPE.PIE, 0, 0, 900_000, 900_000, data)

    return _written(change)


@family("workbook behind a chart", "a.pptx")
def chart_workbook(plant: Plant) -> bytes:
    data = _chart(plant.text)
    return add(data, {f"ppt/charts/chart{_number(data)}.xml": part("c:chartSpace", "")})


@family("link's target", "a.pptx", holds="token")
def link(plant: Plant) -> bytes:
    def change(show: Any, slide: Any) -> None:
        run = _box(slide, "").text_frame.paragraphs[0].add_run()
        run.text, run.hyperlink.address = "shop", f"https://example.org/?k={plant.token}"

    return _written(change)


@family("master's text", "a.pptx")
def master(plant: Plant) -> bytes:
    return _written(lambda show, slide: setattr(show.slide_master.placeholders[0].text_frame, "text", plant.text))


@family("core property", "a.pptx")
def core(plant: Plant) -> bytes:
    return _written(lambda show, slide: setattr(show.core_properties, "comments", plant.text[:255]))


@family("embedded workbook", "a.pptx", needs="openpyxl")
def embedded(plant: Plant) -> bytes:
    from pptx.enum.shapes import PROG_ID

    from .sheets import cell

    return _written(lambda show, slide: slide.shapes.add_ole_object(io.BytesIO(cell(plant)), PROG_ID.XLSX, 0, 0))


@family("embedded text file (Ole10Native)", "a.pptx")
def embedded_file(plant: Plant) -> bytes:
    data = ole.embedded("notes.txt", plant.data)
    return _written(lambda show, slide: slide.shapes.add_ole_object(io.BytesIO(data), "Package", 0, 0))


def _part(what: str, path: str, root: str, inner: str, file: str = "a.pptx") -> None:
    def make(plant: Plant) -> bytes:
        return add(_written(lambda show, slide: None), {path: part(root, inner.replace("@", plant.text))})

    family.add(what, file, make)


_part("comment", "ppt/comments/comment1.xml", "p:cmLst", "<p:cm authorId='0' idx='1'><p:text>@</p:text></p:cm>")
_part(
    "modern comment",
    "ppt/comments/modernComment_100_0.xml",
    "p:cmLst",
    "<p:cm><p:txBody><a:p><a:r><a:t>@</a:t></a:r></a:p></p:txBody></p:cm>",
)
_part(
    "SmartArt",
    "ppt/diagrams/data1.xml",
    "dgm:dataModel",
    "<dgm:ptLst><dgm:pt><dgm:t><a:p><a:r><a:t>@</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:ptLst>",
)
_part("tag", "ppt/tags/tag1.xml", "p:tagLst", "<p:tag name='NOTE' val='@'/>")
_part("handout", "ppt/handoutMasters/handoutMaster1.xml", "p:handoutMaster", "<p:cSld><a:t>@</a:t></p:cSld>")
_part(
    "slide that nothing lists", "ppt/slides/slide9.xml", "p:sld", "<p:cSld><a:p><a:r><a:t>@</a:t></a:r></a:p></p:cSld>"
)
_part("custom XML", "customXml/item1.xml", "p:x", "<p:memo>@</p:memo>")


@family("macro's string", "a.pptm")
def macro(plant: Plant) -> bytes:
    source = f"' {plant.text[:200]}\r\n' {plant.text[200:]}\r\n"
    main = part("p:presentation", "")
    return office("pptm", main, {"ppt/vbaProject.bin": ole.vba_project(source)})


@family("data before the archive", "a.pptx")
def leading(plant: Plant) -> bytes:
    return plant.data + b"\n" + _written(lambda show, slide: None)


@family("with a password", "a.pptx", readable=False)
def encrypted(plant: Plant) -> bytes:
    return ole.encrypted_package()


_VISIO = "xmlns='http://schemas.microsoft.com/office/visio/2012/main'"


def _visio(what: str, path: str, body: str) -> None:
    def make(plant: Plant) -> bytes:
        page = f"<?xml version='1.0'?><PageContents {_VISIO}><Shapes><Shape ID='1'><Text>Box</Text></Shape></Shapes>"
        page += "</PageContents>"
        main = f"<?xml version='1.0'?><VisioDocument {_VISIO}/>"
        rels = relations(("pages", "pages/pages.xml", ""))
        return office(
            "vsdx",
            main,
            {
                "visio/_rels/document.xml.rels": rels,
                "visio/pages/page1.xml": page,
                path: f"<?xml version='1.0'?>{body.replace('@', plant.text)}",
            },
        )

    visio.add(what, "a.vsdx", make)


_visio(
    "shape's text",
    "visio/pages/page1.xml",
    f"<PageContents {_VISIO}><Shapes><Shape ID='1'><Text>@</Text></Shape></Shapes></PageContents>",
)
_visio(
    "shape's text, cut by formats",
    "visio/pages/page1.xml",
    f"<PageContents {_VISIO}><Shapes><Shape ID='1'><Text><cp IX='0'/>@</Text></Shape></Shapes></PageContents>",
)
_visio(
    "shape's data",
    "visio/pages/page1.xml",
    f"<PageContents {_VISIO}><Shapes><Shape ID='1'><Section N='Property'><Row N='R'><Cell N='Value' V='@' U='STR'/>"
    "</Row></Section></Shape></Shapes></PageContents>",
)
_visio(
    "master's text",
    "visio/masters/master1.xml",
    f"<MasterContents {_VISIO}><Shapes><Shape ID='1'><Text>@</Text></Shape></Shapes></MasterContents>",
)
_visio(
    "comment",
    "visio/comments.xml",
    f"<Comments {_VISIO}><CommentList><CommentEntry>@</CommentEntry></CommentList></Comments>",
)
_visio(
    "property",
    "docProps/core.xml",
    "<cp:coreProperties xmlns:cp='urn:c' xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:description>@</dc:description></cp:coreProperties>",
)
