"""The units that a box may count in. Names: tables of units in manual 9620-05-NET FT; factors are exact."""

from __future__ import annotations

POUND_FORCE = 4.4482216152605  # N, by definition (0.45359237 kg at 9.80665 m/s²)
INCH, FOOT = 0.0254, 0.3048  # m
KILOGRAM_FORCE = 9.80665  # N

FORCES = {
    "n": 1.0, "kn": 1e3, "lbf": POUND_FORCE, "klbf": 1e3 * POUND_FORCE, "kg": KILOGRAM_FORCE, "kgf": KILOGRAM_FORCE,
    "g": KILOGRAM_FORCE / 1e3, "gf": KILOGRAM_FORCE / 1e3,
}  # fmt: skip
TORQUES = {
    "nm": 1.0, "nmm": 1e-3, "knm": 1e3, "lbfin": POUND_FORCE * INCH, "lbfft": POUND_FORCE * FOOT,
    "kgcm": KILOGRAM_FORCE / 100, "kgfcm": KILOGRAM_FORCE / 100,
}  # fmt: skip


def newtons(unit: str) -> float:
    """Return the newtons in one unit of force. Raises ``ValueError`` for an unknown unit."""
    return _factor(unit, FORCES, "force")


def newton_metres(unit: str) -> float:
    """Return the newton metres in one unit of torque. Raises ``ValueError`` for an unknown unit."""
    return _factor(unit, TORQUES, "torque")


def _factor(unit: str, factors: dict[str, float], what: str) -> float:
    """Look a unit up. Boxes differ in their spelling of a unit: N-m or Nm, Lbf or lbf, kg or kgf."""
    name = unit.strip().lower().replace("-", "").replace(".", "").replace(" ", "").replace("*", "")
    if name not in factors:
        raise ValueError(f"unknown unit of {what} {unit!r}")
    return factors[name]
