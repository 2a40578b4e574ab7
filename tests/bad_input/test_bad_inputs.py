"""Thousands of bad inputs: each gets one short line and exit code 2, and none a traceback, a crash, or much memory.

A part runs in `make test`, all of them in `make test-long`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from all_cases import all_cases
from case import Case, sample
from file_cases import file_cases
from run_case import complaints

MAX_MEMORY_KB = 500_000
# The peak is read by the child itself: what the system reports of an ended child counts the memory of the process that
# started it too.
COMMAND = """
from cellkit.cli import main
try:
    main()
finally:
    with open("/proc/self/status") as status, open("peak", "w") as peak:
        peak.write(next(line for line in status if line.startswith("VmHWM:")))
"""


@pytest.fixture(autouse=True)
def no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep users, certificates and scores of this machine out of the tests."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


def check(cases: list[Case], folder: Path) -> None:
    bad = {case.name: broken for case in cases if (broken := complaints(case, folder))}
    assert not bad, f"{len(bad)} of {len(cases)}: " + "\n".join(f"{name}: {rules}" for name, rules in bad.items())


def test_there_are_enough() -> None:
    assert len(all_cases()) >= 2000


def test_a_part_of_them(tmp_path: Path) -> None:
    check(sample(all_cases(), 60), tmp_path / "case")


@pytest.mark.long
@pytest.mark.parametrize("part", range(8))
def test_all_of_them(part: int, tmp_path: Path) -> None:
    check(all_cases()[part::8], tmp_path / "case")


KINDS = ["scenario", "log", "plotted", "certificate"]
THINGS = ["an alias bomb", "/dev/zero", "deep", "a file of 8 GB without content"]
DEAR_FILES = [  # one of each kind, one of each thing; all the others are long
    pytest.param(kind, thing, marks=[] if row == column else [pytest.mark.long])
    for row, kind in enumerate(KINDS)
    for column, thing in enumerate(THINGS)
]


@pytest.mark.parametrize(("kind", "thing"), DEAR_FILES)
def test_memory_is_bounded(kind: str, thing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = next(case for case in file_cases() if case.name.replace("'", "") == f"{kind}: {thing}")
    monkeypatch.chdir(tmp_path)
    case.write(tmp_path)
    output = os.open(tmp_path / "output", os.O_RDWR | os.O_CREAT)
    child = os.posix_spawn(
        sys.executable,
        [sys.executable, "-c", COMMAND, *case.words],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, output, 1), (os.POSIX_SPAWN_DUP2, output, 2)],
    )
    _, status = os.waitpid(child, 0)
    os.close(output)
    answer = (tmp_path / "output").read_bytes()
    assert os.waitstatus_to_exitcode(status) == 2, answer[:500]
    assert answer.startswith(b"cellkit: error: ")
    assert len(answer) <= 2000
    assert int((tmp_path / "peak").read_text().split()[1]) < MAX_MEMORY_KB
