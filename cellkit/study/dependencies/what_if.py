"""Judges the loss of a vendor or region: which components are hit, and which replacements succeed when run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from cellkit.models.load import load_model
from cellkit.study.dependencies.candidates import Candidate, Candidates, entry_for, exchangeable
from cellkit.study.dependencies.config import DependenciesConfig, Disappearance
from cellkit.study.dependencies.result import Bom, BomItem, RefusedReplacement, Replacement, Trial, WhatIf
from cellkit.study.dependencies.subject import Subject
from cellkit.study.dependencies.suppliers import Suppliers, View, checked_region, in_region
from cellkit.study.dependencies.switching import switching_cost
from cellkit.study.dependencies.trials import Trials, Variant

REMAINS, IS_LOST = "remains", "is lost"
NO_PROGRAM = "a bare cell has no program to run: give the scenario"


@dataclass(frozen=True)
class SupplyLoss:
    """The loss of a vendor, or of all vendors of a region by one view."""

    vendor: str | None
    region: str | None
    view: View

    @property
    def label(self) -> str:
        """The vendor, or the region and the view."""
        return self.vendor if self.vendor is not None else f"{self.region} ({self.view})"


def supply_loss(disappearance: Disappearance, suppliers: Suppliers, bom: Bom) -> SupplyLoss:
    """Resolve the names of a disappearance. Raises ``ConfigError`` for an unknown vendor or region."""
    if disappearance.region is not None:
        return SupplyLoss(None, checked_region(disappearance.region), disappearance.view)
    assert disappearance.vendor is not None
    of_cell = {item.vendor.casefold(): item.vendor for item in bom.items if item.vendor is not None}
    named = of_cell.get(disappearance.vendor.casefold())
    return SupplyLoss(named or suppliers.named(disappearance.vendor), None, disappearance.view)


class WhatIfs:
    """The what-ifs of one cell. ``trials`` is None for a cell without a program."""

    def __init__(
        self,
        subject: Subject,
        config: DependenciesConfig,
        suppliers: Suppliers,
        bom: Bom,
        candidates: Candidates,
        trials: Trials | None,
        prices: Mapping[str, float],
        capex: float | None,
    ) -> None:
        self._subject, self._config, self._suppliers, self._bom = subject, config, suppliers, bom
        self._candidates, self._trials, self._prices, self._capex = candidates, trials, prices, capex

    def judge(self, loss: SupplyLoss) -> WhatIf:
        """Find the roles that are hit, run their replacements, and return both, best replacement first."""
        components = self._bom.components
        hit = [item.role for item in components if _is_hit(item, loss)]
        what_if = WhatIf(
            gone=loss.label,
            vendor=loss.vendor,
            region=loss.region,
            view=loss.view,
            hit=hit,
            partly=[item.role for item in components if item.role not in hit and _is_partly_hit(item, loss)],
            unsure={
                item.role: why for item in components if item.role not in hit and (why := _uncertainty(item, loss))
            },
        )
        if not hit:
            return what_if
        if self._trials is None:
            return what_if.model_copy(update={"unknown": NO_PROGRAM, "verdict": "not known"})
        return self._with_replacements(what_if, loss, self._trials)

    def _with_replacements(self, what_if: WhatIf, loss: SupplyLoss, trials: Trials) -> WhatIf:
        runnable = [role for role in what_if.hit if role in exchangeable(self._subject)]
        not_run = {
            role: [one.id for one in self._remaining([role], loss)[0]] for role in what_if.hit if role not in runnable
        }
        combinations, refused = self._combinations(runnable, loss)
        models: list[dict[str, str]] = []
        variants: list[Variant] = []
        new = left = 0
        for one in combinations:
            entry = entry_for(self._subject, one, "direct")
            if isinstance(entry, str):
                refused.append(_refused(one, entry))
                continue
            variant = trials.variant(entry, one)
            new += not trials.was_run(variant)
            if new > self._config.most and not trials.was_run(variant):
                left += 1
            else:
                variants.append(variant)
                models.append(one)
        runs = trials.run(variants, self._config.seeds)
        refused += [_refused(one, run) for one, run in zip(models, runs, strict=True) if isinstance(run, str)]
        replacements = [
            Replacement(
                models={role: load_model(model).id for role, model in one.items()},
                vendors=list(dict.fromkeys(load_model(model).vendor.name for model in one.values())),
                direct=run,
                passed=run.passed,
                cost=switching_cost(self._subject, one, self._config, self._prices, self._capex),
            )
            for one, run in zip(models, runs, strict=True)
            if isinstance(run, Trial)
        ]
        built = [one for one, run in zip(models, runs, strict=True) if isinstance(run, Trial)]
        replacements = sorted(self._by_wire(replacements, built, trials), key=_rank)
        update = {
            "verdict": _verdict(runnable, replacements, not_run),
            "refused": refused,
            "not_run": not_run,
            "replacements": replacements,
            "left_out": left,
        }
        return what_if.model_copy(update=update)

    def _combinations(
        self, roles: Sequence[str], loss: SupplyLoss
    ) -> tuple[list[dict[str, str]], list[RefusedReplacement]]:
        """Return models for all roles, most similar first; roles that share a model now share the new one too."""
        groups: dict[str, list[str]] = {}
        for role in roles:
            groups.setdefault(self._subject.models[role], []).append(role)
        if not groups:
            return [], []
        refused: list[RefusedReplacement] = []
        choices: list[list[tuple[int, Candidate]]] = []
        for group in groups.values():
            remaining, refused_here = self._remaining(group, loss)
            choices.append(list(enumerate(remaining)))
            refused += [one for one in refused_here if one not in refused]
        nearest = sorted(product(*choices), key=lambda one: sum(rank for rank, _ in one))
        return [
            {
                role: candidate.model
                for group, (_, candidate) in zip(groups.values(), combination, strict=True)
                for role in group
            }
            for combination in nearest
        ], refused

    def _remaining(self, roles: Sequence[str], loss: SupplyLoss) -> tuple[list[Candidate], list[RefusedReplacement]]:
        """Return the candidates that pass in every role and have a vendor that is not lost, and those refused."""
        passing, refused = self._candidates.of(roles[0])
        for role in roles[1:]:
            passing_here = {one.id for one in self._candidates.of(role)[0]}
            passing = [one for one in passing if one.id in passing_here]
        states = {one.model: self._supply(one.model, loss) for one in passing}
        unsure = [
            RefusedReplacement(model=one.id, vendor=one.vendor, why=state)
            for one in passing
            if (state := states[one.model]) not in (REMAINS, IS_LOST)
        ]
        others = [one for one in refused if self._supply(one.model, loss) == REMAINS]
        return [one for one in passing if states[one.model] == REMAINS], [*others, *unsure]

    def _supply(self, model: str, loss: SupplyLoss) -> str:
        """Return ``REMAINS``, ``IS_LOST``, or the reason why the supply of a model is not known."""
        vendor = load_model(model).vendor
        supplier = self._suppliers.of(vendor)
        if supplier is None:
            return "no vendor sells it"
        if loss.vendor is not None:
            return IS_LOST if vendor.name == loss.vendor else REMAINS
        assert loss.region is not None
        codes, pending = supplier.countries(loss.view), supplier.pending
        if codes and all(in_region(code, loss.region) for code in codes):
            return IS_LOST
        if loss.view == "owner" and pending is not None and in_region(pending.country, loss.region):
            return f"{vendor.name}: {pending.name} ({pending.country}) is to become its owner"
        return REMAINS if codes else f"{vendor.name}: {loss.view} not known"

    def _by_wire(
        self, replacements: list[Replacement], models: list[dict[str, str]], trials: Trials
    ) -> list[Replacement]:
        """Run each replacement that has passed by wire too, if its vendors have drivers, and return all of them."""
        why: dict[int, str] = {}
        variants: dict[int, Variant] = {}
        for number, (one, chosen) in enumerate(zip(replacements, models, strict=True)):
            if self._config.wire_seeds == 0:
                why[number] = "the study asks for no runs by wire"
            elif not one.passed:
                why[number] = "not run by wire: it has failed on the direct path"
            elif isinstance(entry := entry_for(self._subject, chosen, "wire"), str):
                why[number] = entry
            else:
                variants[number] = trials.variant(entry, chosen)
        runs = dict(zip(variants, trials.run(list(variants.values()), self._config.wire_seeds), strict=True))
        judged = []
        for number, one in enumerate(replacements):
            run = runs.get(number, why.get(number, ""))
            if isinstance(run, Trial):
                judged.append(one.model_copy(update={"by_wire": run, "passed": run.passed}))
            else:
                judged.append(one.model_copy(update={"no_wire": run}))
        return judged


def _is_hit(item: BomItem, loss: SupplyLoss) -> bool:
    """Check that a component is lost: its vendor, or all countries of its origin by the view."""
    if loss.vendor is not None:
        return item.vendor == loss.vendor
    assert loss.region is not None
    codes = [] if item.origin is None else item.origin.countries(loss.view)
    return bool(codes) and all(in_region(code, loss.region) for code in codes)


def _verdict(
    runnable: Sequence[str], replacements: Sequence[Replacement], not_run: Mapping[str, Sequence[str]]
) -> Literal["replaced", "fails", "not known"]:
    if (runnable and not any(one.passed for one in replacements)) or not all(not_run.values()):
        return "fails"
    return "not known" if not_run else "replaced"


def _refused(models: Mapping[str, str], why: str) -> RefusedReplacement:
    loaded = [load_model(model) for model in dict.fromkeys(models.values())]
    return RefusedReplacement(
        model="+".join(one.id for one in loaded),
        vendor="+".join(dict.fromkeys(one.vendor.name for one in loaded)),
        why=why,
    )


def _is_partly_hit(item: BomItem, loss: SupplyLoss) -> bool:
    """Check that a vendor produces in the region and elsewhere."""
    if loss.region is None or item.origin is None:
        return False
    return any(in_region(code, loss.region) for code in item.origin.countries(loss.view))


def _uncertainty(item: BomItem, loss: SupplyLoss) -> str | None:
    """Return the reason why it is not known whether a component is hit; None if it is known."""
    if item.vendor is None:
        return "its vendor is not named"
    if loss.region is None or item.origin is None:
        return None
    pending = item.origin.pending
    if loss.view == "owner" and pending is not None and in_region(pending.country or "", loss.region):
        return f"{item.vendor}: {pending.name} ({pending.country}) is to become its owner. {pending.note}".rstrip()
    if not item.origin.countries(loss.view):
        return f"{item.vendor}: {loss.view} not known"
    return None


def _rank(replacement: Replacement) -> tuple[bool, bool, bool, float, float, float]:
    """Return the sort key of a replacement: passed first, then run by wire, then by cost, weeks and cycle."""
    cost, cycle = replacement.cost.total, replacement.direct.row.cycle_mean
    return (
        not replacement.passed,
        replacement.by_wire is None,
        cost is None,
        replacement.cost.without_hardware if cost is None else cost,
        replacement.cost.weeks,
        float("inf") if cycle is None else cycle,
    )
