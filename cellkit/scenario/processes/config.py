"""What surrounds the robot in a scenario file: one process, of one of several kinds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cellkit.cell.config import Name
from cellkit.models.arm import Positive
from cellkit.yamlfile import StrictModel

Seconds = Annotated[float, Field(ge=0)]


class Jitter(StrictModel):
    """How far a part may lie from its place: ± ``xy`` m on both axes, ± ``yaw_deg`` (uniform, by seed)."""

    xy: Annotated[float, Field(ge=0)] = 0.0
    yaw_deg: Annotated[float, Field(ge=0, le=180)] = 0.0


class TrayExchange(StrictModel):
    """Full trays come, finished fixtures go, by a handshake of two signals.

    ``ready`` (an input of the cell) is on while a tray stands there; a rising edge of ``done`` (an output) hands
    over the fixture, which is judged and emptied, and brings the next tray after ``exchange_time`` s.
    """

    kind: Literal["tray_exchange"]
    workpiece: Name
    tray: Name = Field(description="Place where parts arrive")
    fixture: Name = Field(description="Place where parts belong")
    jitter: Jitter = Jitter()
    io: Name = Field(description="Role of the digital signals")
    ready: Name
    done: Name
    exchange_time: Seconds = 0.0


class Feeder(StrictModel):
    """Parts come one by one into a slot, each some time after the one before was taken; nobody says when.

    At the end every part is judged by the nest of ``fixture`` that it is nearest to.
    """

    kind: Literal["feeder"]
    workpiece: Name
    slot: Name = Field(description="Place where parts arrive")
    fixture: Name = Field(description="Place where parts belong")
    jitter: Jitter = Jitter()
    wait: Annotated[list[Seconds], Field(min_length=2, max_length=2)] = Field(
        default=[0.5, 3.0],
        description="s, least and most, from one part's leaving to the next one's coming; the first comes soonest",
    )


class Pressing(StrictModel):
    """A pad on a load cell of its own. Every press is judged by the peak of the force on the pad.

    The n-th press may go ``overshoot[n % len]`` N beyond ``force`` (N), and must reach ``force`` less ``undershoot``.
    """

    kind: Literal["pressing"]
    pad: Name = Field(description="The structure that is pressed on")
    force: Positive
    undershoot: Positive = 1.0
    overshoot: Annotated[list[Positive], Field(min_length=1)]


class Visitors(StrictModel):
    """People walk up to the cell, stay a while and leave again; ``quantity`` of them, by seed.

    Each goes from ``entrance`` to ``nearest`` (places) at ``pace`` m/s. Within ``slow_within`` m of the robot's base
    the arm may move at ``slow_share`` of its speed limits, within ``stop_within`` m not at all, once ``reaction`` s
    have passed. ``over`` (an input of the cell) comes on after the last one.
    """

    kind: Literal["visitors"]
    robot: Name
    entrance: Name
    nearest: Name
    pace: Positive = 1.6
    stay: Annotated[list[Seconds], Field(min_length=2, max_length=2)] = [1.0, 2.5]
    pause: Annotated[list[Seconds], Field(min_length=2, max_length=2)] = [2.0, 5.0]
    slow_within: Positive
    stop_within: Positive
    slow_share: Annotated[float, Field(gt=0, le=1)] = 0.3
    reaction: Positive = 0.6
    io: Name
    over: Name


class MachineTending(StrictModel):
    """Blanks lie in a rack; each is judged in the rack for finished parts, if the machine has worked on it.

    The machine works on what is in its chuck while its program runs.
    """

    kind: Literal["machine_tending"]
    machine: Name
    workpiece: Name
    blanks: Name
    finished: Name
    jitter: Jitter = Jitter()


ProcessConfig = Annotated[TrayExchange | Feeder | Pressing | Visitors | MachineTending, Field(discriminator="kind")]
