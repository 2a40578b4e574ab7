"""The requests that a program may make to a device: the public coroutines of the open interfaces alone."""

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
    interfaces = {}
    for name in devices.__all__:
        kind = getattr(devices, name)
        plain = not isinstance(kind, type) or is_dataclass(kind) or issubclass(kind, Enum)
        if not plain and issubclass(kind, ABC) and kind is not OwnSignals:
            interfaces[name] = kind
    return interfaces


INTERFACES: Mapping[str, type] = _open_interfaces()
"""Open interfaces and abilities by name."""
IMMEDIATE = ("set_frame", "hold", "resume")
"""Methods that do not wait: the program's side carries them out, the device's side follows."""


def interfaces_of(device: Device) -> list[str]:
    """Return the names of the narrowest interfaces of a device."""
    having = {name: kind for name, kind in INTERFACES.items() if isinstance(device, kind)}
    return [
        name
        for name, kind in having.items()
        if not any(other is not kind and issubclass(other, kind) for other in having.values())
    ]


@cache
def coroutines_of(kind: type) -> dict[str, Callable[..., Any]]:
    """Return the public coroutine methods of an interface, inherited ones included."""
    return {
        name: function
        for name, function in inspect.getmembers(kind, inspect.iscoroutinefunction)
        if not name.startswith("_")
    }


def allowed(device: Device) -> set[str]:
    """Return the names of the methods that a program may call on a device."""
    return {name for kind in interfaces_of(device) for name in coroutines_of(INTERFACES[kind])}


def constructor_arguments(device: Device) -> dict[str, Any]:
    """Return the constructor arguments of a device's interfaces except its name: all of them are public."""
    arguments: dict[str, Any] = {}
    for name in interfaces_of(device):
        kind = INTERFACES[name]
        if issubclass(kind, Device):
            for parameter in list(inspect.signature(kind).parameters)[1:]:
                arguments[parameter] = getattr(device, parameter)
    return arguments
