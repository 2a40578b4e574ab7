"""The data of one gripper: parts, speed, force and mass, each with its source.

The gripper frame is on the arm's flange, or on a bracket bolted to the flange; ``mount`` then states where. It is
turned about z as the gripper is bolted on: z points out of the tool, and parallel jaws close along x.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from cellkit.geometry import Array, inverse_transform, rotation_from_rpy, transform
from cellkit.masses import Load, six, symmetric
from cellkit.models.arm import FixedFrame, Positive, Six, Triple
from cellkit.models.provenance import Figure, Provenance, Source, Vendor
from cellkit.yamlfile import StrictModel


class _Gripper(StrictModel):
    schema_: Literal["cellkit/gripper/1"] = Field(alias="schema")
    id: str
    name: str
    vendor: Vendor
    sources: dict[str, Source]
    mass: Figure[float] = Field(description="kg")
    centre_of_gravity: Triple = Field(description="m, in the gripper frame")
    inertia: Six | None = Field(
        default=None,
        description="kg m² about the centre of gravity, ixx ixy ixz iyy iyz izz; null: that of a uniform box",
    )
    flange_code: Figure[str] = Field(description="ISO 9409-1 code on the arm's side")
    payload: Figure[float] = Field(description="kg")
    tcp: float = Field(gt=0, description="m from the flange to the tool centre point, along z")
    turn: float = Field(default=0.0, description="rad about z, from the flange's x axis to that of the gripper frame")
    body_size: Triple = Field(description="m; box from the flange outwards (x, y, z)")
    mount: FixedFrame | None = Field(
        default=None, description="mounting face, in the flange frame; null: the flange itself"
    )
    geometry: Provenance

    @property
    def rotation(self) -> Array:
        """The axes (3, 3) of the gripper frame in the flange frame."""
        turned = rotation_from_rpy(0.0, 0.0, self.turn)
        return turned if self.mount is None else self.mount.matrix()[:3, :3] @ turned

    def frame(self) -> Array:
        """Return the gripper frame (4, 4) in the flange frame."""
        return transform(self.rotation, (0.0, 0.0, 0.0) if self.mount is None else self.mount.xyz)

    def load(self) -> Load:
        """Return the gripper as a load on the flange."""
        load = self.own_load().turned(self.rotation)
        return load if self.mount is None else load.moved(self.mount.xyz)

    def own_load(self) -> Load:
        """Return the gripper as a load in the gripper frame; its inertia is a box's where the model gives none."""
        mass, centre = self.mass.known(), self.centre_of_gravity
        if self.inertia is not None:
            return Load(mass, np.array(centre), symmetric(self.inertia))
        width, depth, height = self.body_size
        return Load.box(mass, (width, depth, max(height, self.tcp)), centre)


class ParallelGripperModel(_Gripper):
    """A gripper with two jaws that close along x."""

    kind: Literal["parallel"]
    stroke: Figure[float] = Field(description="m; largest opening between the pads")
    force_min: Figure[float] = Field(description="N")
    force_max: Figure[float] = Field(description="N")
    speed_min: Figure[float] = Field(description="m/s, of the opening width")
    speed_max: Figure[float] = Field(description="m/s, of the opening width")
    finger_size: Triple = Field(description="m; box of one finger (x thickness, y width, z length)")
    finger_mass: Positive = Field(description="kg, of one finger; part of `mass`")

    @model_validator(mode="after")
    def _consistent(self) -> ParallelGripperModel:
        if self.force_min.known() > self.force_max.known() or self.speed_min.known() > self.speed_max.known():
            raise ValueError("a minimum is above its maximum")
        return self


class VacuumSource(Provenance):
    """What makes the vacuum of a gripper."""

    kind: Literal["ejector", "electric_pump"] = Field(description="an ejector uses compressed air, a pump does not")


class VacuumGripperModel(_Gripper):
    """A gripper with one suction cup, its face at the tool centre point."""

    kind: Literal["vacuum"]
    cup_diameter: Figure[float] = Field(description="m")
    vacuum_max: Figure[float] = Field(description="Pa below ambient")
    evacuation_time: Figure[float] = Field(description="s until the vacuum holds a part")
    release_time: Figure[float] = Field(description="s from the command until the part is free")
    vacuum_source: VacuumSource | None = Field(default=None, description="null: not known")

    @property
    def uses_air(self) -> bool:
        """Whether the gripper uses compressed air; true where the source of its vacuum is not known."""
        return self.vacuum_source is None or self.vacuum_source.kind == "ejector"

    def holding_force(self) -> float:
        """Return the holding force (N): vacuum times the area of the cup, without a safety factor."""
        return self.vacuum_max.known() * 3.141592653589793 * self.cup_diameter.known() ** 2 / 4


GripperModel = Annotated[ParallelGripperModel | VacuumGripperModel, Field(discriminator="kind")]


def with_spacer(
    model: ParallelGripperModel | VacuumGripperModel, thickness: float, mass: float, flange_code: str | None
) -> ParallelGripperModel | VacuumGripperModel:
    """Return the gripper with a plate or sensor of ``thickness`` (m) and ``mass`` (kg) bolted to it, as one tool.

    ``flange_code`` is that of the plate's other face. The plate is assumed to be uniform and as wide as the gripper.
    """
    width, depth, height = model.body_size
    plate = Load.box(mass, (width, depth, thickness), (0.0, 0.0, thickness / 2))
    load = plate + model.own_load().moved((0.0, 0.0, thickness))
    longer = {"tcp": model.tcp + thickness, "body_size": [width, depth, height + thickness]}
    return model.model_copy(update=_weighing(model, load, flange_code) | longer)


def on_bracket(
    model: ParallelGripperModel | VacuumGripperModel, mount: FixedFrame, mass: float, flange_code: str | None
) -> ParallelGripperModel | VacuumGripperModel:
    """Return the gripper at ``mount`` on a bracket of ``mass`` (kg), as one tool.

    ``flange_code`` is that of the bracket's other face. The bracket is assumed to be a uniform rod from there to the
    gripper.
    """
    moved = model.model_copy(update={"mount": mount})
    rod = np.array(mount.xyz)
    bracket = Load(mass, rod / 2, (np.eye(3) * (rod @ rod) - np.outer(rod, rod)) * mass / 12)
    back = inverse_transform(moved.frame())
    load = moved.own_load() + bracket.turned(back[:3, :3]).moved(back[:3, 3].tolist())
    return moved.model_copy(update=_weighing(model, load, flange_code))


def _weighing(
    model: ParallelGripperModel | VacuumGripperModel, load: Load, flange_code: str | None
) -> dict[str, object]:
    """Return the fields of a model that change when it and the part before it weigh ``load`` (in its own frame)."""
    return {
        "mass": model.mass.model_copy(update={"value": load.mass}),
        "centre_of_gravity": load.centre_of_gravity.tolist(),
        "inertia": six(load.inertia),
        "flange_code": model.flange_code.model_copy(update={"value": flange_code}),
    }
