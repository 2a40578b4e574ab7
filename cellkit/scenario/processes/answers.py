"""A process in which the program reports numbers; each one is compared with the truth in the world."""

from __future__ import annotations

import math

import numpy as np
from typing_extensions import override

from cellkit.cell.build import BuiltCell
from cellkit.devices import DeviceEvent
from cellkit.geometry import Array, Pose, inverse_transform
from cellkit.motion.kinematics import ArmKinematics
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.config import Answer, Answers, BodyTruth, ForwardTruth, PoseFigure
from cellkit.scenario.processes.judging import Report
from cellkit.scenario.processes.process import Process
from cellkit.scenario.processes.tracking import TrackerInstrument, pose_accuracy, pose_repeatability
from cellkit.timing import now
from cellkit.yamlfile import near_names

AT_POSE = 0.01
"""Distance (m) from a pose within which a standstill of the target belongs to it."""


class AnswersProcess(Process):
    """Runs ``answers`` in a world. The last report of a name counts."""

    def __init__(self, config: Answers, scenario: Scenario, built: BuiltCell, seed: int, report: Report) -> None:
        super().__init__(scenario, built, seed, report)
        self._config = config
        self._reported: dict[str, float] = {}
        self._tracker = None
        if config.tracker is not None:
            self._tracker = TrackerInstrument(config.tracker, scenario, built, seed)
        if built.cell.quantity != len(config.answers):
            text = f"quantity is {built.cell.quantity}, but {len(config.answers)} answers are asked for"
            raise scenario.document.error(text, ("quantity",))
        if config.parts is not None:
            self._workpiece("parts.workpiece", config.parts.workpiece)
            self._places("parts.place", config.parts.place)
        for key, answer in config.answers.items():
            self._check(key, answer)
        built.cell.on_event(self._on_event)

    @override
    def start(self) -> None:
        if self._tracker is not None:
            self._tracker.start()
        self._lay_out()
        bodies = self._built.world.loose_bodies()
        for key, answer in self._config.answers.items():
            if answer.body is not None and answer.body.name not in bodies:
                known = near_names(answer.body.name, bodies)
                text = f"{key}: no part {answer.body.name!r}; {known}"
                raise self._scenario.document.error(text, ("process", "answers", key))

    def _lay_out(self) -> None:
        parts = self._config.parts
        if parts is None:
            return
        part = self._plan.workpieces[parts.workpiece]
        for number, place in enumerate(self._plan.layout.places(parts.place), 1):
            self._add_part(part, number, place, parts.jitter)

    @override
    def finish(self) -> None:
        if self._tracker is not None:
            self._tracker.finish()
        for key, answer in self._config.answers.items():
            fault = self._judged(key, answer)
            self.tally.note(key, fault)
            self._report(now(), "process", "answer", key=key, value=self._reported.get(key), fault=fault)

    def _on_event(self, event: DeviceEvent) -> None:
        if event.what == "report":
            self._reported[str(event.data["key"])] = float(event.data["value"])

    def _judged(self, key: str, answer: Answer) -> str | None:
        """Return the error of an answer, without its size: the size would reveal the answer."""
        if key not in self._reported:
            return "was never reported"
        truth = self._truth(answer)
        if truth is None:
            assert answer.figure is not None
            return f"the arm has not stood at the pose {answer.figure.least} times"
        allowed = max(answer.tolerance, answer.share * abs(truth))
        off = self._reported[key] - truth
        if answer.body is not None and answer.body.axis == "yaw":
            off = math.remainder(off, 2.0 * math.pi)
        return (
            None
            if abs(off) <= allowed
            else f"{self._reported[key]:.6g} is wrong (allowed are {allowed:.3g} either way)"
        )

    # --- the truth --------------------------------------------------------------------------------------------

    def _truth(self, answer: Answer) -> float | None:
        if answer.value is not None:
            return answer.value
        if answer.body is not None:
            return self._of_body(answer.body)
        if answer.forward is not None:
            return self._of_joints(answer.forward)
        if answer.figure is not None:
            return self._of_standstills(answer.figure)
        assert self._tracker is not None
        assert answer.target is not None
        return float(self._tracker.target["xyz".index(answer.target)])

    def _of_body(self, truth: BodyTruth) -> float:
        frame = self._built.plan.layout.frame(truth.frame).matrix
        seen = Pose(inverse_transform(frame) @ self._built.world.body_pose(truth.name).matrix, truth.frame)
        return seen.rpy[2] if truth.axis == "yaw" else float(seen.position["xyz".index(truth.axis)])

    def _of_joints(self, truth: ForwardTruth) -> float:
        flange: Array = ArmKinematics(self._built.plan.arms[truth.robot]).forward(np.radians(truth.joints_deg))
        return float(flange["xyz".index(truth.axis), 3])

    def _of_standstills(self, truth: PoseFigure) -> float | None:
        assert self._tracker is not None
        commanded = self._built.plan.layout.places(truth.place)[truth.number - 1].position
        attained = [
            position for position in self._tracker.standstills if float(np.linalg.norm(position - commanded)) < AT_POSE
        ]
        if len(attained) < truth.least:
            return None
        return pose_accuracy(attained, commanded) if truth.of == "accuracy" else pose_repeatability(attained)

    def _check(self, key: str, answer: Answer) -> None:
        """Raise ``ConfigError``, with the line, for a truth that this cell does not have."""
        plan, document = self._built.plan, self._scenario.document
        at = ("process", "answers", key)
        if (answer.target is not None or answer.figure is not None) and self._tracker is None:
            raise document.error(f"{key}: a target or figure needs a tracker", at)
        if answer.forward is not None:
            model = plan.arms.get(answer.forward.robot)
            if model is None or len(answer.forward.joints_deg) != model.dof:
                raise document.error(f"{key}: forward needs an arm of this cell and an angle for each joint", at)
        if answer.figure is not None:
            place = plan.file.places.get(answer.figure.place)
            if place is None or answer.figure.number > place.columns * place.rows:
                raise document.error(
                    f"{key}: figure needs a place of this cell, and the number of one of its poses", at
                )
        if answer.body is not None and answer.body.frame not in plan.layout.frames:
            raise document.error(f"{key}: unknown frame {answer.body.frame!r}", at)
