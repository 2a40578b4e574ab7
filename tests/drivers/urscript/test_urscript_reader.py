from itertools import pairwise

import pytest
from cellkit_ur.urscript import ScriptReader
from hypothesis import given, settings
from hypothesis import strategies as st

from cellkit.errors import ProtocolError

PROGRAM = """def f():
  # end in a comment
  textmsg("end in a string")
  if True: sync() end
  thread t():
    while True:
      sync()
    end
  end
end
"""


def test_lines_are_commands_and_blocks_are_programs() -> None:
    reader = ScriptReader()
    text = f"movej([0,0,0,0,0,0])\n\n{PROGRAM}\nsec s():\n set_digital_out(1, True)\nend\nstopj(2)\n"
    assert [script.strip() for script in reader.feed(text.encode())] == [
        "movej([0,0,0,0,0,0])",
        PROGRAM.strip(),
        "sec s():\n set_digital_out(1, True)\nend",
        "stopj(2)",
    ]


@settings(deadline=None)
@given(cuts=st.lists(st.integers(0, 2 * len(PROGRAM)), max_size=8))
def test_however_it_is_cut(cuts: list[int]) -> None:
    data = (PROGRAM * 2).encode()
    edges = pairwise([0, *sorted(cuts), len(data)])
    reader = ScriptReader()
    scripts = [script for a, b in edges for script in reader.feed(data[a:b])]
    assert scripts == [PROGRAM, PROGRAM]


def test_windows_line_ends() -> None:
    assert len(ScriptReader().feed(PROGRAM.replace("\n", "\r\n").encode())) == 1


def test_too_much_is_refused_and_forgotten() -> None:
    reader = ScriptReader(limit=1000)
    with pytest.raises(ProtocolError):
        reader.feed(b"def f():\n" + b" sync()\n" * 1000)
    with pytest.raises(ProtocolError):
        reader.feed(b"x" * 1001)
    assert reader.feed(b"stopj(2)\n") == ["stopj(2)\n"]


@settings(deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=20))
def test_garbage_never_fills_the_memory(parts: list[bytes]) -> None:
    reader = ScriptReader(limit=500)
    for part in parts:
        try:
            for script in reader.feed(part):
                assert script.strip()
        except ProtocolError:
            pass
