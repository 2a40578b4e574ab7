"""Any text is refused with a line, or it runs within bounds."""

from cellkit_ur.urscript import ScriptSyntaxError, compile_script
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from urscript_fakes import FakeMachine

# fmt: off
WORDS = [
    "def f():", "end", "if", "elif", "else:", "while", "True", "False", ":", "a", "b", "p", "=", "==", "(", ")",
    "[", "]", ",", "1", "2.5", "-", "+", "*", "/", "%", "not", "and", "or", "xor", "return", "run", "kill", "join",
    "thread t():", "global", "local", "break", "continue", "halt", "pass", "enter_critical", "exit_critical",
    "sync()", "sleep(0.01)", "textmsg(", "movej(", '"text"', "#c", "\n", ".", "struct(x=1)", "a=a+1", "t()", "f()",
    "sec s():", "get_forward_kin()", "to_str(", "[1,2,3,4,5,6]", "p[1,2,3,4,5,6]",
]
# fmt: on


def attempt(text: str) -> None:
    machine = FakeMachine()
    try:
        program = compile_script(text, machine)
    except ScriptSyntaxError as error:
        where = error.line
    else:
        for _ in range(40):
            if not machine.step(program):
                break
        program.kill()
        where = 1 if not program.running else 0
    assert where is None or 1 <= where <= text.count("\n") + 1


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    attempt(text)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_any_words(words: list[str]) -> None:
    attempt(" ".join(words))


@st.composite
def statements(draw: st.DrawFn, depth: int = 3) -> str:
    """Draw a text that parses; most of these texts fail or loop when they run."""
    expression = st.sampled_from(
        [
            "1",
            "a",
            "True",
            "a + 1",
            "b < 3",
            "[1, a]",
            "p[1,2,3,0,0,0]",
            "a[0]",
            '"s"',
            "f(a)",
            "not b",
            "0 - a",
            "a == b",
        ]
    )
    lines = []
    for _ in range(draw(st.integers(0, 4))):
        form = draw(
            st.sampled_from(["assign", "item", "if", "while", "sync", "call", "break", "run", "kill", "return"])
        )
        inner = draw(statements(depth=depth - 1)) if depth and form in {"if", "while"} else "pass"
        value = draw(expression)
        lines.append(
            {
                "assign": f"{draw(st.sampled_from('ab'))} = {value}",
                "item": f"a[{value}] = b",
                "if": f"if {value}:\n{inner}\nelse:\n{inner}\nend",
                "while": f"while {value}:\n{inner}\nend",
                "sync": "sync()",
                "call": f"textmsg({value})",
                "break": f"while True:\n{inner}\nbreak\nend",
                "run": "b = run t()",
                "kill": "kill b",
                "return": f"if {value}:\n return {value}\nend",
            }[form]
        )
    return "\n".join(lines)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None, max_examples=150)
@given(main=statements(), function=statements(depth=1), thread=statements(depth=1))
def test_any_program(main: str, function: str, thread: str) -> None:
    attempt(f"def prog():\na = 1\nb = 0\ndef f(x):\n{function}\nend\nthread t():\n{thread}\nend\n{main}\nend")
