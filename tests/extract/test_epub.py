from __future__ import annotations

import pytest

from dlp.model import Reason

from .samples import Drawn, read
from .samples_office import epub, page


def _main(data: bytes) -> Drawn:
    texts, skipped = read(data, "a.epub")
    assert not skipped
    return texts[0]


def test_pages_stand_in_reading_order_whatever_their_names() -> None:
    main = _main(epub({"z.xhtml": page("<p>first</p>"), "ab.xhtml": page("<p>second</p>")}))
    assert main.text.startswith("first\nsecond\n")
    assert main.place("second") == "OEBPS/ab.xhtml paragraph 1"


def test_inline_elements_tear_no_word_and_blocks_part_words() -> None:
    block = "<div>con<b>fid</b>ential <i>and</i> <i>more</i><br/>line<p>inner</p>end</div>"
    body = f"{block}<ul><li>item&nbsp;&eacute;</li></ul>"
    text = _main(epub({"a.xhtml": page(body)})).text
    assert "confidential and more\nline\nend\n" in text
    assert "\ninner\n" in text
    assert "item é\n" in text.replace("\u00a0", " ")


def test_every_part_is_read() -> None:
    parts = {
        "OEBPS/toc.ncx": "<ncx><navLabel><text>label words</text></navLabel></ncx>",
        "OEBPS/unlisted.html": page("<p>unlisted words</p>"),
        "OEBPS/pic.svg": "<svg><text>picture words</text></svg>",
    }
    body = '<p title="title words">x</p><img alt="alt words"/><!-- comment words --><script>script words</script>'
    texts, _ = read(epub({"a.xhtml": page(body)}, parts), "a.epub")
    found = "\n".join(text.text for text in texts)
    for each in (
        *("book title", "label words", "unlisted words", "picture words", "title words", "alt words"),
        *("comment words", "script words"),
    ):
        assert each in found, each


def test_pages_that_are_no_xml_are_read_as_they_stand() -> None:
    texts, skipped = read(epub({"a.xhtml": "<html><p>loose <br> words"}))
    assert [(each.reason, each.provenance[-1]) for each in skipped] == [(Reason.CORRUPT, "OEBPS/a.xhtml")]
    assert any("words" in text.text for text in texts[1:])


@pytest.mark.parametrize(
    ("method", "sealed"),
    [("http://www.w3.org/2001/04/xmlenc#aes128-cbc", True), ("http://www.idpf.org/2008/embedding", False)],
)
def test_protection_is_said(method: str, sealed: bool) -> None:
    rights = (
        f'<e><EncryptedData><EncryptionMethod Algorithm="{method}"/><CipherData>'
        '<CipherReference URI="OEBPS/a.xhtml"/></CipherData></EncryptedData></e>'
    )
    texts, skipped = read(epub({"a.xhtml": page("<p>words</p>")}, {"META-INF/encryption.xml": rights}))
    assert [each.reason for each in skipped] == ([Reason.ENCRYPTED] if sealed else [])
    assert any("words" in text.text for text in texts)


def test_entities_of_ones_own_are_refused() -> None:
    _, skipped = read(epub({"a.xhtml": '<!DOCTYPE html [<!ENTITY a "aaaa">]><html>&a;</html>'}))
    assert [each.reason for each in skipped] == [Reason.CORRUPT]
