"""Every error that a user can cause, in one tree.

PostaggerError
├── ConfigError       a setting is misspelt, out of bounds or inconsistent
├── DataError         a corpus or file is missing, unreadable or malformed
├── ModelFileError    a model file is missing, damaged, foreign or too new
└── DeviceError       the device asked for is not there

`brief` shows a value in a message without filling the screen.

Each message says what was expected, what came, and how to mend it. The command line prints it
as one line; anything that is not a PostaggerError is a bug and keeps its traceback.
"""

import reprlib

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxdict = _SHORT.maxset = 3
_SHORT.maxlevel = 3


def brief(value: object) -> str:
    """A value as an error message shows it: its `repr`, cut short in one line."""
    return " ".join(_SHORT.repr(value).split())


class PostaggerError(Exception):
    """Base of all errors raised on purpose by this package."""


class ConfigError(PostaggerError):
    """A setting is misspelt, out of bounds, or does not fit the others."""


class DataError(PostaggerError):
    """A corpus or a file with text is missing, unreadable or malformed."""


class ModelFileError(PostaggerError):
    """A model file is missing, damaged, not one of ours, or of a newer format."""


class DeviceError(PostaggerError):
    """The device asked for does not exist on this machine."""
