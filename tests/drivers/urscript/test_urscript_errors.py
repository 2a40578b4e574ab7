import pytest
from cellkit_ur.urscript import Program, RuntimeException, ScriptSyntaxError, compile_script
from urscript_fakes import FakeMachine, failure, run


def refused(text: str) -> tuple[str, int | None]:
    with pytest.raises(ScriptSyntaxError) as caught:
        compile_script(text, FakeMachine())
    return caught.value.text, caught.value.line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("def f():\n a = 1\n", 2),
        ("def f():\n a = = 1\nend", 2),
        ("def f():\n a = (1\nend", 3),
        ("def f():\n a = 1 + \nend", 3),
        ("def f():\n if True\n  a = 1\n end\nend", 3),
        ("def f():\n a = é\nend", 2),
        ('def f():\n a = "open\nend', 2),
        ("def f():\nend\nend", 3),
        ("def f(\n", 1),
        ("def f():\n 1\nend", 2),
        ("def f():\n while True:\n", 2),
        ("def f():\n a b\nend", 2),
        ("def f():\n end = 1\nend", 2),
        ("def f():\n else = 1\nend", 2),
    ],
)
def test_syntax_errors_name_the_line(text: str, line: int) -> None:
    said, where = refused(text)
    assert said.startswith("syntax error")
    assert where == line


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("movej_([0,0,0,0,0,0])", "the function 'movej_' is not known"),
        ("a = b", "the name 'b' is not known"),
        ("b[0] = 1", "the name 'b' is not known"),
        ("run nobody()", "the thread 'nobody' is not known"),
        ("def g():\nend\nrun g()", "'g' is not a thread"),
        ("thread g():\nend\ng()", "'g' is a thread: start it with 'run'"),
        ("thread g(x):\nend", "a thread takes no parameters"),
        ("def g(x, x):\nend", "'g' has two parameters of one name"),
        ("def g():\nend\ndef g():\nend", "'g' is defined twice"),
        ("sin()", "'sin' is called without 'f'"),
        ("sin(1, 2)", "'sin' takes 1 arguments at most, not 2"),
        ("sin(g=1)", "'sin' has no parameter 'g'"),
        ("sin(1, f=1)", "'sin' is given 'f' twice"),
        ("def g(x):\nend\ng()", "'g' is called without 'x'"),
        ("break", "'break' outside of a loop"),
        ("continue", "'continue' outside of a loop"),
        ("sec g():\nend", "a secondary program must be the only program of a script"),
        ("a = 99999999999", "the number 99999999999 does not fit into 32 bits"),
        ("struct(1)", "a struct takes named values, each name once"),
        ("movej(a=1, [0,0,0,0,0,0])", "syntax error: a positional argument follows a named one"),
        ("sin(1) = 2", "syntax error: this cannot be assigned to"),
    ],
)
def test_refused_before_anything_runs(body: str, what: str) -> None:
    said, line = refused(f"def f():\n{body}\nend")
    assert said == what
    assert line is not None
    assert 2 <= line <= 5


def test_only_a_def_or_sec_is_a_program() -> None:
    assert refused("thread f():\nend")[0] == "a program is a def or sec without parameters"
    assert refused("def f(x):\nend")[0] == "a program is a def or sec without parameters"


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ('a = 1 + "x"', "type error: '+' does not fit int and string"),
        ("a = [1] + [2]", "type error: '+' does not fit list and list"),
        ("a = True + 1", "type error: '+' does not fit boolean and int"),
        ("a = 1 < True", "type error: '<' does not fit int and boolean"),
        ('a = 1 == "1"', "type error: '==' does not fit int and string"),
        ("a = 1 / 0", "division by zero"),
        ("a = 1 % 0", "division by zero"),
        ("a = not 1", "type error: a boolean is needed, not a int"),
        ("if 1:\nend", "type error: a boolean is needed, not a int"),
        ("while 1:\nend", "type error: a boolean is needed, not a int"),
        ("a = 1 or True", "type error: a boolean is needed, not a int"),
        ("a = [1, 2][2]", "index 2 is out of range: the list has 2 elements"),
        ("a = [1, 2][-1]", "index -1 is out of range: the list has 2 elements"),
        ("a = 1\nb = a[0]", "type error: a int has no elements"),
        ("a = p[1, 2]", "a pose has 6 numbers, not 2"),
        ('a = p[1, 2, 3, 4, 5, "6"]', "type error: a pose holds numbers, not a string"),
        ("a = -True", "type error: '-' does not fit a boolean"),
        ("a = struct(x=1)\nb = a.y", "the struct has no field 'y'"),
        ("a = 1\na.x = 1", "type error: a int has no fields"),
        ("def g():\nend\na = g()", "the function that was called returns no value"),
        ("a = sqrt(-1)", "sqrt of -1 has no value"),
        ("a = acos(2)", "acos of 2 has no value"),
        ("a = pow(10.0, 400)", "pow of 10, 400 has no value"),
        ('a = sin("x")', "type error: a number is needed, not a string"),
        ("movej([1, 2, 3])", "a list of 6 numbers is needed, not of 3"),
        ("movej(1)", "type error: a list of 6 numbers is needed, not a int"),
        ("movej([0,0,0,0,0,0], a=0)", "the acceleration must be above zero"),
        ("movel(p[0,0,0,0,0,0], v=-1)", "the speed must be above zero"),
        ("servoj([0,0,0,0,0,0], lookahead_time=1)", "the lookahead time must be 0.03 to 0.2 s"),
        ("servoj([0,0,0,0,0,0], gain=1)", "the gain must be 100 to 2000"),
        ("sleep(-1)", "a time must be a number that is not negative"),
        ("read_input_float_register(48)", "there is no float register 48: they are numbered 0 to 47"),
        ("set_standard_digital_out(8, True)", "there is no standard output 8: they are numbered 0 to 7"),
        ("set_standard_digital_out(1, 1)", "type error: a boolean is needed, not a int"),
        ("pose_inv([0,0,0,0,0,0])", "type error: a pose is needed, not a list"),
        ('socket_open("10.0.0.1", 50000)', "socket_open: scripts open no sockets on this controller"),
        (
            "force_mode(p[0,0,0,0,0,0],[2,0,0,0,0,0],[0,0,0,0,0,0],2,[1,1,1,1,1,1])",
            "each of the six axes must be 0 or 1",
        ),
        ("assert(1 == 2)", "an assertion does not hold"),
        ('a = to_num("x")', "'x' is not a number"),
        ("exit_critical", "exit_critical without enter_critical"),
    ],
)
def test_runtime_errors_name_the_line(body: str, what: str) -> None:
    said, line = failure(f"textmsg(1)\n{body}")
    assert said == what
    assert line == (4 if body.startswith(("a = 1\n", "a = struct")) else 5 if body.startswith("def") else 3)


def test_no_inverse_kinematics_solution_ends_the_program() -> None:
    machine = FakeMachine()
    machine.reachable = False
    for what in ("a = get_inverse_kin(p[9,0,0,0,0,0])", "movej(p[9,0,0,0,0,0])"):
        said, line = failure(what, machine)
        assert "no inverse kinematics solution" in said
        assert line == 2


def test_the_line_is_that_of_the_innermost_statement() -> None:
    text = """def outer():
      def inner(x):
        if x > 0:
          y = 1
          y = y / (x - 1)
        end
      end
      while True:
        inner(1)
        sync()
      end
    end"""
    _, program = run(text)
    assert program.error is not None
    assert program.error.line == 5
    assert str(program.error) == "division by zero (line 5)"


def test_a_condition_of_elif_has_its_own_line() -> None:
    assert failure("if False:\n pass\nelif 1:\n pass\nend")[1] == 4
    assert failure("while True:\n if False:\n  sync()\n elif 1:\n  sync()\n end\nend")[1] == 5


def test_a_machine_that_refuses_gets_the_line() -> None:
    class Refusing(FakeMachine):
        def movej(self, joints, acceleration, speed, time, radius):
            raise RuntimeException("the drives are off")

    said, line = failure("textmsg(1)\nmovej([0,0,0,0,0,0])", Refusing())
    assert (said, line) == ("the drives are off", 3)


def test_an_error_in_a_thread_ends_the_program() -> None:
    machine = FakeMachine()
    machine.steps = 100
    body = "thread t():\n a = 1 / 0\nend\nrun t()\nmovej([0,0,0,0,0,0])"
    assert failure(body, machine) == ("division by zero", 3)
    assert machine.log[-1] == ("cancel", "movej")


def test_a_failed_program_stays_failed() -> None:
    _, program = run("def f():\n a = 1 / 0\nend")
    assert isinstance(program, Program)
    assert not program.step()
    assert program.error is not None
