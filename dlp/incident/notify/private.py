"""Passwords and secrets that stand in files of their own."""

from __future__ import annotations

import ssl

from dlp.errors import IncidentsError
from dlp.incident.keys import read_guarded
from dlp.incident.notify.seam import NotSent

MOST = 4096
"""Bytes of such a file."""


def read_secret(path: str, what: str) -> bytes:
    """Without the line's end behind it. Raises NotSent: it is not there, or others may read it."""
    try:
        return read_guarded(path, what, secret=True, most=MOST).rstrip(b"\r\n")
    except IncidentsError as error:
        raise NotSent(str(error)) from None


def trusting(ca_file: str) -> ssl.SSLContext:
    """Certificates are always checked. Raises NotSent where `ca_file` is none."""
    made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        try:
            made.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise NotSent(f"ca_file {ca_file}: {getattr(error, 'strerror', None) or 'no certificates'}") from None
    return made


def in_words(error: Exception) -> str:
    """Why a connection failed; holds nothing that the other side says."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"no encrypted connection: {error.reason or 'refused'}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return type(error).__name__
