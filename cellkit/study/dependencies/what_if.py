"""What if a supplier or region is gone: what fails, and what could replace it, run rather than guessed."""

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

STAYS, IS_GONE = "stays", "is gone"
NO_PROGRAM = "a bare cell has no program that could be run: give the scenario"


@dataclass(frozen=True)
class LostSupplier:
    """A vendor, or a region by one view."""

    vendor: str | None
    region: str | None
    view: View

    @property
    def words(self) -> str:
        """As it is told."""
        return self.vendor if self.vendor is not None else f"{self.region} ({self.view})"


def gone(disappearance: Disappearance, suppliers: Suppliers, bom: Bom) -> LostSupplier:
    """What disappears, as it is called here. Raises ``ConfigError`` for a vendor or region that there is not."""
    if disappearance.region is not None:
        return LostSupplier(None, checked_region(disappearance.region), disappearance.view)
    assert disappearance.vendor is not None
    of_cell = {item.vendor.casefold(): item.vendor for item in bom.items if item.vendor is not None}
    named = of_cell.get(disappearance.vendor.casefold())
    return LostSupplier(named or suppliers.named(disappearance.vendor), None, disappearance.view)


class WhatIfs:
    """What-ifs of one cell. ``trials`` is None for a cell without a program."""

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

    def judge(self, what: LostSupplier) -> WhatIf:
        """What is hit, and the replacements that were run, best first."""
        components = self._bom.components
        hit = [item.role for item in components if self._hit(item, what)]
        found = WhatIf(
            gone=what.words,
            vendor=what.vendor,
            region=what.region,
            view=what.view,
            hit=hit,
            partly=[item.role for item in components if item.role not in hit and _partly(item, what)],
            unsure={item.role: why for item in components if item.role not in hit and (why := _unsure(item, what))},
        )
        if not hit:
            return found
        if self._trials is None:
            return found.model_copy(update={"unknown": NO_PROGRAM, "verdict": "not known"})
        return self._replaced(found, what, self._trials)

    def _replaced(self, found: WhatIf, what: LostSupplier, trials: Trials) -> WhatIf:
        runnable = [role for role in found.hit if role in exchangeable(self._subject)]
        not_run = {
            role: [one.id for one in self._staying([role], what)[0]] for role in found.hit if role not in runnable
        }
        combinations, refused = self._combinations(runnable, what)
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
        return found.model_copy(update=update)

    def _combinations(
        self, roles: Sequence[str], what: LostSupplier
    ) -> tuple[list[dict[str, str]], list[RefusedReplacement]]:
        """Models for all roles, those nearest to the present ones first; roles with one model now get one again."""
        groups: dict[str, list[str]] = {}
        for role in roles:
            groups.setdefault(self._subject.models[role], []).append(role)
        if not groups:
            return [], []
        refused: list[RefusedReplacement] = []
        choices: list[list[tuple[int, Candidate]]] = []
        for group in groups.values():
            staying, out = self._staying(group, what)
            choices.append(list(enumerate(staying)))
            refused += [one for one in out if one not in refused]
        nearest = sorted(product(*choices), key=lambda one: sum(rank for rank, _ in one))
        return [
            {
                role: candidate.model
                for group, (_, candidate) in zip(groups.values(), combination, strict=True)
                for role in group
            }
            for combination in nearest
        ], refused

    def _staying(self, roles: Sequence[str], what: LostSupplier) -> tuple[list[Candidate], list[RefusedReplacement]]:
        """Candidates whose vendor stays, that pass in each of the roles."""
        passing, refused = self._candidates.of(roles[0])
        for role in roles[1:]:
            there = {one.id for one in self._candidates.of(role)[0]}
            passing = [one for one in passing if one.id in there]
        fates = {one.model: self._fate(one.model, what) for one in passing}
        unsure = [
            RefusedReplacement(model=one.id, vendor=one.vendor, why=fate)
            for one in passing
            if (fate := fates[one.model]) not in (STAYS, IS_GONE)
        ]
        others = [one for one in refused if self._fate(one.model, what) == STAYS]
        return [one for one in passing if fates[one.model] == STAYS], [*others, *unsure]

    def _fate(self, model: str, what: LostSupplier) -> str:
        """``STAYS``, ``IS_GONE``, or why nobody can tell."""
        vendor = load_model(model).vendor
        supplier = self._suppliers.of(vendor)
        if supplier is None:
            return "no vendor sells it"
        if what.vendor is not None:
            return IS_GONE if vendor.name == what.vendor else STAYS
        assert what.region is not None
        codes, pending = supplier.countries(what.view), supplier.pending
        if codes and all(in_region(code, what.region) for code in codes):
            return IS_GONE
        if what.view == "owner" and pending is not None and in_region(pending.country, what.region):
            return f"{vendor.name}: {pending.name} ({pending.country}) is to be its owner"
        return STAYS if codes else f"{vendor.name}: {what.view} not known"

    def _by_wire(
        self, replacements: list[Replacement], models: list[dict[str, str]], trials: Trials
    ) -> list[Replacement]:
        """The same, each that has passed run by wire too where its vendors have drivers."""
        why: dict[int, str] = {}
        variants: dict[int, Variant] = {}
        for number, (one, chosen) in enumerate(zip(replacements, models, strict=True)):
            if self._config.wire_seeds == 0:
                why[number] = "no runs by wire were asked for"
            elif not one.passed:
                why[number] = "not run: it has failed without the wire"
            elif isinstance(entry := entry_for(self._subject, chosen, "wire"), str):
                why[number] = entry
            else:
                variants[number] = trials.variant(entry, chosen)
        runs = dict(zip(variants, trials.run(list(variants.values()), self._config.wire_seeds), strict=True))
        found = []
        for number, one in enumerate(replacements):
            run = runs.get(number, why.get(number, ""))
            if isinstance(run, Trial):
                found.append(one.model_copy(update={"by_wire": run, "passed": run.passed}))
            else:
                found.append(one.model_copy(update={"no_wire": run}))
        return found

    @staticmethod
    def _hit(item: BomItem, what: LostSupplier) -> bool:
        if what.vendor is not None:
            return item.vendor == what.vendor
        assert what.region is not None
        codes = [] if item.origin is None else item.origin.countries(what.view)
        return bool(codes) and all(in_region(code, what.region) for code in codes)


def _verdict(
    runnable: Sequence[str], replacements: Sequence[Replacement], not_run: Mapping[str, Sequence[str]]
) -> Literal["replaced", "fails", "not known"]:
    """What becomes of the cell, as far as it was run."""
    if (runnable and not any(one.passed for one in replacements)) or not all(not_run.values()):
        return "fails"
    return "not known" if not_run else "replaced"


def _refused(models: Mapping[str, str], why: str) -> RefusedReplacement:
    found = [load_model(model) for model in dict.fromkeys(models.values())]
    return RefusedReplacement(
        model="+".join(one.id for one in found),
        vendor="+".join(dict.fromkeys(one.vendor.name for one in found)),
        why=why,
    )


def _partly(item: BomItem, what: LostSupplier) -> bool:
    """Whether a vendor makes goods in the region and elsewhere."""
    if what.region is None or item.origin is None:
        return False
    return any(in_region(code, what.region) for code in item.origin.countries(what.view))


def _unsure(item: BomItem, what: LostSupplier) -> str | None:
    """Why nobody can tell whether a component is hit."""
    if item.vendor is None:
        return "its vendor is not named"
    if what.region is None or item.origin is None:
        return None
    pending = item.origin.pending
    if what.view == "owner" and pending is not None and in_region(pending.country or "", what.region):
        return f"{item.vendor}: {pending.name} ({pending.country}) is to be its owner. {pending.note}".rstrip()
    if not item.origin.countries(what.view):
        return f"{item.vendor}: {what.view} not known"
    return None


def _rank(one: Replacement) -> tuple[bool, bool, bool, float, float, float]:
    """Those that passed first, then those that passed by wire too, then by cost, weeks and cycle."""
    cost, cycle = one.cost.total, one.direct.row.cycle_mean
    return (
        not one.passed,
        one.by_wire is None,
        cost is None,
        one.cost.without_hardware if cost is None else cost,
        one.cost.weeks,
        float("inf") if cycle is None else cycle,
    )
