"""A faster copy of a gripper's model, in a file of its own, for the runs of a what-if variant."""

from __future__ import annotations

import json
from pathlib import Path

from cellkit.cell.config import CellFile
from cellkit.cell.kinds.gripper import GripperDevice
from cellkit.models.gripper import ParallelGripperModel
from cellkit.models.load import GripperModel, beside, load_gripper
from cellkit.models.provenance import Source
from cellkit.scenario.choices import chosen_models
from cellkit.scenario.config import Scenario
from cellkit.yamlfile import read_yaml, validate

_SOURCE = "what_if"


def faster(model: GripperModel, factor: float) -> GripperModel:
    """Return the model with jaws ``factor`` times as fast, or suction times divided by it. Above 1 is faster."""
    if isinstance(model, ParallelGripperModel):
        times = {"speed_min": min(1.0, factor), "speed_max": factor}
    else:
        times = {"evacuation_time": 1.0 / factor, "release_time": 1.0 / factor}
    changed = {}
    for name, by in times.items():
        figure = getattr(model, name)
        changed[name] = figure.model_copy(
            update={"value": by * figure.known(), "source": _SOURCE, "verified": False, "note": f"{by:g} x the model's"}
        )
    title = f"an invented gripper: {model.id}, {factor:g} times as fast"
    named = {"id": f"{model.id}-x{factor:g}", "name": f"{model.name} x {factor:g}"}
    sources = {**model.sources, _SOURCE: Source(title=title)}
    return model.model_copy(update={**changed, **named, "sources": sources})


def with_faster_grippers(scenario: Scenario, arm: str | None, gripper: str | None, factor: float, folder: Path) -> str:
    """Return the value for ``RunOptions.gripper`` that makes all grippers of the cell faster.

    The models are written to ``folder``. The value is empty if the cell has no gripper. Raises ``ConfigError``.
    """
    document = read_yaml(scenario.cell_file)
    cell = validate(CellFile, document)
    chosen = chosen_models(cell, arm, gripper)
    choices = []
    for role, device in cell.devices.items():
        if isinstance(device, GripperDevice):
            own = beside(scenario.cell_file.parent, device.model)
            model = faster(load_gripper(chosen.get(role, own)), factor)
            file = folder / f"{role}.yaml"
            file.write_text(json.dumps(model.model_dump(mode="json", by_alias=True)), encoding="utf-8")  # JSON is YAML
            choices.append(f"{role}={file}")
    return ",".join(choices)
