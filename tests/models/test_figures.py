"""The figures of arms and grippers: how many were read in a source, and where; and the list of the rest."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic import Field
from typer.testing import CliRunner

from cellkit.cli.app import app
from cellkit.models.arm import ArmModel
from cellkit.models.figures import unverified, with_unit
from cellkit.models.gripper import ParallelGripperModel
from cellkit.models.load import load_arm, load_gripper, load_model, model_ids
from cellkit.models.provenance import Figure, Source, origins
from cellkit.yamlfile import StrictModel

FOUND_IN_PUBLIC = re.compile(r"https?://\S+|\bcommits? [0-9a-f]{7,40}\b|\bdocument [0-9A-Z-]{8,}")
"""An address, a repository's commit, or the vendor's number of a document."""

ARMS = [load_arm(name) for name in model_ids("arm")]
GRIPPERS = [load_gripper(name) for name in model_ids("gripper")]
JAWS = [model for model in GRIPPERS if isinstance(model, ParallelGripperModel)]


def read_of(arm: ArmModel) -> set[str]:
    """Return which of the figures of the table below were read in a source."""
    groups = {"ranges": arm.limits.position, "speeds": arm.limits.velocity}
    figures = {name: getattr(arm, name) for name in ("payload", "reach", "mass", "repeatability", "power")}
    limits = {"wrist": arm.wrist.inertia or arm.wrist.moment}
    return {name for name, origin in (groups | figures | limits).items() if origin is not None and origin.verified}


@pytest.mark.parametrize(
    ("figure", "least"),
    [
        ("payload", 18),
        ("reach", 18),
        ("ranges", 19),
        ("speeds", 19),
        ("mass", 16),
        ("repeatability", 15),
        ("wrist", 3),
        ("power", 6),
    ],
)
def test_so_many_of_the_nineteen_arms_have_a_figure_that_was_read(figure: str, least: int) -> None:
    assert len(ARMS) >= 19
    unread = [arm.id for arm in ARMS if figure not in read_of(arm)]
    assert len(ARMS) - len(unread) >= least, f"unread: {unread}"


@pytest.mark.parametrize(
    ("figure", "least"),
    [("stroke", 6), ("force_min", 5), ("force_max", 5), ("speed_min", 4), ("speed_max", 5), ("mass", 5)],
)
def test_so_many_of_the_six_jaws_have_a_figure_that_was_read(figure: str, least: int) -> None:
    unread = [model.id for model in JAWS if not getattr(model, figure).verified]
    assert len(JAWS) - len(unread) >= least, f"unread: {unread}"


@pytest.mark.parametrize("name", [*model_ids("arm"), *model_ids("gripper")])
def test_everyone_can_find_the_source_of_what_was_read(name: str) -> None:
    model = load_model(name)
    sources: dict[str, Source] = {
        origin.source: model.sources[origin.source]
        for path, origin in origins(model)
        if origin.verified and not path.startswith("vendor.")
    }
    lost = [key for key, source in sources.items() if not FOUND_IN_PUBLIC.search(f"{source.title} {source.detail}")]
    assert lost == []


def test_a_power_that_was_read_says_what_it_is() -> None:
    powers = {arm.id: arm.power.note for arm in ARMS if arm.power.verified}
    assert [name for name, note in powers.items() if not re.match(r"(Typical|Rated|Greatest)\b", note)] == []


def test_the_rest_is_listed_with_value_and_reason() -> None:
    rows = {row.figure: row for row in unverified(load_arm("hc10"))}
    assert rows["reach"].value == "1.2 m"
    assert "memory" in rows["reach"].why
    assert (rows["power"].value, rows["power"].why) == ("not known", "Not known.")
    assert rows["wrist.inertia"].value == rows["wrist.moment"].value == "not known"
    assert rows["geometry.provenance"].value == "group of figures"
    assert "limits.position" not in rows
    assert "no limit" in next(row.why for row in unverified(load_arm("ur10e")) if row.figure == "wrist.inertia")
    crx = [row.figure for row in unverified(load_arm("crx-10ia"))]
    assert not {"payload", "reach", "mass", "wrist.moment", "wrist.inertia"} & set(crx)
    assert "power" in crx


def test_a_figure_inside_a_section_has_its_unit() -> None:
    class Stopping(StrictModel):
        time: Figure[float] = Field(description="s, from full speed")

    figure = Figure[float](value=0.3, source="memory", verified=False)
    arm = load_arm("ur5e").model_copy(update={"stopping": Stopping(time=figure)})
    assert with_unit(arm, "stopping.time", figure) == "0.3 s"


def test_the_command_lists_what_was_not_read(tmp_path: Path) -> None:
    file = tmp_path / "unverified.json"
    assert CliRunner().invoke(app, ["models", "--unverified", "--json", str(file)]).exit_code == 0
    rows = json.loads(file.read_text(encoding="utf-8"))["unverified"]
    everything = [name for kind in ("arm", "gripper", "sensor") for name in model_ids(kind)]
    expected = [(row.model, row.figure) for name in everything for row in unverified(load_model(name))]
    assert [(row["model"], row["figure"]) for row in rows] == expected
    assert all(row["value"] and row["why"] for row in rows)
    shown = CliRunner().invoke(app, ["models", "rg6", "--unverified"])
    assert shown.exit_code == 0
    assert "1.25 kg" in shown.output
    assert "ur5e" not in shown.output
    assert CliRunner().invoke(app, ["models", "crx-10ia"]).output.count("34.8, 26, 11 N m") == 1
