"""Charsets as mail and web pages name them, and Python's codecs for them.

Only names that Python's own table knows are looked up, so no label of a hostile file imports or remembers anything.
"""

from __future__ import annotations

import functools

_WEB = {
    "ascii": "cp1252",
    "us_ascii": "cp1252",
    "ansi_x3.4_1968": "cp1252",
    "iso_8859_1": "cp1252",
    "iso8859_1": "cp1252",
    "latin1": "cp1252",
    "latin_1": "cp1252",
    "l1": "cp1252",
    "x_user_defined": "cp1252",
    "iso_8859_9": "cp1254",
    "iso_8859_11": "cp874",
    "tis_620": "cp874",
    "iso_8859_8_i": "iso8859_8",
    "gb2312": "gb18030",
    "gb_2312_80": "gb18030",
    "gbk": "gb18030",
    "x_gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "sjis": "cp932",
    "x_sjis": "cp932",
    "windows_31j": "cp932",
    "iso_2022_jp": "iso2022_jp_2",
    "ks_c_5601_1987": "cp949",
    "euc_kr": "cp949",
    "x_mac_cyrillic": "mac_cyrillic",
    "x_mac_roman": "mac_roman",
    "macintosh": "mac_roman",
    "unicode": "utf_16",
    "unicode_1_1_utf_7": "utf_7",
    "unicode_1_1_utf_8": "utf_8",
    "x_utf_8": "utf_8",
    "hz_gb_2312": "hz",
}
"""As browsers and mail programs read these labels: the larger charset of those that are confused."""
_WITHOUT_ALIAS = frozenset(
    {"koi8_u", "koi8_t", "cp874", "cp720", "cp737", "cp856", "cp875", "cp1006", "mac_arabic", "mac_farsi", "utf_8_sig"}
)
_NO_CHARSETS = frozenset(
    {"base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec", "mbcs", "oem"}
)
_SHIFTING = frozenset({"utf_7", "hz", "utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be"})


@functools.cache
def _known() -> frozenset[str]:
    from encodings.aliases import aliases

    return (frozenset(aliases.values()) | _WITHOUT_ALIAS) - _NO_CHARSETS


def codec_of(label: str) -> str | None:
    """The codec for a charset's `label`; None for one that is not known."""
    from encodings.aliases import aliases

    name = label.strip(" \t\r\n\"'").lower().replace("-", "_")
    name = _WEB.get(name, name)
    if name.startswith("windows_"):
        name = "cp" + name[8:]
    name = aliases.get(name.replace(".", "_"), name)
    return _WEB.get(name, name) if name in _known() else None


def shifts(codec: str) -> bool:
    """Whether ASCII bytes may stand for other characters in it."""
    return codec in _SHIFTING or codec.startswith(("iso2022", "cp037", "cp273", "cp500", "cp1026"))
