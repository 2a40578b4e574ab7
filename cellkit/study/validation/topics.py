"""All comparisons by topic."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cellkit.errors import ConfigError
from cellkit.motion.speed_and_separation import NOTICE
from cellkit.study.validation.cycles import cycle_rows
from cellkit.study.validation.formulas import binomial_vectors, contact_vectors, pose_vector, separation_vector
from cellkit.study.validation.grips import friction_row, suction_row
from cellkit.study.validation.published import Row
from cellkit.study.validation.recorded_moves import recorded_rows
from cellkit.study.validation.stops import stop_rows
from cellkit.study.validation.worlds import energy_rows, impact_row, pose_rows
from cellkit.yamlfile import near_names

TOPICS: dict[str, tuple[str, Callable[[], list[Row]]]] = {
    "iso9283": ("Poses by ISO 9283", lambda: [*pose_vector(), *pose_rows()]),
    "cycle": ("Cycle 25/305/25 and alike", cycle_rows),
    "move": ("Recorded joint moves of real arms", recorded_rows),
    "stop": ("Stopping of UR arms (category 0)", stop_rows),
    "separation": ("Speed and separation monitoring", separation_vector),
    "contact": ("Contact between robot and person, or plate", lambda: [*contact_vectors(), impact_row()]),
    "grip": ("Suction and friction grips", lambda: [suction_row(), friction_row()]),
    "energy": ("Energy and peak power", energy_rows),
    "binomial": ("What successes prove", binomial_vectors),
}
"""Title, and the function that makes the rows."""
NOTICES = {"stop": NOTICE, "separation": NOTICE, "contact": NOTICE}
"""The notice that must be shown beside a topic's figures."""


def chosen(topics: Sequence[str]) -> list[str]:
    """Return the named topics, or all. Raises ``ConfigError`` for an unknown one."""
    for topic in topics:
        if topic not in TOPICS:
            raise ConfigError(f"unknown topic {topic!r}; {near_names(topic, TOPICS)}")
    return [topic for topic in TOPICS if not topics or topic in topics]


def rows_of(topic: str) -> list[Row]:
    """Make all comparisons of a topic. May take some seconds of simulation."""
    return TOPICS[topic][1]()
