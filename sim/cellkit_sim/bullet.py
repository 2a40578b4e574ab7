"""The only module that imports pybullet: the import, a client of its own per world, and quiet.

PyBullet prints from C to the process's standard output; a program that writes JSON there must not see it.
"""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cellkit.errors import ConfigError
from cellkit.geometry import Array, quaternion_from_rotation, rotation_from_quaternion, transform
from cellkit_sim.meshes import with_round_visuals

Vector = tuple[float, float, float]


@contextmanager
def quiet() -> Iterator[None]:
    """Send what C code writes to stdout and stderr to nowhere."""
    sys.stdout.flush()
    sys.stderr.flush()
    libc = ctypes.CDLL(None)
    libc.fflush(None)
    kept = os.dup(1), os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        yield
    finally:
        libc.fflush(None)  # C buffers when stdout is a pipe: empty it while it still leads nowhere
        os.dup2(kept[0], 1)
        os.dup2(kept[1], 2)
        for descriptor in (*kept, nowhere):
            os.close(descriptor)


def load_pybullet() -> Any:
    """The pybullet module. Raises ``ConfigError`` where there is none."""
    if sys.modules.get("pybullet") is not None:
        return sys.modules["pybullet"]
    try:
        with quiet():
            import pybullet
    except ImportError as error:
        raise ConfigError(
            "the physics world needs PyBullet, which has a wheel for CPython 3.11 on Linux alone; this is "
            f"{platform.python_implementation()} {platform.python_version()} on {platform.system()} "
            f"{platform.machine()} ({error}): use --world kinematic, or Python 3.11"
        ) from None
    return pybullet


class Client:
    """One physics server inside this process: ``p`` is the pybullet module, ``id`` goes with every call."""

    def __init__(self) -> None:
        self.p = load_pybullet()
        with quiet():
            self.id: int = self.p.connect(self.p.DIRECT)

    def configure(self, step: float, gravity: float, iterations: int, residual: float) -> None:
        """Set the engine up. Without ``deterministicOverlappingPairs`` two runs differ."""
        p = self.p
        p.setPhysicsEngineParameter(
            fixedTimeStep=step,
            numSolverIterations=iterations,
            solverResidualThreshold=residual,
            deterministicOverlappingPairs=1,
            frictionERP=0.5,
            physicsClientId=self.id,
        )
        p.setGravity(0.0, 0.0, -gravity, physicsClientId=self.id)

    def load_urdf(self, text: str, pose: Array, flags: int) -> int:
        """Load a URDF given as text, its base fixed at ``pose``; returns the body's number."""
        text, files = with_round_visuals(text)
        # A folder of its own: parallel processes that write one path read each other's halves.
        folder = Path(tempfile.mkdtemp(prefix=f"cellkit-{os.getpid()}-"))
        try:
            for name, content in {"robot.urdf": text, **files}.items():
                (folder / name).write_text(content, encoding="utf-8")
            with quiet():
                body: int = self.p.loadURDF(
                    str(folder / "robot.urdf"),
                    basePosition=pose[:3, 3].tolist(),
                    baseOrientation=quaternion_from_rotation(pose[:3, :3]),
                    useFixedBase=True,
                    flags=flags,
                    physicsClientId=self.id,
                )
        except self.p.error as error:
            raise ConfigError(f"PyBullet cannot load the robot's description: {error}") from None
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return body

    def link_frame(self, body: int, link: int) -> Array:
        """(4, 4) pose of a link's frame in world, from the joints as they are now."""
        state = self.p.getLinkState(body, link, computeForwardKinematics=True, physicsClientId=self.id)
        return transform(rotation_from_quaternion(state[5]), state[4])

    def link_centre(self, body: int, link: int) -> Array:
        """(4, 4) pose of a link's centre of mass (inertial frame) in world."""
        state = self.p.getLinkState(body, link, computeForwardKinematics=True, physicsClientId=self.id)
        return transform(rotation_from_quaternion(state[1]), state[0])

    def base_frame(self, body: int) -> Array:
        """(4, 4) pose of a body in world."""
        position, quaternion = self.p.getBasePositionAndOrientation(body, physicsClientId=self.id)
        return transform(rotation_from_quaternion(quaternion), position)

    def close(self) -> None:
        """Free the server; may be called twice."""
        if self.id >= 0:
            self.p.disconnect(self.id)
            self.id = -1
