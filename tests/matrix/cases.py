"""All cases, in order."""

from __future__ import annotations

from collections.abc import Mapping

from . import (
    archives,
    data,
    encoded,
    images,
    mail,
    nested,
    old_office,
    opendocument,
    outlook,
    pdf,
    sheets,
    slides,
    web,
    word,
)
from .plant import Case, Family

FAMILIES: tuple[Family, ...] = (
    *(word.family, sheets.family, sheets.binary, slides.family, slides.visio),
    *(opendocument.family, opendocument.epub, opendocument.iwork),
    *(old_office.doc, old_office.xls, old_office.ppt, old_office.rtf),
    *(pdf.family, mail.family, outlook.outlook, web.html, web.xml, web.code, data.family, images.family),
    *(archives.family, nested.nested, encoded.family, encoded.charset, encoded.binary),
)
CASES: tuple[Case, ...] = tuple(case for family in FAMILIES for case in family.cases)

BEYOND: Mapping[str, str] = {
    "encoded: list of strings": "parts of a list are no one word",
    "encoded: rot13 of base64": "rot13 is known by the words that it turns, and base64 has none",
}
"""Cases that are passed over in silence, and why: they count among what is not found."""
