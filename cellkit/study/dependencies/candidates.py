"""Which models of the catalogue could stand in a role, by the checks that are made before anything runs (L3).

Checked are the mount (flange, adapter, bracket), what the role needs (payload, reach, joint speed, principle of grip),
a wire path, and for arms and grippers whatever else preparing a run finds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cellkit.cell.driver_selection import check_wires
from cellkit.cell.kinds.table import kind_of_model
from cellkit.errors import CellkitError, ConfigError
from cellkit.models.arm import ArmModel
from cellkit.models.load import AnyModel, load_arm, load_gripper, load_model, model_ids
from cellkit.scenario.runner import CommandPath, Run, RunOptions
from cellkit.study.concepts import Concept
from cellkit.study.dependencies.bom import model_in
from cellkit.study.dependencies.config import DependenciesConfig
from cellkit.study.dependencies.fitness import FitnessTask
from cellkit.study.dependencies.result import Alternative, Bom, RefusedReplacement, Sourcing
from cellkit.study.dependencies.running import Runner
from cellkit.study.dependencies.subject import Subject
from cellkit.study.dependencies.suppliers import Suppliers
from cellkit.study.feasibility.config import FeasibilityConfig
from cellkit.study.matrix.work import Entry
from cellkit.study.runs.task import imports_of

WITH_RUN = "mount, needs of the role, wire path, preparing a run"
ALL = f"{WITH_RUN}, all checks of feasibility that the present cell passes"
WITHOUT_RUN = "mount and wire path; nothing was prepared to run"


@dataclass(frozen=True)
class Candidate:
    """A model that passes the checks; ``no_wire``: why cellkit cannot reach it by wire."""

    model: str
    id: str
    vendor: str
    no_wire: str | None


class Candidates:
    """Candidates for the roles of one cell; each role is checked once."""

    def __init__(
        self,
        subject: Subject,
        config: DependenciesConfig,
        suppliers: Suppliers,
        runner: Runner,
        feasibility: FeasibilityConfig | None = None,
    ) -> None:
        self._subject, self._config, self._suppliers = subject, config, suppliers
        self._runner, self._feasibility = runner, feasibility
        self._own_failures: frozenset[str] | None = None
        self._found: dict[str, tuple[list[Candidate], list[RefusedReplacement]]] = {}
        for model in config.arms:
            load_arm(model)
        for model in config.grippers:
            load_gripper(model)
        self._own_wire = _no_wire(subject, {})

    def of(self, role: str) -> tuple[list[Candidate], list[RefusedReplacement]]:
        """Those that pass, nearest to the present model first, and those that are refused."""
        if role not in self._found:
            self._found[role] = self._check(role)
        return self._found[role]

    def sourcing(self, bom: Bom, role: str) -> Sourcing:
        """The component in a role, and who else could supply it."""
        item = bom.item(role)
        if item.vendor is None:
            none = "the cell file names no product: whoever meets its signals may supply it, and nobody counts them"
            return Sourcing(
                role=role, kind=item.kind, model=item.model, vendor=None, vendors=None, alternatives=[], refused=[],
                checks=none,
            )  # fmt: skip
        passing, refused = self.of(role)
        prepared = self._subject.scenario is not None and item.kind in ("arm", "gripper")
        checks = WITHOUT_RUN if not prepared else WITH_RUN if self._feasibility is None else ALL
        others = [one for one in passing if one.vendor != item.vendor and self._sold(one)]
        # A cell that cannot go by wire itself cannot ask it of others.
        wired = others if self._own_wire is not None else [one for one in others if one.no_wire is None]
        return Sourcing(
            role=role,
            kind=item.kind,
            model=item.model,
            vendor=item.vendor,
            vendors=1 + len({one.vendor for one in wired}),
            alternatives=[Alternative(model=one.id, vendor=one.vendor, no_wire=one.no_wire) for one in others],
            refused=refused,
            checks=checks,
        )

    def _sold(self, one: Candidate) -> bool:
        """Whether somebody makes it: cellkit's own models of no product are no source."""
        return self._suppliers.of(load_model(one.model).vendor) is not None

    def _check(self, role: str) -> tuple[list[Candidate], list[RefusedReplacement]]:
        present = model_in(self._subject.plan, role)
        assert present is not None
        passing: list[Candidate] = []
        refused: list[RefusedReplacement] = []
        for reference in self._catalogue(role, present):
            model = load_model(reference)
            if model.id == present.id:
                continue
            why = self._refusal({role: reference})
            if why is not None:
                refused.append(RefusedReplacement(model=model.id, vendor=model.vendor.name, why=why))
                continue
            no_wire = _no_wire(self._subject, {role: reference}) if self._own_wire is None else self._own_wire
            passing.append(Candidate(reference, model.id, model.vendor.name, no_wire))
        passing, unfit = self._fit(role, passing)
        refused += unfit
        return sorted(passing, key=lambda one: (_distance(load_model(one.model), present), one.id)), refused

    def _fit(self, role: str, passing: list[Candidate]) -> tuple[list[Candidate], list[RefusedReplacement]]:
        """Those that fail no check of feasibility but what the present cell fails itself, and the others."""
        subject, config = self._subject, self._feasibility
        if config is None or subject.scenario is None or role not in exchangeable(subject):
            return passing, []
        variants: list[dict[str, str]] = [{role: one.model} for one in passing]
        if self._own_failures is None:
            variants.append({})
        found = self._runner([FitnessTask(_concept(subject, one), config, subject.quantity) for one in variants])
        if self._own_failures is None:
            own = found[-1]
            if own.unchecked is not None:  # then nothing else can be held to it
                self._feasibility = None
                return passing, []
            self._own_failures = frozenset(own.failed)
        fit: list[Candidate] = []
        unfit: list[RefusedReplacement] = []
        for one, fitness in zip(passing, found, strict=False):
            why = [text for key, text in fitness.failed.items() if key not in self._own_failures]
            why += [] if fitness.unchecked is None else [fitness.unchecked]
            if why:
                unfit.append(RefusedReplacement(model=one.id, vendor=one.vendor, why=why[0]))
            else:
                fit.append(one)
        return fit, unfit

    def _catalogue(self, role: str, present: AnyModel) -> Sequence[str]:
        kind = self._subject.plan.file.devices[role].kind
        if kind == "arm":
            return self._config.arms or model_ids("arm")
        if kind == "gripper":
            return self._config.grippers or model_ids("gripper")
        return [one for one in model_ids("sensor") if kind_of_model(load_model(one)) is kind_of_model(present)]

    def _refusal(self, models: Mapping[str, str]) -> str | None:
        """Why the cell cannot be with these models."""
        subject = self._subject
        try:
            if subject.scenario is None or not set(models) <= exchangeable(subject):
                subject.with_models(models)
                return None
        except CellkitError as error:
            return reason(error)
        found = entry_for(subject, models, "direct")
        return found if isinstance(found, str) else None


def exchangeable(subject: Subject) -> set[str]:
    """Roles whose models a run can choose: arms and grippers."""
    return {*subject.plan.arms, *subject.plan.grippers}


def entry_for(subject: Subject, models: Mapping[str, str], path: CommandPath) -> Entry | str:
    """The cell with other models in some roles as a row that can be run, or why there is none."""
    assert subject.scenario is not None
    chosen = {**subject.models, **models}
    arm, gripper = choice(chosen, subject.plan.arms), choice(chosen, subject.plan.grippers)
    options = RunOptions(arm=arm, gripper=gripper, path=path, quantity=subject.quantity, override=subject.override)
    try:
        with imports_of(subject.scenario):
            run = Run(subject.scenario, options)
    except CellkitError as error:
        return reason(error)
    return Entry(
        scenario=subject.reference,
        name=subject.scenario.file.name,
        arm=arm or "",
        arms=tuple(model.id for model in run.plan.arms.values()),
        vendors=tuple(model.vendor.name for model in run.plan.arms.values()),
        gripper="+".join(model.id for model in run.plan.grippers.values()) or None,
        path=path,
    )


def _concept(subject: Subject, models: Mapping[str, str]) -> Concept:
    chosen = {**subject.models, **models}
    arm, gripper = choice(chosen, subject.plan.arms), choice(chosen, subject.plan.grippers)
    return Concept("", subject.reference, arm or "", gripper or "", subject.override)


def choice(models: Mapping[str, str], roles: Mapping[str, object]) -> str | None:
    """What ``RunOptions`` takes for the arms, or the grippers, of a cell."""
    if len(roles) == 1:
        return models[next(iter(roles))]
    return ",".join(f"{role}={models[role]}" for role in roles) or None


def reason(error: CellkitError) -> str:
    """An error without the place in a file: a reason."""
    return error.message if isinstance(error, ConfigError) else str(error)


def _no_wire(subject: Subject, models: Mapping[str, str]) -> str | None:
    """Why the cell with these models cannot go by wire."""
    try:
        check_wires(subject.with_models(models))
    except CellkitError as error:
        return reason(error)
    return None


def _distance(model: AnyModel, present: AnyModel) -> float:
    """How unlike two models are: the shares by which payload and reach differ; without end where they are not known."""
    pairs = [(_payload(model), _payload(present))]
    if isinstance(model, ArmModel) and isinstance(present, ArmModel):
        pairs.append((model.layout_reach, present.layout_reach))
    return sum(abs(one - other) / other if one is not None and other else math.inf for one, other in pairs)


def _payload(model: AnyModel) -> float | None:
    figure = getattr(model, "payload", None)
    return None if figure is None else figure.value
