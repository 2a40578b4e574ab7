"""Every option and argument of every command with every bad word."""

from __future__ import annotations

from collections.abc import Iterator

import bad_values
import typer
from case import Case

from cellkit.cli.app import app

# What each command needs besides; it ends a command whose options are right before it serves or runs for long.
BASE: dict[str, tuple[str, ...]] = {
    "run": ("pick_and_place", "--world", "kinematic", "--quantity", "1"),
    "replay": ("none.mcap",),
    "diff": ("none.mcap", "none.mcap"),
    "export": ("none.mcap", "--html", "page.html"),
    "plot": ("none.mcap", "--out", "plot.png"),
    "matrix": ("pick_and_place", "--arms", "zzz"),
    "study": ("none.yaml",),
    "virtual": ("ur5e", "--host", "203.0.113.1"),
    "serve": ("pick_and_place", "--host", "203.0.113.1", "--insecure-loopback"),
    "iso9283": ("--arm", "zzz"),
    "dependencies": ("zzz",),
    "check-driver": ("zzz",),
    "new driver": ("acme", "--folder", "/dev/null/x"),
    "certs trust": ("none",),
    "certs reject": ("none",),
    "users add": ("otto", "--password-stdin", "--role", "zzz"),
    "users remove": ("zzz",),
    "exercise start": ("zzz",),
    "exercise measure": ("zzz",),
    "grade": ("zzz", "none.py"),
    "validate": ("zzz",),
    "schema": ("zzz",),
    "models": ("zzz",),
}
SLOW = frozenset({("validate", "TOPIC"), ("matrix", "--arms"), ("check-driver", "NAME")})


def option_cases() -> Iterator[Case]:
    """Yield a case for each option or argument and each word, and for options that do not exist."""
    for name, command in commands():
        base = BASE.get(name, ())
        for parameter in command.params:
            option = next((text for text in parameter.opts if text.startswith("--")), None)
            if option in ("--help", "--version") or getattr(parameter, "is_flag", False):
                continue
            for word in bad_values.WORDS:
                words = (*name.split(), *base, option, word) if option else (*name.split(), word, *base[1:])
                yield Case(f"{name} {option or parameter.name} {word[:30]!r}", words)
        for word in ("--no-such", "--\x1b[31m", "--json", "-x" * 500):
            yield Case(f"{name} {word[:20]!r}", (*name.split(), *base, word))
    for word in bad_values.WORDS:
        yield Case(f"the command {word[:30]!r}", (word,))


def commands() -> Iterator[tuple[str, typer.core.TyperCommand]]:
    """Yield every command with its full name."""

    def walk(prefix: str, group: object) -> Iterator[tuple[str, typer.core.TyperCommand]]:
        for name, command in group.commands.items():
            full = f"{prefix} {name}".strip()
            if hasattr(command, "commands"):
                yield from walk(full, command)
            else:
                yield full, command

    yield from walk("", typer.main.get_command(app))
