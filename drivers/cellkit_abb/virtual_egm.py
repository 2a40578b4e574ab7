"""The robot's end of EGM: it sends every 4 ms while RAPID runs, and follows the references it receives."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from cellkit.controller.arm_controller import ArmController
from cellkit.errors import ProtocolError, TransportError
from cellkit.timing import Periodic, now
from cellkit.transport import Address, Datagram
from cellkit_abb.protocol.egm import (
    PERIOD,
    CartesianFeedback,
    Guided,
    MessageType,
    Motors,
    Rapid,
    RobotMessage,
    decode_sensor,
    encode_robot,
)
from cellkit_abb.protocol.errors import JOINT_OUT_OF_RANGE, NO_DATA, LogEvent

COMM_TIMEOUT = 1.0  # s without references until the program gives up, as in its RAPID text
HEADROOM = 1.1  # of a joint's speed, above which a reference that jumps is held back; an assumption without source
_OVERFLOW = 2**32


class EgmStream:
    """The stream of one controller; ``start`` and ``stop`` follow its RAPID program."""

    def __init__(
        self, kernel: ArmController, socket: Datagram, computer: Address, on_failure: Callable[[LogEvent], None]
    ) -> None:
        self._kernel = kernel
        self._socket = socket
        self._computer = computer
        self._on_failure = on_failure
        self._beat: Periodic | None = None
        self._sequence = 0
        self._heard = 0.0
        self._reference: list[float] | None = None
        self._planned: list[float] = []
        limits = kernel.kinematics.limits
        self._steps = [float(v) * PERIOD * HEADROOM for v in limits.velocity]

    @property
    def running(self) -> bool:
        """Whether the stream guides the arm."""
        return self._beat is not None

    def start(self) -> None:
        """Guide the arm from its present joints. Raises ``CommandRejected`` and the other refusals of the kernel."""
        self._kernel.hold_here()
        self._kernel.begin_guidance(PERIOD)
        self._planned = self._kernel.joints().position.tolist()
        self._reference, self._heard = None, now()
        self._beat = Periodic(PERIOD, self._cycle)

    def stop(self) -> None:
        """Take no further references; the last message states that RAPID has stopped."""
        if self._beat is not None:
            self._beat.close()
            self._beat = None
            self._send(Guided.STOPPED, Rapid.STOPPED)

    async def listen(self) -> None:
        """Take references until the socket closes; skip a datagram that is not an EgmSensor message."""
        while True:
            data, sender = await self._socket.receive()
            try:
                message = decode_sensor(data)
            except ProtocolError:
                continue
            if self._beat is None or sender[0] != self._computer[0] or message.kind is not MessageType.CORRECTION:
                continue
            self._heard = now()
            if message.joints is not None:
                self._reference = list(message.joints)

    def _cycle(self) -> None:
        if now() - self._heard > COMM_TIMEOUT:
            self._on_failure(NO_DATA)
            return
        reference = self._reference
        if reference is not None and self._kernel.guided:
            problem = self._kernel.kinematics.limits.violation(reference, 1e-4)
            if problem:
                self._on_failure(replace(JOINT_OUT_OF_RANGE, description=problem))
                return
            self._planned = [
                at + max(-step, min(step, to - at))
                for at, to, step in zip(self._planned, reference, self._steps, strict=True)
            ]
            self._kernel.guide(self._planned)
        self._send(Guided.RUNNING, Rapid.RUNNING)

    def _send(self, guided: Guided, rapid: Rapid) -> None:
        kernel = self._kernel
        joints = kernel.joints()
        tool = kernel.tcp(joints)
        x, y, z, w = tool.quaternion
        px, py, pz = (tool.position * 1000.0).tolist()
        self._sequence = (self._sequence + 1) % _OVERFLOW
        message = RobotMessage(
            self._sequence,
            round(now() * 1000) % _OVERFLOW,
            joints.position.tolist(),
            self._planned,
            CartesianFeedback((px, py, pz), (w, x, y, z)),
            Motors.ON if kernel.powered else Motors.OFF,
            guided,
            rapid,
            converged=self._reference is not None and self._planned == self._reference,
        )
        with suppress(TransportError):  # a stopping controller has closed it already
            self._socket.send(encode_robot(message), self._computer)
