"""Control words of Rich Text that say where text belongs, and those that stand for letters."""

from __future__ import annotations

DESTINATIONS = {
    **dict.fromkeys(("header", "headerl", "headerr", "headerf"), "header"),
    **dict.fromkeys(("footer", "footerl", "footerr", "footerf"), "footer"),
    **dict.fromkeys(("title", "subject", "author", "manager", "company", "operator", "category", "keywords", "comment",
                     "doccomm", "hlinkbase", "propname", "staticval", "linkval"), "property"),
    **dict.fromkeys(("atnauthor", "atnid", "atndate", "atnref"), "comment's author"),
    **dict.fromkeys(("bkmkstart", "bkmkend"), "bookmark"),
    **dict.fromkeys(("formfield", "ffname", "ffdeftext", "ffhelptext", "ffstattext", "ffl", "ffentrymcr",
                     "ffexitmcr"), "form field"),
    **dict.fromkeys(("xe", "tc", "tcn"), "index entry"),
    **dict.fromkeys(("sn", "sv", "sp", "shprslt", "picprop"), "drawing"),
    **dict.fromkeys(("htmltag", "mhtmltag"), "HTML tag"),
    "annotation": "comment", "footnote": "footnote", "fldinst": "field", "shptxt": "text box", "fonttbl": "fonts",
    "stylesheet": "styles", "revtbl": "reviewers", "docvar": "document variable", "generator": "property",
    "listtable": "lists", "listname": "lists", "info": "property", "userprops": "property", "objclass": "object",
    "objname": "object", "template": "property", "xmlns": "namespaces", "protusertbl": "reviewers",
}  # fmt: skip
"""Groups with a text of their own, and what a person calls the place."""

HEXADECIMAL = {"pict": "picture", "objdata": "embedded object", "datastore": "embedded data", "themedata": "theme",
               "colorschememapping": "colours", "datafield": "field's data", "passwordhash": "hash",
               "objalias": "object's alias", "objsect": "object's section"}  # fmt: skip
"""Groups of hexadecimal digits, and what their content is called."""

SKIPPED = frozenset({"colortbl", "blipuid", "rsidtbl", "panose", "falt_", "revtim", "creatim", "printim", "buptim"})
"""Groups that hold figures only."""

LINE_ENDS = frozenset({"par", "sect", "page", "column", "cell", "nestcell", "row", "nestrow", "softpage"})

LETTERS = {
    "line": "\n", "softline": "\n", "lbr": "\n", "tab": "\t", "emdash": "\u2014", "endash": "\u2013",
    "lquote": "\u2018", "rquote": "\u2019", "ldblquote": "\u201c", "rdblquote": "\u201d", "bullet": "\u2022",
    "emspace": " ", "enspace": " ", "qmspace": " ", "zwj": "\u200d", "zwnj": "\u200c", "ltrmark": "\u200e",
    "rtlmark": "\u200f", "zwbo": "\u200b", "zwnbo": "\u2060",
}  # fmt: skip

CHARSETS = {77: "mac_roman", 78: "cp932", 79: "cp949", 80: "gb18030", 81: "big5", 83: "mac_greek", 85: "mac_turkish",
            89: "mac_cyrillic", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "big5", 161: "cp1253",
            162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
            238: "cp1250", 254: "cp437", 255: "cp437"}  # fmt: skip
"""Charsets of fonts, but for those that are the document's."""
