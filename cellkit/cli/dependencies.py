"""The command ``cellkit dependencies``: a cell's dependencies, lock-in metrics, and replacements."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from cellkit.cli.dependencies_tables import print_dependencies
from cellkit.cli.output import check_writable, prints_tables, progress_console, write_json
from cellkit.errors import ConfigError
from cellkit.study.dependencies.assess import assess, check_named
from cellkit.study.dependencies.bom import bill_of_materials
from cellkit.study.dependencies.config import DependenciesConfig, Disappearance, PricesFile
from cellkit.study.dependencies.running import LocalRuns
from cellkit.study.dependencies.sbom import sbom
from cellkit.study.dependencies.subject import read_subject
from cellkit.study.dependencies.suppliers import Suppliers, View
from cellkit.study.feasibility.config import FeasibilityConfig
from cellkit.yamlfile import near_names, read_yaml, validate

REGION = "region:"


@dataclass(frozen=True, slots=True)
class DependenciesOptions:
    """The options of the command line, unchanged."""

    cell: str
    arm: str | None = None
    gripper: str | None = None
    without: tuple[str, ...] = ()
    view: str = "owner"
    arms: str | None = None
    grippers: str | None = None
    seeds: int = 3
    takt: float | None = None
    quantity: int | None = None
    jobs: int | None = None
    prices: Path | None = None
    json: Path | None = None
    sbom: Path | None = None
    sbom_author: str | None = None


def dependencies_command(options: DependenciesOptions) -> int:
    """Assess, print, write, and return the exit code: 0, or 1 when an affected component has no replacement."""
    check_writable(options.json, options.sbom)
    if options.json is not None and not prints_tables(options.sbom):
        raise ConfigError("--sbom - prints the SBOM only; leave out --json, or name a file for the SBOM")
    if options.sbom_author is not None and options.sbom is None:
        raise ConfigError("--sbom-author needs a file for the SBOM (--sbom FILE)")
    document = None if options.prices is None else read_yaml(options.prices)
    prices = None if document is None else validate(PricesFile, document)
    config = read_config(options, prices)
    subject = read_subject(options.cell, options.arm, options.gripper, options.quantity)
    check_named(subject, config, document)
    if options.sbom is not None:
        bom = bill_of_materials(subject, Suppliers(config.suppliers), {})
        write_json(sbom(subject, bom, options.sbom_author), options.sbom)
        if not prints_tables(options.sbom):
            return 0
    with progress_console().status("checks") as status:
        result = assess(
            subject,
            config,
            capex=None if prices is None or prices.capex is None else prices.capex.value,
            runner=LocalRuns(
                options.jobs, lambda done, every: status.update(f"checks and runs: {done} of {every} so far")
            ),
            feasibility=FeasibilityConfig(),
        )
    if options.json is not None:
        write_json(result.model_dump(mode="json"), options.json)
    if prints_tables(options.json):
        print_dependencies(result)
    return 1 if any(case.verdict == "fails" for case in result.what_if) else 0


def read_config(options: DependenciesOptions, prices: PricesFile | None) -> DependenciesConfig:
    """Return the configuration of the options. Raises ``ConfigError``."""
    if options.takt is not None and not 0.0 < options.takt < math.inf:
        raise ConfigError(f"--takt {options.takt:g}: expected a finite time above 0 s")
    return DependenciesConfig(
        arms=_listed(options.arms, "--arms"),
        grippers=_listed(options.grippers, "--grippers"),
        seeds=options.seeds,
        takt=options.takt,
        disappear=[disappearance(name, options.view) for name in options.without],
        prices={} if prices is None else prices.prices,
        lead_times={} if prices is None else prices.lead_times,
    )


def disappearance(without: str, view: str) -> Disappearance:
    """Return the disappearance for ``VENDOR`` or ``region:CODE``. Raises ``ConfigError``."""
    views: tuple[View, ...] = get_args(View)
    if view not in views:
        raise ConfigError(f"--view {view}: {near_names(view, views)}")
    name = without.strip()
    if not name.removeprefix(REGION).strip():
        raise ConfigError(f"--without {without!r}: expected a vendor's name, or a region as region:CN")
    if name.startswith(REGION):
        return Disappearance(region=name.removeprefix(REGION), view=view)
    return Disappearance(vendor=name, view=view)


def _listed(text: str | None, option: str) -> list[str]:
    if text is None:
        return []
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise ConfigError(f"{option} names no model")
    return names
