"""What a text is an encoding or a marking-up of: mail, web pages, XML, JSON and the like. Plain text is told by its
first bytes, in about a microsecond and without a regex.

The content decides; a name only where the content may be either.
"""

from __future__ import annotations

import re

_BLANK = b" \t\r\n\x0b\x0c"
_BOM = b"\xef\xbb\xbf"
_NAMES = frozenset(
    b"received return-path delivered-to from to cc bcc subject date message-id mime-version reply-to sender "
    b"dkim-signature in-reply-to authentication-results received-spf references user-agent importance priority "
    b"organization organisation newsgroups path envelope-to errors-to return-receipt-to "
    b"disposition-notification-to comments keywords encrypted status".split()
)
_FAMILIES = (b"x-", b"arc-", b"list-", b"resent-", b"thread-", b"auto-", b"domainkey-", b"feedback-", b"content-")
_SURE = frozenset(
    b"received return-path delivered-to from to subject message-id mime-version content-type date "
    b"content-transfer-encoding".split()
)
_CARDS = (b"BEGIN:VCARD", b"BEGIN:VCALENDAR", b"BEGIN:VEVENT", b"BEGIN:VTODO", b"BEGIN:VJOURNAL", b"BEGIN:ICALENDAR")
_PAGE = re.compile(rb"<[hHbB!](?i:tml[\s>]|doctype\s+html|ead>|ody[\s>])")  # from one such pair to the next
_HEADER = re.compile(rb"\n(?:Message-I[Dd]|MIME-Version|Return-Path|Received): ")
_HTML_SUFFIXES = (".htm", ".html", ".xhtml", ".shtml", ".xht")
_MAIL_SUFFIXES = (".eml", ".mht", ".mhtml", ".emlx")
EBCDIC = b"\x4c\x6f\xa7\x94\x93"
"""How XML begins in EBCDIC."""
_WITHIN = 1024
_WHOLE = 1 << 16
_HEADERS = 1 << 14

# Compiled where a first byte asks for them: a scan of plain text starts without.
_FIELD = rb"([!-9;-~]{1,80})[ \t]*+:"
_PARTS = rb"--[^\r\n]{1,200}\r?\n(?i:content-[a-z\-]{2,40}):"
_MBOX = rb"From [^\r\n]{0,300}[0-9]:[0-9]{2}[^\r\n]{0,100}\r?\n>?(?:From |[!-9;-~]{1,80}[ \t]*+:|\r?\n)"
_PATCH = rb"From [0-9a-f]{40,64} Mon Sep 17 00:00:00 2001\r?\n"
_ENCODED = rb"(?i:\ncontent-(?:transfer-encoding:\s*+(?![78]bit)|type:\s*+multipart)|=\?[^?\n]{1,60}\?[bq]\?)"
_HTML = (
    rb"<(?i:!doctype\s++html|(?:html|head|body|div|p|span|table|title|meta|link|script|style|h[1-6]|ul|ol|li|a|b|i|u|br|"
    rb"center|font|form|frameset|iframe|img|section|article|header|main|nav|pre|blockquote|base|tr|td|tbody|strong|em)"
    rb"(?=[\s/>]))"
)
_SURELY_HTML = rb"<(?i:!doctype\s++html|html)\b"
_BEFORE_HTML = rb"(?:\s++|<!--(?:[^-]++|-(?!->))*+-->|<\?xml[^>]*+>)*+"
_XML = rb"<(?:\?xml|!DOCTYPE\s|!--|[A-Za-z_][\w.\-:]*+(?:\s++[\w:.\-]++\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+'))*+\s*+/?>)"
_JSON = rb"\{\s*+[\"}]|\[\s*+(?:[\[{\"\]\-0-9]|true|false|null)"


def kind_of(head: bytes, name: str = "") -> str:
    """A type name of `detect.NAMES` for content that is a text and begins with `head`: `text` for a plain one."""
    first = head[0]
    if first in _BLANK or first == 0xEF:
        head = head.removeprefix(_BOM).lstrip(_BLANK)
        if not head:
            return "text"
        first = head[0]
    if first == 60:  # <
        return _marked_up(head)
    if first in b"{[":
        return _json(head)
    if first == 45 and head.startswith((b"-----BEGIN PKCS7-", b"-----BEGIN PKCS #7 S", b"-----BEGIN CMS-")):
        return "cms"
    if first == 45 and re.match(_PARTS, head):
        return "mail"
    if kind := _message(head, name):
        return kind
    if first == 0x4C and head.startswith(EBCDIC):
        return "xml"
    start = head[:_WITHIN]
    if b"<" in start and (_PAGE.search(start) or (name and name.lower().endswith(_HTML_SUFFIXES))):
        return "markup"
    if b"-" in start and b"-----BEGIN PGP " in start and b"-----BEGIN PGP SIGNED" not in start:
        return "pgp"
    return "text"


def is_mail(head: bytes) -> bool:
    """Whether content that is no text, for it has parts in their eight bits, is a message or several."""
    head = head.lstrip(_BLANK)
    return bool(head) and _message(head, "") in ("mail", "mbox")


def _message(head: bytes, name: str) -> str:
    colon = head.find(b":", 0, 90)
    if head.startswith((b"From ", b">From ")):
        if len(head) < _WHOLE and re.match(_PATCH, head) and not re.search(_ENCODED, head):
            return ""  # a patch that git wrote, every word of which stands in its lines
        if re.match(_MBOX, head):
            return "mbox"
        head = head.partition(b"\n")[2]
        colon = head.find(b":", 0, 90)
    elif head[0] in b"0123456789":
        counted = re.match(rb"[0-9]{1,12}[ \t]*+\r?\n", head) if b"\n" in head[:20] else None
        if counted is None:
            return ""
        head = head[counted.end() :]
        colon = head.find(b":", 0, 90)
    if colon < 1:
        return ""
    word = head[:colon].rstrip(b" \t").lower()
    if word == b"content-type" and head[colon + 1 :].lstrip()[:10].lower() == b"multipart/":
        return "mail"
    if word in _NAMES or word.startswith(_FAMILIES) or (b" " not in word and _HEADER.search(head, 0, _WITHIN << 3)):
        named = bool(name) and name.lower().endswith(_MAIL_SUFFIXES)
        sure = _sure_fields(head)
        return "mail" if named or len(sure) > 1 or b"content-transfer-encoding" in sure else ""
    if word == b"begin" and head.startswith(_CARDS):
        return "card"
    if name and name.lower().endswith(_MAIL_SUFFIXES) and re.match(_FIELD, head):
        return "mail"
    return ""


def _sure_fields(head: bytes) -> frozenset[bytes]:
    """Which of the fields that only mail has stand before the first blank line."""
    blank = re.search(rb"\r?\n\r?\n|\r\r", head[:_HEADERS])
    lines = head[: blank.start() if blank else _HEADERS].splitlines()
    return _SURE & {line.partition(b":")[0].rstrip(b" \t").lower() for line in lines if line[:1] not in (b" ", b"\t")}


def _marked_up(head: bytes) -> str:
    """`html`: a page beyond doubt. `markup`: one perhaps, or a program that writes one."""
    before = re.match(_BEFORE_HTML, head)
    at = before.end() if before else 0
    if re.compile(_SURELY_HTML if head.startswith(b"<?xml") else _HTML).match(head, at):
        return "html"
    if head.startswith((b"<?php", b"<?=", b"<%")):
        return "markup" if _PAGE.search(head, 0, _WITHIN) else "text"
    if _PAGE.search(head, at, at + _WITHIN):
        return "markup"
    return "xml" if re.match(_XML, head) else "text"


def _json(head: bytes) -> str:
    """JSON is plain text where nothing in it is escaped."""
    if not re.match(_JSON, head):
        return "text"
    if b'"nbformat"' in head or b'"cell_type"' in head:
        return "notebook"
    return "json" if b"\\" in head or len(head) >= _WHOLE else "text"
