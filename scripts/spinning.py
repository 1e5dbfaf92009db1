"""Limits the threads of torch and NumPy as the command line does. Import this module before them."""

from postagger.cli.main import limit_threads

limit_threads()
