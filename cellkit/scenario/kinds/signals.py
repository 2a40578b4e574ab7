"""The recorded values of digital and analog signals."""

from __future__ import annotations

from cellkit.cell.build import BuiltCell
from cellkit.devices import AnalogIO, DigitalIO
from cellkit.scenario.kinds.recorded_kind import RecordedKind, Values


def _image(built: BuiltCell, role: str) -> Values:
    values: Values = built.by_role[role].values()
    return values


def _all_or_none(io: DigitalIO, values: Values) -> Values | None:
    """Return the signals when all are known: a message holds all signals of a device."""
    return values if values and set(values) == {*io.inputs, *io.outputs} else None


def _shares(io: AnalogIO, values: Values) -> Values:
    """Return signals as shares of their range; None for a signal without a value."""
    signals = {**io.inputs, **io.outputs}
    return {name: signal.share(values[name]) if name in values else None for name, signal in signals.items()}


IO = RecordedKind(
    quantity="signals",
    schema="cellkit.Signals.{role}",
    description="Digital signals.",
    properties=lambda values: {name: {"type": "boolean", "description": "on"} for name in values},
    sample=_image,
    from_readings=_all_or_none,
    words=lambda values: {name: "on" if on else "off" for name, on in values.items()},
    steady=False,
    nested=True,
)
_SHARE = {"type": ["number", "null"], "description": "share of the signal's range; null: the wire is broken"}
ANALOG_IO = RecordedKind(
    quantity="analog",
    schema="cellkit.Analog.{role}",
    description="Analog signals.",
    properties=lambda values: dict.fromkeys(values, _SHARE),
    sample=_image,
    from_readings=_shares,
    words=lambda values: {name: "broken wire" if share is None else f"{share:.1%}" for name, share in values.items()},
    steady=False,
    nested=True,
)
