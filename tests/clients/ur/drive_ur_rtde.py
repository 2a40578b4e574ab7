"""Drives a virtual Universal Robots controller by ur-rtde, unmodified. ``drive_ur_rtde.py HOST WHAT``; prints JSON."""

import json
import math
import sys
import time
from collections.abc import Callable
from typing import Any

import dashboard_client
import rtde_control
import rtde_io
import rtde_receive


def distance(a: list[float], b: list[float]) -> float:
    return max(abs(x - y) for x, y in zip(a, b, strict=True))


def until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


class Session:
    """What every part works with."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.receive = rtde_receive.RTDEReceiveInterface(host)
        self.control = rtde_control.RTDEControlInterface(host)
        self.home = self.receive.getActualQ()
        self.here = self.receive.getActualTCPPose()

    def near(self, joints: list[float], tolerance: float = 1e-3) -> bool:
        return until(lambda: distance(self.receive.getActualQ(), joints) < tolerance, 2.0)

    def at(self, pose: list[float], tolerance: float = 1e-3) -> bool:
        return until(lambda: distance(self.receive.getActualTCPPose()[:3], pose[:3]) < tolerance, 2.0)

    def still(self) -> bool:
        return until(lambda: max(map(abs, self.receive.getActualQd())) < 1e-3, 5.0)

    def turned(self, angle: float) -> list[float]:
        return [self.home[0] + angle, *self.home[1:]]

    def moved(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> list[float]:
        return [self.here[0] + x, self.here[1] + y, self.here[2] + z, *self.here[3:]]


def moves(s: Session) -> dict[str, Any]:
    c, out = s.control, {}
    out["connected"] = c.isConnected() and c.isProgramRunning()
    out["moveJ"] = c.moveJ(s.turned(0.2), 1.0, 2.0) and s.near(s.turned(0.2))
    out["moveJ back"] = c.moveJ(s.home, 1.0, 2.0) and s.near(s.home)
    out["moveL"] = c.moveL(s.moved(z=0.05), 0.25, 1.0) and s.at(s.moved(z=0.05))
    out["moveL_FK"] = c.moveL_FK(s.home, 0.25, 1.0) and s.near(s.home)
    out["moveJ_IK"] = c.moveJ_IK(s.moved(z=0.05), 1.0, 2.0) and s.at(s.moved(z=0.05))
    out["moveL slower by half"] = c.moveL(s.here, 0.125, 1.0) and s.at(s.here)

    began = time.monotonic()
    out["moveJ asynchronous"] = c.moveJ(s.turned(0.5), 0.5, 1.0, True)
    out["returned early"] = time.monotonic() - began < 0.4
    out["progress while it runs"] = until(c.getAsyncOperationProgressEx().isAsyncOperationRunning, 0.1) or until(
        lambda: c.getAsyncOperationProgressEx().isAsyncOperationRunning(), 1.0
    )
    out["progress ends"] = until(lambda: not c.getAsyncOperationProgressEx().isAsyncOperationRunning())
    out["arrived"] = s.near(s.turned(0.5))

    c.moveJ(s.home, 0.5, 1.0, True)
    time.sleep(0.3)
    c.stopJ(4.0)
    out["stopJ"] = s.still() and 0.01 < distance(s.receive.getActualQ(), s.home) < 0.49
    c.moveJ(s.home, 1.0, 2.0)
    c.moveL(s.moved(z=0.1), 0.1, 0.5, True)
    time.sleep(0.3)
    c.stopL(4.0, True)
    out["stopL asynchronous"] = s.still() and not s.at(s.moved(z=0.1), 1e-2)
    out["after the stop"] = c.moveJ(s.home, 1.0, 2.0) and s.near(s.home)
    return out


def paths(s: Session) -> dict[str, Any]:
    c, out = s.control, {}
    joints = [[*s.turned(0.1 * (i + 1)), 0.8, 1.5, r] for i, r in enumerate((0.02, 0.02, 0.0))]
    out["moveJ path"] = c.moveJ(joints) and s.near(s.turned(0.3))
    c.moveJ(s.home, 1.0, 2.0)
    corners = [s.moved(z=0.05), s.moved(z=0.05, y=0.05), s.moved(y=0.05)]
    poses = [[*pose, 0.2, 1.0, r] for pose, r in zip(corners, (0.01, 0.01, 0.0), strict=True)]
    out["moveL path"] = c.moveL(poses) and s.at(corners[-1])
    out["back"] = c.moveL(s.here, 0.25, 1.0) and s.at(s.here)

    path = rtde_control.Path()
    kind, place = rtde_control.PathEntry.eMoveType, rtde_control.PathEntry.ePositionType
    path.addEntry(rtde_control.PathEntry(kind.MoveJ, place.PositionJoints, [*s.turned(0.2), 1.0, 2.0, 0.0]))
    path.addEntry(rtde_control.PathEntry(kind.MoveJ, place.PositionJoints, [*s.home, 1.0, 2.0, 0.0]))
    path.addEntry(rtde_control.PathEntry(kind.MoveL, place.PositionTcpPose, [*corners[0], 0.2, 1.0, 0.0]))
    out["movePath asynchronous"] = c.movePath(path, True)
    seen = set()
    until(lambda: bool(seen.add(c.getAsyncOperationProgress())) or c.getAsyncOperationProgress() < 0, 20.0)
    out["progress seen"] = sorted(seen)
    out["arrived"] = s.at(corners[0])
    return out


def setpoints(s: Session) -> dict[str, Any]:
    c, out = s.control, {}
    worst = 0.0
    for i in range(500):
        period = c.initPeriod()
        angle = 0.1 * (1 - math.cos(2 * math.pi * i / 500))
        c.servoJ(s.turned(angle), 0.5, 0.5, 0.002, 0.1, 300)
        if i > 50:
            worst = max(worst, abs(s.receive.getActualQ()[0] - s.home[0] - angle))
        c.waitPeriod(period)
    out["servoJ"] = c.servoStop() and s.near(s.home, 0.02)
    out["servoJ lag"] = worst
    c.moveJ(s.home, 1.0, 2.0)
    for i in range(250):
        period = c.initPeriod()
        c.servoL(s.moved(z=0.03 * i / 250), 0.5, 0.5, 0.002, 0.1, 300)
        c.waitPeriod(period)
    time.sleep(0.1)
    out["servoL"] = c.servoStop() and s.at(s.moved(z=0.03), 5e-3)
    c.moveJ(s.home, 1.0, 2.0)

    out["speedJ"] = c.speedJ([0.2, 0, 0, 0, 0, 0], 1.0) and until(
        lambda: abs(s.receive.getActualQd()[0] - 0.2) < 0.01, 2
    )
    out["speedStop"] = c.speedStop() and s.still()
    c.moveJ(s.home, 1.0, 2.0)
    out["speedL"] = c.speedL([0, 0, 0.05, 0, 0, 0], 0.5) and until(
        lambda: abs(s.receive.getActualTCPSpeed()[2] - 0.05) < 0.005, 2
    )
    straight = distance(s.receive.getActualTCPPose()[:2], s.here[:2])
    out["speedL straight"] = straight < 2e-3
    out["speedL stop"] = c.speedStop() and s.still()
    c.moveJ(s.home, 1.0, 2.0)
    out["jog"] = c.jogStart([0, 0, 0.03, 0, 0, 0], c.FEATURE_BASE, 0.5) and until(
        lambda: s.receive.getActualTCPSpeed()[2] > 0.02, 2
    )
    out["jog stop"] = c.jogStop() and s.still()
    out["after set-points"] = c.moveJ(s.home, 1.0, 2.0) and s.near(s.home)
    return out


def queries(s: Session) -> dict[str, Any]:
    c, out = s.control, {}
    # With arguments this version of the client sends twelve numbers by a recipe of six, and waits for ever.
    out["forward"] = distance(c.getForwardKinematics(), s.here) < 1e-5
    out["inverse"] = distance(c.getInverseKinematics(s.here), s.home) < 1e-4
    out["inverse near"] = distance(c.getInverseKinematics(s.here, s.home, 1e-6, 1e-6), s.home) < 1e-4
    out["has solution"] = c.getInverseKinematicsHasSolution(s.here)
    out["no solution"] = not c.getInverseKinematicsHasSolution([9.0, *s.here[1:]])
    out["joints within limits"] = c.isJointsWithinSafetyLimits(s.home)
    out["joints outside"] = not c.isJointsWithinSafetyLimits([9.0, *s.home[1:]])
    out["pose within limits"] = c.isPoseWithinSafetyLimits(s.here)
    out["pose outside"] = not c.isPoseWithinSafetyLimits([9.0, *s.here[1:]])
    turned = c.poseTrans([1, 0, 0, 0, 0, math.pi / 2], [1, 0, 0, 0, 0, 0])
    out["poseTrans"] = distance(turned, [1, 1, 0, 0, 0, math.pi / 2]) < 1e-9
    out["setTcp"] = c.setTcp([0, 0, 0.1, 0, 0, 0]) and distance(c.getTCPOffset(), [0, 0, 0.1, 0, 0, 0]) < 1e-9
    s.still()
    time.sleep(0.05)
    apart = distance(s.receive.getActualTCPPose()[:3], s.here[:3])
    out["pose with the tool"] = abs(apart - 0.1) < 0.05
    c.setTcp([0.0] * 6)
    out["setPayload"] = c.setPayload(1.5, [0, 0, 0.05])
    out["setTargetPayload"] = c.setTargetPayload(1.2, [0, 0, 0.04], [0.01, 0.01, 0.01, 0, 0, 0])
    out["setGravity"] = c.setGravity([0, 0, 9.82])
    out["target waypoint"] = len(c.getTargetWaypoint()) == 6

    def asked_twice(ask: Callable[..., Any], *arguments: object) -> Any:
        """The client reads the answers to these before they have arrived: its first is of what was asked before."""
        ask(*arguments)
        time.sleep(0.05)
        return ask(*arguments)

    out["step time"] = asked_twice(c.getStepTime)
    out["history"] = distance(asked_twice(c.getActualJointPositionsHistory, 0), s.home) < 1e-3
    out["torques"] = len(asked_twice(c.getJointTorques)) == 6
    out["flange"] = distance(asked_twice(c.getActualToolFlangePose)[:3], s.here[:3]) < 1e-5
    out["tool contact"] = asked_twice(c.toolContact, [0, 0, -1, 0, 0, 0])
    out["steady"] = c.isSteady()
    return out


def forces(s: Session) -> dict[str, Any]:
    c, out = s.control, {}
    frame, axes, limits = [0.0] * 6, [0, 0, 1, 0, 0, 0], [2, 2, 1.5, 1, 1, 1]
    out["damping"] = c.forceModeSetDamping(0.1)
    out["gain"] = c.forceModeSetGainScaling(1.0)
    out["zero sensor"] = c.zeroFtSensor()
    for _ in range(50):
        period = c.initPeriod()
        c.forceMode(frame, axes, [0, 0, -10, 0, 0, 0], 2, limits)
        c.waitPeriod(period)
    out["force mode stop"] = c.forceModeStop()
    out["teach mode"] = c.teachMode() and c.endTeachMode()
    out["freedrive"] = c.freedriveMode([1, 0, 0, 0, 0, 0])
    out["freedrive status"] = c.getFreedriveStatus()
    out["freedrive end"] = c.endFreedriveMode()
    out["contact detection"] = c.startContactDetection([0, 0, -1, 0, 0, 0])
    out["contact seen"] = c.readContactDetection()
    out["contact detection end"] = not c.stopContactDetection()
    out["watchdog"] = c.setWatchdog(1.0)
    out["move after"] = all(c.kickWatchdog() for _ in range(3)) and c.moveJ(s.turned(0.05), 1.0, 2.0)
    time.sleep(1.6)
    out["unfed watchdog stops"] = until(lambda: not c.isProgramRunning(), 2.0)
    return out


def signals(s: Session) -> dict[str, Any]:
    io, r, out = rtde_io.RTDEIOInterface(s.host), s.receive, {}
    for index in (0, 7):
        out[f"standard {index}"] = io.setStandardDigitalOut(index, True) and until(
            lambda i=index: r.getDigitalOutState(i), 1
        )
    out["standard off"] = io.setStandardDigitalOut(0, False) and until(lambda: not r.getDigitalOutState(0), 1)
    out["the other stays"] = r.getDigitalOutState(7)
    out["configurable"] = io.setConfigurableDigitalOut(2, True) and until(lambda: r.getDigitalOutState(10), 1)
    out["tool"] = io.setToolDigitalOut(1, True) and until(lambda: r.getDigitalOutState(17), 1)
    out["analog voltage"] = io.setAnalogOutputVoltage(0, 0.5) and until(
        lambda: abs(r.getStandardAnalogOutput0() - 5.0) < 0.01, 1
    )
    out["speed slider"] = io.setSpeedSlider(0.5) and until(lambda: abs(r.getTargetSpeedFraction() - 0.5) < 1e-6, 1)
    began = time.monotonic()
    s.control.moveJ(s.turned(0.2), 0.5, 2.0)
    slow = time.monotonic() - began
    io.setSpeedSlider(1.0)
    until(lambda: abs(r.getTargetSpeedFraction() - 1.0) < 1e-6, 1)
    began = time.monotonic()
    s.control.moveJ(s.home, 0.5, 2.0)
    out["half speed takes longer"] = slow > 1.3 * (time.monotonic() - began)
    out["input int register"] = io.setInputIntRegister(20, 42)
    out["input double register"] = io.setInputDoubleRegister(20, 4.5)
    return out


def faults(s: Session) -> dict[str, Any]:
    c, out = s.control, {}
    dashboard = dashboard_client.DashboardClient(s.host)
    dashboard.connect()
    out["out of reach"] = not c.moveJ_IK([9.0, *s.here[1:]], 1.0, 1.0)
    out["program stops on it"] = until(lambda: not c.isProgramRunning(), 2)
    out["script again"] = c.reuploadScript() and until(c.isProgramRunning, 2)
    out["moves again"] = c.moveJ(s.turned(0.1), 1.0, 2.0) and s.near(s.turned(0.1))

    c.moveJ(s.turned(1.0), 0.3, 1.0, True)
    time.sleep(0.3)
    c.triggerProtectiveStop()
    out["protective stop"] = until(s.receive.isProtectiveStopped, 2) and s.still()
    out["safety mode"] = s.receive.getSafetyMode()
    out["no motion meanwhile"] = not c.moveJ(s.home, 1.0, 1.0)
    dashboard.closeSafetyPopup()
    try:
        dashboard.unlockProtectiveStop()
        out["unlocked at once"] = True
    except RuntimeError as error:
        out["unlocked at once"] = str(error)
    time.sleep(5.1)
    dashboard.unlockProtectiveStop()
    out["unlocked"] = until(lambda: not s.receive.isProtectiveStopped(), 6)
    out["script after unlock"] = c.reuploadScript() and until(c.isProgramRunning, 2)
    out["moves after unlock"] = c.moveJ(s.home, 1.0, 2.0) and s.near(s.home)

    c.disconnect()
    out["disconnected"] = not c.isConnected()
    out["reconnect"] = c.reconnect() and c.isConnected() and c.isProgramRunning()
    out["moves after reconnect"] = c.moveJ(s.turned(0.1), 1.0, 2.0) and s.near(s.turned(0.1))
    out["running"] = dashboard.running()
    c.stopScript()
    out["stopped"] = until(lambda: not dashboard.running(), 2)
    return out


def interrupted(s: Session) -> dict[str, Any]:
    """Recover from stops that a process beside this one causes, once the arm moves."""
    c, out = s.control, {}
    dashboard = dashboard_client.DashboardClient(s.host)
    dashboard.connect()
    c.moveJ(s.turned(2.0), 0.2, 1.0, True)
    out["protective stop seen"] = until(s.receive.isProtectiveStopped, 20) and s.still()
    time.sleep(5.1)
    dashboard.unlockProtectiveStop()
    out["unlocked"] = until(lambda: not s.receive.isProtectiveStopped(), 6)
    out["script again"] = c.reuploadScript() and until(c.isProgramRunning, 2)
    c.moveJ(s.turned(-2.0), 0.2, 1.0, True)
    out["emergency stop seen"] = until(s.receive.isEmergencyStopped, 20) and s.still()
    out["refused meanwhile"] = not c.moveJ(s.home, 1.0, 1.0)
    out["released"] = until(lambda: not s.receive.isEmergencyStopped(), 20)
    dashboard.closeSafetyPopup()
    dashboard.powerOn()
    until(lambda: s.receive.getRobotMode() == 5, 10)
    dashboard.brakeRelease()
    out["running again"] = until(lambda: s.receive.getRobotMode() == 7, 10)
    out["script once more"] = c.reuploadScript() and until(c.isProgramRunning, 2)
    out["moves"] = c.moveJ(s.home, 1.0, 2.0) and s.near(s.home)
    return out


def scripts(s: Session) -> dict[str, Any]:
    c, out = s.control, {}
    custom = f"movej({s.turned(0.1)}, a=2, v=1)\nwrite_output_integer_register(20, 6 * 7)\n"
    out["custom function"] = c.sendCustomScriptFunction("custom", custom) and s.near(s.turned(0.1))
    custom = f"def custom():\n  movej({s.home}, a=2, v=1)\n  write_output_integer_register(0, 2)\n  sync()\nend\n"
    out["custom script"] = c.sendCustomScript(custom)
    out["arrived"] = s.near(s.home)
    out["script again"] = until(c.isProgramRunning, 2)
    try:
        rtde_control.RTDEControlInterface(s.host)
        out["second controller"] = "accepted"
    except RuntimeError as error:
        out["second controller"] = str(error)
    return out


PARTS = {
    part.__name__: part for part in (moves, paths, setpoints, queries, forces, signals, faults, interrupted, scripts)
}

if __name__ == "__main__":
    session = Session(sys.argv[1])
    result = PARTS[sys.argv[2]](session)
    session.control.disconnect()
    session.receive.disconnect()
    print(json.dumps(result))
