from __future__ import annotations

import importlib.util
import io
from typing import Any

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pytest

from dlp.extract.media import ocr
from dlp.limits import Limits
from dlp.model import Reason

from .samples import docx, line, pdf, read

numpy = pytest.importorskip("numpy")  # comes with what reads pictures

ASKED = Limits(ocr_pictures=5)


def picture(words: str = "", size: tuple[int, int] = (600, 80), form: str = "PNG", **options: Any) -> bytes:
    image = PIL.Image.new("RGB", size, "white")
    PIL.ImageDraw.Draw(image).text((20, 20), words, font=PIL.ImageFont.load_default(32), fill="black")
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


class Engine:
    """Stands for the models: sees one word, the number of its calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.shapes: list[tuple[int, ...]] = []

    def __call__(self, pixels: Any) -> tuple[list[list[Any]], None]:
        assert pixels.dtype == numpy.uint8
        self.calls += 1
        self.shapes.append(pixels.shape)
        return [[None, f"seen{self.calls}", 0.9], [None, "more", 0.9]], None


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    made = Engine()
    monkeypatch.setattr(ocr, "_engine", lambda: made)
    monkeypatch.setattr(ocr, "is_installed", lambda: True)
    return made


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP"])
def test_a_picture_is_read_where_that_was_asked_for(engine: Engine, form: str) -> None:
    texts, skipped = read(picture(form=form), limits=ASKED)
    assert not skipped
    assert engine.shapes == [(80, 600, 3)]
    assert texts[-1].text == "seen1\nmore\n"
    assert texts[-1].place("more") == "picture line 2"


def test_a_picture_is_not_read_unless_asked(engine: Engine) -> None:
    _, skipped = read(picture())
    assert [(each.reason, each.detail) for each in skipped] == [
        (Reason.PICTURE, "PNG image: text in a picture is not read")
    ]
    assert not engine.calls


def test_what_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "is_installed", lambda: False)
    _, skipped = read(picture(), limits=ASKED)
    assert [each.detail for each in skipped] == ["PNG image: text in a picture is not read; install dlp[ocr]"]


def test_every_frame_is_a_picture(engine: Engine) -> None:
    frames = [PIL.Image.new("RGB", (40, 40), colour) for colour in ("red", "blue", "green")]
    out = io.BytesIO()
    frames[0].save(out, "TIFF", save_all=True, append_images=frames[1:])
    texts, skipped = read(out.getvalue(), limits=ASKED)
    assert not skipped
    assert texts[-1].place("seen3") == "picture 3 line 1"


@pytest.mark.parametrize(("most", "reasons"), [(2, []), (1, [Reason.PICTURE])])
def test_pictures_of_one_file_are_counted_together(engine: Engine, most: int, reasons: list[Reason]) -> None:
    data = docx(parts={"word/media/a.png": picture(), "word/media/b.png": picture()})
    _, skipped = read(data, limits=Limits(ocr_pictures=most))
    assert [each.reason for each in skipped] == reasons
    assert engine.calls == most


@pytest.mark.parametrize(("most", "reasons"), [(600 * 80, []), (600 * 80 - 1, [Reason.LIMIT])])
def test_pixels_have_a_limit(engine: Engine, most: int, reasons: list[Reason]) -> None:
    _, skipped = read(picture(), limits=Limits(ocr_pictures=1, max_pixels=most))
    assert [each.reason for each in skipped] == reasons
    assert engine.calls == len(reasons) ^ 1


def test_a_picture_that_is_damaged_is_said(engine: Engine) -> None:
    _, skipped = read(picture(form="JPEG")[:700], limits=ASKED)
    assert Reason.PICTURE in [each.reason for each in skipped]
    assert not engine.calls


def test_transparent_pictures_are_read_on_white(engine: Engine) -> None:
    image = PIL.Image.new("RGBA", (50, 50), (0, 0, 0, 0))
    out = io.BytesIO()
    image.save(out, "PNG")
    assert not read(out.getvalue(), limits=ASKED)[1]
    assert engine.shapes == [(50, 50, 3)]


def test_what_is_too_small_to_be_read_is_left_alone(engine: Engine) -> None:
    assert not read(picture(size=(15, 300)), limits=ASKED)[1]
    assert not engine.calls


@pytest.mark.parametrize(("most", "reasons"), [(2, []), (1, [Reason.IMAGES_ONLY])])
def test_pages_without_text_are_drawn_and_read(engine: Engine, most: int, reasons: list[Reason]) -> None:
    box = "0 0 m 100 100 l S"
    texts, skipped = read(pdf(line("Some words"), box, box), "a.pdf", limits=Limits(ocr_pictures=most))
    assert [each.reason for each in skipped] == reasons
    assert engine.shapes == [(2200, 1700, 3)] * most
    assert [text.provenance[1] for text in texts if "seen1" in text.text] == ["page 2 as a picture"]


@pytest.mark.skipif(importlib.util.find_spec("rapidocr_onnxruntime") is None, reason="needs dlp[ocr]")
def test_the_models_read_a_line() -> None:
    texts, skipped = read(picture("Confidential 4711"), limits=ASKED)
    assert not skipped
    assert "Confidential 4711" in texts[-1].text
