"""Landlock of the Linux kernel: it limits the folders that a process may read. Other files cannot be opened at all.

With it a process can also neither inspect other processes nor, in newer kernels, connect or send signals to them.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from cellkit.exercise.seccomp import call_number, libc

_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
"""ABI version from which on this number of rights to files is known."""
_READ_FILE, _READ_DIR = 4, 8
_TCP = 3  # bind and connect, from version 4 on
_SCOPES = 3  # abstract sockets and signals, from version 6 on
_PATH_BENEATH = 1


def version() -> int:
    """Return the kernel's version of Landlock; 0: not available, or switched off."""
    result = libc().syscall(call_number("landlock_create_ruleset"), None, ctypes.c_size_t(0), 1)
    return max(0, int(result))


def restrict(readable: Iterable[Path], hidden: Iterable[Path] = ()) -> None:
    """Restrict this process to reading files in ``readable`` but not in ``hidden``; it can write no file.

    Raises ``OSError``.
    """
    abi = version()
    rights = (1 << max(count for since, count in _RIGHTS.items() if since <= abi)) - 1
    attributes = struct.pack("=QQQ", rights, _TCP if abi >= 4 else 0, _SCOPES if abi >= 6 else 0)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    ruleset = _call("landlock_create_ruleset", attributes, ctypes.c_size_t(size), 0)
    secret = [path.resolve() for path in hidden]
    try:
        for path in dict.fromkeys(folder.resolve() for folder in readable):
            _allow(ruleset, path, secret)
        _call("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, hidden: list[Path]) -> None:
    if any(path.is_relative_to(folder) for folder in hidden) or not path.exists():
        return
    if not any(folder.is_relative_to(path) for folder in hidden):
        _rule(ruleset, path, _READ_FILE | (_READ_DIR if path.is_dir() else 0))
        return
    _rule(ruleset, path, _READ_DIR)  # Python finds a package beside a hidden one by listing their folder
    for child in path.iterdir():
        _allow(ruleset, child, hidden)


def _rule(ruleset: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        _call("landlock_add_rule", ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, descriptor), 0)
    finally:
        os.close(descriptor)


def _call(name: str, *arguments: object) -> int:
    result = int(libc().syscall(call_number(name), *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{name} failed")
    return result
