"""A shift of a concept: key figures of ISO 22400 with their raw elements, times, stoppages and calibration."""

from __future__ import annotations

from cellkit.study.report.html import Html, tag
from cellkit.study.report.node import Node
from cellkit.study.report.page import Page
from cellkit.study.report.plots import COLOURS, Plot

KPIS = {
    "oee": "percent1",
    "availability": "percent1",
    "effectiveness": "percent1",
    "quality_ratio": "percent1",
    "nee": "percent1",
    "allocation_efficiency": "percent1",
    "utilization_efficiency": "percent1",
    "technical_efficiency": "percent1",
    "setup_ratio": "percent1",
    "throughput_rate": "parts/h",
    "scrap_ratio": "percent1",
    "rework_ratio": "percent1",
    "first_pass_yield": "percent1",
    "worker_efficiency": "percent1",
    "mtbf": "min",
    "mttr": "min",
    "part_time": "s",
    "starved": "min",
    "blocked": "min",
}
ELEMENTS = {
    **dict.fromkeys(("pbt", "apt", "aust", "adet", "adot", "aoet"), "min"),
    "pri": "s",
    **dict.fromkeys(("pq", "gq", "rq", "sq", "ip", "fe"), "count"),
    **dict.fromkeys(("tbf", "ttr", "apwt", "apat"), "min"),
}
CHANGES = 80  # greatest number of state changes that a plot can show
TIMES = ("apt", "aust", "adet", "adot")
LOOKS = {"apt": COLOURS[2], "aust": COLOURS[7], "adet": "#e0a100", "adot": COLOURS[1]}


def part(page: Page, concept: Node) -> Html:
    """Return the key figures over the seeds, the raw elements, the times, the stoppages and the calibration."""
    study = concept["shift"]
    shifts = study["shifts"]
    few = len(shifts[0]["timeline"]) <= CHANGES
    return tag(
        "div",
        _about(page, shifts),
        page.plot(_time(page, shifts)),
        _kpis(page, study["figures"]),
        _elements(page, shifts),
        page.plot(_timeline(page, shifts[0]) if few else _states(page, shifts[0])),
        _delays(page, shifts[0]),
        _faults(page, shifts[0]),
        _buffers(page, concept["buffers"]),
        _calibration(page, shifts[0]["calibration"]),
        _notes(page, shifts[0]["notes"]),
        _hashes(page, shifts),
    )


def _about(page: Page, shifts: Node) -> Html:
    first = shifts[0]
    words = page.say(
        "shift.about",
        length=page.figure(first["length"], "h"),
        seeds=page.figures([one["seed"] for one in shifts], "seed"),
        batch=page.figure(first["batch"], "count"),
        operators=page.figure(first["people"]["number"], "count"),
        pri=page.english(first["pri_source"]),
    )
    return tag("p", words)


def _kpis(page: Page, figures: Node) -> Html:
    rows = [
        [
            page.say(f"kpi.{name}"),
            tag("code", page.say(f"kpi_formula.{name}")),
            *(page.figure(figures[name][end], form) for end in ("mean", "least", "most")),
        ]
        for name, form in KPIS.items()
        if name in figures
    ]
    heads = [
        page.say("figure"),
        page.say("shift.formula"),
        *(page.say(f"shift.{x}") for x in ("mean", "least", "most")),
    ]
    return page.table(page.say("shift.kpis"), heads, rows, numbers=range(2, 5))


def _elements(page: Page, shifts: Node) -> Html:
    rows = [
        [page.say(f"element.{name}"), *(page.figure(one["elements"][name], form) for one in shifts)]
        for name, form in ELEMENTS.items()
    ]
    heads = [page.say("shift.element"), *(tag("span", page.say("seed"), " ", _seed(page, one)) for one in shifts)]
    return page.table(page.say("shift.elements"), heads, rows, numbers=range(1, len(heads)))


def _seed(page: Page, shift: Node) -> Html:
    return page.figure(shift["seed"], "seed")


def _time(page: Page, shifts: Node) -> Plot:
    """Return the plot of the planned busy time of each shift by element, as stacked bars."""
    every = list(shifts)
    plot = Plot(page.say("shift.plot"), page.say("shift.plot_about"), height=120 + 30 * len(every))
    for name in TIMES:
        trace = plot.add(
            "bar",
            orientation="h",
            name=page.language.plain(f"element.{name}"),
            marker={"color": LOOKS[name]},
            text=[name.upper()] * len(every),
            textposition="inside",
            insidetextanchor="middle",
            hoverinfo="x+name",
        )
        trace.values("x", [one["elements"][name] for one in every], "min")
        trace.values("y", [one["seed"] for one in every], "seed")
    plot.layout = {
        "barmode": "stack",
        "yaxis": {"type": "category", "autorange": "reversed", "title": {"text": page.language.plain("seed")}},
        "xaxis": {"title": {"text": page.unit("min")}},
    }
    return plot


def _states(page: Page, shift: Node) -> Plot:
    """Return the plot of the time of one shift in each PackML state."""
    states = list(shift["states"].items())
    plot = Plot(
        page.say("shift.states", seed=_seed(page, shift)), page.say("shift.states_sum"), height=70 + 30 * len(states)
    )
    trace = plot.add("bar", orientation="h", y=[name for name, _ in states], hoverinfo="x", showlegend=False)
    trace.values("x", [time for _, time in states], "min")
    plot.layout = {
        "yaxis": {"type": "category", "autorange": "reversed"},
        "xaxis": {"title": {"text": page.unit("min")}},
    }
    return plot


def _timeline(page: Page, shift: Node) -> Plot:
    """Return the plot of the PackML states of one shift over time."""
    plot = Plot(page.say("shift.states", seed=_seed(page, shift)), page.say("shift.states_about"), height=260)
    trace = plot.add("scatter", mode="lines", line={"shape": "hv", "width": 1.5}, hoverinfo="x+y", showlegend=False)
    trace.column("x", shift["timeline"], 0, "h").column("y", shift["timeline"], 1)
    plot.layout = {"xaxis": {"title": {"text": page.unit("h")}}, "yaxis": {"type": "category"}}
    return plot


def _delays(page: Page, shift: Node) -> Html | None:
    if not shift["delays"]:
        return None
    rows = [[page.key(one, "delay"), page.figure(one, "min")] for one in shift["delays"]]
    caption = page.say("shift.delays", seed=_seed(page, shift))
    return page.table(caption, [page.say("shift.cause"), page.say("shift.time")], rows, numbers=[1])


def _faults(page: Page, shift: Node) -> Html | None:
    if not shift["faults"]:
        return None
    rows = [
        [
            page.figure(one["at"], "h"),
            page.text(one["device"]),
            page.choice(one["kind"], "stop"),
            page.figure(one["waiting"], "min"),
            page.figure(one["down"], "min"),
            page.choice(one["repaired"], "yes"),
            page.choice(one["scrap"], "yes"),
        ]
        for one in shift["faults"]
    ]
    heads = [page.say(f"fault.{name}") for name in ("at", "device", "kind", "waiting", "down", "repaired", "scrap")]
    caption = page.say("shift.faults", seed=_seed(page, shift))
    return page.details(caption, page.table(caption, heads, rows, numbers=[0, 3, 4]))


def _calibration(page: Page, given: Node) -> Html:
    if not given:
        return tag("p", page.say("calibration.none"), class_="box warn")
    words = page.say(
        "calibration.about",
        physics=page.figure(given["physics"], "s"),
        kinematic=page.figure(given["kinematic"], "s"),
        difference=page.figure(given["difference"], "signed_percent1"),
        spread=page.figure(given["spread"], "percent1"),
        factor=page.figure(given["factor"], "index"),
        seeds=page.figures(given["seeds"], "seed"),
        good=page.figure(given["good"], "count"),
        parts=page.figure(given["parts"], "count"),
        bound=page.figure(given["good_bound"], "percent"),
        gave_up=page.figure(given["gave_up"], "count"),
    )
    return tag("div", tag("h4", page.say("calibration.title")), tag("p", words))


def _notes(page: Page, notes: Node) -> Html | None:
    if not notes:
        return None
    items = [tag("li", page.translated(one, "shift_note")) for one in notes]
    return tag("div", tag("p", page.say("shift.left_out")), tag("ul", items, class_="notes soft"))


def _hashes(page: Page, shifts: Node) -> Html:
    items = [
        tag("li", page.say("seed"), " ", _seed(page, one), ": ", tag("code", page.text(one["runs_sha256"])))
        for one in shifts
    ]
    return page.details(page.say("shift.hashes"), tag("ul", items, class_="notes"))


def _buffers(page: Page, gains: Node) -> Html | None:
    """Return the gain of one more buffer place."""
    if not gains:
        return None
    rows = [
        [
            page.choice(one["where"], "where"),
            page.figure(one["places"], "count"),
            *(page.figure(one[name], form) for name, form in (("good", "plain"), ("gained", "plain"))),
            *(page.figure(one[name], "plain") for name in ("least", "most")),
        ]
        for one in gains
    ]
    heads = [page.say(f"buffer.{name}") for name in ("where", "places", "good", "gained", "least", "most")]
    return page.table(page.say("buffer.caption"), heads, rows, numbers=range(1, 6))
