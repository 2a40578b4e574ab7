"""Search the project's texts for words that its vocabulary replaces (`vocabulary.toml`).

Docstrings, comments, messages, documents, pages and the help of all commands are searched; code is not. Each finding is
one line, `file:line: 'word' → use 'replacement'`. Exit code 1: there are findings.
"""

from __future__ import annotations

import argparse
import bisect
import fnmatch
import itertools
import json
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
WORDS = Path(__file__).with_name("vocabulary.toml")

CODE = "\0"
"""Stands for a character of code, which is not searched and which no phrase crosses."""
WORD = re.compile(r"\w")
NAME = "\1"
"""Stands for a character of a name between backticks."""
GAP = r"\s+(?:(?:\#|//|\*)\s+)?"
"""What may lie between two words of a phrase: blanks, or a line break in a comment."""

PYTHON = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<prefix>\b[rRbBuUfF]{1,2})?(?P<quote>\"{3}|'{3}|"|')(?P<body>(?:\\.|(?!(?P=quote)).)*)(?P=quote)""",
    re.DOTALL | re.VERBOSE,
)
SCRIPT = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<quote>"|'|`)(?P<body>(?:\\.|(?!(?P=quote)).)*)(?P=quote)""",
    re.DOTALL | re.VERBOSE,
)
MESSAGE = re.compile(
    r"\braise\b|\b(?:print|echo|secho|warn|Option|Argument|Typer)\(|\b(?:help|metavar|message|reason)="
)
"""A line with one of these holds messages, however short."""
PROSE = re.compile(r"[^\W\d_]+(?:[,;:]? [\w{}'’-]+){2}")
"""Three words in a row: text that is meant to be read."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word or phrase that texts do not use."""

    find: str
    use: str
    reason: str
    pattern: re.Pattern[str]
    needs: tuple[str, ...]
    """One of these is in each text, in small letters, that contains the word: a quick look before the search."""
    advice: bool

    def possible_in(self, lowered: str) -> bool:
        """Return whether a text in small letters can contain the word."""
        return any(need in lowered for need in self.needs)


@dataclass(frozen=True, slots=True)
class Finding:
    """A word of the list, found in a text."""

    file: str
    line: int
    """0 for a command's help."""
    word: str
    use: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: '{self.word}' → use '{self.use}'"


@dataclass(slots=True)
class Exemption:
    """A phrase that one file, or the files of a pattern, may use."""

    file: str
    phrase: re.Pattern[str]
    reason: str
    used: bool = False


@dataclass(slots=True)
class Vocabulary:
    """The words to search for, where, and the exceptions."""

    words: list[Word]
    exemptions: list[Exemption] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    skip: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, file: Path) -> Vocabulary:
        """Read the list from a TOML file."""
        return cls.of(tomllib.loads(file.read_text("utf-8")))

    @classmethod
    def of(cls, data: dict[str, Any]) -> Vocabulary:
        """Build the list from the content of a TOML file."""
        words = [
            Word(
                find=name,
                use=row["use"],
                reason=row["reason"],
                pattern=re.compile(row["pattern"]) if "pattern" in row else _phrase(name),
                needs=tuple(row.get("needs", [max(name.lower().split(), key=len)])),
                advice=row.get("advice", False),
            )
            for row in data["word"]
            for name in row["find"]
        ]
        exemptions = [Exemption(row["file"], _phrase(row["phrase"]), row["reason"]) for row in data.get("allowed", [])]
        return cls(words, exemptions, **data.get("scan", {}))

    def possible_in(self, text: str) -> list[Word]:
        """Return the words that a text can contain."""
        lowered = text.lower()
        lowered += " ".join(lowered.replace("# ", "").split())
        return [word for word in self.words if word.possible_in(lowered)]

    def search(self, file: str, text: str, words: Sequence[Word]) -> list[Finding]:
        """Return where one text, whose code is masked already, contains which words."""
        lowered = text.lower()
        exempt = [
            (match.start(), match.end(), exemption)
            for exemption in self.exemptions
            if fnmatch.fnmatch(file, exemption.file)
            for match in exemption.phrase.finditer(lowered)
        ]
        starts = [0, *(match.end() for match in re.finditer("\n", text))]
        found: dict[tuple[int, int], Finding] = {}
        for word in words:
            for match in word.pattern.finditer(lowered):
                if match.start() and WORD.match(lowered, match.start() - 1) and WORD.match(lowered, match.start()):
                    continue  # the end of a longer word
                inside = [e for start, end, e in exempt if start <= match.start() and match.end() <= end]
                for exemption in inside:
                    exemption.used = True
                if not inside and not any(start <= match.start() and match.end() <= end for start, end in found):
                    line = bisect.bisect_right(starts, match.start())
                    found[match.span()] = Finding(file, line, word.find, word.use, word.reason)
        return sorted(found.values(), key=lambda finding: finding.line)

    def project_files(self, root: Path) -> Iterator[Path]:
        """Yield the files to search."""
        inside = (file for folder in self.folders for file in sorted((root / folder).rglob("*")))
        for file in itertools.chain(inside, (root / name for name in self.files)):
            name = file.relative_to(root).as_posix()
            hidden = any(part.startswith(".") or part == "__pycache__" for part in file.relative_to(root).parts[:-1])
            if (
                file.is_file()
                and (name in self.files or not hidden)
                and not any(fnmatch.fnmatch(name, pattern) for pattern in self.skip)
            ):
                yield file


def search_project(vocabulary: Vocabulary, root: Path) -> list[Finding]:
    """Return the findings in all files of the project."""
    findings = []
    for file in vocabulary.project_files(root):
        name = file.relative_to(root).as_posix()
        mask = mask_for(name)
        if mask is not None and (words := vocabulary.possible_in(text := file.read_text("utf-8"))):
            findings += vocabulary.search(name, mask(text), words)
    return findings


def search_help(vocabulary: Vocabulary) -> list[Finding]:
    """Return the findings in the help of `cellkit` and of all its commands."""
    import typer

    from cellkit.cli.app import app

    return [
        finding
        for place, text in help_texts(typer.main.get_command(app), "cellkit")
        for finding in (
            Finding(place, 0, hit.word, hit.use, hit.reason)
            for hit in vocabulary.search(place, _without_names(text), vocabulary.words)
        )
    ]


def help_texts(command: Any, name: str) -> Iterator[tuple[str, str]]:
    """Yield every text of a command's help and of its subcommands', each with the command and option."""
    for text in (command.help, command.epilog):
        if text:
            yield f"{name} --help", text
    for parameter in command.params:
        text = " ".join(filter(None, (getattr(parameter, "help", None), parameter.metavar)))
        if text:
            yield f"{name} {max(parameter.opts, key=len)}", text
    for subcommand in getattr(command, "commands", {}).values():
        yield from help_texts(subcommand, f"{name} {subcommand.name}")


def mask_for(name: str) -> Callable[[str], str] | None:
    """Return the function that masks the code of a file, or None if the file holds no text."""
    path = Path(name)
    if path.suffix == ".py":
        return mask_test if path.parts[0] == "tests" else mask_python
    if path.suffix == ".md":
        return mask_markdown
    if path.parts[0] == "tests":
        return None
    return {
        ".yaml": mask_settings,
        ".toml": mask_settings,
        ".js": mask_script,
        ".cjs": mask_script,
        ".html": mask_page,
        ".ipynb": mask_notebook,
    }.get(path.suffix, str if name in {"Makefile", ".ci/run"} else None)


def mask_python(text: str) -> str:
    """Leave comments, docstrings and messages of a Python file; put `CODE` for each other character."""
    return _mask_literals(text, PYTHON, is_prose=_is_prose)


def mask_test(text: str) -> str:
    """Leave comments and docstrings of a test; its other strings are data."""
    return _mask_literals(text, PYTHON, is_prose=lambda before, literal: _is_docstring(before, literal[0]))


def mask_script(text: str) -> str:
    """Leave comments and texts of a JavaScript file."""
    return _mask_literals(text, SCRIPT, is_prose=_is_prose)


def mask_markdown(text: str) -> str:
    """Leave the prose of a Markdown file, and the comments in its examples of code."""
    parts = re.split(r"(^[ ]*```[^\n]*\n.*?^[ ]*```[ ]*$)", text, flags=re.DOTALL | re.MULTILINE)
    return "".join(
        re.sub(r"[^\n]+", _comment_only, part) if number % 2 else _without_names(part)
        for number, part in enumerate(parts)
    )


def mask_settings(text: str) -> str:
    """Leave comments and values of a YAML or TOML file."""
    keys = re.compile(r"""^\s*(?:-\s+)?(?:"[^"\n]*"|'[^'\n]*'|[\w./%+-]+)\s*[:=](?=\s)""", re.MULTILINE)
    return keys.sub(lambda match: _blank(match[0]), _without_names(text))


def mask_page(text: str) -> str:
    """Leave the texts of a page and of its attributes."""
    return re.sub(r"""</?[\w-]+|\b(?:id|class|name|for|href|src|data-[\w-]+)="[^"]*\"""", lambda m: _blank(m[0]), text)


def mask_notebook(text: str) -> str:
    """Leave the Markdown and the comments of a notebook's cells, each on its line of the file."""
    wanted = {
        line.strip("\n")
        for cell in json.loads(text)["cells"]
        for line in cell["source"]
        if cell["cell_type"] == "markdown" or line.lstrip().startswith("#")
    }
    return "\n".join(
        _without_names(line) if _json_string(line).strip("\n") in wanted else CODE for line in text.split("\n")
    )


def _mask_literals(text: str, literals: re.Pattern[str], is_prose: Callable[[str, re.Match[str]], bool]) -> str:
    """Leave comments, and the literals that are prose; adjacent literals are one text."""
    parts: list[str] = []
    end = 0
    for group in _adjacent(text, literals):
        before = text[text.rfind("\n", 0, group[0].start()) + 1 : group[0].start()]
        whole = group[0]["comment"] is not None or any(is_prose(before, literal) for literal in group)
        whole = whole or (
            len(group) > 1 and is_prose is _is_prose and bool(PROSE.search("".join(m["body"] for m in group)))
        )
        parts.append(_blank(text[end : group[0].start()]))
        for literal, following in itertools.pairwise([*group, None]):
            parts.append(_readable(literal) if whole and literal is not None else _blank(literal[0] if literal else ""))
            if following is not None and literal is not None:
                between = text[literal.end() : following.start()]
                parts.append(between if whole else _blank(between))
        if whole and len(group) > 1:  # the quotes between two pieces of one text are no border
            joined = "".join(parts[-2 * len(group) + 1 :])
            parts[-2 * len(group) + 1 :] = [_borderless(joined)]
        end = group[-1].end()
    parts.append(_blank(text[end:]))
    return "".join(parts)


def _adjacent(text: str, literals: re.Pattern[str]) -> Iterator[list[re.Match[str]]]:
    """Yield the literals of a text, those that Python joins in one list."""
    group: list[re.Match[str]] = []
    for literal in literals.finditer(text):
        if group and not (
            literal["comment"] is None
            and group[-1]["comment"] is None
            and not text[group[-1].end() : literal.start()].strip()
        ):
            yield group
            group = []
        group.append(literal)
    if group:
        yield group


def _is_prose(before: str, literal: re.Match[str]) -> bool:
    if "b" in (literal.groupdict().get("prefix") or "").lower():
        return False
    return len(literal["quote"]) > 1 or bool(MESSAGE.search(before) or PROSE.search(literal["body"]))


def _is_docstring(before: str, literal: str) -> bool:
    return not before.strip() and literal.startswith('"""')


def _readable(literal: re.Match[str]) -> str:
    """Return a literal's text without its quotes, escapes, names and inserted expressions, at the same length."""
    if literal["comment"] is not None:
        return _without_names(literal[0])
    start, end = literal.start("body") - literal.start(), literal.end("body") - literal.start()
    body = re.sub(r"\\[^\n]", "  ", literal["body"])
    if "f" in (literal.groupdict().get("prefix") or "").lower():
        for _ in range(2):
            body = re.sub(r"\{[^{}]*\}", lambda match: _named(match[0]), body)
    if literal["quote"] == "`":
        body = re.sub(r"\$\{[^{}]*\}", lambda match: _named(match[0]), body)
    return _blank(literal[0][:start]) + _without_names(body) + _blank(literal[0][end:])


def _borderless(text: str) -> str:
    first, last = len(text) - len(text.lstrip(CODE)), len(text.rstrip(CODE))
    return text[:first] + text[first:last].replace(CODE, " ") + text[last:]


def _without_names(text: str) -> str:
    """Put `NAME` for each character between backticks."""
    return re.sub(r"(`+)([^`\n]+)(\1)", lambda match: match[1] + _named(match[2]) + match[3], text)


def _comment_only(line: re.Match[str]) -> str:
    code, mark, comment = line[0].partition("# ")
    return _blank(code) + mark + comment


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", CODE, text)


def _named(text: str) -> str:
    return re.sub(r"[^\n]", NAME, text)


def _json_string(line: str) -> str:
    try:
        value = json.loads(line.strip().rstrip(","))
    except ValueError:
        return ""
    return value if isinstance(value, str) else ""


def _phrase(words: str) -> re.Pattern[str]:
    """Return the pattern of a phrase in small letters, over line breaks too. It begins with a letter, which is fast."""
    return re.compile(GAP.join(map(re.escape, words.lower().split())) + r"(?!\w)")


def summary(findings: Iterable[Finding]) -> str:
    """Return the number of findings of each folder."""
    folders = Counter("/".join(finding.file.split("/")[:-1][:2]) or finding.file for finding in findings)
    return "\n".join(f"{count:6} {folder}" for folder, count in sorted(folders.items()))


def main(arguments: list[str] | None = None) -> int:
    """Run the search and return the exit code."""
    parser = argparse.ArgumentParser(description="Search the project's texts for words that its vocabulary replaces.")
    parser.add_argument("--json", action="store_true", help="write the findings as a JSON list")
    parser.add_argument("--summary", action="store_true", help="write the number of findings of each folder")
    parser.add_argument("--advice", action="store_true", help="list words that are only advised against, too")
    options = parser.parse_args(arguments)

    vocabulary = Vocabulary.read(WORDS)
    advised = {word.find for word in vocabulary.words if word.advice}
    if not options.advice:
        vocabulary.words = [word for word in vocabulary.words if not word.advice]
    findings = search_project(vocabulary, PROJECT) + search_help(vocabulary)
    banned = [finding for finding in findings if finding.word not in advised]
    unused = [f"{e.file}: '{e.phrase.pattern}'" for e in vocabulary.exemptions if not e.used]
    if options.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=1, ensure_ascii=False))
    elif options.summary:
        print(summary(findings))
    else:
        print("\n".join(map(str, findings)), end="\n" if findings else "")
    for exemption in unused:
        print(f"tools/vocabulary.toml: no text needs the exception {exemption}: remove it", file=sys.stderr)
    if banned:
        print(f"{len(banned)} findings; the words and their replacements: tools/vocabulary.toml", file=sys.stderr)
    return 1 if banned or unused else 0


if __name__ == "__main__":
    sys.exit(main())
