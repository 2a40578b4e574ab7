"""The page: self-contained, accessible, in two languages, and with careful statements."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from page_reader import Read, read_page
from sample_parts import SECTION, business
from study_sample import page_text, parsed, sample

from cellkit.cli.output import write_text
from cellkit.errors import ConfigError
from cellkit.study.business import change_over, finance, remarks
from cellkit.study.cycle.config import CycleConfig
from cellkit.study.cycle.table import LINES
from cellkit.study.dependencies.suppliers import VIEWS
from cellkit.study.energy.certainty import TEXTS
from cellkit.study.feasibility.sentences import SENTENCES
from cellkit.study.report.language import CODES, LanguageCode, language, placeholders
from cellkit.study.report.plotly_script import library
from cellkit.study.report.write import csv_text, html_text, json_text
from cellkit.study.result import StudyResult

SAFE = {"en": re.compile(r"\bsafe\b", re.IGNORECASE), "nl": re.compile(r"\bveilige?\b", re.IGNORECASE)}


@pytest.fixture(scope="module")
def result() -> StudyResult:
    return sample()


@pytest.fixture(scope="module", params=CODES)
def code(request: pytest.FixtureRequest) -> LanguageCode:
    language_code: LanguageCode = request.param
    return language_code


@pytest.fixture(scope="module")
def text(code: LanguageCode) -> str:
    return page_text(code)


@pytest.fixture(scope="module")
def page(code: LanguageCode) -> Read:
    return parsed(code)


def _words(page: Read) -> str:
    return " ".join([*page.loose, *(one.text for one in page.traced)])


def test_the_page_loads_nothing_and_its_policy_forbids_loading(page: Read) -> None:
    assert page.loads == []
    assert all(anchor.startswith("#") for anchor in page.anchors)
    assert page.policy.startswith("default-src 'none';")
    assert "http" not in page.policy
    assert len(page.scripts) == 2
    assert page.policy.count("'sha256-") == 2


def test_links_lead_to_parts_of_the_page_and_ids_are_unique(page: Read) -> None:
    assert len(set(page.ids)) == len(page.ids)
    assert {anchor.removeprefix("#") for anchor in page.anchors} <= set(page.ids)


def test_texts_of_a_study_never_become_markup(text: str) -> None:
    before_scripts = text.split("<script>", 1)[0]
    assert "Voorbeeld B.V. &lt;techniek&gt; &amp; co" in before_scripts
    assert "<techniek>" not in before_scripts
    assert "<slipped>" not in before_scripts


def test_the_page_contains_the_library_once_with_its_licence(text: str) -> None:
    assert text.count(library()[:400]) == 1
    assert "Licensed under the MIT license" in text


def test_tables_and_plots_are_accessible(text: str) -> None:
    body = text.split("<script>", 1)[0]
    tables = re.findall(r"<table[^>]*>.*?</table>", body, re.DOTALL)
    assert len(tables) > 30
    for table in tables:
        assert re.match(r"<table[^>]*><caption><span>\S", table)
        assert 'scope="col"' in table
        assert 'scope="row"' in table
    pictures = re.findall(r'<div id="plot-\d+" class="plot" role="img" aria-labelledby="(.*?)"', body)
    assert pictures
    assert all(f'id="{name}"' in body for name in pictures)


def test_a_verdict_is_never_a_colour_alone(text: str) -> None:
    badges = re.findall(r'class="badge \w+">(.*?)</span> (.*?)</span>', text.split("<script>", 1)[0])
    assert badges
    assert all(re.sub("<.*?>", "", word).strip() for _, word in badges)


def test_the_page_states_that_it_does_not_cover_safety(page: Read) -> None:
    words = _words(page)
    scope = {"en": "does not say that a robot, a gripper or a cell is safe", "nl": "zegt niet dat een robot"}
    stop = {"en": "A functional stop is not a safety function", "nl": "Een functionele stop is geen veiligheidsfunctie"}
    work = {"en": "Risk assessment and CE conformity were not part of it", "nl": "Risicobeoordeling en CE-conformiteit"}
    for sentence in (scope, stop, work):
        assert sentence[page.language] in words


def test_the_word_safe_is_in_one_sentence_only_which_denies_it(code: LanguageCode) -> None:
    texts = language(code).texts
    assert [key for key, one in texts.items() if SAFE[code].search(one)] == ["summary.safety"]


def test_a_concept_that_is_not_feasible_has_a_reason(page: Read) -> None:
    words = " ".join(_words(page).split())
    because = {"en": "Not feasible, because", "nl": "Niet haalbaar, want"}[page.language]
    assert words.count(because) >= 2  # the cell that cannot be built, and the tolerance that no arm meets
    assert "there is no adapter" in words


def test_missing_parts_of_a_study_are_named(result: StudyResult) -> None:
    only = result.concepts[0].model_copy(
        update=dict.fromkeys(("feasibility", "reach_map", "runs", "cycle", "shift", "energy", "business"))
    )
    bare = result.model_copy(
        update={"concepts": [only], "dependencies": [], "criteria": [], "assumptions": [], "comparison": []}
    )
    page = read_page(html_text(bare, "en"))
    words = _words(page)
    assert words.count(language("en").plain("not_part")) == 8  # six parts, the comparison, the dependencies
    assert language("en").plain("register.none") in words
    assert page.plots == []
    assert len(page.scripts) == 1  # the library is for plots


def test_a_case_that_never_pays_back_says_so(result: StudyResult, code: LanguageCode) -> None:
    first = result.concepts[0]
    hopeless = business(first.arm, first.gripper, operators=3.0)
    assert hopeless.after_tax.payback is None
    assert hopeless.change_over is not None
    assert hopeless.change_over.break_even is None
    concept = first.model_copy(update={"business": hopeless})
    words = html_text(result.model_copy(update={"concepts": [concept, *result.concepts[1:]]}), code)
    assert "{&#x27;" not in words
    assert "{'key'" not in words
    shown = _words(read_page(words))
    assert {"en": "not within", "nl": "niet binnen"}[code] in shown
    reason = {"en": "the running cost of a part is not lower", "nl": "een stuk kost op de cel niet minder"}
    assert reason[code] in shown


def test_every_key_of_a_result_has_a_text(code: LanguageCode) -> None:
    words = language(code)
    wanted = [f"line.{line}" for line in LINES]
    assumed = ("gripper", "part_present", "settling", "handshake", "vision", "entries")
    assert set(assumed) <= {*CycleConfig.model_fields}
    wanted += [f"assumed_line.{name}" for name in assumed]
    wanted += [f"energy_code.{name}" for name in TEXTS]
    wanted += [f"check.{key.split('.')[0]}" for key in SENTENCES if not key.startswith("not_checked.")]
    keys = re.findall(r'key="([a-z_.]+)"', Path(remarks.__file__).read_text(encoding="utf-8"))
    assert len(keys) > 10
    keys += re.findall(r'Measure\(None, "([a-z_.]+)"', Path(finance.__file__).read_text(encoding="utf-8"))
    keys += re.findall(r'key="([a-z_.]+)"', Path(change_over.__file__).read_text(encoding="utf-8"))
    assert {"irr.lost", "payback.never", "change_over.no_saving"} <= {*keys}
    wanted += [f"remark.{key}" for key in keys]
    wanted += [f"view.{view}" for view in VIEWS]
    wanted += [f"metric.L{number}" for number in range(1, 13)]
    wanted += [f"capex.{part}" for part in SECTION["capex"]]
    assert [key for key in wanted if key not in words] == []


def test_both_languages_have_the_same_texts_with_the_same_blanks() -> None:
    english, dutch = (language(code).texts for code in CODES)
    assert english.keys() == dutch.keys()
    for key in english:
        assert placeholders(english[key]) == placeholders(dutch[key]), key
        assert english[key]
        assert dutch[key]


def test_files_are_written_in_each_format(result: StudyResult, tmp_path: Path) -> None:
    texts = {"r.html": html_text(result, "nl"), "r.json": json_text(result), "r.csv": csv_text(result)}
    for name, text in texts.items():
        write_text(text, tmp_path / name)
    assert '<html lang="nl">' in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert (tmp_path / "r.json").read_text(encoding="utf-8").startswith('{\n "schema": "cellkit/study-result/1"')
    assert (tmp_path / "r.csv").read_bytes().startswith(b"concept,path,value,unit\r\n")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_text(texts["r.json"], tmp_path / "missing" / "r.json")
