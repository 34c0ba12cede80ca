"""A POST of JSON, signed: HMAC-SHA256 under the target's secret, over the time, a full stop, and the body.

Headers: `X-DLP-Timestamp` (seconds since 1970), `X-DLP-Signature` (`sha256=` and 64 hexadecimal digits), and
`Idempotency-Key`, which stays the same when a message is sent again. Whoever receives it computes the same, compares in
constant time, and refuses what is older than some minutes. Redirections are not followed, proxies not asked.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from dlp import __version__
from dlp.incident.notify.message import Message, public
from dlp.incident.notify.private import in_words, read_secret, trusting
from dlp.incident.notify.seam import NotSent
from dlp.incident.notify.targets import SECONDS, Webhook

MOST_ANSWER = 1 << 16
"""Bytes of an answer that are read."""

LONGEST_WAIT = 3600.0
"""Seconds that an answer may ask us to wait."""

LATER = (408, 425, 429)
"""Answers of the 400s after which another try is of use."""


class WebhookWay:
    """One target; a connection for each message."""

    def __init__(self, target: Webhook) -> None:
        self._target = target
        split = urlsplit(target.url)
        self._host, self._port, self._secure = split.hostname or "", split.port, split.scheme == "https"
        self._path = (split.path or "/") + (f"?{split.query}" if split.query else "")

    def send(self, message: Message) -> None:
        body = public(message)
        connection = self._connection()
        until = time.monotonic() + SECONDS
        try:
            connection.request("POST", self._path, body, self._headers(message, body))
            if connection.sock is not None:  # a byte now and then must not keep it waiting for ever
                connection.sock.settimeout(max(0.1, until - time.monotonic()))
            answer = connection.getresponse()
            status, after = answer.status, answer.headers.get("Retry-After", "")
            answer.read(MOST_ANSWER)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotSent(in_words(error)) from None
        finally:
            connection.close()
        if not 200 <= status < 300:
            final = 300 <= status < 500 and status not in LATER
            raise NotSent(f"the other side answers {status}", wait=_wait(after), final=final)

    def _connection(self) -> http.client.HTTPConnection:
        if self._secure:
            context = trusting(self._target.ca_file)
            return http.client.HTTPSConnection(self._host, self._port, timeout=SECONDS, context=context)
        return http.client.HTTPConnection(self._host, self._port, timeout=SECONDS)

    def _headers(self, message: Message, body: bytes) -> dict[str, str]:
        stamp = str(int(time.time()))
        made = {
            "Content-Type": "application/json",
            "User-Agent": f"dlp-engine/{__version__}",
            "Idempotency-Key": message.id,
            "X-DLP-Timestamp": stamp,
        }
        if self._target.secret_file:
            secret = read_secret(self._target.secret_file, "the webhook's secret")
            made["X-DLP-Signature"] = "sha256=" + signature(secret, stamp, body)
        return {**self._target.headers, **made}

    def close(self) -> None:
        """Nothing is kept open."""


def signature(secret: bytes, stamp: str, body: bytes) -> str:
    return hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _wait(after: str) -> float:
    """Seconds of a Retry-After, which is a number or a date; bounded."""
    try:
        seconds = float(after) if after.strip().isdecimal() else parsedate_to_datetime(after).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return min(max(0.0, seconds), LONGEST_WAIT)
