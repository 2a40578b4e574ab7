"""Torques and inertias of a serial arm: which torque a motion takes, and which inertia a joint turns.

A body is one symmetric (4, 4) matrix, the integral of [x; 1] [x; 1]ᵀ dm: second moments, first moments and mass. A
transform T moves it as T B Tᵀ, so the bodies beyond a joint add up in the joint's frame. The recursions are those of
J. Hollerbach, "A Recursive Lagrangian Formulation of Manipulator Dynamics", 1980, in the frames of the joints. They
give what the recursive Newton-Euler method gives, also in one pass outwards and one pass inwards.

Methods take angles (rad), speeds (rad/s) and accelerations (rad/s²) of m moments at once, (m, n), or of one, (n,).
Torques (N m) and inertias (kg m²) are at the joint side of the gear.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from cellkit.geometry import Array
from cellkit.masses import NO_LOAD, Load
from cellkit.models.arm import ArmModel
from cellkit.models.link_masses import arm_inertials

UPRIGHT: Final = (0.0, 0.0, -9.81)
"""Gravity (m/s²) in the base of an arm that stands upright."""
CREEP: Final = 1e-3
"""Speed (rad/s) below which Coulomb friction falls to zero: rounding errors turn a joint at rest, too."""


class ArmDynamics:
    """The dynamics of one arm model with a load in its flange.

    The links are those of the model. Where it states none, its mass is distributed as in the simulation.
    ``rotor_inertia`` (kg m²), ``coulomb`` (N m) and ``viscous`` (N m s/rad), each (n,), are 0 where the model does not
    know them. An object never changes: it may serve any number of motions.
    """

    def __init__(self, model: ArmModel, load: Load = NO_LOAD) -> None:
        self.model, self.load, self.dof = model, load, model.dof
        self.rotor_inertia, self.coulomb, self.viscous = _drives(model)
        self._turns = np.zeros((self.dof, 4, 4))
        for turn, (x, y, z) in zip(self._turns, model.kinematics.axes(), strict=True):
            turn[:3, :3] = [[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]]
        frames = np.array(model.kinematics.frames())
        # A joint's transform is F (1 + sin q K + (1 - cos q) K²): F its fixed frame, K the turn about its axis.
        self._sine = frames @ self._turns
        self._cosine = -self._sine @ self._turns
        self._constant = frames - self._cosine
        # -xᵀ K² x is the square of a point's distance from the axis.
        self._distance = -(self._turns @ self._turns).reshape(self.dof, 16, 1)
        self._links = np.array([_body(inertial.load()) for inertial in arm_inertials(model)[1]])
        self._flange = model.kinematics.flange.matrix()
        self._bodies = self._with(load)

    def loaded(self, load: Load) -> ArmDynamics:
        """Return the dynamics of the same arm with another load, in a tenth of the time of making it anew."""
        other = copy.copy(self)
        other.load, other._bodies = load, self._with(load)
        return other

    def axis_inertia(self, q: ArrayLike) -> Array:
        """Return the inertia (m, n) of the links beyond each joint and of the load, about the joint's axis.

        It is the diagonal of the inertia matrix of the joints. ``rotor_inertia`` is not part of it.
        """
        angles = np.asarray(q, dtype=np.float64)
        beyond = self._beyond(self._transforms(angles))
        inertias: Array = (beyond.reshape(self.dof, -1, 16) @ self._distance)[..., 0]
        return inertias.T.reshape(angles.shape)

    def gravity(self, q: ArrayLike, gravity: Sequence[float] | Array = UPRIGHT) -> Array:
        """Return the torques (m, n) that hold the arm at rest; ``gravity`` (3,) in m/s² is in the axes of the base."""
        angles = np.asarray(q, dtype=np.float64)
        transforms = self._transforms(angles)
        beyond = self._beyond(transforms)
        down = np.asarray(gravity, dtype=np.float64)[:, None]
        torques = np.empty(angles.shape)
        for joint in range(self.dof):
            down = transforms[joint, ..., :3, :3].swapaxes(-1, -2) @ down
            lever = self._turns[joint, :3, :3] @ beyond[joint, ..., :3, 3:]
            torques[..., joint] = -(lever * down).sum((-1, -2))
        return torques

    def inverse(self, q: ArrayLike, qd: ArrayLike, qdd: ArrayLike, gravity: Sequence[float] | Array = UPRIGHT) -> Array:
        """Return the torques (m, n) of the drives in a motion: of the links, and of rotors and friction where known."""
        return self.link_torques(q, qd, qdd, gravity) + self.drive_torques(qd, qdd)

    def drive_torques(self, qd: ArrayLike, qdd: ArrayLike) -> Array:
        """Return the torques (m, n) that rotors and friction take; a joint at rest has no friction."""
        speeds, accelerations = np.asarray(qd, dtype=np.float64), np.asarray(qdd, dtype=np.float64)
        rubbing = self.coulomb * np.clip(speeds / CREEP, -1.0, 1.0)
        torques: Array = self.rotor_inertia * accelerations + rubbing + self.viscous * speeds
        return torques

    def link_torques(
        self, q: ArrayLike, qd: ArrayLike, qdd: ArrayLike, gravity: Sequence[float] | Array = UPRIGHT
    ) -> Array:
        """Return the torques (m, n) that move links and load against inertia and ``gravity``, without the drives."""
        angles = np.asarray(q, dtype=np.float64)
        speeds, accelerations = (np.asarray(values, dtype=np.float64)[..., None, None] for values in (qd, qdd))
        transforms = self._transforms(angles)
        # Speed and acceleration of a frame T in its own axes: T⁻¹ dT/dt and T⁻¹ d²T/dt². Gravity is a base that rises.
        speed, acceleration = np.zeros((2, 4, 4))
        acceleration[:3, 3] = -np.asarray(gravity, dtype=np.float64)
        forces: list[Array] = []
        for joint, turn in enumerate(self._turns):
            forth, back = transforms[joint], _inverses(transforms[joint])
            turning = turn * speeds[..., joint, :, :]
            speed = back @ speed @ forth
            acceleration = back @ acceleration @ forth + (2.0 * speed + turning) @ turning
            acceleration += turn * accelerations[..., joint, :, :]
            speed = speed + turning
            # The integral of the force on dm times [x; 1]ᵀ: moments and sum of the forces on the link.
            forces.append(acceleration @ self._bodies[joint])
        torques = np.empty(angles.shape)
        beyond = np.zeros((4, 4))
        for joint in reversed(range(self.dof)):
            beyond = beyond + forces[joint]
            torques[..., joint] = (beyond * self._turns[joint]).sum((-1, -2))
            beyond = transforms[joint] @ beyond @ transforms[joint].swapaxes(-1, -2)
        return torques

    def _with(self, load: Load) -> Array:
        """Return the bodies (n, 4, 4) of the links, the last one with a load, each in the frame of its joint."""
        bodies = self._links.copy()
        bodies[-1] += self._flange @ _body(load) @ self._flange.T
        return bodies

    def _transforms(self, angles: Array) -> Array:
        """Return the pose (n, ..., 4, 4) of every joint's frame in the one before it, from angles (..., n)."""
        shape = (self.dof, *[1] * (angles.ndim - 1), 4, 4)
        by_joint = np.moveaxis(angles, -1, 0)[..., None, None]
        transforms: Array = self._sine.reshape(shape) * np.sin(by_joint)
        transforms += self._cosine.reshape(shape) * np.cos(by_joint)
        transforms += self._constant.reshape(shape)
        return transforms

    def _beyond(self, transforms: Array) -> Array:
        """Return the body (n, ..., 4, 4) of everything that each joint turns, in the frame of the joint."""
        beyond = np.empty_like(transforms)
        beyond[-1] = self._bodies[-1]
        for joint in range(self.dof - 2, -1, -1):
            forth = transforms[joint + 1]
            np.add(forth @ beyond[joint + 1] @ forth.swapaxes(-1, -2), self._bodies[joint], out=beyond[joint])
        return beyond


def _drives(model: ArmModel) -> Array:
    """Return rotor inertia, Coulomb and viscous friction (3, n), 0 where they are not known."""
    if model.drives is None:
        return np.zeros((3, model.dof))
    drives = model.drives
    figures = (one.values or [None] * model.dof for one in (drives.rotor_inertia, drives.coulomb, drives.viscous))
    return np.array([[value or 0.0 for value in values] for values in figures])


def _body(load: Load) -> Array:
    """Return the (4, 4) matrix of a body from its mass, centre of gravity and inertia about that centre."""
    point = np.append(load.centre_of_gravity, 1.0)
    body = load.mass * np.outer(point, point)
    body[:3, :3] += np.eye(3) * (np.trace(load.inertia) / 2.0) - load.inertia
    return body


def _inverses(transforms: Array) -> Array:
    """Return the inverses of rigid transforms (..., 4, 4)."""
    inverses = np.zeros_like(transforms)
    inverses[..., :3, :3] = transforms[..., :3, :3].swapaxes(-1, -2)
    inverses[..., :3, 3:] = -inverses[..., :3, :3] @ transforms[..., :3, 3:]
    inverses[..., 3, 3] = 1.0
    return inverses
