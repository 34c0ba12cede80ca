"""Forms that a PDF's pages draw are read once, and wherever that is open to doubt, twice."""

from __future__ import annotations

import zlib

import pytest

from dlp.extract.pdf.pdf_drawn import called_in

from .samples import line, read

WORD = "Zanzibar"
FONT = "/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
SHAPE = f"/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << {FONT} >>"


def stream(body: str, dictionary: str = "") -> str:
    data = zlib.compress(body.encode("latin-1"))
    return f"<< {dictionary} /Filter /FlateDecode /Length {len(data)} >>\nstream\n{data.decode('latin-1')}\nendstream"


def page(resources: str = f"<< {FONT} /XObject << /X 5 0 R >> >>", entries: str = "") -> str:
    return f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources {resources} {entries} >>"


def built(
    *more: str,
    contents: str = stream("q /X Do Q"),
    form: str = stream(line(WORD), SHAPE),
    pages: str = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    first: str = page(),
) -> bytes:
    """Catalog, page tree, page, its content, the form (5), and `more` from 6 on."""
    out = bytearray(b"%PDF-1.4\n")
    places = []
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", pages, first, contents, form, *more]
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out) + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def places(data: bytes, word: str = WORD) -> list[str]:
    texts, _ = read(data)
    return sorted({each.place(word) for each in texts if word in each.text and each.marks})


def nested(content: str) -> str:
    return stream(content, SHAPE.replace("<< /Font", "<< /XObject << /Y 6 0 R >> /Font"))


@pytest.mark.parametrize(
    "data",
    [
        built(),
        built(f"<< {FONT} /XObject << /Z 5 0 R /X 5 0 R >> >>", first=page("6 0 R")),
        built(f"<< {FONT} /XObject 7 0 R >>", "<< /X 5 0 R >>", first=page("6 0 R")),
        built(
            pages=f"<< /Type /Pages /Kids [3 0 R] /Count 1 /Resources << {FONT} /XObject << /X 5 0 R >> >> >>",
            first=page().replace(f"/Resources << {FONT} /XObject << /X 5 0 R >> >>", ""),
        ),
        built(stream("q"), "[6 0 R 8 0 R]", stream("(a) Tj /X Do Q"), first=page().replace("4 0 R", "7 0 R")),
        built(stream("q"), stream("/X Do"), first=page().replace("4 0 R", "[6 0 R 4 0 R 7 0 R]")),
        built(stream(line(WORD), SHAPE), form=nested("q /Y Do Q")),
        built(form=stream(line(WORD), SHAPE + " /Matrix [1 0 0 1 10 10]")),
        built(contents=stream("BT (one \\) /Y Do) Tj ET /X Do")),
    ],
)
def test_a_form_that_a_page_draws_is_not_read_again(data: bytes) -> None:
    assert places(data) == ["page 1"]


OTHER = stream("BT /F1 12 Tf 72 720 Td (Nothing) Tj ET", SHAPE)
TWO = "<< /X 6 0 R >>"


@pytest.mark.parametrize(
    "data",
    [
        built(contents=stream(line("Carrier"))),
        built(OTHER, first=page(f"<< {FONT} /XObject {TWO} >>")),
        built(OTHER, first=page(f"<< {FONT} /XObject {TWO} >>", "/PieceInfo << /XObject << /X 5 0 R >> >>")),
        built(OTHER, first=page(f"<< {FONT} /XObject << % /X 5 0 R\n /X 6 0 R >> >>")),
        built(OTHER, first=page(f"<< {FONT} /XObject << /X 5 0 R /X 6 0 R >> >>")),
        built(OTHER, "<< /X 6 0 R >>", first=page(f"<< /Note (/XObject << /X 5 0 R >>) {FONT} /XObject 7 0 R >>")),
        built(contents=stream("BT /F1 12 Tf (x) Tj (a /X Do a) Tj ET")),
        built(contents=stream("BT /F1 12 Tf (x) Tj (\\) /X Do \\() Tj ET")),
        built(contents=stream("BT /F1 12 Tf (x) Tj ET % /X Do\n")),
        built(contents=stream("q 0 0 0 0 0 0 cm /X Do Q BT /F1 12 Tf (x) Tj ET")),
        built(stream("q 0 0 0 0 0 0 cm"), first=page().replace("4 0 R", "[6 0 R 4 0 R]")),
        built(stream("BT /F1 12 Tf (x"), stream("x) Tj ET"), first=page().replace("4 0 R", "[6 0 R 4 0 R 7 0 R]")),
        built(form=stream(line(WORD).replace("12 Tf", "0 Tf"), SHAPE)),
        built(form=stream(line(WORD), SHAPE + " /Matrix [0 0 0 0 0 0]")),
        built(form=stream(line(WORD), SHAPE + " /Matrix 4 0 R"), contents=stream("/X Do")),
        built(stream(line(WORD), SHAPE), form=nested("q 0 0 0 0 0 0 cm /Y Do Q")),
        built("<< /Type /Catalog /Pages 7 0 R >>", "<< /Kids [3 0 R] >>", pages="<< /Kids [8 0 R] /Count 1 >>"),
        built() + b"trailer\n<< /Root 9 0 R >>\n",
    ],
)
def test_what_may_not_have_been_drawn_is_read(data: bytes) -> None:
    found = places(data)
    assert any(place.startswith("object") for place in found), found


def test_the_content_of_a_page_that_no_tree_has_is_read() -> None:
    lost = page().replace("4 0 R", "7 0 R")
    data = built(lost, stream(line("Casablanca")))
    assert places(data, "Casablanca") == ["object 7"]
    assert places(data) == ["page 1"]


def test_a_content_that_replaces_another_outside_the_directory_is_read() -> None:
    base = built(contents=stream(line("Carrier")), form=OTHER)
    later = b"4 0 obj\n" + stream(line(WORD)).encode("latin-1") + b"\nendobj\n"
    at = base.rindex(b"xref\n0 ")
    data = base[:at] + later + base[at:].replace(b"startxref\n%d" % at, b"startxref\n%d" % (at + len(later)))
    assert places(data) == ["object 4"]


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"/A Do /B  Do", {b"A", b"B"}),
        (b"(a) Tj /A Do", {b"A"}),
        (b"(a (b) c) Tj /A Do", None),
        (b"(a /A Do", None),
        (b"% (\n /A Do", None),
        (b"BI /W 1 ID /A Do EI", None),
        (b"/A Done", set()),
    ],
)
def test_names_are_called_where_nothing_else_can_be_meant(content: bytes, names: set[bytes] | None) -> None:
    assert called_in(content) == names


def test_pages_that_go_round_end() -> None:
    assert places(built(pages="<< /Kids [2 0 R 3 0 R] /Count 1 >>"))
    assert places(built(form=nested("/Y Do").replace("/Y 6", "/Y 5")), "Zanzibar") == []


def test_lists_that_many_pages_share_are_gone_through_for_a_while_only() -> None:
    names = [f"/N{number} {number + 6} 0 R" for number in range(2000)]
    calls = stream(" ".join(f"/N{number} Do" for number in range(2000)))
    resources = f"<< {FONT} /XObject << {' '.join(names)} >> >>"
    many = [page("6 0 R")] * 3000
    kids = " ".join(f"{number} 0 R" for number in (3, *range(7, 3007)))
    data = built(resources, *many, contents=calls, pages=f"<< /Type /Pages /Kids [{kids}] /Count 3001 >>")
    assert places(data) == ["object 5"]
