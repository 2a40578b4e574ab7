"""``cellkit schema``: JSON Schema for editors."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

from cellkit.cell.config import CellFile
from cellkit.errors import ConfigError
from cellkit.exercise.config import ExerciseFile
from cellkit.models.arm import ArmModel
from cellkit.models.load import model_classes
from cellkit.scenario.config import ScenarioFile
from cellkit.yamlfile import near_names

KINDS = ("cell", "scenario", "exercise", "arm", "gripper", "sensor")


def schema_command(kind: str) -> int:
    """Print one schema."""
    from pydantic import Field, TypeAdapter

    if kind not in KINDS:
        raise ConfigError(f"unknown kind of file {kind!r}; {near_names(kind, KINDS)}")
    types: dict[str, Any] = {
        "cell": CellFile,
        "scenario": ScenarioFile,
        "exercise": ExerciseFile,
        "arm": ArmModel,
        "gripper": Annotated[tuple(model_classes("gripper")), Field(discriminator="kind")],
        "sensor": Annotated[tuple(model_classes("sensor")), Field(discriminator="kind")],
    }
    schema = TypeAdapter(types[kind]).json_schema(by_alias=True)
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    sys.stdout.write(json.dumps(schema, indent=2, ensure_ascii=False) + "\n")
    return 0
