"""A load as KRL has it, the structure ``LOAD``: mass ``M``, centre of gravity ``CM``, moments of inertia ``J``.

kg, mm, degrees and kg m². ``CM`` is in the flange frame; its A, B, C turn the flange's axes into the principal axes,
and ``J`` are the moments about those, at the centre of gravity (KUKA, KR IONTEC assembly manual V4, load center of
gravity and mass moment of inertia; Beckhoff TF5120, KRC_ReadLoadData).

``CK_LOAD`` is a convention of this project: a global variable of that type, which the program assigns to ``$LOAD``
before it starts RSI. What is written while RSI runs counts from the next start.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np

from cellkit.errors import ProtocolError
from cellkit.geometry import rotation_from_rpy, transform
from cellkit.masses import Load, principal
from cellkit_kuka.protocol.joints import CART, pose_to_kuka

VARIABLE, IN_FORCE = "CK_LOAD", "$LOAD"
_MOMENTS = ("X", "Y", "Z")
_NUMBER = r"([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[Ee][-+]?\d+)?)"
_TYPE = re.compile(r"\{\s*\w+\s*:")


def _structure(names: tuple[str, ...]) -> str:
    return r"\{\s*" + r"\s*,\s*".join(rf"{name}\s+{_NUMBER}" for name in names) + r"\s*\}"


_LOAD = re.compile(rf"\{{\s*M\s+{_NUMBER}\s*,\s*CM\s*{_structure(CART)}\s*,\s*J\s*{_structure(_MOMENTS)}\s*\}}")


def load_text(load: Load) -> str:
    """Return a load, given in the flange frame, as text."""
    axes, moments = principal(load.inertia)
    centre = pose_to_kuka(transform(axes, load.centre_of_gravity))
    frame, inertia = _fields(dict(zip(CART, centre, strict=True))), _fields(dict(zip(_MOMENTS, moments, strict=True)))
    return f"{{M {load.mass:.6f},CM {{{frame}}},J {{{inertia}}}}}"


def read_load(text: str) -> Load:
    """Read a load in the flange frame. Raises ``ProtocolError``."""
    found = _LOAD.fullmatch(_TYPE.sub("{", text.strip().upper()))
    if found is None:
        raise ProtocolError("KUKA", f"{text!r} is no LOAD", data=text.encode())
    numbers = [float(number) for number in found.groups()]
    if not all(map(math.isfinite, numbers)):
        raise ProtocolError("KUKA", f"{text!r} holds a number out of range", data=text.encode())
    mass, x, y, z, a, b, c, *moments = numbers
    turn = rotation_from_rpy(*(math.radians(angle) for angle in (c, b, a)))
    try:
        return Load(mass, np.array([x, y, z]) / 1000.0, turn @ np.diag(moments) @ turn.T)
    except ValueError as error:
        raise ProtocolError("KUKA", f"{text!r}: {error}", data=text.encode()) from None


def _fields(values: Mapping[str, float]) -> str:
    return ",".join(f"{name} {value:.9f}" for name, value in values.items())
