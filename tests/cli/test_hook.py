"""Hooks, by real commits and pushes: over a path and over http."""

from __future__ import annotations

import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from .running import LEAK, Dlp
from .test_scan_git import GIT, KEY, commit, git


@pytest.fixture
def tool(dlp: Dlp, tmp_path: Path) -> dict[str, str]:
    """An environment in which hooks find `dlp`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "dlp"
    python, _, code = dlp.command()
    program.write_text(f"#!/bin/sh\nexec {python!s} -c '{code!s}' \"$@\"\n")
    program.chmod(0o755)
    return dlp.environment | GIT | {"PATH": f"{folder}:{os.environ['PATH']}"}


@pytest.fixture
def server(dlp: Dlp, tool: dict[str, str], tmp_path: Path) -> Path:
    """A bare repository with a hook, and with a leak from before."""
    first = tmp_path / "first"
    first.mkdir()
    git(first, "init", "-q", "-b", "main")
    (first / "old.py").write_text(f"token = '{KEY}'\n")
    commit(first)
    bare = tmp_path / "server.git"
    git(tmp_path, "clone", "-q", "--bare", str(first), str(bare))
    git(bare, "config", "http.receivepack", "true")
    hook = bare / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nexec dlp hook pre-receive\n")
    hook.chmod(0o755)
    return bare


@pytest.fixture
def desk(server: Path, tmp_path: Path) -> Path:
    git(tmp_path, "clone", "-q", str(server), "desk")
    return tmp_path / "desk"


def run(folder: Path, tool: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder, env=tool, capture_output=True, text=True, timeout=90, check=False)


def test_a_push_of_a_leak_is_refused_and_says_where(desk: Path, server: Path, tool: dict[str, str]) -> None:
    (desk / "plan.txt").write_text(f"first line\n{LEAK}\n")
    (desk / "new.py").write_text(f"a = 1\ntoken = '{KEY[::-1]}'\n")
    brought = commit(desk)
    (desk / "plan.txt").unlink()
    commit(desk, "taken out")
    before = git(server, "rev-parse", "main")
    done = run(desk, tool, "push", "origin", "main")
    assert done.returncode != 0
    for told in ("plan.txt", "hx7-formulation.md", brought[:7], "This push was refused", "git rebase -i"):
        assert told in done.stderr, done.stderr
    assert "old.py" not in done.stderr
    assert KEY[::-1] not in done.stderr
    assert LEAK[100:160] not in done.stderr
    assert git(server, "rev-parse", "main") == before


def test_a_clean_push_passes_also_of_tags_and_what_is_taken_away(
    desk: Path, server: Path, tool: dict[str, str]
) -> None:
    (desk / "fine.txt").write_text("nothing to see\n")
    new = commit(desk)
    git(desk, "tag", "-a", "-m", "a version", "v1")
    done = run(desk, tool, "push", "origin", "main", "v1", "main:refs/heads/side")
    assert done.returncode == 0, done.stderr
    assert git(server, "rev-parse", "side") == new
    assert run(desk, tool, "push", "origin", ":side", ":v1").returncode == 0


def test_what_stands_in_a_tag_or_a_loose_blob_is_read(desk: Path, tool: dict[str, str], tmp_path: Path) -> None:
    message = tmp_path / "message"
    message.write_text(LEAK)
    git(desk, "tag", "-a", "-F", str(message), "v2")
    assert run(desk, tool, "push", "origin", "v2").returncode != 0
    git(desk, "tag", "v3", git(desk, "hash-object", "-w", str(message)))
    assert run(desk, tool, "push", "origin", "v3").returncode != 0


def test_a_push_that_takes_too_long_is_refused(desk: Path, server: Path, tool: dict[str, str]) -> None:
    hook = server / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nexec dlp hook pre-receive --deadline 0.1\n")
    for number in range(4):
        (desk / f"large{number}").write_text(f"some words of text, number {number}\n" * 300_000)
    commit(desk)
    done = run(desk, tool, "push", "origin", "main")
    assert done.returncode != 0
    assert "took more than 0.1 seconds" in done.stderr


@pytest.mark.parametrize(("told", "code"), [(b"nonsense\n", 2), (b"", 0), (b"0" * 40 + b" " + b"0" * 40 + b" r\n", 0)])
def test_it_reads_what_git_tells_and_nothing_else(dlp: Dlp, server: Path, told: bytes, code: int) -> None:
    assert dlp("hook", "pre-receive", stdin=told, cwd=server).code == code


def test_a_push_over_http_is_refused(desk: Path, server: Path, tool: dict[str, str]) -> None:
    with _http(server.parent, tool) as address:
        (desk / "plan.txt").write_text(LEAK)
        commit(desk)
        done = run(desk, tool, "push", f"{address}/server.git", "main")
        assert done.returncode != 0
        assert "hx7-formulation.md" in done.stderr, done.stderr
        git(desk, "reset", "-q", "--hard", "HEAD~1")
        (desk / "fine.txt").write_text("nothing to see\n")
        commit(desk)
        done = run(desk, tool, "push", f"{address}/server.git", "main")
        assert done.returncode == 0, done.stderr


def test_installed_hooks_work_and_nobody_else_s_is_overwritten(dlp: Dlp, desk: Path, tool: dict[str, str]) -> None:
    def install(*arguments: str) -> Any:
        return dlp("hook", "install", *arguments, cwd=desk, environment=tool)

    assert install().code == 0
    (desk / "plan.txt").write_text(LEAK)
    git(desk, "add", "-A")
    done = run(desk, tool, "commit", "-m", "a leak")
    assert done.returncode != 0
    assert "hx7-formulation.md" in done.stdout + done.stderr
    git(desk, "rm", "-q", "--cached", "plan.txt")
    assert run(desk, tool, "commit", "--allow-empty", "-m", "fine").returncode == 0
    assert install("--", "--fail-on", "block").out.startswith("replaced")
    foreign = desk / ".git/hooks/pre-push"
    foreign.write_text("#!/bin/sh\nexit 0\n")
    ran = install("--pre-push")
    assert ran.code == 2
    assert "somebody else" in ran.err
    assert foreign.read_text() == "#!/bin/sh\nexit 0\n"
    foreign.unlink()
    assert install("--pre-push").code == 0
    git(desk, "add", "-A")
    assert run(desk, tool, "commit", "--no-verify", "-m", "a leak").returncode == 0
    done = run(desk, tool, "push", "origin", "main")
    assert done.returncode != 0
    assert "This push was stopped" in done.stderr
    git(desk, "config", "core.hooksPath", "/tmp")
    assert "other repositories" in install().err


class _Backend(BaseHTTPRequestHandler):
    """As much of CGI as `git http-backend` needs."""

    environment: dict[str, str]

    def do_GET(self) -> None:
        self._pass(b"")

    def do_POST(self) -> None:
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            self._pass(b"".join(parts))
        else:
            self._pass(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _pass(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        environment = self.environment | {
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_USER": "ada",
            "REMOTE_ADDR": "127.0.0.1",
        }
        done = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line]
        status = next((int(value.split()[0]) for name, value in fields if name == "Status"), 200)
        self.send_response(status)
        for name, value in fields:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        return None


class _http:
    """A server of the repositories in a folder."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        handler = type("Handler", (_Backend,), {})
        handler.environment = environment | {"GIT_PROJECT_ROOT": str(folder), "GIT_HTTP_EXPORT_ALL": "1"}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self) -> str:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

