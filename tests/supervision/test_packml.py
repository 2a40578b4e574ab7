from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellkit.errors import CellkitError
from cellkit.supervision.packml_state_machine import (
    FINISHED,
    TRANSITIONS,
    Command,
    CommandNotAllowed,
    Mode,
    PackML,
    State,
)

STANDARD = """
    Aborted -Clear-> Clearing           Clearing -> Stopped              Aborting -> Aborted
    Stopped -Reset-> Resetting          Resetting -> Idle                Stopping -> Stopped
    Idle -Start-> Starting              Starting -> Execute              Starting -Hold-> Holding
    Execute -ToComplete-> Completing    Execute -> Completing            Completing -> Complete
    Complete -Reset-> Resetting
    Execute -Hold-> Holding             Holding -> Held                  Held -Unhold-> Unholding
    Unholding -> Execute                Unholding -Hold-> Holding
    Execute -Suspend-> Suspending       Suspending -> Suspended          Suspending -Hold-> Holding
    Suspended -Unsuspend-> Unsuspending Suspended -Hold-> Holding
    Unsuspending -> Execute             Unsuspending -Hold-> Holding

    Resetting -Stop-> Stopping          Idle -Stop-> Stopping            Starting -Stop-> Stopping
    Execute -Stop-> Stopping            Completing -Stop-> Stopping      Complete -Stop-> Stopping
    Holding -Stop-> Stopping            Held -Stop-> Stopping            Unholding -Stop-> Stopping
    Suspending -Stop-> Stopping         Suspended -Stop-> Stopping       Unsuspending -Stop-> Stopping

    Clearing -Abort-> Aborting          Stopped -Abort-> Aborting        Stopping -Abort-> Aborting
    Resetting -Abort-> Aborting         Idle -Abort-> Aborting           Starting -Abort-> Aborting
    Execute -Abort-> Aborting           Completing -Abort-> Aborting     Complete -Abort-> Aborting
    Holding -Abort-> Aborting           Held -Abort-> Aborting           Unholding -Abort-> Aborting
    Suspending -Abort-> Aborting        Suspended -Abort-> Aborting      Unsuspending -Abort-> Aborting
"""


def standard_transitions() -> set[tuple[State, Command | None, State]]:
    found = set()
    words = STANDARD.split()
    for before, arrow, after in zip(words[::3], words[1::3], words[2::3], strict=True):
        command = Command(arrow[1:-2]) if arrow != "->" else None
        found.add((State[before.upper()], command, State[after.upper()]))
    return found


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_the_table_is_the_standards_table() -> None:
    table = {(before, command, after) for before, row in TRANSITIONS.items() for command, after in row.items()}
    table |= {(before, None, after) for before, after in FINISHED.items()}
    assert table == standard_transitions()


@pytest.mark.parametrize(
    ("before", "command", "after"),
    sorted(standard_transitions(), key=str),
    ids=lambda value: value.name if value is not None else "done",
)
def test_each_transition(before: State, command: Command | None, after: State) -> None:
    unit = PackML(Clock(), state=before)
    heard = []
    unit.on_change(lambda *change: heard.append(change))
    unit.done() if command is None else unit.command(command)
    assert unit.state is after
    assert heard == [(before, after)]


@pytest.mark.parametrize("state", State)
def test_every_other_command_is_refused_and_changes_nothing(state: State) -> None:
    unit = PackML(Clock(), state=state)
    unit.on_change(lambda before, after: pytest.fail("a refused command changes nothing"))
    for command in set(Command) - unit.allowed():
        with pytest.raises(CommandNotAllowed, match=f"{command.value} is not allowed in {state.name}; allowed: "):
            unit.command(command)
    if not unit.acting:
        with pytest.raises(CommandNotAllowed, match="no acting state"):
            unit.done()
    assert unit.state is state
    assert issubclass(CommandNotAllowed, CellkitError)


def test_numbers_are_the_standards_numbers() -> None:
    numbers = {int(state): state.name.capitalize() for state in State}
    assert [numbers[number] for number in range(1, 10)] == (
        ["Clearing", "Stopped", "Starting", "Idle", "Suspended", "Execute", "Stopping", "Aborting", "Aborted"]
    )
    assert [numbers[number] for number in range(10, 18)] == (
        ["Holding", "Held", "Unholding", "Suspending", "Unsuspending", "Resetting", "Completing", "Complete"]
    )
    assert [int(mode) for mode in (Mode.PRODUCTION, Mode.MAINTENANCE, Mode.MANUAL)] == [1, 2, 3]


def test_every_state_can_be_reached_from_stopped() -> None:
    reached, frontier = {State.STOPPED}, [State.STOPPED]
    while frontier:
        state = frontier.pop()
        for after in {*TRANSITIONS[state].values(), *([FINISHED[state]] if state in FINISHED else [])} - reached:
            reached.add(after)
            frontier.append(after)
    assert reached == set(State)


@given(st.lists(st.one_of(st.sampled_from(Command), st.just("done"), st.sampled_from(Mode))))
def test_no_sequence_leaves_the_table(steps: list[Command | str | Mode]) -> None:
    clock = Clock()
    unit = PackML(clock)
    table = standard_transitions()
    for step in steps:
        clock.seconds += 0.25
        before, mode = unit.state, unit.mode
        try:
            if isinstance(step, Mode):
                unit.set_mode(step)
            elif isinstance(step, Command):
                unit.command(step)
            else:
                unit.done()
        except CommandNotAllowed:
            assert (unit.state, unit.mode) == (before, mode)
            continue
        if isinstance(step, Mode):
            assert unit.state is before
            assert unit.mode is mode or before in (State.STOPPED, State.IDLE, State.ABORTED)
        else:
            assert (before, step if isinstance(step, Command) else None, unit.state) in table
    assert sum(unit.time_in(state) for state in State) == pytest.approx(clock.seconds - 100.0)


def test_the_mode_changes_only_where_the_machine_waits() -> None:
    for state in State:
        unit = PackML(Clock(), state=state)
        if state in (State.STOPPED, State.IDLE, State.ABORTED):
            unit.set_mode(Mode.MANUAL)
            assert unit.mode is Mode.MANUAL
        else:
            unit.set_mode(Mode.PRODUCTION)  # the mode it has: nothing to change
            with pytest.raises(CommandNotAllowed, match="ABORTED, IDLE, STOPPED"):
                unit.set_mode(Mode.MANUAL)
            assert unit.mode is Mode.PRODUCTION


def test_time_is_kept_by_state_and_mode() -> None:
    clock = Clock()
    unit = PackML(clock)
    clock.seconds += 5
    unit.set_mode(Mode.MAINTENANCE)
    clock.seconds += 2
    unit.command(Command.RESET)
    clock.seconds += 1
    assert unit.time_in(State.STOPPED) == 7
    assert unit.time_in(State.STOPPED, Mode.PRODUCTION) == 5
    assert unit.time_in(State.STOPPED, Mode.MAINTENANCE) == 2
    assert unit.time_in(State.RESETTING) == 1
    assert unit.time_in(State.EXECUTE) == 0


def test_a_listener_may_command_again_and_everybody_hears_in_order() -> None:
    unit = PackML(Clock())
    heard = []
    unit.on_change(lambda before, after: unit.done() if after is State.RESETTING else None)
    unit.on_change(lambda before, after: heard.append(after))
    unit.command(Command.RESET)
    assert unit.state is State.IDLE
    assert heard == [State.RESETTING, State.IDLE]


def test_a_listener_that_fails_does_not_silence_the_next_change() -> None:
    unit = PackML(Clock())
    heard = []
    unit.on_change(lambda before, after: 1 / 0 if after is State.RESETTING else None)
    unit.on_change(lambda before, after: heard.append(after))
    with pytest.raises(ZeroDivisionError):
        unit.command(Command.RESET)
    unit.done()
    assert heard == [State.IDLE]


def test_a_shift_from_aborted_to_idle_again() -> None:
    """Every command once, each acting state completed; hold while suspended comes from the standard's table."""
    machine = PackML(lambda: 0.0, state=State.ABORTED)
    seen: list[State] = []
    machine.on_change(lambda before, after: seen.append(after))
    for step in ("Clear", "Reset", "Start", "Suspend", "Hold", "Unhold", "ToComplete", "Reset"):
        machine.command(Command(step))
        machine.done()
    assert [state.name for state in seen] == [
        *("CLEARING", "STOPPED", "RESETTING", "IDLE", "STARTING", "EXECUTE", "SUSPENDING", "SUSPENDED"),
        *("HOLDING", "HELD", "UNHOLDING", "EXECUTE", "COMPLETING", "COMPLETE", "RESETTING", "IDLE"),
    ]


@pytest.mark.parametrize(
    ("state", "command"),
    [(State.STOPPED, "Start"), (State.ABORTED, "Stop"), (State.ABORTING, "Abort")],
)
def test_what_a_line_must_not_ask(state: State, command: str) -> None:
    machine = PackML(lambda: 0.0, state=state)
    with pytest.raises(CommandNotAllowed):
        machine.command(Command(command))
    assert machine.state is state
