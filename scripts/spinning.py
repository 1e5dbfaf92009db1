"""Limits how long torch's threads spin, as the command line does. Import this module before torch."""

from postagger.cli.main import limit_spinning

limit_spinning()
