"""What encodings are written in, and the numbers that say what is a sign of one: as in `kernel/signs.h`."""

from __future__ import annotations

from typing import Final

BASE64, BASE32, HEX, BASE85, Z85, ASCII85, UU, DUMP, ESCAPES, ROT13, REVERSED = range(11)
LOOK: Final = 256
RUN: Final = 20
BIG: Final = 256
VARIED: Final = 8
GAP: Final = 256
WORTH: Final = 8
TOKEN: Final = 40
LONG: Final = 16
PIECES: Final = 8

Sign = tuple[int, int, int, int, int]

UPPER, LOWER, DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz", b"0123456789"
LETTERS = frozenset(UPPER + LOWER)
ALNUM = LETTERS | frozenset(DIGITS)
HEX_DIGITS = frozenset(DIGITS + b"abcdefABCDEF")
X = frozenset(b"xX")
BLANK = frozenset(b" \t\r\n")
IN_64 = ALNUM | frozenset(b"+/-_")
IN_32, IN_32_LOW = frozenset(UPPER + b"234567"), frozenset(LOWER + b"234567")
OF_BASE85 = DIGITS + UPPER + LOWER + b"!#$%&()*+-;<=>?@^_`{|}~"
OF_Z85 = DIGITS + LOWER + UPPER + b".-:+=^!/*?&<>()[]{}@%$#"
OF_ASCII85 = bytes(range(33, 118))
IN_A85 = frozenset(OF_ASCII85 + b"z")
IN_DUMP = HEX_DIGITS | frozenset(b"xX ,:-\r\n\t")
IN_TOKEN = ALNUM | frozenset(b"_-/=+")
PRINTABLE = frozenset(range(32, 127)) | frozenset(b"\t\n\r")
VALUES_64 = {**{c: i for i, c in enumerate(UPPER + LOWER + DIGITS + b"+/")}, ord("-"): 62, ord("_"): 63}
SYMBOLS_85 = {BASE85: OF_BASE85, Z85: OF_Z85, ASCII85: OF_ASCII85}
CLASSES = ((BASE64, IN_64), (BASE85, frozenset(OF_BASE85)), (Z85, frozenset(OF_Z85)), (ASCII85, IN_A85))
MAGICS = (
    *(b"\x1f\x8b\x08", b"PK\x03\x04", b"%PDF-", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"BZh", b"\xfd7zXZ\0"),
    *(b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"MSCF\0\0\0\0", b"\x89PNG\r"),
    *(b"\xff\xd8\xff", b"GIF89", b"GIF87", b"II*\0", b"MM\0*", b"RIFF", b"\x7fELF", b"MZ\x90", b"\x78\x01"),
    *(b"\x78\x9c", b"\x78\xda", b"\x78\x5e", b"SQLite f", b"\xca\xfe\xba\xbe"),
)
FIRSTS = frozenset(magic[0] for magic in MAGICS)
TURNED = b"tuc_ tub_ tuh_ tuf_ tue_ tvgu NXVN NFVN kbko kbkc fx_y fx-c tycn NVmn rlWu acz_ clcv".split()
BACKWARDS = b"_phg _ohg _uhg _shg _rhg htig AIKA AISA bxox pxox l_ks p-ks aplg azIA hJye _mpn ipyp".split()
STOPS = frozenset(b"@.-")
FOLLOW = {
    **dict.fromkeys(b"\"'", frozenset(b" \t\r\n+.&\\")),
    ord("="): frozenset(b"0123456789ABCDEF\r\n"),
    ord("<"): frozenset(b"~"),
    ord("%"): HEX_DIGITS,
    ord("&"): LETTERS | frozenset(b"#"),
    ord("\\"): frozenset(b"uUx01234567\r\n"),
    ord("+"): frozenset(b"A"),
    ord("e"): frozenset(b"h"),
    **dict.fromkeys(b"qQ", frozenset(range(128)) - LETTERS),
}
LINE_ENDS = frozenset((b"&#10;", b"&#13;", b"&#xA;", b"&#xD;", b"&#xa;", b"&#xd;"))
