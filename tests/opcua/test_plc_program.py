"""A program that knows OPC UA alone does the same task on several brands; only the server's address differs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.opcua.gateway_rig import CLIENT_URI, PASSWORD, PATIENCE, State, served
from tests.patience import cell_speed

SCRIPT = Path(__file__).parents[2] / "examples" / "07_plc_over_opcua" / "pick_and_place.py"


@pytest.fixture(scope="module")
def certificates(state: State, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the script wants."""
    folder = tmp_path_factory.mktemp("plc")
    shutil.copy(state.client.certificate_file, folder / "client.der")
    shutil.copy(state.client.key_file, folder / "client.pem")
    return folder


def run_plc(state: State, certificates: Path, url: str) -> dict[str, int]:
    """Run the script against a server; what it found."""
    shutil.copy(state.server.certificate_file, certificates / "server.der")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), url, "--certificates", str(certificates), "--application", CLIENT_URI],
        env={**os.environ, "PLC_PASSWORD": PASSWORD},
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, int] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


@pytest.mark.parametrize(
    ("arm", "world"),
    [
        ("crx-10ia", "kinematic"),
        pytest.param("ur5e", "kinematic", marks=pytest.mark.long),
        pytest.param("xarm6", "kinematic", marks=pytest.mark.long),
        pytest.param("ur5e", "physics", marks=pytest.mark.long),
        pytest.param("crx-10ia", "physics", marks=pytest.mark.long),
        pytest.param("kr6-r900", "physics", marks=pytest.mark.long),
        pytest.param("gp7", "physics", marks=pytest.mark.long),
    ],
)
def test_the_same_script_on_every_brand(state: State, certificates: Path, arm: str, world: str) -> None:
    parts = 1 if world == "kinematic" else 2
    options = ("--arm", arm, "--path", "wire", "--world", world, "--quantity", str(parts))
    speed = cell_speed(4.0 if world == "kinematic" else 1.0)
    with served(state, "pick_and_place", *options, "--speed", f"{speed:.2g}") as cell:
        assert run_plc(state, certificates, cell.url) == {"good": parts, "of": parts}
