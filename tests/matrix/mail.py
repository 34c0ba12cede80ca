"""Mail: every header, every part, every way to write it down."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from functools import cache
from typing import Any

from .plant import Family, Plant

family = Family("mail")

_HEAD = "From: rosa@example.org\r\nTo: ben@example.org\r\nDate: Wed, 1 May 2024 10:00:00 +0000\r\n"


def eml(body: str | bytes, *headers: str, subject: str = "Plan") -> bytes:
    """A mail with those headers beside the usual ones; `body` as it stands."""
    lines = "".join(f"{header}\r\n" for header in headers)
    data = body.encode("latin-1") if isinstance(body, str) else body
    return f"{_HEAD}Subject: {subject}\r\nMIME-Version: 1.0\r\n{lines}\r\n".encode("latin-1") + data


def multipart(*parts: str, kind: str = "mixed", before: str = "", after: str = "") -> bytes:
    """A mail of parts, each with its headers."""
    body = before + "".join(f"\r\n--b1\r\n{part}" for part in parts) + f"\r\n--b1--\r\n{after}"
    return eml(body, f'Content-Type: multipart/{kind}; boundary="b1"')


def encoded(data: bytes, kind: str = "application/octet-stream", name: str = "a.bin") -> str:
    """A part in base64."""
    lines = base64.encodebytes(data).decode().replace("\n", "\r\n")
    return f'Content-Type: {kind}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n{lines}'


def quoted(text: str) -> str:
    """Quoted-printable in which the token is not seen: signs spelled out, and lines that end inside words."""
    plain = text.replace("_", "=5F").replace("k", "=6B")
    return "=\r\n".join(_cut(plain, 60))


def _cut(text: str, size: int) -> list[str]:
    """Pieces that never end within a =XX."""
    pieces, at = [], 0
    while at < len(text):
        end = at + size
        while "=" in text[end - 2 : end]:
            end -= 1
        pieces.append(text[at:end])
        at = end
    return pieces


def _text(plant: Plant) -> str:
    return f"Content-Type: text/plain\r\n\r\n{plant.text}"


def _library(change: Any) -> bytes:
    """By the standard library, as programs would."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "rosa@example.org", "ben@example.org", "Plan"
    message.set_content("See below.")
    change(message)
    return bytes(message)


@family("body", "a.eml")
def body(plant: Plant) -> bytes:
    return eml(plant.text, "Content-Type: text/plain; charset=us-ascii")


@family("body in base64", "a.eml")
def body_base64(plant: Plant) -> bytes:
    lines = base64.encodebytes(plant.data).decode()
    return eml(lines, "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64")


@family("body in quoted-printable", "a.eml")
def body_quoted(plant: Plant) -> bytes:
    return eml(quoted(plant.text), "Content-Type: text/plain", "Content-Transfer-Encoding: quoted-printable")


@family("body in uuencode by its header", "a.eml")
def body_uu(plant: Plant) -> bytes:
    return eml(uu(plant.data), "Content-Type: text/plain", "Content-Transfer-Encoding: x-uuencode")


def uu(data: bytes, name: str = "n.txt") -> str:
    import binascii

    lines = b"".join(binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45))
    return f"begin 644 {name}\n{lines.decode()}`\nend\n"


@family("uuencoded file within the body", "a.eml")
def body_uu_inside(plant: Plant) -> bytes:
    return eml("See the file.\r\n\r\n" + uu(plant.data), "Content-Type: text/plain")


@family("body in UTF-16 and base64", "a.eml")
def body_wide(plant: Plant) -> bytes:
    lines = base64.encodebytes(plant.text.encode("utf-16")).decode()
    return eml(lines, "Content-Type: text/plain; charset=utf-16", "Content-Transfer-Encoding: base64")


@family("body in UTF-7", "a.eml")
def body_utf7(plant: Plant) -> bytes:
    return eml(utf7(plant.text), "Content-Type: text/plain; charset=utf-7")


def utf7(text: str) -> str:
    """All of it shifted, so that nothing stands there plainly."""
    return "+" + base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=") + "-"


@family("HTML part, cut by markup", "a.eml")
def html(plant: Plant) -> bytes:
    pieces = "".join(f"<span>{plant.text[at : at + 9]}</span>" for at in range(0, len(plant.text), 9))
    return multipart(
        "Content-Type: text/plain\r\n\r\nSee HTML",
        f"Content-Type: text/html\r\n\r\n<p>{pieces}</p>",
        kind="alternative",
    )


@family("HTML part in quoted-printable", "a.eml")
def html_quoted(plant: Plant) -> bytes:
    page = quoted(f"<html><body>{plant.text}</body></html>")
    return multipart(f"Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{page}")


@family("plain alternative that HTML hides", "a.eml")
def alternative(plant: Plant) -> bytes:
    return multipart(_text(plant), "Content-Type: text/html\r\n\r\n<p>Hello</p>", kind="alternative")


@family("attached text file", "a.eml")
def attached(plant: Plant) -> bytes:
    return _library(lambda message: message.add_attachment(plant.data, "text", "plain", filename="n.txt"))


@family("attached document", "a.eml")
def attached_document(plant: Plant) -> bytes:
    from .ooxml import paragraph, word

    data = word(paragraph(plant.text))
    return _library(lambda message: message.add_attachment(data, "application", "octet-stream", filename="n.docx"))


@family("attached zip", "a.eml")
def attached_zip(plant: Plant) -> bytes:
    from .ooxml import zipped

    return multipart(encoded(zipped({"n.txt": plant.data}), "application/zip", "n.zip"))


@family("attached PDF", "a.eml")
def attached_pdf(plant: Plant) -> bytes:
    from .pdf import document, shown

    return multipart(encoded(document(shown(plant.text)), "application/pdf", "n.pdf"))


@family("attached mail", "a.eml")
def nested(plant: Plant) -> bytes:
    return multipart("Content-Type: message/rfc822\r\n\r\n" + body_base64(plant).decode())


@family("attached mail in base64", "a.eml")
def nested_base64(plant: Plant) -> bytes:
    return multipart(encoded(body_quoted(plant), "message/rfc822", "n.eml"))


@family("subject in base64", "a.eml")
def subject(plant: Plant) -> bytes:
    words = [base64.b64encode(plant.data[at : at + 42]).decode() for at in range(0, len(plant.data), 42)]
    return eml("Hello", subject="\r\n ".join(f"=?utf-8?B?{word}?=" for word in words))


@family("subject in quoted-printable", "a.eml")
def subject_quoted(plant: Plant) -> bytes:
    text = plant.text.replace("_", "=5F").replace(" ", "_")
    return eml("Hello", subject="\r\n ".join(f"=?iso-8859-1?q?{piece}?=" for piece in _cut(text, 50)))


@family("header of one's own", "a.eml")
def header(plant: Plant) -> bytes:
    import textwrap

    return eml("Hello", "X-Memo: " + "\r\n ".join(textwrap.wrap(plant.text, 70, break_on_hyphens=False)))


@family("display name in base64", "a.eml", holds="token")
def display(plant: Plant) -> bytes:
    return eml("Hello", f"Cc: =?utf-8?B?{base64.b64encode(plant.short.encode()).decode()}?= <c@example.org>")


@family("attachment's name, in pieces (RFC 2231)", "a.eml", holds="token")
def name(plant: Plant) -> bytes:
    first, second = plant.token[:20].replace("_", "%5F"), plant.token[20:]
    return multipart(
        "Content-Type: text/plain\r\n"
        f"Content-Disposition: attachment; filename*0*=utf-8''{first};\r\n filename*1*={second}\r\n\r\nx"
    )


@family("before the first part", "a.eml")
def preamble(plant: Plant) -> bytes:
    return multipart("Content-Type: text/plain\r\n\r\nx", before=plant.text)


@family("behind the last part", "a.eml")
def epilogue(plant: Plant) -> bytes:
    return multipart("Content-Type: text/plain\r\n\r\nx", after=plant.text)


@family("base64 in a part that never ends", "a.eml")
def endless(plant: Plant) -> bytes:
    return eml(f"\r\n--b1\r\n{encoded(plant.data, 'text/plain')}", 'Content-Type: multipart/mixed; boundary="b1"')


@family("base64 part, boundary not announced", "a.eml")
def unannounced(plant: Plant) -> bytes:
    return eml(f"\r\n--b1\r\n{encoded(plant.data, 'text/plain')}\r\n--b1--\r\n", "Content-Type: multipart/mixed")


@family("base64 with noise between", "a.eml")
def noise(plant: Plant) -> bytes:
    lines = base64.b64encode(plant.data).decode()
    noisy = "\r\n".join(lines[at : at + 50] + "!" for at in range(0, len(lines), 50))
    return eml(noisy, "Content-Type: text/plain", "Content-Transfer-Encoding: base64")


@family("picture with a comment, inline", "a.eml", needs="PIL")
def inline(plant: Plant) -> bytes:
    from .images import jpeg

    return multipart(
        "Content-Type: text/html\r\n\r\n<img src='cid:1'>",
        encoded(jpeg(comment=plant.data), "image/jpeg"),
        kind="related",
    )


@family("flowed text", "a.eml")
def flowed(plant: Plant) -> bytes:
    import textwrap

    lines = " \r\n".join(textwrap.wrap(plant.text, 60, break_on_hyphens=False))
    return eml(lines, "Content-Type: text/plain; format=flowed; delsp=no")


@family("invitation (ics), folded lines", "a.ics")
def invitation(plant: Plant) -> bytes:
    line = "DESCRIPTION:" + plant.text
    folded = "\r\n ".join(line[at : at + 30] for at in range(0, len(line), 30))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n{folded}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".encode()


@family("visiting card (vcf), quoted-printable", "a.vcf")
def card(plant: Plant) -> bytes:
    note = f"NOTE;ENCODING=QUOTED-PRINTABLE:{quoted(plant.text)}"
    return f"BEGIN:VCARD\r\nVERSION:2.1\r\nFN:Ben\r\n{note}\r\nEND:VCARD\r\n".encode()


@family("mbox, second mail's base64", "a.mbox")
def mbox(plant: Plant) -> bytes:
    begin = b"From rosa@example.org Wed May  1 10:00:00 2024\n"
    return begin + eml("Hello") + b"\n\n" + begin + body_base64(plant) + b"\n"


@family("mbox, attachment's zip", "a.mbox")
def mbox_zip(plant: Plant) -> bytes:
    begin = b"From rosa@example.org Wed May  1 10:00:00 2024\n"
    return begin + eml("Hello") + b"\n\n" + begin + attached_zip(plant) + b"\n"


@family("Apple Mail (emlx)", "a.emlx")
def emlx(plant: Plant) -> bytes:
    data = body_base64(plant)
    return f"{len(data)}\n".encode() + data + b'<?xml version="1.0"?><plist version="1.0"><dict/></plist>'


@family("signed, with its content inside (p7m)", "a.p7m")
def signed(plant: Plant) -> bytes:
    return pkcs7(body_base64(plant), False)


@family("signed, content inside, as a mail", "a.eml")
def signed_mail(plant: Plant) -> bytes:
    lines = base64.encodebytes(pkcs7(body_quoted(plant), False)).decode()
    kind = 'Content-Type: application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"'
    return eml(lines, kind, "Content-Transfer-Encoding: base64")


@family("signed, in PEM", "a.p7m")
def signed_pem(plant: Plant) -> bytes:
    lines = base64.encodebytes(pkcs7(plant.data, False)).decode()
    return f"-----BEGIN PKCS7-----\n{lines}-----END PKCS7-----\n".encode()


@family("signed beside its content", "a.eml")
def signed_beside(plant: Plant) -> bytes:
    lines = base64.encodebytes(plant.data).decode()
    part = f"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n{lines}"
    signature = encoded(pkcs7(part.encode(), True), "application/pkcs7-signature", "smime.p7s")
    return multipart(part, signature, kind="signed")


@cache
def _identity() -> tuple[Any, Any]:
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Rosa Lind")])
    begin = datetime.datetime(2024, 1, 1)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(7).not_valid_before(begin).not_valid_after(begin + datetime.timedelta(9999))
    return made.sign(key, hashes.SHA256()), key


def pkcs7(data: bytes, detached: bool) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

    certificate, key = _identity()
    options = [PKCS7Options.Binary, *([PKCS7Options.DetachedSignature] if detached else [])]
    return (
        PKCS7SignatureBuilder().set_data(data).add_signer(certificate, key, hashes.SHA256()).sign(Encoding.DER, options)
    )


@family("encrypted (p7m)", "a.p7m", readable=False)
def enveloped(plant: Plant) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7EnvelopeBuilder, PKCS7Options

    certificate, _ = _identity()
    made = PKCS7EnvelopeBuilder().set_data(plant.data).add_recipient(certificate)
    return made.encrypt(Encoding.DER, [PKCS7Options.Binary])


@family("encrypted (OpenPGP)", "a.asc", readable=False)
def openpgp(plant: Plant) -> bytes:
    packet = b"\xc1\x8c\x03" + bytes(at * 91 % 256 for at in range(300))
    lines = base64.encodebytes(packet).decode()
    return f"-----BEGIN PGP MESSAGE-----\n\n{lines}=AAAA\n-----END PGP MESSAGE-----\n".encode()
