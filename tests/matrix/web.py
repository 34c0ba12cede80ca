"""Pages, and what programs write for programs."""

from __future__ import annotations

import base64
import json
import plistlib

from .mail import encoded, quoted
from .plant import Family, Plant

html = Family("html")
xml = Family("xml")
code = Family("json")


def pieces(text: str, between: str, size: int = 9) -> str:
    return between.join(text[at : at + size] for at in range(0, len(text), size))


def _page(what: str, inner: str, *, short: bool = False) -> None:
    """`@` is where the text goes."""

    def make(plant: Plant) -> bytes:
        text = plant.token if short else plant.text
        head = "<!DOCTYPE html><html><head><title>Shop</title></head>"
        return f"{head}<body>{inner.replace('@', text)}</body></html>".encode()

    html.add(what, "a.html", make, holds="token" if short else "token passage")


_page("text", "<p>@</p>")
_page("comment", "<!-- @ -->")
_page("attribute", '<a href="#" title="@">x</a>')
_page("data attribute", "<div data-note='@'></div>")
_page("link's query", '<a href="https://example.org/?k=@">x</a>', short=True)
_page("script", "<script>var note = '@';</script>")
_page("style", "<style>.a::before { content: '@' }</style>")
_page("hidden element", '<div style="display:none" hidden>@</div>')
_page("noscript", "<noscript>@</noscript>")
_page("template", "<template><p>@</p></template>")
_page("hidden input", '<input type="hidden" value="@">')
_page("text area", "<textarea>@</textarea>")
_page("behind the end of the page", "</body></html>@")
_page("frame's own page", "<iframe srcdoc='<p>@</p>'></iframe>")
_page("conditional comment", "<!--[if mso]><p>@</p><![endif]-->")


@html("cut by markup", "a.html")
def cut(plant: Plant) -> bytes:
    return f"<html><body><p><b>{pieces(plant.text, '</b><b>')}</b></p></body></html>".encode()


@html("cut by comments", "a.html")
def cut_comments(plant: Plant) -> bytes:
    return f"<html><body><p>{pieces(plant.text, '<!-- x -->')}</p></body></html>".encode()


@html("decimal entities", "a.html")
def entities(plant: Plant) -> bytes:
    return f"<html><body><p>{''.join(f'&#{ord(each)};' for each in plant.text)}</p></body></html>".encode()


@html("hexadecimal entities in an attribute", "a.html")
def entities_attribute(plant: Plant) -> bytes:
    return f'<html><body><p title="{"".join(f"&#x{ord(each):x};" for each in plant.text)}">x</p></body></html>'.encode()


@html("soft hyphens and zero-width spaces", "a.html")
def soft(plant: Plant) -> bytes:
    return (
        f"<html><body><p>{pieces(plant.token, '&shy;')} {pieces(plant.passage, '&#8203;')}</p></body></html>".encode()
    )


@html("data URI", "a.html")
def uri(plant: Plant) -> bytes:
    page = base64.b64encode(f"<p>{plant.text}</p>".encode()).decode()
    return f'<html><body><iframe src="data:text/html;base64,{page}"></iframe></body></html>'.encode()


@html("data URI, percent", "a.html")
def uri_percent(plant: Plant) -> bytes:
    page = "".join(f"%{ord(each):02X}" for each in plant.text)
    return f'<html><body><iframe src="data:text/html,{page}"></iframe></body></html>'.encode()


@html("in UTF-16", "a.html")
def wide(plant: Plant) -> bytes:
    return f"<html><body><p><b>{pieces(plant.text, '</b><b>')}</b></p></body></html>".encode("utf-16")


@html("markup without a head, named as text", "a.txt")
def fragment(plant: Plant) -> bytes:
    return f"<p><b>{pieces(plant.text, '</b><b>')}</b></p>".encode()


def _mhtml(*parts: str) -> bytes:
    body = "".join(f"--b1\r\n{part}\r\n" for part in parts)
    head = "From: <Saved by a browser>\r\nSubject: Shop\r\nMIME-Version: 1.0\r\n"
    head += 'Content-Type: multipart/related; type="text/html"; boundary="b1"'
    return f"{head}\r\n\r\n{body}--b1--\r\n".encode()


@html("MHTML, quoted-printable", "a.mhtml")
def mhtml(plant: Plant) -> bytes:
    page = quoted(f"<html><body>{plant.text}</body></html>")
    return _mhtml(f"Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{page}")


@html("MHTML, base64 style sheet", "a.mhtml")
def mhtml_style(plant: Plant) -> bytes:
    return _mhtml(
        "Content-Type: text/html\r\n\r\n<p>x</p>", encoded(f"/* {plant.text} */".encode(), "text/css", "a.css")
    )


@html("web archive of Safari", "a.webarchive")
def webarchive(plant: Plant) -> bytes:
    page = {"WebResourceData": f"<p>{plant.text}</p>".encode(), "WebResourceMIMEType": "text/html"}
    return plistlib.dumps({"WebMainResource": page}, fmt=plistlib.FMT_BINARY)


def _svg(what: str, inner: str) -> None:
    xml.add(
        f"SVG, {what}",
        "a.svg",
        lambda plant: f'<svg xmlns="http://www.w3.org/2000/svg">{inner.replace("@", plant.text)}</svg>'.encode(),
    )


_svg("text", "<text x='1' y='9'>@</text>")
_svg("description", "<desc>@</desc>")
_svg("metadata", "<metadata><note>@</note></metadata>")
_svg("hidden text", "<text display='none'>@</text>")
_svg("script", "<script><![CDATA[ var x = '@'; ]]></script>")


@xml("SVG, a letter at a time", "a.svg")
def svg_letters(plant: Plant) -> bytes:
    spans = "".join(f"<tspan x='{at}'>{each}</tspan>" for at, each in enumerate(plant.text))
    return f'<svg xmlns="http://www.w3.org/2000/svg"><text xml:space="preserve">{spans}</text></svg>'.encode()


def _xml(what: str, body: str) -> None:
    xml.add(what, "a.xml", lambda plant: f'<?xml version="1.0"?>{body.replace("@", plant.text)}'.encode())


_xml("element", "<order><memo>@</memo></order>")
_xml("attribute", "<order memo='@'/>")
_xml("comment", "<order><!-- @ --></order>")
_xml("CDATA", "<order><memo><![CDATA[@]]></memo></order>")
_xml("processing instruction", "<order><?memo @?></order>")
_xml("entity of the document's own", '<!DOCTYPE order [<!ENTITY m "@">]><order>&m;</order>')


@xml("character references", "a.xml")
def references(plant: Plant) -> bytes:
    return f'<?xml version="1.0"?><order>{"".join(f"&#x{ord(each):X};" for each in plant.text)}</order>'.encode()


@xml("in UTF-16", "a.xml")
def xml_wide(plant: Plant) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-16"?><order><memo>{plant.text}</memo></order>'.encode("utf-16")


@xml("base64 in an element", "a.xml")
def xml_base64(plant: Plant) -> bytes:
    return f'<?xml version="1.0"?><order><blob>{base64.encodebytes(plant.data).decode()}</blob></order>'.encode()


@code("value", "a.json")
def value(plant: Plant) -> bytes:
    return json.dumps({"a": [1, {"b": plant.text}]}).encode()


@code("key", "a.json")
def key(plant: Plant) -> bytes:
    return json.dumps({plant.text: 1}).encode()


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(each):04x}" for each in text)


@code("escapes", "a.json")
def escapes(plant: Plant) -> bytes:
    return f'{{"a": "{escaped(plant.text)}"}}'.encode()


@code("JSON in JSON in JSON", "a.json")
def within(plant: Plant) -> bytes:
    inner = json.dumps({"a": plant.text}).replace("_", "\\u005f")
    return json.dumps({"c": json.dumps({"b": inner})}).encode()


@code("base64 value", "a.json")
def base64_value(plant: Plant) -> bytes:
    return json.dumps({"data": base64.b64encode(plant.data).decode()}).encode()


@code("lines (jsonl), escapes", "a.jsonl")
def jsonl(plant: Plant) -> bytes:
    return b'{"a": 1}\n' + escapes(plant) + b"\n"


@code("HAR, base64 answer", "a.har")
def har(plant: Plant) -> bytes:
    content = {"mimeType": "text/plain", "encoding": "base64", "text": base64.b64encode(plant.data).decode()}
    return json.dumps({"log": {"entries": [{"response": {"content": content}}]}}).encode()


@code("Kubernetes secret (YAML)", "a.yaml")
def kubernetes(plant: Plant) -> bytes:
    return f"apiVersion: v1\nkind: Secret\ndata:\n  note: {base64.b64encode(plant.data).decode()}\n".encode()


def _notebook(cell: dict[str, object]) -> bytes:
    whole = {"metadata": {}, "source": [], "outputs": [], "execution_count": 1, "cell_type": "code", **cell}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [whole]}).encode()


@code("notebook, source", "a.ipynb")
def source(plant: Plant) -> bytes:
    return _notebook({"source": [f"# {plant.text}\n"]})


@code("notebook, lines of a stream", "a.ipynb")
def output(plant: Plant) -> bytes:
    return _notebook(
        {"outputs": [{"output_type": "stream", "name": "stdout", "text": [plant.text[:52], plant.text[52:]]}]}
    )


@code("notebook, HTML output", "a.ipynb")
def output_html(plant: Plant) -> bytes:
    page = f"<b>{pieces(plant.text, '</b><b>')}</b>"
    return _notebook({"outputs": [{"output_type": "display_data", "metadata": {}, "data": {"text/html": [page]}}]})


@code("notebook, picture's comment", "a.ipynb")
def output_picture(plant: Plant) -> bytes:
    from .images import png

    data = {"image/png": base64.b64encode(png(plant.text)).decode()}
    return _notebook({"outputs": [{"output_type": "display_data", "metadata": {}, "data": data}]})


@code("notebook, attachment", "a.ipynb")
def attachment(plant: Plant) -> bytes:
    data = {"a.txt": {"text/plain": base64.b64encode(plant.data).decode()}}
    return _notebook({"cell_type": "markdown", "attachments": data})
