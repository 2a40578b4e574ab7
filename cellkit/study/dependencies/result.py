"""The dependencies of a cell (``cellkit/dependencies/1``). Money is in EUR, shares are 0 to 1."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from cellkit.study.dependencies.suppliers import View
from cellkit.study.frozen_model import FrozenModel
from cellkit.study.matrix.report import CellRow


class Place(FrozenModel):
    """A country; ``name`` is a city or an owner. ``verified``: read in the source; the source itself may be wrong."""

    country: str | None = Field(description="ISO 3166 code; null: not known")
    name: str = ""
    verified: bool = False
    source: str = ""
    note: str = ""


class Origin(FrozenModel):
    """The headquarters of a vendor, its places of production, and its ultimate owner.

    ``pending`` is the future owner of a sale that is agreed and may be closed by now.
    """

    headquarters: Place
    production: list[Place] = Field(description="empty: not known")
    owner: Place
    pending: Place | None = None

    def countries(self, view: View) -> list[str]:
        """Return the codes of the countries by a view; empty where none is known."""
        places = {"headquarters": [self.headquarters], "production": self.production, "owner": [self.owner]}[view]
        return [place.country for place in places if place.country is not None]


class BomItem(FrozenModel):
    """One component of the cell. ``vendor`` null: the cell file does not name one, or no vendor sells it.

    ``included_in`` is the role that it is bought with; it then has no price and no share of its own. ``share`` is its
    share of the bill of materials, by value or by count.
    """

    role: str
    kind: str
    model: str | None
    name: str
    vendor: str | None
    origin: Origin | None
    included_in: str | None = None
    driver: str | None = Field(default=None, description="cellkit's driver on the wire path")
    protocol: str | None = None
    no_wire: str | None = Field(default=None, description="why no driver reaches it by wire")
    price: float | None = Field(default=None, description="EUR")
    share: float = 0.0


class SoftwareItem(FrozenModel):
    """A piece of software that the cell runs on. ``of`` is the role of the device that contains it."""

    name: str
    version: str | None
    licence: str | None = Field(description="SPDX expression or the package's own words; null: not stated")
    spdx: bool = Field(default=False, description="whether `licence` is an SPDX expression")
    licence_class: Literal["permissive", "copyleft", "source-available", "proprietary", "not known"]
    of: str | None = None
    vendor: str | None = None
    verified: bool = True


class Bom(FrozenModel):
    """The bill of materials. ``basis``: shares are by value if every component has a price, else by count."""

    items: list[BomItem]
    software: list[SoftwareItem]
    basis: Literal["value", "count"]
    unpriced: list[str] = Field(description="roles without a price")
    value: float | None = Field(description="EUR, sum of all prices; null unless every component has one")
    checked: str = Field(description="year and month of the facts about suppliers")

    def item(self, role: str) -> BomItem:
        """Return the component in a role."""
        return next(item for item in self.items if item.role == role)

    @property
    def components(self) -> list[BomItem]:
        """The components that are bought separately."""
        return [item for item in self.items if item.included_in is None]


class Concentrated(FrozenModel):
    """The distribution of a bill of materials over suppliers or regions. ``shares`` are of the known part."""

    shares: dict[str, float]
    hhi: float | None
    known: float = Field(description="known share of the bill of materials")


class Region(Concentrated):
    """The distribution over regions by one view; ``eu`` and ``extra_eu`` are shares of the known part."""

    view: View
    eu: float | None
    extra_eu: float | None


class VendorLine(FrozenModel):
    """A statement of the program that is specific to one vendor."""

    file: str
    line: int
    why: str


class CodeShare(FrozenModel):
    """The vendor-specific statements of the program and of the modules it imports from its folder, among all."""

    statements: int
    vendor: list[VendorLine]
    share: float


class Link(FrozenModel):
    """The protocol of one device, and its openness (1, 0.7, 0.3 or 0; null: not known)."""

    role: str
    protocol: str | None
    openness: float | None
    why: str
    verified: bool
    evidence: str = Field(default="", description="level of evidence that cellkit's driver has reached")


class Trial(FrozenModel):
    """A variant of the cell that was run. ``passed``: every run was good, and the cycle within the takt, if stated.

    ``why_not`` is the reason of a failure.
    """

    row: CellRow
    passed: bool
    why_not: str | None = None


class RefusedReplacement(FrozenModel):
    """A model that the checks refuse before any run, with the reason."""

    model: str
    vendor: str
    why: str


class Portability(FrozenModel):
    """The unchanged program on the arms of the catalogue. ``share`` is of the whole class, refused arms included."""

    arms: list[str] = Field(description="models of the class")
    lightest: float | None = Field(description="kg of payload, of the class; null: arms were named")
    heaviest: float | None
    shortest: float | None = Field(description="m of reach, of the class; null: arms were named")
    longest: float | None
    takt: float | None = Field(description="s a part; null: any cycle is accepted")
    trials: list[Trial]
    refused: list[RefusedReplacement]
    lines_changed: int = Field(description="program lines that differ between any two runs; measured")
    share: float


class Alternative(FrozenModel):
    """Another model that passes all checks in a role. ``no_wire`` is why cellkit cannot reach it by wire."""

    model: str
    vendor: str
    no_wire: str | None = None


class Sourcing(FrozenModel):
    """The vendors that could supply a component. ``vendors`` counts those that qualify, the present one included.

    It is null if the cell file names no product.
    """

    role: str
    kind: str
    model: str | None
    vendor: str | None = None
    vendors: int | None = None
    alternatives: list[Alternative] = []
    refused: list[RefusedReplacement] = []
    checks: str = Field(description="which checks were made")


class SwitchingCost(FrozenModel):
    """The cost of replacing components, EUR. ``hardware`` null: a price is missing, so ``total`` is null too."""

    hardware: float | None
    adapters: float
    engineering: float
    validation: float
    retraining: float
    lost_margin: float | None = Field(description="null: no margin was stated")
    total: float | None = Field(description="null: a price is missing")
    without_hardware: float
    of_capex: float | None = Field(default=None, description="total as a share of the capex")
    weeks: float = Field(description="until the cell runs again: lead time and engineering, one after the other")
    unpriced: list[str] = []


class Replacement(FrozenModel):
    """One replacement that was run. ``models``: role → model. ``by_wire`` null: not run by wire, see ``no_wire``."""

    models: dict[str, str]
    vendors: list[str]
    direct: Trial
    by_wire: Trial | None = None
    no_wire: str | None = None
    passed: bool
    cost: SwitchingCost


class WhatIf(FrozenModel):
    """The loss of a supplier or region. ``hit`` are the roles that lose their product; none: the cell goes on.

    ``unsure`` are roles with a supplier that is lost if a pending sale has closed, or of which nothing is known.
    ``partly`` are roles with a vendor that also produces elsewhere. ``not_run`` are roles that are hit and cannot be
    exchanged in a run. ``left_out`` is the number of combinations above the limit of the study.
    """

    gone: str
    vendor: str | None
    region: str | None
    view: View
    verdict: Literal["goes on", "replaced", "fails", "not known"] = Field(
        default="goes on", description="replaced: a replacement for all roles that are hit was run and has passed"
    )
    hit: list[str]
    partly: list[str] = []
    unsure: dict[str, str] = {}
    refused: list[RefusedReplacement] = []
    not_run: dict[str, list[str]] = Field(default={}, description="role → models that pass the checks, not run")
    replacements: list[Replacement] = Field(default=[], description="best first; all of them were run")
    left_out: int = 0
    unknown: str | None = Field(default=None, description="why replacements were not looked for")

    @property
    def passed(self) -> list[Replacement]:
        """The replacements that have passed."""
        return [one for one in self.replacements if one.passed]


class Metric(FrozenModel):
    """One of L1 to L12. ``score``: 1 best, 0 worst; null without a score or if not known (``why_not_known``).

    ``weight`` is its weight in the composite index, renormalised over the metrics that are known.
    """

    id: str
    name: str
    value: float | None
    unit: str
    score: float | None = None
    weight: float | None = None
    flag: str | None = Field(default=None, description="the figure beyond a threshold, in words")
    explanation: str
    why_not_known: str | None = None


class Composite(FrozenModel):
    """LI = 100 · sum of weight · (1 - score): a reading aid with chosen weights, not a measurement.

    ``weights`` are as stated; ``known`` is the sum of the weights of known metrics, the divisor of all weights.
    """

    index: float | None
    weights: dict[str, float]
    known: float
    left_out: list[str]


class DataItem(FrozenModel):
    """One kind of data of the cell; ``exported``: it can be exported without loss."""

    what: str
    exported: bool
    why: str


class Dependencies(FrozenModel):
    """All dependencies of one cell."""

    model_config = ConfigDict(serialize_by_alias=True)

    schema_: Literal["cellkit/dependencies/1"] = Field(default="cellkit/dependencies/1", alias="schema")
    cell: str
    title: str
    scenario: str | None
    concept: str | None
    bom: Bom
    suppliers: Concentrated
    regions: list[Region]
    code: CodeShare | None
    portability: Portability | None
    sourcing: list[Sourcing]
    links: list[Link]
    data_exit: list[DataItem]
    what_if: list[WhatIf]
    metrics: list[Metric]
    composite: Composite
    unverified: list[str] = Field(description="vendors of this cell with a fact that is not verified")
