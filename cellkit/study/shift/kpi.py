"""Key figures of ISO 22400-2 from their raw elements: pure formulas.

A figure with a denominator of zero is None: nothing was planned, made or inspected. Vendors use different denominators
(especially for availability), so print the elements beside every percentage.
"""

from __future__ import annotations

from pydantic import Field, NonNegativeFloat, NonNegativeInt, model_validator

from cellkit.study.frozen_model import FrozenModel


class Elements(FrozenModel):
    """The raw elements by their names in the standard, times in s.

    PBT = AUBT + ADOT, AUBT = AUPT + ADET, AUPT = APT + AUST. The elements need not come from a simulated shift, so
    only impossible values are refused (``ValueError``).
    """

    pbt: NonNegativeFloat = Field(description="s; planned busy time: the shift less planned stops")
    apt: NonNegativeFloat = Field(description="s; actual production time")
    aust: NonNegativeFloat = Field(default=0.0, description="s; actual unit set-up time")
    adet: NonNegativeFloat = Field(default=0.0, description="s; actual unit delay time")
    adot: NonNegativeFloat = Field(default=0.0, description="s; actual unit down time")
    aoet: NonNegativeFloat = Field(default=0.0, description="s; actual order execution time")
    pri: NonNegativeFloat = Field(description="s; planned run time per item")
    pq: NonNegativeInt = Field(description="produced quantity")
    gq: NonNegativeInt = Field(description="good quantity, without rework")
    rq: NonNegativeInt = Field(default=0, description="rework quantity")
    sq: NonNegativeInt = Field(default=0, description="scrap quantity")
    ip: NonNegativeInt = Field(default=0, description="inspected parts")
    fe: NonNegativeInt = Field(default=0, description="failure events")
    tbf: NonNegativeFloat = Field(default=0.0, description="s; sum of the operating times between failures")
    ttr: NonNegativeFloat = Field(default=0.0, description="s; sum of the times to restoration")
    apwt: NonNegativeFloat = Field(default=0.0, description="s; actual personnel work time")
    apat: NonNegativeFloat = Field(default=0.0, description="s; actual personnel attendance time")

    @model_validator(mode="after")
    def _possible(self) -> Elements:
        if self.gq + self.rq + self.sq > self.pq:
            raise ValueError(f"{self.gq} good + {self.rq} rework + {self.sq} scrap are more than {self.pq} produced")
        return self

    @property
    def aupt(self) -> float:
        """Actual unit processing time in s."""
        return self.apt + self.aust

    @property
    def aubt(self) -> float:
        """Actual unit busy time in s."""
        return self.aupt + self.adet


class Kpis(FrozenModel):
    """The key figures; ratios are shares. None: the denominator is zero."""

    availability: float | None = Field(description="APT / PBT")
    effectiveness: float | None = Field(description="PRI · PQ / APT")
    quality_ratio: float | None = Field(description="GQ / PQ")
    oee: float | None = Field(description="availability · effectiveness · quality ratio")
    nee: float | None = Field(description="net equipment effectiveness: AUPT / PBT · effectiveness · quality ratio")
    allocation_efficiency: float | None = Field(description="AUBT / PBT")
    utilization_efficiency: float | None = Field(description="APT / AUBT")
    technical_efficiency: float | None = Field(description="APT / (APT + ADET)")
    setup_ratio: float | None = Field(description="AUST / AUPT")
    throughput_rate: float | None = Field(description="1/h; PQ / AOET")
    scrap_ratio: float | None = Field(description="SQ / PQ")
    rework_ratio: float | None = Field(description="RQ / PQ")
    first_pass_yield: float | None = Field(description="GQ / IP")
    worker_efficiency: float | None = Field(description="APWT / APAT")
    mtbf: float = Field(description="s; sum of TBF / (FE + 1): a lower bound without failures")
    mttr: float = Field(description="s; sum of TTR / (FE + 1)")


def kpis(elements: Elements) -> Kpis:
    """Return the key figures of these elements."""
    e = elements
    availability = ratio(e.apt, e.pbt)
    effectiveness = ratio(e.pri * e.pq, e.apt)
    quality = ratio(e.gq, e.pq)
    per_second = ratio(e.pq, e.aoet)
    return Kpis(
        availability=availability,
        effectiveness=effectiveness,
        quality_ratio=quality,
        oee=product(availability, effectiveness, quality),
        nee=product(ratio(e.aupt, e.pbt), effectiveness, quality),
        allocation_efficiency=ratio(e.aubt, e.pbt),
        utilization_efficiency=ratio(e.apt, e.aubt),
        technical_efficiency=ratio(e.apt, e.apt + e.adet),
        setup_ratio=ratio(e.aust, e.aupt),
        throughput_rate=None if per_second is None else per_second * 3600.0,
        scrap_ratio=ratio(e.sq, e.pq),
        rework_ratio=ratio(e.rq, e.pq),
        first_pass_yield=ratio(e.gq, e.ip),
        worker_efficiency=ratio(e.apwt, e.apat),
        mtbf=e.tbf / (e.fe + 1),
        mttr=e.ttr / (e.fe + 1),
    )


def ratio(part: float, whole: float) -> float | None:
    """Return ``part / whole``; None if the whole is zero."""
    return part / whole if whole else None


def product(*factors: float | None) -> float | None:
    """Return the product of all factors; None if one is None."""
    result = 1.0
    for factor in factors:
        if factor is None:
            return None
        result *= factor
    return result
