from __future__ import annotations

from dlp.model import Reason

from .samples import read
from .samples_office import vsdx


def _shape(words: str) -> str:
    return f"<PageContents><Shapes><Shape>{words}</Shape></Shapes></PageContents>"


def test_pages_stand_in_their_order_and_words_are_whole() -> None:
    first = _shape("<Text><cp IX='0'/>confid<cp IX='1'/>ential</Text>")
    texts, skipped = read(vsdx([first, _shape("<Text>two</Text>")]))
    assert not skipped
    assert texts[0].text.startswith("confidential\ntwo\n")
    assert texts[0].place("two") == "page 2"


def test_data_links_and_comments_of_shapes_are_read() -> None:
    cells = (
        "<Section N='Property'><Row N='Row_1'><Cell N='Value' V='value words' U='STR'/>"
        "<Cell N='Label' V='label words'/><Cell N='Prompt' V='prompt words'/></Row></Section>"
        "<Section N='User'><Row><Cell N='x' V='user words' U='STR'/>"
        "</Row></Section><Section N='Hyperlink'><Row><Cell N='Address' V='files/plan of mine.docx'/></Row></Section>"
        "<Cell N='Width' V='0.1234567890123456'/>"
    )
    parts = {
        "visio/comments.xml": "<Comments><AuthorList><AuthorEntry Name='author words'/></AuthorList>"
        "<CommentEntry>comment words</CommentEntry></Comments>",
        "visio/masters/master9.xml": _shape("<Text>master words</Text>"),
        "visio/data/connections.xml": "<C><DataConnection ConnectionString='Pwd=connection' Command='select words'/>"
        "</C>",
        "docProps/custom.xml": "<P><property name='p'><v>property words</v></property></P>",
    }
    texts, skipped = read(vsdx([_shape(cells)], parts))
    assert not skipped
    for found, place in {
        "value words": "page 1",
        "label words": "page 1",
        "prompt words": "page 1",
        "user words": "page 1",
        "files/plan of mine.docx": "page 1",
        "author words": "comments",
        "comment words": "comments",
        "master words": "masters/master9",
        "Pwd=connection": "data/connections",
        "select words": "data/connections",
        "property words": "docProps/custom",
    }.items():
        assert texts[0].place(found) == place, found
    assert "0.1234567890123456" not in texts[0].text


def test_a_broken_page_is_said() -> None:
    texts, skipped = read(vsdx([_shape("<Text>before</Text>") + "<", _shape("<Text>two</Text>")]))
    assert texts[0].place("before") == "page 1"
    assert texts[0].place("two") == "page 2"
    assert [each.reason for each in skipped] == [Reason.CORRUPT]
