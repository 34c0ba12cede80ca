"""A copy of a repository that is not on this machine, made only where somebody asks for it."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from dlp.errors import UsageError
from dlp.source.git.view import clean_environment, git_program

PROTOCOLS: Final = ("https", "http", "ssh", "git", "file")

_SETTINGS: Final = (
    "core.hooksPath=/dev/null", "credential.helper=", "http.followRedirects=initial", "submodule.recurse=false",
)  # fmt: skip
_PASSED: Final = ("SSH_AUTH_SOCK", "https_proxy", "http_proxy", "no_proxy")

_URL = re.compile(r"([a-z][a-z0-9+.\-]*)://", re.IGNORECASE)
_SHORT = re.compile(r"(?:[A-Za-z0-9_.\-]+@)?[A-Za-z0-9.\-]+:(?!//)")
"""host:path, which is ssh."""


def is_url(path: str) -> bool:
    """Whether a path names a repository elsewhere. What exists here is never taken for one."""
    return not os.path.lexists(path) and bool(_URL.match(path) or _SHORT.match(path))


@contextmanager
def cloned(url: str | None, environ: Mapping[str, str]) -> Iterator[str | None]:
    """A bare copy of all references, while it is needed; None for no URL. Credentials come from the user's own ssh, and
    from nowhere else. Raises UsageError."""
    if url is None:
        yield None
        return
    scheme = _URL.match(url)
    if scheme and scheme[1].lower() not in PROTOCOLS:
        raise UsageError(f"{url}: repositories are copied over {', '.join(PROTOCOLS)}")
    if url.startswith("-"):
        raise UsageError(f"{url!r} is no URL")
    with tempfile.TemporaryDirectory(prefix="dlp-clone-") as folder:
        target = os.path.join(folder, "repository.git")
        environment = clean_environment(environ, os.fsencode(folder))
        environment["GIT_ALLOW_PROTOCOL"] = ":".join(PROTOCOLS)
        environment |= {name: environ[name] for name in _PASSED if name in environ}
        settings = [*_SETTINGS, f"init.templateDir={folder}/none"]
        arguments = [git_program(environ), *(word for each in settings for word in ("-c", each))]
        arguments += ["clone", "--mirror", "--quiet", "--no-local", "--no-recurse-submodules", "--", url, target]
        done = subprocess.run(
            arguments, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, check=False, start_new_session=True,
        )  # fmt: skip
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().split("\n")[-1][:300]
            raise UsageError(f"{url} cannot be copied: {said}")
        yield target
