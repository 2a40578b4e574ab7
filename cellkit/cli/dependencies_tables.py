"""The tables of ``cellkit dependencies``."""

from __future__ import annotations

from rich.table import Table

from cellkit.cli.output import out
from cellkit.study.dependencies.result import Dependencies, Metric, Origin, Replacement, WhatIf
from cellkit.study.dependencies.suppliers import VIEWS, View


def print_dependencies(found: Dependencies) -> None:
    """Print the bill of materials, the metrics and the replacements, in this order."""
    console = out()
    console.print(_bom(found))
    for line in _about_bom(found):
        console.print(line, soft_wrap=True, markup=False)
    console.print()
    console.print(_metrics(found))
    console.print(_composite(found), soft_wrap=True, markup=False)
    if found.code is not None:
        for finding in found.code.vendor:
            console.print(f"L1 {finding.file}:{finding.line}: {finding.why}", soft_wrap=True, markup=False)
    if found.portability is not None:
        for trial in found.portability.trials:
            if not trial.passed:
                console.print(f"L2 {trial.row.arm}: {trial.why_not}", soft_wrap=True, markup=False)
        for refused in found.portability.refused:
            console.print(f"L2 {refused.model}: not run, {refused.why}", soft_wrap=True, markup=False)
    for what_if in found.what_if:
        console.print()
        _print_what_if(what_if)


def _bom(found: Dependencies) -> Table:
    table = Table(title=f"{found.cell}: bill of materials", title_justify="left")
    table.add_column("role", no_wrap=True)
    for heading in ("product", "vendor", "headquarters", "made in", "owner", "driver"):
        table.add_column(heading, overflow="fold")
    table.add_column("share", justify="right", no_wrap=True)
    for item in found.bom.items:
        table.add_row(
            item.role,
            item.name,
            item.vendor or "not named",
            *(_origin(item.origin, view) for view in VIEWS),
            f"{item.driver}/{item.protocol}" if item.driver is not None else "-",
            f"{item.share:.0%}" if item.included_in is None else f"with {item.included_in}",
        )
    return table


def _origin(origin: Origin | None, view: View) -> str:
    """Return the codes by a view; a question mark marks an unverified code, "pending" a pending change of owner."""
    if origin is None:
        return "-"
    places = {"headquarters": [origin.headquarters], "production": origin.production, "owner": [origin.owner]}[view]
    codes = [f"{place.country}{'' if place.verified else '?'}" for place in places if place.country is not None]
    if not codes:
        return "not known"
    if view == "owner" and origin.pending is not None:
        codes.append(f"({origin.pending.country} pending)")
    return " ".join(codes)


def _about_bom(found: Dependencies) -> list[str]:
    by_count = f"count: no price of {', '.join(found.bom.unpriced)}" if found.bom.unpriced else "count"
    lines = [
        f"Shares are by {'value' if found.bom.basis == 'value' else by_count}. "
        f"Facts about vendors as of {found.bom.checked}; ? is from memory and not verified.",
    ]
    for region in found.regions:
        shares = ", ".join(f"{name} {share:.0%}" for name, share in region.shares.items()) or "not known"
        unknown = "" if region.known > 0.999 or not region.shares else f" (of the known {region.known:.0%})"
        lines.append(f"By {region.view}: {shares}{unknown}")
    return lines


def _metrics(found: Dependencies) -> Table:
    table = Table(title="dependence", title_justify="left")
    table.add_column("")
    table.add_column("metric")
    for heading in ("value", "score", "weight"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("meaning", overflow="fold")
    for metric in found.metrics:
        weight = "" if metric.weight is None else f"{metric.weight:.2f}"
        score = "" if metric.score is None else f"{metric.score:.2f}"
        table.add_row(metric.id, metric.name, _value(metric), score, weight, _says(metric))
    return table


def _value(metric: Metric) -> str:
    if metric.value is None:
        return "not known" if metric.score is None else "none"
    unit = metric.unit if metric.unit in ("vendors", "days", "weeks") else ""
    return f"{metric.value:.3g} {unit}".strip()


def _says(metric: Metric) -> str:
    if metric.why_not_known is not None:
        return f"{metric.explanation}. Not known: {metric.why_not_known}"
    return metric.explanation if metric.flag is None else f"! {metric.flag}. {metric.explanation}"


def _composite(found: Dependencies) -> str:
    composite = found.composite
    if composite.index is None:
        return "Composite: not known."
    weights = ", ".join(f"{name} {weight:g}" for name, weight in composite.weights.items())
    text = f"Lock-in index {composite.index:.0f} of 100 (0 best); weights (a proposal, not a measurement): {weights}."
    if composite.left_out:
        text += f" Not known and left out: {', '.join(composite.left_out)}; the other weights are raised to compensate."
    return text


def _print_what_if(found: WhatIf) -> None:
    console = out()
    if not found.hit:
        console.print(
            f"Without {found.gone}: no component is affected; the cell keeps running.", soft_wrap=True, markup=False
        )
    elif found.unknown is not None:
        console.print(
            f"Without {found.gone} these components are affected: {', '.join(found.hit)}. "
            f"Replacements are not known: {found.unknown}",
            soft_wrap=True,
            markup=False,
        )
    else:
        passed = len(found.passed)
        verdict = f"{passed} tested replacements passed" if passed else "no replacement has passed"
        console.print(
            f"Without {found.gone} these components are affected: {', '.join(found.hit)}; {verdict}.",
            soft_wrap=True,
            markup=False,
        )
        if found.replacements:
            console.print(_replacements(found))
    for role, why in found.unsure.items():
        console.print(f"  not sure: {role}: {why}", soft_wrap=True, markup=False)
    if found.partly:
        console.print(f"  partly affected: {', '.join(found.partly)}", soft_wrap=True, markup=False)
    for role, models in found.not_run.items():
        listed = ", ".join(models) or "none"
        console.print(
            f"  {role}: models that pass the checks but cannot be exchanged in a run: {listed}",
            soft_wrap=True,
            markup=False,
        )
    for combination in found.refused:
        console.print(f"  not run: {combination.model}: {combination.why}", soft_wrap=True, markup=False)
    if found.left_out:
        console.print(f"  {found.left_out} further combinations were not run", soft_wrap=True, markup=False)


def _replacements(found: WhatIf) -> Table:
    table = Table()
    for heading in ("replacement", "vendors"):
        table.add_column(heading, overflow="fold")
    for heading in ("good", "proven", "cycle", "by wire", "cost", "weeks"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("result", overflow="fold")
    for one in found.replacements:
        row = one.direct.row
        table.add_row(
            "+".join(dict.fromkeys(one.models.values())),
            ", ".join(one.vendors),
            f"{row.good}/{row.runs}",
            f"{row.at_least:.0%}",
            "-" if row.cycle_mean is None else f"{row.cycle_mean:.2f} s",
            "-" if one.by_wire is None else f"{one.by_wire.row.good}/{one.by_wire.row.runs}",
            _cost(one),
            f"{one.cost.weeks:.0f}",
            _result(one),
        )
    return table


def _cost(one: Replacement) -> str:
    if one.cost.total is None:
        return f"EUR {one.cost.without_hardware:,.0f} + hardware"
    return f"EUR {one.cost.total:,.0f}"


def _result(one: Replacement) -> str:
    for trial in (one.direct, one.by_wire):
        if trial is not None and trial.why_not is not None:
            return trial.why_not
    return "passed" if one.no_wire is None else f"passed; not by wire: {one.no_wire}"
