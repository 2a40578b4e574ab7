"""Loads as RMI has them: kg, cm and kg cm² (units: FANUC's own client, ``rmi.cpp``).

A payload schedule has a moment of inertia about each axis, and no products: the diagonal of the tensor is what is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cellkit.masses import Load

CENTRE = ("CG_X", "CG_Y", "CG_Z")
INERTIA = ("IN_X", "IN_Y", "IN_Z")
CENTIMETRES = 100.0
DIGITS = 4  # decimals


def payload_fields(load: Load) -> dict[str, float]:
    """Mass, centre of gravity and moments of inertia of a payload schedule."""
    centre = (round(CENTIMETRES * float(value), DIGITS) for value in load.centre_of_gravity)
    moments = (round(CENTIMETRES**2 * float(value), DIGITS) for value in np.diag(load.inertia))
    return {
        "Mass": round(load.mass, DIGITS),
        **dict(zip(CENTRE, centre, strict=True)),
        **dict(zip(INERTIA, moments, strict=True)),
    }


def payload_of(fields: Mapping[str, Any]) -> Load:
    """Return the load in a request; moments of inertia that are left out are zero."""
    centre = np.array([float(fields[key]) for key in CENTRE]) / CENTIMETRES
    moments = np.array([float(fields.get(key, 0.0)) for key in INERTIA]) / CENTIMETRES**2
    return Load(float(fields["Mass"]), centre, np.diag(moments))
