"""The data of one robot arm: kinematics, limits, masses and datasheet figures, each with its source."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from cellkit.geometry import Array, rotation_from_rpy, transform
from cellkit.joints import JointLimits
from cellkit.models.provenance import Figure, Provenance, Source, Vendor
from cellkit.models.stopping import Stopping
from cellkit.yamlfile import StrictModel

Triple = Annotated[list[float], Field(min_length=3, max_length=3)]
Six = Annotated[list[float], Field(min_length=6, max_length=6)]
Positive = Annotated[float, Field(gt=0)]


class FixedFrame(StrictModel):
    """A fixed transform: ``xyz`` in m, ``rpy`` in rad about the fixed axes x, y, z."""

    xyz: Triple = [0.0, 0.0, 0.0]
    rpy: Triple = [0.0, 0.0, 0.0]

    def matrix(self) -> Array:
        """Return the (4, 4) transform, with angles near a right angle made exact."""
        return transform(rotation_from_rpy(*(_snapped(angle) for angle in self.rpy)), self.xyz)


def _snapped(angle: float) -> float:
    """Return the exact right angle for an angle near it: robot descriptions round pi/2 to 1.5708."""
    quarter = round(angle / (np.pi / 2)) * (np.pi / 2)
    return float(quarter) if abs(angle - quarter) < 1e-4 else angle


class JointModel(FixedFrame):
    """One revolute joint: T(q) = Trans(xyz) · Rz(y)Ry(p)Rx(r) · Rot(axis, q) from the frame before it."""

    name: str
    axis: Triple
    lower: float | None = Field(description="rad; null: turns without limit")
    upper: float | None = Field(description="rad; null: turns without limit")
    max_velocity: Positive = Field(description="rad/s")
    max_acceleration: Positive = Field(description="rad/s²")
    max_jerk: Positive | None = Field(default=None, description="rad/s³; null: no limit, or none is known")
    max_effort: Positive | None = Field(default=None, description="N m; null: not given")


class Kinematics(StrictModel):
    """The chain from the mounting face to the mechanical interface (z of ``flange`` points outwards)."""

    provenance: Provenance
    base_to_first: FixedFrame = FixedFrame()
    joints: Annotated[list[JointModel], Field(min_length=2, max_length=10)]
    flange: FixedFrame

    def frames(self) -> list[Array]:
        """Return the fixed frame (4, 4) of every joint in the frame before it, the first one in base."""
        first, *others = (joint.matrix() for joint in self.joints)
        return [self.base_to_first.matrix() @ first, *others]

    def axes(self) -> list[Array]:
        """Return the unit vector (3,) of every joint's axis in the joint's frame."""
        vectors = [np.array(joint.axis, dtype=np.float64) for joint in self.joints]
        return [vector / np.linalg.norm(vector) for vector in vectors]


class Limits(StrictModel):
    """The sources of the joint limits; the figures are listed with the joints."""

    position: Provenance
    velocity: Provenance
    acceleration: Provenance
    effort: Provenance


class CartesianLimits(StrictModel):
    """Speed limits of the TCP on Cartesian paths. Acceleration is for the path, not for the joints.

    With ``capped: false`` a motion at ``max_acceleration`` is limited by the joints alone: the controller knows no such
    limit, and the figure is only the one that shares of acceleration refer to.
    """

    provenance: Provenance
    max_speed: Positive = Field(description="m/s")
    max_acceleration: Positive = Field(description="m/s²")
    max_jerk: Positive | None = Field(default=None, description="m/s³; null: no limit, or none is known")
    max_rotation_speed: Positive = Field(description="rad/s")
    max_rotation_acceleration: Positive = Field(description="rad/s²")
    max_rotation_jerk: Positive | None = Field(default=None, description="rad/s³; null: as above")
    capped: bool = True

    @property
    def smoothing(self) -> float:
        """The time (s) from rest to full acceleration; 0 without a limit of jerk."""
        return 0.0 if self.max_jerk is None else self.max_acceleration / self.max_jerk


class Acceleration(StrictModel):
    """The acceleration that torque leaves to each joint: ``torque`` / (inertia of links and load + ``inertia``).

    The inertia of links and load about the joint's axis follows from posture, links and payload. ``against_gravity``:
    gravity takes its part of the torque first. ``commanded``: the program commands accelerations up to the joints'
    ``max_acceleration``, and torque only limits them; else the controller uses all of it, and a program states shares.
    """

    provenance: Provenance
    torque: list[Positive | None] = Field(description="N m; null: the joint's max_acceleration holds")
    inertia: list[Annotated[float, Field(ge=0)] | None] = Field(description="kg m²; null: as above")
    against_gravity: bool
    commanded: bool


class ProgramDefaults(StrictModel):
    """Speeds and accelerations of a program that states none, in the vendor's own language."""

    joint_speed: Figure[float] = Field(description="rad/s, of the leading joint")
    joint_acceleration: Figure[float] = Field(description="rad/s², of the leading joint")
    speed: Figure[float] = Field(description="m/s, of the TCP")
    acceleration: Figure[float] = Field(description="m/s², of the TCP")


class LinkModel(StrictModel):
    """Mass, centre of mass (m, in the frame of the joint that moves the link) and inertia about it (kg m²).

    ``inertia`` is ixx, ixy, ixz, iyy, iyz, izz in axes turned by ``com_rpy`` against that frame.
    """

    mass: Positive
    com: Triple
    com_rpy: Triple = [0.0, 0.0, 0.0]
    inertia: Six


class Dynamics(StrictModel):
    """The links of the arm, one per joint (the base does not move).

    Without ``links`` the simulation distributes ``mass`` itself.
    """

    provenance: Provenance
    links: list[LinkModel] | None = None


class WristLimits(Provenance):
    """Limits of the load about the last joints of the arm, one value per joint."""

    values: Annotated[list[Positive], Field(min_length=1)] = Field(description="The last value is for the last joint")


class Wrist(StrictModel):
    """What the vendor allows the load to do to the wrist. None: not known, or none stated (then ``note`` says so)."""

    moment: WristLimits | None = Field(default=None, description="N m, of the load's weight about each joint")
    inertia: WristLimits | None = Field(default=None, description="kg m², of the load about each joint")
    note: str = ""


class JointFigures(Provenance):
    """One figure of every joint, in the order of the joints; null: not known."""

    values: list[Annotated[float, Field(ge=0)] | None] | None = Field(description="null: known of no joint")


class Drives(StrictModel):
    """The motors and gears of the joints, seen from the joint side of the gear."""

    rotor_inertia: JointFigures = Field(description="kg m²; inertia of the rotor times the gear ratio squared")
    coulomb: JointFigures = Field(description="N m; friction that does not depend on speed")
    viscous: JointFigures = Field(description="N m s/rad; friction per speed")


class Geometry(StrictModel):
    """The capsule radius (m) of the base and of each link: cellkit's own approximation, no vendor mesh."""

    provenance: Provenance
    base_radius: Positive
    link_radii: list[Positive]


class ArmModel(StrictModel):
    """One robot arm model (`cellkit/arm/1`)."""

    schema_: Literal["cellkit/arm/1"] = Field(alias="schema")
    id: str
    name: str
    vendor: Vendor
    sources: dict[str, Source]
    kinematics: Kinematics
    limits: Limits
    cartesian: CartesianLimits
    dynamics: Dynamics
    acceleration: Acceleration | None = Field(default=None, description="null: max_acceleration holds in every posture")
    program_defaults: ProgramDefaults | None = Field(default=None, description="null: not known")
    synchronised_by: Literal["time", "angle"] = Field(
        default="time",
        description="the joint that leads a joint motion: the one that takes longest, or the one that turns furthest",
    )
    drives: Drives | None = Field(default=None, description="null: nothing is known of the drives")
    geometry: Geometry
    stopping: Stopping | None = Field(default=None, description="How the arm stops; null: unknown in all categories")
    home: list[float] = Field(description="rad; tool pointing down in front of the base")
    payload: Figure[float] = Field(description="kg at the flange")
    reach: Figure[float] = Field(description="m, as the vendor measures it")
    working_reach: Figure[float] | None = Field(
        default=None,
        description="m; the reach that cell files scale with, where the vendor's reach does not suit work from above",
    )
    mass: Figure[float] = Field(description="kg")
    repeatability: Figure[float] = Field(description="m, ISO 9283 pose repeatability")
    flange_code: Figure[str] = Field(description="ISO 9409-1 code")
    power: Figure[float] = Field(description="W, typical")
    wrist: Wrist = Wrist()
    conventions: list[str] = Field(default=[], description="Where the teach pendant differs from this model")
    notes: list[str] = []
    urdf: str | None = Field(default=None, description="URDF, relative to this file, whose shapes the simulation uses")

    @model_validator(mode="after")
    def _consistent(self) -> ArmModel:
        count = len(self.kinematics.joints)
        if len(self.home) != count:
            raise ValueError(f"home has {len(self.home)} angles, the arm has {count} joints")
        if len(self.geometry.link_radii) != count:
            raise ValueError(f"geometry.link_radii has {len(self.geometry.link_radii)} radii for {count} joints")
        if self.dynamics.links is not None and len(self.dynamics.links) != count:
            raise ValueError(f"dynamics.links has {len(self.dynamics.links)} links for {count} joints")
        law = self.acceleration
        for name, column in () if law is None else (("torque", law.torque), ("inertia", law.inertia)):
            if len(column) != count:
                raise ValueError(f"acceleration.{name} has {len(column)} values for {count} joints")
        for name, limits in (("moment", self.wrist.moment), ("inertia", self.wrist.inertia)):
            if limits is not None and len(limits.values) > count:
                raise ValueError(f"wrist.{name} has {len(limits.values)} values, the arm has {count} joints")
        for name, figures in self.drives or ():
            if figures.values is not None and len(figures.values) != count:
                raise ValueError(f"drives.{name} has {len(figures.values)} values for {count} joints")
        problem = self.joint_limits().violation(self.home)
        if problem:
            raise ValueError(f"home: {problem}")
        problem = None if self.stopping is None else self.stopping.problem(count, set(self.sources))
        if problem:
            raise ValueError(problem)
        return self

    @property
    def dof(self) -> int:
        """The number of joints."""
        return len(self.kinematics.joints)

    def friction_known(self, joint: int) -> bool:
        """Return whether the model states the friction of a joint (from 0)."""
        figures = () if self.drives is None else (self.drives.coulomb, self.drives.viscous)
        return bool(figures) and all(one.values is not None and one.values[joint] is not None for one in figures)

    def rotors_known(self) -> bool:
        """Return whether the model states the rotor inertia of every joint."""
        return self.drives is not None and None not in (self.drives.rotor_inertia.values or [None])

    @property
    def layout_reach(self) -> float | None:
        """The reach (m) that cell files scale with; None when it is not known."""
        return (self.working_reach or self.reach).value

    def joint_limits(self) -> JointLimits:
        """Return all joint limits as arrays."""
        joints = self.kinematics.joints
        return JointLimits(
            tuple(joint.name for joint in joints),
            np.array([-np.inf if joint.lower is None else joint.lower for joint in joints]),
            np.array([np.inf if joint.upper is None else joint.upper for joint in joints]),
            np.array([joint.max_velocity for joint in joints]),
            np.array([joint.max_acceleration for joint in joints]),
            np.array([np.inf if joint.max_jerk is None else joint.max_jerk for joint in joints]),
        )
