"""What a file's name promises: which types may stand behind a suffix.

Of 67,628 files of a system (/usr/share, Python packages) none lies by it; of 387 files of other projects' tests three:
a Word 97 document named `.docm`, one of before 1997 named `.doc`, and a damaged OneNote section.
"""

from __future__ import annotations

_TEXTS = "text html markup xml json notebook card mail mbox pgp cms rtf"
_PLAIN = frozenset(_TEXTS.split())

_PROMISED: dict[str, str] = {
    # Type names, as `dlp.file_types` has them; behind text stands whatever is written in letters.
    "pdf": "pdf",
    "rtf": "rtf",
    "docx docm dotx dotm": "docx ole-encrypted",
    "xlsx xlsm xltx xltm": "xlsx ole-encrypted",
    "xlsb": "xlsb ole-encrypted",
    "pptx pptm ppsx ppsm potx potm": "pptx ole-encrypted",
    "vsdx vsdm": "vsdx ole-encrypted",
    "odt ods odp odg ott ots otp fodt fods fodp": "odf",
    "epub": "epub",
    "pages numbers": "iwork zip",
    "key": "iwork zip text pgp cms der",  # of Keynote, or of a lock
    # Word, Excel and mail programs write other formats under these names, and their readers do not mind.
    "doc dot": f"doc docx ole ole-encrypted {_TEXTS}",
    "xls xlt": f"xls xlsx ole ole-encrypted {_TEXTS}",
    "ppt pps pot": "ppt pptx ole ole-encrypted",
    "msg": "msg ole mail text",
    "one": "onenote",
    "chm": "chm",
    "mdb accdb": "access",
    "parquet": "parquet",
    "sqlite sqlite3": "sqlite",
    "pst ost": "pst",
    "gz tgz": "gzip",
    "bz2 tbz2": "bzip2",
    "xz txz": "xz",
    "zst": "zstd",
    "lz4": "lz4 lz4-legacy",
    "7z": "7z",
    "rar": "rar",
    "cab": "cab",
    "tar": "tar",
    "rpm": "rpm",
    "iso": "iso disk",
    # What is a zip archive besides has a name of its own, too.
    "zip": "zip docx xlsx xlsb pptx vsdx odf epub iwork",
    "jar war apk": "zip",
    "png gif jpg jpeg tif tiff bmp webp heic heif avif psd": "image",
    "svg": "xml html markup text gzip",
    "mp3 mp4 m4a m4v mov mkv webm avi wav ogg flac": "audio binary",  # not every stream has a mark at its beginning
    "ttf otf woff woff2": "font",
    "exe dll": "executable",
    "class": "java",
    "eml": _TEXTS,
    "mbox": _TEXTS,
    "html htm xhtml": _TEXTS,
    "json ipynb": _TEXTS,
    "ics vcf": _TEXTS,
    "txt md rst csv tsv log ini cfg conf toml yaml yml tex": _TEXTS,
    "py js ts c h cpp hpp java go rs rb php sh sql css": _TEXTS,
}

_TYPES = {suffix: frozenset(types.split()) for suffixes, types in _PROMISED.items() for suffix in suffixes.split()}


def lies(name: str, kind: str) -> bool:
    """Whether content of this type is not what its name says. A suffix that promises nothing does not lie, and nor does
    anything about content that has no type."""
    _, dot, suffix = name.rpartition(".")
    promised = _TYPES.get(suffix.lower()) if dot else None
    return bool(kind) and promised is not None and kind not in promised and kind != "sparse"
