"""Things in the place of a file: devices, folders, pipes, garbage, and names that no file has."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from case import Case

COMMANDS: dict[str, tuple[tuple[str, ...], str]] = {
    "scenario": (("run", "FILE", "--world", "kinematic", "--quantity", "1"), ".yaml"),
    "cell": (("serve", "FILE", "--host", "203.0.113.1", "--insecure-loopback"), ".yaml"),
    "arm": (("run", "pick_and_place", "--world", "kinematic", "--quantity", "1", "--arm", "FILE"), ".yaml"),
    "gripper": (("run", "pick_and_place", "--world", "kinematic", "--quantity", "1", "--gripper", "FILE"), ".yaml"),
    "study": (("study", "FILE"), ".yaml"),
    "prices": (("dependencies", "pick_and_place", "--prices", "FILE"), ".yaml"),
    "exercise": (("grade", "FILE", "none.py"), ".yaml"),
    "program": (("grade", "frames", "FILE"), ".py"),
    "log": (("iso9283", "--log", "FILE"), ".csv"),
    "path log": (("iso9283", "--test", "path", "--log", "FILE"), ".csv"),
    "plotted": (("plot", "FILE", "--out", "plot.png"), ".mcap"),
    "exported": (("export", "FILE", "--html", "page.html"), ".mcap"),
    "compared": (("diff", "FILE", "FILE"), ".mcap"),
    "replayed": (("replay", "FILE"), ".mcap"),
    "certificate": (("certs", "trust", "FILE", "--state", "state"), ".der"),
}


def file_cases() -> Iterator[Case]:
    """Yield a case for each kind of file and each thing in its place."""
    for kind, (words, ending) in COMMANDS.items():
        for name, make in _makers().items():
            file = f"./thing{ending}"
            filled = tuple(file if word == "FILE" else word for word in words)
            yield Case(
                f"{kind}: {name}", filled, lambda folder, make=make, file=file: make(folder / file), kind != "program"
            )
        for name in ("/dev/zero", "/dev/full", "/proc/self/mem", "./" + "n" * 300 + ending, "./\ud800" + ending):
            filled = tuple(name if word == "FILE" else word for word in words)
            yield Case(f"{kind}: {name[:20]!r}", filled, refused=True)


def _makers() -> dict[str, Callable[[Path], object]]:
    random_bytes = random.Random(3).randbytes(5000)
    contents = {
        "empty": b"",
        "garbage": random_bytes,
        "null characters": bytes(4000),
        "an MCAP head and garbage": b"\x89MCAP0\r\n" + random_bytes,
        "UTF-16": "schema: ü".encode("utf-16"),
        "deep": b"[" * 20_000,
        "one long line": b"x" * 900_000,
        "terminal escapes": b"\x1b]0;title\x07\x1b[2J: 1\n" * 5,
        "an alias bomb": b"a: &a [1,1,1,1]\n"
        + b"".join(b"%c: &%c [*%c,*%c,*%c,*%c]\n" % ((n, n) + (n - 1,) * 4) for n in range(98, 118)),
    }
    makers: dict[str, Callable[[Path], object]] = {
        name: lambda file, data=data: file.write_bytes(data) for name, data in contents.items()
    }
    makers["a folder"] = lambda file: file.mkdir()
    makers["a pipe"] = os.mkfifo
    makers["a link to itself"] = lambda file: file.symlink_to(file.name)
    makers["a file of 8 GB without content"] = lambda file: (file.touch(), os.truncate(file, 8 << 30))
    return makers
