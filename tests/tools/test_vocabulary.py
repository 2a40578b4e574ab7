"""The vocabulary check finds its words in texts, and in nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
import vocabulary
from vocabulary import Vocabulary, help_texts, mask_for, search_project

WORDS: dict[str, Any] = {
    "scan": {"folders": ["cellkit", "docs", "tests"], "files": ["README.md"], "skip": ["docs/nl.yaml"]},
    "word": [
        {"find": ["told"], "use": "reported", "reason": "r"},
        {"find": ["may not"], "use": "must not", "reason": "r"},
        {
            "find": ["See ``X``"],
            "pattern": "(?<=\0)see `+\1+`+\\.?(?=\0)",
            "needs": ["see `"],
            "use": "-",
            "reason": "r",
        },
    ],
}


def found(name: str, text: str, **more: Any) -> list[tuple[int, str]]:
    words = Vocabulary.of(WORDS | more)
    mask = mask_for(name)
    assert mask is not None
    masked = mask(text)
    assert len(masked) == len(text) or name.endswith(".ipynb")
    assert masked.count("\n") == text.count("\n")
    return [(hit.line, hit.word) for hit in words.search(name, masked, words.possible_in(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"""It is told."""', [(1, "told")]),
        (
            'def f():\n    """One.\n\n    What it is Told, and what it may\n    not do.\n    """',
            [(4, "told"), (4, "may not")],
        ),
        ("x = 1  # as told", [(1, "told")]),
        ("# it may\n# not be", [(1, "may not")]),
        ('raise ValueError("told")', [(1, "told")]),
        ('raise ValueError(f"{told} is wrong")', []),
        ('print(f"{a[0]:{told}} told {told!r}")', [(1, "told")]),
        ('x = ("it may "\n     f"not {y}")', [(1, "may not")]),
        ('x = ("it may ",\n     f"not {y}")', []),
        ('x = "this was told twice"', [(1, "told")]),
        ('x = {"told": 1}', []),
        ("told = self.told(told=told)", []),
        ('"""With ``told`` and `told`."""', []),
        ('"""``a`` is told ``b``."""', [(1, "told")]),
        ('"""Untold, told_by, retold."""', []),
        ('x = b"it was told so"', []),
        ("x = '#'  # told", [(1, "told")]),
        ('def f():\n    """See ``Arm.stop``."""', [(2, "See ``X``")]),
        ('def f():\n    """Return it. See ``Arm.stop``."""', []),
        ('typer.Option("--a", help="told")', [(1, "told")]),
    ],
)
def test_python_texts_are_searched_and_code_is_not(text: str, expected: list[tuple[int, str]]) -> None:
    assert found("cellkit/a.py", text) == expected


def test_data_in_tests_is_not_searched() -> None:
    text = '"""Told."""\nA = """\nit was told so\n"""\nB = "it was told so"  # told\n'
    assert found("tests/test_a.py", text) == [(1, "told"), (5, "told")]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "docs/a.md",
            "It is\ntold. `told`\n```python\ntold = 1  # told\n```\n\ntold",
            [(2, "told"), (4, "told"), (7, "told")],
        ),
        ("cellkit/a.yaml", "told: 1\nkey: was told\n- told: x # told\n'told x': y", [(2, "told"), (3, "told")]),
        ("cellkit/a.toml", 'told = 1\nkey = "was told"', [(2, "told")]),
        (
            "cellkit/a.js",
            "const told = `it was told ${told}`; // told\n/* may\n * not */",
            [(1, "told"), (1, "told"), (2, "may not")],
        ),
        ("cellkit/a.html", '<p id="told" title="told">told</p>', [(1, "told"), (1, "told")]),
    ],
)
def test_documents_are_searched(name: str, text: str, expected: list[tuple[int, str]]) -> None:
    assert found(name, text) == expected


def test_a_notebook_s_markdown_and_comments_are_searched() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["Title\n", "as told"]},
        {"cell_type": "code", "source": ["told = 1\n", "# told"], "outputs": ["told"]},
    ]
    assert [word for _, word in found("docs/a.ipynb", json.dumps({"cells": cells}, indent=1))] == ["told", "told"]


def test_an_exception_holds_for_its_file_and_phrase_only() -> None:
    allowed = [{"file": "docs/*.md", "phrase": "told by the standard", "reason": "r"}]
    text = "As told by the standard, as told."
    assert found("docs/a.md", text, allowed=allowed) == [(1, "told")]
    assert len(found("README.md", text, allowed=allowed)) == 2


def test_the_files_of_a_project_are_searched(tmp_path: Path) -> None:
    for name in ("README.md", "docs/nl.yaml", "docs/a.md", "cellkit/.cache/a.py", "cellkit/a.png", "tests/a.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("# told", "utf-8")
    findings = search_project(Vocabulary.of(WORDS), tmp_path)
    assert list(map(str, findings)) == [
        "docs/a.md:1: 'told' → use 'reported'",
        "README.md:1: 'told' → use 'reported'",
    ]


def test_the_help_of_every_command_is_searched() -> None:
    app, below = typer.Typer(), typer.Typer()
    app.add_typer(below, name="users")

    @app.command()
    def run(arm: Annotated[str, typer.Option(help="Which arm")] = "") -> None:
        """Run it."""

    @below.command()
    def add(name: Annotated[str, typer.Argument(help="The name")]) -> None:
        """Add one."""

    texts = dict(help_texts(typer.main.get_command(app), "cellkit"))
    assert texts["cellkit run --help"] == "Run it."
    assert texts["cellkit users add --help"] == "Add one."
    assert "Which arm" in texts["cellkit run --arm"]
    assert "The name" in texts["cellkit users add name"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "words.toml").write_text(
        'scan = {files = ["README.md"]}\n'
        'word = [{find = ["told"], use = "reported", reason = "r"},\n'
        '        {find = ["says"], use = "states", reason = "r", advice = true}]\n'
        'allowed = [{file = "README.md", phrase = "told so", reason = "r"}]\n',
        "utf-8",
    )
    monkeypatch.setattr(vocabulary, "WORDS", tmp_path / "words.toml")
    monkeypatch.setattr(vocabulary, "PROJECT", tmp_path)
    monkeypatch.setattr(vocabulary, "search_help", lambda _: [])
    return tmp_path


def test_a_banned_word_fails_the_check(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "README.md").write_text("told so\nIt says what is told", "utf-8")
    assert vocabulary.main([]) == 1
    assert capsys.readouterr().out == "README.md:2: 'told' → use 'reported'\n"
    assert vocabulary.main(["--json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)
    assert finding == {"file": "README.md", "line": 2, "word": "told", "use": "reported", "reason": "r"}
    assert vocabulary.main(["--summary"]) == 1
    assert capsys.readouterr().out.split() == ["1", "README.md"]


def test_advice_does_not_fail_the_check(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "README.md").write_text("It says: told so", "utf-8")
    assert vocabulary.main([]) == 0
    assert not capsys.readouterr().out
    assert vocabulary.main(["--advice"]) == 0
    assert "'says' → use 'states'" in capsys.readouterr().out


def test_an_exception_that_nothing_needs_fails_the_check(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "README.md").write_text("Clean.", "utf-8")
    assert vocabulary.main([]) == 1
    assert "no text needs the exception README.md" in capsys.readouterr().err


def test_each_row_of_the_project_s_list_has_a_replacement_and_a_reason() -> None:
    words = Vocabulary.read(vocabulary.WORDS)
    assert all(word.use and word.reason for word in words.words)
    assert all(exemption.reason for exemption in words.exemptions)
    sentences = {
        "nobody": "Nobody has read it.",
        "is there": "An error if the server is not there.",
        "which … has not": "It needs a brake, which the driver of X has not.",
        "maker": "the maker's manual",
    }
    assert {word: words.search("a.md", text, words.possible_in(text))[0].word for word, text in sentences.items()} == {
        word: word for word in sentences
    }
    correct = "A driver that has not started is not there yet; he who has not read it has no name."
    assert not words.search("a.md", correct, [word for word in words.words if not word.advice])
