"""The metrics L1 to L12 and their composite. What is not known is left out of the composite, and said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from cellkit.study.dependencies import switching
from cellkit.study.dependencies.concentration import EXTRA_EU, HIGH, index, shares_by
from cellkit.study.dependencies.config import DependenciesConfig
from cellkit.study.dependencies.licences import OPEN
from cellkit.study.dependencies.result import (
    Bom,
    CodeShare,
    Composite,
    Concentrated,
    DataItem,
    Link,
    Metric,
    Portability,
    Region,
    Sourcing,
    WhatIf,
)
from cellkit.study.dependencies.suppliers import EU, VIEWS, View, checked_region, in_region, region_of
from cellkit.study.dependencies.what_if import NO_PROGRAM

ENOUGH = 3
"""Vendors of a component from which it counts as well sourced."""


@dataclass(frozen=True)
class Findings:
    """All that the metrics are made of."""

    bom: Bom
    suppliers: Concentrated
    regions: Sequence[Region]
    code: CodeShare | None
    portability: Portability | None
    sourcing: Sequence[Sourcing]
    links: Sequence[Link]
    data_exit: Sequence[DataItem]
    what_if: Sequence[WhatIf]
    config: DependenciesConfig
    whole: str = "the capex"
    """What switching costs are a share of, in words."""


def by_supplier(bom: Bom) -> Concentrated:
    """The bill of materials by vendor; what nobody names is left out and lowers ``known``."""
    shares, known = shares_by((item.vendor, item.share) for item in bom.components)
    return Concentrated(shares=shares, hhi=index(shares), known=known)


def by_region(bom: Bom, view: View) -> Region:
    """The bill of materials by region; a component made in several countries counts for each in equal parts."""
    parts: list[tuple[str | None, float]] = []
    for item in bom.components:
        codes = [] if item.origin is None else item.origin.countries(view)
        parts += [(region_of(code), item.share / len(codes)) for code in codes] or [(None, item.share)]
    shares, known = shares_by(parts)
    eu = shares.get(EU, 0.0) if shares else None
    return Region(
        view=view, shares=shares, hhi=index(shares), known=known, eu=eu, extra_eu=None if eu is None else 1.0 - eu
    )


def metrics(found: Findings) -> list[Metric]:
    """L1 to L12 in order, with the weights that the composite gives them."""
    every = [
        _code(found.code),
        _portability(found.portability),
        _sourcing(found.sourcing),
        _switching(found.what_if, found.whole),
        _suppliers(found.suppliers, found.bom),
        _regions(found.regions),
        _links(found.links),
        _licences(found.bom),
        _data(found.data_exit),
        _offline(found.bom, found.config),
        _jurisdictions(found.bom, found.config),
        _lead_times(found.sourcing, found.config),
    ]
    known = fsum(weight for one in every if (weight := _weight(found.config, one)) is not None)
    return [
        one if (weight := _weight(found.config, one)) is None else one.model_copy(update={"weight": weight / known})
        for one in every
    ]


def composite(every: Sequence[Metric], weights: Mapping[str, float]) -> Composite:
    """LI = 100 · sum of weight · (1 - score) over the metrics that are known, by ``metrics``."""
    weighed = [(one.weight, one.score) for one in every if one.weight is not None and one.score is not None]
    left = [one.id for one in every if weights.get(one.id, 0.0) > 0.0 and one.weight is None]
    return Composite(
        index=100.0 * fsum(weight * (1.0 - score) for weight, score in weighed) if weighed else None,
        weights=dict(weights),
        known=fsum(weights.values()) - fsum(weights[name] for name in left),
        left_out=left,
    )


def _weight(config: DependenciesConfig, metric: Metric) -> float | None:
    """The stated weight of a metric that is known; None where it has none."""
    weight = {str(name): value for name, value in config.weights.items()}.get(metric.id, 0.0)
    return weight if weight > 0.0 and metric.score is not None else None


def _unknown(id_: str, name: str, unit: str, explanation: str, why: str) -> Metric:
    return Metric(id=id_, name=name, value=None, unit=unit, explanation=explanation, why_not_known=why)


def _code(code: CodeShare | None) -> Metric:
    name, what = "vendor-specific code", "statements of the program that are about one brand, of all; 0 is best"
    if code is None:
        return _unknown("L1", name, "share", what, NO_PROGRAM)
    flag = None if not code.vendor else f"{len(code.vendor)} of {code.statements} statements"
    return Metric(
        id="L1", name=name, value=code.share, unit="share", score=1.0 - code.share, flag=flag, explanation=what
    )


def _portability(found: Portability | None) -> Metric:
    name = "portability by execution"
    what = "arms of the class on which the unchanged program runs to success, of all of the class; measured"
    if found is None:
        return _unknown("L2", name, "share", what, NO_PROGRAM)
    passed = sum(trial.passed for trial in found.trials)
    what += f": {passed} of {len(found.arms)} ({len(found.refused)} refused by the checks, the others run)"
    return Metric(id="L2", name=name, value=found.share, unit="share", score=found.share, explanation=what)


def _sourcing(found: Sequence[Sourcing]) -> Metric:
    name = "vendors per component"
    what = "fewest vendors whose product passes the checks in a role, the present one included; 3 are good"
    counts = {one.role: one.vendors for one in found if one.vendors is not None}
    if not counts:
        return _unknown("L3", name, "vendors", what, "the cell file names no product of any vendor")
    single = [role for role, count in counts.items() if count == 1]
    scores = [min(1.0, (count - 1) / (ENOUGH - 1)) for count in counts.values()]
    return Metric(
        id="L3",
        name=name,
        value=float(min(counts.values())),
        unit="vendors",
        score=fsum(scores) / len(scores),
        flag=f"single source: {', '.join(single)}" if single else None,
        explanation=f"{what}. Score: mean over {len(scores)} components of (vendors - 1)/2, at most 1",
    )


def _switching(found: Sequence[WhatIf], whole: str) -> Metric:
    name, unit = "switching cost", "share of capex"
    what = "the cheapest replacement that was run and passed, of the costliest what-if, as a share of " + whole
    hit = [one for one in found if one.hit]
    if not hit:
        return _unknown("L4", name, unit, what, "no what-if hits a component of this cell")
    if any(one.unknown is not None for one in hit):
        return _unknown("L4", name, unit, what, NO_PROGRAM)
    stuck = [one.gone for one in hit if one.verdict == "fails"]
    if stuck:  # nothing to switch to: the worst score, and no figure
        flag = f"no replacement has passed where this is gone: {', '.join(stuck)}"
        why = "there is nothing to switch to"
        return _unknown("L4", name, unit, what, why).model_copy(update={"score": 0.0, "flag": flag})
    if any(one.verdict == "not known" for one in hit):
        return _unknown("L4", name, unit, what, "not all that could stand in was run")
    cheapest = [
        min((one.cost.of_capex for one in what_if.passed if one.cost.of_capex is not None), default=None)
        for what_if in hit
    ]
    known = [one for one in cheapest if one is not None]
    if len(known) < len(cheapest):
        return _unknown("L4", name, unit, what, "prices of the replacements or the capex are missing")
    worst = max(known)
    above = None if worst <= switching.HIGH else f"above {switching.HIGH:.0%} of the capex"
    return Metric(
        id="L4",
        name=name,
        value=worst,
        unit=unit,
        score=switching.score(worst),
        flag=above,
        explanation=f"{what}. Score: 1 up to {switching.LOW:.0%}, 0 from {switching.HIGH:.0%} on",
    )


def _suppliers(found: Concentrated, bom: Bom) -> Metric:
    what = f"Herfindahl-Hirschman index over vendors, by {bom.basis}; {found.known:.0%} of the bill have a named vendor"
    if found.hhi is None:
        return _unknown("L5", "supplier concentration", "HHI", what, "no component has a named vendor")
    flag = f"above {HIGH:g}" if found.hhi > HIGH else None
    return Metric(id="L5", name="supplier concentration", value=found.hhi, unit="HHI", flag=flag, explanation=what)


def _regions(found: Sequence[Region]) -> Metric:
    name = "origin concentration"
    shares = ", ".join(f"{one.view} {'not known' if one.eu is None else format(one.eu, '.0%')}" for one in found)
    what = f"share from the EU by ultimate owner, by which the score goes; by view: {shares}"
    owner = next(one for one in found if one.view == "owner")
    if owner.eu is None or owner.extra_eu is None:
        return _unknown("L6", name, "share", what, "no owner is known")
    flag = f"more than {EXTRA_EU:.0%} from outside the EU" if owner.extra_eu > EXTRA_EU else None
    return Metric(id="L6", name=name, value=owner.eu, unit="share", score=owner.eu, flag=flag, explanation=what)


def _links(found: Sequence[Link]) -> Metric:
    known = [one.openness for one in found if one.openness is not None]
    unknown = [one.role for one in found if one.openness is None]
    what = "mean over the links: 1 open standard, 0.7 published by its vendor, 0.3 behind an option, 0 closed"
    what += f"; not known: {', '.join(unknown)}" if unknown else ""
    if not known:
        return _unknown("L7", "protocol openness", "0 to 1", what, "no link is known")
    mean = fsum(known) / len(known)
    return Metric(id="L7", name="protocol openness", value=mean, unit="0 to 1", score=mean, explanation=what)


def _licences(bom: Bom) -> Metric:
    layers = [
        [item for item in bom.software if (item.of is None) is own] for own in (True, False)
    ]  # cellkit's own, and that inside the devices
    shares = [fsum(item.licence_class in OPEN for item in layer) / len(layer) for layer in layers if layer]
    mean = fsum(shares) / len(shares)
    packages, devices = (len(layer) for layer in layers)
    what = (
        f"open licences among {packages} packages and {devices} pieces of device software, each layer half of it. "
        "Continuity (maintainers, last release) is not known offline"
    )
    return Metric(id="L8", name="software openness", value=mean, unit="share", score=mean, explanation=what)


def _data(items: Sequence[DataItem]) -> Metric:
    share = fsum(item.exported for item in items) / len(items)
    stays = ", ".join(item.what for item in items if not item.exported)
    what = f"kinds of data that can be taken along without loss, of {len(items)}; what stays: {stays}"
    return Metric(id="L9", name="data exit", value=share, unit="share", score=share, explanation=what)


def _offline(bom: Bom, config: DependenciesConfig) -> Metric:
    name = "days without a network"
    what = "fewest days that a component works without internet or licence server. cellkit itself needs neither"
    stated = {
        item.role: days
        for item in bom.components
        if item.vendor is not None
        and (days := _by(config.offline_days, item.role, item.model, item.vendor)) is not None
    }
    missing = [item.role for item in bom.components if item.vendor is not None and item.role not in stated]
    if missing:
        return _unknown("L10", name, "days", what, f"not stated (`offline_days`): {', '.join(missing)}")
    if not stated:
        return _unknown("L10", name, "days", what, "no component has a named vendor")
    return Metric(id="L10", name=name, value=min(stated.values()), unit="days", explanation=what)


def _jurisdictions(bom: Bom, config: DependenciesConfig) -> Metric:
    name = "jurisdiction exposure"
    what = "share of the bill whose owner sits in a country of the user's list"
    if not config.jurisdictions:
        return _unknown("L11", name, "share", what, "no list of countries was stated (`jurisdictions`)")
    regions = [checked_region(one) for one in config.jurisdictions]
    exposed = [
        item
        for item in bom.components
        if item.origin is not None
        and any(in_region(code, one) for code in item.origin.countries("owner") for one in regions)
    ]
    named = f"{what}: {', '.join(regions)}" + (f"; {', '.join(one.role for one in exposed)}" if exposed else "")
    return Metric(id="L11", name=name, value=fsum(item.share for item in exposed), unit="share", explanation=named)


def _lead_times(found: Sequence[Sourcing], config: DependenciesConfig) -> Metric:
    name = "lead time of single sources"
    what = "longest stated lead time of a component with one vendor and no spare in stock"
    single = [one for one in found if one.vendors == 1 and one.role not in config.spares]
    times = {
        one.role: weeks
        for one in single
        if (weeks := _by(config.lead_times, one.role, one.model, one.vendor)) is not None
    }
    missing = [one.role for one in single if one.role not in times]
    if missing:
        return _unknown("L12", name, "weeks", what, f"not stated (`lead_times`): {', '.join(missing)}")
    flag = None if not times else ", ".join(f"{role}: {weeks:g} weeks" for role, weeks in times.items())
    return Metric(
        id="L12", name=name, value=max(times.values(), default=0.0), unit="weeks", flag=flag, explanation=what
    )


def _by(stated: Mapping[str, object], role: str, model: str | None, vendor: str | None) -> float | None:
    """A stated figure by model, else by vendor, else by role."""
    for name in (model, vendor, role):
        if name is not None and name in stated:
            return float(stated[name])  # type: ignore[arg-type]
    return None


def regions(bom: Bom) -> list[Region]:
    """By all three views."""
    return [by_region(bom, view) for view in VIEWS]
