"""The page at ``/``: one file without anything from elsewhere, and the headers to send it with."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_INLINE = {
    "script-src": re.compile(rb"<script>(.*?)</script>", re.DOTALL),
    "style-src": re.compile(rb"<style>(.*?)</style>", re.DOTALL),
}


@dataclass(frozen=True)
class Page:
    """A page and how it is sent.

    Attributes:
        html: the file, in UTF-8.
        headers: those of the answer. By its Content-Security-Policy, a browser runs the scripts of the file
            and no others, and asks no server but the one that sent it.
    """

    html: bytes
    headers: Mapping[str, str]


def load_page() -> Page:
    """Reads the page that comes with the package.

    Raises:
        OSError: the file is missing.
    """
    html = (
        (Path(__file__).parent / "index.html").read_bytes().replace(b"\r\n", b"\n")
    )  # as browsers digest it
    return Page(
        html,
        {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": content_security_policy(html),
            "Cache-Control": "no-cache",
            "Referrer-Policy": "no-referrer",
        },
    )


def content_security_policy(html: bytes) -> str:
    """The strictest policy under which a self-contained page works.

    Inline scripts and styles are allowed by their digests, so that text which found its way into the page as
    markup could run nothing (https://www.w3.org/TR/CSP3/#grammardef-hash-source).
    """
    rules = ["default-src 'none'", "connect-src 'self'", "img-src data:"]
    for directive, pattern in _INLINE.items():
        digests = (base64.b64encode(hashlib.sha256(each).digest()).decode() for each in pattern.findall(html))
        rules.append(" ".join([directive, *(f"'sha256-{digest}'" for digest in digests)]))
    return "; ".join([*rules, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"])
