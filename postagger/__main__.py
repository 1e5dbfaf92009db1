"""The console script ``postagger``, which is also ``python -m postagger``."""

import signal
from typing import NoReturn


def run() -> NoReturn:
    """Loads the command line and runs it. A Ctrl-C while it is loaded ends the program without traceback."""
    handled = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # with nohup it is ignored
    if handled:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from postagger.cli import run as start

    if handled:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    start()


if __name__ == "__main__":
    run()
