"""Who makes what, where, and who owns the vendor: headquarters, production and ultimate owner kept apart.

``suppliers.yaml`` is the one place for countries. Models name their vendors in words; those words count only for a
vendor that is not in the file (a model of the user's own), as far as they end in the name of a country.
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
    """``region``: ``EU``, ``EEA`` (its members outside the EU), or the country's own code."""

    name: str
    also: list[str] = []
    region: str


class _Fact(StrictModel):
    source: str = "stated in the study file"
    verified: bool = False
    note: str = ""


class Headquarters(_Fact):
    """Where a vendor is led from."""

    city: str = ""
    country: CountryCode | None


class Production(_Fact):
    """Where it makes its goods; several countries where they are made in several."""

    countries: list[CountryCode]


class Owner(_Fact):
    """The ultimate owner; ``country`` is where that one sits."""

    name: str
    country: CountryCode | None
    since: int | None = None


class Pending(_Fact):
    """An owner-to-be: a sale that was agreed and may have been closed since."""

    name: str
    country: CountryCode


class Firmware(_Fact):
    """The licence class of the software inside bought devices."""

    licence: Literal["permissive", "copyleft", "source-available", "proprietary"]


class Supplier(StrictModel):
    """What is known about one vendor. ``also``: other names it is called by."""

    also: list[str] = []
    headquarters: Headquarters
    production: Production | None = None
    owner: Owner
    pending: Pending | None = None

    def countries(self, view: View) -> tuple[str, ...]:
        """Codes by a view; none where it is not known."""
        if view == "headquarters":
            found = [self.headquarters.country]
        elif view == "owner":
            found = [self.owner.country]
        else:
            found = [] if self.production is None else list(self.production.countries)
        return tuple(code for code in found if code is not None)


class SuppliersFile(StrictModel):
    """The facts that come with cellkit, as of ``checked``."""

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
                    raise ValueError(f"{name}: there is no source {fact.source!r}")
            codes = [code for view in VIEWS for code in supplier.countries(view)]
            for code in [*codes, *([supplier.pending.country] if supplier.pending is not None else [])]:
                if code not in self.countries:
                    raise ValueError(f"{name}: there is no country {code!r}")
        return self


@cache
def suppliers_file() -> SuppliersFile:
    """The facts that come with cellkit."""
    return validate(SuppliersFile, read_yaml(FILE))


@dataclass(frozen=True)
class Suppliers:
    """All vendors that are known: the shipped facts, and over them those that the user states."""

    stated: Mapping[str, Supplier]

    @property
    def known(self) -> Mapping[str, Supplier]:
        """Every vendor by name."""
        return {**suppliers_file().suppliers, **self.stated}

    def named(self, name: str) -> str:
        """The vendor's own name for a name that a person wrote. Raises ``ConfigError``, naming those that are alike."""
        wanted = name.casefold()
        for vendor, supplier in self.known.items():
            if wanted in (one.casefold() for one in (vendor, *supplier.also)):
                return vendor
        raise ConfigError(f"unknown vendor {name!r}; {near_names(wanted, map(str.casefold, self.known))}")

    def of(self, vendor: Vendor) -> Supplier | None:
        """What is known about the vendor of a model; None for something that no vendor sells."""
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
        """Raise ``ConfigError`` for a stated supplier of a country that there is not."""
        for name, supplier in self.stated.items():
            codes = [code for view in VIEWS for code in supplier.countries(view)]
            for code in [*codes, *([supplier.pending.country] if supplier.pending is not None else [])]:
                if code not in suppliers_file().countries:
                    known = near_names(code, suppliers_file().countries)
                    raise ConfigError(f"suppliers.{name}: unknown country {code!r}; {known}")


def country_in(figure: Figure[str]) -> str | None:
    """The code of the country that a text such as ``Odense, Denmark`` ends in."""
    words = (figure.value or "").strip()
    for code, country in suppliers_file().countries.items():
        if words.endswith((country.name, *country.also)):
            return code
    return None


def region_of(country: str) -> str:
    """The region of a country's code."""
    return suppliers_file().countries[country].region


def in_region(country: str, region: str) -> bool:
    """Whether a country is in, or is, a region: ``EU``, ``EEA`` or a country's code."""
    return region in (country, region_of(country))


def checked_region(region: str) -> str:
    """The region as it is written here. Raises ``ConfigError``, naming those that there are."""
    known = {*suppliers_file().countries, *(country.region for country in suppliers_file().countries.values())}
    code = region.strip().upper()
    if code not in known:
        raise ConfigError(f"unknown region {region!r}: EU, EEA or a country's code; {near_names(code, known)}")
    return code
