"""A third party's distribution adds a kind of device, weighing scales, without a line of cellkit changed.

Every test runs in processes of their own: the distribution is installed for them alone.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua

from cellkit.cell.plan import read_cell
from cellkit.errors import ConfigError
from tests.opcua.gateway_rig import patient_client

HERE = Path(__file__).absolute().parent
SCENARIO = HERE / "scenario" / "scenario.yaml"
PATIENCE = 300.0


def install(distribution: Path, target: Path) -> None:
    """Install a pure distribution into a folder: its packages, and the metadata by which entry points are found."""
    project = tomllib.loads((distribution / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for package in (one for one in distribution.iterdir() if (one / "__init__.py").is_file()):
        (target / package.name).symlink_to(package, target_is_directory=True)
    info = target / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    heads = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(heads, encoding="utf-8")
    groups = project["entry-points"]
    lines = [
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in rows.items()) for group, rows in groups.items()
    ]
    (info / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    install(HERE / "distribution", target)
    return target


def run(installed: Path, *arguments: str, code: str | None = None, cwd: Path | None = None) -> str:
    """Run cellkit, or Python ``code``, with the distribution installed; return what it prints."""
    known = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(installed), *([known] if known else [])])
    command = [sys.executable, "-W", "error", *(["-c", code] if code is not None else ["-m", "cellkit"]), *arguments]
    done = subprocess.run(  # the exit code is checked with what was printed
        command,
        check=False,
        env=os.environ | {"PYTHONPATH": path},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run_all(installed: Path, commands: list[list[str]], cwd: Path) -> list[str]:
    """Run commands of cellkit in turn in one process, which spares its start; return what each prints."""
    texts: list[str] = json.loads(run(installed, json.dumps(commands), code=IN_TURN, cwd=cwd))
    return texts


IN_TURN = """
import contextlib, io, json, sys
from cellkit.cli import main

texts = []
for words in json.loads(sys.argv[1]):
    sys.argv = ["cellkit", *words]
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        try:
            main()
        except SystemExit as ended:
            assert not ended.code, (words, ended.code, printed.getvalue())
    texts.append(printed.getvalue())
print(json.dumps(texts))
"""


def test_without_the_distribution_the_kind_is_unknown_and_the_valid_ones_are_named() -> None:
    with pytest.raises(ConfigError, match=r"cell\.yaml:8: .*unknown kind 'scale'; did you mean scanner"):
        read_cell(SCENARIO.with_name("cell.yaml"))


def test_the_kind_is_in_the_schema_and_its_virtual_device_and_driver_are_listed(
    installed: Path, tmp_path: Path
) -> None:
    printed = run_all(installed, [["schema", "cell"], ["drivers", "--json", "-"]], tmp_path)
    schema, drivers = map(json.loads, printed)
    assert schema["$defs"]["ScaleDevice"]["properties"]["kind"]["const"] == "scale"
    mapping = next(iter(schema["properties"]["devices"]["patternProperties"].values()))["discriminator"]["mapping"]
    assert mapping["scale"] == "#/$defs/ScaleDevice"
    (row,) = [one for one in drivers["drivers"] if one["name"] == "acme_scale"]
    assert row["devices"] == ["scale"]


def test_it_runs_directly_and_by_wire_repeatably(installed: Path, tmp_path: Path) -> None:
    """In both worlds; a second process repeats what the first did."""
    runs = [(world, path) for world in ("kinematic", "physics") for path in ("direct", "wire")]
    commands = [
        ["run", str(SCENARIO), "--world", world, "--path", path, "--trace", f"{world}-{path}.jsonl", "--json", "-"]
        for world, path in runs
    ]
    first, second = ([json.loads(text) for text in run_all(installed, commands, tmp_path)] for _ in range(2))
    for (world, path), record, again in zip(runs, first, second, strict=True):
        assert record["success"], record["failure"]
        assert (record["world"], record["path"]) == (world, path)
        lines = (tmp_path / f"{world}-{path}.jsonl").read_text(encoding="utf-8").splitlines()
        (weighed,) = [event["value"] for event in map(json.loads, lines) if event.get("what") == "report"]
        assert weighed == pytest.approx(0.2)
        assert record["trace_sha256"] == again["trace_sha256"]


def test_its_faults_end_the_run_as_named(installed: Path, tmp_path: Path) -> None:
    options = ["run", str(SCENARIO), "--world", "kinematic", "--json", "-", "--fault"]
    faults = [
        [fault, "--path", path] for fault in ("drift", "lies", "saturated", "silent") for path in ("direct", "wire")
    ]
    for fault, record in zip(
        faults, run_all(installed, [[*options, *fault] for fault in faults], tmp_path), strict=True
    ):
        assert json.loads(record)["success"], (fault, record)


def test_it_passes_its_contract_by_wire(installed: Path) -> None:
    assert "passed" in run(installed, "check-driver", "acme_scale")


def test_it_passes_its_contract_as_a_reference_device(installed: Path) -> None:
    assert "passed" in run(installed, "-m", "pytest", code=CONTRACT, cwd=installed)


CONTRACT = """
import pathlib, sys, pytest
file = pathlib.Path("test_reference_scale.py")
file.write_text(
    'from acme_scale.contract import ScaleContract\\n'
    'class TestReference(ScaleContract):\\n    driver = "virtual"\\n'
)
sys.exit(pytest.main([str(file), "-q", "-p", "no:cacheprovider", "--rootdir", "."]))
"""


def test_recording_and_view_show_it(installed: Path, tmp_path: Path) -> None:
    file = tmp_path / "weighing.mcap"
    run(installed, "run", str(SCENARIO), "--world", "kinematic", "--record", str(file))
    assert json.loads(run(installed, str(file), str(SCENARIO.with_name("cell.yaml")), code=REPLAYED)) == {
        "first": 0.2,
        "last": 0.0,
        "kind": "weighing scale",
        "card": {"mass": "0.000 kg"},
        "live": {"mass": "0.200 kg"},
    }


REPLAYED = """
import json, sys
from pathlib import Path
from cellkit.recording import Recording
from cellkit.scenario.observers import SnapshotSource
from cellkit.view.cards import Cards
from cellkit.view.recorded_cards import RecordedCards, roles
from cellkit.cell.build import build_cell
from cellkit.cell.plan import read_cell
from cellkit.controller.world import WorldSettings, create_world
from cellkit.scenario.runner import device_factory
from cellkit.timing import run

recording = Recording.open(Path(sys.argv[1]))
rows = recording.measured("scale", "weight")
card = RecordedCards(recording).cards(recording.at(recording.span[1]))["scale"]

async def live():
    plan = read_cell(Path(sys.argv[2]))
    world = create_world("kinematic", WorldSettings())
    built = build_cell(plan, world, device_factory())
    values = Cards(built).cards(SnapshotSource(built).take())["scale"].values
    world.close()
    return values

print(json.dumps({
    "first": rows[0][1]["mass"], "last": rows[-1][1]["mass"], "kind": roles(recording)["scale"],
    "card": dict(card.values), "live": dict(run(live())),
}))
"""


def test_the_gateway_shows_it(installed: Path, tmp_path: Path) -> None:
    known = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(installed), *([known] if known else [])])
    command = [sys.executable, "-m", "cellkit", "serve", str(SCENARIO), "--world", "kinematic", "--port", "0", "--json"]
    command += ["--insecure-loopback", "--state", str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": path}
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        ready: dict[str, Any] = {}
        while "serving" not in ready:
            line = process.stdout.readline()
            assert line, "the served cell has ended"
            ready = json.loads(line)
        assert asyncio.run(asyncio.wait_for(_look(ready["serving"]), PATIENCE)) == (0.2, "kg", ["Stop", "Tare"])
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)


async def _look(url: str) -> tuple[float, str, list[str]]:
    """Return mass and unit of the scale as a client sees them, and the names of its commands."""
    async with patient_client(url) as client:
        namespace = await client.get_namespace_index("urn:cellkit:cell:weighing")
        mass = client.get_node(ua.NodeId("weighing/Devices/scale/ParameterSet/mass", namespace))
        value = None
        for _ in range(600):  # until the first reading has come
            value = (await mass.read_data_value(raise_on_bad_status=False)).Value.Value
            if value is not None:
                break
            await asyncio.sleep(0.1)
        unit = await (await mass.get_child("0:EngineeringUnits")).read_value()
        commands = client.get_node(ua.NodeId("weighing/Services/Commands/scale", namespace))
        names = [(await method.read_browse_name()).Name for method in await commands.get_methods()]
        return value, unit.DisplayName.Text, names
