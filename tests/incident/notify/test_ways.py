"""Each way of telling: what arrives on the other side, and what is said when nothing does."""

from __future__ import annotations

import email
import email.policy
import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.incident.notify.cef import cef
from dlp.incident.notify.mail import mail_of
from dlp.incident.notify.message import MOST_LISTED, Message, of_many, of_none, of_one
from dlp.incident.notify.seam import NotSent
from dlp.incident.notify.syslog import MOST_UDP, lines_of
from dlp.incident.notify.targets import WAYS, Command, Mail, Syslog, Target, Webhook
from dlp.incident.notify.webhook import signature
from tests.incident.notify import servers
from tests.incident.notify.samples import HOSTILE, SECRET, told

ONE = of_one("1" * 32, told())
MANY = of_many("2" * 32, [told(f"out/{number}", number) for number in range(200)])
NONE = of_none("3" * 32, 1_764_000_000_000_000)

SYSLOG = re.compile(rb"<(\d+)>1 (\S+Z) (\S+) dlp (\d+) (\S+) (-|\[dlp@32473 .*?[^\\]\]) \xef\xbb\xbf(.*)\Z", re.DOTALL)


def test_every_way_is_tried_here() -> None:
    assert set(WAYS) == {"syslog", "webhook", "mail", "command"}


# --- syslog -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("secure", [False, True])
def test_a_log_server_gets_lines_by_octet_counting(tmp_path: Path, secure: bool) -> None:
    file, context = servers.certificate(tmp_path) if secure else (None, None)
    with servers.log(context) as log:
        scheme, trusted = ("tls", str(file)) if secure else ("tcp", "")
        way = Target(syslog=Syslog(f"{scheme}://localhost:{log.port}", ca_file=trusted)).way()
        for message in (ONE, ONE, NONE):
            way.send(message)
        way.close()
        _wait(lambda: len(log.got) == 3)
    assert log.connections == 1
    found = SYSLOG.match(log.got[0])
    assert found
    assert found[1] == b"107"  # facility 13, severity 3
    assert found[2] == b"2025-11-24T16:00:00.000000Z"
    assert found[3] == b"desk"
    assert b'incident="000000000000" verdict="block"' in found[6]
    assert found[7] == b"AWS key: severity high"
    assert SECRET.encode() not in b"".join(log.got)


def test_a_connection_that_was_closed_meanwhile_is_made_anew() -> None:
    with servers.log() as log:
        log.most = 1
        way = Target(syslog=Syslog(f"tcp://localhost:{log.port}")).way()
        for number in range(3):
            way.send(ONE)
            _wait(lambda number=number: len(log.got) == number + 1)
            time.sleep(0.05)  # until its end of the connection is closed
        way.close()
    assert log.connections == 3


def test_datagrams_go_to_a_port_and_to_a_local_socket(tmp_path: Path) -> None:
    with servers.datagrams() as port, servers.datagrams(tmp_path / "log") as local:
        for address, other in ((f"udp://127.0.0.1:{port.getsockname()[1]}", port), (f"unix://{tmp_path}/log", local)):
            way = Target(syslog=Syslog(address, form="json")).way()
            way.send(ONE)
            way.close()
            line = other.recv(70_000)
            found = SYSLOG.match(line)
            assert found
            assert json.loads(found[7])["told"][0]["path"] == "out/plan.txt"


@pytest.mark.parametrize("form", ["text", "cef", "json"])
def test_hostile_names_end_no_line_and_no_field(form: str) -> None:
    target = Syslog("udp://h:514", form=form)  # type: ignore[arg-type]  # one of three
    (line,) = lines_of(of_one("1" * 32, told(HOSTILE)), target, 60_000)
    assert SYSLOG.match(line)
    assert not {byte for byte in line if byte < 32 or byte == 127}


@given(st.text(max_size=300), st.text(max_size=50))
def test_what_a_datagram_holds_is_whole_characters_and_not_too_long(path: str, title: str) -> None:
    message = of_one("1" * 32, told(path * 20))
    for line in lines_of(message, Syslog("udp://h:514"), MOST_UDP):
        assert len(line) <= MOST_UDP
        line.decode()


def test_each_incident_of_many_has_a_line_as_far_as_they_are_named() -> None:
    lines = list(lines_of(MANY, Syslog("udp://h:514"), 60_000))
    assert len(lines) == MOST_LISTED + 1
    assert lines[-1].endswith(b"and 150 more incidents")


@given(st.text(max_size=100), st.text(max_size=100))
def test_the_fields_of_cef_are_told_apart_again(path: str, user: str) -> None:
    line = cef(told(path))
    head = re.match(r"CEF:0((?:\|(?:\\.|[^|\\])*){6})\|", line)
    assert head
    pairs = dict(re.findall(r"(\w+)=((?:\\.|[^=\\])*)(?= \w+=|\Z)", line[head.end() :]))
    plain = {key: re.sub(r"\\(.)", r"\1", value) for key, value in pairs.items()}
    assert plain["externalId"] == "000000000000"
    assert plain["msg"] == "Take the key back."
    assert plain["cs3"] == "aws-key:2"


# --- webhook ----------------------------------------------------------------------------------------


def test_a_post_is_signed_over_time_and_body(tmp_path: Path) -> None:
    secret = _secret(tmp_path, "hush\n")
    file, context = servers.certificate(tmp_path)
    with servers.web(context) as web:
        given = Webhook(f"https://localhost:{web.port}/in?a=1", str(secret), {"X-Team": "blue"}, str(file))
        Target(webhook=given).way().send(ONE)
    ((headers, body),) = web.got
    assert headers["X-DLP-Signature"] == "sha256=" + signature(b"hush", headers["X-DLP-Timestamp"], body)
    assert headers["Idempotency-Key"] == ONE.id
    assert headers["X-Team"] == "blue"
    assert json.loads(body)["told"][0]["verdict"] == "block"
    assert SECRET.encode() not in body


@pytest.mark.parametrize(
    ("status", "more", "wait", "final"),
    [
        (500, {}, 0, False),
        (503, {"Retry-After": "120"}, 120, False),
        (429, {"Retry-After": "99999999"}, 3600, False),
        (429, {"Retry-After": "soon"}, 0, False),
        (404, {}, 0, True),
        (301, {"Location": "http://localhost:1/"}, 0, True),
    ],
)
def test_an_answer_says_whether_to_try_again(status: int, more: dict[str, str], wait: float, final: bool) -> None:
    with servers.web() as web:
        web.answer = lambda headers, body: (status, more)
        with pytest.raises(NotSent, match=f"answers {status}") as caught:
            Target(webhook=Webhook(f"http://localhost:{web.port}/", plain=True)).way().send(ONE)
    assert (caught.value.wait, caught.value.final) == (wait, final)
    assert len(web.got) == 1  # a redirection is not followed


def test_a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    _, context = servers.certificate(tmp_path)
    with servers.web(context) as web, pytest.raises(NotSent, match="its certificate is not trusted"):
        Target(webhook=Webhook(f"https://localhost:{web.port}/")).way().send(ONE)
    assert not web.got


def test_a_secret_that_others_may_read_signs_nothing(tmp_path: Path) -> None:
    secret = _secret(tmp_path, "hush")
    secret.chmod(0o644)
    with servers.web() as web, pytest.raises(NotSent, match=r"open to others .*chmod 600"):
        Target(webhook=Webhook(f"http://localhost:{web.port}/", str(secret), plain=True)).way().send(ONE)
    assert not web.got


# --- mail -------------------------------------------------------------------------------------------


def test_mail_goes_encrypted_and_with_a_password(tmp_path: Path) -> None:
    file, context = servers.certificate(tmp_path)
    password = _secret(tmp_path, "pass")
    with servers.mail(context) as mails:
        given = Mail("localhost", "dlp@example.com", ["a@example.com", "b@example.com"], "starttls", mails.port,
                     "dlp", str(password), str(file))  # fmt: skip
        Target(mail=given).way().send(ONE)
    (got,) = mails.got
    parsed = email.message_from_bytes(got, policy=email.policy.default)
    assert parsed["Subject"] == "[dlp] block: out/plan.txt [000000000000]"
    assert parsed["To"] == "a@example.com, b@example.com"
    text = parsed.get_content()
    assert "found     aws-key: 2 (high, high confidence)" in text
    assert "to do     Take the key back." in text
    assert SECRET not in text


def test_nothing_is_sent_where_encryption_is_not_offered(tmp_path: Path) -> None:
    with servers.mail() as mails, pytest.raises(NotSent):
        Target(mail=Mail("localhost", "dlp@example.com", ["a@example.com"], port=mails.port)).way().send(ONE)
    assert not mails.got


@pytest.mark.parametrize(("refusal", "final"), [(b"550 who?", True), (b"451 later", False)])
def test_a_refused_recipient_is_told(refusal: bytes, final: bool) -> None:
    with servers.mail() as mails:
        mails.refuse = refusal
        way = Target(mail=Mail("localhost", "dlp@example.com", ["a@example.com"], "none", mails.port)).way()
        with pytest.raises(NotSent, match=refusal[:3].decode()) as caught:
            way.send(ONE)
    assert caught.value.final == final
    assert not mails.got


@given(st.text(max_size=200))
def test_no_name_makes_a_header_or_a_second_mail(path: str) -> None:
    made = mail_of(of_one("1" * 32, told(path + HOSTILE)), "dlp@example.com", ["a@example.com"])
    parsed = email.message_from_bytes(made.as_bytes(), policy=email.policy.default)
    assert set(parsed.keys()) == set(made.keys())
    assert parsed["Bcc"] is None
    assert all(len(line) <= 998 for line in made.as_bytes().splitlines())


# --- command ----------------------------------------------------------------------------------------


def test_a_command_gets_json_no_shell_and_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLP_KEY", SECRET)
    script = tmp_path / "take"
    script.write_text(f'#!/bin/sh\ncat > "{tmp_path}/got"; env > "{tmp_path}/env"; echo "$1" > "{tmp_path}/one"\n')
    script.chmod(0o700)
    Target(command=Command([str(script), "$(touch pwned); `id`"])).way().send(of_one("1" * 32, told(HOSTILE)))
    assert json.loads((tmp_path / "got").read_bytes())["kind"] == "incident"
    assert (tmp_path / "one").read_text() == "$(touch pwned); `id`\n"
    assert SECRET not in (tmp_path / "env").read_text()


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (["/bin/sh", "-c", "exit 3"], "ended with 3"),
        (["/bin/sh", "-c", "exec sleep 60"], "did not end within 0.2 seconds"),
        (["/nowhere/at/all"], "cannot be run: No such file"),
        (["/bin/true\0x"], "cannot be run: it has a NUL in it"),
    ],
)
def test_a_command_that_fails_is_told(run: list[str], message: str) -> None:
    with pytest.raises(NotSent, match=message):
        Target(command=Command(run, seconds=0.2)).way().send(ONE)


def test_a_command_that_reads_nothing_is_no_fault() -> None:
    Target(command=Command(["/bin/true"])).way().send(MANY)


# --- all --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", [ONE, MANY, NONE], ids=["one", "many", "none"])
def test_nobody_there_is_said_by_each_way(message: Message) -> None:
    port = servers.dead_port()
    for target in (
        Target(syslog=Syslog(f"tcp://localhost:{port}")),
        Target(webhook=Webhook(f"http://localhost:{port}/", plain=True)),
        Target(mail=Mail("localhost", "dlp@example.com", ["a@example.com"], "none", port)),
        Target(syslog=Syslog("unix:///nowhere/log")),
    ):
        way = target.way()
        with pytest.raises(NotSent, match=r"refused|No such file"):
            way.send(message)
        way.close()


def _secret(folder: Path, text: str) -> Path:
    made = folder / "secret"
    made.write_text(text)
    made.chmod(0o600)
    return made


def _wait(done: object) -> None:
    assert callable(done)
    until = time.monotonic() + 10
    while not done():
        assert time.monotonic() < until
        time.sleep(0.005)


