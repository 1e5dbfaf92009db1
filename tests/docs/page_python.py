"""The process in which a page's Python blocks run, one after another, in one namespace.

It reads requests from its standard input, a JSON object a line, and answers each with another.
"""

from __future__ import annotations

import ast
import io
import json
import os
import re
import sys
import tokenize
import traceback
from typing import Any

import page_setup


def main() -> None:
    """Answers requests until there are no more."""
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    printed = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(printed, 1)
    sys.path[0] = (
        ""  # as in an interactive session: modules in the folder are found, those of the tests are not
    )
    spaces: dict[str, dict[str, Any]] = {
        "python": {"__name__": "__main__"},
        "setup": {"__name__": "setup", **{name: getattr(page_setup, name) for name in page_setup.__all__}},
    }
    for request in requests:
        asked = json.loads(request)
        os.ftruncate(printed, 0)
        os.lseek(printed, 0, os.SEEK_SET)
        problem = ""
        try:
            run(asked["code"], asked["page"], asked["line"], spaces[asked["language"]])
        except BaseException as error:  # whatever a page does, SystemExit too, its test fails and says so
            problem = told(error, asked["page"])
        sys.stdout.flush()
        answers.write(json.dumps({"problem": problem}) + "\n")
        answers.flush()


def told(error: BaseException, page: str) -> str:
    """A traceback that begins on the page."""
    frames = list(traceback.extract_tb(error.__traceback__))
    first = next((number for number, frame in enumerate(frames) if frame.filename == page), len(frames))
    where = traceback.format_list(frames[first:])
    return "".join([*where, *traceback.format_exception_only(error)])


def run(code: str, page: str, line: int, space: dict[str, Any]) -> None:
    """Runs a block that begins on a line of a page; checks what its comments claim.

    Raises:
        AssertionError: an expression has another value than the comment beside it or below it says.
    """
    claims = claimed(code)
    tree = ast.parse(code, page)
    for statement in tree.body:
        last = statement.end_lineno or statement.lineno
        ast.increment_lineno(statement, line - 1)
        claim = claims.get(last, claims.get(-last - 1))
        if not isinstance(statement, ast.Expr) or claim is None:
            exec(compile(ast.Module([statement], []), page, "exec", dont_inherit=True), space)
            continue
        sys.stdout.flush()
        before = os.lseek(1, 0, os.SEEK_CUR)
        value = eval(compile(ast.Expression(statement.value), page, "eval", dont_inherit=True), space)
        sys.stdout.flush()
        printed = os.pread(1, os.lseek(1, 0, os.SEEK_CUR) - before, before).decode()
        if not (alike(printed.rstrip("\n"), claim) if printed else fits(value, claim)):
            raise AssertionError(f"line {last + line - 1} says {claim}\nbut it is {printed or repr(value)}")


def claimed(code: str) -> dict[int, str]:
    """Comments that are Python values, by line; by the line's negative number if nothing else is on it."""
    claims = {}
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            text = token.string.lstrip("# ").rstrip()
            alone = not token.line[: token.start[1]].strip()
            if is_value(text):
                claims[-token.start[0] if alone else token.start[0]] = text
    return claims


def is_value(text: str) -> bool:
    for literal in (text, text.replace("...", "")):
        try:
            ast.literal_eval(literal)
        except (ValueError, SyntaxError):
            continue
        return text != "..."
    return False


def fits(value: object, claim: str) -> bool:
    """Whether a value is the one claimed."""
    return alike(repr(value), claim) or ("..." not in claim and ast.literal_eval(claim) == value)


def alike(text: str, claim: str) -> bool:
    """Whether a text is the one claimed; ``...`` in a claim stands for anything."""
    pattern = ".*".join(re.escape(piece) for piece in claim.split("..."))
    return re.fullmatch(pattern, text, re.DOTALL) is not None


if __name__ == "__main__":
    main()
