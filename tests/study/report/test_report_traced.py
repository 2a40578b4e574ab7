"""Every figure and every text of the page, the plots and the CSV comes from the JSON and carries its pointer."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from typing import Any

import pytest
from page_reader import Read
from study_sample import parsed, sample

from cellkit.study.report.csv_file import csv_text
from cellkit.study.report.formats import FORMATS, by_spec
from cellkit.study.report.language import CODES, language
from cellkit.study.report.node import Node, value_at
from cellkit.study.report.write import json_text
from cellkit.study.result import StudyResult

NAMES = re.compile(r"ISO \d+(-\d+)?|SHA-\d+|p95|\b95(th percentile|e percentiel)|L\d+\b")
"""Names with digits that are allowed in a text of the report itself."""
DIGIT = re.compile(r"\d")


@pytest.fixture(scope="module")
def result() -> StudyResult:
    return sample()


@pytest.fixture(scope="module")
def document(result: StudyResult) -> Any:
    return json.loads(json_text(result))


@pytest.fixture(scope="module", params=CODES)
def page(request: pytest.FixtureRequest) -> Read:
    return parsed(request.param)


def test_every_figure_is_that_of_the_json(page: Read, document: Any) -> None:
    words = language(page.language)  # type: ignore[arg-type]
    figures = [one for one in page.traced if "data-path" in one.attributes]
    assert len(figures) > 1000
    for one in figures:
        value = value_at(document, one.attributes["data-path"])
        assert not isinstance(value, bool)
        assert isinstance(value, int | float)
        assert float(one.attributes["value"]) == value
        if "data-spec" in one.attributes:
            assert one.text == by_spec(value, one.attributes["data-spec"], words)
        else:
            assert one.text == FORMATS[one.attributes["data-format"]].text(value, words)


def test_every_text_of_the_study_is_that_of_the_json(page: Read, document: Any) -> None:
    words = language(page.language)  # type: ignore[arg-type]
    kinds = {"data-text": 0, "data-choice": 0, "data-key": 0}
    for one in page.traced:
        attributes = one.attributes
        if "data-text" in attributes:
            kinds["data-text"] += 1
            assert one.text == value_at(document, attributes["data-text"])
        elif "data-choice" in attributes:
            kinds["data-choice"] += 1
            value = value_at(document, attributes["data-choice"])
            word = str(value).lower() if isinstance(value, bool) else value
            assert one.text == words.plain(f"{attributes['data-group']}.{word}")
        elif "data-key" in attributes:
            kinds["data-key"] += 1
            value_at(document, attributes["data-key"])
            name = attributes["data-key"].rpartition("/")[2]
            known = f"{attributes.get('data-group')}.{name}"
            assert one.text == (words.plain(known) if known in words else name)
    assert all(kinds.values())


def test_no_other_text_of_the_page_has_a_digit(page: Read) -> None:
    loose = [NAMES.sub("", text) for text in [*page.loose, *page.titles]]
    assert [text for text in loose if DIGIT.search(text)] == []


def test_texts_of_the_report_have_no_figures_of_their_own() -> None:
    for code in CODES:
        for key, text in language(code).texts.items():
            assert not DIGIT.search(NAMES.sub("", text)), (code, key)


def test_every_figure_of_a_plot_is_that_of_the_json(page: Read, document: Any) -> None:
    assert len(page.plots) > 20
    for plot in page.plots:
        known = set()
        for source in plot["sources"]:
            known.add((source["trace"], source["key"]))
            shown = plot["data"][source["trace"]]
            for step in source["key"].split("."):
                shown = shown[step]
            assert shown == _scaled(_wanted(source, document), source["factor"])
        for number, trace in enumerate(plot["data"]):
            for key in ("x", "y", "z", "text"):
                if key in trace and (number, key) not in known:
                    assert all(isinstance(one, str) and not DIGIT.search(one) for one in trace[key]), (key, trace)


def _wanted(source: dict[str, Any], document: Any) -> Any:
    if not source["whole"]:
        return [value_at(document, pointer) if pointer else None for pointer in source["pointers"]]
    whole = value_at(document, source["pointers"][0])
    return whole if source["column"] is None else [row[source["column"]] for row in whole]


def _scaled(value: Any, factor: float) -> Any:
    if isinstance(value, list):
        return [_scaled(one, factor) for one in value]
    return value if value is None or isinstance(value, str) else value * factor


def test_the_json_is_the_whole_result(result: StudyResult) -> None:
    assert StudyResult.model_validate_json(json_text(result)) == result


def test_the_csv_has_every_value_of_the_json_and_the_units_of_printed_figures(
    result: StudyResult, document: Any
) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text(result), newline="")))
    assert [row["path"] for row in rows] == [pointer for pointer, _ in _leaves(document, "")]
    for row, (_, value) in zip(rows, _leaves(document, ""), strict=True):
        if isinstance(value, str):
            assert row["value"].removeprefix("'") == value.removeprefix("'")
        else:
            assert json.loads(row["value"]) == value
    by_path = {row["path"]: row for row in rows}
    assert by_path["/comparison/0/cycle_mean"]["unit"] == "s"
    assert by_path["/concepts/1/runs/worst_error"] == {
        "concept": "ur5e · egh", "path": "/concepts/1/runs/worst_error", "value": "0.00123", "unit": "m",
    }  # fmt: skip
    assert by_path["/header/title"]["concept"] == ""


def _leaves(value: Any, pointer: str) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        pairs = [(key.replace("~", "~0").replace("/", "~1"), one) for key, one in value.items()]
    elif isinstance(value, list):
        pairs = [(str(number), one) for number, one in enumerate(value)]
    else:
        return [(pointer, value)]
    return [leaf for key, one in pairs for leaf in _leaves(one, f"{pointer}/{key}")]


@pytest.mark.parametrize(
    ("value", "form", "english", "dutch"),
    [
        (1234.5, "s", "1,234.50\u202fs", "1.234,50\u202fs"),
        (-38066.4, "EUR", "\u2212€\u202f38,066", "\u2212€\u202f38.066"),
        (0.00123, "mm", "1.23\u202fmm", "1,23\u202fmm"),
        (-0.0001, "signed_percent1", "0.0\u202f%", "0,0\u202f%"),
        (0.0187, "signed_percent1", "+1.9\u202f%", "+1,9\u202f%"),
        (0.0000125, "plain", "0.0000125", "0,0000125"),
        (150000, "plain", "150,000", "150.000"),
        (2.8504, "years", "2.85\u202fyears", "2,85\u202fjaar"),
        (0, "plain", "0", "0"),
    ],
)
def test_figures_follow_the_language(value: float, form: str, english: str, dutch: str) -> None:
    assert FORMATS[form].text(value, language("en")) == english
    assert FORMATS[form].text(value, language("nl")) == dutch


def test_the_rounding_error_is_at_most_half_the_last_digit() -> None:
    english = language("en")
    for form in FORMATS.values():
        for exponent in range(-5, 7):
            value = math.pi * 10.0**exponent
            shown = float(form.number(value, english).replace(",", ""))
            digits = form.digits
            if form.significant is not None:
                digits = max(0, form.significant - 1 - math.floor(math.log10(value * form.factor)))
            assert abs(shown - value * form.factor) <= 0.5 * 10.0**-digits * (1 + 1e-9)


def test_pointers_escape_special_characters() -> None:
    node = Node({"a/b": {"~c": [1, 2]}})["a/b"]["~c"][1]
    assert node.pointer == "/a~1b/~0c/1"
    assert value_at({"a/b": {"~c": [1, 2]}}, node.pointer) == 2


def test_both_languages_have_the_same_figures_from_the_same_places() -> None:
    english, dutch = (
        sorted(one.attributes["data-path"] for one in parsed(code).traced if "data-format" in one.attributes)
        for code in CODES
    )
    assert english == dutch
