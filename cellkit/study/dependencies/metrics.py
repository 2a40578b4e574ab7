"""The metrics L1 to L12 and their composite index. The index leaves out metrics that are not known, and lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from cellkit.study.dependencies import switching
from cellkit.study.dependencies.concentration import EXTRA_EU, HIGH, index, shares_by
from cellkit.study.dependencies.config import DependenciesConfig, stated_figure
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
"""The number of vendors from which a component counts as well sourced."""


@dataclass(frozen=True)
class MetricInputs:
    """The results that the metrics are computed from."""

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
    """The amount that switching costs are a share of, in words."""


def by_supplier(bom: Bom) -> Concentrated:
    """Return the bill of materials by vendor; components without a named vendor are left out and lower ``known``."""
    shares, known = shares_by((item.vendor, item.share) for item in bom.components)
    return Concentrated(shares=shares, hhi=index(shares), known=known)


def by_region(bom: Bom, view: View) -> Region:
    """Return the bill of materials by region; a component from several countries counts for each in equal parts."""
    parts: list[tuple[str | None, float]] = []
    for item in bom.components:
        codes = [] if item.origin is None else item.origin.countries(view)
        parts += [(region_of(code), item.share / len(codes)) for code in codes] or [(None, item.share)]
    shares, known = shares_by(parts)
    eu = shares.get(EU, 0.0) if shares else None
    return Region(
        view=view, shares=shares, hhi=index(shares), known=known, eu=eu, extra_eu=None if eu is None else 1.0 - eu
    )


def metrics(inputs: MetricInputs) -> list[Metric]:
    """Return L1 to L12 in order, with their weights in the composite index."""
    config = inputs.config
    unweighted = [
        _code(inputs.code),
        _portability(inputs.portability),
        _sourcing(inputs.sourcing),
        _switching(inputs.what_if, inputs.whole),
        _suppliers(inputs.suppliers, inputs.bom),
        _regions(inputs.regions),
        _links(inputs.links),
        _licences(inputs.bom),
        _data(inputs.data_exit),
        _offline(inputs.bom, config),
        _jurisdictions(inputs.bom, config),
        _lead_times(inputs.sourcing, config),
    ]
    known = fsum(weight for metric in unweighted if (weight := _weight(config, metric)) is not None)
    return [
        metric if (weight := _weight(config, metric)) is None else metric.model_copy(update={"weight": weight / known})
        for metric in unweighted
    ]


def composite(all_metrics: Sequence[Metric], weights: Mapping[str, float]) -> Composite:
    """Return LI = 100 · sum of weight · (1 - score) over the known metrics, with the weights of ``metrics``."""
    weighed = [(one.weight, one.score) for one in all_metrics if one.weight is not None and one.score is not None]
    left = [one.id for one in all_metrics if weights.get(one.id, 0.0) > 0.0 and one.weight is None]
    return Composite(
        index=100.0 * fsum(weight * (1.0 - score) for weight, score in weighed) if weighed else None,
        weights=dict(weights),
        known=fsum(weights.values()) - fsum(weights[name] for name in left),
        left_out=left,
    )


def _weight(config: DependenciesConfig, metric: Metric) -> float | None:
    """Return the stated weight of a metric that is known; None for all others."""
    weight = {str(name): value for name, value in config.weights.items()}.get(metric.id, 0.0)
    return weight if weight > 0.0 and metric.score is not None else None


def _unknown(id_: str, name: str, unit: str, explanation: str, why: str) -> Metric:
    return Metric(id=id_, name=name, value=None, unit=unit, explanation=explanation, why_not_known=why)


def _code(code: CodeShare | None) -> Metric:
    name, what = "vendor-specific code", "share of the program's statements that are specific to one vendor; 0 is best"
    if code is None:
        return _unknown("L1", name, "share", what, NO_PROGRAM)
    flag = None if not code.vendor else f"{len(code.vendor)} of {code.statements} statements"
    return Metric(
        id="L1", name=name, value=code.share, unit="share", score=1.0 - code.share, flag=flag, explanation=what
    )


def _portability(portability: Portability | None) -> Metric:
    name = "portability by execution"
    what = "share of the arms of the class on which the unchanged program succeeds; measured"
    if portability is None:
        return _unknown("L2", name, "share", what, NO_PROGRAM)
    passed, arms, share = sum(trial.passed for trial in portability.trials), portability.arms, portability.share
    what += f": {passed} of {len(arms)} ({len(portability.refused)} refused by the checks, the others were run)"
    return Metric(id="L2", name=name, value=share, unit="share", score=share, explanation=what)


def _sourcing(components: Sequence[Sourcing]) -> Metric:
    name = "vendors per component"
    what = "fewest vendors with a product that passes the checks in a role, the present one included; 3 are enough"
    counts = {one.role: one.vendors for one in components if one.vendors is not None}
    if not counts:
        return _unknown("L3", name, "vendors", what, "the cell file names no product of a vendor")
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


def _switching(what_ifs: Sequence[WhatIf], whole: str) -> Metric:
    name, unit = "switching cost", "share of capex"
    what = "cost of the cheapest replacement that was run and passed, in the costliest what-if, as a share of " + whole
    hit = [one for one in what_ifs if one.hit]
    if not hit:
        return _unknown("L4", name, unit, what, "no what-if affects a component of this cell")
    if any(one.unknown is not None for one in hit):
        return _unknown("L4", name, unit, what, NO_PROGRAM)
    stuck = [one.gone for one in hit if one.verdict == "fails"]
    if stuck:  # no replacement exists: the worst score, without a figure
        flag = f"no replacement has passed for the loss of {', '.join(stuck)}"
        why = "there is no replacement"
        return _unknown("L4", name, unit, what, why).model_copy(update={"score": 0.0, "flag": flag})
    if any(one.verdict == "not known" for one in hit):
        return _unknown("L4", name, unit, what, "not every possible replacement was run")
    cheapest = [
        min((one.cost.of_capex for one in what_if.passed if one.cost.of_capex is not None), default=None)
        for what_if in hit
    ]
    known = [one for one in cheapest if one is not None]
    if len(known) < len(cheapest):
        return _unknown("L4", name, unit, what, "prices of replacements or the capex are missing")
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


def _suppliers(spread: Concentrated, bom: Bom) -> Metric:
    what = f"Herfindahl-Hirschman index over vendors, by {bom.basis}; {spread.known:.0%} of the bill has a named vendor"
    if spread.hhi is None:
        return _unknown("L5", "supplier concentration", "HHI", what, "no component has a named vendor")
    flag = f"above {HIGH:g}" if spread.hhi > HIGH else None
    return Metric(id="L5", name="supplier concentration", value=spread.hhi, unit="HHI", flag=flag, explanation=what)


def _regions(by_view: Sequence[Region]) -> Metric:
    name = "origin concentration"
    shares = ", ".join(f"{one.view} {'not known' if one.eu is None else format(one.eu, '.0%')}" for one in by_view)
    what = f"share from the EU by ultimate owner, which is the score; by view: {shares}"
    owner = next(one for one in by_view if one.view == "owner")
    if owner.eu is None or owner.extra_eu is None:
        return _unknown("L6", name, "share", what, "no owner is known")
    flag = f"more than {EXTRA_EU:.0%} from outside the EU" if owner.extra_eu > EXTRA_EU else None
    return Metric(id="L6", name=name, value=owner.eu, unit="share", score=owner.eu, flag=flag, explanation=what)


def _links(links: Sequence[Link]) -> Metric:
    known = [one.openness for one in links if one.openness is not None]
    unknown = [one.role for one in links if one.openness is None]
    what = "mean over the links: 1 open standard, 0.7 published by its vendor, 0.3 behind an option, 0 closed"
    what += f"; not known: {', '.join(unknown)}" if unknown else ""
    if not known:
        return _unknown("L7", "protocol openness", "0 to 1", what, "no link is known")
    mean = fsum(known) / len(known)
    return Metric(id="L7", name="protocol openness", value=mean, unit="0 to 1", score=mean, explanation=what)


def _licences(bom: Bom) -> Metric:
    layers = [
        [item for item in bom.software if (item.of is None) is own] for own in (True, False)
    ]  # the packages of cellkit, and the software inside the devices
    shares = [fsum(item.licence_class in OPEN for item in layer) / len(layer) for layer in layers if layer]
    mean = fsum(shares) / len(shares)
    packages, devices = (len(layer) for layer in layers)
    what = (
        f"share of open licences among {packages} packages and {devices} pieces of device software, each half. "
        "Continuity (maintainers, last release) is not known offline"
    )
    return Metric(id="L8", name="software openness", value=mean, unit="share", score=mean, explanation=what)


def _data(items: Sequence[DataItem]) -> Metric:
    share = fsum(item.exported for item in items) / len(items)
    stays = ", ".join(item.what for item in items if not item.exported)
    what = f"share of the {len(items)} kinds of data that can be exported without loss; not exported: {stays}"
    return Metric(id="L9", name="data exit", value=share, unit="share", score=share, explanation=what)


def _offline(bom: Bom, config: DependenciesConfig) -> Metric:
    name = "days without a network"
    what = "fewest days that a component works without internet and licence server; cellkit itself needs neither"
    stated = {
        item.role: days
        for item in bom.components
        if item.vendor is not None
        and (days := stated_figure(config.offline_days, item.role, item.model, item.vendor)) is not None
    }
    missing = [item.role for item in bom.components if item.vendor is not None and item.role not in stated]
    if missing:
        return _unknown("L10", name, "days", what, f"not stated (`offline_days`): {', '.join(missing)}")
    if not stated:
        return _unknown("L10", name, "days", what, "no component has a named vendor")
    return Metric(id="L10", name=name, value=min(stated.values()), unit="days", explanation=what)


def _jurisdictions(bom: Bom, config: DependenciesConfig) -> Metric:
    name = "jurisdiction exposure"
    what = "share of the bill with an owner in a country of the user's list"
    if not config.jurisdictions:
        return _unknown("L11", name, "share", what, "no list of countries is stated (`jurisdictions`)")
    regions = [checked_region(one) for one in config.jurisdictions]
    exposed = [
        item
        for item in bom.components
        if item.origin is not None
        and any(in_region(code, one) for code in item.origin.countries("owner") for one in regions)
    ]
    named = f"{what}: {', '.join(regions)}" + (f"; {', '.join(one.role for one in exposed)}" if exposed else "")
    return Metric(id="L11", name=name, value=fsum(item.share for item in exposed), unit="share", explanation=named)


def _lead_times(components: Sequence[Sourcing], config: DependenciesConfig) -> Metric:
    name = "lead time of single sources"
    what = "longest stated lead time of a component with one vendor and no spare in stock"
    single = [one for one in components if one.vendors == 1 and one.role not in config.spares]
    times = {
        one.role: weeks
        for one in single
        if (weeks := stated_figure(config.lead_times, one.role, one.model, one.vendor)) is not None
    }
    missing = [one.role for one in single if one.role not in times]
    if missing:
        return _unknown("L12", name, "weeks", what, f"not stated (`lead_times`): {', '.join(missing)}")
    flag = None if not times else ", ".join(f"{role}: {weeks:g} weeks" for role, weeks in times.items())
    return Metric(
        id="L12", name=name, value=max(times.values(), default=0.0), unit="weeks", flag=flag, explanation=what
    )


def regions(bom: Bom) -> list[Region]:
    """Return the bill of materials by region, in all three views."""
    return [by_region(bom, view) for view in VIEWS]
