"""The page: complete, self-contained, and safe from markup in a file's text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from matrix_rig import HOME, TEXT, planned, record, report_of, scenario

from cellkit.study.matrix.page import page
from cellkit.study.matrix.programs import ProgramText
from cellkit.study.matrix.report import MatrixReport
from cellkit.study.matrix.work import Outcome

EVIL = '</td><script>alert("x")</script>&'
VOID = {"meta", "br", "wbr"}


class Reader(HTMLParser):
    """Checks that tags close in order, and collects texts, ids and links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.labels: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(str(value))
            if name in ("src", "href", "xlink:href"):
                self.links.append(str(value))
            if name == "aria-label":
                self.labels.append(str(value))
            assert not name.startswith("on"), f"<{tag} {name}>"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def two_scenarios(tmp_path: Path, changed: bool = False) -> MatrixReport:
    files = [scenario(tmp_path / name, HOME, name, title=f"'{EVIL}'") for name in ("one", "two")]
    plan = planned(*files, arms="ur5e,tx2-60", paths="direct,wire")
    outcomes = []
    for job in plan.jobs():
        bad = job.entry.name == "two" and job.entry.path == "wire"
        ran = record(
            job.entry.name,
            job.entry.label,
            job.entry.path,
            error=0.009 if bad else None if job.entry.name == "one" else 0.001,
            failure=EVIL if bad else None,
        )
        other = ProgramText((("program.py", "async def main(cell):\n    ...\n"),))
        outcomes.append(Outcome(ran, other if changed and bad else TEXT))
    return report_of(plan, outcomes)


def test_the_page_is_complete_and_needs_no_other_file(tmp_path: Path) -> None:
    text = page(two_scenarios(tmp_path))
    found = Reader(text)
    assert found.open == []
    assert "script" not in found.tags
    assert not {"link", "img", "iframe", "object", "base", "form"} & set(found.tags)
    assert all(link.startswith("#") for link in found.links)
    assert not re.search(r"url\((?!#)|@import", text)
    assert len(found.ids) == len(set(found.ids)), "ids of several figures must differ"
    targets = {link[1:] for link in found.links} | set(re.findall(r"url\(#([^)]+)\)", text))
    assert targets <= set(found.ids)
    assert text.count("<svg") == len(found.labels) == 2
    assert found.labels[1].startswith(
        "two: 2 of 3 runs good on 2 arms; mean cycle times from 2.50 to 2.50 s; the worst"
    )


def test_the_texts_of_the_page(tmp_path: Path) -> None:
    report = two_scenarios(tmp_path)
    words = " ".join(" ".join(Reader(page(report)).words).split())
    assert "5 of 6 runs good" in words
    assert "0 program lines changed" in words
    assert "✗ 0/1 ≥0 %" in words
    assert "✓ 1/1 ≥5 %" in words
    assert "no wire path for tx2-60" in words
    assert EVIL in words, "shown as plain text"
    assert "10 good runs of 10 prove 74%" in words
    assert "no robot moved" in words
    assert "not electric energy" in words
    assert report.programs[0].sha256 in words
    assert "9.00 !" in words, "beyond its tolerance"
    assert "Not all runs of a scenario had the same program text" not in words


def test_a_changed_program_is_reported(tmp_path: Path) -> None:
    words = " ".join(" ".join(Reader(page(two_scenarios(tmp_path, changed=True))).words).split())
    assert "1 program lines changed" in words
    assert "Not all runs of a scenario had the same program text" in words


def test_the_same_report_gives_the_same_page(tmp_path: Path) -> None:
    report = two_scenarios(tmp_path)
    assert page(report) == page(report)


@pytest.mark.parametrize("paths", ["direct", "wire"])
def test_one_path_alone(tmp_path: Path, paths: str) -> None:
    plan = planned(scenario(tmp_path / "job", HOME), paths=paths)
    found = Reader(page(report_of(plan, [Outcome(record(path=paths), TEXT)])))
    assert found.open == []
    assert "Nothing: every chosen arm" in " ".join(found.words)
