"""The output, files and exit codes of the commands without errors, and after Ctrl+C."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cli_rig import COMMAND, Call, Spoilt, in_a_process, trace_of

from cellkit import __version__
from cellkit.yamlfile import read_yaml

ONE = ("run", "pick_and_place", "--world", "kinematic", "--quantity", "1")
NUMBER = (int, float)
FIELDS: dict[str, Any] = {
    "scenario": str,
    "arm": str,
    "gripper": (str, type(None)),
    "world": str,
    "path": str,
    "seed": int,
    "success": bool,
    "parts_good": int,
    "parts_total": int,
    "cycle_time": dict,
    "simulated_time": NUMBER,
    "wall_time": NUMBER,
    "realtime_factor": NUMBER,
    "max_place_error": (*NUMBER, type(None)),
    "collisions": (int, type(None)),
    "trace_sha256": str,
    "failure": (dict, type(None)),
}


def check_record(record: dict[str, Any]) -> None:
    for name, kind in FIELDS.items():
        assert isinstance(record[name], kind), name
        assert not (kind is NUMBER and isinstance(record[name], bool)), name
    assert set(record["cycle_time"]) >= {"mean", "list"}
    times = record["cycle_time"]["list"]
    assert all(isinstance(one, NUMBER) for one in times)
    if times:
        assert record["cycle_time"]["mean"] == pytest.approx(sum(times) / len(times))
    assert re.fullmatch(r"[0-9a-f]{64}", record["trace_sha256"])
    assert record["success"] is (record["failure"] is None)
    if record["failure"] is not None:
        assert set(record["failure"]) == {"what", "when", "where"}


# --- run ------------------------------------------------------------------------------------------------------------


def test_run_tells_a_person(cellkit: Call) -> None:
    outcome = cellkit(*ONE)
    assert outcome.code == 0
    assert outcome.err == ""
    assert "\x1b" not in outcome.out, "no escape codes without a terminal"
    for text in ("success", "1 good of 1", "ur5e with 2f-85, kinematic world, seed 1", "not counted in this world"):
        assert text in outcome.out


def test_run_writes_its_record(cellkit: Call, tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    assert cellkit(*ONE, "--seed", "5", "--arm", "gp7", "--gripper", "rg2", "--json", file).code == 0
    record = json.loads(file.read_text(encoding="utf-8"))
    check_record(record)
    assert (record["arm"], record["gripper"], record["seed"], record["parts_total"]) == ("gp7", "rg2", 5, 1)
    assert record["collisions"] is None, "this world does not count them, and does not report 0"
    assert [one.name for one in tmp_path.iterdir()] == ["result.json"], "nothing is left behind"


def test_json_alone_on_standard_output(cellkit: Call) -> None:
    outcome = cellkit(*ONE, "--json", "-")
    assert outcome.code == 0
    check_record(json.loads(outcome.out))
    for command in (("models",), ("models", "ur5e"), ("scenarios",)):
        json.loads(cellkit(*command, "--json", "-").out)


def test_json_into_what_is_no_file(cellkit: Call, tmp_path: Path) -> None:
    """A device or a link is written through and not replaced."""
    assert cellkit("scenarios", "--json", "/dev/null").code == 0
    assert not Path("/dev/null").is_file()
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    link.symlink_to(target)
    assert cellkit("scenarios", "--json", link).code == 0
    assert link.is_symlink()
    assert json.loads(target.read_text())["scenarios"]


def test_a_failed_run_is_exit_1_with_a_whole_record(cellkit: Call, copy: Spoilt, tmp_path: Path) -> None:
    copy.program.write_text("async def main(cell):\n    cell.note('nothing to do')\n")
    file = tmp_path / "result.json"
    outcome = cellkit("run", copy.scenario, "--world", "kinematic", "--json", file)
    assert outcome.code == 1
    assert outcome.err == ""
    assert "failed" in outcome.out
    record = json.loads(file.read_text())
    check_record(record)
    assert record["failure"]["what"].startswith("0 of 10 parts good, 10 expected")
    assert record["cycle_time"] == {"mean": None, "list": []}


def test_trace_is_the_same_as_its_hash(cellkit: Call, tmp_path: Path) -> None:
    import hashlib

    trace = tmp_path / "trace.jsonl"
    record = json.loads(cellkit(*ONE, "--trace", trace, "--json", "-").out)
    assert hashlib.sha256(trace.read_bytes()).hexdigest() == record["trace_sha256"]
    events = trace_of(trace)
    assert events[0]["what"] == "header"
    assert {event["source"] for event in events} >= {"robot", "hand", "cell", "process"}


def test_picture(cellkit: Call, copy: Spoilt, tmp_path: Path) -> None:
    copy.program.write_text("async def main(cell):\n    pass\n")
    picture = tmp_path / "cell.png"
    assert cellkit("run", copy.scenario, "--quantity", "1", "--picture", picture).code == 1
    assert picture.read_bytes().startswith(b"\x89PNG")


# --- matrix ---------------------------------------------------------------------------------------------------------


def test_matrix_holds_the_same_records_as_run(cellkit: Call, tmp_path: Path) -> None:
    file = tmp_path / "matrix.json"
    options = ("--world", "kinematic", "--quantity", "2")
    outcome = cellkit("matrix", "pick_and_place", "--arms", "ur5e, gp7", "--seeds", "2", *options, "--json", file)
    assert outcome.code == 0
    assert outcome.err == ""
    assert "\x1b" not in outcome.out
    assert "4 of 4 runs succeeded" in outcome.out
    runs = json.loads(file.read_text())["runs"]
    assert [(run["arm"], run["seed"]) for run in runs] == [("ur5e", 1), ("ur5e", 2), ("gp7", 1), ("gp7", 2)]
    alone = json.loads(cellkit("run", "pick_and_place", *options, "--arm", "gp7", "--seed", "2", "--json", "-").out)
    for run in runs:
        check_record(run)
        assert set(run) == set(alone)
    wall = {"wall_time", "realtime_factor"}
    assert {k: v for k, v in runs[3].items() if k not in wall} == {k: v for k, v in alone.items() if k not in wall}


def test_matrix_arms_named_twice_run_once_and_paths_work(cellkit: Call, tmp_path: Path) -> None:
    own = tmp_path / "my-arm.yaml"
    from cellkit.models.load import model_file

    own.write_text(model_file("ur5e").read_text(encoding="utf-8").replace("id: ur5e", "id: my-arm", 1))
    arms = f"ur5e,ur5e,{own}"
    outcome = cellkit("matrix", "pick_and_place", "--arms", arms, "--world", "kinematic", "--quantity", "1")
    assert outcome.code == 0
    assert "2 of 2 runs succeeded" in outcome.out
    assert "my-arm" in outcome.out


def test_matrix_with_a_failed_run_is_exit_1(cellkit: Call, copy: Spoilt) -> None:
    copy.program.write_text("async def main(cell):\n    pass\n")
    outcome = cellkit("matrix", copy.scenario, "--arms", "ur5e", "--world", "kinematic", "--json", "-")
    assert outcome.code == 1
    assert json.loads(outcome.out)["runs"][0]["success"] is False


# --- lists ----------------------------------------------------------------------------------------------------------


def test_models(cellkit: Call) -> None:
    outcome = cellkit("models")
    assert outcome.code == 0
    assert "\x1b" not in outcome.out
    listed = json.loads(cellkit("models", "--json", "-").out)["models"]
    assert len(listed) >= 11
    for model in listed:
        assert model["id"] in outcome.out
        for figure in {"scanner": ["frequency"], "proximity": ["rate"]}.get(model.get("kind"), ["mass"]):
            assert set(model[figure]) >= {"value", "source", "verified"}
    assert {"arm", "gripper", "sensor"} == {model["schema"].split("/")[1] for model in listed}
    stops = cellkit("models", "ur5e").out
    assert re.search(r"0 +│ medium .* 0\.24 17 .* 0\.50 45\*", stops)
    assert "no substitute for the times and distances of the vendor's manual" in " ".join(stops.split())
    shown = cellkit("models", "fr3").out
    assert "sources" in shown
    assert "fr3_joint7" in shown
    assert re.search(r"force_range .* ±130, ±130, ±400 N ", cellkit("models", "gamma").out)


def test_scenarios(cellkit: Call) -> None:
    assert "pick_and_place" in cellkit("scenarios").out
    rows = json.loads(cellkit("scenarios", "--json", "-").out)["scenarios"]
    assert any(row["name"] == "pick_and_place" and Path(row["file"]).is_file() for row in rows)
    assert all(row["faults"] for row in rows)


def test_help_and_version(cellkit: Call) -> None:
    assert cellkit("--version").out == f"cellkit {__version__}\n"
    overview = cellkit("--help")
    assert overview.code == 0
    assert cellkit().out == overview.out, "without a command the help is shown"
    for command in ("run", "matrix", "virtual", "drivers", "models", "scenarios", "schema", "check-driver", "new"):
        assert command in overview.out
        page = cellkit(command, "--help")
        assert page.code == 0
        assert "Usage: cellkit" in page.out


def test_help_pays_for_nothing_it_does_not_need() -> None:
    heavy = "pybullet", "roboticstoolbox", "numpy", "pydantic", "ruckig", "yaml"
    code = (
        "import sys; from cellkit.cli import main; sys.argv = ['cellkit', '--help']\n"
        "try: main()\n"
        f"except SystemExit: print(sorted(set(sys.modules) & set({heavy!r})))"
    )
    done = subprocess.run([COMMAND[0], "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"


# --- schema ---------------------------------------------------------------------------------------------------------


def problems(schema: dict[str, Any], part: dict[str, Any], data: Any, at: str = "") -> list[str]:
    """Return the violations of a JSON Schema by ``data``; only the keywords of cellkit's schemas are known."""
    known = {
        "$ref", "$defs", "$schema", "title", "description", "default", "type", "properties", "required",
        "additionalProperties", "patternProperties", "propertyNames", "items", "minItems", "maxItems", "anyOf", "oneOf",
        "discriminator", "const", "enum", "pattern", "minLength", "minProperties",
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    }  # fmt: skip
    assert set(part) <= known, set(part) - known
    if "$ref" in part:
        return problems(schema, schema["$defs"][part["$ref"].removeprefix("#/$defs/")], data, at)
    for several in ("anyOf", "oneOf"):
        if several in part:
            tried = [problems(schema, one, data, at) for one in part[several]]
            return [] if any(not one for one in tried) else [f"{at}: none of {several}", *tried[0]]
    found = []
    kinds = {"object": dict, "array": list, "string": str, "number": NUMBER, "integer": int, "boolean": bool}
    kinds["null"] = type(None)
    if "type" in part and (not isinstance(data, kinds[part["type"]])):
        return [f"{at}: {data!r} is no {part['type']}"]
    if "const" in part and data != part["const"]:
        found.append(f"{at}: {data!r} is not {part['const']!r}")
    if "enum" in part and data not in part["enum"]:
        found.append(f"{at}: {data!r} is not in {part['enum']}")
    if "pattern" in part and not re.search(part["pattern"], data):
        found.append(f"{at}: {data!r} does not match {part['pattern']}")
    if len(str(data)) < part.get("minLength", 0):
        found.append(f"{at}: {data!r} is too short")
    if isinstance(data, NUMBER):
        checks = {"minimum": data.__ge__, "maximum": data.__le__}
        checks |= {"exclusiveMinimum": data.__gt__, "exclusiveMaximum": data.__lt__}
        found += [
            f"{at}: {data} against {key}" for key, holds in checks.items() if key in part and not holds(part[key])
        ]
    if isinstance(data, list):
        if not part.get("minItems", 0) <= len(data) <= part.get("maxItems", 10**9):
            found.append(f"{at}: {len(data)} items")
        for index, item in enumerate(data):
            found += problems(schema, part.get("items", {}), item, f"{at}.{index}")
    if isinstance(data, dict):
        if len(data) < part.get("minProperties", 0):
            found.append(f"{at}: {len(data)} entries")
        found += [f"{at}: {key} is missing" for key in part.get("required", []) if key not in data]
        for key, value in data.items():
            inner = part.get("properties", {}).get(key)
            if inner is None:
                inner = next(
                    (one for text, one in part.get("patternProperties", {}).items() if re.search(text, key)), None
                )
            if inner is None:
                inner = part.get("additionalProperties", {})
            if inner is not True:  # anything
                found += [f"{at}: unknown {key}"] if inner is False else problems(schema, inner, value, f"{at}.{key}")
    return found


@pytest.mark.parametrize("kind", ["cell", "scenario", "exercise", "arm", "gripper", "sensor"])
def test_schemas_fit_the_shipped_files(cellkit: Call, kind: str) -> None:
    from cellkit import registry
    from cellkit.models.load import model_ids
    from cellkit.scenario.config import read_scenario

    schema = json.loads(cellkit("schema", kind).out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    scenarios = [read_scenario(name) for name in registry.scenario_files()]
    examples = Path(__file__).parents[2] / "examples"
    files = {
        "cell": [*(one.cell_file for one in scenarios), *examples.glob("*.yaml")],
        "scenario": [one.document.file for one in scenarios],
        "exercise": list(registry.exercise_files().values()),
        "arm": [registry.model_files()[name] for name in model_ids("arm")],
        "gripper": [registry.model_files()[name] for name in model_ids("gripper")],
        "sensor": [registry.model_files()[name] for name in model_ids("sensor")],
    }[kind]
    assert files
    for file in files:
        data = read_yaml(file).data
        assert problems(schema, schema, data) == [], file
        assert problems(schema, schema, {**data, "colr": 1}), "an unknown key is seen"
        assert problems(schema, schema, {key: value for key, value in data.items() if key != "schema"})


def test_a_reader_that_goes_away() -> None:
    process = subprocess.Popen([*COMMAND, "models"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    assert process.stderr is not None
    with process.stderr:
        assert process.stderr.read() == ""


def test_a_process_of_its_own() -> None:
    outcome = in_a_process(*ONE, "--json", "-")
    assert outcome.code == 0
    assert outcome.err == ""
    check_record(json.loads(outcome.out))


def test_a_disk_that_is_full_ends_the_trace_and_not_the_run(tmp_path: Path) -> None:
    trace, result = tmp_path / "trace.jsonl", tmp_path / "result.json"
    limited = f"ulimit -f 8; exec {shlex.join(COMMAND)} run pick_and_place --world kinematic"  # 8 blocks of 1 KiB
    done = subprocess.run(
        ["bash", "-c", f"{limited} --trace {trace} --json {result}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert re.fullmatch(rf"cellkit: warning: {trace}: the trace ends at \d+\.\d\d s: File too large\n", done.stderr)
    assert trace.read_bytes().startswith(b'{"t":0.0,"source":"run","what":"header"')
    assert json.loads(result.read_text())["success"]
