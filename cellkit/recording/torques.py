"""The torques of an arm's motors in a recording: of links, load, and of rotors and friction where they are known.

The physics world records the torques that move links and load. Elsewhere they are computed here from the recorded
motion, when they are read: a run does not wait for them. The kinematic world records the weight of tools and parts on
the flange, from which the load follows; other recordings are read with the tools alone as load.
"""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray

from cellkit.errors import ConfigError
from cellkit.geometry import Array
from cellkit.masses import Load, symmetric
from cellkit.models.load import load_arm
from cellkit.motion.dynamics import UPRIGHT, ArmDynamics
from cellkit.recording import metadata
from cellkit.recording.reader import Recording
from cellkit.recording.tracks import Track

LIGHT = 1e-6  # kg; less is no part
BASE = "base"  # the drawn link at an arm's mounting face


def motor_torques(recording: Recording, arm: str) -> Track:
    """Return the torques (k, n) in N m of an arm's motors, at the joint side of the gear.

    The arm's figures are those of its present model file. Raises ``ConfigError`` and ``DriverNotFound`` for a recording
    without a model of the arm, or with a model that is not found.
    """
    if arm not in recording.models:
        raise ConfigError(f"the recording names no model of {arm}, so its torques are not known", file=recording.file)
    track = recording.joints(arm)
    times, first = np.unique(track.times, return_index=True)
    position, velocity = track.position[first], track.velocity[first]
    acceleration = np.gradient(velocity, times, axis=0) if len(times) > 1 else np.zeros_like(velocity)
    dynamics = ArmDynamics(load_arm(recording.models[arm]))
    if track.effort is not None:
        torques = track.effort[first]
    else:
        torques = np.empty_like(velocity)
        down = _down(recording, arm)
        for rows, load in _loads(recording, arm, times):
            motion = position[rows], velocity[rows], acceleration[rows]
            torques[rows] = dynamics.loaded(load).link_torques(*motion, down)
    return Track(times, torques + dynamics.drive_torques(velocity, acceleration))


def _down(recording: Recording, arm: str) -> Array:
    """Return gravity (3,) in m/s² in the axes of the arm's base; of an upright arm where its base was not recorded."""
    gravity = np.array(UPRIGHT)
    places = recording.path(f"{arm}/{BASE}").values
    return places[0, :3, :3].T @ gravity if len(places) else gravity


def _loads(recording: Recording, arm: str, times: Array) -> list[tuple[NDArray[np.intp], Load]]:
    """Return the loads at the flange, each with the indices of its moments among ``times`` (k,)."""
    tools = _tools(recording, arm)
    if recording.run.get("world") != "kinematic":
        return [(np.arange(len(times)), tools)]
    wrench = recording.wrench(arm)
    rows = np.searchsorted(wrench.times, times).clip(max=len(wrench.times) - 1)
    forces, moments = wrench.values[rows, :3], wrench.values[rows, 3:]
    masses = np.round(np.linalg.norm(forces, axis=1) / -UPRIGHT[2], 6)
    return [
        (group, _with_part(tools, mass - tools.mass, forces[group], moments[group]))
        for mass in np.unique(masses)
        for group in [np.flatnonzero(masses == mass)]
    ]


def _with_part(tools: Load, mass: float, forces: Array, moments: Array) -> Load:
    """Return tools and a part of ``mass`` (kg) as one load, from the weight (k, 3) and its moment (k, 3) on the flange.

    The centre c of both has c × F = τ. Where the flange does not turn, its place along F is that of the tools.
    """
    if mass < LIGHT:
        return tools
    x, y, z = forces.T
    none = np.zeros_like(x)
    crosses = np.array([[none, z, -y], [-z, none, x], [y, -x, none]]).transpose(2, 0, 1)
    missing = moments - crosses @ tools.centre_of_gravity
    off = np.linalg.lstsq(crosses.reshape(-1, 3), missing.ravel(), rcond=1e-6)[0]
    centre = tools.centre_of_gravity + off * (tools.mass + mass) / mass
    return tools + Load(mass, centre)


def _tools(recording: Recording, arm: str) -> Load:
    facts = recording.metadata.get(metadata.tools_name(arm))
    if facts is None:
        return Load()
    try:
        centre, inertia = (json.loads(facts[key]) for key in ("centre_m", "inertia_kg_m2"))
        return Load(float(facts["mass_kg"]), np.array(centre), symmetric(inertia))
    except (KeyError, ValueError, TypeError):
        raise ConfigError(f"the tools of {arm} are damaged", file=recording.file) from None
