"""A fake controller for scripts: records each request, and moves on command."""

from collections.abc import Callable, Sequence

from cellkit_ur.urscript import Machine, Program, compile_script

ZEROS = (0.0,) * 6


class FakeMotion:
    """A motion that takes some control steps; ``steps`` 0 is done at once."""

    def __init__(self, machine: "FakeMachine", what: tuple, steps: int) -> None:
        self.machine, self.what, self.left = machine, what, steps
        self.error: str | None = None
        self.cancelled = False

    @property
    def done(self) -> bool:
        return self.left <= 0

    def cancel(self) -> None:
        self.cancelled = True
        self.machine.log.append(("cancel", self.what[0]))


class FakeMachine(Machine):
    def __init__(self) -> None:
        self.log: list[tuple] = []
        self.messages: list[str] = []
        self.input_ints = [0] * 48
        self.input_floats = [0.0] * 48
        self.input_bits = [False] * 128
        self.output_ints = [0] * 48
        self.output_floats = [0.0] * 48
        self.output_bits = [False] * 128
        self.digital_inputs = [False] * 18
        self.digital_outputs = [False] * 18
        self.analog_outputs = [0.0, 0.0]
        self.q = ZEROS
        self.tcp = ZEROS
        self.load = (0.0, (0.0, 0.0, 0.0), ZEROS)
        self.reachable = True
        self.safe = True
        self.steps = 3
        self.contact = 0
        self.gravity = (0.0, 0.0, 9.82)
        self.motions: list[FakeMotion] = []
        self.on_protective_stop: Callable[[], None] = lambda: None

    # registers and signals
    def input_int(self, index: int) -> int:
        return self.input_ints[index]

    def input_float(self, index: int) -> float:
        return self.input_floats[index]

    def input_bit(self, index: int) -> bool:
        return self.input_bits[index]

    def output_int(self, index: int) -> int:
        return self.output_ints[index]

    def output_float(self, index: int) -> float:
        return self.output_floats[index]

    def output_bit(self, index: int) -> bool:
        return self.output_bits[index]

    def write_output_int(self, index: int, value: int) -> None:
        self.output_ints[index] = value

    def write_output_float(self, index: int, value: float) -> None:
        self.output_floats[index] = value

    def write_output_bit(self, index: int, value: bool) -> None:
        self.output_bits[index] = value

    def digital_input(self, index: int) -> bool:
        return self.digital_inputs[index]

    def digital_output(self, index: int) -> bool:
        return self.digital_outputs[index]

    def write_digital_output(self, index: int, on: bool) -> None:
        self.digital_outputs[index] = on

    def analog_input(self, index: int) -> float:
        return index + 0.5

    def analog_output(self, index: int) -> float:
        return self.analog_outputs[index]

    def write_analog_output(self, index: int, share: float) -> None:
        self.analog_outputs[index] = share

    # state
    def joints(self):
        return self.q

    def joint_speeds(self):
        return ZEROS

    target_joints = joints
    target_joint_speeds = joint_speeds

    def tcp_pose(self):
        return self.forward(self.q, self.tcp)

    target_tcp_pose = tcp_pose
    target_waypoint = tcp_pose
    tcp_speed = joint_speeds
    target_tcp_speed = joint_speeds

    def joints_before(self, steps: int):
        return (float(steps), *self.q[1:])

    def is_steady(self) -> bool:
        return True

    # kinematics of a machine whose pose is its joints
    def forward(self, joints, tcp):
        return tuple(a + b for a, b in zip(joints, tcp, strict=True))

    def inverse(self, pose, near, tcp):
        return tuple(a - b for a, b in zip(pose, tcp, strict=True)) if self.reachable else None

    def within_safety_limits(self, joints) -> bool:
        return self.safe

    # motion
    def _move(self, what: tuple, goal, steps: int | None = None) -> FakeMotion:
        self.log.append(what)
        self.q = goal
        self.motions.append(FakeMotion(self, what, self.steps if steps is None else steps))
        return self.motions[-1]

    def movej(self, joints, acceleration, speed, time, radius):
        return self._move(("movej", joints, acceleration, speed, time, radius), joints, 0 if radius else None)

    def movel(self, pose, acceleration, speed, time, radius):
        return self._move(("movel", pose, acceleration, speed, time, radius), pose, 0 if radius else None)

    def movep(self, pose, acceleration, speed, radius):
        return self._move(("movep", pose, acceleration, speed, radius), pose, 0 if radius else None)

    def movec(self, via, pose, acceleration, speed, radius, fixed):
        return self._move(("movec", via, pose, acceleration, speed, radius, fixed), pose)

    def stopj(self, acceleration):
        return self._move(("stopj", acceleration), self.q, 1)

    def stopl(self, acceleration, acceleration_rotation):
        return self._move(("stopl", acceleration, acceleration_rotation), self.q, 1)

    def servoj(self, joints, time, lookahead, gain) -> None:
        self.log.append(("servoj", joints, time, lookahead, gain))

    def servoc(self, pose, acceleration, speed, radius) -> None:
        self.log.append(("servoc", pose, acceleration, speed, radius))

    def speedj(self, speeds, acceleration):
        return self._move(("speedj", speeds, acceleration), self.q)

    def speedl(self, speeds, acceleration, acceleration_rotation):
        return self._move(("speedl", speeds, acceleration, acceleration_rotation), self.q)

    # tool, load, guiding, force
    def tcp_offset(self):
        return self.tcp

    def set_tcp(self, pose) -> None:
        self.tcp = pose

    def payload(self):
        return self.load

    def set_payload(self, mass, cog, inertia) -> None:
        old = self.load
        self.load = (mass, old[1] if cog is None else cog, old[2] if inertia is None else inertia)

    def set_gravity(self, direction) -> None:
        self.gravity = direction

    def freedrive(self, axes: Sequence[int], feature) -> None:
        self.log.append(("freedrive", tuple(axes), feature))

    def end_freedrive(self) -> None:
        self.log.append(("end_freedrive",))

    def force_mode(self, frame, selection, wrench, kind, limits) -> None:
        self.log.append(("force_mode", frame, tuple(selection), wrench, kind, limits))

    def end_force_mode(self) -> None:
        self.log.append(("end_force_mode",))

    def set_force_mode_damping(self, damping) -> None:
        self.log.append(("damping", damping))

    def set_force_mode_gain(self, scaling) -> None:
        self.log.append(("gain", scaling))

    def zero_ftsensor(self) -> None:
        self.log.append(("zero_ftsensor",))

    def enable_external_ft(self, enable, mass, offset, cog) -> None:
        self.log.append(("external_ft", enable, mass, offset, cog))

    def tool_contact(self, direction) -> int:
        return self.contact

    # the rest
    def protective_stop(self) -> None:
        self.log.append(("protective_stop",))
        self.on_protective_stop()

    def message(self, text: str) -> None:
        self.messages.append(text)

    def popup(self, text: str, title: str, *, warning: bool, error: bool) -> None:
        self.log.append(("popup", text, title, warning, error))

    def set_watchdog(self, variable: str, frequency: float, action: str) -> None:
        self.log.append(("watchdog", variable, frequency, action))

    def step(self, program: Program) -> bool:
        """Run one control step: first the motions, then the program."""
        for motion in self.motions:
            motion.left -= 1
        self.motions = [motion for motion in self.motions if motion.left > 0]
        return program.step()


def run(text: str, machine: FakeMachine | None = None, steps: int = 1000) -> tuple[FakeMachine, Program]:
    """Run a script to its end, or for some control steps."""
    machine = machine or FakeMachine()
    program = compile_script(text, machine)
    for _ in range(steps):
        if not machine.step(program):
            break
    return machine, program


def messages(body: str, machine: FakeMachine | None = None) -> list[str]:
    """Return the texts that a program with this body writes to the log; the program must end without an error."""
    machine, program = run(f"def test():\n{body}\nend\n", machine)
    assert program.error is None, program.error
    assert not program.running
    return machine.messages


def failure(body: str, machine: FakeMachine | None = None) -> tuple[str, int | None]:
    """Return text and line of the error that a program with this body ends with; the body begins in line 2."""
    _, program = run(f"def test():\n{body}\nend\n", machine)
    assert program.error is not None
    assert not program.running
    return program.error.text, program.error.line
