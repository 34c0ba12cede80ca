"""Where incidents and the review key are looked for."""

from __future__ import annotations

import os
from collections.abc import Mapping

from dlp.registry.places import data_folder, user_folder


def incidents_path(option: str | None, environment: Mapping[str, str]) -> str:
    """The folder of incidents: the option, else $DLP_INCIDENTS, else `incidents` in the user's data folder."""
    given = option or environment.get("DLP_INCIDENTS")
    return os.path.abspath(given or os.path.join(data_folder(environment), "incidents"))


def is_named(option: str | None, environment: Mapping[str, str]) -> bool:
    """Whether somebody asked for a certain folder: then it must be there."""
    return bool(option or environment.get("DLP_INCIDENTS"))


def review_key_path(option: str | None, environment: Mapping[str, str]) -> str:
    """The private review key's file: the option, else $DLP_REVIEW_KEY, else `review.key` in the user's configuration
    folder: another one than that of the data."""
    given = option or environment.get("DLP_REVIEW_KEY")
    usual = os.path.join(user_folder(environment, "XDG_CONFIG_HOME", "~/.config"), "review.key")
    return os.path.abspath(given or usual)
