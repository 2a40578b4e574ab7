"""``cellkit dependencies``: bad input is one line, a bare cell lists what is not known, JSON and SBOM are files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_rig import JOB, Call

QUICK = ("--arms", "gp7", "--grippers", "rg2", "--seeds", "1", "--quantity", "1", "--jobs", "1")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("no_such_cell",), "unknown scenario 'no_such_cell'"),
        (("pick_and_place", "--without", "Acme"), "unknown vendor 'Acme'"),
        (("pick_and_place", "--without", "region:Mars"), "unknown region 'Mars'"),
        (
            ("pick_and_place", "--without", "region:"),
            "--without 'region:': expected a vendor's name, or a region",
        ),
        (("pick_and_place", "--without", "region:CN", "--view", "country"), "--view country: "),
        (("pick_and_place", "--arms", "ur5"), "unknown model 'ur5'; did you mean ur5e"),
        (("pick_and_place", "--arms", ","), "--arms names no model"),
        (("pick_and_place", "--arm", "rg2"), "'rg2' is a gripper, expected an arm"),
        (("pick_and_place", "--takt", "0"), "--takt 0: expected a finite time above 0 s"),
        (("pick_and_place", "--takt", "nan"), "--takt nan: expected a finite time above 0 s"),
        (("pick_and_place", "--json", "-", "--sbom", "-"), "--sbom - prints the SBOM only"),
        (("pick_and_place", "--sbom-author", "X"), "--sbom-author needs a file for the SBOM"),
        (("pick_and_place", "--prices", "no.yaml"), "no.yaml: no such file"),
    ],
)
def test_bad_input_is_one_line(cellkit: Call, arguments: tuple[str, ...], complaint: str) -> None:
    assert complaint in cellkit("dependencies", *arguments).complaint()


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("prices: {ur5e: -1}", ":2: prices.ur5e: -1 is below 0"),
        ("prices: {ur5: 1}", ":2: prices: 'ur5' is neither a role of this cell nor a model; did you mean ur5e"),
        ("capex: 1000", "'prices' is missing"),
        ("prices: {ur5e: 1}\ncapex: 0", ":3: capex: 0 is not above 0"),
        (
            "prices: {ur5e: 1}\nlead_times: {Nobody: 1}",
            ":3: lead_times: 'Nobody' is neither a role of this cell nor a model",
        ),
    ],
)
def test_a_price_list_that_is_wrong(cellkit: Call, tmp_path: Path, line: str, complaint: str) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(f"schema: cellkit/prices/1\n{line}\n", encoding="utf-8")
    assert complaint in cellkit("dependencies", "pick_and_place", "--prices", file).complaint()


def test_a_bare_cell_is_told_what_takes_a_scenario(cellkit: Call, tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    told = cellkit("dependencies", JOB / "cell.yaml", "--arms", "gp7", "--json", file, "--without", "region:US")
    assert told.code == 0
    assert "give the scenario" in told.out
    assert "Without US (owner) these components are affected: robot" in told.out
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found["schema"] == "cellkit/dependencies/1"
    assert found["portability"] is None
    assert found["what_if"][0]["verdict"] == "not known"


def test_an_sbom_alone_runs_nothing(cellkit: Call) -> None:
    told = cellkit("dependencies", "pick_and_place", "--sbom", "-", "--sbom-author", "Cell Builders")
    assert told.code == 0
    document = json.loads(told.out)
    assert document["bomFormat"] == "CycloneDX"
    assert document["metadata"]["authors"] == [{"name": "Cell Builders"}]


@pytest.mark.long
def test_the_arms_vendor_is_gone(cellkit: Call, tmp_path: Path) -> None:
    """The shipped example in the physics world, by wire too: the replacement of the arm, its cost and lead time."""
    prices = tmp_path / "prices.yaml"
    text = "schema: cellkit/prices/1\nprices: {ur5e: 28000, gp7: 26000, fr3: 24000}\ncapex: 95000\n"
    prices.write_text(text, encoding="utf-8")
    file, bill = tmp_path / "found.json", tmp_path / "bom.json"
    told = cellkit(
        "dependencies", "pick_and_place", "--arms", "gp7,fr3,lite6,tx2-60", "--seeds", "2", "--quantity", "2",
        "--grippers", "rg2", "--without", "UR", "--prices", prices, "--json", file, "--sbom", bill,
    )  # fmt: skip
    assert told.code == 0, told.err
    found = json.loads(file.read_text(encoding="utf-8"))
    (what_if,) = found["what_if"]
    replacements = {one["models"]["robot"]: one for one in what_if["replacements"]}
    assert what_if["verdict"] == "replaced"
    assert set(replacements) == {"gp7", "fr3", "tx2-60"}
    assert [one["model"] for one in what_if["refused"]] == ["lite6"]
    assert "payload" in what_if["refused"][0]["why"]
    for name in ("gp7", "fr3"):
        one = replacements[name]
        assert one["passed"]
        assert (one["direct"]["row"]["good"], one["by_wire"]["row"]["path"]) == (2, "wire")
        assert one["cost"]["total"] == pytest.approx(one["cost"]["hardware"] + one["cost"]["without_hardware"])
        assert f"EUR {one['cost']['total']:,.0f}" in told.out
    assert replacements["tx2-60"]["no_wire"].startswith("no wire path")
    assert replacements["tx2-60"]["cost"]["total"] is None
    assert "is safe" not in told.out
    assert json.loads(bill.read_text(encoding="utf-8"))["specVersion"] == "1.6"


@pytest.mark.long
def test_nobody_can_stand_in(cellkit: Call) -> None:
    told = cellkit("dependencies", "feeder_pick", *QUICK[2:], "--arms", "lite6")
    assert told.code == 1
    assert "no replacement has passed" in told.out
