"""Every error that a user can cause, in one tree.

PostaggerError
├── ConfigError       a setting is misspelt, out of bounds or inconsistent
├── DataError         a corpus or file is missing, unreadable or malformed
├── ModelFileError    a model file is missing, damaged, not from postagger, or too new
└── DeviceError       the requested device does not exist

Each message says what was expected, what was found instead, and how to fix it. The command line prints it
as one line; any other exception is a bug and keeps its traceback. `brief` and `short` shorten values for
messages.
"""

import re
import reprlib

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxdict = _SHORT.maxset = 3
_SHORT.maxlevel = 3

_LONGEST = 300
"""Characters of another library's message."""


def brief(value: object) -> str:
    """A value for an error message: its `repr`, shortened to one line."""
    return " ".join(_SHORT.repr(value).split())


def short(value: object) -> str:
    """A value as text for an error message: as `brief`, but without quotes if it is short and printable."""
    text = str(value)
    return text if len(text) <= _SHORT.maxstring and text.isprintable() else brief(value)


def one_line(error: Exception) -> str:
    """The message of another library's error in one line, shortened."""
    text = " ".join(str(error).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."


_LONGEST_START, _LONGEST_END = 1400, 500
"""Characters of the beginning and of the end of a message."""

_UNPRINTABLE = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Line ends, control characters, and halves of surrogate pairs, which no encoding has."""


class PostaggerError(Exception):
    """Base class of the errors that this package raises on purpose.

    Its message is one line, which can be printed: characters that a file may have but no terminal should get
    are escaped. Of a very long one, as a long name makes it, the middle is left out.
    """

    def __str__(self) -> str:
        text = super().__str__()
        if len(text) > _LONGEST_START + _LONGEST_END:
            text = f"{text[:_LONGEST_START]} ... {text[-_LONGEST_END:]}"
        return _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], text)


class ConfigError(PostaggerError):
    """A setting is misspelt, out of bounds, or does not fit the others."""


class DataError(PostaggerError):
    """A corpus or a data file is missing, unreadable or malformed."""


class ModelFileError(PostaggerError):
    """A model file is missing, damaged, not from postagger, or in a newer format."""


class DeviceError(PostaggerError):
    """The requested device does not exist on this machine."""
