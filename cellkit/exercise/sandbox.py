"""The sandbox of a student's process: resource limits first, then Landlock, then the seccomp filter.

The kernel enforces all of them: the process cannot undo them, whatever user it runs as.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cellkit.exercise import landlock, seccomp

_NO_NEW_PRIVILEGES, _PARENT_DEATH, _DUMPABLE, _SET_DUMPABLE = 38, 1, 3, 4
_CAPABILITIES = 0x20080522  # version 3 of the kernel's structure
_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/usr/share/zoneinfo")
_DEVICES = ("/dev/null", "/dev/urandom", "/dev/zero")

CACHE = "MPLCONFIGDIR"
"""Variable that names the folder of matplotlib's list of fonts; the folder may be read."""


_NO_LANDLOCK = (
    "this kernel has no Landlock: the program can read this user's files and the command lines of processes; "
    "do not give --seed-base for a grade that counts"
)


@dataclass(frozen=True)
class Protection:
    """The protection on this machine. ``missing``: why there is none; ``notes``: its weaknesses."""

    walls: tuple[str, ...]
    missing: str | None
    notes: tuple[str, ...] = ()


def protection() -> Protection:
    """Return the protection that this machine offers."""
    if platform.system() != "Linux" or not seccomp.available():
        where = f"{platform.system()} on {platform.machine()}"
        reason = f"programs cannot run in a sandbox here ({where}): it needs Linux with seccomp, x86-64 or ARM"
        return Protection((), reason)
    walls = ("limits", "hidden memory", "seccomp")
    if (abi := landlock.version()) > 0:
        return Protection((*walls, f"landlock {abi}"), None)
    return Protection(walls, None, (_NO_LANDLOCK,))


def enter(cpu: int, memory: int, hidden: Sequence[Path]) -> None:
    """Put this process into the sandbox.

    ``cpu`` in s and ``memory`` in bytes are added to its use so far; ``hidden`` folders cannot be read.
    Raises ``OSError``.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + cpu
    _limit(resource.RLIMIT_CPU, seconds, seconds + 1)
    _limit(resource.RLIMIT_AS, *[_size() + memory] * 2)
    _limit(resource.RLIMIT_FSIZE, 0, 0)
    _limit(resource.RLIMIT_CORE, 0, 0)
    _limit(resource.RLIMIT_NOFILE, 64, 64)
    die_with_parent()
    _control(_NO_NEW_PRIVILEGES, 1)
    if landlock.version() > 0:
        paths = [Path(folder) for folder in (*sys.path, *_SYSTEM, *_DEVICES, os.environ.get(CACHE, "")) if folder]
        landlock.restrict([*paths, Path.cwd()], hidden)
    _drop_capabilities()
    seccomp.install()


def die_with_parent() -> None:
    """End this process when its parent ends in any way."""
    if platform.system() == "Linux":
        _control(_PARENT_DEATH, signal.SIGKILL)


def hide_memory() -> bool:
    """Prevent other processes from reading this one's memory by way of /proc; return whether they could before."""
    if platform.system() != "Linux":
        return False
    before = memory_is_visible()
    _control(_SET_DUMPABLE, 0)
    return before


def memory_is_visible() -> bool:
    """Return whether other processes of this user may read this one's memory."""
    return bool(seccomp.libc().prctl(_DUMPABLE, 0, 0, 0, 0))


def show_memory() -> None:
    """Undo ``hide_memory``."""
    _control(_SET_DUMPABLE, 1)


@contextmanager
def hidden_memory(wanted: bool = True) -> Iterator[None]:
    """Hide this process's memory for a time, if ``wanted``."""
    was_visible = wanted and hide_memory()
    try:
        yield
    finally:
        if was_visible:
            show_memory()


def _limit(which: int, soft: int, hard: int) -> None:
    _, present = resource.getrlimit(which)
    if present != resource.RLIM_INFINITY:
        soft, hard = min(soft, present), min(hard, present)
    resource.setrlimit(which, (soft, hard))


def _size() -> int:
    """Return the address space (bytes) in use."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _drop_capabilities() -> None:
    """Drop all capabilities, so that even root has no special rights."""
    header = struct.pack("=Ii", _CAPABILITIES, 0)
    if seccomp.libc().syscall(seccomp.call_number("capset"), header, bytes(24)) != 0:
        raise OSError(ctypes.get_errno(), "capset failed")


def _control(what: int, value: int) -> None:
    if seccomp.libc().prctl(what, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl failed")
