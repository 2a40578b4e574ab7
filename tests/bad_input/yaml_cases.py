"""Every kind of YAML file with a bad value at each of its places."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bad_values
import yaml
from case import Case

from cellkit import registry

ROOT = Path(__file__).parents[2]
JOB = registry.scenario_files()["pick_and_place"].parent
EXERCISE = registry.exercise_files()["frames"].parent
RUN = ("run", "job/scenario.yaml", "--world", "kinematic", "--quantity", "1")


@dataclass(frozen=True)
class Kind:
    """A kind of YAML file: its text, its name in the case's folder, and the command that reads it."""

    name: str
    text: str
    file: str
    words: tuple[str, ...]

    def write(self, folder: Path, text: str) -> None:
        shutil.copytree(JOB, folder / "job", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(EXERCISE, folder / "exercise", ignore=shutil.ignore_patterns("__pycache__"))
        (folder / self.file).write_text(text, encoding="utf-8", errors="surrogatepass")


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


# The study names an arm that does not exist, and the exercise a program: else a right value would begin long runs.
STUDY = _text(ROOT / "examples/studies/palletising/study.yaml").replace("[ur10e, crx-10ia, hc10]", "[zzz]")
PRICES = "schema: cellkit/prices/1\nprices: {ur5e: 28000, gp7: 26000}\nlead_times: {ur5e: 30}\ncapex: 95000\n"
KINDS = (
    Kind("cell", _text(JOB / "cell.yaml"), "job/cell.yaml", RUN),
    Kind("scenario", _text(JOB / "scenario.yaml"), "job/scenario.yaml", RUN),
    Kind("study", STUDY, "study.yaml", ("study", "study.yaml")),
    Kind("arm", _text(registry.model_files()["ur5e"]), "arm.yaml", ("models", "./arm.yaml")),
    Kind("gripper", _text(registry.model_files()["2f-85"]), "hand.yaml", ("models", "./hand.yaml")),
    Kind("sensor", _text(registry.model_files()["axia80-m20"]), "sensor.yaml", ("models", "./sensor.yaml")),
    Kind("exercise", _text(EXERCISE / "exercise.yaml"), "exercise/exercise.yaml", ("grade", "./exercise", "none.py")),
    Kind("prices", PRICES, "prices.yaml", ("dependencies", "zzz", "--prices", "prices.yaml")),
)


def yaml_cases() -> Iterator[Case]:
    """Yield a case for each place of each kind of file and each bad value."""
    for kind in KINDS:
        for number, (start, end) in enumerate(_places(kind.text)):
            for value in bad_values.YAML:
                text = kind.text[:start] + value + kind.text[end:]
                name = f"{kind.name}: {value[:30]!r} at place {number}"
                yield Case(name, kind.words, lambda folder, kind=kind, text=text: kind.write(folder, text))


def cut_cases() -> Iterator[Case]:
    """Yield cases with files that end too early, hold garbage, or hold a line twice."""
    for kind in KINDS:
        lines = kind.text.splitlines(keepends=True)
        for number in range(1, len(lines), max(1, len(lines) // 12)):
            cut = "".join(lines[:number]) + lines[number][: len(lines[number]) // 2]
            twice = "".join([*lines[:number], lines[number - 1], *lines[number - 1 :]])
            for name, text in (("cut in", cut), ("twice", twice)):
                yield Case(
                    f"{kind.name}: {name} line {number}",
                    kind.words,
                    lambda folder, kind=kind, text=text: kind.write(folder, text),
                )


def _places(text: str) -> list[tuple[int, int]]:
    """Return start and end of every value and key that stands on one line."""
    found: dict[tuple[int, int], None] = {}

    def visit(node: yaml.Node) -> None:
        if node.start_mark.line == node.end_mark.line:
            found[node.start_mark.index, node.end_mark.index] = None
        children = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
        if not isinstance(node, yaml.ScalarNode):
            for child in children:
                visit(child)

    visit(yaml.compose(text, Loader=yaml.SafeLoader))
    return list(found)
