"""The seccomp filter of the sandbox: the process can compute, read files and use its open descriptors.

The filter lists the allowed system calls. All others fail with ``PermissionError``: sockets, other processes, programs,
files opened for writing, signals to others, mounts, namespaces. It cannot be removed, not even by root.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

from cellkit.exercise.syscalls import ALWAYS, OTHERS, WITH_ARGUMENTS

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000
_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16
_SET_FILTER, _ALL_THREADS = 1, 1
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | 0o20000000  # the last one: O_TMPFILE
_THREAD = 0x00010000  # CLONE_THREAD
_FCNTL = (0, 1, 2, 3, 4, 1030)  # duplicate; flags of descriptor and file. Not the owner, who would receive signals.
_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # kind of terminal, its size, waiting bytes; flags
_PRCTL = (15, 16, 0x53564D41)  # names of threads and of memory


class _Program:
    """Instructions of the kernel's packet filter, in order."""

    def __init__(self) -> None:
        self._code: list[tuple[int, int, int, int]] = []

    def load(self, offset: int) -> None:
        self._code.append((_LOAD, 0, 0, offset))

    def answer(self, verdict: int) -> None:
        self._code.append((_RETURN, 0, 0, verdict))

    def unless(self, test: int, value: int, verdict: int) -> None:
        """Return the verdict at once, unless the test holds."""
        self._code.append((test, 1, 0, value))
        self.answer(verdict)

    def when(self, test: int, value: int, verdict: int) -> None:
        """Return the verdict at once if the test holds."""
        self._code.append((test, 0, 1, value))
        self.answer(verdict)

    def block(self, number: int, body: _Program) -> None:
        """Add the instructions for one call; they must end in a verdict."""
        self._code.append((_EQUAL, 0, len(body._code), number))
        self._code += body._code

    def bytes(self) -> tuple[bytes, int]:
        return b"".join(struct.pack("=HBBI", *instruction) for instruction in self._code), len(self._code)


def refused(error: int = errno.EPERM) -> int:
    """Return the verdict that makes a call fail with an error."""
    return 0x00050000 | error


def _column() -> int | None:
    return {"x86_64": 0, "aarch64": 1}.get(platform.machine())


def libc() -> ctypes.CDLL:
    """Return the C library; ``ctypes.get_errno`` gives the error of a call."""
    return ctypes.CDLL(None, use_errno=True)


def call_number(name: str) -> int:
    """Return the number of a system call on this machine."""
    column = _column()
    assert column is not None
    number = OTHERS[name][column]
    assert number is not None
    return number


def available() -> bool:
    """Return whether this kernel and machine support the filter."""
    if _column() is None or platform.system() != "Linux":
        return False
    return bool(libc().syscall(call_number("seccomp"), 2, 0, ctypes.byref(ctypes.c_uint32(0x00050000))) == 0)


def filter_for(process: int) -> tuple[bytes, int]:
    """Return the filter's instructions, and their number. Signals may be sent to ``process`` alone."""
    column = _column()
    assert column is not None
    program = _Program()
    program.load(_ARCH)
    program.unless(_EQUAL, _AUDIT_ARCH[platform.machine()], _KILL)
    program.load(_NUMBER)
    if column == 0:
        program.when(_AT_LEAST, _X32, refused())
    for numbers in ALWAYS.values():
        if (number := numbers[column]) is not None:
            program.when(_EQUAL, number, _ALLOW)
    for name, body in _by_arguments(process).items():
        if (number := WITH_ARGUMENTS[name][column]) is not None:
            program.block(number, body)
    program.answer(refused())
    return program.bytes()


def _by_arguments(process: int) -> dict[str, _Program]:
    return {
        "open": _argument(1, [(_ANY_BIT, _WRITING, refused())], _ALLOW),
        "openat": _argument(2, [(_ANY_BIT, _WRITING, refused())], _ALLOW),
        "openat2": _argument(0, [], refused(errno.ENOSYS)),  # the filter cannot read its flags, which lie in memory
        "clone": _argument(0, [(_ANY_BIT, _THREAD, _ALLOW)], refused()),
        "clone3": _argument(0, [], refused(errno.ENOSYS)),  # then the library starts threads with clone
        "fcntl": _argument(1, [(_EQUAL, command, _ALLOW) for command in _FCNTL], refused()),
        "ioctl": _argument(1, [(_EQUAL, request, _ALLOW) for request in _IOCTL], refused()),
        "kill": _argument(0, [(_EQUAL, process, _ALLOW)], refused()),
        "tgkill": _argument(0, [(_EQUAL, process, _ALLOW)], refused()),
        "sendto": _zero(4),  # without an address, that is to the connected end only
        "prlimit64": _zero(2),  # reading limits, not setting them
        "prctl": _argument(0, [(_EQUAL, option, _ALLOW) for option in _PRCTL], refused()),
    }


def _argument(index: int, tests: list[tuple[int, int, int]], otherwise: int) -> _Program:
    program = _Program()
    program.load(_ARGUMENTS + 8 * index)
    for test, value, verdict in tests:
        program.when(test, value, verdict)
    program.answer(otherwise)
    return program


def _zero(index: int) -> _Program:
    """Allow the call if both halves of an argument are zero."""
    program = _Program()
    for half in (0, 4):
        program.load(_ARGUMENTS + 8 * index + half)
        program.unless(_EQUAL, 0, refused())
    program.answer(_ALLOW)
    return program


class _Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]


def install() -> None:
    """Install the filter for all threads of this process, permanently. Raises ``OSError``."""
    code, count = filter_for(os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Filter(count, ctypes.cast(buffer, ctypes.c_void_p))
    if libc().syscall(call_number("seccomp"), _SET_FILTER, _ALL_THREADS, ctypes.byref(program)) != 0:
        raise OSError(ctypes.get_errno(), "the kernel does not accept the seccomp filter")
