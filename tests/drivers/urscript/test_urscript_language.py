import pytest
from cellkit_ur.urscript import compile_script
from urscript_fakes import FakeMachine, failure, messages, run


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 - 3", "0"),
        ("4 * 5 / 6", f"{20 / 6:g}"),
        ("(1+2)*3/(4-5)", "-9"),
        ("7 / 2", "3.5"),
        ("7 % 3", "1"),
        ("-7 % 3", "-1"),
        ("7.5 % 2", "1.5"),
        ("2 + 3 * 4", "14"),
        ("-2 * -3", "6"),
        ("- -2", "2"),
        ("10 - 3 - 2", "5"),
        ("2147483647 + 1", "-2147483648"),
        ("65536 * 65536", "0"),
        ("1e3", "1000"),
        (".5 + 1.", "1.5"),
        ('"Hello" + ", " + "World!"', "Hello, World!"),
        ("True or False and (1 == 2)", "True"),
        ("1 > 2 or 3 != 4 xor 5 < -6", "True"),
        ("not 42 >= 87 and 87 <= 42", "False"),
        ("not not True", "True"),
        ("not 1 == 2", "True"),
        ("True xor True", "False"),
        ("1 == 1.0", "True"),
        ('"a" != "b"', "True"),
        ("[1, 2] == [1, 2]", "True"),
        ("p[1,2,3,0,0,0] == p[1,2,3,0,0,0]", "True"),
        ("[1, 2.5, True]", "[1, 2.5, True]"),
        ("[]", "[]"),
        ("p[1, 2, 3, 0.5, 0, 0]", "p[1, 2, 3, 0.5, 0, 0]"),
        ("[1, 2, 3][1]", "2"),
        ("p[1, 2, 3, 0.5, 0, 0][3]", "0.5"),
        ("[[1, 2], [3, 4]][1, 0]", "3"),
        ("[[1, 2], [3, 4]][1][0]", "3"),
        ("struct(a=1, b=[2, 3]).b[1]", "3"),
    ],
)
def test_expressions(expression: str, value: str) -> None:
    assert messages(f"textmsg({expression})") == [value]


def test_and_or_do_not_evaluate_what_no_longer_matters() -> None:
    body = """
        def yes():
          textmsg("yes")
          return True
        end
        if yes() or yes():
          textmsg(False and yes())
        end
        """
    assert messages(body) == ["yes", "False"]


def test_only_end_counts_not_the_form_of_the_text() -> None:
    text = """def odd( ):\r
      a =   # the value stands on the next line, with another statement behind it
0     b = 1 global c=[1,
      2,  # a comment in between
  3]
  $ 3 "a program label"
           if a == 0 :  textmsg("zero") elif a == 1: textmsg("one") else: textmsg("many") end
      while b < 3: b = b + 1 end textmsg(b, c)
end"""
    assert run(text)[0].messages == ["zero", "3[1, 2, 3]"]


def test_p_is_a_variable_with_one_index_and_a_pose_with_six() -> None:
    body = """
        def scaled(p, factor):
          p[0] = p[0] * factor
          return p
        end
        p = p[1, 2, 3, 0, 0, 0]
        textmsg(scaled(p, 10))
        textmsg(p)
        textmsg(p[1])
        """
    assert messages(body) == ["p[10, 2, 3, 0, 0, 0]", "p[1, 2, 3, 0, 0, 0]", "2"]


def test_names_that_other_languages_reserve() -> None:
    body = """
        def f(async, time, type):
          sum = async + time + type
          return sum
        end
        lambda = f(1, type=3, time=2)
        textmsg(lambda)
        """
    assert messages(body) == ["6"]


def test_flow() -> None:
    body = """
        n = 0
        while True:
          n = n + 1
          if n == 2:
            continue
          elif n == 5:
            break
          else:
            pass
          end
          textmsg(n)
        end
        def early(x):
          while True:
            if x > 1:
              return "more"
            end
            return "less"
          end
        end
        textmsg(early(2), early(1))
        """
    assert messages(body) == ["1", "3", "4", "moreless"]


def test_return_takes_its_value_from_its_own_line_only() -> None:
    body = """
        def nothing():
          return   # here
          textmsg("never")
        end
        nothing()
        """
    assert messages(body) == []


def test_defaults_and_named_arguments() -> None:
    body = """
        base = 10
        def f(a, b=base, c=-3):
          return [a, b, c]
        end
        textmsg(f(1))
        textmsg(f(1, c=5))
        textmsg(f(c=1, a=2, b=3))
        """
    assert messages(body) == ["[1, 10, -3]", "[1, 10, 5]", "[2, 3, 1]"]


def test_functions_are_known_before_their_text() -> None:
    assert messages('first()\ndef first():\n second()\nend\ndef second():\n textmsg("here")\nend') == ["here"]


def test_recursion() -> None:
    body = """
        def factorial(n):
          if n <= 1:
            return 1
          end
          return n * factorial(n - 1)
        end
        textmsg(factorial(10))
        """
    assert messages(body) == ["3628800"]


def test_lists_and_poses_are_handed_over_by_value() -> None:
    body = """
        a = [1, 2, 3]
        b = a
        b[0] = 100
        def change(list):
          list[1] = 200
        end
        change(a)
        textmsg(a, b)
        m = [[1, 2], [3, 4]]
        m[1, 0] = 7
        m[0][1] = 8
        textmsg(m)
        s = struct(x=1, y=[1, 2])
        s.y[1] = 5
        s.x = "one"
        textmsg(s)
        """
    assert messages(body) == ["[1, 2, 3][100, 2, 3]", "[[1, 8], [7, 4]]", "struct(x=one, y=[1, 5])"]


class TestScopes:
    """The script manual's own four cases, and the variables that threads see."""

    def test_local_hides_a_global(self) -> None:
        assert messages("global a = 0\ndef f():\n local a = 1\nend\nf()\ntextmsg(a)") == ["0"]

    def test_a_free_name_is_the_global_if_there_is_one(self) -> None:
        assert messages("global a = 0\ndef f():\n a = 1\nend\nf()\ntextmsg(a)") == ["1"]

    def test_functions_within_functions(self) -> None:
        body = "global a = 0\ndef f():\n local a = 1\n def g():\n  a = 2\n end\n g()\n textmsg(a)\nend\nf()\ntextmsg(a)"
        assert messages(body) == ["1", "2"]

    def test_the_programs_own_variables_are_global(self) -> None:
        assert messages("a = 0\ndef f():\n a = 1\nend\nf()\ntextmsg(a)") == ["1"]

    def test_parameters_are_local(self) -> None:
        assert messages("a = 0\ndef f(a):\n a = a + 1\n return a\nend\ntextmsg(f(5))\ntextmsg(a)") == ["6", "0"]

    def test_locals_begin_anew_in_each_call(self) -> None:
        assert failure("def f(first):\n if first:\n  x = 1\n end\n return x\nend\nf(True)\nf(False)") == (
            "the variable 'x' has no value yet",
            6,
        )

    def test_global_declared_in_a_function(self) -> None:
        assert messages("def f():\n global a = 3\nend\nf()\ndef g():\n return a\nend\ntextmsg(g())") == ["3"]


def test_commands_outside_of_a_program_run_once() -> None:
    machine, program = run('textmsg("a")\nset_digital_out(2, True)\n')
    assert machine.messages == ["a"]
    assert machine.digital_outputs[2]
    assert (program.name, program.secondary, program.error) == ("", False, None)


def test_a_secondary_program_runs_within_one_step() -> None:
    machine, program = run("sec quick():\n i = 0\n while i < 100:\n  i = i + 1\n end\n textmsg(i)\nend", steps=1)
    assert program.secondary
    assert not program.running
    assert machine.messages == ["100"]


@pytest.mark.parametrize("what", ["sync()", "sleep(0.1)", "movej([0,0,0,0,0,0])", "servoj([0,0,0,0,0,0])"])
def test_a_secondary_program_cannot_wait(what: str) -> None:
    machine, program = run(f"sec slow():\n {what}\nend")
    assert program.error is not None
    assert "too much behind" in program.error.text
    assert machine.log == []


def test_the_line_it_waits_at_is_known() -> None:
    machine = FakeMachine()
    program = compile_script("def f():\n def g():\n  sync()\n  sleep(0.004)\n end\n g()\n sync()\nend", machine)
    lines = []
    while machine.step(program):
        lines.append(program.line)
    assert lines == [3, 4, 4, 7]
