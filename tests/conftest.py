"""How hypothesis runs. `HYPOTHESIS_PROFILE=ci` draws the same examples each time: a failure in CI is a change's."""

from __future__ import annotations

import os

from hypothesis import settings

# No deadlines: tests state behaviour, and machines are busy.
settings.register_profile("search", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "search"))
