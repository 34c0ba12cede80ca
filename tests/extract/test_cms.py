from __future__ import annotations

import base64
import zlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)

from dlp.limits import Limits
from dlp.model import Reason

from .samples import docx, paragraph, read, words
from .samples_mail import HEAD, certificate, enveloped, multipart, part, signed

CONTENT = HEAD + part(b"signed words")


def _ber(tag: int, *contents: bytes, indefinite: bool = False) -> bytes:
    body = b"".join(contents)
    if indefinite:
        return bytes([tag, 0x80]) + body + b"\0\0"
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes(4)
    return bytes([tag, 0x84]) + size + body


_OID = {
    "data": bytes.fromhex("06092a864886f70d010701"),
    "signed": bytes.fromhex("06092a864886f70d010702"),
    "compressed": bytes.fromhex("060b2a864886f70d0109100109"),
    "zlib": bytes.fromhex("060b2a864886f70d0109100308"),
}


def test_the_content_of_a_signed_message_is_a_blob() -> None:
    texts, skipped = read(signed(CONTENT, pkcs7.PKCS7Options.Binary), "a.p7m")
    assert not skipped
    found = {text.provenance: text.text for text in texts}
    assert "an offer" in found["a.p7m", "content"]
    assert found["a.p7m", "content", "body"] == "signed words"


def test_any_content_is_read_by_its_type() -> None:
    assert "in a document" in words(signed(docx(paragraph("in a document")), pkcs7.PKCS7Options.Binary))


def test_names_of_the_signer_are_read() -> None:
    texts, _ = read(signed(CONTENT))
    assert texts[0].place("signer words") == "names and attributes"
    assert "host-words.example.org" in texts[0].text


def test_a_detached_signature_is_complete() -> None:
    data = signed(CONTENT, pkcs7.PKCS7Options.DetachedSignature)
    texts, skipped = read(data)
    assert not skipped
    assert any("signer words" in text.text for text in texts)


@pytest.mark.parametrize("chunk", [1, 3, 1000])
def test_content_in_pieces_without_lengths_is_joined(chunk: int) -> None:
    pieces = [_ber(4, CONTENT[at : at + chunk]) for at in range(0, len(CONTENT), chunk)]
    octets = _ber(0x24, *pieces, indefinite=True)
    inner = _ber(0x30, _OID["data"], _ber(0xA0, octets, indefinite=True), indefinite=True)
    body = _ber(0x30, _ber(2, b"\1"), _ber(0x31), inner, _ber(0x31), indefinite=True)
    data = _ber(0x30, _OID["signed"], _ber(0xA0, body, indefinite=True), indefinite=True)
    texts, skipped = read(data)
    assert not skipped
    assert any(text.text == "signed words" for text in texts)


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.SMIME])
def test_a_message_in_text_is_read(encoding: Encoding) -> None:
    data = signed(CONTENT, pkcs7.PKCS7Options.Binary, encoding=encoding)
    assert "signed words" in words(data if encoding is Encoding.SMIME else b"\n" + data)


def test_a_signed_part_of_a_mail_is_read() -> None:
    der = base64.encodebytes(signed(CONTENT, pkcs7.PKCS7Options.Binary))
    kind = 'application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"'
    texts, skipped = read(HEAD + part(der, kind, "base64"), "a.eml")
    assert not skipped
    assert ("a.eml", "body", "smime.p7m", "content", "body") in [text.provenance for text in texts]
    signature = base64.encodebytes(signed(CONTENT, pkcs7.PKCS7Options.DetachedSignature))
    mail = HEAD + multipart(part(b"the words"), part(signature, "application/pkcs7-signature", "base64"), kind="signed")
    texts, skipped = read(mail)
    assert not skipped
    assert any("the words" in text.text for text in texts)


@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM, Encoding.SMIME])
def test_an_enveloped_message_is_said(encoding: Encoding) -> None:
    texts, skipped = read(enveloped(CONTENT, encoding))
    assert [each.reason for each in skipped] == [Reason.ENCRYPTED]
    assert any("signer words" in text.text for text in texts)


@pytest.mark.parametrize(("most", "whole"), [(1 << 20, True), (50, False)])
def test_compressed_content_is_unpacked_within_limits(most: int, whole: bool) -> None:
    packed = _ber(0x30, _OID["data"], _ber(0xA0, _ber(4, zlib.compress(CONTENT))))
    data = _ber(0x30, _OID["compressed"], _ber(0xA0, _ber(0x30, _ber(2, b"\0"), _ber(0x30, _OID["zlib"]), packed)))
    texts, skipped = read(data, limits=Limits(max_ratio=1, ratio_after=most))
    assert any(text.text == "signed words" for text in texts) == whole
    assert [each.reason for each in skipped] == ([] if whole else [Reason.LIMIT])


def test_a_certificate_is_read_whole() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    texts, skipped = read(certificate(key, "owner words").public_bytes(Encoding.DER), "a.cer")
    assert not skipped
    assert "owner words" in texts[0].text


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_private_key_is_complete_without_a_password_and_encrypted_with_one(form: PrivateFormat) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    assert not read(key.private_bytes(Encoding.DER, form, NoEncryption()))[1]
    if form is PrivateFormat.PKCS8:
        _, skipped = read(key.private_bytes(Encoding.DER, form, BestAvailableEncryption(b"x")))
        assert [each.reason for each in skipped] == [Reason.ENCRYPTED]


def test_a_key_store_under_a_password_is_encrypted() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    password = BestAvailableEncryption(b"x")
    data = pkcs12.serialize_key_and_certificates(b"friendly", key, certificate(key), None, password)
    _, skipped = read(data)
    assert {each.reason for each in skipped} == {Reason.ENCRYPTED}


@pytest.mark.parametrize(
    "data",
    [
        signed(CONTENT)[:-40],
        b"\x30\x84\xff\xff\xff\xff\x06\x03abc words" + bytes(99),
        b"\x30\x80\x06\x01\x01" + b"\x30\x80" * 5000 + b"words" + bytes(99),
        b"\x30\x82\x00\x10\x06\x01\x01" + b"\x02\x01\x01" * 100,
        _ber(0x30, b"\x06\x01\x2a", b"\x05\0" * 300_000),
    ],
    ids=range(5),
)
def test_damage_and_excess_are_said(data: bytes) -> None:
    texts, skipped = read(data)
    assert {each.reason for each in skipped} <= {Reason.CORRUPT, Reason.LIMIT}
    assert skipped
    assert any(text.alphabet == "bytes" or "words" in text.text or text.data for text in texts)


def test_octets_that_are_no_message_are_read_as_they_stand() -> None:
    texts, skipped = read(_ber(0x30, b"\x06\x01\x2a", _ber(3, b"\0hidden secret words"), _ber(4, b"other \xff words")))
    assert not skipped
    assert "hidden secret words" in "".join(text.text for text in texts)
    assert "other" in "".join(text.text for text in texts)


def test_flaw_upon_flaw_says_what_is_left_only_once() -> None:
    overlong = b"\x30\x82\x01\x0d" * 5000  # each is longer than what it stands in by then
    data = _ber(0x30, b"\x06\x01\x2a", b"\x30\x10" + overlong + b"last words")
    texts, skipped = read(data)
    assert {each.reason for each in skipped} == {Reason.CORRUPT}
    assert sum(len(text.data) for text in texts) < 10 * len(data)
    assert any("last words" in text.text for text in texts)
