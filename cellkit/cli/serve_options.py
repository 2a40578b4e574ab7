"""The options of ``cellkit serve``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """The options of the command line, unchanged."""

    cell: str
    arm: str | None
    gripper: str | None
    world: str | None
    path: str
    protocol: list[str]
    program: list[Path]
    quantity: int | None
    seed: int
    speed: str
    host: str
    port: int
    state: Path | None
    insecure_loopback: bool
    rate: float
    record_rate: float
    external_only: bool
    on_owner_lost: str
    nodesets: Path | None
    history: Path | None
    history_of: list[str]
    json: bool
    view: int | None = None
    record: Path | None = None
