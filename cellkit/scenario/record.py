"""The record of one run: `--json` prints it, the matrix collects it and reports read it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class CycleTime(BaseModel):
    """Time from one finished part to the next, in s of cell time; the first one counts from the program's start."""

    model_config = ConfigDict(frozen=True)

    mean: float | None
    list: list[float]


class Failure(BaseModel):
    """The failure of a run: the event, the moment (s of cell time), and the place (device, or program line)."""

    model_config = ConfigDict(frozen=True)

    what: str
    when: float
    where: str


class RunRecord(BaseModel):
    """One run. ``collisions`` is null in a world that does not count them.

    Parts are judged where a process makes them and can observe them, so not on the live path. With a ``fault`` a run
    succeeds when the program has failed, or recovered, as expected; ``caused`` is the failure.
    """

    model_config = ConfigDict(frozen=True)

    scenario: str
    arm: str
    gripper: str | None
    world: str
    path: str
    seed: int
    fault: str | None = None
    success: bool
    parts_good: int
    parts_total: int
    parts_judged: bool = True
    cycle_time: CycleTime
    simulated_time: float
    wall_time: float
    realtime_factor: float
    max_place_error: float | None
    energy: float | None = None
    """The positive mechanical work of all joints in J; without rotors and friction. Null in the kinematic world."""
    figures: dict[str, float] = {}
    """Further measurements of the process, by a name that ends in its unit."""
    collisions: int | None
    trace_sha256: str
    failure: Failure | None
    caused: Failure | None = None
    bad_input: bool = False
    program_sha256: str = ""
    cellkit: str = ""
