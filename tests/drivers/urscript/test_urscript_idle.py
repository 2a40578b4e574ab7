"""Loops that wait for an input: rounds that would do the same again are left out, and no change is seen later."""

import pytest
from cellkit_ur.urscript import Program, compile_script
from urscript_fakes import FakeMachine


class CountingMachine(FakeMachine):
    """Counts the reads of input registers, and their writes where ``counts`` is set."""

    def __init__(self, *, counts: bool = True) -> None:
        super().__init__()
        self.counts, self.writes, self.reads = counts, 0, 0

    @property
    def input_version(self) -> int | None:
        return self.writes if self.counts else None

    def input_int(self, index: int) -> int:
        self.reads += 1
        return super().input_int(index)

    def feed(self, index: int, value: int) -> None:
        self.input_ints[index] = value
        self.writes += 1


WAITS = """
def f():
  seen = 0
  while True:
    wanted = read_input_integer_register(1)
    if wanted != seen:
      seen = wanted
      textmsg(seen)
    end
    sync()
  end
end
"""


def started(text: str, machine: FakeMachine, steps: int = 5) -> Program:
    program = compile_script(text, machine)
    for _ in range(steps):
        assert program.step()
    return program


def test_a_loop_that_waits_for_an_input_reads_it_again_only_after_a_write() -> None:
    machine = CountingMachine()
    program = started(WAITS, machine)
    reads = machine.reads
    for _ in range(100):
        program.step()
    assert machine.reads == reads
    assert program.line == 10, "it waits in its sync()"
    machine.feed(1, 7)
    program.step()
    assert machine.messages == ["7"], "in the same control step as without the short cut"


def test_a_machine_that_counts_no_writes_is_read_in_every_step() -> None:
    machine = CountingMachine(counts=False)
    program = started(WAITS, machine)
    reads = machine.reads
    for _ in range(100):
        program.step()
    assert machine.reads == reads + 100


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ("n = n + 1\nsync()", "102"),
        ("a[0] = a[0] + 1\nn = a[0]\nsync()", "102"),
        ("sync()\nn = n + 1\nsync()", "51"),
        ("write_output_integer_register(3, read_output_integer_register(3) + 1)\nsync()", "0"),
        ("if get_actual_joint_positions()[0] > 0.5:\n n = 1\nend\nsync()", "1"),
        ("if get_standard_digital_in(0):\n n = 1\nend\nsync()", "1"),
        ("n = n + 1\nsleep(0.002)", "102"),
    ],
)
def test_what_may_change_anything_runs_in_every_step(body: str, after: str) -> None:
    machine = CountingMachine()
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    text = f"def f():\n  n = 0\n  a = [0]\n  while True:\n{lines}  end\nend\n"
    text = text.replace("  while True:\n", "  while not read_input_boolean_register(5):\n").replace(
        "  end\nend\n", "  end\n  textmsg(n)\nend\n"
    )
    program = started(text, machine, 50)
    machine.q = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    machine.digital_inputs[0] = True
    for _ in range(51):
        program.step()
    machine.input_bits[5] = True
    machine.writes += 1
    while program.step():
        pass
    assert machine.messages[-1] in {after, str(int(after) - 1)}
    if after == "0":
        assert machine.output_ints[3] >= 100


def test_another_thread_ends_the_wait_of_a_loop() -> None:
    text = """
def f():
  go = False
  thread other():
    sleep(0.02)
    go = True
  end
  run other()
  while not go:
    sync()
  end
  textmsg("gone on")
  sync()
end
"""
    machine = CountingMachine()
    program = started(text, machine, 10)
    assert machine.messages == []
    for _ in range(3):
        program.step()
    assert machine.messages == ["gone on"]


def test_a_function_called_sync_is_no_control_step() -> None:
    text = """
def f():
  def sync():
    n = n + 1
  end
  n = 0
  while n < 5:
    sync()
  end
  textmsg(n)
end
"""
    machine = CountingMachine()
    program = compile_script(text, machine)
    program.step()
    assert machine.messages == ["5"]
