"""The formats of figures: factor, digits and unit by the name of the format; separators by the language."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cellkit.study.feasibility.sentences import SCALES
from cellkit.study.report.language import Language

NARROW_SPACE = "\u202f"
MINUS = "\u2212"


@dataclass(frozen=True)
class Format:
    """The format of a figure.

    ``factor`` converts the SI value of the result to the unit shown; ``unit`` is a key of the language's units.
    ``digits`` is the number of digits after the decimal sign. With ``significant`` it is replaced by that number of
    significant digits, without trailing zeros. ``raw`` is the unit of the value in the result, if it differs.
    """

    digits: int = 0
    unit: str = ""
    factor: float = 1.0
    significant: int | None = None
    signed: bool = False
    raw: str | None = None

    @property
    def raw_unit(self) -> str:
        """The unit of the value in the result."""
        return self.unit if self.raw is None else self.raw

    def number(self, value: float, language: Language) -> str:
        """Return the figure without its unit."""
        shown = value * self.factor
        digits = self.digits if self.significant is None else _digits(shown, self.significant)
        text = f"{abs(shown):,.{digits}f}"
        if self.significant is not None and "." in text:
            text = text.rstrip("0").rstrip(".")
        zero = not text.strip("0.,")
        sign = MINUS if shown < 0 and not zero else "+" if self.signed and not zero else ""
        return sign + _in_language(text, language)

    def text(self, value: float, language: Language) -> str:
        """Return the figure with its unit."""
        number = self.number(value, language)
        if self.unit == "EUR":
            sign = number[:1] if number[:1] in (MINUS, "+") else ""
            return f"{sign}€{NARROW_SPACE}{number.removeprefix(sign)}"
        return number if not self.unit else f"{number}{NARROW_SPACE}{language.unit(self.unit)}"


def _in_language(text: str, language: Language) -> str:
    return "".join({",": language.thousands, ".": language.decimal}.get(sign, sign) for sign in text)


def _digits(value: float, significant: int) -> int:
    if value == 0.0 or not math.isfinite(value):
        return 0
    return max(0, significant - 1 - math.floor(math.log10(abs(value))))


def by_spec(value: float, spec: str, language: Language) -> str:
    """Return a figure of a sentence by ``conversion:format``, with the separators of the language."""
    conversion, _, form = spec.partition(":")
    text = format(value * (SCALES[conversion] if conversion else 1.0), form)
    return _in_language(text, language).replace("-", MINUS)


FORMATS: dict[str, Format] = {
    "count": Format(),
    "seed": Format(significant=15),
    "plain": Format(significant=6),
    "about": Format(significant=3),
    "ratio": Format(digits=2),
    "index": Format(digits=3),
    "percent": Format(unit="%", factor=100.0, raw="share"),
    "percent1": Format(digits=1, unit="%", factor=100.0, raw="share"),
    "signed_percent1": Format(digits=1, unit="%", factor=100.0, raw="share", signed=True),
    "percentage": Format(unit="%"),
    "s": Format(digits=2, unit="s"),
    "s1": Format(digits=1, unit="s"),
    "min": Format(digits=1, unit="min", factor=1 / 60.0, raw="s"),
    "h": Format(digits=1, unit="h", factor=1 / 3600.0, raw="s"),
    "hours": Format(unit="h", significant=4),
    "weeks": Format(unit="weeks", significant=3),
    "years": Format(unit="years", significant=3),
    "mm": Format(digits=2, unit="mm", factor=1000.0, raw="m"),
    "mm1": Format(digits=1, unit="mm", factor=1000.0, raw="m"),
    "mm3": Format(digits=3, unit="mm", factor=1000.0, raw="m"),
    "mm0": Format(unit="mm", factor=1000.0, raw="m"),
    "m": Format(digits=2, unit="m"),
    "deg": Format(digits=1, unit="deg", factor=180.0 / math.pi, raw="rad"),
    "kg": Format(unit="kg"),
    "N": Format(digits=1, unit="N"),
    "W": Format(unit="W"),
    "kW": Format(digits=2, unit="kW"),
    "W_kW": Format(digits=2, unit="kW", factor=0.001, raw="W"),
    "kWh": Format(unit="kWh", significant=3),
    "kWh0": Format(unit="kWh"),
    "EUR": Format(unit="EUR"),
    "euro": Format(raw="EUR"),
    "EUR2": Format(digits=2, unit="EUR"),
    "parts/h": Format(digits=1, unit="parts/h"),
}
"""The formats by name; every figure of the page carries the name of its format (``data-format``)."""
