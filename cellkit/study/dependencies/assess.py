"""Assesses the dependencies of a cell: bill of materials, metrics, and the loss of a vendor or region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cellkit import registry
from cellkit.errors import ConfigError
from cellkit.models.load import load_model
from cellkit.study.dependencies.bom import bill_of_materials
from cellkit.study.dependencies.candidates import Candidates
from cellkit.study.dependencies.code_share import code_share
from cellkit.study.dependencies.config import DependenciesConfig, Disappearance
from cellkit.study.dependencies.data_exit import data_exit
from cellkit.study.dependencies.links import links
from cellkit.study.dependencies.metrics import MetricInputs, by_supplier, composite, metrics, regions
from cellkit.study.dependencies.portability import portability
from cellkit.study.dependencies.result import Bom, Dependencies
from cellkit.study.dependencies.running import LocalRuns, Runner
from cellkit.study.dependencies.subject import Subject
from cellkit.study.dependencies.suppliers import Suppliers, checked_region
from cellkit.study.dependencies.trials import WORLD, Trials
from cellkit.study.dependencies.what_if import WhatIfs, supply_loss
from cellkit.study.feasibility.config import FeasibilityConfig
from cellkit.yamlfile import Document, Location, near_names


def assess(
    subject: Subject,
    config: DependenciesConfig,
    *,
    prices: Mapping[str, float] | None = None,
    capex: float | None = None,
    world: str = WORLD,
    runner: Runner | None = None,
    feasibility: FeasibilityConfig | None = None,
    concept: str | None = None,
) -> Dependencies:
    """Assess the dependencies of a cell. Without a scenario nothing can be run: the results of runs are not known.

    ``prices`` are EUR by role or by the id of a model; those of ``config`` go first. Switching costs are stated as a
    share of ``capex`` (EUR). With ``feasibility`` alternatives must pass its checks too; with None only the checks
    that prepare a run. ``concept`` is the id of the assessed concept. Raises ``ConfigError`` and ``DriverNotFound``.
    """
    suppliers = Suppliers(config.suppliers)
    _check(subject, config, suppliers)
    known_prices = {**(prices or {}), **{name: price.value for name, price in config.prices.items()}}
    bom = bill_of_materials(subject, suppliers, known_prices)
    losses = [supply_loss(one, suppliers, bom) for one in config.disappear or _vendors_of_arms(bom)]
    runner = runner or LocalRuns()
    candidates = Candidates(subject, config, suppliers, runner, feasibility)
    trials = None if subject.scenario is None else Trials(subject, runner, config.takt, world)
    ported = None if trials is None or not subject.plan.arms else portability(subject, config, trials)
    whole = capex if capex is not None else bom.value
    what_ifs = WhatIfs(subject, config, suppliers, bom, candidates, trials, known_prices, whole)
    judged = [what_ifs.judge(loss) for loss in dict.fromkeys(losses)]
    inputs = MetricInputs(
        bom=bom,
        suppliers=by_supplier(bom),
        regions=regions(bom),
        code=None if subject.scenario is None else code_share(subject.scenario.program_file),
        portability=ported,
        sourcing=[candidates.sourcing(bom, item.role) for item in bom.components],
        links=links(bom),
        data_exit=data_exit(subject.scenario is not None),
        what_if=judged,
        config=config,
        whole="the capex" if capex is not None else "the bill of materials, as no capex is given",
    )
    all_metrics = metrics(inputs)
    return Dependencies(
        cell=subject.name,
        title=subject.plan.file.title or subject.name,
        scenario=None if subject.scenario is None else subject.scenario.file.name,
        concept=concept,
        bom=bom,
        suppliers=inputs.suppliers,
        regions=list(inputs.regions),
        code=inputs.code,
        portability=ported,
        sourcing=list(inputs.sourcing),
        links=list(inputs.links),
        data_exit=list(inputs.data_exit),
        what_if=judged,
        metrics=all_metrics,
        composite=composite(all_metrics, {str(name): weight for name, weight in config.weights.items()}),
        unverified=_unverified(bom),
    )


def _vendors_of_arms(bom: Bom) -> list[Disappearance]:
    vendors = dict.fromkeys(item.vendor for item in bom.items if item.kind == "arm" and item.vendor is not None)
    return [Disappearance(vendor=vendor) for vendor in vendors]


def check_named(
    subject: Subject,
    config: DependenciesConfig,
    document: Document | None = None,
    at: Location = (),
    besides: Iterable[str] = (),
) -> None:
    """Raise ``ConfigError`` when a price, lead time or number of days names no known role, model or vendor.

    ``document`` is the file that ``config`` was read from, and ``at`` its location there. ``besides`` are ids of
    further models of the study.
    """
    of_cell = {*besides, *subject.plan.file.devices, *(load_model(model).id for model in subject.models.values())}
    goods = of_cell | set(registry.model_files()) | {load_model(model).id for model in [*config.arms, *config.grippers]}
    vendors = set(Suppliers(config.suppliers).known)
    for key, stated, valid in (
        ("prices", config.prices, goods),
        ("lead_times", config.lead_times, goods | vendors),
        ("offline_days", config.offline_days, goods | vendors),
    ):
        for name in stated:
            if name not in valid:
                text = f"{key}: {name!r} is neither a role of this cell nor a model; {near_names(name, valid)}"
                raise ConfigError(text) if document is None else document.error(text, (*at, key, name))


def _check(subject: Subject, config: DependenciesConfig, suppliers: Suppliers) -> None:
    """Raise ``ConfigError`` for unknown names in the configuration."""
    check_named(subject, config)
    suppliers.check_countries()
    for region in config.jurisdictions:
        checked_region(region)
    for role in config.spares:
        if role not in subject.plan.file.devices:
            known = near_names(role, subject.plan.file.devices)
            raise ConfigError(f"spares: no device in role {role!r}; {known}")


def _unverified(bom: Bom) -> list[str]:
    """Return the vendors of this cell with at least one fact that is not verified."""
    vendors = []
    for item in bom.components:
        if item.vendor is None or item.origin is None:
            continue
        facts = [item.origin.headquarters, item.origin.owner, *item.origin.production]
        if not all(fact.verified for fact in facts):
            vendors.append(item.vendor)
    return list(dict.fromkeys(vendors))
