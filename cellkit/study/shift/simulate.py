"""Simulates shifts of a concept: runs of its program, limited by material, people and faults."""

from __future__ import annotations

import hashlib
import statistics
from collections.abc import Sequence

from cellkit.errors import ConfigError
from cellkit.scenario.config import Scenario
from cellkit.study.concepts import Concept
from cellkit.study.shift.agenda import Agenda
from cellkit.study.shift.batches import Batch, Batches
from cellkit.study.shift.calibration import Calibration
from cellkit.study.shift.config import ShiftConfig
from cellkit.study.shift.elements import ADET, ADOT, APT, AUST
from cellkit.study.shift.kpi import Elements, kpis
from cellkit.study.shift.line import BLOCKED, STARVED, Line
from cellkit.study.shift.people import Operators
from cellkit.study.shift.result import People, Shift, ShiftFault, ShiftStudy, Spread
from cellkit.study.shift.station import PROGRAM, Station, Stoppage
from cellkit.supervision.packml_state_machine import State
from cellkit.yamlfile import near_names

HOUR, MINUTE = 3600.0, 60.0
SEEDS_A_SHIFT = 100_000
"""The seeds of a shift's batches begin at the shift's seed times this number."""


def simulate_shift(
    scenario: Scenario,
    concept: Concept,
    config: ShiftConfig,
    seed: int,
    calibration: Calibration | None = None,
    batches: Batches | None = None,
) -> Shift:
    """Simulate one shift. The same arguments give the same shift.

    ``batches``: stored batches of the same scenario and concept, which are not run again. A shift with one buffer more
    and the same seed has the same batches and failures. Raises ``ConfigError`` for an error in scenario, concept or
    config, and when the program always fails.
    """
    if seed < 0:
        raise ConfigError(f"a shift with seed {seed}: a seed must be 0 or above")
    runs = batches or Batches(scenario, concept)
    _check_devices(scenario, config, runs)
    quantity = runs.quantity if config.batch is None else int(config.batch.value)
    length = config.hours.value * HOUR
    pauses = [
        (one.at.value * HOUR, one.at.value * HOUR + one.minutes.value * MINUTE, one)
        for one in sorted(config.breaks, key=lambda one: one.at.value)
    ]
    planned = [(begin, end) for begin, end, one in pauses if one.cell == "stops"]
    agenda = Agenda()
    people = Operators(
        agenda, int(config.operators.value), [(begin, end, int(one.staying.value)) for begin, end, one in pauses]
    )
    line = Line(agenda, config, quantity, people, seed)
    used: set[tuple[int, int]] = set()
    count = 0

    def next_batch(parts: int) -> Batch:
        nonlocal count
        own = seed * SEEDS_A_SHIFT + count if config.seeds is None else 1 + count % int(config.seeds.value)
        count += 1
        used.add((own, parts))
        return runs.batch(own, parts)

    cell = Station(agenda, config, quantity, next_batch, people, line, planned, seed, calibration)
    agenda.run(length, people.go_for_breaks(), line.arrive(), line.load(), line.unload(), cell.work())
    cell.ledger.close()
    stops = sum(end - begin for begin, end in planned)
    part_time = _part_time(cell.undisturbed)
    corrected = None if part_time is None else part_time * (1.0 if calibration is None else calibration.factor)
    elements = _elements(cell, people, config, length, stops, corrected)
    delays = {cause: cell.ledger.delays[cause] for cause in sorted(cell.ledger.delays) if cell.ledger.delays[cause] > 0}
    states = {state.name: cell.packml.time_in(state) for state in State}
    return Shift(
        seed=seed,
        length=length,
        planned_stops=stops,
        states={name: seconds for name, seconds in states.items() if seconds > 0.0},
        elements=elements,
        kpis=kpis(elements),
        pri_source=_pri_source(config, calibration),
        part_time_kinematic=part_time,
        part_time=corrected,
        batch=quantity,
        batches=count,
        batches_different=len(used),
        runs_sha256=hashlib.sha256("".join(batch.trace for batch in cell.undisturbed).encode()).hexdigest(),
        starved=sum(delays.get(cause, 0.0) for cause in STARVED),
        blocked=sum(delays.get(cause, 0.0) for cause in BLOCKED),
        delays=delays,
        faults=[_fault(one, length) for one in cell.stoppages],
        people=People(
            number=int(config.operators.value),
            attended=elements.apat,
            worked=elements.apwt,
            utilisation=kpis(elements).worker_efficiency,
        ),
        timeline=cell.ledger.timeline,
        calibration=calibration,
        notes=_notes(config, calibration),
    )


def shifts(
    scenario: Scenario,
    concept: Concept,
    config: ShiftConfig,
    seeds: Sequence[int],
    calibration: Calibration | None = None,
    batches: Batches | None = None,
) -> ShiftStudy:
    """Simulate the shift with every seed, and summarise its figures. Raises the errors of ``simulate_shift``."""
    if not seeds:
        raise ConfigError("a shift needs at least one seed")
    runs = batches or Batches(scenario, concept)
    return summarised([simulate_shift(scenario, concept, config, seed, calibration, runs) for seed in seeds])


def summarised(simulated: Sequence[Shift]) -> ShiftStudy:
    """Return the shifts with the spread of their figures."""
    values: dict[str, list[float]] = {}
    for shift in simulated:
        figures: dict[str, float | None] = {
            **shift.kpis.model_dump(),
            **{name: getattr(shift.elements, name) for name in (APT, AUST, ADET, ADOT, "pq", "gq", "rq", "sq", "fe")},
            "part_time": shift.part_time,
            "starved": shift.starved,
            "blocked": shift.blocked,
        }
        for name, value in figures.items():
            if value is not None:
                values.setdefault(name, []).append(float(value))
    return ShiftStudy(shifts=list(simulated), figures={name: _spread(given) for name, given in values.items()})


def _spread(values: Sequence[float]) -> Spread:
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return Spread(mean=statistics.fmean(values), deviation=deviation, least=min(values), most=max(values))


def _elements(
    cell: Station, people: Operators, config: ShiftConfig, length: float, stops: float, corrected: float | None
) -> Elements:
    times, parts = cell.ledger.times, cell.parts
    pri = config.planned_cycle.value if config.planned_cycle is not None else corrected or 0.0
    return Elements(
        pbt=length - stops,
        apt=times[APT],
        aust=times[AUST],
        adet=times[ADET],
        adot=times[ADOT],
        aoet=length - stops,
        pri=pri,
        pq=parts.made,
        gq=parts.good,
        rq=parts.rework,
        sq=parts.scrap,
        ip=parts.made,
        fe=len(cell.stoppages),
        tbf=times[APT],
        ttr=times[ADOT],
        apwt=people.worked(),
        apat=people.attended(length),
    )


def _part_time(batches: Sequence[Batch]) -> float | None:
    whole = [batch for batch in batches if batch.failed is None]
    parts = sum(len(batch.parts) for batch in whole)
    return sum(batch.time for batch in whole) / parts if parts else None


def _fault(stoppage: Stoppage, length: float) -> ShiftFault:
    ended = length if stoppage.ended is None else stoppage.ended
    attended = ended if stoppage.attended is None else stoppage.attended
    return ShiftFault(
        at=stoppage.began,
        device=stoppage.failure.device,
        kind="abort" if stoppage.failure.abort else "hold",
        waiting=attended - stoppage.began,
        down=ended - stoppage.began,
        repaired=stoppage.ended is not None,
        scrap=stoppage.failure.scrap,
    )


def _pri_source(config: ShiftConfig, calibration: Calibration | None) -> str:
    if config.planned_cycle is not None:
        return config.planned_cycle.source
    corrected = "" if calibration is None else ", corrected by the calibration"
    return f"mean part time of the undisturbed runs of this shift{corrected}"


def _notes(config: ShiftConfig, calibration: Calibration | None) -> list[str]:
    left_out = {
        "no faults are assumed: nothing but the program fails": not config.faults,
        "material is assumed to be there always": config.arrivals is None,
        "the next station is assumed to take parts always": config.takt is None,
        "nobody loads or unloads: that takes no time": config.loading.value == config.unloading.value == 0.0,
        "not calibrated against the physics world": calibration is None,
    }
    return [text for text, true in left_out.items() if true]


def _check_devices(scenario: Scenario, config: ShiftConfig, runs: Batches) -> None:
    roles = runs.plan.file.devices
    for name, rate in config.faults.items():
        if name == PROGRAM:
            raise ConfigError(f"shift.faults: {PROGRAM!r} is reserved for a program that gives up; choose another name")
        if name not in roles and not rate.outside:
            raise ConfigError(
                f"shift.faults: the cell of {scenario.file.name} has no device {name!r}; {near_names(name, roles)}; "
                "for a device outside the cell add `outside: true`"
            )
