from __future__ import annotations

import pytest

from dlp.extract.markup import markup
from dlp.extract.markup.html import words as page_words
from dlp.extract.runs import DECODED
from dlp.model import Mark

from .samples import read, words
from .samples_mail import page

START = "<!DOCTYPE html>\n"


def _read(body: str) -> str:
    texts, skipped = read((START + body).encode())
    assert not skipped
    assert all(each.marks[0].locator.endswith(DECODED) for each in texts[1:])
    return texts[0].text


def test_a_page_is_read_whole_with_its_lines() -> None:
    texts, skipped = read(page(), "a.html")
    assert not skipped
    found = texts[0]
    for said, place in {
        "title words": "line 1",
        "confidential & Köln": "line 3",
        "second": "line 3",
        "meta words": "line 1",
        "style words": "line 1",
        "script words": "line 2",
        "comment words": "line 3",
    }.items():
        assert found.place(said) == place


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("one<br>two<hr/>three", "one\ntwo\nthree"),
        ("con<b>fid</b><span class=x>en</span><wbr>tial", "confidential"),
        ("con<!-- aside -->fidential", "confidential"),
        ("con<custom-tag>fid</custom-tag>ential", "confidential"),
        ("<td>one</td><td>two</td>", "one\ttwo"),
        ("&#83;&#x65;cret &lt;w&gt; &eacute;", "Secret <w> é"),
        ("se\0cret" + " words" * 400, "secret"),
        ("<P CLASS='a>b'>shown</P>", "shown"),
        ("1 < 2 and <3 words", "1 < 2 and <3 words"),
        ("<svg><text x=1>drawn <tspan>wo</tspan>rds</text></svg>", "drawn words"),
        ("<noscript>with <i>no</i> script</noscript>", "with no script"),
        ("<template><p>in a temp<b>late</b></template>", "in a template"),
        ("<![CDATA[in <b> cdata &amp;]]>", "in <b> cdata &amp;"),
        ("<textarea>typed</textarea>", "typed"),
        ("<select><option>one<option>two</select>", "one\ntwo"),
        ("<object>fall<b>back</b></object>", "fallback"),
        ("<frameset><noframes>no frames</noframes>", "no frames"),
    ],
)  # fmt: skip
def test_shown_words(source: str, found: str) -> None:
    assert found in _read(source)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('<img alt="alt words" title=bare>', 'alt="alt words" title=bare'),
        ("<a href='https://example.org/?a=1&amp;b=2&copy=3'>x</a>", "https://example.org/?a=1&b=2&copy=3"),
        ('<input type=hidden name=password value="hunter2">', 'name=password value="hunter2"'),
        ('<div data-key="data words" style="x: style words">', 'data-key="data words" style="x: style words"'),
        ('<img alt="&quot;Gr&#246;&#xdf;e&quot;">', '"Größe"'),
        ("<!-- plain comment -->", "plain comment"),
        ("<!-- con<b>fid</b>ential &amp; more -->", "confidential & more"),
        ("<!--[if mso]><p>for out<i>look</i></p><![endif]-->", "for outlook"),
        ("<![if !mso]>shown<![endif]>", "shown"),
        ("<!-- never closed words", "never closed words"),
        ("<script>if (a<b && c>d) { s = 'x<b>y' }</script>", "if (a<b && c>d) { s = 'x<b>y' }"),
        ("<script type=text/template><p>tem<b>plate</b></script>", "template"),
        ("<script>never closed words", "never closed words"),
        ("<style>.a:after { content: 'style words' }</style>", "content: 'style words'"),
        ('<iframe srcdoc="&lt;p&gt;con&lt;b&gt;fid&lt;/b&gt;ential&lt;/p&gt;"></iframe>', "confidential"),
        ('<img src="data:text/plain;base64,c2VjcmV0IHdvcmRz">', 'src="data:text/plain;base64,c2VjcmV0IHdvcmRz"'),
        ("<?php echo 'instruction words' ?>", "instruction words"),
        ("<password>hunter2</password>", "<password>hunter2</password>"),
        ("<p title='never closed words", "never closed words"),
        ("<p never closed words", "never closed words"),
        ("</p closing='attribute words'>", "attribute words"),
    ],
)
def test_what_the_source_says_beside(source: str, found: str) -> None:
    assert found in _read("<p>shown</p>" + source)


@pytest.mark.parametrize(
    "hide",
    ["hidden", "style='display:none'", 'style="a:b; DISPLAY : none"', "style=visibility:hidden", "style='font-size:0'"],
)
def test_hidden_elements_tear_no_shown_words_and_are_read(hide: str) -> None:
    found = _read(f"<p>con<span {hide}>jun<span>k wo</span>rds</span>fidential</p>")
    assert "confidential" in found
    assert "junk words" in found


def test_what_is_said_to_be_visible_is_shown() -> None:
    assert "confidential" in _read("con<span style='font-size:0.9em' data-hidden-x=1>fid</span>ential")


@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "koi8-r", "windows-1251", "shift_jis"]
)
def test_any_charset_is_read(codec: str) -> None:
    said = "秘密の契約書です" if codec == "shift_jis" else "Совершенно секретно"
    source = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={codec}"></head><p>{said}</p>'
    assert said in words(source.encode(codec))


def test_a_charset_that_lies_hides_nothing() -> None:
    said = "Совершенно секретное содержание этого документа"
    for label in ("koi8-r", "utf-16", "rot13", "us-ascii"):
        assert said in words(f"<html><meta charset={label}><p>{said}</p>".encode())
    said = said.lower()
    assert said in words(f"<html><meta charset=windows-1252><p>{said}, {said}</p>".encode("cp1251"))


@pytest.mark.parametrize(
    "start",
    ["<p>", "<div class=x>", "\ufeff<html>", "\n\n <table>", "<!----><html>", "<?xml encoding='x'?><html>", "<HEAD>"],
)
def test_a_page_is_known_by_its_content(start: str) -> None:
    texts, _ = read(f"{start}con<b>fid</b>ential".encode())
    assert len(texts) == 1
    assert "confidential" in texts[0].text


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"junk before\n<html><body>con<b>fid</b>ential", "a"),
        (b"no start con<b>fid</b>ential", "a.html"),
        (b"<?php ?><html><body>con<b>fid</b>ential", "a.php"),
        (b"var x = '<html>con<b>fid</b>ential'", "a.js"),
    ],
)
def test_what_may_be_a_program_is_read_both_ways(data: bytes, name: str) -> None:
    texts, skipped = read(data, name)
    assert not skipped
    assert texts[1].data == data
    assert "confidential" in texts[0].text


def test_depth_and_open_ends_cost_no_more_than_their_size() -> None:
    many = 200_000
    for body in ("<div>" * many, "<p title='" * many, '<a "' * many, "<!--" * many, "<a <" * many, "<![CDATA[" * many,
                 "&" * many, "<" * many, "<script>" * many, "<iframe srcdoc='<iframe srcdoc=" * many,
                 "<b hidden>" * many, "<a b='\"" * many, "</" * many, "<!" * many, "<q>x" * many):  # fmt: skip
        assert _read(body + "<p>the end")


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_windows_change_neither_words_nor_places(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    source = page() * 3 + "<p>wörter &amp; <![CDATA[x]]> </p>\n<img alt='a\nb'>\n".encode() * 20
    whole, marks = _lines(source, len(source))
    monkeypatch.setattr(markup, "WINDOW", size)
    cut, places = _lines(source, size)
    assert sorted(cut) == sorted(whole)
    assert set(places) == set(marks)


def _lines(source: bytes, size: int) -> tuple[list[str], list[str]]:
    marks: list[Mark] = []
    chunks = iter([source[at : at + size] for at in range(0, len(source), size)])
    text = b"".join(page_words(chunks, marks)).decode()
    return text.split("\n"), [mark.locator for mark in marks]
