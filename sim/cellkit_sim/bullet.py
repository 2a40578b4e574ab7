"""The only module that imports pybullet: the import, one client per world, and suppression of its output.

PyBullet prints from C to the process's standard output, where programs write JSON.
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
from cellkit_sim.mesh_check import check_meshes
from cellkit_sim.meshes import with_round_visuals

Vector = tuple[float, float, float]


@contextmanager
def quiet() -> Iterator[None]:
    """Discard what C code writes to stdout and stderr."""
    sys.stdout.flush()
    sys.stderr.flush()
    libc = ctypes.CDLL(None)
    libc.fflush(None)
    saved = os.dup(1), os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 1)
        os.dup2(null, 2)
        yield
    finally:
        libc.fflush(None)  # C buffers when stdout is a pipe: flush the buffer to the null device
        os.dup2(saved[0], 1)
        os.dup2(saved[1], 2)
        for descriptor in (*saved, null):
            os.close(descriptor)


def load_pybullet() -> Any:
    """Return the pybullet module. Raises ``ConfigError`` if it is not installed."""
    if sys.modules.get("pybullet") is not None:
        return sys.modules["pybullet"]
    try:
        with quiet():
            import pybullet
    except ImportError as error:
        raise ConfigError(
            "the physics world needs PyBullet, which has wheels only for CPython 3.11 on Linux; this is "
            f"{platform.python_implementation()} {platform.python_version()} on {platform.system()} "
            f"{platform.machine()} ({error}): use --world kinematic, or Python 3.11"
        ) from None
    return pybullet


class Client:
    """One physics server inside this process: ``p`` is the pybullet module, ``id`` the client of every call."""

    def __init__(self) -> None:
        self.p = load_pybullet()
        with quiet():
            self.id: int = self.p.connect(self.p.DIRECT)

    def configure(self, step: float, gravity: float, iterations: int, residual: float) -> None:
        """Set the engine's parameters. Without ``deterministicOverlappingPairs`` two runs differ."""
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
        """Load a URDF from text with its base fixed at ``pose``. Return the body's number.

        Raises ``ConfigError`` for a mesh or a description that PyBullet cannot load.
        """
        check_meshes(text)
        text, files = with_round_visuals(text)
        # A separate folder: parallel processes with a common path would read each other's incomplete files.
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
        """Return the pose (4, 4) of a link's frame in world, from the current joints."""
        state = self.p.getLinkState(body, link, computeForwardKinematics=True, physicsClientId=self.id)
        return transform(rotation_from_quaternion(state[5]), state[4])

    def link_centre(self, body: int, link: int) -> Array:
        """Return the pose (4, 4) of a link's inertial frame (centre of mass) in world."""
        state = self.p.getLinkState(body, link, computeForwardKinematics=True, physicsClientId=self.id)
        return transform(rotation_from_quaternion(state[1]), state[0])

    def close(self) -> None:
        """Close the server. A second call does nothing."""
        if self.id >= 0:
            self.p.disconnect(self.id)
            self.id = -1
