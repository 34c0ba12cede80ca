from __future__ import annotations

import pytest

from dlp.extract.markup.entities import Entities
from dlp.model import Reason

from .samples import read, words

DECLARED = '<?xml version="1.0"?>'


def _words(source: str) -> str:
    texts, skipped = read(source.encode())
    assert not skipped
    assert texts[-1].text == source
    return texts[0].text


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<a><b>one</b><c>two</c></a>", "one\ntwo\n"),
        ("<a>con<emphasis>fid</emphasis>ential</a>", "confidential"),
        ("<a>con<b><i>fid</i></b>ential</a>", "confidential"),
        ("<w:r><w:t>one</w:t></w:r>", "one"),
        ("<a>K&#246;ln &amp; B&#x6f;nn</a>", "Köln & Bonn"),
        ("<a>con<![CDATA[fid]]>ential</a>", "confidential"),
        ("<a><![CDATA[in <b> cdata]]></a>", "in <b> cdata"),
        ("<a b='K&#246;ln'/>", "<a b='Köln'/>"),
        ("<svg><title>title words</title><text>drawn</text></svg>", "title words\ndrawn"),
        ("<a>con<!-- aside -->fidential</a>", "confidential"),
        ("<a>con<?pi aside?>fidential</a>", "confidential"),
        ("<a><!-- K&#246;ln in a comment --></a>", "Köln in a comment"),
        ("<a>never closed <b>wo<i>rds", "words"),
        ("<a><b>one</b> <b>two</b></a>", "one two"),
    ],
)
def test_words_stand_without_their_tags(source: str, found: str) -> None:
    assert found in _words(DECLARED + source)


@pytest.mark.parametrize(
    "source", ["<a b='attribute words'/>", "<!-- comment words -->", "<?pi words of it?>", "<password>x</password>"]
)
def test_the_source_is_read_as_it_stands(source: str) -> None:
    assert source in words((DECLARED + source).encode())


def test_lines_are_those_of_the_source() -> None:
    texts, _ = read(b"<?xml version='1.0'?>\n<a>\n  <x>one</x>\n  <y>two\nthree</y>\n</a>")
    assert [(word, texts[0].place(word)) for word in ("one", "two", "three")] == [
        ("one", "line 3"), ("two", "line 4"), ("three", "line 5"),
    ]  # fmt: skip


def test_a_long_text_is_told_once_and_joined_at_its_ends() -> None:
    long = "".join(f"word{number} " for number in range(3000))
    texts, _ = read(f"{DECLARED}<a>be<b>gin</b>{long}</a>\n<b>after</b>".encode())
    assert "beginword0 " in texts[0].text.replace("\n", "")
    assert "word1500" not in texts[0].text
    assert "word2999" in texts[0].text
    assert texts[0].place("after") == "line 2"


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-be", "utf-32", "koi8-r", "cp037", "utf-8-sig", "gb18030"])
def test_any_charset_is_read(codec: str) -> None:
    said = "plain words" if codec == "cp037" else "секретно"
    source = f'<?xml version="1.0" encoding="{codec}"?><a>{said[:3]}<b>{said[3:]}</b></a>' + " " * 300
    assert said in words(source.encode(codec))


def test_entities_of_the_file_are_put_in() -> None:
    source = '<!DOCTYPE a [<!ENTITY x "fid"><!ENTITY y "con&x;">]><a>&y;ential</a>'
    assert "confidential" in _words(DECLARED + source)


def test_what_stands_elsewhere_is_not_fetched() -> None:
    defined = '<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY % y SYSTEM "http://[::1]/">%y;'
    source = f"<!DOCTYPE a [{defined}]><a>is &x; here</a>"
    found = _words(DECLARED + source)
    assert "is &x; here" in found
    assert "root:" not in found


@pytest.mark.parametrize(("times", "whole"), [(16, True), (17, False)])
def test_entities_have_a_bound(times: int, whole: bool) -> None:
    value = "a" * (Entities.MOST // 16)
    source = f'{DECLARED}<!DOCTYPE a [<!ENTITY x "{value}">]><a>' + "&x;" * times + "</a>"
    _, skipped = read(source.encode())
    assert [each.reason for each in skipped] == ([] if whole else [Reason.LIMIT])


def test_a_bomb_of_entities_ends() -> None:
    names = [f'<!ENTITY e{number} "{f"&e{number - 1};" * 10}">' for number in range(1, 30)]
    source = f'{DECLARED}<!DOCTYPE a [<!ENTITY e0 "aaa">{"".join(names)}]><a>{"&e29;" * 9}</a>'
    texts, _ = read(source.encode())
    assert sum(len(text.data) for text in texts) < 10 * Entities.MOST


def test_deep_and_broken_xml_is_read() -> None:
    assert "innermost" in words(b"<?xml version='1.0'?>" + b"<a>" * 100_000 + b"innermost")
    assert "never closed" in words(b"<?xml version='1.0'?><!DOCTYPE a [ <!ENTITY " * 10_000 + b"never closed")


@pytest.mark.parametrize(
    "data",
    [b"<stdio.h> is a header\n", b"<nick> hello\n"[1:], b"< 3 words\n", b"<T>(value: T) => value\n", b"a < b\n"],
)
def test_other_text_stays_a_text(data: bytes) -> None:
    texts, _ = read(data)
    assert texts[-1].data == data
