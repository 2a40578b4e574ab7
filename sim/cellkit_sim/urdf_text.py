"""The URDF text of numbers, frames and mass properties."""

from __future__ import annotations

from cellkit.models.inertial import Inertial, Vector


def inertial_element(inertial: Inertial) -> str:
    """Return the ``<inertial>`` element."""
    names = ("ixx", "ixy", "ixz", "iyy", "iyz", "izz")
    moments = " ".join(f'{name}="{float(value)!r}"' for name, value in zip(names, inertial.inertia, strict=True))
    place, mass = origin(inertial.xyz, inertial.rpy), float(inertial.mass)
    return f'<inertial>{place}<mass value="{mass!r}"/><inertia {moments}/></inertial>'


def numbers(values: Vector) -> str:
    """Return the numbers as text that reads back to the same bits."""
    return " ".join(repr(float(value)) for value in values)


def origin(xyz: Vector, rpy: Vector = (0.0, 0.0, 0.0)) -> str:
    """Return the ``<origin>`` element."""
    return f'<origin xyz="{numbers(xyz)}" rpy="{numbers(rpy)}"/>'
