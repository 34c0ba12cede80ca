"""All cases, in order."""

from __future__ import annotations

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
