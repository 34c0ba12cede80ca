from __future__ import annotations

import pytest

from dlp.extract.detect import detect
from dlp.extract.detect_text import kind_of

from .samples_mail import HEAD, card, mailbox, notebook, page, usual_mail

PATCH = b"From " + b"0123456789abcdef0123" * 2 + b" Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\nDate: x\n"
KINDS = {
    "prose": (b"Hello, world.\n", "text"),
    "key and value": (b"key: value\nother: value\n", "text"),
    "one header": (b"Subject: a note\n\nwords\n", "text"),
    "mail": (HEAD + b"\r\nbody", "mail"),
    "mail behind blanks": (b"\r\n\n " + HEAD, "mail"),
    "mail with a rare header first": (b"Delivery-Note: x\n" + HEAD.replace(b"\r", b"") + b"Message-ID: <x>\n", "mail"),
    "parts without a head": (b'Content-Type: multipart/mixed; boundary="x"\n\n--x\n', "mail"),
    "form data": (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nwords\r\n--x--", "mail"),
    "yaml": (b"name: a\nfrom: b\n" * 20, "text"),
    "mail of a library": (usual_mail(), "mail"),
    "apple mail": (b"1234      \n" + HEAD, "mail"),
    "figures": (b"1234\n5678\n", "text"),
    "mailbox": (mailbox(HEAD), "mbox"),
    "patch": (PATCH + b"Subject: [PATCH] words\n\n---\n a | 1 +\n", "text"),
    "patch with words encoded": (PATCH + b"Subject: =?utf-8?q?w=C3=B6rds?=\n\n---\n a | 1 +\n", "mbox"),
    "patch in base64": (PATCH + b"Content-Transfer-Encoding: base64\n\nYQ==\n", "mbox"),
    "letter": (b"From me to you at 10:00\nDear all,\n", "text"),
    "page": (page(), "html"),
    "upper case": (b"<HTML><BODY>", "html"),
    "xhtml": (b"<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC 'x'>", "html"),
    "a program that writes a page": (b"print('<html>')\n", "markup"),
    "xml": (b"<?xml version='1.0'?><a/>", "xml"),
    "xml without declaration": (b'<project name="x">\n', "xml"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg" width="1">', "xml"),
    "xml with a table": (b"<?xml version='1.0'?><table><tr/></table>", "xml"),
    "include": (b"#include <stdio.h>\n", "text"),
    "comparison": (b"< 3 is less\n", "text"),
    "php": (b"<?php echo 1;\n", "text"),
    "json": (b'{"a": "b"}', "text"),
    "json with escapes": (b'{"a": "b\\n"}', "json"),
    "large json": (b'[{"a": "' + b"x" * 70_000, "json"),
    "code in braces": (b"{ return a\\n; }", "text"),
    "ini": (b"[section]\nkey=\\n\n", "text"),
    "notebook": (notebook(), "notebook"),
    "card": (card(), "card"),
    "calendar": (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "card"),
    "encrypted": (b"-----BEGIN PGP MESSAGE-----\n\nabc", "pgp"),
    "encrypted below words": (b"Hello,\n-----BEGIN PGP MESSAGE-----\n\nabc", "pgp"),
    "clear-signed": (b"-----BEGIN PGP SIGNED MESSAGE-----\n\nabc", "text"),
    "signed": (b"-----BEGIN PKCS7-----\nMIAGCSqGSIb3DQEH\n", "cms"),
    "key": (b"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n", "text"),
    "blanks": (b" \n\t\n", "text"),
    "utf-16 page": ("<!doctype html><p>some words".encode("utf-16"), "html"),
    "utf-16 text": ("Just some words".encode("utf-16"), "text"),
    "signature without zeros": (b"\x30\x80\x06\x09*\x86H\x86\xf7\r\x01\x07\x02" + b"words " * 20, "der"),
}


@pytest.mark.parametrize("case", KINDS)
def test_content_tells_the_kind_of_text(case: str) -> None:
    data, kind = KINDS[case]
    assert detect(data[: 1 << 16]) == kind


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"con<b>fid</b>ential", "a.HTML", "markup"),
        (b"con<b>fid</b>ential", "a.txt", "text"),
        (b"no tag at all", "a.html", "text"),
        (b"Subject: a note\n\nwords", "a.eml", "mail"),
        (b"Q-Own: a\n\nwords", "a.eml", "mail"),
        (b"just words", "a.eml", "text"),
    ],
)
def test_a_name_decides_what_the_content_leaves_open(data: bytes, name: str, kind: str) -> None:
    assert kind_of(data, name) == kind
