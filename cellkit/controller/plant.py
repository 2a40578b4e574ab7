"""What a controller drives: the mechanics behind it, in a simulated world.

A controller never asks which world it is. Set-points are *pulled*: the world samples the source it was given
whenever it needs one (every physics step, or only when somebody looks). What ends by itself is a future.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cellkit.devices.machine import Clamping, Execution, MachineAlarm
from cellkit.geometry import Array, Pose, Wrench
from cellkit.joints import JointState


class Setpoints(Protocol):
    """Where the joints of an arm are to be, at any cell time."""

    def sample(self, t: float) -> tuple[Array, Array]:
        """Joint positions (n,) in rad and velocities (n,) in rad/s at cell time ``t`` (s)."""

    def position(self, t: float) -> list[float]:
        """The positions alone, for a world that asks at every step."""


class ArmPlant(Protocol):
    """The joints of one arm."""

    def follow(self, source: Setpoints) -> None:
        """Track ``source`` from now on, in place of the one before."""

    def state(self) -> JointState:
        """The joints as they are now."""


@dataclass(frozen=True, slots=True)
class JawState:
    """Opening width (m) between the pads, force (N) on each pad."""

    stamp: float
    width: float
    force: float
    moving: bool


class JawPlant(Protocol):
    """Two coupled jaws."""

    def drive(self, width: float, speed: float, force: float) -> asyncio.Future[JawState]:
        """Move to an opening ``width`` (m) at ``speed`` (m/s), pressing with ``force`` (N) at most.

        The future ends when the jaws stand still, at the width or against a part. A new call takes over: the
        future before it is cancelled.
        """

    def halt(self) -> None:
        """Stop where the jaws are, keeping the force that holds a part. Cancels a pending drive."""

    def state(self) -> JawState:
        """The jaws as they are now."""

    def on_slip(self, callback: Callable[[], None]) -> None:
        """Call when jaws that stood against a part close further without a command: the part is gone."""


@dataclass(frozen=True, slots=True)
class SuctionState:
    """Vacuum (Pa below ambient) and whether the vacuum switch sees a part."""

    stamp: float
    vacuum: float
    part_present: bool


class SuctionPlant(Protocol):
    """One suction cup."""

    def switch(self, on: bool) -> asyncio.Future[SuctionState]:
        """Start or end suction; the future ends after the model's evacuation or release time."""

    def state(self) -> SuctionState:
        """The cup as it is now."""

    def on_slip(self, callback: Callable[[], None]) -> None:
        """Call when a part that was held breaks away while suction is on."""

    def leak(self, rate: float) -> None:
        """From now on the cup loses ``rate`` Pa of vacuum a second; 0 mends it."""


class ProximityPlant(Protocol):
    """A beam from the sensor's origin along its z axis."""

    def distance(self) -> float | None:
        """Distance (m) to the first body in the beam, None when nothing is within range."""

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call when something enters or leaves the beam."""


class WrenchPlant(Protocol):
    """A force/torque sensor between flange and tool."""

    def wrench(self) -> Wrench:
        """What the tool exerts on the flange, in the frame ``flange``: weight and inertia included."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """``colour`` (h, w, 3) uint8 and ``depth`` (h, w) in m along the optical axis, NaN where nothing is seen."""

    colour: object
    depth: Array


class CameraPlant(Protocol):
    """An RGB-D camera; z is the optical axis, x to the right, y down."""

    def picture(self) -> Picture:
        """What the camera sees now."""

    def visible_bodies(self, kind: str) -> list[tuple[str, Pose]]:
        """Names and true poses (frame ``world``) of the bodies of a kind inside the field of view."""


@dataclass(frozen=True, slots=True)
class MachineReport:
    """State of a machine tool."""

    available: bool
    door: Clamping
    chuck: Clamping
    execution: Execution
    mode: str
    alarms: tuple[MachineAlarm, ...] = ()


class ScannerPlant(Protocol):
    """A 2D scanner that turns in the x-y plane of its pose; x is forwards."""

    def ranges(self) -> Array:
        """(n,) distances (m) of one turn, from the right (negative angles) to the left; infinite: nothing in range."""


class CodePlant(Protocol):
    """A reader that looks along its z axis."""

    def code(self) -> str | None:
        """The code on the part in view, None when there is none."""


class MachinePlant(Protocol):
    """What a machine tool says of itself."""

    def report(self) -> MachineReport:
        """The machine as it is now."""

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call after every change."""


class ConveyorPlant(Protocol):
    """A belt that carries what lies on it along its x axis."""

    def set_speed(self, speed: float) -> None:
        """Belt speed in m/s."""
