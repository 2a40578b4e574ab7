"""What a program may ask of a device: the public coroutines of the open interfaces, and nothing else."""

from __future__ import annotations

import inspect
from abc import ABC
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from enum import Enum
from functools import cache
from typing import Any

from cellkit import devices
from cellkit.devices import Device, OwnSignals


def _open_interfaces() -> dict[str, type]:
    found = {}
    for name in devices.__all__:
        kind = getattr(devices, name)
        plain = not isinstance(kind, type) or is_dataclass(kind) or issubclass(kind, Enum)
        if not plain and issubclass(kind, ABC) and kind is not OwnSignals:
            found[name] = kind
    return found


INTERFACES: Mapping[str, type] = _open_interfaces()
"""Open interfaces and abilities by name."""
SETTLED_AT_ONCE = ("set_frame", "hold", "resume")
"""Methods that wait for nothing: the program's side does them, the device's side follows."""


def interfaces_of(device: Device) -> list[str]:
    """The narrowest interfaces that a device has, by name."""
    having = {name: kind for name, kind in INTERFACES.items() if isinstance(device, kind)}
    return [
        name
        for name, kind in having.items()
        if not any(other is not kind and issubclass(other, kind) for other in having.values())
    ]


@cache
def coroutines_of(kind: type) -> dict[str, Callable[..., Any]]:
    """The public coroutine methods of an interface, its own and inherited ones."""
    return {
        name: function
        for name, function in inspect.getmembers(kind, inspect.iscoroutinefunction)
        if not name.startswith("_")
    }


def allowed(device: Device) -> set[str]:
    """Names of the methods that a program may call on a device."""
    return {name for kind in interfaces_of(device) for name in coroutines_of(INTERFACES[kind])}


def described(device: Device) -> dict[str, Any]:
    """What the constructors of a device's interfaces are told, but for its name: it is all public."""
    told: dict[str, Any] = {}
    for name in interfaces_of(device):
        kind = INTERFACES[name]
        if issubclass(kind, Device):
            for parameter in list(inspect.signature(kind).parameters)[1:]:
                told[parameter] = getattr(device, parameter)
    return told
