"""What one run came to: the record that `--json` prints, matrix collects and reports read."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class CycleTime(BaseModel):
    """Time from one finished part to the next, in s of cell time; the first counts from the program's start."""

    model_config = ConfigDict(frozen=True)

    mean: float | None
    list: list[float]


class Failure(BaseModel):
    """Why a run failed: what happened, when (s of cell time), where (device, or the program's file and line)."""

    model_config = ConfigDict(frozen=True)

    what: str
    when: float
    where: str


class RunRecord(BaseModel):
    """One run. ``collisions`` is null in a world that does not watch them. Parts are judged where a process makes them
    and sees what becomes of them, so not on the live path.

    With a ``fault`` a run is a success when the program has failed, or recovered, in the named way; ``caused`` is how
    it has failed.
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
    """J: the positive mechanical work of all joints; no electric energy. Null in a world without masses."""
    figures: dict[str, float] = {}
    """What the process has measured besides, by a name that ends in its unit."""
    collisions: int | None
    trace_sha256: str
    failure: Failure | None
    caused: Failure | None = None
    bad_input: bool = False
    program_sha256: str = ""
    cellkit: str = ""
