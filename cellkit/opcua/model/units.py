"""The engineering units by their symbols, with their UNECE common codes (Recommendation 20)."""

from __future__ import annotations

from asyncua import ua

UNECE = "http://www.opcfoundation.org/UA/units/un/cefact"

# symbol: (common code, description)
_UNITS = {
    "%": ("P1", "percent"),
    "deg": ("DD", "degree [unit of angle]"),
    "deg/s": ("E96", "degree per second"),
    "deg/s²": ("M45", "degree per second squared"),
    "rad": ("C81", "radian"),
    "rad/s": ("2A", "radian per second"),
    "rad/s²": ("2B", "radian per second squared"),
    "m": ("MTR", "metre"),
    "m/s": ("MTS", "metre per second"),
    "m/s²": ("MSK", "metre per second squared"),
    "mm": ("MMT", "millimetre"),
    "mm/s": ("C16", "millimetre per second"),
    "mm/s²": ("M41", "millimetre per second squared"),
    "kg": ("KGM", "kilogram"),
    "kg·m²": ("B32", "kilogram metre squared"),
    "N": ("NEW", "newton"),
    "N·m": ("NU", "newton metre"),
    "Pa": ("PAL", "pascal"),
    "s": ("SEC", "second"),
    "ms": ("C26", "millisecond"),
    "h": ("HUR", "hour"),
    "Hz": ("HTZ", "hertz"),
    "r/min": ("RPM", "revolutions per minute"),
    "°C": ("CEL", "degree Celsius"),
    "V": ("VLT", "volt"),
    "A": ("AMP", "ampere"),
    "W": ("WTT", "watt"),
    "kW·h": ("KWH", "kilowatt hour"),
}

SYMBOLS = frozenset(_UNITS)


def unit(symbol: str) -> ua.EUInformation:
    """Return the unit of a symbol such as ``"deg/s"``. Raises ``KeyError`` for an unknown symbol."""
    code, description = _UNITS[symbol]
    return ua.EUInformation(
        NamespaceUri=UNECE,
        UnitId=int.from_bytes(code.encode("ascii"), "big"),  # the rule of OPC 10000-8: the code's characters
        DisplayName=ua.LocalizedText(symbol),
        Description=ua.LocalizedText(description),
    )
