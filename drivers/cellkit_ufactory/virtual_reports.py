"""Reports of the control box, as packets of the four report ports."""

from __future__ import annotations

from cellkit.timing import now
from cellkit_ufactory.protocol.commands import padded
from cellkit_ufactory.protocol.reports import NormalReport, RealReport, RichReport, RtReport
from cellkit_ufactory.protocol.units import MM, pose_values
from cellkit_ufactory.protocol.version import ControllerVersion
from cellkit_ufactory.virtual_box import ControlBox
from cellkit_ufactory.virtual_setting_functions import reduced


class Reporter:
    """Source of reports of a control box. ``lengths`` of the packets by port are those of a newer or older firmware."""

    def __init__(self, box: ControlBox, version: ControllerVersion) -> None:
        self.box = box
        self.version = version
        self.lengths = {30001: 145, 30002: 587, 30003: 135}

    def packet(self, port: int) -> bytes:
        """Return one packet of the port with the vendor's number."""
        if port == 30000:
            return self._rt().encode()
        if port == 30001:
            return self._normal().encode(self.lengths[port])
        if port == 30002:
            return self._rich().encode(self.lengths[port])
        return self._real().encode(self.lengths[port])

    def _real(self) -> RealReport:
        box = self.box
        joints = padded(box.kernel.joints().position.tolist())
        return RealReport(box.mode, box.state, box.queue.count, joints, pose_values(box.tcp()))

    def _rt(self) -> RtReport:
        box = self.box
        joints = box.kernel.joints()
        return RtReport(
            round(now() * 1e6), box.mode, box.state, box.queue.count, padded(joints.position.tolist()),
            padded(joints.velocity.tolist()), pose_values(box.tcp(), axis_angle=True),
            (_signed(box.signals.inputs), _signed(box.signals.outputs)),
        )  # fmt: skip

    def _normal(self) -> NormalReport:
        box, settings = self.box, self.box.settings
        return NormalReport(
            self._real(), box.released, box.enabled, box.error, box.warning, settings.tcp_offset, settings.load,
            settings.collision_sensitivity, settings.teach_sensitivity, settings.gravity,
        )  # fmt: skip

    def _rich(self) -> RichReport:
        box, settings, model = self.box, self.box.settings, self.box.kernel.model
        joints, tcp = box.kernel.joints(), box.tcp()
        twist = box.kernel.kinematics.jacobian(joints.position, box.kernel.tool.tcp.matrix) @ joints.velocity
        major, minor, revision = self.version.firmware
        flags = settings.reduced | settings.fence << 1 | settings.reports_current << 2 | settings.approximate << 3
        return RichReport(
            self._normal(),
            self.version.arm_type,
            model.dof,
            f"v{major}.{minor}.{revision}",
            (settings.tcp_jerk, 1.0, settings.tcp_max_acceleration, 0.1, MM * model.cartesian.max_speed),
            (settings.joint_jerk, 0.01, settings.joint_max_acceleration, 0.001, 3.14),
            tcp_speed=MM * float(twist[:3] @ twist[:3]) ** 0.5,
            joint_speeds=padded(joints.velocity.tolist()),
            counter=settings.counter,
            world_offset=settings.world_offset,
            io_reset=(settings.io_reset[0], settings.io_reset[1]),
            simulated=settings.simulated,
            collision_check=settings.self_collision,
            collision_tool=settings.collision_tool,
            collision_tool_size=settings.collision_tool_size,
            io=box.signals.state(),
            axis_angle=pose_values(tcp, axis_angle=True)[3:],
            reduced=reduced(box),
            flags=flags | settings.continuous << 4,
        )


def _signed(word: int) -> int:
    return word - 0x10000 if word & 0x8000 else word
