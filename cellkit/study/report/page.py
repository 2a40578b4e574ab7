"""What the parts of the report are written with: traced figures and texts, tables, plots, in one language."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cellkit.study.report.formats import FORMATS, by_spec
from cellkit.study.report.html import Html, single, tag
from cellkit.study.report.language import Language
from cellkit.study.report.node import Node
from cellkit.study.report.plots import Plot, plot_element

Cell = str | Html
LONG = 24  # rows from which a table may break across pages
GOOD, BAD, WARN, NONE = "✓", "✗", "!", "–"
MARKS = {"good": GOOD, "bad": BAD, "warn": WARN, "unknown": "?"}


@dataclass
class Page:
    """The page that is being written. Every figure and every text of the result goes through ``figure`` and ``text``,
    which leave its JSON pointer in the page; ``forms`` has the format of each figure by pointer.
    """

    language: Language
    plots: list[Plot] = field(default_factory=list)
    forms: dict[str, str] = field(default_factory=dict)

    def say(self, key: str, **parts: str | Html) -> Html:
        """A text of the report itself."""
        return self.language.say(key, **parts)

    def figure(self, node: Node, form: str) -> Html:
        """A figure of the result, written in a format of ``FORMATS``; a dash where there is none."""
        if node.value is None:
            return self.missing()
        self.forms[node.pointer] = form
        shown = FORMATS[form].text(float(node.value), self.language)
        return tag("data", shown, class_="figure", value=repr(node.value), data_path=node.pointer, data_format=form)

    def text(self, node: Node, element: str = "span") -> Html:
        """A text of the result, as it stands there."""
        return self._text(node, element, None)

    def path(self, node: Node) -> Html:
        """A dotted name, which may be broken at its dots and underscores."""
        pieces = re.split(r"(?<=[._])", str(node.value))
        broken: list[str | Html] = [one for piece in pieces for one in (piece, single("wbr"))][:-1]
        return tag("code", broken, data_text=node.pointer)

    def date(self, node: Node) -> Html:
        """A day, never broken over two lines."""
        return tag("span", self.text(node), class_="whole")

    def good_of(self, good: Node, runs: Node) -> Html:
        """So many good runs of so many."""
        words = self.say("good_of", good=self.figure(good, "count"), runs=self.figure(runs, "count"))
        return tag("span", words, class_="whole")

    def figures(self, nodes: Iterable[Node], form: str) -> Html:
        """Several figures in a row."""
        shown = [self.figure(node, form) for node in nodes]
        return tag("span", [piece for one in shown for piece in (one, Html(", "))][:-1])

    def foreign(self, node: Node) -> Html:
        """A text that cellkit itself has put into the result: it is in English, whatever the report's language."""
        return self._text(node, "span", "en" if self.language.code != "en" else None)

    def _text(self, node: Node, element: str, lang: str | None) -> Html:
        if node.value in (None, ""):
            return self.missing()
        if not isinstance(node.value, str):
            raise TypeError(f"{node.pointer} is no text")
        return tag(element, node.value, data_text=node.pointer, lang=lang)

    def sentence(self, template: str, figures: Node) -> Html:
        """A sentence whose blanks are figures of the result. A blank may have a conversion (``!m`` shows mm, ``!d``
        degrees, ``!p`` per cent) and a format.
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
        """One of several words of the result (``pass``, ``go``) in the report's language: the text ``group.word``."""
        if node.value is None:
            return self.missing()
        word = str(node.value).lower() if isinstance(node.value, bool) else str(node.value)
        return tag("span", self.say(f"{group}.{word}"), data_choice=node.pointer, data_group=group)

    def unit(self, form: str) -> str:
        """The unit of a format, as the name of an axis."""
        unit = FORMATS[form].unit
        return self.language.unit(unit) if unit else ""

    def key(self, node: Node, group: str = "") -> Html:
        """The name under which something stands in the result: as it stands, or in words of the report's language."""
        name = node.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
        key = f"{group}.{name}"
        words = self.say(key) if key in self.language else name
        return tag("span", words, data_key=node.pointer, data_group=group or None)

    def known(self, node: Node, group: str) -> Html:
        """A word of the result in the report's language where there is one, else as it stands."""
        return self.choice(node, group) if f"{group}.{node.value}" in self.language else self.foreign(node)

    def missing(self) -> Html:
        """Where the result has nothing."""
        return tag("span", NONE, class_="none", title=self.language.plain("not_known"))

    def badge(self, kind: str, label: Html) -> Html:
        """A word with a mark, so that the colour is never alone; ``kind`` is a key of ``MARKS``."""
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
        """A table that scrolls in itself on a narrow screen. The first cell of a row is its head.

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
        made = tag(
            "table",
            tag("caption", tag("span", caption)),
            tag("thead", tag("tr", head)),
            tag("tbody", body),
            class_=class_,
        )
        label = self.language.plain("table.scrolls")
        look = "scroll long" if len(body) > LONG else "scroll"
        return tag("div", made, class_=look, tabindex="0", role="region", aria_label=label)

    def facts(self, pairs: Iterable[tuple[Html, Html]]) -> Html:
        """Names with their figures, as tiles."""
        return tag("dl", [tag("div", tag("dt", name), tag("dd", what)) for name, what in pairs], class_="facts")

    def details(self, title: Html, content: Html) -> Html:
        """Something that is folded up on a screen; on paper it is there."""
        return tag("details", tag("summary", title), content)

    def plot(self, plot: Plot) -> Html:
        """A picture of figures of the result, drawn by the page's script."""
        self.plots.append(plot)
        return plot_element(plot, len(self.plots), self.language)

    def section(self, anchor: str, title: str | Html, *content: Html | None, level: int = 2) -> Html:
        """A part with its heading."""
        name = f"h{level}"
        pieces = [tag(name, title, id=f"{anchor}-title"), *(piece for piece in content if piece is not None)]
        return tag("section", pieces, id=anchor, aria_labelledby=f"{anchor}-title")

    def absent(self, key: str = "not_part") -> Html:
        """What stands for a part that the study has not."""
        return tag("p", self.say(key), class_="soft")
