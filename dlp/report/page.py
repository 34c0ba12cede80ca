"""The frame of every report that is a page of HTML: one file, which asks for nothing else and trusts nothing in it.

A page is a head of constants, a block of data, and a plain summary for browsers without scripts. The data are lines
of JSON in a `<script type="application/json">`, which no browser runs; `<`, `>` and `&` are escaped, so nothing in them
can end the block. The page's own scripts put them in place as text, never as markup. What may run and what may be drawn
is named by the hash of its bytes (Content-Security-Policy); all else is refused, every request to anywhere among it,
and no script can make markup of a string (Trusted Types).

Scripts and styles are constants of the package (`assets/`). They stand in the head, so a page whose end is missing, of
a full disk or a kill, still shows what it holds, and says that it is torn.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import os
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO, Final

from dlp.report.encoding import encode

_ASSETS: Final = os.path.join(os.path.dirname(__file__), "assets")

_HEAD: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
{script}</head>
<body>
"""

_DATA: Final = """\
<div id="page"></div>
<script type="application/json" id="data">
"""

_STILL: Final = "default-src 'none'; style-src {style}; base-uri 'none'; form-action 'none'"
"""What a page without scripts may do."""


class Page:
    """Written in order: `begin`, a `line` for each value, `end`. Nothing is kept of what was written.

    `styles` and `scripts` name files of `assets/`, which follow one another. A script begins where `onPage(run)` is
    called: `run` gets the lines, parsed, and whether the page is whole.
    """

    def __init__(self, stream: BinaryIO, title: str, styles: Sequence[str], scripts: Sequence[str]) -> None:
        self._stream = stream
        self._title = title
        self._styles = tuple(styles)
        self._scripts = tuple(scripts)
        self.written = 0
        """Bytes of data."""

    def begin(self) -> None:
        style, script = _joined(self._styles), _joined(self._scripts)
        self._stream.write((_head(self._title, _policy(style, script), style, script) + _DATA).encode())

    def line(self, value: Any) -> None:
        """Anything that JSON can say. Raises ValueError, TypeError for what it cannot, with nothing written."""
        self.written += self._stream.write(escaped(encode(value)) + b"\n")

    def end(self, rows: Iterable[tuple[str, str]]) -> None:
        """`rows`: what is shown without scripts, each a name and a value."""
        table = "".join(
            f'<tr><th scope="row">{html.escape(name)}</th><td>{html.escape(value)}</td></tr>\n' for name, value in rows
        )
        end = f"""\
</script>
<noscript>
<h1>{html.escape(self._title)}</h1>
<p>This is the summary. The list needs a browser that runs the scripts of this page; they ask for no network.</p>
<table>
{table}</table>
</noscript>
</body>
</html>
"""
        self._stream.write(end.encode())
        self._stream.flush()


def still(title: str, styles: Sequence[str], body: str) -> bytes:
    """A page without scripts. `body`: markup, in which every text from elsewhere is escaped."""
    style = _joined(tuple(styles))
    head = _head(title, _STILL.format(style=_source(style)), style)
    return f"{head}{body}</body>\n</html>\n".encode()


def _head(title: str, policy: str, style: str, script: str = "") -> str:
    run = f"<script>{script}</script>\n" if script else ""
    return _HEAD.format(policy=policy, title=html.escape(title), style=style, script=run)


def escaped(line: bytes) -> bytes:
    """A line of JSON that is safe in a script element. Only strings can hold the characters that are escaped."""
    if b"<" in line or b">" in line or b"&" in line:
        return line.replace(b"&", b"\\u0026").replace(b"<", b"\\u003c").replace(b">", b"\\u003e")
    return line


@functools.cache
def _joined(names: tuple[str, ...]) -> str:
    parts = []
    for name in names:
        with open(os.path.join(_ASSETS, name), encoding="utf-8") as file:
            parts.append(file.read())
    return "\n" + "\n".join(parts)


def _policy(style: str, script: str) -> str:
    sources = {
        "default-src": "'none'",
        "style-src": _source(style),
        "script-src": _source(script),
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return "; ".join(f"{name} {source}" for name, source in sources.items())


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
