from __future__ import annotations

import binascii
import quopri
from email.message import EmailMessage

import pytest

from dlp.extract.mail.messages import AS_IT_STANDS
from dlp.extract.mail.mime import MAX_NESTED
from dlp.extract.mail.mime_headers import MAX_FIELDS
from dlp.limits import Limits
from dlp.model import Reason

from .samples import Drawn, docx, paragraph, read, words
from .samples_mail import HEAD, b64, multipart, part, usual_mail


def _found(texts: list[Drawn], marker: str) -> tuple[str, ...]:
    """Where the first text with `marker` in it stands, below the file."""
    return next(text.provenance[1:] for text in texts if marker in text.text)


def _place(texts: list[Drawn], marker: str) -> str:
    return next(text.place(marker) for text in texts if marker in text.text)


def test_a_usual_mail_is_read_with_headers_parts_and_attachment() -> None:
    texts, skipped = read(usual_mail(), "a.eml")
    assert not skipped
    assert _found(texts, "Ein Angebot für größere Mengen") == ()
    assert _place(texts, "Ein Angebot") == "header Subject"
    assert _found(texts, "Plain wörds") == ("part 1",)
    assert _found(texts, "confidential page") == ("part 1",)
    assert _place(texts, "confidential page") == "html line 1"
    assert _found(texts, "attached words") == ("part 2", "größe.bin")
    assert _place(texts, "größe.bin") == "part 2 header Content-Disposition"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("", b"secret w\xc3\xb6rds"),
        ("8bit", b"secret w\xc3\xb6rds"),
        ("binary", b"secret w\xc3\xb6rds"),
        ("quoted-printable", b"sec=\r\nret w=C3=B6r=64s"),
        ("Quoted-Printable", b"sec=\nret w=c3=b6r=64s"),
        ("base64", b64("secret wörds".encode())),
        ("(a comment) \"Base64\"", b64("secret wörds".encode())),
        ("base64", b"c2VjcmV0\r\nIHfDtnJk\r\ncw"),
        ("base64", b"c2VjcmV0IA==\r\nd8O2cmRz"),
        ("x-uuencode", b"begin 644 a.txt\n" + binascii.b2a_uu("secret wörds".encode()) + b"`\nend\n"),
        ("x-uu", b"begin 644 a.txt\r\n" + binascii.b2a_uu("secret wörds".encode()) + b"\r\nend\r\n"),
    ],
)  # fmt: skip
def test_any_transfer_encoding_is_decoded(encoding: str, body: bytes) -> None:
    texts, skipped = read(HEAD + part(body, "text/plain; charset=utf-8", encoding), "a.eml")
    assert not skipped
    assert _found(texts, "secret wörds") == ("body",)


def test_an_unknown_transfer_encoding_is_said_and_the_part_read_as_it_stands() -> None:
    texts, skipped = read(HEAD + part(b"the words", encoding="x-rare"))
    assert _found(texts, "the words") == ("body",)
    assert [(each.reason, each.provenance) for each in skipped] == [(Reason.UNSUPPORTED, ("sample", "body"))]


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "x-uuencode"])
@pytest.mark.parametrize("body", [b"a plain secret: AKIA_no_encoding=ZZ at all", b"password=DE=ADBEEF"])
def test_a_part_that_was_never_encoded_is_read_as_it_stands(encoding: str, body: bytes) -> None:
    texts, _ = read(HEAD + part(body, encoding=encoding))
    assert body.decode() in [text.text for text in texts]
    assert any(mark.locator == AS_IT_STANDS for text in texts for mark in text.marks)


def test_letters_that_only_look_like_base64_are_read_as_they_stand() -> None:
    assert "AKIAIOSFODNN7EXAMPLEQQQQ" in words(HEAD + part(b"AKIAIOSFODNN7EXAMPLEQQQQ", encoding="base64"))


def test_of_two_transfer_encodings_both_are_read() -> None:
    more = "Content-Transfer-Encoding: 7bit"
    assert "secret words" in words(HEAD + part(b64(b"secret words"), encoding="base64", more=more))
    assert "secret words" in words(HEAD + part(b"secret words", encoding="base64", more=more))


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("iso-8859-1", "latin-1"),
        ("windows-1251", "cp1251"),
        ("KOI8-R", "koi8_r"),
        ("gb2312", "gb18030"),
        ("shift_jis", "cp932"),
        ("iso-2022-jp", "iso2022_jp"),
        ("utf-7", "utf-7"),
        ("utf-16", "utf-16"),
        ("'utf-8'", "utf-8"),
        ("cp037", "cp037"),
    ],
)
def test_the_charset_of_a_part_is_believed(charset: str, codec: str) -> None:
    said = {
        "latin-1": "größere Wörter",
        "gb18030": "保密协议的内容",
        "cp932": "秘密の契約書です",
        "iso2022_jp": "秘密の契約書です",
        "cp1251": "Совершенно секретно",
        "koi8_r": "Совершенно секретно",
    }.get(codec, "secret words")
    body = b64(said.encode(codec) * 3)
    assert said in words(HEAD + part(body, f"text/plain; charset={charset}", "base64"))


@pytest.mark.parametrize("charset", ["utf-8", "us-ascii", "x-unknown", "rot13", "base64", "\0", "idna"])
def test_a_wrong_or_unknown_charset_hides_nothing(charset: str) -> None:
    for body in ("ein größeres Angebot für Käufer".encode("latin-1"), "ein größeres Angebot für Käufer".encode()):
        assert "größeres Angebot" in words(HEAD + part(body * 5, f"text/plain; charset={charset}", "8bit"))


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("Subject: =?utf-8?B?Z3LDtsOfZXJl?= =?utf-8?Q?_W=C3=B6rter?=", "größere Wörter"),
        ("Subject: =?iso-8859-1?q?gr=F6=DFere?=\r\n =?koi8-r?b?08XL0sXU?=", "größere\u0441\u0435\u043a"),
        ("Subject: =?utf-8*de?Q?gr=C3=B6=C3=9Fere?= words", "größere words"),
        ("Subject: one\r\n two\r\n\tthree", "one two\tthree"),
        ("Subject: gr\xf6\xdfere", "größere"),
        ("Subject: gr\xc3\xb6\xc3\x9fere", "größere"),
        ("Subject: =?nowhere?Q?still_read?=", "still read"),
        ("X-Own-Field: its words", "X-Own-Field: its words"),
        ("Content-Disposition: x; filename*0*=utf-8''gr%C3%B6; filename*1=\"sse.txt\"", "filename: grösse.txt"),
        ("Content-Disposition: attachment; filename*=utf-8'de'gr%C3%B6sse.txt", "filename: grösse.txt"),
        ("Content-Disposition: attachment; filename==?utf-8?Q?gr=C3=B6sse.txt?=", "grösse.txt"),
    ],
)
def test_headers_are_decoded(header: str, found: str) -> None:
    texts, _ = read(HEAD + header.encode("latin-1") + b"\r\n\r\nbody")
    assert found in texts[0].text


def test_a_number_that_is_a_boundary_is_no_text() -> None:
    number = "===============4111111111111111111=="
    assert number not in words(HEAD + multipart(part(b"one"), boundary=number))
    assert number in words(HEAD + f"Content-Type: text/plain; boundary={number}\r\n\r\none".encode())
    assert "AKIAIOSFODNN7EXAMPLE" in words(HEAD + multipart(part(b"one"), boundary="--AKIAIOSFODNN7EXAMPLE"))


def test_what_stands_around_the_parts_is_read() -> None:
    body = multipart(part(b"first part"), part(b"second part"), before=b"preamble words", behind=b"epilogue words")
    texts, skipped = read(HEAD + body)
    assert not skipped
    assert _found(texts, "preamble words") == ("before part 1",)
    assert _found(texts, "second part") == ("part 2",)
    assert _found(texts, "epilogue words") == ("behind part 2",)


def test_parts_without_the_head_of_their_message_are_read() -> None:
    data = multipart(part(b64(b"secret words"), encoding="base64")).partition(b"\r\n\r\n")[2].lstrip()
    assert "secret words" in words(data)


def test_parts_behind_the_last_boundary_are_read() -> None:
    late = b"\r\n--=_b1\r\n" + part(b64(b"late words"), encoding="base64")
    assert "late words" in words(HEAD + multipart(part(b"first"), behind=late))


@pytest.mark.parametrize(
    "change",
    [
        (b'boundary="=_b1"', b'boundary="other"'),
        (b'; boundary="=_b1"', b""),
        (b'boundary="=_b1"', b'boundary=""'),
        (b'boundary="=_b1"', b'boundary="=_b1'),
        (b"\r\n--=_b1--\r\n", b""),
        (b"\r\n", b"\n"),
        (b"\r\n", b"\r"),
        (b'boundary="=_b1"', b"boundary==_b1 ; x"),
        (b"Content-Type: multipart", b"Content-Type: text/plain\r\nContent-Type: multipart"),
    ],
    ids=str,
)
def test_a_broken_or_missing_boundary_hides_no_part(change: tuple[bytes, bytes]) -> None:
    data = HEAD + multipart(part(b64(b"secret words"), encoding="base64"), part(b"other words"))
    assert data.count(change[0])
    found = words(data.replace(*change))
    assert "secret words" in found
    assert "other words" in found


def test_multiparts_inside_one_another_are_numbered() -> None:
    inner = multipart(part(b"deep words"), part(b"<p>pa<i>ge</i></p>", "text/html"), kind="related", boundary="in")
    texts, skipped = read(HEAD + multipart(part(b"top"), inner))
    assert not skipped
    assert _found(texts, "deep words") == ("part 2.1",)
    assert _found(texts, "page") == ("part 2.2",)


def test_a_multipart_that_is_encoded_as_a_whole_is_taken_apart() -> None:
    whole = b64(multipart(part(b64(b"secret words"), encoding="base64")).partition(b"\r\n\r\n")[2])
    data = HEAD + b'Content-Type: multipart/mixed; boundary="=_b1"\r\nContent-Transfer-Encoding: base64\r\n\r\n' + whole
    assert "secret words" in words(data)


@pytest.mark.parametrize(("depth", "whole"), [(MAX_NESTED + 2, True), (3 * MAX_NESTED + 3, False)])
def test_the_depth_of_multiparts_has_a_limit(depth: int, whole: bool) -> None:
    data = part(b64(b"innermost words"), encoding="base64")
    for number in range(depth):
        data = multipart(data, boundary=f"b{number}x")
    texts, skipped = read(HEAD + data, limits=Limits(max_depth=3))
    assert any("innermost words" in text.text and "base64" not in text.provenance for text in texts) == whole
    assert [each.reason for each in skipped] == ([] if whole else [Reason.LIMIT])


@pytest.mark.parametrize(("limit", "whole"), [(4, True), (3, False)])
def test_the_number_of_parts_has_a_limit_and_the_rest_is_read_as_it_stands(limit: int, whole: bool) -> None:
    data = HEAD + multipart(part(b"one"), part(b"two"), part(b"three"))
    texts, skipped = read(data, limits=Limits(max_members=limit))
    assert any("three" in text.text for text in texts)
    assert [each.reason for each in skipped] == ([] if whole else [Reason.LIMIT])


@pytest.mark.parametrize(("size", "whole"), [(400, True), (100, False)])
def test_a_mail_over_the_limit_is_read_as_it_stands(size: int, whole: bool) -> None:
    data = HEAD + part(b64(b"secret words"), encoding="base64")
    texts, skipped = read(data, limits=Limits(max_part=size))
    assert any("secret words" in text.text for text in texts) == whole
    assert any("an offer" in text.text for text in texts)
    assert [each.reason for each in skipped] == ([] if whole else [Reason.LIMIT])


@pytest.mark.parametrize("encoding", ["", "base64", "quoted-printable"])
def test_a_nested_message_is_read(encoding: str) -> None:
    inner = HEAD + part(b64(b"inner words"), encoding="base64")
    if encoding:
        inner = b64(inner) if encoding == "base64" else quopri.encodestring(inner)
    texts, skipped = read(HEAD + multipart(part(b"outer"), part(inner, "message/rfc822", encoding)), "a.eml")
    assert not skipped
    assert _found(texts, "inner words") == ("part 2", "message.eml", "body")


def test_a_nested_message_without_common_headers_is_read() -> None:
    inner = b"Q-Field: x\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64(b"inner words")
    assert "inner words" in words(HEAD + multipart(part(inner, "message/rfc822")))
    assert "inner words" in words(HEAD + multipart(part(inner, ""), kind="digest"))


@pytest.mark.parametrize(
    ("kind", "detail"),
    [("message/partial; id=x; number=1; total=3", "sent in several"),
     ("message/external-body; access-type=URL", "not in this file")],
)  # fmt: skip
def test_what_is_not_in_the_mail_is_said(kind: str, detail: str) -> None:
    texts, skipped = read(HEAD + part(b"Subject: there\r\n\r\nsome words", kind))
    assert any("some words" in text.text for text in texts)
    assert [each.reason for each in skipped] == [Reason.UNSUPPORTED]
    assert detail in skipped[0].detail


@pytest.mark.parametrize("kind", ["text/plain", "text/html", "image/png", "application/pgp-signature", "x", "text/rtf"])
def test_a_content_type_that_lies_changes_nothing(kind: str) -> None:
    data = HEAD + multipart(part(b"hello"), part(b64(docx(paragraph("hidden", " words"))), kind, "base64"))
    assert "hidden words" in words(data)


def test_html_is_read_as_such_whatever_its_beginning() -> None:
    assert "hello, confidential" in words(HEAD + part(b"hello, con<b>fid</b>ential", "text/html"))
    assert "confidential" in words(HEAD + part(b"<html><p>con<b>fid</b>ential", "text/plain"))


def test_what_all_alternatives_say_has_one_provenance() -> None:
    data = HEAD + multipart(part(b"the words"), part(b"<p>the words", "text/html"), kind="alternative")
    texts, _ = read(data)
    assert [text.provenance[1:] for text in texts if "the words" in text.text] == [("body",)] * 2


def test_lines_that_flow_are_joined_where_no_space_was() -> None:
    kind = "text/plain; format=flowed; delsp=yes"
    assert "AKIAIOSFODNN7EXAMPLE" in words(HEAD + part(b"AKIAIOS \r\nFODNN7EXAMPLE", kind))


def test_a_file_in_yenc_is_a_blob() -> None:
    content = b"attached words \x00\x13\xd6" * 9
    coded = b"".join(
        b"=" + bytes([(byte + 106) % 256]) if (byte + 42) % 256 in b"\0\n\r=" else bytes([(byte + 42) % 256])
        for byte in content
    )
    body = b"hello\r\n=ybegin line=128 size=%d name=a.bin\r\n%s\r\n=yend size=1\r\n" % (len(content), coded)
    texts, _ = read(HEAD + part(body, "text/plain", "8bit"))
    assert any(text.data == content for text in texts)
    assert _found(texts, "attached words") == ("body", "a.bin")


def test_a_web_archive_is_a_mail() -> None:
    head = b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://example.org/\r\nMIME-Version: 1.0\r\n"
    source = part(b"<html><p>con=\r\n<b>fid</b>ential</html>", "text/html", "quoted-printable")
    assert "confidential" in words(head + multipart(source, kind="related"))


def test_apple_mail_is_read_with_its_property_list() -> None:
    inner = HEAD + part(b64(b"inner words"), encoding="base64")
    data = b"%d\n" % len(inner) + inner + b'<?xml version="1.0"?><plist><key>list words</key></plist>'
    assert "inner words" in words(data)
    assert "list words" in words(data)
    assert "inner words" in words(b"3\n" + inner)


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\r\n \r\n", b"From a@b Mon Jan  5 10:00:00 2026\r\n"])
def test_a_mail_is_known_behind_what_may_stand_before_it(before: bytes) -> None:
    assert "secret words" in words(before + HEAD + part(b64(b"secret words"), encoding="base64"))


def test_a_mail_with_bytes_that_no_text_has_is_known() -> None:
    binary = part(bytes(range(256)) * 20, "application/x", "binary")
    assert "secret words" in words(HEAD + multipart(binary, part(b64(b"secret words"), encoding="base64")))


@pytest.mark.parametrize(
    "data",
    [
        b"Subject: only a line like a header\n\nand words\n",
        b"note: a\nother: b\n",
        b"from __future__ import x\n",
        b"From here on: words\n",
    ],
)
def test_what_only_looks_like_mail_stays_a_text(data: bytes) -> None:
    texts, skipped = read(data)
    assert [text.data for text in texts] == [data]
    assert not skipped


def test_encrypted_openpgp_in_a_body_is_said() -> None:
    armour = b"-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA0AAAAAAAAAAAQ==\r\n=abcd\r\n-----END PGP MESSAGE-----\r\n"
    texts, skipped = read(HEAD + part(b"see below\r\n" + armour))
    assert any("see below" in text.text for text in texts)
    assert [each.reason for each in skipped] == [Reason.ENCRYPTED]


def test_a_mail_of_many_headers_and_boundaries_ends_soon() -> None:
    hostile = [
        HEAD + b"X: " + b";a=\"" * 100_000 + b"\r\n\r\n",
        HEAD + b"Content-Type: text/plain;" + b"a*0*=''" * 20_000 + b"\r\n\r\n.",
        HEAD + b"Subject: " + b"=?a?q?" * 100_000 + b"\r\n\r\n",
        HEAD + b"X: y\r\n" + b" z\r\n" * 200_000 + b"\r\n",
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * 200_000,
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 200_000,
        HEAD + b"a:\n" * 300_000,
        HEAD + b"Content-Type: multipart/mixed\r\n\r\n" + b"\n--a " * 200_000,
        HEAD + part(b"=" * 500_000, encoding="quoted-printable"),
        HEAD + part(b"=" * 500_000, encoding="base64"),
        HEAD + part(b"begin 644 x\n" * 50_000, encoding="x-uu"),
    ]
    for data in hostile:
        texts, _ = read(data)
        assert texts


def test_parts_and_headers_that_are_too_many_are_read_as_they_stand() -> None:
    tiny = part(b"x", "")
    data = HEAD + multipart(*[tiny] * 20, part(b"the last of all"))
    texts, skipped = read(data, limits=Limits(max_members=10))
    assert any("the last of all" in text.text for text in texts)
    assert {each.reason for each in skipped} == {Reason.LIMIT}
    assert "the last field" in words(HEAD + b"X: y\n" * (MAX_FIELDS + 10) + b"Y: the last field\n\nbody")


def test_a_mail_of_the_standard_library_with_an_odd_policy_is_read() -> None:
    mail = EmailMessage()
    mail["Subject"] = "x" * 300 + " long words"
    mail["From"] = "a@example.org"
    mail.set_content("body words\n" * 3, cte="base64")
    found = words(bytes(mail))
    assert "long words" in found
    assert "body words" in found
