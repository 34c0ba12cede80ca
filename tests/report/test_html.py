"""The page as bytes: what stands in it, whatever was found, and what cannot."""

from __future__ import annotations

import base64
import hashlib
import html.parser
import io
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dlp.report
from dlp.model import Document, Operation, Quoted, Result, Sides, Summary, Verdict
from dlp.report.encoding import encode
from dlp.report.html import HtmlReporter
from dlp.report.json_public import public, public_summary
from dlp.report.page import Page, still

from .cases import EVIL, MANY, ONE, SCANS, passage, pattern, result, summary

ASSETS = Path(dlp.report.__file__).parent / "assets"
PAYLOADS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</SCRIPT ><img src=x onerror=alert(1)>",
    "<!--<script>",
    "]]><svg/onload=alert(1)>",
    '"\'><iframe src="javascript:alert(1)">',
    "<meta http-equiv=refresh content='0;url=http://example.com/'>",
    "<base href='http://example.com/'>",
    "</title></style></noscript><body onload=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "javascript:alert(1)",
    "${alert(1)} {{constructor.constructor('alert(1)')()}}",
    "__proto__",
    "constructor",
    "\u2028alert(1)\u2029",
)


def page(results: tuple[Result, ...], end: Summary | None = None, **given: Any) -> str:
    stream = io.BytesIO()
    report = HtmlReporter(stream, **given)
    report.begin()
    for each in results:
        report.result(each)
    report.end(end or summary(*results))
    return stream.getvalue().decode()


def planted(payload: str) -> Result:
    """A result in which everything that others may write is `payload`."""
    document = Document(payload, payload, payload, 1)
    findings = (
        passage(document, (payload, payload), locator=payload, excerpt=payload, source=payload, also=(payload,)),
        pattern(3, rule=payload, name=payload, excerpt=payload),
    )
    return result(payload, Verdict.WARN, (payload,), findings=findings)


def quoted() -> Result:
    """ONE, with both sides of its passage."""
    source, scanned = "Stir the \U0001f9ea resin Slowly.", "Stir a </script> slowly"
    operations = (
        Operation("equal", (0, 5), (0, 5), 1),
        Operation("delete", (5, 5), (5, 16), 2),
        Operation("insert", (5, 16), (16, 16), 2),
        Operation("same", (16, 23), (16, 24), 1),
    )
    sides = Sides(scanned, source, operations, cut=True)
    made = Quoted(ONE.findings[0].id, sides)  # type: ignore[union-attr]
    return msgspec.structs.replace(ONE, quoted=(made,))


class Parts(html.parser.HTMLParser):
    """Elements, attributes, and the text of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.texts.append((tag, ""))

    def handle_endtag(self, tag: str) -> None:
        self.texts.append(("", ""))

    def handle_data(self, data: str) -> None:
        if self.texts:
            tag, text = self.texts[-1]
            self.texts[-1] = (tag, text + data)

    def value(self, tag: str, name: str) -> list[str | None]:
        return [value for one, other, value in self.attributes if (one, other) == (tag, name)]


def lines(text: str) -> list[Any]:
    block = text.split('<script type="application/json" id="data">\n')[1].split("</script>")[0]
    return [json.loads(line) for line in block.splitlines()]


@pytest.mark.parametrize("scan", SCANS)
def test_the_block_is_json_lines_version_1_with_a_line_before_it(scan: str) -> None:
    first, *results, last = lines(page(SCANS[scan]))
    assert {name: first[name] for name in ("page", "version")} == {"page": "scan", "version": 1}
    assert results == [json.loads(encode(public(each))) for each in SCANS[scan]]
    assert last["summary"] == json.loads(encode(public_summary(summary(*SCANS[scan]))))
    assert last["left_out"] == {}


@pytest.mark.parametrize("scan", SCANS)
def test_every_page_has_the_same_few_elements_whatever_was_found(scan: str) -> None:
    parts, plain = Parts(page(SCANS[scan])), Parts(page(()))
    assert parts.tags == plain.tags
    assert parts.attributes == plain.attributes
    assert {"src", "href", "style", "action"} & {name for _, name, _ in parts.attributes} == set()
    assert [name for _, name, _ in parts.attributes if name.startswith("on")] == []


def test_only_what_is_named_by_its_hash_may_run_or_be_drawn() -> None:
    parts = Parts(page(MANY))
    (policy,) = [value for value in parts.value("meta", "content") if value and "default-src" in value]
    told = dict(part.split(" ", 1) for part in policy.split("; "))
    assert told.pop("default-src") == "'none'"
    for name, tag in (("style-src", "style"), ("script-src", "script")):
        text = next(text for one, text in parts.texts if one == tag)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert told.pop(name) == f"'sha256-{digest}'"
    assert set(told.values()) == {"'none'", "'script'"}  # nothing else is let in


@pytest.mark.parametrize("payload", [*PAYLOADS, EVIL])
def test_no_payload_can_end_the_block_or_become_markup(payload: str) -> None:
    text = page((planted(payload),))
    assert Parts(text).tags == Parts(page(())).tags
    block = text.split('id="data">\n')[1].split("</script>")[0]
    assert not set(block) & set("<>&\u2028\u2029")
    assert lines(text)[1]["path"] == json.loads(encode(public(planted(payload))))["path"]


@given(st.text())
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    stream = io.BytesIO()
    made = Page(stream, "A title", (), ())
    made.line([text])
    (line,) = stream.getvalue().decode().splitlines()
    assert json.loads(line) == [text]
    assert not set(line) & set("<>&\u2028\u2029")


def test_a_title_is_text_too() -> None:
    stream = io.BytesIO()
    made = Page(stream, "<b>&", (), ())
    made.begin()
    made.end([("<i>", "</td><script>")])
    assert {"b", "i"} & set(Parts(stream.getvalue().decode()).tags) == set()
    assert b"<b>" not in stream.getvalue()


def test_our_own_scripts_never_make_markup_of_a_string() -> None:
    for path in ASSETS.glob("*.js"):
        text = path.read_text()
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|\.src\b|\.href\b|fetch\(|"
            r"XMLHttpRequest|WebSocket|DOMParser|createContextualFragment|import\(|https?://(?!www\.w3\.org/2000/svg)",
            text,
        ), path.name


def test_an_asset_cannot_end_its_own_element() -> None:
    for path in ASSETS.iterdir():
        assert not re.search(r"</(script|style)|<!--", path.read_text(), re.IGNORECASE), path.name


def test_every_asset_is_in_a_page() -> None:
    text = page(()) + still("", ("page.css", "audit.css"), "").decode()
    assert len(list(ASSETS.iterdir())) >= 2
    for path in ASSETS.iterdir():
        assert path.read_text() in text, path.name


def test_passages_in_plain_text_have_a_line_of_their_own() -> None:
    text = page((quoted(), ONE))
    _, first, second, third, _ = lines(text)
    assert (first, third) == tuple(json.loads(encode(public(each))) for each in (quoted(), ONE))
    (made,) = second["passages"]
    assert made["id"] == ONE.findings[0].id  # type: ignore[union-attr]
    assert made["pieces"] == [
        ["equal", "Stir ", "Stir ", 1],
        ["delete", "the \U0001f9ea resin", "", 2],
        ["insert", "", "a </script>", 2],
        ["same", " Slowly.", " slowly", 1],
    ]


def test_a_scan_that_was_cut_short_says_so_with_and_without_scripts() -> None:
    end = Summary(1, 10, 0.1, 1, {"block": 1}, {}, complete=False)
    text = page((ONE,), end)
    assert lines(text)[-1]["summary"]["complete"] is False
    assert "cut short" in text.split("<noscript>")[1]
    assert "cut short" not in page((ONE,)).split("<noscript>")[1]


def test_what_finds_no_room_is_counted_and_the_graver_finds_room_longer() -> None:
    mild, grave = result("a.txt", Verdict.AUDIT), result("b.txt", Verdict.BLOCK)
    size = len(encode(public(grave)))
    text = page((mild, grave) * 40, room=size * 40)
    _, *results, last = lines(text)
    listed = [each["verdict"] for each in results]
    assert 8 <= listed.count("audit") <= 10  # half of the room, shared
    assert 27 <= listed.count("block") <= 31
    assert listed.count("block") + last["left_out"].get("block", 0) == 40
    assert listed.count("audit") + last["left_out"]["audit"] == 40
    assert last["left_out"]["audit"] > last["left_out"].get("block", 0)
    assert lines(page((mild, grave) * 5, room=size * 40))[-1]["left_out"] == {}


def test_a_figure_that_is_not_finite_is_refused_with_nothing_written() -> None:
    stream = io.BytesIO()
    report = HtmlReporter(stream)
    report.begin()
    before = stream.getvalue()
    with pytest.raises(ValueError, match="similarity"):
        report.result(result(findings=(passage(similarity=float("nan")),)))
    assert stream.getvalue() == before
