"""The vendor's protocol: one line asks (``W``), one line answers (``S 1.250 kg``, or ``OVER``)."""

from __future__ import annotations

ASK = b"W\r\n"


def encode(mass: float | None) -> bytes:
    """Return the answer for a mass in kg; None: overloaded."""
    return b"OVER\r\n" if mass is None else f"S {mass:.6f} kg\r\n".encode()


def decode(line: bytes) -> float | None:
    """Return the mass (kg) of an answer; None: overloaded. Raises ``ValueError`` for another line."""
    text = line.decode("ascii")
    if text == "OVER":
        return None
    word, number, unit = text.split(" ")
    if (word, unit) != ("S", "kg"):
        raise ValueError(f"no answer of a scale: {text!r}")
    return float(number)
