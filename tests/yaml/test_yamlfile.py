"""YAML files: strict, with the line of everything that is wrong, and never anything but ``ConfigError``."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import Field

from cellkit.cell.config import CellFile
from cellkit.errors import ConfigError
from cellkit.scenario.config import ScenarioFile
from cellkit.yamlfile import MAX_BYTES, StrictModel, near_names, read_yaml, validate


class Circle(StrictModel):
    kind: Literal["circle"]
    radius: float


class Square(StrictModel):
    kind: Literal["square"]
    width: float
    corners: list[Circle] = []


Shape = Annotated[Circle | Square, Field(discriminator="kind")]
Name = Annotated[str, Field(pattern="^[a-z]+$")]


class Drawing(StrictModel):
    title: str = ""
    frame: Square | None = None
    shapes: dict[Name, Shape] = {}
    length: Annotated[float | str, Field()] = 0.0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "drawing.yaml"


def complaint(file: Path, text: str) -> ConfigError:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        validate(Drawing, read_yaml(file))
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_good_file_and_its_lines(file: Path) -> None:
    file.write_text("title: x\nshapes:\n  a: {kind: circle, radius: 1}\n  b:\n    kind: square\n    width: 2.5\n")
    document = read_yaml(file)
    drawing = validate(Drawing, document)
    assert isinstance(drawing.shapes["b"], Square)
    assert document.line(("shapes", "b", "width")) == 6
    assert document.line(("shapes", "b", "nothing", "there")) == 4, "the nearest that is in the file"
    assert document.line(()) == 1
    assert str(document.error("no", ("shapes", "a"))) == f"{file}:3: no"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("title: x\ntitle: y\n", 2, "'title' is given twice (first on line 1)"),
        ("shapes:\n  a: {kind: circle, radius: 1}\n  b: {kind: circle, radius: 1}\n  a: 5\n", 4, "first on line 2"),
        ("shapes:\n  a: {kind: circle, radius: 1,\n      radius: 2}\n", 3, "'radius' is given twice (first on line 2)"),
        ("titel: x\n", 1, "unknown key 'titel'; did you mean title?"),
        ("zzz: x\n", 1, "unknown key 'zzz'; valid: frame, length, shapes, title"),
        ("frame:\n  kind: square\n  with: 1\n", 3, "unknown key 'frame.with'; did you mean width?"),
        ("shapes:\n  a:\n    kind: square\n    radius: 1\n    width: 1\n", 4, "valid: corners, kind, width"),
        ("shapes:\n  a:\n    kind: circle\n    radios: 1\n", 4, "'shapes.a.radios'; did you mean radius?"),
        (
            "shapes:\n  a:\n    kind: square\n    width: 1\n    corners:\n      - kind: circle\n        radus: 1\n",
            7,
            "unknown key 'shapes.a.corners.0.radus'; did you mean radius?",
        ),
        ("shapes:\n  a: {radius: 1}\n", 2, "'shapes.a.kind' is missing"),
        ("shapes:\n  a: {kind: circel, radius: 1}\n", 2, "unknown kind 'circel'; did you mean circle?"),
        ("shapes:\n  a: {kind: 5, radius: 1}\n", 2, "unknown kind '5'; valid: circle, square"),
        ("shapes:\n  a: {kind: circle}\n", 2, "'shapes.a.radius' is missing"),
        ("shapes:\n  A: {kind: circle, radius: 1}\n", 2, "'A' is not a valid name"),
        ("shapes: []\n", 1, "shapes: expected a mapping of keys to values"),
        ("frame: 5\n", 1, "frame: expected a mapping of keys to values (got 5)"),
        ("length: [1]\n", 1, "length: "),
        ("length: .inf\n", 1, "length: input should be a finite number (got inf)"),
        ("title: 5\n", 1, "title: input should be a valid string (got 5)"),
        ("title: yes\n", 1, "title: input should be a valid string (got True)"),
        ("frame: {kind: square, width: '5'}\n", 1, "frame.width: input should be a valid number (got '5')"),
        ("frame: {kind: square, width: on}\n", 1, "frame.width: input should be a valid number (got True)"),
        ("title: 1\nx: 2\n", 2, "unknown key 'x'"),
        ("? [a]\n: b\n", 1, "a key must be plain text"),
        ("title: !!timestamp x\n", 1, "bad value: 'x' is no timestamp"),
        ("title: !!bool x\n", 1, "bad value: 'x' is no bool"),
        ("title: !own x\n", 1, "bad value: could not determine a constructor"),
        ("title: " + "9" * 9000 + "\n", 1, "bad value: '999"),
        ("<<: {title: x}\n", 1, "unknown key '<<'"),
        ("title: *x\n", 1, "found undefined alias 'x'"),
        ("title: 'x\n", 2, "is not valid YAML"),
        ("shapes:\n\ta: b\n", 2, "is not valid YAML"),
    ],
)  # fmt: skip
def test_complaints(file: Path, text: str, line: int, said: str) -> None:
    error = complaint(file, text)
    assert error.line == line, error
    assert error.file == file
    assert said in str(error)
    assert len(str(error)) < 400


def test_a_misspelt_key_is_told_before_what_is_missing_because_of_it(file: Path) -> None:
    assert "did you mean radius?" in str(complaint(file, "shapes:\n  a: {kind: circle, radiu: 1}\n"))


def test_dates_and_numbers_of_other_kinds_stay_text_or_are_refused(file: Path) -> None:
    file.write_text("title: 2026-07-01\n")
    assert validate(Drawing, read_yaml(file)).title == "2026-07-01"
    file.write_text("title: 'no'\nlength: 1_000\n")
    assert validate(Drawing, read_yaml(file)).length == 1000


def test_limits_of_size_and_depth(file: Path) -> None:
    assert "is larger than 1 MB" in str(complaint(file, "#" * (MAX_BYTES + 1)))
    file.write_text("#" * (MAX_BYTES - 20) + "\ntitle: x\n")
    assert validate(Drawing, read_yaml(file)).title == "x"
    for brackets in (60, 500, 5000):
        assert "nested" in str(complaint(file, "title: " + "[" * brackets + "]" * brackets))
    assert "nested more than 50 levels deep" in str(complaint(file, "title: &a [*a]\n"))
    laughs = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    laughs += "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    assert "holds too many values (is an alias repeated?)" in str(complaint(file, laughs))


def test_what_is_no_file(tmp_path: Path) -> None:
    for path, said in (
        (tmp_path / "none.yaml", "no such file"),
        (tmp_path, "is a folder"),
        (tmp_path / ("a" * 300), "cannot be read: "),
        (tmp_path / "nul\0.yaml", "cannot be read: "),
        (Path("/dev/zero"), "is larger than 1 MB"),
        (Path("/dev/null"), "is empty"),
    ):
        with pytest.raises(ConfigError, match=said):
            read_yaml(path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match="cannot be read: Not a directory"):
        read_yaml(tmp_path / "file" / "below.yaml")


def test_a_byte_order_mark_is_no_mistake(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbftitle: x\r\n")
    assert validate(Drawing, read_yaml(file)).title == "x"


def test_near_names() -> None:
    assert near_names("ur5", ["ur5e", "gp7"]) == "did you mean ur5e?"
    assert near_names("zzzz", ["b", "a"]) == "valid: a, b"
    assert near_names("x", []) == "there are none"


# --- nothing but ConfigError ----------------------------------------------------------------------------------------

PIECES = [
    *(
        "a",
        "b: ",
        ": ",
        "\n",
        "  ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "&a",
        "*a",
        "|",
        ">",
        "'",
        '"',
        "#",
        "?",
        "---\n",
        "...",
    ),
    *("!!float ", "!!int ", "!!bool ", "!x ", "!!set ", "!!binary ", "!!timestamp ", "%YAML 1.1\n", "<<: ", "\t", "~"),
    *(".nan", "1e5", "0x1F", "1:30", "=", "@", "`", "\x00", "\x85", "\ufeff", "ä", "🤖", "\\", "2026-07-01"),
]
SHORT = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def tried(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    for model in (CellFile, ScenarioFile, Drawing):
        with contextlib.suppress(ConfigError):
            validate(model, read_yaml(path))


@SHORT
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=25))
@example(pieces=["!!float ", '"', '"'])
@example(pieces=["a", ": ", "!!int ", "'", "'"])
def test_pieces_of_yaml(file: Path, pieces: list[str]) -> None:
    tried(file, "".join(pieces).encode())


@SHORT
@given(content=st.binary(max_size=200))
def test_any_bytes(file: Path, content: bytes) -> None:
    tried(file, content)


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just("0.5 reach"))
KEYS = st.sampled_from(
    [
        *("schema", "name", "devices", "robot", "kind", "model", "on", "frames", "in", "xyz", "places", "structures"),
        *("shapes", "box", "nests", "stock", "process", "jitter", "expect", "cell", "program", "seed", "title"),
    ]
)


@SHORT
@given(
    data=st.recursive(
        SCALARS, lambda one: st.lists(one, max_size=3) | st.dictionaries(KEYS, one, max_size=5), max_leaves=25
    )
)
def test_any_data_under_keys_that_exist(file: Path, data: object) -> None:
    import yaml

    tried(file, yaml.safe_dump({"schema": "cellkit/cell/1", "name": "x", "devices": {"robot": data}}).encode())
    tried(file, yaml.safe_dump(data).encode())
