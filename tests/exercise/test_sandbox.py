"""A program cannot do what it must not: each attempt ends in a clear result, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from exercise_rig import sandboxed, small_cell

from cellkit.errors import CellkitError
from cellkit.exercise import landlock, sandbox
from cellkit.exercise.attempt import Attempt
from cellkit.exercise.config import read_exercise
from cellkit.exercise.grading import grade
from cellkit.exercise.host import RemoteProgram
from cellkit.exercise.sandbox import protection
from cellkit.exercise.student import CannotGrade, ProcessLimits, ProgramText
from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import Run, RunOptions

pytestmark = pytest.mark.skipif(protection().missing is not None, reason="this machine has no sandbox")

REFUSED = """
import ctypes, os, platform, signal, socket, subprocess, sys
from pathlib import Path

def attempts(parent, outside):
    libc = ctypes.CDLL(None, use_errno=True)
    def called(number, *arguments):
        if libc.syscall(number, *arguments) < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    yield "socket", lambda: socket.socket()
    yield "unix socket", lambda: socket.socket(socket.AF_UNIX)
    yield "socket pair", lambda: socket.socketpair()
    yield "fork", lambda: os.fork()
    yield "another program", lambda: subprocess.run(["true"])
    yield "exec", lambda: os.execv("/bin/true", ["true"])
    yield "write outside", lambda: open(outside, "w")
    yield "append outside", lambda: open(outside, "a")
    yield "write inside", lambda: open("own.txt", "w")
    yield "nameless file", lambda: os.open("/tmp", os.O_TMPFILE | os.O_RDWR)
    yield "memory file", lambda: os.memfd_create("own")
    yield "delete", lambda: os.unlink(outside)
    yield "rename", lambda: os.rename(outside, outside + "2")
    yield "folder", lambda: os.mkdir(outside + "_folder")
    yield "rights", lambda: os.chmod(outside, 0o777)
    yield "link", lambda: os.symlink(outside, "own_link")
    yield "shorten", lambda: os.truncate(outside, 0)
    yield "fifo", lambda: os.mkfifo("own_fifo")
    yield "kill the parent", lambda: os.kill(parent, signal.SIGKILL)
    yield "ask the parent", lambda: os.kill(parent, 0)
    yield "its memory", lambda: open(f"/proc/{parent}/mem", "rb").read(1)
    yield "its environment", lambda: open(f"/proc/{parent}/environ", "rb").read()
    yield "its files", lambda: os.listdir(f"/proc/{parent}/fd")
    yield "signals by a file", lambda: __import__("fcntl").fcntl(1, 8, parent)
    yield "its group", lambda: os.killpg(os.getpgid(parent), 0)
    if platform.machine() == "x86_64":
        yield "trace it", lambda: called(101, 16, parent, 0, 0)
        yield "read its memory", lambda: called(310, parent, 0, 0, 0, 0, 0)
        yield "its descriptor", lambda: called(434, parent, 0)
        yield "mount", lambda: called(165, b"none", b"/", b"tmpfs", 0, 0)
        yield "namespace", lambda: called(272, 0x10000000)
        yield "io_uring", lambda: called(425, 8, 0)
        yield "bpf", lambda: called(321, 0, 0, 0)
        yield "more rights", lambda: called(157, 38, 0, 0, 0, 0)
        yield "more memory", lambda: called(302, 0, 9, (ctypes.c_uint64 * 2)(-1, -1), None)
        yield "calls of 32 bit", lambda: called(0x40000000 + 41, 2, 1, 0)
    if FILES_ARE_SHUT:
        yield "its command line", lambda: open(f"/proc/{parent}/cmdline").read()
        yield "users", lambda: open("/etc/passwd").read()
        yield "homes", lambda: os.listdir("/home")
        yield "solutions", lambda: open(SOLUTION).read()

async def main(cell):
    for name, attempt in attempts(os.getppid(), OUTSIDE):
        try:
            attempt()
        except PermissionError:
            pass
        except OSError as error:
            print(f"{name}: {error}")
        else:
            print(f"{name}: went through")
    cell.note("and it goes on")
"""


def test_no_forbidden_call_succeeds(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("whole", encoding="utf-8")
    solution = Path(__file__).parents[2] / "scenarios" / "cellkit_exercises" / "pick_and_place" / "reference.py"
    assert solution.is_file()
    known = f"OUTSIDE, SOLUTION, FILES_ARE_SHUT = {str(outside)!r}, {str(solution)!r}, {landlock.version() > 0}"
    text = f"{known}\n{REFUSED}"
    record, seen = sandboxed(tmp_path, text)
    assert record.success, record.failure
    assert seen.printed == ""
    assert outside.read_text(encoding="utf-8") == "whole"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "cell.yaml",
        "outside.txt",
        "program.py",
        "scenario.yaml",
    ]
    tried = {one.what for one in seen.attempts}
    assert "tried to open a network connection (refused)" in tried
    assert f"tried to write the file {str(outside)!r} (refused)" in tried
    assert "tried to start another process (refused)" in tried
    assert all(one.line is not None for one in seen.attempts)


HEAD = """
import asyncio, ctypes, json, os, signal, socket, sys, threading, time
def say(data):
    os.write(int(sys.argv[1]), len(data).to_bytes(4, 'big') + data)
def act(*acts):
    say(json.dumps({'acts': acts, 'until': None}).encode())
    time.sleep(9)
async def main(cell):
    """
# The statements of a program, a part of the result's text, and its line, counted from the first one of `main`.
ENDS: dict[str, tuple[str, str, int | None]] = {
    "fork bomb": ("while True: os.fork()", "tried to start another process (refused)", 0),
    "thread bomb": ("while True: threading.Thread(target=time.sleep, args=(99,)).start()", "RuntimeError", 0),
    "much memory": ("bytearray(10**11)", "MemoryError", 0),
    "memory bit by bit": ("hoard = []\n    while True: hoard.append(bytearray(10**6))", "MemoryError", 1),
    "much output": ("while True: print('x' * 999)", "printed more than 100 kB", None),
    "leaves": ("os._exit(0)", "ended its own process (exit code 0)", None),
    "stops": ("sys.exit(3)", "the program raised SystemExit: 3", 0),
    "interrupts": ("raise KeyboardInterrupt", "the program raised KeyboardInterrupt", 0),
    "crashes": ("ctypes.string_at(0)", "crashed with the signal SIGSEGV", None),
    "kills itself": ("os.kill(os.getpid(), signal.SIGKILL)", "was ended from outside", None),
    "closes the line": ("os.closerange(3, 64); time.sleep(9)", "closed its connection", None),
    "closes the line and waits": ("os.closerange(3, 64); await asyncio.sleep(9)", "the program", None),
    "garbage": ("os.write(int(sys.argv[1]), b'garbage ' * 99); time.sleep(9)", "sent invalid messages", None),
    "no JSON": ("say(b'{'); time.sleep(9)", "sent invalid messages", None),
    "deep JSON": ("say(b'[' * 100_000); time.sleep(9)", "sent invalid messages", None),
    "a number": ("say(b'7'); time.sleep(9)", "sent invalid messages", None),
    "nothing": ("say(b'{}'); time.sleep(9)", "sent invalid messages", None),
    "a hidden method": ("act(['call', 1, 'robot', '_execute', [[], {}], 1])", "sent invalid messages", None),
    "an attribute": ("act(['call', 1, 'robot', '__class__', [[], {}], 1])", "sent invalid messages", None),
    "no such device": ("act(['call', 1, 'world', 'state', [[], {}], 1])", "sent invalid messages", None),
    "no such act": ("act(['reset', 'robot'])", "sent invalid messages", None),
    "too many calls": ("act(*[['cancel', n] for n in range(2000)])", "1000 things at once", None),
    "false attempts": (
        "say(json.dumps({'acts': [], 'until': None, 'refused': [7]}).encode()); time.sleep(9)",
        "sent invalid messages",
        None,
    ),
    "an unknown frame": (
        "act(['frame', 'robot', 'a', {'$': 'Pose', 'v': {'matrix': [[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]],"
        " 'frame': 'moon'}}])",
        "sent invalid messages",
        None,
    ),
    "a forged error of a device": (
        "say(json.dumps({'acts': [], 'until': None, 'failed': {'error': {'type': 'DeviceFault', 'text': 'x', 'fields':"
        " {'device': ['robot'], 'code': {}}}, 'name': 'x', 'line': 1}}).encode()); time.sleep(9)",
        "sent invalid messages",
        None,
    ),
    "a forged error without a text": (
        "say(json.dumps({'acts': [], 'until': None, 'failed': {'error': {'type': 'DeviceFault', 'text': 7, 'fields':"
        " [[1, 2]]}, 'name': [], 'line': 1e300}}).encode()); time.sleep(9)",
        "sent invalid messages",
        None,
    ),
    "lists of refusals": (
        "turn = json.dumps({'acts': [], 'until': 0, 'refused': [['x' * 99, 1]] * 99}).encode()\n"
        "    while True: say(turn)",
        "more than 100 forbidden attempts",
        None,
    ),
    "many notes": (
        "turn = json.dumps({'acts': [['emit', 'note', {'$': 'dict', 'v': [['text', 'x']]}]] * 900, 'until': 0})"
        ".encode()\n    while True: say(turn)",
        "reported more than 10000 events",
        None,
    ),
    "small threads": (
        "threading.stack_size(32_768)\n    for _ in range(300): threading.Thread(target=time.sleep, args=(99,)).start()"
        "\n    time.sleep(99)",
        "ran more than 64 threads",
        None,
    ),
    "half a letter": ("raise ValueError('\\ud800')", "the program raised ValueError: ?", 0),
    "no time": (
        "say(json.dumps({'acts': [], 'until': float('nan')}).encode()); time.sleep(9)",
        "sent invalid messages",
        None,
    ),
    "waits for nothing": ("await asyncio.Event().wait()", "waits for something that never comes", None),
    "waits for long": ("await asyncio.sleep(1e9)", "was not done in the time", None),
    "a false judge": (
        "import cellkit.scenario.runner as r; r.Run._unmet = lambda *a: None; raise ValueError('x')",
        "ValueError",
        0,
    ),
}
SLOW = {
    "loop": ("while True: pass", "did not let the cell go on for 1.5 s", 0),
    "loop that catches all": (
        "while True:\n        try: time.sleep(1)\n        except BaseException: pass",
        "did not let the cell go on",
        1,
    ),
    "loop of tasks": ("while True: await asyncio.sleep(0)", "did not let the cell go on", None),
    "asks and asks": ("while True: await cell.arm('robot').state()", "5000 times without any time passing", None),
    "stops itself": ("os.kill(os.getpid(), signal.SIGSTOP)", "did not let the cell go on", None),
    "works on": (
        "while True:\n        end = time.monotonic() + 0.5\n        while time.monotonic() < end: pass\n"
        "        await asyncio.sleep(0.1)",
        "used more than 5 s of processor time",
        None,
    ),
    "floods": ('while True: say(b\'{"acts": [], "until": 0}\')', "5000 times without any time passing", None),
}


# The other ones are as quick, but many.
QUICK = (
    "fork bomb",
    "leaves",
    "a forged error without a text",
    "many notes",
)


def ends_clearly(folder: Path, body: str, says: str, line: int | None) -> None:
    text = HEAD + body
    record, seen = sandboxed(folder, text)
    assert not record.success
    assert record.failure is not None
    assert seen.failure is not None
    assert says in f"{seen.failure.kind} {seen.failure.what}", seen
    if line is not None:
        assert seen.failure.line == HEAD.count("\n") + 1 + line, seen
    assert not students()


def students() -> list[str]:
    """Return the processes of programs that this process has started and that still run."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = (process / "stat").read_text(encoding="ascii").rpartition(")")[2].split()[1]
            if int(parent) == os.getpid() and b"cellkit.exercise.child" in (process / "cmdline").read_bytes():
                found.append(process.name)
    return found


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.long) for name in ENDS])
def test_attack_ends_clearly(name: str, tmp_path: Path) -> None:
    ends_clearly(tmp_path, *ENDS[name])


@pytest.mark.long
@pytest.mark.parametrize("name", SLOW)
def test_endless_attack_ends_clearly(name: str, tmp_path: Path) -> None:
    ends_clearly(tmp_path, *SLOW[name])


def test_without_landlock_the_graders_memory_is_hidden_all_the_same(tmp_path: Path) -> None:
    """Without Landlock, and as root: the parent's memory is hidden, and the child has no privileges."""
    script = f"""
import os
from cellkit.exercise import landlock, sandbox
landlock.version = lambda: 0
waits, go = os.pipe()
if os.fork() == 0:
    os.read(waits, 1)
    sandbox.enter(5, 500_000_000, [])
    for name in ("mem", "environ", "maps"):
        try:
            open(f"/proc/{{os.getppid()}}/{{name}}", "rb").read(1)
            os.write(1, f"{{name}} was read".encode())
        except PermissionError:
            pass
    try:
        open({str(tmp_path / "own")!r}, "w")
        os.write(1, b"written")
    except PermissionError:
        pass
    os._exit(0)
sandbox.hide_memory()
os.write(go, b"x")
os.wait()
sandbox.show_memory()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == ("", "")


def test_the_main_grader_hides_its_memory_while_workers_grade(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    def runs(*_: object) -> list[Attempt]:
        seen.append(sandbox.memory_is_visible())
        raise KeyboardInterrupt

    monkeypatch.setattr("cellkit.exercise.grading._run_all", runs)
    with pytest.raises(KeyboardInterrupt):
        grade(read_exercise("pick_and_place"), ProgramText("", "mine.py"), seeds=2, jobs=2)
    assert seen == [False]
    assert sandbox.memory_is_visible(), "only while it grades"


def test_a_worker_of_the_grader_hides_its_memory() -> None:
    script = (
        "from cellkit.exercise import grading, sandbox; grading._begin_worker(); print(sandbox.memory_is_visible())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "False\n"


def test_the_result_names_a_missing_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cellkit.exercise.landlock.version", lambda: 0)
    offered = sandbox.protection()
    assert "hidden memory" in offered.walls
    assert any("Landlock" in note for note in offered.notes)


def test_an_unprotected_program_runs_and_the_result_states_so(tmp_path: Path) -> None:
    program = ProgramText(f"async def main(cell):\n    open({str(tmp_path / 'own')!r}, 'w').close()\n", "mine.py")
    remote = RemoteProgram(program, ProcessLimits(), protected=False)
    record = Run(read_scenario(str(small_cell(tmp_path))), RunOptions(world="kinematic"), remote).execute()
    assert record.success, record.failure
    assert (tmp_path / "own").exists()
    assert not remote.seen.attempts


@pytest.mark.parametrize("python", ["/bin/false", "/no/such/python"])
def test_a_process_that_does_not_start_is_no_fault_of_the_program(python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cellkit.exercise.student.sys.executable", python)
    exercise = read_exercise("pick_and_place")
    with pytest.raises(CannotGrade, match="process"):
        grade(exercise, ProgramText("", "mine.py"), seeds=1, jobs=1)


def test_a_machine_without_a_sandbox_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cellkit.exercise.seccomp.available", lambda: False)
    exercise = read_exercise("pick_and_place")
    with pytest.raises(CellkitError, match=r"cannot run in a sandbox here .*--unprotected"):
        grade(exercise, ProgramText("", "mine.py"), seeds=1)
