"""Facts about vendors: headquarters, production and ultimate owner, kept apart.

``suppliers.yaml`` is the one place for countries. A model describes its vendor in words; those words count only for a
vendor that is not in the file (a model of the user's own), and only if they end in the name of a country.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from cellkit.errors import ConfigError
from cellkit.models.provenance import Figure, Source, Vendor
from cellkit.yamlfile import StrictModel, near_names, read_yaml, validate

FILE = Path(__file__).with_name("suppliers.yaml")
View = Literal["headquarters", "production", "owner"]
VIEWS: tuple[View, ...] = get_args(View)
EU = "EU"
OF_MODEL = "the model's own file"

CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Country(StrictModel):
    """A country. ``region`` is ``EU``, ``EEA`` (its members outside the EU), or the country's own code."""

    name: str
    also: list[str] = []
    region: str


class Fact(StrictModel):
    """A fact about a vendor, with its source."""

    source: str = "stated in the study file"
    verified: bool = False
    note: str = ""


class Headquarters(Fact):
    """The headquarters of a vendor."""

    city: str = ""
    country: CountryCode | None


class Production(Fact):
    """The countries where a vendor makes its goods."""

    countries: list[CountryCode]


class Owner(Fact):
    """The ultimate owner, with the country of its seat."""

    name: str
    country: CountryCode | None
    since: int | None = None


class Pending(Fact):
    """A future owner: the sale is agreed and may be closed by now."""

    name: str
    country: CountryCode


class Firmware(Fact):
    """The licence class of the software inside bought devices."""

    licence: Literal["permissive", "copyleft", "source-available", "proprietary"]


class Supplier(StrictModel):
    """The facts about one vendor. ``also`` holds its other names."""

    also: list[str] = []
    headquarters: Headquarters
    production: Production | None = None
    owner: Owner
    pending: Pending | None = None

    def countries(self, view: View) -> tuple[str, ...]:
        """Return the codes of the countries by a view; empty where none is known."""
        if view == "headquarters":
            codes = [self.headquarters.country]
        elif view == "owner":
            codes = [self.owner.country]
        else:
            codes = [] if self.production is None else list(self.production.countries)
        return tuple(code for code in codes if code is not None)

    def all_countries(self) -> list[str]:
        """Return the codes of all countries that the facts name, a future owner's included."""
        codes = [code for view in VIEWS for code in self.countries(view)]
        return codes if self.pending is None else [*codes, self.pending.country]


class SuppliersFile(StrictModel):
    """The facts that cellkit ships, as of ``checked``."""

    schema_: Literal["cellkit/suppliers/1"] = Field(alias="schema")
    checked: str
    sources: dict[str, Source]
    firmware: Firmware
    countries: dict[CountryCode, Country]
    suppliers: dict[str, Supplier]

    @model_validator(mode="after")
    def _consistent(self) -> SuppliersFile:
        for name, supplier in self.suppliers.items():
            facts = [supplier.headquarters, supplier.production, supplier.owner, supplier.pending]
            for fact in facts:
                if fact is not None and fact.source not in self.sources:
                    raise ValueError(f"{name}: unknown source {fact.source!r}; add it under sources")
            for code in supplier.all_countries():
                if code not in self.countries:
                    raise ValueError(f"{name}: unknown country {code!r}; add it under countries")
        return self


@cache
def suppliers_file() -> SuppliersFile:
    """Return the facts that cellkit ships."""
    return validate(SuppliersFile, read_yaml(FILE))


@dataclass(frozen=True)
class Suppliers:
    """All known vendors: the shipped facts, and the facts stated by the user, which replace them."""

    stated: Mapping[str, Supplier]

    @property
    def known(self) -> Mapping[str, Supplier]:
        """The facts of every vendor by name."""
        return {**suppliers_file().suppliers, **self.stated}

    def named(self, name: str) -> str:
        """Return the vendor's own name for any of its names. Raises ``ConfigError`` with similar names."""
        wanted = name.casefold()
        for vendor, supplier in self.known.items():
            if wanted in (one.casefold() for one in (vendor, *supplier.also)):
                return vendor
        raise ConfigError(f"unknown vendor {name!r}; {near_names(wanted, map(str.casefold, self.known))}")

    def of(self, vendor: Vendor) -> Supplier | None:
        """Return the facts about the vendor of a model; None for a model that no vendor sells."""
        known = self.known.get(vendor.name)
        if known is not None:
            return known
        if vendor.headquarters.value is None and vendor.owner.value is None:
            return None
        return Supplier(
            headquarters=Headquarters(
                country=country_in(vendor.headquarters), source=OF_MODEL, verified=vendor.headquarters.verified
            ),
            owner=Owner(
                name=vendor.owner.value or "not known",
                country=country_in(vendor.owner),
                source=OF_MODEL,
                verified=vendor.owner.verified,
            ),
        )

    def check_countries(self) -> None:
        """Raise ``ConfigError`` for a stated supplier with an unknown country."""
        for name, supplier in self.stated.items():
            for code in supplier.all_countries():
                if code not in suppliers_file().countries:
                    known = near_names(code, suppliers_file().countries)
                    raise ConfigError(f"suppliers.{name}: unknown country {code!r}; {known}")


def country_in(figure: Figure[str]) -> str | None:
    """Return the code of the country at the end of a text such as ``Odense, Denmark``; None if there is none."""
    words = (figure.value or "").strip()
    for code, country in suppliers_file().countries.items():
        if words.endswith((country.name, *country.also)):
            return code
    return None


def region_of(country: str) -> str:
    """Return the region of a country by its code."""
    return suppliers_file().countries[country].region


def in_region(country: str, region: str) -> bool:
    """Check that a country belongs to a region: ``EU``, ``EEA`` or a country's code."""
    return region in (country, region_of(country))


def checked_region(region: str) -> str:
    """Return the code of a region in capitals. Raises ``ConfigError`` with similar codes for an unknown one."""
    known = {*suppliers_file().countries, *(country.region for country in suppliers_file().countries.values())}
    code = region.strip().upper()
    if code not in known:
        raise ConfigError(f"unknown region {region!r}: EU, EEA or a country's code; {near_names(code, known)}")
    return code
