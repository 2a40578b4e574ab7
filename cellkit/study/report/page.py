"""The page under construction: traced figures and texts, tables and plots, in one language."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cellkit.study.report.formats import FORMATS, by_spec
from cellkit.study.report.html import Html, joined, single, tag
from cellkit.study.report.language import Language
from cellkit.study.report.node import Node
from cellkit.study.report.plots import Plot, plot_element

Cell = str | Html
LONG = 24  # a table with more rows may break across pages
GOOD, BAD, WARN, NONE = "✓", "✗", "!", "–"
MARKS = {"good": GOOD, "bad": BAD, "warn": WARN, "unknown": "?"}


@dataclass
class Page:
    """The page under construction.

    Every figure and every text of the result goes through ``figure`` and ``text``, which add its JSON pointer to the
    page. ``forms`` holds the format of each figure by pointer.
    """

    language: Language
    plots: list[Plot] = field(default_factory=list)
    forms: dict[str, str] = field(default_factory=dict)

    def say(self, key: str, **parts: str | Html) -> Html:
        """Return a text of the report itself."""
        return self.language.say(key, **parts)

    def figure(self, node: Node, form: str) -> Html:
        """Return a figure of the result in a format of ``FORMATS``; a dash if it is null."""
        if node.value is None:
            return self.missing()
        self.forms[node.pointer] = form
        shown = FORMATS[form].text(float(node.value), self.language)
        return tag("data", shown, class_="figure", value=repr(node.value), data_path=node.pointer, data_format=form)

    def text(self, node: Node, element: str = "span") -> Html:
        """Return a text of the result without change."""
        return self._text(node, element, None)

    def texts(self, nodes: Iterable[Node]) -> Html:
        """Return several texts of the result, separated by commas."""
        return joined(self.text(node) for node in nodes)

    def path(self, node: Node) -> Html:
        """Return a dotted name that may be broken at its dots and underscores."""
        pieces = re.split(r"(?<=[._])", str(node.value))
        return tag("code", joined(pieces, single("wbr")), data_text=node.pointer)

    def date(self, node: Node) -> Html:
        """Return a date that is not broken over two lines."""
        return tag("span", self.text(node), class_="whole")

    def good_of(self, good: Node, runs: Node) -> Html:
        """Return the number of good runs of all runs."""
        words = self.say("good_of", good=self.figure(good, "count"), runs=self.figure(runs, "count"))
        return tag("span", words, class_="whole")

    def figures(self, nodes: Iterable[Node], form: str) -> Html:
        """Return several figures, separated by commas."""
        return tag("span", joined(self.figure(node, form) for node in nodes))

    def english(self, node: Node) -> Html:
        """Return a text of cellkit in the result, which is English in every language of the report."""
        return self._text(node, "span", "en" if self.language.code != "en" else None)

    def _text(self, node: Node, element: str, lang: str | None) -> Html:
        if node.value in (None, ""):
            return self.missing()
        if not isinstance(node.value, str):
            raise TypeError(f"{node.pointer} is not a text")
        return tag(element, node.value, data_text=node.pointer, lang=lang)

    def sentence(self, template: str, figures: Node) -> Html:
        """Return a sentence with figures of the result in its blanks.

        A blank may have a conversion (``!m`` shows mm, ``!d`` degrees, ``!p`` per cent) and a format.
        """
        pieces: list[str | Html] = []
        for literal, name, spec, conversion in string.Formatter().parse(template):
            pieces.append(literal)
            if name is not None:
                pieces.append(self._blank(figures[name], f"{conversion or ''}:{spec or ''}"))
        return tag("span", pieces)

    def _blank(self, node: Node, spec: str) -> Html:
        if isinstance(node.value, str):
            return self.text(node)
        shown = by_spec(node.value, spec, self.language)
        return tag("data", shown, class_="figure", value=repr(node.value), data_path=node.pointer, data_spec=spec)

    def choice(self, node: Node, group: str) -> Html:
        """Return a word of the result (``pass``, ``go``) in the report's language: the text ``group.word``."""
        if node.value is None:
            return self.missing()
        word = str(node.value).lower() if isinstance(node.value, bool) else str(node.value)
        return tag("span", self.say(f"{group}.{word}"), data_choice=node.pointer, data_group=group)

    def unit(self, form: str) -> str:
        """Return the unit of a format, for the name of an axis."""
        unit = FORMATS[form].unit
        return self.language.unit(unit) if unit else ""

    def key(self, node: Node, group: str = "") -> Html:
        """Return the key of a value in the result, in the report's language where ``group`` has a text for it."""
        name = node.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
        key = f"{group}.{name}"
        words = self.say(key) if key in self.language else name
        return tag("span", words, data_key=node.pointer, data_group=group or None)

    def translated(self, node: Node, group: str) -> Html:
        """Return a word of the result in the report's language where ``group`` has a text for it, else in English."""
        return self.choice(node, group) if f"{group}.{node.value}" in self.language else self.english(node)

    def missing(self) -> Html:
        """Return the dash for a missing value."""
        return tag("span", NONE, class_="none", title=self.language.plain("not_known"))

    def badge(self, kind: str, label: Html) -> Html:
        """Return a word with a mark, so that colour is never the only sign; ``kind`` is a key of ``MARKS``."""
        return tag("span", tag("span", MARKS[kind], aria_hidden="true"), " ", label, class_=f"badge {kind}")

    def table(
        self,
        caption: Html,
        heads: Sequence[Cell],
        rows: Iterable[Sequence[Cell]],
        *,
        numbers: Iterable[int] = (),
        prose: Iterable[int] = (),
        class_: str | None = None,
    ) -> Html:
        """Return a table that scrolls sideways on a narrow screen. The first cell of a row is its head.

        ``numbers`` are columns of figures, ``prose`` columns of sentences.
        """
        right, wide = set(numbers), set(prose)

        def side(column: int) -> str | None:
            return "n" if column in right else "p" if column in wide else None

        head = [tag("th", one, scope="col", class_=side(column)) for column, one in enumerate(heads)]
        body = [
            tag(
                "tr",
                tag("th", row[0], scope="row", class_=side(0)),
                [tag("td", one, class_=side(column)) for column, one in enumerate(row) if column],
            )
            for row in rows
        ]
        table = tag(
            "table",
            tag("caption", tag("span", caption)),
            tag("thead", tag("tr", head)),
            tag("tbody", body),
            class_=class_,
        )
        label = self.language.plain("table.scrolls")
        look = "scroll long" if len(body) > LONG else "scroll"
        return tag("div", table, class_=look, tabindex="0", role="region", aria_label=label)

    def facts(self, pairs: Iterable[tuple[Html, Html]]) -> Html:
        """Return names with their figures, as tiles."""
        return tag("dl", [tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs], class_="facts")

    def details(self, title: Html, content: Html) -> Html:
        """Return content that is folded on a screen and open on paper."""
        return tag("details", tag("summary", title), content)

    def plot(self, plot: Plot) -> Html:
        """Add a plot, which the script of the page draws, and return its element."""
        self.plots.append(plot)
        return plot_element(plot, len(self.plots), self.language)

    def section(self, anchor: str, title: str | Html, *content: Html | None, level: int = 2) -> Html:
        """Return a section with its heading."""
        name = f"h{level}"
        pieces = [tag(name, title, id=f"{anchor}-title"), *(piece for piece in content if piece is not None)]
        return tag("section", pieces, id=anchor, aria_labelledby=f"{anchor}-title")

    def absent(self, key: str = "not_part") -> Html:
        """Return the text in place of a part that the study does not have."""
        return tag("p", self.say(key), class_="soft")
