"""The business case of a concept: cost, returns, payback and uncertainty."""

from __future__ import annotations

from cellkit.study.report.html import Html, tag
from cellkit.study.report.node import Node
from cellkit.study.report.page import Page
from cellkit.study.report.sections.business_plots import cash_plot, chance_plot, change_over_plot, tornado_plot

MEASURES = {"npv": "EUR", "irr": "percent1", "payback": "years", "discounted_payback": "years"}
OUTPUT = {
    "good": "count",
    "scrap": "count",
    "limit": "count",
    "hours": "hours",
    "operator_hours": "hours",
    "cost_per_part": "EUR2",
}
YEARLY = ("depreciation", "tax", "incentives", "residual", "cash", "cumulative", "discounted")
REMARK_FORMS = {
    "tax": "EUR",
    "hours": "hours",
    "times": "ratio",
    "good": "count",
    "demand": "count",
    "years": "count",
    "changes": "count",
}
BARS = 12  # bars of the tornado that are printed


def part(page: Page, concept: Node) -> Html:
    """Return the business case."""
    case = concept["business"]
    return tag(
        "div",
        _facts(page, case),
        _remarks(page, case["remarks"], "box warn"),
        tag("div", _capex(page, case), _outputs(page, case), class_="pair"),
        page.plot(cash_plot(page, case["years"])),
        _years(page, case["years"]),
        _measures(page, case),
        page.plot(tornado_plot(page, case, BARS)) if case["tornado"] else None,
        _tornado(page, case["tornado"]),
        _chance(page, case["monte_carlo"]),
        _scenarios(page, case["scenarios"]),
        _change_over(page, case["change_over"]),
        _incentives(page, case["incentives"]),
        _remarks(page, case["left_out"], "soft"),
    )


def _facts(page: Page, case: Node) -> Html:
    after, chance = case["after_tax"], case["monte_carlo"]
    return page.facts(
        [
            (page.say("business.capex_total"), page.figure(case["capex_total"], "EUR")),
            (page.say("headline.npv"), page.figure(after["npv"], "EUR")),
            (page.say("headline.payback"), page.figure(after["payback"], "years")),
            (page.say("business.irr"), page.figure(after["irr"], "percent1")),
            (page.say("headline.probability_of_loss"), page.figure(chance["p_negative"], "percent1")),
            (page.say("business.cost_today"), page.figure(case["today"]["cost_per_part"], "EUR2")),
            (page.say("business.cost_cell"), page.figure(case["cell"]["cost_per_part"], "EUR2")),
            (page.say("business.tco"), page.figure(case["total_cost_of_ownership"], "EUR")),
        ]
    )


def _capex(page: Page, case: Node) -> Html:
    rows = [
        [page.choice(one["part"], "capex"), page.figure(one["value"], "EUR"), page.figure(one["share"], "percent")]
        for one in case["capex"]
        if one["value"].value != 0.0
    ]
    rows.append([page.say("business.total"), page.figure(case["capex_total"], "EUR"), Html("")])
    heads = [page.say("business.part"), page.say("business.amount"), page.say("business.share")]
    return page.table(page.say("business.capex_caption"), heads, rows, numbers=[1, 2], class_="total")


def _outputs(page: Page, case: Node) -> Html:
    rows = [
        [page.say(f"output.{name}"), page.figure(case["today"][name], form), page.figure(case["cell"][name], form)]
        for name, form in OUTPUT.items()
    ]
    heads = [page.say("business.a_year"), page.say("business.today"), page.say("business.cell")]
    caption = page.say("business.output_caption", demand=page.figure(case["demand"], "count"))
    return page.table(caption, heads, rows, numbers=[1, 2])


def _years(page: Page, years: Node) -> Html:
    """Return the cash flow, items down and years across; an item that is 0 in all years is left out."""
    lines: list[tuple[str, tuple[str, ...]]] = [("saving", ("savings", name)) for name in years[0]["savings"].value]
    lines += [("cost", ("costs", name)) for name in years[0]["costs"].value]
    lines += [("flow", (name,)) for name in YEARLY]
    rows = []
    for group, path in lines:
        amounts = [_at(year, path) for year in years]
        if any(amount.value for amount in amounts):
            rows.append([page.say(f"{group}.{path[-1]}"), *(page.figure(amount, "euro") for amount in amounts)])
    heads = [page.say("business.year"), *(page.figure(year["year"], "count") for year in years)]
    return page.table(page.say("business.years_caption"), heads, rows, numbers=range(1, len(heads)))


def _at(node: Node, path: tuple[str, ...]) -> Node:
    for step in path:
        node = node[step]
    return node


def _measures(page: Page, case: Node) -> Html:
    rows = []
    for name, form in MEASURES.items():
        cells = []
        for tax in ("before_tax", "after_tax"):
            measures = case[tax]
            reasons = measures["why_not"]
            cells.append(_remark(page, reasons[name]) if name in reasons else page.figure(measures[name], form))
        rows.append([page.say(f"business.{name}"), *cells])
    heads = [page.say("figure"), page.say("business.before_tax"), page.say("business.after_tax")]
    about = page.say(
        "business.measures_caption",
        life=page.figure(case["life"], "years"),
        discount=page.figure(case["discount"], "percent1"),
    )
    return page.table(about, heads, rows, numbers=[1, 2])


def _tornado(page: Page, bars: Node) -> Html | None:
    if not bars:
        return None
    rows = [
        [
            page.path(bar["figure"]),
            *(page.figure(bar[name], "plain") for name in ("low", "base", "high")),
            *(page.figure(bar[name], "EUR") for name in ("npv_low", "npv_high", "swing")),
            page.choice(bar["stated"], "spread"),
        ]
        for bar in list(bars)[:BARS]
    ]
    names = ("figure", "low", "base", "high", "npv_low", "npv_high", "swing", "spread")
    heads = [page.say(f"tornado.{name}") for name in names]
    return page.table(page.say("tornado.caption"), heads, rows, numbers=range(1, 7))


def _chance(page: Page, chance: Node) -> Html:
    words = page.say(
        "chance.about",
        samples=page.figure(chance["samples"], "count"),
        figures=page.figure(chance["figures"], "count"),
        seed=page.figure(chance["seed"], "seed"),
        negative=page.figure(chance["p_negative"], "percent1"),
        low=page.figure(chance["p_negative_low"], "percent1"),
        high=page.figure(chance["p_negative_high"], "percent1"),
    )
    heads = [
        page.say("chance.percentile"),
        *(page.figure(one["percent"], "percentage") for one in chance["percentiles"]),
    ]
    row = [page.say("chance.npv"), *(page.figure(one["npv"], "EUR") for one in chance["percentiles"])]
    table = page.table(page.say("chance.caption"), heads, [row], numbers=range(1, len(heads)))
    return tag("div", tag("p", words), page.plot(chance_plot(page, chance["bins"])), table)


def _scenarios(page: Page, scenarios: Node) -> Html | None:
    if not scenarios:
        return None
    rows = []
    for one in scenarios:
        named = f"scenario.{one['name'].value}" in page.language
        name = page.choice(one["name"], "scenario") if named else page.text(one["name"])
        after = one["after_tax"]
        rows.append([name, *(page.figure(after[key], form) for key, form in MEASURES.items())])
    heads = [page.say("business.scenario"), *(page.say(f"business.{name}") for name in MEASURES)]
    return page.table(page.say("business.scenarios_caption"), heads, rows, numbers=range(1, 5))


def _change_over(page: Page, given: Node) -> Html | None:
    if not given:
        return None
    if given["break_even"].value is None:
        answer = tag("p", page.say("change_over.none", why=_remark(page, given["why_not"])))
    else:
        answer = tag("p", page.say("change_over.from", batch=page.figure(given["break_even"], "count")))
    facts = page.facts(
        [
            (page.say("change_over.setup"), page.figure(given["setup"], "hours")),
            (page.say("change_over.setup_today"), page.figure(given["setup_today"], "hours")),
            (page.say("change_over.saving"), page.figure(given["saving_per_part"], "EUR2")),
            (page.say("change_over.batch"), page.figure(given["batch"], "count")),
        ]
    )
    rows = [
        [
            page.figure(one["batch"], "about"),
            page.figure(one["today"], "EUR2"),
            page.figure(one["cell"], "EUR2"),
        ]
        for one in given["curve"]
    ]
    heads = [page.say("change_over.size"), page.say("business.today"), page.say("business.cell")]
    table = page.table(page.say("change_over.caption"), heads, rows, numbers=range(3))
    plot = page.plot(change_over_plot(page, given["curve"])) if given["curve"] else None
    folded = page.details(page.say("change_over.caption"), table) if given["curve"] else None
    return tag("div", tag("h4", page.say("change_over.title")), answer, facts, plot, folded)


def _incentives(page: Page, lines: Node) -> Html:
    if not lines:
        return tag("p", page.say("incentives.none"), class_="soft")
    rows = [
        [
            page.text(one["name"]),
            page.date(one["valid_from"]),
            page.date(one["valid_to"]),
            page.figure(one["present_value"], "EUR"),
            page.english(one["note"]),
        ]
        for one in lines
    ]
    heads = [page.say(f"incentives.{name}") for name in ("name", "valid_from", "valid_to", "present_value", "note")]
    return page.table(page.say("incentives.caption"), heads, rows, numbers=[3], prose=[4])


def _remarks(page: Page, remarks: Node, look: str) -> Html | None:
    """Return remarks, in the report's language where it has a text for them."""
    if not remarks:
        return None
    return tag("ul", [tag("li", _remark(page, one)) for one in remarks], class_=f"notes {look}")


def _remark(page: Page, one: Node) -> Html:
    key = f"remark.{one['key'].value}"
    if key not in page.language:
        return page.english(one["text"])
    parts = {
        name: page.text(value) if isinstance(value.value, str) else page.figure(value, REMARK_FORMS.get(name, "plain"))
        for name, value in one["values"].items()
    }
    return page.say(key, **parts)
