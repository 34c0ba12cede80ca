"""Documents made in code, and a drawer for what the recursion yields."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping

import msgspec

from dlp.extract.recursion import extract
from dlp.limits import Limits
from dlp.model import Blob, Mark, Provenance, Skipped, Text

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)


class Drawn(msgspec.Struct):
    """A text, drawn: `data` is its chunks joined."""

    provenance: Provenance
    alphabet: str
    data: bytes
    marks: list[Mark]

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "surrogateescape")

    def place(self, words: str) -> str:
        """The locator of the last mark at or before `words`."""
        at = self.text.index(words)
        return [mark.locator for mark in self.marks if mark.start <= at][-1]


def draw(items: Iterable[Text | Blob | Skipped]) -> tuple[list[Drawn], list[Skipped], list[Blob]]:
    """Draws every text as a caller must: chunk by chunk, before the next item."""
    texts, skipped, blobs = [], [], []
    for item in items:
        if isinstance(item, Text):
            data = b"".join(bytes(chunk) for chunk in item.chunks)
            texts.append(Drawn(item.provenance, item.alphabet, data, item.marks))
        elif isinstance(item, Skipped):
            skipped.append(item)
        else:
            blobs.append(item)
    return texts, skipped, blobs


def blob(data: bytes, name: str = "sample") -> Blob:
    return Blob((name,), io.BytesIO(data), len(data))


def read(data: bytes, name: str = "sample", limits: Limits | None = None) -> tuple[list[Drawn], list[Skipped]]:
    """The whole recursion over `data`."""
    texts, skipped, blobs = draw(extract(blob(data, name), limits or Limits()))
    assert not blobs
    return texts, skipped


def words(data: bytes) -> str:
    """All that is read as text, in one string."""
    return "\n".join(text.text for text in read(data)[0] if text.alphabet == "text")


def document(body: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'


def paragraph(*runs: str) -> str:
    return "<w:p>" + "".join(f"<w:r><w:t>{run}</w:t></w:r>" for run in runs) + "</w:p>"


def docx(body: str = paragraph("Hello"), parts: Mapping[str, bytes | str] | None = None) -> bytes:
    """A minimal Word document with further `parts` by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", CONTENT_TYPES)
        package.writestr("_rels/.rels", RELATIONS)
        package.writestr("word/document.xml", document(body))
        for name, data in (parts or {}).items():
            package.writestr(name, data)
    return out.getvalue()


def pdf(*pages: str, extra: Iterable[str] = (), catalog: str = "", page: str = "") -> bytes:
    """A PDF with one page a content stream; `extra` objects are numbered from 3 + 2 * pages on."""
    count = len(pages)
    kids = " ".join(f"{3 + 2 * index} 0 R" for index in range(count))
    objects = [f"<< /Type /Catalog /Pages 2 0 R {catalog} >>", f"<< /Type /Pages /Kids [{kids}] /Count {count} >>"]
    font = "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    for index, content in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources {font} "
            f"/Contents {4 + 2 * index} 0 R {page} >>"
        )
        objects.append(f"<< /Length {len(content.encode('latin-1'))} >>\nstream\n{content}\nendstream")
    objects += extra
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def line(words: str) -> str:
    """A page's content stream that shows `words`."""
    return f"BT /F1 12 Tf 72 720 Td ({words}) Tj ET"
