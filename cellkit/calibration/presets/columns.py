"""Logs of any other form: a table whose columns a file of its own describes (`cellkit/columns/1`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from cellkit.calibration.log import Log
from cellkit.calibration.table import Table, read_table
from cellkit.geometry import Array
from cellkit.yamlfile import Document, StrictModel, read_yaml, validate

Column = str | Annotated[int, Field(ge=1)]
"""The name of a column in the log's header, or its number from 1."""
Numbers = Annotated[list[float], Field(min_length=1)]

_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_ANGLES = {"rad": 1.0, "deg": np.pi / 180.0, "rad/s": 1.0, "deg/s": np.pi / 180.0}


class TimeColumn(StrictModel):
    """The column of the time."""

    column: Column
    unit: Literal["s", "ms", "us", "ns"] = "s"


class _Joints(StrictModel):
    """The columns of one quantity, joint 1 first. ``scale``: factor of each joint, also a sign."""

    columns: Annotated[list[Column], Field(min_length=1)]
    scale: Numbers | None = None

    @model_validator(mode="after")
    def _one_each(self) -> _Joints:
        if self.scale is not None and len(self.scale) != len(self.columns):
            raise ValueError(f"scale has {len(self.scale)} numbers for {len(self.columns)} columns")
        return self


class Angles(_Joints):
    """Joint angles or speeds; with a ``gear_ratio`` those of the motors, which it divides."""

    unit: Literal["rad", "deg", "rad/s", "deg/s"]


class Torques(_Joints):
    """Torques in N m. ``at``: at the joint behind its gear, at the joint from the motor, or at the motor's shaft."""

    at: Literal["link", "joint", "motor"]


class Currents(_Joints):
    """Motor currents in A; ``torque_constant``: N m at the joint per A."""

    torque_constant: Numbers | None = None


class ColumnMap(StrictModel):
    """The columns of a log (`cellkit/columns/1`).

    ``gear_ratio``: turns of each motor in a turn of its joint, where angles or torques are those of the motors.
    """

    schema_: Literal["cellkit/columns/1"] = Field(alias="schema")
    time: TimeColumn
    position: Angles
    velocity: Angles | None = None
    target_position: Angles | None = None
    target_velocity: Angles | None = None
    torque: Torques | None = None
    current: Currents | None = None
    gear_ratio: Numbers | None = None


def read_columns(file: Path, description: Path, dof: int) -> Log:
    """Read a log whose columns ``description`` names. Raises ``ConfigError`` for an error in either file."""
    document = read_yaml(description)
    columns = validate(ColumnMap, document)
    for key in ("position", "velocity", "target_position", "target_velocity", "torque", "current"):
        group = getattr(columns, key)
        if group is not None and len(group.columns) != dof:
            raise document.error(
                f"{key} names {len(group.columns)} columns, the arm has {dof} joints", (key, "columns")
            )
    constant = None if columns.current is None else columns.current.torque_constant
    for name, place, numbers in (
        ("gear_ratio", ("gear_ratio",), columns.gear_ratio),
        ("current.torque_constant", ("current", "torque_constant"), constant),
    ):
        if numbers is not None and len(numbers) != dof:
            raise document.error(f"{name} has {len(numbers)} numbers, the arm has {dof} joints", place)
    return _Reader(read_table(file), document, columns).log()


class _Reader:
    def __init__(self, table: Table, document: Document, columns: ColumnMap) -> None:
        self._table = table
        self._document = document
        self._columns = columns
        ratio = columns.gear_ratio
        self._ratio: Array | float = 1.0 if ratio is None else np.array(ratio)

    def log(self) -> Log:
        """Return the log that the description and the table make."""
        columns = self._columns
        times = self._values([columns.time.column], ("time", "column"))[:, 0] * _SECONDS[columns.time.unit]
        position = self._angles("position", columns.position)
        assert position is not None
        current, constant, torque = None, None, None
        if columns.current is not None:
            current = self._scaled("current", columns.current)
            if columns.current.torque_constant is not None:
                constant = np.array(columns.current.torque_constant)
                torque = current * constant
        if columns.torque is not None:
            torque = self._scaled("torque", columns.torque)
            torque = torque * self._ratio if columns.torque.at == "motor" else torque
        at_link = columns.torque is not None and columns.torque.at == "link"
        return Log(
            self._table.file.name,
            "columns",
            self._table.sha256,
            self._table.first_row,
            times,
            position,
            self._angles("velocity", columns.velocity),
            target_position=self._angles("target_position", columns.target_position),
            recorded_target_velocity=self._angles("target_velocity", columns.target_velocity),
            torque=torque,
            torque_at="link" if at_link else "motor",
            current=current,
            torque_constant=constant,
        )

    def _angles(self, key: str, group: Angles | None) -> Array | None:
        return None if group is None else self._scaled(key, group) * _ANGLES[group.unit] / self._ratio

    def _scaled(self, key: str, group: _Joints) -> Array:
        values = self._values(group.columns, (key, "columns"))
        return values if group.scale is None else values * np.array(group.scale)

    def _values(self, columns: list[Column], place: tuple[str, ...]) -> Array:
        numbers = []
        for column in columns:
            if isinstance(column, int):
                number = column - 1
            elif column in self._table.names:
                number = self._table.names.index(column)
            else:
                raise self._document.error(f"{self._table.file} has no column {column!r}", place)
            if number >= self._table.width:
                raise self._document.error(f"{self._table.file} has only {self._table.width} columns", place)
            numbers.append(number)
        return self._table.columns(numbers)
