"""All bad inputs."""

from __future__ import annotations

from functools import cache
from itertools import chain

from case import Case, sample
from file_cases import file_cases
from log_cases import log_cases
from option_cases import option_cases
from program_cases import program_cases
from recording_cases import recording_cases
from urdf_cases import urdf_cases
from yaml_cases import cut_cases, yaml_cases


@cache
def all_cases() -> list[Case]:
    """Return some 4,000 distinct bad inputs of all kinds; of the largest kinds a sample."""
    many = chain(
        sample(list(yaml_cases()), 1200),
        cut_cases(),
        sample(list(option_cases()), 1200),
        sample(list(recording_cases()), 800),
        sample(list(log_cases()), 300),
        file_cases(),
        program_cases(),
        urdf_cases(),
    )
    return list({case.name: case for case in many}.values())
