"""What the page says in words, as HTML. Every text from a run is escaped; what is wrong is said, not only coloured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from cellkit.devices.safety import SafetyStatus
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
_AROUND = 12  # lines of the program before and after the one it waits at
_SKIPPED = frozenset({"t", "source", "what"})


def page(content: str) -> str:
    """With the style that all texts share."""
    return f'{STYLE}<div class="ck">{content}</div>'


def title(name: str, subtitle: str) -> str:
    """What is seen."""
    return page(f'<p class="head">{escape(name)}</p><p class="sub">{escape(subtitle)}</p>')


def status(words: str, level: Level, more: Iterable[str]) -> str:
    """How the run goes, for eyes and screen readers."""
    lines = "".join(f"<p>{escape(line)}</p>" for line in more)
    return page(f'<div class="{level}" role="status" aria-live="polite"><p>{escape(words)}</p>{lines}</div>')


def troubles(moment: Moment) -> list[str]:
    """What is wrong with devices, in words."""
    return [
        f"{_WORDS[card.level]}: {role}: {'; '.join(_wrong(card))}"
        for role, card in moment.cards.items()
        if card.level != "ok"
    ]


def _wrong(card: Card) -> list[str]:
    found = [card.safety] if card.safety not in ("", _NO_STOP) else []
    if card.level == "error" and not found:
        found.append(card.state)
    if card.error:
        found.append(card.error)
    return found or [card.state]


def devices(infos: Sequence[DeviceInfo], moment: Moment) -> str:
    """State, mode, safety state, values, newest command and error of every device."""
    parts = []
    for info in infos:
        card = moment.cards.get(info.role)
        what = f"{info.kind}{f', {info.what}' if info.what else ''}"
        parts.append(f'<h3>{escape(info.role)} <span class="sub">{escape(what)}</span></h3>')
        if card is None:
            parts.append("<p>nothing is known of it</p>")
            continue
        if card.level != "ok":
            parts.append(f'<div class="{card.level}">{_WORDS[card.level]}: {escape("; ".join(_wrong(card)))}</div>')
        rows = {
            "state": card.state,
            "mode": card.mode,
            "safety state": "no stop reported" if card.safety == _NO_STOP else card.safety,
            **card.values,
            "last command": card.command or "none yet",
            "last error": card.error or "none",
        }
        told = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in rows.items() if text)
        parts.append(f"<dl>{told}</dl>")
    return page("".join(parts))


def program(text: ProgramText, lines: Sequence[int]) -> str:
    """The program around the line at which it waits; several where several tasks do."""
    if not text.lines:
        return page("<p>The text of the program is not there.</p>")
    known = [line for line in lines if 1 <= line <= len(text.lines)]
    at = ", ".join(str(line) for line in known)
    head = f"{text.name}: waits at line {at}" if known else f"{text.name}: not at any line"
    middle = known[-1] if known else 1
    first, last = max(1, middle - _AROUND), min(len(text.lines), middle + _AROUND)
    rows = []
    for number in range(first, last + 1):
        row = f"{'▶' if number in known else ' '}{number:4d}  {escape(text.lines[number - 1])}"
        rows.append(f"<b>{row}</b>" if number in known else row)
    return page(f"<p>{escape(head)}</p><pre tabindex='0'>" + "\n".join(rows) + "</pre>")


def events(found: Sequence[Mapping[str, Any]]) -> str:
    """Events, the newest first."""
    if not found:
        return page("<p>No events yet.</p>")
    rows = []
    for event in found:
        words = escape(event_words(event))
        rows.append(f'<li class="bad">! {words}</li>' if is_bad(event) else f"<li>{words}</li>")
    return page(f"<ol>{''.join(rows)}</ol>")


def is_bad(event: Mapping[str, Any]) -> bool:
    """Whether an event is one of something that went wrong."""
    return event["what"] in _BAD


def event_words(event: Mapping[str, Any]) -> str:
    """When, who, what, and what belongs to it."""
    rest = ", ".join(f"{key} {_short(value)}" for key, value in event.items() if key not in _SKIPPED)
    what = str(event["what"]).replace("_", " ")
    return f"{event['t']:8.3f} s  {event['source']}: {what}{f' ({rest})' if rest else ''}"


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return f"[{', '.join(_short(one) for one in value[:7])}]"
    return str(value)[:80]


def contacts(moment: Moment) -> str:
    """What touches what."""
    if moment.collisions is None:
        return page("<p>Contacts are not watched in this world.</p>")
    count = f"{moment.collisions} collision{'' if moment.collisions == 1 else 's'} so far"
    forces: dict[tuple[str, str], float] = {}
    for one in moment.contacts:
        force = sum(part * part for part in one.force) ** 0.5
        forces[one.link, one.other] = forces.get((one.link, one.other), 0.0) + force
    rows = "".join(f"<li>{escape(a)} on {escape(b)}: {force:.1f} N</li>" for (a, b), force in sorted(forces.items()))
    return page(f"<p>{count}</p><ol>{rows or '<li>No arm touches anything.</li>'}</ol>")


KEYS = page(
    "<h3>Keys</h3><p><kbd>P</kbd> pause or play, <kbd>S</kbd> step, <kbd>B</kbd> step back, <kbd>E</kbd> to the next "
    "event, <kbd>N</kbd> back to now. <kbd>Tab</kbd> goes through the controls, arrow keys move the time line and "
    "change tabs.</p><p>All who look at this page see the same: whoever pauses, pauses for all. The page moves the "
    "clock of the simulation, never a robot.</p>"
)
