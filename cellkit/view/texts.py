"""The texts of the page, as HTML. Every text of a run is escaped; an error is stated in words, not by colour alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from cellkit.devices.safety import SafetyStatus
from cellkit.scenario.record import RunRecord
from cellkit.view.moment import Card, Level, Moment
from cellkit.view.scene import DeviceInfo, ProgramText

STYLE = """<style>
.ck{font:13px/1.45 system-ui,sans-serif;color:#1b1f24;padding:0 .75em .4em;overflow-wrap:anywhere}
.ck h3{margin:.7em 0 .15em;font-size:13px} .ck p{margin:.1em 0}
.ck .head{font-size:15px;font-weight:600} .ck .sub{color:#4a5360}
.ck .ok,.ck .attention,.ck .error{padding:.25em .5em;border-left:4px solid #1a7f4b;background:#eef8f2;margin:.3em 0}
.ck .attention{border-color:#b26a00;background:#fff6e6}
.ck .error{border-color:#b00020;background:#fdecee;font-weight:600}
.ck dl{display:grid;grid-template-columns:max-content 1fr;gap:0 .7em;margin:.1em 0}
.ck dt{color:#4a5360} .ck dd{margin:0}
.ck pre{font:12px/1.5 ui-monospace,monospace;margin:.2em 0;white-space:pre;overflow-x:auto}
.ck pre b{display:inline-block;min-width:100%;background:#fff0b8} .ck ol{margin:0;padding:0;list-style:none}
.ck li{border-bottom:1px solid #e5e8eb;padding:.1em 0} .ck li.bad{border-left:4px solid #b00020;padding-left:.4em}
.ck kbd{border:1px solid #9aa3ad;border-radius:3px;padding:0 .3em;font:12px ui-monospace,monospace}
</style>"""

_WORDS: Mapping[Level, str] = {"ok": "in order", "attention": "ATTENTION", "error": "ERROR"}
_BAD = frozenset({"failed", "aborted", "collision", "part_dropped", "grasp_lost", "connection_lost"})
_NO_STOP = SafetyStatus.NORMAL.value
_CONTEXT = 12  # lines of the program before and after the current line
_SKIPPED = frozenset({"t", "source", "what"})


def page(content: str) -> str:
    """Wrap content in the style that all texts share."""
    return f'{STYLE}<div class="ck">{content}</div>'


def title(name: str, subtitle: str) -> str:
    """Return the heading of the page."""
    return page(f'<p class="head">{escape(name)}</p><p class="sub">{escape(subtitle)}</p>')


def status(words: str, level: Level, more: Iterable[str]) -> str:
    """Return the status of the run, which screen readers announce."""
    lines = "".join(f"<p>{escape(line)}</p>" for line in more)
    return page(f'<div class="{level}" role="status" aria-live="polite"><p>{escape(words)}</p>{lines}</div>')


def troubles(moment: Moment) -> list[str]:
    """Return one line for each device that is not in order."""
    return [
        f"{_WORDS[card.level]}: {role}: {'; '.join(_causes(card))}"
        for role, card in moment.cards.items()
        if card.level != "ok"
    ]


def _causes(card: Card) -> list[str]:
    causes = [card.safety] if card.safety not in ("", _NO_STOP) else []
    if card.level == "error" and not causes:
        causes.append(card.state)
    if card.error:
        causes.append(card.error)
    return causes or [card.state]


def devices(infos: Sequence[DeviceInfo], moment: Moment) -> str:
    """Return state, mode, safety state, values, newest command and error of every device."""
    parts = []
    for info in infos:
        card = moment.cards.get(info.role)
        subtitle = f"{info.kind}{f', {info.what}' if info.what else ''}"
        parts.append(f'<h3>{escape(info.role)} <span class="sub">{escape(subtitle)}</span></h3>')
        if card is None:
            parts.append("<p>no data yet</p>")
            continue
        if card.level != "ok":
            parts.append(f'<div class="{card.level}">{_WORDS[card.level]}: {escape("; ".join(_causes(card)))}</div>')
        rows = {
            "state": card.state,
            "mode": card.mode,
            "safety state": "no stop reported" if card.safety == _NO_STOP else card.safety,
            **card.values,
            "last command": card.command or "none yet",
            "last error": card.error or "none",
        }
        list_items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in rows.items() if text)
        parts.append(f"<dl>{list_items}</dl>")
    return page("".join(parts))


def program(text: ProgramText, lines: Sequence[int]) -> str:
    """Return the text of the program around the current line; ``lines``: the lines at which its tasks wait, from 1."""
    if not text.lines:
        return page("<p>The text of the program is not available.</p>")
    known = [line for line in lines if 1 <= line <= len(text.lines)]
    at = ", ".join(str(line) for line in known)
    head = f"{text.name}: waits at line {at}" if known else f"{text.name}: not at any line"
    middle = known[-1] if known else 1
    first, last = max(1, middle - _CONTEXT), min(len(text.lines), middle + _CONTEXT)
    rows = []
    for number in range(first, last + 1):
        row = f"{'▶' if number in known else ' '}{number:4d}  {escape(text.lines[number - 1])}"
        rows.append(f"<b>{row}</b>" if number in known else row)
    return page(f"<p>{escape(head)}</p><pre tabindex='0'>" + "\n".join(rows) + "</pre>")


def events(records: Sequence[Mapping[str, Any]]) -> str:
    """Return a list of events; ``records``: the newest first."""
    if not records:
        return page("<p>No events yet.</p>")
    rows = []
    for event in records:
        words = escape(event_words(event))
        rows.append(f'<li class="bad">! {words}</li>' if is_bad(event) else f"<li>{words}</li>")
    return page(f"<ol>{''.join(rows)}</ol>")


def is_bad(event: Mapping[str, Any]) -> bool:
    """Return whether an event reports a failure."""
    return event["what"] in _BAD


def event_words(event: Mapping[str, Any]) -> str:
    """Return time, source, kind and details of an event as one line."""
    rest = ", ".join(f"{key} {_short(value)}" for key, value in event.items() if key not in _SKIPPED)
    what = str(event["what"]).replace("_", " ")
    return f"{event['t']:8.3f} s  {event['source']}: {what}{f' ({rest})' if rest else ''}"


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return f"[{', '.join(_short(item) for item in value[:7])}]"
    return str(value)[:80]


def contacts(moment: Moment) -> str:
    """Return the contacts of the arms with their forces, and the number of collisions."""
    if moment.collisions is None:
        return page("<p>This world does not detect contacts.</p>")
    count = f"{moment.collisions} collision{'' if moment.collisions == 1 else 's'} so far"
    forces: dict[tuple[str, str], float] = {}
    for contact in moment.contacts:
        pair = contact.link, contact.other
        forces[pair] = forces.get(pair, 0.0) + sum(part * part for part in contact.force) ** 0.5
    rows = "".join(f"<li>{escape(a)} on {escape(b)}: {force:.1f} N</li>" for (a, b), force in sorted(forces.items()))
    return page(f"<p>{count}</p><ol>{rows or '<li>No arm touches anything.</li>'}</ol>")


def outcome(record: RunRecord) -> str:
    """Return the outcome of a run in words."""
    text = "success" if record.success else "failed"
    if record.caused is not None and record.success:
        cause = record.caused
        text = f"the fault {record.fault} came as planned: {cause.what} (at {cause.when:.2f} s)"
    if record.parts_judged and record.parts_total:
        text += f", {record.parts_good} of {record.parts_total} parts good"
    if record.failure is not None:
        text += f": {record.failure.what} (at {record.failure.when:.2f} s, {record.failure.where})"
    return text


KEYS = page(
    "<h3>Keys</h3><p><kbd>P</kbd> pause or play, <kbd>S</kbd> step, <kbd>B</kbd> step back, <kbd>E</kbd> to the next "
    "event, <kbd>N</kbd> back to now. <kbd>Tab</kbd> goes through the controls, arrow keys move the time line and "
    "change tabs.</p><p>All viewers of this page see the same moment: a pause holds for all of them. The page "
    "controls the clock of the simulation, never a robot.</p>"
)
