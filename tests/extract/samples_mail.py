"""Mail, signed messages and text-like documents made in code."""

from __future__ import annotations

import base64
import datetime
import json
import zlib
from email.message import EmailMessage

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

HEAD = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: an offer\r\nMIME-Version: 1.0\r\n"


def part(body: bytes, kind: str = "text/plain", encoding: str = "", more: str = "") -> bytes:
    """A part, or with HEAD before it a message."""
    lines = [f"Content-Type: {kind}"] * bool(kind)
    lines += [f"Content-Transfer-Encoding: {encoding}"] * bool(encoding) + [more] * bool(more)
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body


def multipart(
    *parts: bytes, kind: str = "mixed", boundary: str = "=_b1", before: bytes = b"", behind: bytes = b""
) -> bytes:
    out = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode() + before
    for each in parts:
        out += f"\r\n--{boundary}\r\n".encode() + each
    return out + f"\r\n--{boundary}--\r\n".encode() + behind


def b64(data: bytes) -> bytes:
    return base64.encodebytes(data)


def usual_mail() -> bytes:
    """As the standard library writes it."""
    mail = EmailMessage()
    mail["From"] = "Käthe <a@example.org>"
    mail["To"] = "b@example.org"
    mail["Subject"] = "Ein Angebot für größere Mengen"
    mail.set_content("Plain wörds of the body.\n")
    mail.add_alternative("<p>con<b>fid</b>ential page</p>", subtype="html")
    mail.add_attachment(b"attached words", maintype="application", subtype="octet-stream", filename="größe.bin")
    for number, each in enumerate(each for each in mail.walk() if each.is_multipart()):
        each.set_boundary(f"=_{number}")
    return mail.as_bytes()


def mailbox(*messages: bytes) -> bytes:
    line = b"From a@example.org Mon Jan  5 10:00:00 2026\n"
    return b"\n".join(line + message + b"\n" for message in messages)


def certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, words: str = "signer words") -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])
    begin = datetime.datetime(2026, 1, 1)
    build = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    build = build.serial_number(7).not_valid_before(begin).not_valid_after(begin + datetime.timedelta(days=9))
    extension = x509.SubjectAlternativeName([x509.DNSName("host-words.example.org")])
    return build.add_extension(extension, critical=False).sign(key, hashes.SHA256())


def signed(content: bytes, *options: pkcs7.PKCS7Options, encoding: Encoding = Encoding.DER) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate(key), key, hashes.SHA256())
    return builder.sign(encoding, list(options))


def enveloped(content: bytes, encoding: Encoding = Encoding.DER) -> bytes:
    key = rsa.generate_private_key(65537, 2048)
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(content).add_recipient(certificate(key))
    return builder.encrypt(encoding, [pkcs7.PKCS7Options.Binary])


def openpgp() -> bytes:
    """A literal, packed, in armour."""
    content = b"b\x05a.txt" + bytes(4) + b"signed words"
    packed = b"\xa3\x02" + zlib.compress(bytes([0xCB, len(content)]) + content)
    return b"-----BEGIN PGP MESSAGE-----\n\n" + b64(packed) + b"-----END PGP MESSAGE-----\n"


def page() -> bytes:
    return (
        b"<!DOCTYPE html><html><head><title>title words</title>"
        b'<meta name="description" content="meta words"><style>.a { content: "style words" }</style>\n'
        b'<script>var a = "script words";</script></head>\n'
        b"<body><!-- comment <i>wor</i>ds --><p>con<b>fid</b>ential &amp; K&ouml;ln</p><p>second</p></body></html>"
    )


def notebook() -> bytes:
    picture = base64.b64encode(b"\x89PNG\r\n\x1a\n picture").decode()
    cells = [
        {"cell_type": "markdown", "source": ["# heading words\n", "line two"], "metadata": {"tags": ["tag words"]}},
        {
            "cell_type": "code",
            "source": "code = 'words'",
            "outputs": [
                {"output_type": "stream", "text": ["stream words\n"]},
                {"data": {"image/png": picture, "text/plain": "plain words"}},
                {"output_type": "display_data", "data": {"text/html": "<p>ht<b>ml</b> words</p>"}},
            ],
        },
        {"cell_type": "raw", "source": "", "attachments": {"a.txt": {"text/plain": "attached words"}}},
    ]
    book = {"cells": cells, "metadata": {"author": "author words"}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book).encode()


def card() -> bytes:
    return (
        b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:K\xc3\xa4the fol\r\n ded words\r\n"
        b"NOTE;ENCODING=QUOTED-PRINTABLE:qu=6Fted =\r\nsoft words\r\n"
        b"PHOTO;ENCODING=b;TYPE=TXT:" + base64.b64encode(b"picture words") + b"\r\nEND:VCARD\r\n"
    )


# Made once by `signed` and `certificate`: signatures differ each time, and seeds must not.
CERTIFICATES = [
    base64.b64decode(
        "MIIDKQYJKoZIhvcNAQcCoIIDGjCCAxYCAQExDzANBglghkgBZQMEAgEFADCBhQYJKoZIhvcNAQcBoHgEdkZyb206IGFAZXhhbXBsZS5vcmcNCl"
        "RvOiBiQGV4YW1wbGUub3JnDQpTdWJqZWN0OiBhbiBvZmZlcg0KTUlNRS1WZXJzaW9uOiAxLjANCkNvbnRlbnQtVHlwZTogdGV4dC9wbGFpbg0K"
        "DQpzaWduZWQgd29yZHOgggFFMIIBQTCB6KADAgECAgEHMAoGCCqGSM49BAMCMBcxFTATBgNVBAMMDHNpZ25lciB3b3JkczAeFw0yNjAxMDEwMD"
        "AwMDBaFw0yNjAxMTAwMDAwMDBaMBcxFTATBgNVBAMMDHNpZ25lciB3b3JkczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABLVHJe9W6P44ivoz"
        "5T2JNQYrhiF93N987fCQIpshoirpCIN2JT80rRmV1kmSoA35syO9SPDj4rZnTshkrfdjDj+jJTAjMCEGA1UdEQQaMBiCFmhvc3Qtd29yZHMuZX"
        "hhbXBsZS5vcmcwCgYIKoZIzj0EAwIDSAAwRQIgVOJ37/jzTH5rv4mhmGTPro/tSwSUwobTXY7ZssgyLckCIQDpg0tCJ7tBZe8Syq/Grxf51/vI"
        "3f54kuPiF2qYV2dQSTGCAS0wggEpAgEBMBwwFzEVMBMGA1UEAwwMc2lnbmVyIHdvcmRzAgEHMA0GCWCGSAFlAwQCAQUAoIGhMBgGCSqGSIb3DQ"
        "EJAzELBgkqhkiG9w0BBwEwHAYJKoZIhvcNAQkFMQ8XDTI2MTEyNDEzMzczN1owLwYJKoZIhvcNAQkEMSIEIF+FVBxjwC3pT/TMgA8JYT8Asf1Y"
        "dKwfOiATqwghgozUMDYGCSqGSIb3DQEJDzEpMCcwCwYJYIZIAWUDBAEqMAsGCWCGSAFlAwQBFjALBglghkgBZQMEAQIwCgYIKoZIzj0EAwIERz"
        "BFAiAbO89OJtAJ78xutCSxALEnkI76FR5phDi7ZwYGzU0h2gIhAMfr02rOQLn6j4FEIC+m1LttL40+1PgSEOaFThzTzGeU"
    ),
    base64.b64decode(
        "MIIBQDCB6KADAgECAgEHMAoGCCqGSM49BAMCMBcxFTATBgNVBAMMDHNpZ25lciB3b3JkczAeFw0yNjAxMDEwMDAwMDBaFw0yNjAxMTAwMDAwMD"
        "BaMBcxFTATBgNVBAMMDHNpZ25lciB3b3JkczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGsopZR4zvh+tNMUsZvT38Pa8uH0nUQ2EWLJ+rKF"
        "jj67faTsYK4J4U/HBdbb23EU1SRVdtwQM5shu1fJXAnAHZCjJTAjMCEGA1UdEQQaMBiCFmhvc3Qtd29yZHMuZXhhbXBsZS5vcmcwCgYIKoZIzj"
        "0EAwIDRwAwRAIgVHtfP1KME5GFoVEBssQ29n2LyUnlR6lvub9QczFu3zMCIGbcrKjYoIOzHLNQD0yTg2KP095/cObFnKzs3WNigTuZ"
    ),
]


SEEDS: dict[str, list[bytes]] = {
    "MailExtractor": [
        usual_mail(),
        HEAD + multipart(part(b"=C3=A4", "text/html", "quoted-printable"), part(HEAD + part(b"in"), "message/rfc822")),
    ],
    "MboxExtractor": [mailbox(HEAD + part(b"one"), usual_mail())],
    "CmsExtractor": CERTIFICATES,
    "OpenPgpExtractor": [openpgp(), b"\x8c\x0d\x04\x09\x03\x08" + b"salt" * 9],
    "HtmlExtractor": [page()],
    "XmlExtractor": [
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><a b="c">in <i>it</i><![CDATA[ &]]>&x;<!-- and --></a>'
    ],
    "JsonExtractor": [b'{"key": "value \\u00e4", "list": ["one\\ntwo"]}'],
    "NotebookExtractor": [notebook()],
    "CardExtractor": [card()],
}
