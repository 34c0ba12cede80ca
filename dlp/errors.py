"""The exceptions of the engine.

    DlpError                    anything the user can mend; its text says what, where and how
    ├── UsageError              a path, option or combination of options that makes no sense
    ├── ConfigError             a policy or limits file that does not say what it must
    └── StoreError              the registry cannot be used as asked
        ├── StoreMissing        there is no store where one was looked for
        ├── StoreExists         `init` would overwrite a store or a key
        ├── KeyMissing          no key was found, or its file is unfit
        ├── WrongKey            the key is not the one that sealed the store
        ├── StoreCorrupt        a part of the store is torn, tampered with or gone
        ├── StoreLocked         another process is writing to the store
        ├── StoreFull           the disk has no room, or a limit of the format is reached
        └── StoreTooNew         the store was written by a newer version of the format

Content that could not be read is not an exception but a value: `dlp.model.Skipped`.
Every class carries `exit_code`, what the command line ends with.
"""

from __future__ import annotations


class DlpError(Exception):
    """Something the user can mend. `str(error)` is the whole message."""

    exit_code = 2


class UsageError(DlpError):
    """A path, an option or a combination of them that makes no sense."""


class ConfigError(DlpError):
    """A policy or limits file that does not say what it must."""


class StoreError(DlpError):
    """The registry cannot be used as asked."""


class StoreMissing(StoreError):
    """There is no store where one was looked for."""


class StoreExists(StoreError):
    """A store or key stands where a new one was to be made."""


class KeyMissing(StoreError):
    """No key was found, or what was found cannot be a key."""


class WrongKey(StoreError):
    """The key is not the one that sealed this store."""


class StoreCorrupt(StoreError):
    """A part of the store is torn, tampered with or gone."""


class StoreLocked(StoreError):
    """Another process is writing to the store."""


class StoreFull(StoreError):
    """The disk has no room left, or a limit of the store's format is reached."""


class StoreTooNew(StoreError):
    """The store was written by a newer version of the format."""


class IncidentsError(DlpError):
    """The incidents' folder cannot be used as asked."""


class IncidentsMissing(IncidentsError):
    """There are no incidents where they were looked for, or no incident of that name."""


class IncidentsExists(IncidentsError):
    """A folder of incidents or a key stands where a new one was to be made."""


class IncidentsUnsafe(IncidentsError):
    """A key, the configuration or the folder itself is open to others, or somebody else's."""


class IncidentsLocked(IncidentsError):
    """Other processes write to it all the time."""


class IncidentsFull(IncidentsError):
    """The disk has no room left."""


class IncidentsDamaged(IncidentsError):
    """The log, or what belongs to it, is torn, tampered with or gone."""


class IncidentsSealed(IncidentsError):
    """The key at hand does not open what is sealed."""
