"""The shipped study of a machine tended by a robot: processor time of one concept, with all its processes.

One seed instead of five, one shift instead of three, and no dependencies, whose runs are those of other concepts.
"""

from __future__ import annotations

import resource
from pathlib import Path

from cellkit.study.run_study import StudyResources, run_study
from cellkit.study.study_file import Study, read_study

FILE = Path(__file__).parents[1] / "examples/studies/machine_tending/study.yaml"
TODAY = "2026-11-27"


def one_concept(study: Study) -> Study:
    """Return the study with its first concept alone, one seed, one shift and no dependencies."""
    file = study.file
    first = {kind: getattr(file.concepts, kind)[:1] for kind in ("arms", "grippers")}
    smaller = {
        "task": file.task.model_copy(update={"seeds": 1, "shifts": 1}),
        "concepts": file.concepts.model_copy(update=first),
        "dependencies": None,
    }
    return Study(file.model_copy(update=smaller), study.document)


def measure() -> float:
    """Return the processor time (s) of this process and of the study's own processes."""
    study = one_concept(read_study(FILE))
    start = _processor_time()
    result = run_study(study, StudyResources(), TODAY, "bench")
    taken = _processor_time() - start
    assert result.comparison[0].good == 1, result.comparison[0]
    return taken


def _processor_time() -> float:
    """Return the processor time (s) of this process and of its ended children so far."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    print(f"{measure():.1f}")
