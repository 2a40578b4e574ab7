"""`cellkit run … --record FILE.mcap`."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cellkit.cli import main
from cellkit.recording import Recording, mcap_writer

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Return ``run("--record", file)``, which gives the exit code and the standard error."""

    def call(*options: str | Path) -> tuple[int, str]:
        command = ["cellkit", "run", "pick_and_place", "--world", "kinematic", "--quantity", "1", *map(str, options)]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return ended.value.code, capsys.readouterr().err

    return call


def test_a_recording_at_another_rate(run: Call, tmp_path: Path) -> None:
    file = tmp_path / "run.mcap"
    assert run("--record", file, "--record-rate", "10") == (0, "")
    with Recording.open(file) as recording:
        assert recording.complete
        assert recording.times[2] - recording.times[1] == pytest.approx(0.1)
        assert recording.result is not None
        assert recording.result.success


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--record-rate", "0"), "--record-rate 0: expected above 0 and up to 1000 Hz"),
        (("--record-images", "51"), "--record-images 51: expected 0 (none) up to 50 Hz, the rate of snapshots"),
        (("--trace", "run.mcap"), "is given for two results"),
        (("--record", "-"), "a recording needs a file; it cannot go to standard output"),
    ],
)
def test_bad_input_is_one_line(
    run: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], error: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, err = run("--record", "run.mcap", *options)
    assert code == 2
    assert error in err
    assert err.count("\n") == 1


def test_a_disk_that_fills_up_is_a_warning(run: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain_write = mcap_writer._Sink.write

    def write(sink: Any, data: bytes) -> int:
        if sink.tell() > 20_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return plain_write(sink, data)

    monkeypatch.setattr(mcap_writer._Sink, "write", write)
    code, err = run("--record", tmp_path / "run.mcap")
    assert code == 0
    assert err.startswith(f"cellkit: warning: {tmp_path / 'run.mcap'}: the recording ends at ")
    assert err.endswith("No space left on device\n")
    assert err.count("\n") == 1
