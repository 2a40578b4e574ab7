"""Debian's open62541 in an environment of its own: unpacked, not installed, so it needs no rights."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from npm import ENVIRONMENTS, PATIENCE

PACKAGES = ("libopen62541-1.4-dev", "libopen62541-1.4", "libmbedcrypto16", "libmbedx509-7")
TOOLS = ("apt-get", "dpkg", "gcc")


def open62541() -> Path:
    """The folder that holds ``usr/include`` and ``usr/lib``; the test is skipped where it cannot be had."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"open62541 comes from Debian and is compiled with; there is no {', '.join(missing)} here")
    mark = hashlib.sha256(" ".join(PACKAGES).encode()).hexdigest()[:12]
    folder = ENVIRONMENTS / f"opcua-debian-{mark}"
    ready = folder / ".ready"
    ENVIRONMENTS.mkdir(exist_ok=True)
    with (ENVIRONMENTS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # pytest-xdist: one worker makes it
        if not ready.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            got = subprocess.run(
                ["apt-get", "download", *PACKAGES],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
            if got.returncode != 0:
                pytest.skip(f"Debian's open62541 cannot be had here: {' '.join(got.stderr.split())[:300]}")
            for package in folder.glob("*.deb"):
                subprocess.run(["dpkg", "-x", str(package), str(folder)], check=True, timeout=PATIENCE)
            ready.touch()
    return folder


def compile_client(source: Path, program: Path) -> tuple[Path, dict[str, str]]:
    """A client in C, and the environment that it must be run in."""
    root = open62541()
    [library] = {file.parent for file in root.glob("usr/lib/*/libopen62541.so")}
    command = [
        "gcc",
        "-std=c99",
        "-O1",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-D_GNU_SOURCE",
        str(source),
        "-o",
        str(program),
    ]
    command += ["-isystem", str(root / "usr/include"), f"-L{library}", f"-Wl,-rpath-link,{library}"]
    subprocess.run([*command, "-lopen62541", "-lm"], check=True, timeout=PATIENCE)
    return program, {**os.environ, "LD_LIBRARY_PATH": str(library)}
