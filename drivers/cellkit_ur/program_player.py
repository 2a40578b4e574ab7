"""Plays URScript programs: one main program, and secondary ones beside it."""

from __future__ import annotations

from collections.abc import Callable

from cellkit_ur.control_box import ControlBox
from cellkit_ur.protocol.rtde import Level, Text
from cellkit_ur.protocol.state_packets import RuntimeExceptionMessage, TextMessage
from cellkit_ur.protocol.states import RuntimeState
from cellkit_ur.script_machine import KernelMachine
from cellkit_ur.urscript import Program, ScriptSyntaxError, compile_script

_MOST_SECONDARY = 16


class ProgramPlayer:
    """Stepped once in a control step. ``say`` hears of what RTDE clients are told as text."""

    def __init__(self, box: ControlBox, machine: KernelMachine) -> None:
        self.box = box
        self.machine = machine
        self.say: Callable[[Text], None] = lambda text: None
        self.state = RuntimeState.STOPPED
        self.name = ""
        self._main: Program | None = None
        self._secondary: list[Program] = []
        box.stop_program = self.stop
        box.pause_program = self.pause

    @property
    def running(self) -> bool:
        """Whether a main program plays."""
        return self.state is RuntimeState.PLAYING

    @property
    def active(self) -> bool:
        """Whether control steps are needed."""
        return self.running or bool(self._secondary) or self.machine.active

    @property
    def line(self) -> int:
        """Where the main program is."""
        return self._main.line if self._main is not None and self.state is not RuntimeState.STOPPED else 0

    def load(self, text: str) -> None:
        """A script has come; it runs from the next control step on, or the reason why not is told."""
        try:
            program = compile_script(text, self.machine)
        except ScriptSyntaxError as error:
            self._failed(error.line or 0, error.text)
            return
        if not self.box.remote:
            self._refuse("a program was refused: the robot is not in remote control")
        elif program.secondary:
            if len(self._secondary) < _MOST_SECONDARY:
                self._secondary.append(program)
        elif not self.box.ready:
            self._refuse(f"a program was refused: the robot is in {self.box.robot_mode.name}")
        else:
            self.stop()
            self._main, self.name, self.state = program, program.name, RuntimeState.PLAYING

    def step(self) -> None:
        """One control step of everything that plays."""
        if self.running and self._main is not None:
            main = self._main
            if not main.step():
                self._ended(main)
            elif (action := self.machine.overdue()) is not None:
                self._watchdog(action)
        for program in tuple(self._secondary):
            if not program.step():
                self._secondary.remove(program)
                if program.error is not None:
                    self._failed(program.error.line or 0, program.error.text)
        trouble = self.machine.cycle()
        if trouble is not None and self.running:
            self._failed(self.line, trouble)
            self.stop()

    def stop(self) -> None:
        """End the main program; what it moves comes to rest."""
        main, self._main = self._main, None
        self.state = RuntimeState.STOPPED
        if main is not None:
            main.kill()
            self.machine.end_program()

    def close(self) -> None:
        """End everything."""
        self.stop()
        secondary, self._secondary = self._secondary, []
        for program in secondary:
            program.kill()

    def pause(self) -> None:
        """Hold the main program and the arm; motions go on after ``resume``."""
        if self.running:
            self.state = RuntimeState.PAUSED
            self.machine.pause()

    def resume(self) -> bool:
        """Go on after a pause. Whether there was one, and the arm may move."""
        if self.state is not RuntimeState.PAUSED or not self.box.ready:
            return False
        self.machine.resume()
        self.state = RuntimeState.PLAYING
        return True

    def _ended(self, main: Program) -> None:
        if main.error is not None:
            self._failed(main.error.line or 0, main.error.text)
        self.stop()

    def _failed(self, line: int, text: str) -> None:
        self.box.tell(RuntimeExceptionMessage(line, 0, text))
        self.say(Text(text, "URScript", Level.EXCEPTION))

    def _refuse(self, why: str) -> None:
        self.box.tell(TextMessage(why))
        self.say(Text(why, "Controller", Level.ERROR))

    def _watchdog(self, action: str) -> None:
        self._refuse(f"the RTDE watchdog got no sign of life: {action}")
        if action == "pause":
            self.pause()
        else:
            self.stop()
