"""The command ``cellkit schema``: JSON Schema for editors."""

from __future__ import annotations

import functools
import json
import operator
import sys
from typing import Annotated, Any

from cellkit.calibration.presets.columns import ColumnMap
from cellkit.cell.config import CellFile
from cellkit.errors import ConfigError
from cellkit.exercise.config import ExerciseFile
from cellkit.models.arm import ArmModel
from cellkit.models.load import model_classes
from cellkit.scenario.config import ScenarioFile
from cellkit.yamlfile import near_names

KINDS = ("cell", "scenario", "exercise", "arm", "gripper", "sensor", "columns")


def schema_command(kind: str) -> int:
    """Print one schema."""
    from pydantic import TypeAdapter

    if kind not in KINDS:
        raise ConfigError(f"unknown kind of file {kind!r}; {near_names(kind, KINDS)}")
    types: dict[str, Any] = {
        "cell": CellFile,
        "scenario": ScenarioFile,
        "exercise": ExerciseFile,
        "arm": ArmModel,
        "gripper": _any_of("gripper"),
        "sensor": _any_of("sensor"),
        "columns": ColumnMap,
    }
    schema = TypeAdapter(types[kind]).json_schema(by_alias=True)
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    sys.stdout.write(json.dumps(schema, indent=2, ensure_ascii=False) + "\n")
    return 0


def _any_of(schema: str) -> Any:
    """Return the union of all models of a schema; the key ``kind`` selects one."""
    from pydantic import Field

    union: Any = functools.reduce(operator.or_, model_classes(schema))
    return Annotated[union, Field(discriminator="kind")]
