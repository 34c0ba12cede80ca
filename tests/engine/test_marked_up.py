"""Registered text in markup and mail: found once, with its words unbroken, and registered once."""

from __future__ import annotations

import json
import random
from email.message import EmailMessage

import pytest

from .engine import Engine, prose

TEXT = prose(11, 400)


def _tagged(text: str) -> str:
    """Every fourth word in a tag or with one in its midst."""
    chance = random.Random(5)
    words = [f"<i>{word[:2]}</i>{word[2:]}" if chance.random() < 0.25 else word for word in text.split()]
    paragraphs = [" ".join(words[at : at + 40]) for at in range(0, len(words), 40)]
    return "".join(f'<p class="c">{each}</p>\n' for each in paragraphs)


def _mail(text: str) -> str:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@example.org", "Words"
    mail.set_content(text, cte="base64")
    mail.add_alternative(f"<html>{_tagged(text)}</html>", subtype="html", cte="quoted-printable")
    return mail.as_string()


CARRIERS = {
    "html": f"<!DOCTYPE html><body>{_tagged(TEXT)}",
    "xml": f'<?xml version="1.0"?><d>{_tagged(TEXT)}</d>',
    "program": f"<?php ?><html><body>{_tagged(TEXT)}",
    "json": json.dumps({"lines": [f"{line}\n" for line in TEXT.split(". ")]}),
    "notebook": json.dumps({"cells": [{"cell_type": "markdown", "source": TEXT}], "nbformat": 4}),
    "mail": _mail(TEXT),
}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_it_is_found_once_and_whole(engine: Engine, carrier: str) -> None:
    engine.register(TEXT, name="plan")
    (found,) = engine.passages(CARRIERS[carrier])
    assert found.document_share > 0.95
    assert found.similarity > 0.95


@pytest.mark.parametrize("carrier", ["html", "xml", "program"])
def test_a_registered_page_is_its_words(engine: Engine, carrier: str) -> None:
    engine.register(CARRIERS[carrier], name="plan")
    (found,) = engine.passages(TEXT)
    assert found.document_share > 0.7
    assert found.source_span.locator.startswith("line ")
