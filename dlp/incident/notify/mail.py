"""Mail by SMTP, over an encrypted connection unless the server is on this machine."""

from __future__ import annotations

import smtplib
import textwrap
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from dlp.incident.notify.message import Message, Told, headline, when
from dlp.incident.notify.private import in_words, read_secret, trusting
from dlp.incident.notify.seam import NotSent
from dlp.incident.notify.targets import SECONDS, Mail

PORTS = {"starttls": 587, "tls": 465, "none": 25}

SUBJECT = 150
"""Characters of a subject, at most."""


class MailWay:
    """One target; a connection for each message."""

    def __init__(self, target: Mail) -> None:
        self._target = target

    def send(self, message: Message) -> None:
        target = self._target
        made = mail_of(message, target.sender, target.to)
        password = read_secret(target.password_file, "the password for mail").decode("utf-8", "replace") if (
            target.user
        ) else ""  # fmt: skip
        try:
            with self._server() as server:
                if target.user:
                    server.login(target.user, password)
                refused = server.send_message(made, target.sender, target.to)
        except smtplib.SMTPResponseException as error:
            raise NotSent(f"the server answers {error.smtp_code}", final=error.smtp_code >= 550) from None
        except smtplib.SMTPRecipientsRefused as error:
            codes = {code for code, _ in error.recipients.values()}
            final = all(code >= 550 for code in codes)
            raise NotSent(f"no recipient is accepted ({', '.join(map(str, codes))})", final=final) from None
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise NotSent(in_words(error)) from None
        if refused:
            raise NotSent(f"{len(refused)} of {len(target.to)} recipients are not accepted", final=True)

    def _server(self) -> smtplib.SMTP:
        target = self._target
        port = target.port or PORTS[target.security]
        if target.security == "tls":
            return smtplib.SMTP_SSL(target.server, port, timeout=SECONDS, context=trusting(target.ca_file))
        server = smtplib.SMTP(target.server, port, timeout=SECONDS)
        if target.security == "starttls":
            try:
                server.starttls(context=trusting(target.ca_file))
            except BaseException:
                server.close()
                raise
        return server

    def close(self) -> None:
        """Nothing is kept open."""


def mail_of(message: Message, sender: str, to: list[str]) -> EmailMessage:
    """Text; names in it are shown as they are, and cannot end a header: it is one line by then."""
    made = EmailMessage(SMTP)
    made["From"] = Address("dlp", addr_spec=sender)
    made["To"] = ", ".join(to)
    made["Date"] = format_datetime(datetime.fromtimestamp(message.made // 1_000_000, UTC))
    made["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2]}>"
    made["Subject"] = f"[dlp] {headline(message)}"[:SUBJECT]
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    made.set_content(body_of(message), cte="quoted-printable")
    return made


def body_of(message: Message) -> str:
    parts = [headline(message)]
    parts += ["\n".join(_lines(each)) for each in message.told]
    if message.incidents > len(message.told):
        parts.append(f"And {message.incidents - len(message.told):,} more: dlp incidents list")
    return "\n\n".join(parts) + "\n"


def _lines(told: Told) -> list[str]:
    verdict = f"{told.verdict.value} ({told.severity.value})"
    lines = [f"Incident {told.incident}, {when(told.time)}", f"  verdict   {verdict}"]
    for name, value in (
        ("file", told.path),
        ("channel", told.channel),
        ("class", ", ".join(told.classes)),
        ("by", f"{told.user} on {told.host}".strip()),
        ("why", told.title),
    ):
        if value:
            lines.append(f"  {name:<9} {value}")
    lines += [f"  found     {each.what}: {each.count:,} ({each.severity.value}, {each.confidence.value} confidence)"
              for each in told.found]  # fmt: skip
    if told.more:
        lines.append(f"            and {told.more:,} more")
    if told.unread:
        lines.append(f"  not read  {told.unread:,} parts")
    if told.message:
        lines += textwrap.wrap(told.message, 76, initial_indent="  to do     ", subsequent_indent="            ")
    lines.append(f"  look      dlp incidents show {told.incident}")
    return lines
