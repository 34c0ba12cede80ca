from collections.abc import Iterator
from dlp.limits import Limits
from dlp.model import Blob, Skipped, Text


class DocxExtractor:
    types = frozenset({"docx"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        yield from ()
