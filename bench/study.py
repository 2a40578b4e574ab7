"""The shipped study of a machine tended by a robot: processor time of one concept or more, with all processes.

One seed instead of five, one shift instead of three, and no dependencies, whose runs are those of other concepts.
"""

from __future__ import annotations

import resource
from pathlib import Path

from cellkit.study.run_study import StudyResources, run_study
from cellkit.study.study_file import Study, read_study

FILE = Path(__file__).parents[1] / "examples/studies/machine_tending/study.yaml"
TODAY = "2026-11-27"


def smaller_study(study: Study, arms: int, grippers: int) -> Study:
    """Return the study with its first arms and grippers alone, one seed, one shift and no dependencies."""
    file = study.file
    first = {"arms": file.concepts.arms[:arms], "grippers": file.concepts.grippers[:grippers]}
    smaller = {
        "task": file.task.model_copy(update={"seeds": 1, "shifts": 1}),
        "concepts": file.concepts.model_copy(update=first),
        "dependencies": None,
    }
    return Study(file.model_copy(update=smaller), study.document)


def measure(arms: int = 1, grippers: int = 1) -> float:
    """Return the processor time (s) of all processes; a concept is one of the arms with one of the grippers."""
    study = smaller_study(read_study(FILE), arms, grippers)
    start = _processor_time()
    result = run_study(study, StudyResources(), TODAY, "bench")
    taken = _processor_time() - start
    assert all(concept.good == 1 for concept in result.comparison), result.comparison
    return taken


def _processor_time() -> float:
    """Return the processor time (s) of this process and of its ended children so far."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    print(f"{measure():.1f}")
