"""The facts about vendors, which no model contradicts."""

from __future__ import annotations

import pytest
from dependencies_rig import bom

from cellkit import registry
from cellkit.errors import ConfigError
from cellkit.models.load import load_model
from cellkit.models.provenance import Figure, Vendor
from cellkit.study.dependencies.suppliers import (
    VIEWS,
    Headquarters,
    Owner,
    Supplier,
    Suppliers,
    checked_region,
    country_in,
    in_region,
    suppliers_file,
)

SHIPPED = Suppliers({})
MODELS = sorted(registry.model_files())


def countries_named(text: str) -> set[str]:
    return {
        code
        for code, country in suppliers_file().countries.items()
        if any(name in text for name in (country.name, *country.also))
    }


@pytest.mark.parametrize("model", MODELS)
def test_no_model_contradicts_the_facts(model: str) -> None:
    vendor = load_model(model).vendor
    if vendor.name == "cellkit":
        assert SHIPPED.of(vendor) is None, "no vendor sells it"
        return
    facts = suppliers_file().suppliers[vendor.name]
    assert country_in(vendor.headquarters) == facts.headquarters.country
    named = countries_named(vendor.owner.value or "")
    assert not named or facts.owner.country in named


def test_headquarters_are_not_owners() -> None:
    views = {name: [SHIPPED.known[name].countries(view) for view in VIEWS] for name in ("Universal Robots", "KUKA")}
    assert views["Universal Robots"] == [("DK",), ("DK",), ("US",)]
    assert views["KUKA"] == [("DE",), ("DE", "CN"), ("CN",)]


def test_most_european_arms_are_owned_elsewhere() -> None:
    vendors = {load_model(name).vendor.name for name in MODELS if load_model(name).schema_ == "cellkit/arm/1"}
    european = {name for name in vendors if in_region(SHIPPED.known[name].countries("headquarters")[0], "EU")}
    owned = {name for name in european if in_region(SHIPPED.known[name].countries("owner")[0], "EU")}
    assert european == {"Universal Robots", "KUKA", "Franka Robotics", "igus"}
    assert owned == {"Franka Robotics", "igus"}


def test_a_pending_sale_is_reported_and_not_taken_as_done() -> None:
    abb = SHIPPED.known["ABB"]
    assert abb.owner.country == "CH"
    assert abb.pending is not None
    assert abb.pending.country == "JP"
    assert "not checked" in abb.pending.note


def test_the_users_facts_replace_the_shipped_ones() -> None:
    own = Supplier(headquarters=Headquarters(country="CH"), owner=Owner(name="SoftBank Group", country="JP"))
    assert Suppliers({"ABB": own}).known["ABB"].countries("owner") == ("JP",)
    nowhere = Supplier(headquarters=Headquarters(country="XX"), owner=Owner(name="", country=None))
    with pytest.raises(ConfigError, match=r"suppliers\.Mine: unknown country 'XX'"):
        Suppliers({"Mine": nowhere}).check_countries()


def test_a_vendor_of_a_users_own_model_is_read_from_the_model() -> None:
    def figure(value: str | None) -> Figure[str]:
        return Figure[str](value=value, source="x", verified=True)

    facts = SHIPPED.of(
        Vendor(name="Mine", headquarters=figure("Delft, Netherlands"), owner=figure("a family, somewhere"))
    )
    assert facts is not None
    assert [facts.countries(view) for view in VIEWS] == [("NL",), (), ()]
    assert SHIPPED.of(Vendor(name="Mine", headquarters=figure(None), owner=figure(None))) is None


def test_a_vendor_is_found_by_any_of_its_names() -> None:
    assert [SHIPPED.named(name) for name in ("ur", "Staubli", "kuka", "IFM")] == [
        "Universal Robots",
        "Stäubli",
        "KUKA",
        "ifm electronic",
    ]
    with pytest.raises(ConfigError, match="unknown vendor 'Fanuk'; did you mean fanuc"):
        SHIPPED.named("Fanuk")


def test_regions() -> None:
    assert checked_region("eu") == "EU"
    assert in_region("SI", "EU")
    assert in_region("SI", "SI")
    assert in_region("NO", "EEA")
    assert not in_region("CH", "EU")
    with pytest.raises(ConfigError, match="unknown region 'Mars'"):
        checked_region("Mars")


def test_all_members_of_the_eu() -> None:
    assert sum(country.region == "EU" for country in suppliers_file().countries.values()) == 27


def test_facts_that_are_not_verified_are_marked() -> None:
    items = {item.role: item for item in bom("peg_in_hole").items}
    assert items["robot"].origin is not None
    assert items["robot"].origin.owner.verified
    assert items["wrist"].origin is not None
    assert not items["wrist"].origin.owner.verified
    assert items["wrist"].origin.owner.name == "Novanta, since 2021"
