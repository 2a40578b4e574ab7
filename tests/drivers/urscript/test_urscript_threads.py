import pytest
from cellkit_ur.urscript import ScriptSyntaxError, compile_script
from cellkit_ur.urscript.runtime import DEEPEST_CALLS, PATIENCE
from urscript_fakes import FakeMachine, failure, messages, run

JOINTS = "[1,2,3,4,5,6]"


def test_threads_take_turns_step_by_step() -> None:
    body = """
        thread other():
          n = 0
          while n < 3:
            textmsg("other ", n)
            n = n + 1
            sync()
          end
        end
        handle = run other()
        textmsg("main")
        sync()
        textmsg("main again")
        join handle
        textmsg("joined")
        """
    assert messages(body) == ["main", "other 0", "main again", "other 1", "other 2", "joined"]


def test_handles_are_numbers_and_zero_is_nobody() -> None:
    body = """
        thread t():
          sync()
        end
        h = 0
        kill h
        join h
        h = run t()
        textmsg(h != 0)
        kill h
        kill h
        join h
        """
    assert messages(body) == ["True"]


def test_the_program_ends_with_its_main_thread() -> None:
    machine, program = run(
        "def f():\n thread t():\n  while True:\n   textmsg(1)\n   sync()\n  end\n end\n run t()\n sync()\nend"
    )
    assert not program.running
    assert machine.messages == ["1"]


def test_halt_in_any_thread_ends_all() -> None:
    body = "thread t():\n halt\nend\nrun t()\nwhile True:\n sync()\nend\ntextmsg(1)"
    assert messages(body) == []


def test_a_thread_may_kill_itself() -> None:
    body = 'thread t():\n kill h\n textmsg("never")\nend\nh = 0\nh = run t()\nsync()\nsync()\ntextmsg("main")'
    assert messages(body) == ["main"]


def test_critical_sections_keep_the_others_waiting() -> None:
    body = """
        thread t():
          textmsg("thread")
        end
        enter_critical
        run t()
        sync()
        sync()
        textmsg("still alone")
        exit_critical
        sync()
        """
    assert messages(body) == ["still alone", "thread"]


def test_a_killed_thread_leaves_its_critical_section() -> None:
    body = "thread t():\n enter_critical\n sync()\nend\nrun t()\nsync()\nsync()\ntextmsg(1)"
    assert messages(body) == ["1"]
    assert failure("exit_critical")[0] == "exit_critical without enter_critical"


def test_killing_a_thread_cancels_its_motion() -> None:
    machine = FakeMachine()
    machine.steps = 100
    body = f"thread t():\n movej({JOINTS})\nend\nh = run t()\nsync()\nkill h\nstopj(2)"
    messages(body, machine)
    assert [what[0] for what in machine.log] == ["movej", "cancel", "stopj"]


def test_killing_the_program_cancels_its_motion() -> None:
    machine = FakeMachine()
    program = compile_script(f"def f():\n movel({JOINTS})\nend", machine)
    assert machine.step(program)
    program.kill()
    program.kill()
    assert not program.running
    assert program.error is None
    assert not machine.step(program)
    assert [what[0] for what in machine.log] == ["movel", "cancel"]


def test_the_machine_may_end_the_program_from_within() -> None:
    machine = FakeMachine()
    program = compile_script("def f():\n protective_stop()\n sync()\n textmsg(1)\nend", machine)
    machine.on_protective_stop = program.kill
    assert not machine.step(program)
    assert machine.messages == []
    assert program.error is None


def test_one_thread_moves_the_arm_at_a_time() -> None:
    text, line = failure(f"thread t():\n movej({JOINTS})\nend\nrun t()\nsync()\nmovej({JOINTS})")
    assert (text, line) == ("another thread is controlling the robot", 7)


def test_set_points_take_their_time() -> None:
    machine, _ = run(f"def f():\n servoj({JOINTS}, t=0.008)\n servoj({JOINTS})\n textmsg(1)\nend", steps=5)
    assert machine.messages == []
    machine, _ = run(f"def f():\n servoj({JOINTS}, t=0.008)\n servoj({JOINTS})\n textmsg(1)\nend", steps=6)
    assert machine.messages == ["1"]


def test_what_is_asked_again_each_step_is_asked_once_a_step() -> None:
    machine = FakeMachine()
    text = f"def f():\n thread t():\n  while True:\n   servoj({JOINTS}, t=0.002)\n  end\n end\n run t()\n sleep(1)\nend"
    run(text, machine, steps=10)
    assert [what[0] for what in machine.log] == ["servoj"] * 10


def test_blended_moves_come_within_one_step() -> None:
    machine, program = run(
        f"def f():\n movel({JOINTS}, r=0.01)\n movel({JOINTS}, r=0.01)\n movel({JOINTS})\nend", steps=1
    )
    assert [what[0] for what in machine.log] == ["movel"] * 3
    assert program.running


def test_a_motion_that_fails_ends_the_program() -> None:
    machine = FakeMachine()
    program = compile_script(f"def f():\n textmsg(1)\n movej({JOINTS})\nend", machine)
    machine.step(program)
    machine.motions[0].error = "the arm is blocked"
    machine.step(program)
    assert program.error is not None
    assert (program.error.text, program.error.line) == ("the arm is blocked", 3)


class TestBounds:
    """A control step ends and memory stays bounded for any script."""

    def test_an_endless_loop_without_waiting(self) -> None:
        machine = FakeMachine()
        program = compile_script("def f():\n a = 0\n while True:\n  a = a + 1\n end\nend", machine)
        steps = 0
        while machine.step(program):
            steps += 1
        assert steps == PATIENCE
        assert program.error is not None
        assert "endless loop" in program.error.text
        assert program.error.line == 3

    def test_a_long_calculation_is_spread_over_steps(self) -> None:
        machine, program = run("def f():\n i = 0\n while i < 10000:\n  i = i + 1\n end\n textmsg(i)\nend", steps=2)
        assert program.running
        machine, program = run("def f():\n i = 0\n while i < 10000:\n  i = i + 1\n end\n textmsg(i)\nend")
        assert machine.messages == ["10000"]

    def test_an_endless_loop_in_a_thread_beside_a_patient_program(self) -> None:
        assert "endless" in failure("thread t():\n while True:\n end\nend\nrun t()\nsleep(10)")[0]

    def test_what_takes_long_counts_for_more(self) -> None:
        class Counting(FakeMachine):
            asked = 0

            def inverse(self, pose, near, tcp):
                self.asked += 1
                return super().inverse(pose, near, tcp)

        machine = Counting()
        body = "while True:\n q = get_inverse_kin(p[0,0,0,0,0,0])\nend"
        assert "endless" in failure(body, machine)[0]
        assert machine.asked < 10 * PATIENCE
        lines = "textmsg(1)\n" * 1000
        steps = 0
        program = compile_script(f"def f():\nwhile True:\n{lines}end\nend", machine := FakeMachine())
        while machine.step(program):
            steps += 1
        assert len(machine.messages) < 20_000 * steps

    def test_deep_recursion(self) -> None:
        assert failure("def f(n):\n return f(n + 1) + 1\nend\nf(0)") == (
            f"calls are nested more than {DEEPEST_CALLS} deep",
            3,
        )

    def test_calls_that_multiply(self) -> None:
        functions = "\n".join(f"def f{i}():\n f{i - 1}()\n f{i - 1}()\nend" for i in range(1, 40))
        assert "endless" in failure(f"def f0():\nend\n{functions}\nf39()")[0]

    def test_recursion_that_multiplies(self) -> None:
        assert "endless" in failure("def f(n):\n if n > 0:\n  f(n - 1)\n  f(n - 1)\n end\nend\nf(50)")[0]

    def test_strings_that_grow(self) -> None:
        assert "longer than" in failure('s = "x"\nwhile True:\n s = s + s\nend')[0]
        assert "longer than" in failure('s = "x"\nwhile True:\n s = str_cat(s, s)\nend')[0]

    def test_lists_that_grow(self) -> None:
        assert "nest two deep" in failure("a = [1, 1]\nwhile True:\n a = [a, a]\nend")[0]
        assert "struct cannot hold" in failure("a = 1\nwhile True:\n a = struct(x=a)\nend")[0]
        assert "longer than" in failure("row = make_list(4096, 1)\na = make_list(4096, row)\ntextmsg(a)")[0]
        assert "elements" in failure("make_list(5000, 1)")[0]

    def test_numbers_that_grow(self) -> None:
        body = """
            n = 3
            x = 10.0
            i = 0
            while i < 1000:
              n = n * n
              x = x * x
              i = i + 1
            end
            textmsg(n < 2147483647, x)
            """
        assert messages(body) == ["Trueinf"]

    def test_threads_that_multiply(self) -> None:
        assert "threads" in failure("thread t():\n while True:\n  sync()\n end\nend\nwhile True:\n run t()\nend")[0]

    @pytest.mark.parametrize("deep", ["[" * 5000 + "]" * 5000, "a" + "[0]" * 5000, "sin(" * 5000 + "1" + ")" * 5000])
    def test_deep_expressions(self, deep: str) -> None:
        with pytest.raises(ScriptSyntaxError, match="too deeply"):
            compile_script(f"def f():\n a = 1\n b = {deep}\nend", FakeMachine())

    def test_deep_blocks(self) -> None:
        with pytest.raises(ScriptSyntaxError, match="too deeply"):
            compile_script("if True:\n" * 500 + "end\n" * 500, FakeMachine())
        with pytest.raises(ScriptSyntaxError, match="too deeply"):
            compile_script("def f():\n" * 500 + "end\n" * 500, FakeMachine())

    def test_brackets_leave_nothing_behind(self) -> None:
        assert messages("textmsg(" + "(" * 5000 + "1" + ")" * 5000 + ")") == ["1"]

    def test_long_chains_are_no_depth(self) -> None:
        assert messages("textmsg(" + "+".join(["1"] * 5000) + ")") == ["5000"]
        assert messages("textmsg(" + " or ".join(["False"] * 5000) + ")") == ["False"]
        arms = "\n".join(f"elif n == {i}:\n pass" for i in range(2000))
        assert messages(f"n = -1\nif n == 7:\n pass\n{arms}\nelse:\n textmsg(n)\nend") == ["-1"]


def test_two_runs_are_the_same() -> None:
    body = """
        thread a():
          while True:
            textmsg("a", random())
            sync()
          end
        end
        thread b():
          while True:
            textmsg("b", random())
            sleep(0.006)
          end
        end
        run a()
        run b()
        sleep(0.05)
        """
    assert messages(body) == messages(body)
