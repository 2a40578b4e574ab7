"""The suite without a test file, the three-line subclass, and ``check_driver``, each as a third party would use it."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cellkit import registry
from cellkit.errors import ConfigError, DriverNotFound
from cellkit.models.load import model_file
from cellkit.testing.check import check_driver
from cellkit.testing.contract import chosen_kinds


def pytest_run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-c",
            os.devnull,
            "--rootdir",
            str(folder),
            "-p",
            "no:cacheprovider",
            *arguments,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_driver_is_tried_without_a_test_file(tmp_path: Path) -> None:
    done = pytest_run(
        tmp_path, "--pyargs", "cellkit.testing.suite", "--cellkit-driver", "virtual", "--cellkit-model", "vacuum", "-v"
    )
    assert done.returncode == 0, done.stdout
    assert "TestVacuum::test_grip_finds_a_part_that_is_there PASSED" in done.stdout
    assert "TestArm" not in done.stdout
    assert not list(tmp_path.iterdir())


MISSING: list[tuple[tuple[str, ...], int, str]] = [
    ((), 5, "name a driver: --cellkit-driver NAME"),
    (("--cellkit-driver", "staubli"), 5, "driver 'staubli' has no rig"),
    (("--cellkit-driver", "virtul"), 4, "unknown driver 'virtul'; did you mean virtual?"),
    (("--cellkit-driver", "virtual", "--cellkit-model", "ur5"), 4, "did you mean ur5e"),
    (("--cellkit-model", "ur5e"), 4, "--cellkit-model needs --cellkit-driver"),
    (("--cellkit-address", "127.0.0.1"), 4, "--cellkit-address needs --cellkit-driver"),
    (("--cellkit-driver", "ur", "--cellkit-port", "rtde=1"), 4, "--cellkit-port needs --cellkit-address"),
]
"""Arguments, the exit code, and words of the message."""


def test_the_suite_says_what_it_misses(tmp_path: Path) -> None:
    """All in one process: a start costs more than what is tested."""
    common = [
        "-c",
        os.devnull,
        "--rootdir",
        str(tmp_path),
        "-p",
        "no:cacheprovider",
        "--pyargs",
        "cellkit.testing.suite",
    ]
    code = (
        "import contextlib, io, json, sys, pytest\n"
        "for arguments in json.loads(sys.argv[1]):\n"
        "    said = io.StringIO()\n"
        "    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):\n"
        "        code = pytest.main(arguments)\n"
        "    print(json.dumps([int(code), said.getvalue()]))\n"
    )
    calls = json.dumps([[*common, "-rs", *arguments] for arguments, _, _ in MISSING])
    done = subprocess.run(
        [sys.executable, "-c", code, calls], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for (arguments, code_of_it, words), (exit_code, said) in zip(MISSING, answers, strict=True):
        assert exit_code == code_of_it, (arguments, said)
        assert words in said, arguments


def test_three_lines_are_enough_and_a_broken_rule_is_named(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(
        """
from cellkit.testing.kinds.digital_io import DigitalIOContract
class TestMine(DigitalIOContract):
    driver = "virtual"

from cellkit_virtual.rig import reference_rig
class Rig(reference_rig("io")):
    async def start(self):
        await super().start()
        self.device._watch = lambda signal, on_change: lambda: None
class TestBroken(DigitalIOContract):
    def fresh_rig(self):
        return Rig("io")
"""
    )
    done = pytest_run(tmp_path, "-q", "-W", "error")
    assert done.returncode == 1, done.stdout
    assert "FAILED test_mine.py::TestBroken::test_wait_for_ends_when_the_signal_changes" in done.stdout
    assert "1 failed, 21 passed" in done.stdout


def test_check_driver_returns_the_exit_code(capfd: pytest.CaptureFixture[str]) -> None:
    assert check_driver("virtual", "vacuum") == 0
    assert "passed" in capfd.readouterr().out


def test_check_driver_refuses_what_it_cannot_try() -> None:
    with pytest.raises(DriverNotFound, match="did you mean virtual"):
        check_driver("virtul")
    with pytest.raises(DriverNotFound, match="did you mean ur5e"):
        check_driver("virtual", "ur5")
    with pytest.raises(ConfigError, match="has no rig"):
        check_driver("staubli")


def test_check_driver_without_pytest_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec

    def without_pytest(name: str, *rest: Any) -> Any:
        return None if name == "pytest" else found(name, *rest)

    monkeypatch.setattr(importlib.util, "find_spec", without_pytest)
    with pytest.raises(ConfigError, match=r"pip install 'cellkit-robotics\[test\]'"):
        check_driver("virtual")


def test_what_is_tried_follows_the_offers() -> None:
    chosen = dict(chosen_kinds("virtual", None))
    assert set(chosen) == set(registry.kinds()), "the reference driver has devices of every kind"
    assert (chosen["arm"], chosen["jaws"], chosen["vacuum"]) == ("ur5e", "2f-85", "vacuum")
    assert chosen["io"] is None, "signals have no model"
    assert [kind for kind, _ in chosen_kinds("onrobot", None)] == ["jaws", "vacuum"]
    assert chosen_kinds("virtual", "fr3") == [("arm", "fr3")]
    file = str(model_file("rg2"))
    assert chosen_kinds("virtual", file) == [("jaws", file)]


def test_the_plug_in_is_light() -> None:
    """It loads in every pytest of the environment."""
    code = (
        "import sys, cellkit.testing.plugin as p\n"
        "heavy = {'numpy', 'pydantic', 'roboticstoolbox', 'ruckig', 'cellkit.devices', 'cellkit.registry'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
