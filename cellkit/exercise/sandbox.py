"""Shuts the process that runs a student's program: limits first, then what it may read, then the wall.

Each is the kernel's: nothing in the process can undo it, whoever it runs as.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cellkit.exercise import landlock, seccomp

_NO_NEW_PRIVILEGES, _PARENT_DEATH, _DUMPABLE, _SET_DUMPABLE = 38, 1, 3, 4
_CAPABILITIES = 0x20080522  # version 3 of the kernel's structure
_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/usr/share/zoneinfo")
_DEVICES = ("/dev/null", "/dev/urandom", "/dev/zero")

CACHE = "MPLCONFIGDIR"
"""Variable that says where matplotlib keeps its list of fonts; it may be read."""


@dataclass(frozen=True)
class Protection:
    """What this machine can keep a program from. ``missing``: why it cannot be protected; ``notes``: what is weaker."""

    walls: tuple[str, ...]
    missing: str | None
    notes: tuple[str, ...] = ()


def protection() -> Protection:
    """What there is on this machine."""
    if platform.system() != "Linux" or not seccomp.available():
        where = f"{platform.system()} on {platform.machine()}"
        return Protection((), f"programs cannot be shut in here ({where}): it takes Linux with seccomp, x86-64 or ARM")
    walls = ("limits", "seccomp")
    if (abi := landlock.version()) > 0:
        return Protection((*walls, f"landlock {abi}"), None)
    return Protection(walls, None, ("this kernel has no Landlock: the program can read this user's files",))


def shut(cpu: int, memory: int, hidden: Sequence[Path]) -> None:
    """Shut this process. ``cpu`` in s, ``memory`` in bytes, both beyond what it has used; ``hidden``: not to be read.

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
        paths = [Path(one) for one in (*sys.path, *_SYSTEM, *_DEVICES, os.environ.get(CACHE, "")) if one]
        landlock.restrict([*paths, Path.cwd()], hidden)
    _drop_capabilities()
    seccomp.install()


def die_with_parent() -> None:
    """End this process when the one that has started it ends, however that comes."""
    if platform.system() == "Linux":
        _control(_PARENT_DEATH, signal.SIGKILL)


def hide_memory() -> bool:
    """Keep others from reading this process's memory by way of /proc; return whether they could before."""
    if platform.system() != "Linux":
        return False
    before = bool(_libc().prctl(_DUMPABLE, 0, 0, 0, 0))
    _control(_SET_DUMPABLE, 0)
    return before


def show_memory() -> None:
    """The way it was before ``hide_memory``."""
    _control(_SET_DUMPABLE, 1)


def _limit(which: int, soft: int, hard: int) -> None:
    _, most = resource.getrlimit(which)
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.setrlimit(which, (soft, hard))


def _size() -> int:
    """Address space (bytes) in use."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _drop_capabilities() -> None:
    """Root without any of its powers."""
    header = struct.pack("=Ii", _CAPABILITIES, 0)
    if _libc().syscall(seccomp.call_number("capset"), header, bytes(24)) != 0:
        raise OSError(ctypes.get_errno(), "capset failed")


def _control(what: int, value: int) -> None:
    if _libc().prctl(what, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl failed")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
