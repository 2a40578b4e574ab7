"""Finds the models of the catalogue that could replace the model in a role, by checks before any run (L3).

The checks are the mount (flange, adapter, bracket), the needs of the role (payload, reach, joint speed, principle of
grip), a wire path, and for arms and grippers all other checks that prepare a run.
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
ALL = f"{WITH_RUN}, all feasibility checks that the present cell passes"
WITHOUT_RUN = "mount and wire path; no run was prepared"


@dataclass(frozen=True)
class Candidate:
    """A model that passes the checks. ``no_wire`` is the reason why cellkit cannot reach it by wire."""

    model: str
    id: str
    vendor: str
    no_wire: str | None


class Candidates:
    """The candidates for the roles of one cell; each role is checked once."""

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
        self._by_role: dict[str, tuple[list[Candidate], list[RefusedReplacement]]] = {}
        for model in config.arms:
            load_arm(model)
        for model in config.grippers:
            load_gripper(model)
        self._own_wire = _no_wire(subject, {})

    def of(self, role: str) -> tuple[list[Candidate], list[RefusedReplacement]]:
        """Return the candidates that pass, most similar to the present model first, and those that are refused."""
        if role not in self._by_role:
            self._by_role[role] = self._check(role)
        return self._by_role[role]

    def sourcing(self, bom: Bom, role: str) -> Sourcing:
        """Return the component in a role with the vendors that could supply it instead."""
        item = bom.item(role)
        if item.vendor is None:
            none = "the cell file names no product: any product with these signals will do, so vendors are not counted"
            return Sourcing(role=role, kind=item.kind, model=item.model, checks=none)
        passing, refused = self.of(role)
        prepared = self._subject.scenario is not None and item.kind in ("arm", "gripper")
        checks = WITHOUT_RUN if not prepared else WITH_RUN if self._feasibility is None else ALL
        others = [one for one in passing if one.vendor != item.vendor and self._is_sold(one)]
        # If the present cell has no wire path, an alternative does not need one either.
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

    def _is_sold(self, candidate: Candidate) -> bool:
        """Check that a vendor sells the model; cellkit's generic models are not products."""
        return self._suppliers.of(load_model(candidate.model).vendor) is not None

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
        """Split candidates by feasibility: those that fail only what the present cell fails too, and the others."""
        subject, config = self._subject, self._feasibility
        if config is None or subject.scenario is None or role not in exchangeable(subject):
            return passing, []
        variants: list[dict[str, str]] = [{role: one.model} for one in passing]
        if self._own_failures is None:
            variants.append({})
        results = self._runner([FitnessTask(_concept(subject, one), config, subject.quantity) for one in variants])
        if self._own_failures is None:
            own = results[-1]
            if own.unchecked is not None:  # without a reference no candidate can be judged
                self._feasibility = None
                return passing, []
            self._own_failures = frozenset(own.failed)
        fit: list[Candidate] = []
        unfit: list[RefusedReplacement] = []
        for one, fitness in zip(passing, results, strict=False):
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
        """Return the reason why the cell cannot be planned or run with these models; None if it can."""
        subject = self._subject
        try:
            if subject.scenario is None or not set(models) <= exchangeable(subject):
                subject.with_models(models)
                return None
        except CellkitError as error:
            return reason(error)
        entry = entry_for(subject, models, "direct")
        return entry if isinstance(entry, str) else None


def exchangeable(subject: Subject) -> set[str]:
    """Return the roles whose models a run can choose: arms and grippers."""
    return {*subject.plan.arms, *subject.plan.grippers}


def entry_for(subject: Subject, models: Mapping[str, str], path: CommandPath) -> Entry | str:
    """Return the cell with other models in some roles as a row of runs, or the reason why it cannot be run."""
    assert subject.scenario is not None
    arm, gripper = _choices(subject, models)
    options = RunOptions(arm=arm, gripper=gripper, path=path, quantity=subject.quantity, override=subject.override)
    try:
        with imports_of(subject.scenario):
            run = Run(subject.scenario, options)
    except CellkitError as error:
        return reason(error)
    return Entry.of_run(subject.reference, arm or "", run)


def _concept(subject: Subject, models: Mapping[str, str]) -> Concept:
    arm, gripper = _choices(subject, models)
    return Concept("", subject.reference, arm or "", gripper or "", subject.override)


def _choices(subject: Subject, models: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Return the arms and the grippers of the cell with other models in some roles, in the form of ``RunOptions``."""
    chosen = {**subject.models, **models}
    return choice(chosen, subject.plan.arms), choice(chosen, subject.plan.grippers)


def choice(models: Mapping[str, str], roles: Mapping[str, object]) -> str | None:
    """Return the models of some roles in the form of ``RunOptions``: ``MODEL`` or ``ROLE=MODEL,ROLE=MODEL``."""
    if len(roles) == 1:
        return models[next(iter(roles))]
    return ",".join(f"{role}={models[role]}" for role in roles) or None


def reason(error: CellkitError) -> str:
    """Return the text of an error without its place in a file."""
    return error.message if isinstance(error, ConfigError) else str(error)


def _no_wire(subject: Subject, models: Mapping[str, str]) -> str | None:
    """Return the reason why the cell with these models has no wire path; None if it has one."""
    try:
        check_wires(subject.with_models(models))
    except CellkitError as error:
        return reason(error)
    return None


def _distance(model: AnyModel, present: AnyModel) -> float:
    """Return the sum of the relative differences in payload and reach; infinite where a figure is not known."""
    pairs = [(_payload(model), _payload(present))]
    if isinstance(model, ArmModel) and isinstance(present, ArmModel):
        pairs.append((model.layout_reach, present.layout_reach))
    return sum(abs(one - other) / other if one is not None and other else math.inf for one, other in pairs)


def _payload(model: AnyModel) -> float | None:
    figure = getattr(model, "payload", None)
    return None if figure is None else figure.value
