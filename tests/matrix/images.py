"""Pictures and sound: what stands beside the pixels."""

from __future__ import annotations

import io
import struct
import zlib

from .plant import Family, Plant

family = Family("image")


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(text: str = "", chunks: bytes = b"") -> bytes:
    """A picture of 2 by 2 pixels; `text` as its comment."""
    made = chunks + (chunk(b"tEXt", b"Comment\0" + text.encode("latin-1")) if text else b"")
    rows = zlib.compress(b"\0\x10\x20\x30\x40\x50\x60" * 2)
    start = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + start + made + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg(**options: object) -> bytes:
    """By Pillow, 8 by 8 pixels."""
    return _saved("JPEG", **options)


def _saved(form: str, **options: object) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 40, 90)).save(out, form, **options)
    return out.getvalue()


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def with_segment(marker: int, data: bytes) -> bytes:
    """A JPEG with a segment behind its first two bytes."""
    plain = jpeg()
    return plain[:2] + segment(marker, data) + plain[2:]


def xmp(text: str) -> bytes:
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt><rdf:li xml:lang="x-default">'
        f'{text}</rdf:li></rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def _exif(tag: int, value: object) -> bytes:
    from PIL import Image

    made = Image.Exif()
    made[tag] = value
    return made.tobytes()


def _iptc(text: bytes) -> bytes:
    data = b"\x1c\x02\x78" + struct.pack(">H", len(text)) + text
    return b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(data)) + data + b"\0" * (len(data) % 2)


def _syncsafe(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


@family("PNG, tEXt", "a.png")
def text_chunk(plant: Plant) -> bytes:
    return png(text=plant.text)


@family("PNG, zTXt", "a.png")
def packed_chunk(plant: Plant) -> bytes:
    return png(chunks=chunk(b"zTXt", b"Comment\0\0" + zlib.compress(plant.data)))


@family("PNG, iTXt packed", "a.png")
def international_chunk(plant: Plant) -> bytes:
    return png(chunks=chunk(b"iTXt", b"Comment\0\1\0en\0\0" + zlib.compress(plant.data)))


@family("PNG, eXIf", "a.png", needs="PIL")
def exif_chunk(plant: Plant) -> bytes:
    return png(chunks=chunk(b"eXIf", _exif(0x010E, plant.text).removeprefix(b"Exif\0\0")))


@family("PNG, unknown chunk", "a.png")
def private_chunk(plant: Plant) -> bytes:
    return png(chunks=chunk(b"noTe", plant.data))


@family("PNG, packed colour profile's description", "a.png")
def profile(plant: Plant) -> bytes:
    data = b"desc" + bytes(4) + struct.pack(">I", len(plant.data) + 1) + plant.data + b"\0"
    return png(chunks=chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(128) + data)))


@family("PNG, behind the end", "a.png")
def behind(plant: Plant) -> bytes:
    return png() + plant.data


@family("PNG, base64 behind the end", "a.png")
def behind_base64(plant: Plant) -> bytes:
    import base64

    return png() + base64.b64encode(plant.data)


@family("JPEG, EXIF ImageDescription", "a.jpg", needs="PIL")
def description(plant: Plant) -> bytes:
    return jpeg(exif=_exif(0x010E, plant.text))


@family("JPEG, EXIF XPComment in UTF-16", "a.jpg", needs="PIL")
def windows_comment(plant: Plant) -> bytes:
    return jpeg(exif=_exif(0x9C9C, plant.text.encode("utf-16-le") + b"\0\0"))


@family("JPEG, EXIF UserComment in UTF-16", "a.jpg", needs="PIL")
def user_comment(plant: Plant) -> bytes:
    from PIL import Image

    made = Image.Exif()
    made.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + plant.text.encode("utf-16-be")
    return jpeg(exif=made.tobytes())


@family("JPEG, XMP", "a.jpg", needs="PIL")
def jpeg_xmp(plant: Plant) -> bytes:
    return with_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp(plant.text))


@family("JPEG, XMP in UTF-16", "a.jpg", needs="PIL")
def jpeg_xmp_wide(plant: Plant) -> bytes:
    return with_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp(plant.text).decode().encode("utf-16-be"))


@family("JPEG, IPTC caption", "a.jpg", needs="PIL")
def iptc(plant: Plant) -> bytes:
    return with_segment(0xED, _iptc(plant.data))


@family("JPEG, comment", "a.jpg", needs="PIL")
def jpeg_comment(plant: Plant) -> bytes:
    return jpeg(comment=plant.data)


@family("JPEG, zip behind the end", "a.jpg", needs="PIL")
def jpeg_zip(plant: Plant) -> bytes:
    from .ooxml import zipped

    return jpeg() + zipped({"notes.txt": plant.data})


@family("GIF, comment", "a.gif", needs="PIL")
def gif(plant: Plant) -> bytes:
    return _saved("GIF", comment=plant.data)


@family("TIFF, description", "a.tif", needs="PIL")
def tiff(plant: Plant) -> bytes:
    return _saved("TIFF", description=plant.text)


@family("TIFF, XPComment in UTF-16", "a.tif", needs="PIL")
def tiff_wide(plant: Plant) -> bytes:
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    tags = ImageFileDirectory_v2()
    tags.tagtype[0x9C9C] = 1
    tags[0x9C9C] = plant.text.encode("utf-16-le")
    return _saved("TIFF", tiffinfo=tags)


@family("WebP, EXIF", "a.webp", needs="PIL")
def webp(plant: Plant) -> bytes:
    return _saved("WEBP", exif=_exif(0x010E, plant.text))


@family("WebP, XMP", "a.webp", needs="PIL")
def webp_xmp(plant: Plant) -> bytes:
    return _saved("WEBP", xmp=xmp(plant.text))


@family("BMP, behind the pixels", "a.bmp", needs="PIL")
def bmp(plant: Plant) -> bytes:
    return _saved("BMP") + plant.data


@family("HEIF, EXIF", "a.heic")
def heif(plant: Plant) -> bytes:
    def box(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data) + 8) + kind + data

    tag = struct.pack("<HHII", 0x010E, 2, len(plant.data) + 1, 26)
    exif = b"II*\0\x08\0\0\0\x01\0" + tag + bytes(4) + plant.data + b"\0"
    return box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"meta", bytes(4)) + box(b"mdat", struct.pack(">I", 0) + exif)


@family("picture of text", "a.png", readable=False, needs="PIL")
def drawn(plant: Plant) -> bytes:
    return drawing(plant, "PNG")


def drawing(plant: Plant, form: str) -> bytes:
    """The text as a picture, large enough to be read."""
    import textwrap

    from PIL import Image, ImageDraw, ImageFont

    lines = textwrap.wrap(plant.text, 60)
    font = ImageFont.load_default(28)
    picture = Image.new("RGB", (1400, 40 * len(lines) + 40), "white")
    ImageDraw.Draw(picture).multiline_text((20, 20), "\n".join(lines), "black", font, spacing=8)
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()


@family("MP3, ID3 comment in UTF-16", "a.mp3")
def mp3(plant: Plant) -> bytes:
    data = b"\x01eng\xff\xfe\0\0" + plant.text.encode("utf-16")
    frame = b"COMM" + struct.pack(">I", len(data)) + b"\0\0" + data
    return b"ID3\x03\0\0" + _syncsafe(len(frame)) + frame + b"\xff\xfb\x90\x64" + bytes(413)


@family("MP4, comment", "a.mp4")
def mp4(plant: Plant) -> bytes:
    def box(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data) + 8) + kind + data

    item = box(b"\xa9cmt", box(b"data", struct.pack(">II", 1, 0) + plant.data))
    tags = box(b"moov", box(b"udta", box(b"meta", bytes(4) + box(b"ilst", item))))
    return box(b"ftyp", b"isom\0\0\2\0isommp41") + tags
