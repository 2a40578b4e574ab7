"""The builder of the study result from the findings about every concept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from cellkit.models.load import load_model
from cellkit.study.assumption import register
from cellkit.study.concepts import label, models_of
from cellkit.study.criteria import Criterion, criteria
from cellkit.study.dependencies.result import Dependencies
from cellkit.study.findings import Findings
from cellkit.study.not_tested import not_tested
from cellkit.study.result import (
    ConceptResult,
    Header,
    HowRun,
    Process,
    Reproducibility,
    SourceFile,
    StudyResult,
    TracedRun,
)
from cellkit.study.runs.software import software
from cellkit.study.runs.sweep import CONFIDENCE
from cellkit.study.study_file import Study, StudyFile


def build_result(study: Study, findings: Sequence[Findings], depends: list[Dependencies], command: str) -> StudyResult:
    """Build the result of a study from the findings about its concepts; ``command`` reproduces the figures."""
    file = study.file
    limits = criteria(file.criteria)
    left_out = [
        name
        for name in ("feasibility", "cycle", "shift", "energy", "business", "dependencies")
        if getattr(file, name) is None
    ]
    return StudyResult(
        header=Header(title=file.title, question=file.question, owner=file.owner, date=file.date),
        process=_process(file),
        how=HowRun(
            world=file.task.world,
            path="direct",
            seeds=list(study.seeds),
            quantity=file.task.quantity,
            confidence=CONFIDENCE,
        ),
        criteria=limits,
        concepts=[_concept_result(study, concept, limits) for concept in findings],
        comparison=[concept.headline() for concept in findings],
        dependencies=depends,
        assumptions=list(register(file, file.owner)),
        not_tested=not_tested(left_out, file.not_tested),
        reproducibility=_reproducibility(study, findings, command),
    )


def _process(file: StudyFile) -> Process:
    """Return the demand, and today's process if the study has a business case."""
    takt = file.demand.takt
    demand = Process(parts_per_year=file.demand.parts_per_year.value, takt=None if takt is None else takt.value)
    if file.business is None:
        return demand
    today, hours = file.business.today, file.business.hours
    return demand.model_copy(
        update={
            "parts_per_hour": today.parts_per_hour.value,
            "operators": today.operators.value,
            "scrap": today.scrap.value,
            "shifts": hours.shifts.value,
            "hours_per_shift": hours.hours_per_shift.value,
        }
    )


def _concept_result(study: Study, findings: Findings, limits: list[Criterion]) -> ConceptResult:
    concept = findings.concept
    models = [*models_of(concept.arm), *models_of(concept.gripper)]
    return ConceptResult(
        id=concept.id,
        layout=concept.layout,
        scenario=study.scenarios[study.layout_of(concept)].file.name,
        arm=label(concept.arm),
        gripper=label(concept.gripper),
        vendors=list(dict.fromkeys(load_model(model).vendor.name for model in models)),
        speed=concept.speed,
        impossible=findings.impossible,
        advice=findings.advice(limits),
        feasibility=findings.feasibility,
        reach_map=findings.reach_map,
        runs=findings.runs,
        cycle=findings.cycle,
        what_if=findings.production.what_if,
        shift=findings.production.shift,
        buffers=list(findings.production.buffers),
        energy=findings.energy,
        energy_year=findings.year,
        business=findings.business,
    )


def _reproducibility(study: Study, findings: Sequence[Findings], command: str) -> Reproducibility:
    used = software()
    own = study.document.file
    hashes: dict[str, str] = {own.name: hashlib.sha256(own.read_bytes()).hexdigest()}
    for concept in findings:
        if concept.impossible is None:
            scenario = study.scenarios[study.layout_of(concept.concept)].file.name
            inputs: Mapping[str, str] = study.job(concept.concept, 1).inputs().hashes
            hashes |= {f"{scenario}/{name}": digest for name, digest in inputs.items()}
    return Reproducibility(
        command=command,
        versions={
            "cellkit": used.cellkit,
            "cellkit's source": used.source,
            "python": used.python,
            "machine": used.machine,
        }
        | used.packages,
        seeds=list(study.seeds),
        files=[SourceFile(name=name, sha256=digest) for name, digest in sorted(hashes.items())],
        runs=[
            TracedRun(concept=concept.concept.id, seed=run.record.seed, sha256=run.record.trace_sha256)
            for concept in findings
            for run in concept.observations
            if run.record.trace_sha256
        ],
    )
