"""The cell file (`cellkit/cell/1`): devices by role, frames, workpieces, places, structures.

Lengths are in m or are shares of an arm's reach, so that one file fits arms of any size. ``"0.5 reach"`` refers to the
arm on which the frame stands, ``"0.5 left reach"`` to the arm in role ``left``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, Union

from pydantic import Field

from cellkit import registry
from cellkit.cell.kinds.fields import Colour, DeviceSection, Name, Pair, Placement
from cellkit.models.arm import Positive, Triple
from cellkit.yamlfile import StrictModel


class WorkpieceConfig(StrictModel):
    """A kind of part: ``size`` in m is x, y, z (cylinder: diameter, diameter, height), ``mass`` is in kg."""

    shape: Literal["box", "cylinder"] = "box"
    size: Annotated[list[Positive], Field(min_length=3, max_length=3)]
    mass: Positive
    friction: Annotated[float, Field(gt=0, le=2)] = 0.6
    colour: Colour = [0.85, 0.45, 0.15]


class PlaceGrid(Placement):
    """Poses in rows and columns around the middle, numbered along x first; parts stand on their z = 0 plane."""

    columns: Annotated[int, Field(ge=1, le=100)] = 1
    rows: Annotated[int, Field(ge=1, le=100)] = 1
    pitch: Pair = [0.1, 0.1]


class ShapeConfig(StrictModel):
    """One box or cylinder of a structure, in the structure's frame."""

    box: Annotated[list[Positive], Field(min_length=3, max_length=3)] | None = None
    cylinder: Pair | None = Field(default=None, description="diameter, height")
    xyz: Triple = [0.0, 0.0, 0.0]
    rpy_deg: Triple = [0.0, 0.0, 0.0]


class NestConfig(StrictModel):
    """Low walls around every pose of a place, ``clearance`` (m) wider than the workpiece on each side.

    A nest for a round part can have twelve ``sides``, which are nearly a bore.
    """

    place: Name
    workpiece: Name
    clearance: Positive = 0.002
    sides: Literal[4, 12] = 4
    wall_height: Positive = 0.006
    wall_thickness: Positive = 0.004


class Structure(Placement):
    """Something fixed in the cell: a table, a tray, a fixture, a post."""

    shapes: list[ShapeConfig] = []
    nests: NestConfig | None = None
    friction: Annotated[float, Field(gt=0, le=2)] = 0.6
    stiffness: Positive | None = Field(
        default=None,
        description="Stiffness in N/m under a pressing force; null: rigid",
    )
    colour: Colour = [0.62, 0.64, 0.68]


class ConveyorConfig(Placement):
    """A conveyor belt that runs along x; its pose is the middle of its top, ``speed`` is in m/s."""

    size: Annotated[list[Positive], Field(min_length=3, max_length=3)]
    speed: Annotated[float, Field(ge=-2, le=2)] = 0.0


if TYPE_CHECKING:
    AnyDevice: TypeAlias = DeviceSection
else:  # the sections of all installed kinds, each once; the key `kind` of the file selects the section
    _SECTIONS = tuple(dict.fromkeys(registry.load_object(row.cell).section for row in registry.kinds().values()))
    AnyDevice = Annotated[Union[_SECTIONS], Field(discriminator="kind")]  # noqa: UP007


class CellFile(StrictModel):
    """The content of a cell file."""

    schema_: Literal["cellkit/cell/1"] = Field(alias="schema")
    name: Name
    title: str = ""
    devices: dict[Name, AnyDevice]
    frames: dict[Name, Placement] = {}
    workpieces: dict[Name, WorkpieceConfig] = {}
    places: dict[Name, PlaceGrid] = {}
    structures: dict[Name, Structure] = {}
    conveyors: dict[Name, ConveyorConfig] = {}
    stock: dict[Name, Name] = Field(default={}, description="Workpiece → place where parts lie when the run starts")
