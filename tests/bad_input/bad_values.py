"""Values that no file and no option should hold: as YAML, as JSON, and as words of a command line."""

from __future__ import annotations

from typing import Any

ESCAPES = "\x1b]0;title\x07\x1b[2J\x1b[31m"
LONG_NUMBER = "9" * 5000

YAML = (
    ".nan", "-.inf", "1e400", "-1", "0", "1e-320", LONG_NUMBER, "null", "true", "[]", "{}", "[x]", "{x: 1}", "1",
    r'"\U00110000"', r'"\uD800"', "'[/x]'", "'[bold]'", r'"\e]0;title\a\e[2J"', "x" * 5000, "!!binary AA==",
    "2020-02-30", "../../../../etc/passwd", "''", r'"\0"', "!!python/object:os.system {}", "*unknown", "&a [*a]",
    "[[[[[[[[[[1]]]]]]]]]]", "{a: {b: {c: [1, {d: 2}]}}}", "'\u202e'", "0x7fffffffffffffff", "'1'", "[1, 2, 3]",
)  # fmt: skip
"""Texts in the place of a value of a YAML file. Some are right in some places."""

JSON: tuple[Any, ...] = (
    None, True, -1, 0, 10**400, 1e308, float("nan"), float("inf"), "", "x" * 3000, "[/x]", ESCAPES, "\ud800", [], [1],
    [[1]], {}, {"x": 1}, {"x": None},
)  # fmt: skip
"""Values in the place of a value of a JSON message."""

WORDS = (
    "nan", "inf", "-inf", "-1", "0", "1e400", LONG_NUMBER, "", " ", "[/x]", "[bold]x", ESCAPES, "x" * 5000, "²", "a=b",
    "=", "a=", "=1", "a=nan", "..", "/", "/dev/zero", "/dev/null/x", "no/such/file", "--", "\ud800", "\u202e", "%s%n",
    "{0}", ",", "a,,b", "region:", "ur5e", "true", "1",
)  # fmt: skip
"""Words in the place of an option's value. A word of the command line holds no null character."""
