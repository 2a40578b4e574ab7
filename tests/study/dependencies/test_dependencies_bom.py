"""The bill of materials: every role, shares by value if all prices are known, vendors that are not named."""

from __future__ import annotations

from pathlib import Path

import pytest
from dependencies_rig import bom, scenario

from cellkit import registry
from cellkit.errors import ConfigError
from cellkit.study.dependencies.licences import installed_packages, licence_class
from cellkit.study.dependencies.links import links, protocols
from cellkit.study.dependencies.metrics import by_region, by_supplier

PRICES = {"ur5e": 30_000.0, "2f-85": 5_000.0, "vision": 4_000.0, "station": 1_000.0}


def test_every_role_with_its_controller() -> None:
    found = bom("machine_tending")
    assert [(item.role, item.vendor, item.model) for item in found.items] == [
        ("robot", "Universal Robots", "ur5e"),
        ("robot.controller", "Universal Robots", None),
        ("fresh", "Robotiq", "2f-85"),
        ("done", "Robotiq", "2f-85"),
        ("panel", None, None),
        ("mill", None, None),
    ]
    assert found.item("robot.controller").included_in == "robot"
    assert (found.basis, found.value, found.unpriced) == ("count", None, ["robot", "fresh", "done", "panel", "mill"])
    assert [item.share for item in found.components] == [pytest.approx(0.2)] * 5


def test_by_value_only_where_every_price_is_known() -> None:
    found = bom("pick_and_place", PRICES)
    assert (found.basis, found.value, found.unpriced) == ("value", 40_000.0, [])
    assert {item.role: item.share for item in found.components} == {
        "robot": 0.75,
        "hand": 0.125,
        "vision": 0.1,
        "station": 0.025,
    }
    one_less = bom("pick_and_place", {name: price for name, price in PRICES.items() if name != "vision"})
    assert (one_less.basis, one_less.value, one_less.unpriced) == ("count", None, ["vision"])
    assert one_less.item("robot").share == 0.25


def test_the_price_of_a_role_goes_before_that_of_its_model() -> None:
    found = bom("machine_tending", {"2f-85": 5_000.0, "done": 4_000.0})
    assert [found.item(role).price for role in ("fresh", "done")] == [5_000.0, 4_000.0]


def test_signals_of_an_arms_own_controller_are_bought_with_it(tmp_path: Path) -> None:
    signals = "  io: {kind: digital_io, on: robot, inputs: [a], outputs: [b]}\n"
    item = bom(scenario(tmp_path, more=signals), {"ur5e": 1.0}).item("io")
    assert (item.included_in, item.share, item.driver, item.no_wire) == ("robot", 0.0, None, None)


def test_concentration_of_a_cell_by_hand() -> None:
    found = bom("pick_and_place", PRICES)
    suppliers = by_supplier(found)
    assert suppliers.shares == {
        "Universal Robots": pytest.approx(0.75 / 0.875),
        "Robotiq": pytest.approx(0.125 / 0.875),
    }
    assert suppliers.hhi == pytest.approx((36 + 1) / 49)
    assert suppliers.known == pytest.approx(0.875)
    hq, made, owner = (by_region(found, view) for view in ("headquarters", "production", "owner"))
    assert hq.eu == pytest.approx(6 / 7)
    assert (owner.eu, owner.extra_eu) == (0.0, 1.0)
    assert made.shares == {"EU": 1.0}
    assert made.known == pytest.approx(0.75), "where Robotiq makes its grippers is not known"


def test_goods_made_in_several_regions_count_for_each(tmp_path: Path) -> None:
    found = by_region(bom(scenario(tmp_path, arm="gp7")), "production")
    assert found.shares == {region: pytest.approx(1 / 3) for region in ("CN", "EU", "JP")}


def test_a_generic_model_has_no_vendor() -> None:
    item = bom("screwdriving").item("bit")
    assert (item.model, item.vendor, item.origin, item.protocol) == ("screwdriver", None, None, "signals")


def test_every_protocol_is_rated_and_no_other() -> None:
    drivers = [registry.driver(name) for name in registry.driver_names()]
    spoken = {
        f"{spec.name}/{wire.protocol}" for spec in drivers if spec.package.startswith("cellkit_") for wire in spec.wires
    }
    assert set(protocols()) == spoken


def test_how_open_the_links_are(tmp_path: Path) -> None:
    found = {one.role: one for one in links(bom("pick_and_place"))}
    assert {role: one.openness for role, one in found.items()} == {
        "robot": 0.7,
        "hand": 0.7,
        "vision": None,
        "station": 1.0,
    }
    assert found["robot"].evidence == "independent client"
    (staubli,) = links(bom(scenario(tmp_path, arm="tx2-60")))
    assert (staubli.protocol, staubli.openness) == (None, None)
    assert "no wire driver yet" in staubli.why
    (fanuc,) = links(bom(scenario(tmp_path, arm="crx-10ia")))
    assert fanuc.openness == 0.3, "the interface is an option that is sold"


def test_software_inside_devices_is_proprietary() -> None:
    inside = [
        (item.of, item.vendor, item.licence_class, item.verified) for item in bom("peg_in_hole").software if item.of
    ]
    assert inside == [
        ("robot.controller", "Universal Robots", "proprietary", False),
        ("hand", "Robotiq", "proprietary", False),
        ("wrist", "ATI Industrial Automation", "proprietary", False),
    ]


def test_installed_packages_and_their_licences() -> None:
    found = installed_packages()
    assert (found[0].name, found[0].licence) == ("cellkit-robotics", "Apache-2.0")
    names = [item.name for item in found]
    assert len(names) == len(set(names)) > 30
    assert {"numpy", "pydantic", "pybullet"} <= set(names)
    assert "pytest" not in names, "an extra is not needed to run a cell"
    assert [item.name for item in found if item.licence_class == "not known"] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Apache-2.0", "permissive"),
        ("GPL-3.0-or-later OR MIT", "permissive"),
        ("MPL-2.0 AND MIT", "copyleft"),
        ("GNU Lesser General Public License v3", "copyleft"),
        ("BUSL-1.1", "source-available"),
        ("Proprietary", "proprietary"),
        ("A licence of ours", "not known"),
        ("", "not known"),
        (None, "not known"),
    ],
)
def test_classes_of_licences(text: str | None, expected: str) -> None:
    assert licence_class(text) == expected


def test_a_model_file_that_does_not_exist() -> None:
    with pytest.raises(ConfigError, match="no such model file"):
        bom("pick_and_place", arm="nowhere/arm.yaml")
