"""The recorded values of a machine tool."""

from __future__ import annotations

from cellkit.cell.build import BuiltCell
from cellkit.devices import Machine
from cellkit.scenario.kinds.recorded_kind import RecordedKind, Values

_STATES = {"execution": "EXECUTION of its program", "door": "DOOR_STATE", "chuck": "CHUCK_STATE"}


def _sample(built: BuiltCell, role: str) -> Values:
    report = built.machines[role].report()  # measured at the plant, also while the machine's own report fails
    return {"execution": report.execution.value, "door": report.door.value, "chuck": report.chuck.value}


def _from_readings(_machine: Machine, values: Values) -> Values | None:
    return {key: values[key] for key in _STATES} if set(_STATES) <= set(values) else None


MACHINE = RecordedKind(
    quantity="state",
    schema="cellkit.MachineState",
    description="The state that a machine tool reports, in the words of MTConnect.",
    properties=lambda _values: {key: {"type": "string", "description": text} for key, text in _STATES.items()},
    sample=_sample,
    from_readings=_from_readings,
    words=lambda values: {name: text.lower() for name, text in values.items()},
    steady=False,
)
