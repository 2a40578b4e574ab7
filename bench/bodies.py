"""Loose parts at rest: a step of the physics world with sleeping parts, and the same step with all parts awake."""

from __future__ import annotations

import statistics
import time

from cellkit_sim.physics import STEP, PhysicsWorld

from cellkit.controller.world import Body, Shape, WorldSettings
from cellkit.geometry import Pose

COUNTS = (10, 100, 500)
ROUNDS = 5
STEPS = 50
SETTLE = 6.0
"""Cell time (s) after which all parts sleep."""
SIDE, PITCH, ROW = 0.04, 0.06, 25


def _world(parts: int) -> PhysicsWorld:
    """Return a world with parts that stand on the floor."""
    world = PhysicsWorld(WorldSettings())
    for i in range(parts):
        pose = Pose.from_rpy([i % ROW * PITCH, i // ROW * PITCH, SIDE / 2], [0.0, 0.0, 0.0], frame="world")
        world.add_body(Body(f"part {i}", "part", (Shape("box", (SIDE,) * 3),), pose, 0.1))
    return world


def _advance(world: PhysicsWorld, seconds: float) -> float:
    """Advance the world, and return the processor time (s)."""
    begin = time.process_time()
    world.advance(world.time + seconds, lambda: False)
    return time.process_time() - begin


def measure(parts: int) -> tuple[float, float]:
    """Return the median processor time (s) of a step with sleeping parts and with parts awake; rounds interleaved."""
    asleep, awake = _world(parts), _world(parts)
    for body in awake._bodies.values():
        awake._sleeping.hold_awake(body.id, True)
    _advance(asleep, SETTLE)
    _advance(awake, 1.0)  # long enough for the parts to stand still; they never sleep
    rounds = [[_advance(world, STEPS * STEP) / STEPS for world in (asleep, awake)] for _ in range(ROUNDS)]
    asleep.close()
    awake.close()
    own, other = (statistics.median(column) for column in zip(*rounds, strict=True))
    return own, other


def rows() -> list[tuple[str, str, str, str]]:
    """Return rows of name, ratio, target and the times behind the ratio."""
    found = []
    for parts in COUNTS:
        asleep, awake = measure(parts)
        detail = f"{asleep * 1e6:.0f} µs ÷ {awake * 1e6:.0f} µs"
        target = "≤ 0.15" if parts == max(COUNTS) else ""
        found.append((f"step with {parts} loose parts at rest ÷ awake", f"{asleep / awake:.2f}", target, detail))
    return found
