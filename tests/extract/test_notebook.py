from __future__ import annotations

import base64
import json

import pytest

from dlp.limits import Limits

from .samples import docx, paragraph, read, words
from .samples_mail import notebook


def test_every_corner_is_read_with_its_cell() -> None:
    texts, _ = read(notebook(), "a.ipynb")
    for said, place in {
        "heading words\nline two": "cell 1",
        "tag words": "cell 1 metadata",
        "code = 'words'": "cell 2",
        "stream words": "cell 2 output",
        "plain words": "cell 2 output",
        "attached words": "cell 3",
        "author words": "metadata",
    }.items():
        assert texts[0].place(said) == place
    assert any("picture" in text.text for text in texts if text.provenance[1:] == ("cell 2 output image/png",))
    assert any("html words" in text.text for text in texts if text.provenance[1:] == ("cell 2 output text/html",))


def test_output_is_read_by_its_content() -> None:
    data = base64.b64encode(docx(paragraph("in a document"))).decode()
    book = {"cells": [{"cell_type": "code", "outputs": [{"data": {"image/png": data}}]}], "nbformat": 4}
    assert "in a document" in words(json.dumps(book).encode())


@pytest.mark.parametrize(
    "book",
    [
        {"cells": [1, "two words", None, [["deep words"]]], "nbformat": 4},
        {"cells": [{"cell_type": "x", "source": {"odd": "two words"}, "outputs": "deep words"}], "nbformat": 4},
        {"cells": [{"outputs": [{"data": ["two words"], "text": 3}, "deep words"], "attachments": [4]}], "nbformat": 4},
        {"cells": [{"outputs": [{"data": {"image/png": "two words!"}, "x": ["deep", "deep words"]}]}], "nbformat": 4},
        {"worksheets": [{"cells": [{"input": ["two ", "words"], "prompt": "deep words"}]}], "nbformat": 3},
        {"nbformat": 4, "cells": {}, "x": "two words", "y": ["deep words"]},
    ],
)
def test_what_is_no_usual_notebook_is_read_all_the_same(book: object) -> None:
    found = words(json.dumps(book).encode())
    assert "two words" in found
    assert "deep words" in found


@pytest.mark.parametrize("data", [b'{"nbformat": 4, "cells": [ "cut words', b'{"nbformat": 4, "cells": []} more words',
                                  b'{"nbformat": 4, "cells": ' + b"[" * 200_000 + b'"deep words"'])  # fmt: skip
def test_a_broken_one_is_read_as_it_stands(data: bytes) -> None:
    assert "words" in words(data)


def test_a_name_that_comes_twice_hides_nothing() -> None:
    found = words(b'{"nbformat": 4, "cells": [], "a": "first words", "a": "second words", "a": "third words"}')
    assert all(f"{number} words" in found for number in ("first", "second", "third"))


@pytest.mark.parametrize("most", [10_000, 100])
def test_a_large_one_is_read_as_it_stands(most: int) -> None:
    texts, _ = read(notebook(), limits=Limits(max_part=most))
    assert any(mark.locator == "cell 1" for mark in texts[0].marks) == (most == 10_000)
    assert "author words" in texts[0].text
