"""The engine as a library: what `from dlp import …` offers, in functions over the same pipeline as the command line."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from dlp.limits import Limits
from dlp.model import Result
from dlp.policy.policy import default_policy, load_file
from dlp.registry.store import Store, create_store
from dlp.registry.writer import Writer
from dlp.scan.pipeline import pipeline_for
from dlp.scan.registering import Outcome, Registration
from dlp.scan.scanning import Scan
from dlp.source.files import FileSource

__all__ = ["create_store", "open_store", "register_paths", "scan_paths"]

Path = str | os.PathLike[str]


def open_store(folder: Path, key: bytes) -> Store:
    """The store in `folder`, under its key of 32 bytes, as it is now. Raises StoreError."""
    return Store(os.fspath(folder), key)


def register_paths(
    folder: Path,
    key: bytes,
    paths: Sequence[Path],
    *,
    label: str,
    owner: str = "",
    background: bool = False,
    jobs: int = 1,
    limits: Limits | None = None,
) -> list[Outcome]:
    """Registers files, and all files below folders, in the store in `folder`; one outcome for each.

    `background`: text that is no evidence; its label means nothing. Raises StoreError, UsageError for paths that are
    not there. Forks worker processes.
    """
    limits = limits or Limits()
    source = _files(paths, os.fspath(folder), limits)
    with Writer(os.fspath(folder), key) as writer:
        call = Registration(
            writer, label=label, owner=owner, name=None, background=background, jobs=jobs, limits=limits
        )
        return list(call.outcomes(source))


def scan_paths(
    store: Store,
    paths: Sequence[Path],
    *,
    jobs: int = 1,
    limits: Limits | None = None,
    everything: bool = False,
    policy: Path | None = None,
) -> Iterator[Result]:
    """Results for files, and for all files below folders, as they come; at the end, results with a `SetFinding` for
    documents of which several files together have more than any of them.

    What is allowed and was read whole is left out unless `everything` is asked for. `policy`: the file of one to judge
    by instead of the built-in one. Raises StoreError, ConfigError for what is no policy, UsageError for paths that are
    not there. Forks worker processes.
    """
    limits = limits or Limits()
    source = _files(paths, store.folder, limits)
    judge = default_policy() if policy is None else load_file(os.fspath(policy))
    pipeline = pipeline_for(store, lambda: judge, limits, judges_all=judge.clean)
    return Scan(source, pipeline, jobs=jobs, limits=limits, everything=everything).results()


def _files(paths: Sequence[Path], store: str, limits: Limits) -> FileSource:
    return FileSource([os.fspath(each) for each in paths], max_file_size=limits.max_file_size, avoid=[store])
