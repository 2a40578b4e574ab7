"""Contents of POST requests to a JSON master: their members one by one, each with its error number."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from cellkit.errors import ProtocolError
from cellkit_iolink.protocol import jsoniol
from cellkit_iolink.protocol.text import is_number, is_whole, read_text

Resource: TypeAlias = "Callable[[Call], Any]"
"""What a resource does; returns the body of the answer, or None for 204."""

HIGHEST_VENDOR, HIGHEST_DEVICE = 0xFFFF, 0xFFFFFF
LONGEST_CYCLE = 132.8  # ms, IO-Link specification (from memory)
LONGEST_ALIAS = 64
MANUAL, AUTOSTART = "IOLINK_MANUAL", "IOLINK_AUTOSTART"
MODES = ("DEACTIVATED", MANUAL, AUTOSTART, "DIGITAL_INPUT", "DIGITAL_OUTPUT")
NO_CHECK = "NO_DEVICE_CHECK"
CHECKS = (
    NO_CHECK,
    "TYPE_COMPATIBLE_DEVICE_V1.0",
    "TYPE_COMPATIBLE_DEVICE_V1.1",
    "TYPE_COMPATIBLE_DEVICE_V1.1_BACKUP_AND_RESTORE",
    "TYPE_COMPATIBLE_DEVICE_V1.1_RESTORE",
)


class Failed(Exception):
    """An answer that is no success, by its error number."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(str(code))

    @property
    def body(self) -> dict[str, Any]:
        """The body of the answer."""
        return jsoniol.encode_failure(self.code)


class Body:
    """An object; every member has to be taken. All methods raise ``Failed``."""

    def __init__(self, members: Mapping[str, Any]) -> None:
        self._members = dict(members)

    @classmethod
    def read(cls, content: bytes) -> Body:
        """From the content of a request."""
        return cls.of(cls.value(content))

    @classmethod
    def of(cls, value: Any) -> Body:
        """From a JSON value."""
        if not isinstance(value, dict):
            raise Failed(203)
        return cls(value)

    @staticmethod
    def value(content: bytes) -> Any:
        """Any JSON value in the content of a request."""
        if not content.strip():
            raise Failed(208)
        try:
            return read_text(content)
        except ProtocolError:
            raise Failed(201) from None

    def take(
        self, name: str, kind: type, *, needed: bool = False, choices: Sequence[str] = (), pattern: str = ""
    ) -> Any:
        """One member of a type, or None where it is missing."""
        if name not in self._members:
            if needed:
                raise Failed(701)
            return None
        value: Any = self._members.pop(name)
        if not isinstance(value, kind) or (kind is int and not is_whole(value)):
            raise Failed(203)
        if choices and value not in choices:
            raise Failed(204)
        if pattern and not re.fullmatch(pattern, str(value)):
            raise Failed(202)
        return value

    def number(self, name: str, low: int, high: int) -> int | None:
        """Return a whole number within limits."""
        value: int | None = self.take(name, int)
        if value is not None and not low <= value <= high:
            raise Failed(205)
        return value

    def texts(self, known: Collection[str], longest: int) -> dict[str, str]:
        """At least one text of those that are known, and nothing else."""
        found = {name: self.take(name, str) for name in known}
        self.done()
        there = {name: text for name, text in found.items() if text is not None}
        if not there:
            raise Failed(701)
        if any(len(text.encode("utf-8", "replace")) > longest for text in there.values()):
            raise Failed(206)
        return there

    def done(self) -> None:
        """Nothing may be left."""
        if self._members:
            raise Failed(702)


@dataclass(slots=True)
class Call:
    """One request: parts of the path by name, query, and the content of a POST."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    content: bytes

    def body(self) -> Body:
        """Return the content as an object. Raises ``Failed``."""
        return Body.read(self.content)


@dataclass(frozen=True, slots=True)
class PortSettings:
    """How a port in IO-Link mode was set up; ``wanted`` are vendor and device that are checked."""

    check: str | None = None
    wanted: tuple[int, int] | None = None
    cycle: dict[str, Any] | None = None

    def shown(self) -> dict[str, Any]:
        """In the port's configuration."""
        found: dict[str, Any] = {}
        if self.check is not None:
            found |= {"mode": MANUAL, "validationAndBackup": self.check}
        if self.wanted is not None:
            found |= {"vendorId": self.wanted[0], "deviceId": self.wanted[1]}
        return found | ({} if self.cycle is None else {"cycleTime": self.cycle})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a port's configuration is to become; None is left as it is."""

    mode: str | None = None
    alias: str | None = None
    settings: PortSettings = field(default_factory=PortSettings)


def check_configuration(body: Body, taken: Collection[str]) -> Asked:
    """Check the configuration of a port; ``taken`` are the other ports' aliases. Raises ``Failed``."""
    mode = body.take("mode", str, choices=MODES)
    check = body.take("validationAndBackup", str, choices=CHECKS)
    cycle = body.take("cycleTime", dict)
    vendor, device = body.number("vendorId", 1, HIGHEST_VENDOR), body.number("deviceId", 1, HIGHEST_DEVICE)
    iq = body.take("iqConfiguration", str, choices=("NOT_SUPPORTED", "DIGITAL_INPUT", "DIGITAL_OUTPUT", "POWER_2"))
    alias = body.take("deviceAlias", str)
    body.done()
    if (mode, iq, alias, check, cycle, vendor, device) == (None,) * 7:
        raise Failed(701)
    if iq not in (None, "DIGITAL_INPUT"):
        raise Failed(702)  # pin 2 is an input and nothing else
    _check_alias(alias, taken)
    _check_cycle(cycle, mode)
    if mode != MANUAL and (check, vendor, device) != (None, None, None):
        raise Failed(703)
    if mode == MANUAL and check is None:
        raise Failed(701)
    if check not in (None, NO_CHECK) and None in (vendor, device):
        raise Failed(701)
    wanted = None if vendor is None or device is None or check == NO_CHECK else (vendor, device)
    return Asked(mode, alias, PortSettings(check, wanted, cycle))


def _check_alias(alias: str | None, taken: Collection[str]) -> None:
    if alias is None:
        return
    if alias in taken:
        raise Failed(207)
    # A longer one, or one with a slash, could not be reached by a path.
    if not alias or len(alias) > LONGEST_ALIAS or "/" in alias or not alias.isprintable():
        raise Failed(202)


def _check_cycle(cycle: dict[str, Any] | None, mode: str | None) -> None:
    if cycle is None:
        return
    if set(cycle) != {"value", "unit"}:
        raise Failed(701 if set(cycle) < {"value", "unit"} else 702)
    if not is_number(cycle["value"]):
        raise Failed(203)
    if cycle["unit"] != "ms":
        raise Failed(204)
    if not 0 <= cycle["value"] <= LONGEST_CYCLE:
        raise Failed(205)
    if mode not in (MANUAL, AUTOSTART):
        raise Failed(703)
