"""The console script ``postagger``, which is also ``python -m postagger``."""

import signal


def run() -> None:
    """Loads the command line and runs it; never returns.

    Before and after the command itself there is nothing to tidy up, so a Ctrl-C ends the process at once,
    without a traceback. What it does meanwhile is in `postagger.io.interrupts`.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # with nohup it is ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from postagger.cli import run as start

    start()


if __name__ == "__main__":
    run()
