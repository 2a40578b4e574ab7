"""Bodies of Robot Web Services: JSON of both generations, and XHTML, from and to lists of items.

The shapes are from bodies recorded on real and virtual controllers by ichbinmeraj/abb-rws-client (commit ac0d2d2), and
from the fields that abb-robot-client 0.4.0 reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from cellkit.errors import ProtocolError
from cellkit_abb.protocol.errors import OK, Refusal

LARGEST = 1_000_000  # characters of a body
_XHTML = "{http://www.w3.org/1999/xhtml}"
_PARTS = {"_links", "_embedded", "state", "status"}  # keys of an answer in JSON: one of them is always present
_PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?><html xmlns="http://www.w3.org/1999/xhtml">'


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a controller's answer: its type, title and text fields; ``link`` is its address."""

    kind: str
    title: str
    fields: Mapping[str, str] = field(default_factory=dict)
    link: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """The code and text of a refusal."""

    code: int
    text: str


# --- reading ----------------------------------------------------------------------------------------------------------


def read_items(body: str) -> list[Item]:
    """Return the items of an answer or event, JSON of either generation or XHTML. Raises ``ProtocolError``."""
    if _is_json(body):
        document = _json(body)
        if not document.keys() & _PARTS:
            raise _broken("not an answer of Robot Web Services", body)
        embedded = document.get("_embedded", {})
        if not isinstance(embedded, dict):
            raise _broken("_embedded is not an object", body)
        entries = [*document.get("state", []), *embedded.get("_state", []), *embedded.get("resources", [])]
        return [_item(entry, body) for entry in entries]
    return [_xhtml_item(element) for element in _xml(body).iter(f"{_XHTML}li")]


def read_failure(body: str) -> Failure | None:
    """Return the refusal in a body; None when it holds none that can be read."""
    try:
        if _is_json(body):
            document = _json(body)
            status = document.get("status") or document.get("_embedded", {}).get("status")
            return Failure(int(status["code"]), str(status.get("msg", ""))) if status else None
        spans = {span.get("class"): "".join(span.itertext()) for span in _xml(body).iter(f"{_XHTML}span")}
        return Failure(int(spans["code"]), spans.get("msg", ""))
    except (ProtocolError, KeyError, TypeError, ValueError, OverflowError, AttributeError):
        return None


def read_links(body: str) -> dict[str, str]:
    """Return the anchors of an XHTML body outside its list, by their relation. Raises ``ProtocolError``."""
    return {anchor.get("rel", ""): anchor.get("href", "") for anchor in reversed(list(_anchors(_xml(body))))}


def _anchors(element: Element) -> Iterator[Element]:
    for child in element:
        if child.tag == f"{_XHTML}a":
            yield child
        elif child.tag != f"{_XHTML}ul":
            yield from _anchors(child)


def _is_json(body: str) -> bool:
    if len(body) > LARGEST:
        raise _broken(f"a body of {len(body)} characters is too long", body)
    return body.lstrip()[:1] == "{"


def _json(body: str) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _broken(f"the body is not JSON: {error}", body) from None
    if not isinstance(document, dict):
        raise _broken("the body is not a JSON object", body)
    return document


def _item(entry: Any, body: str) -> Item:
    if not isinstance(entry, dict) or not isinstance(entry.get("_type"), str):
        raise _broken(f"an item has no _type: {entry!r}", body)
    fields = {name: value for name, value in entry.items() if isinstance(value, str) and not name.startswith("_")}
    return Item(entry["_type"], str(entry.get("_title", "")), fields)


def _xml(body: str) -> Element:
    try:
        document: Element = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise _broken(f"the body is not XHTML: {error}", body) from None
    return document


def _xhtml_item(element: Element) -> Item:
    spans = {span.get("class", ""): "".join(span.itertext()) for span in element.iter(f"{_XHTML}span")}
    link = next((anchor.get("href", "") for anchor in element.iter(f"{_XHTML}a")), "")
    return Item(element.get("class", ""), element.get("title", ""), spans, link)


def _broken(why: str, body: str) -> ProtocolError:
    return ProtocolError("RWS", why, data=body[:2000].encode())


# --- writing ----------------------------------------------------------------------------------------------------------


def json_1(base: str, items: Sequence[Item]) -> str:
    """Return an answer of RWS 1.0 with ``?json=1``."""
    return json.dumps({"_links": {"base": {"href": base}}, "_embedded": {"_state": [_entry(one) for one in items]}})


def json_2(base: str, items: Sequence[Item], listed: bool = False, after: str = "") -> str:
    """Return a HAL+JSON answer of RWS 2.0.

    ``listed``: the items are embedded resources, and ``after`` is the link to the next page. The link's ampersands are
    escaped as in XML, as on controllers.
    """
    links: dict[str, Any] = {"base": {"href": base}, "self": {"href": ""}}
    if after:
        links["next"] = {"href": after.replace("&", "&amp;")}
    if not listed:
        return json.dumps({"_links": links, "status": {"code": OK}, "state": [_entry(one) for one in items]})
    resources = [{"_links": {"self": {"href": one.link or one.title}}, **_entry(one)} for one in items]
    return json.dumps({"_links": links, "_embedded": {"resources": resources}})


def failure_1(base: str, refusal: Refusal, detail: str = "") -> str:
    """Return a refusal of RWS 1.0 with ``?json=1``."""
    status = {"code": refusal.code, "msg": _message(refusal, detail)}
    return json.dumps({"_links": {"base": {"href": base}}, "_embedded": {"status": status, "_state": []}})


def failure_2(base: str, refusal: Refusal, detail: str = "") -> str:
    """Return a HAL+JSON refusal of RWS 2.0."""
    status = {"code": refusal.code, "msg": _message(refusal, detail)}
    return json.dumps({"_links": {"base": {"href": base}}, "status": status})


def failure_xhtml(base: str, refusal: Refusal, detail: str = "") -> str:
    """Return a refusal in XHTML, which is the same in both generations."""
    text = escape(_message(refusal, detail))
    status = f'<div class="status"><span class="code">{refusal.code}</span><span class="msg">{text}</span></div>'
    return f"{_PROLOGUE}<head><title>rw</title><base href={quoteattr(base)}/></head><body>{status}</body></html>"


def xhtml(base: str, items: Sequence[Item], links: Sequence[tuple[str, str]] = (), title: str = "rw") -> str:
    """Return a list of items in XHTML; ``links`` are (href, rel) of anchors before it."""
    anchors = "".join(f'<a href={quoteattr(href)} rel="{rel}"></a>' for href, rel in links)
    entries = "".join(_li(one) for one in items)
    head = f"<head><title>{escape(title)}</title><base href={quoteattr(base)}/></head>"
    return f'{_PROLOGUE}{head}<body><div class="state">{anchors}<ul>{entries}</ul></div></body></html>'


def _li(item: Item) -> str:
    link = f'<a href={quoteattr(item.link)} rel="self"/>' if item.link else ""
    spans = "".join(f'<span class="{name}">{escape(value)}</span>' for name, value in item.fields.items())
    return f'<li class="{item.kind}" title={quoteattr(item.title)}>{link}{spans}</li>'


def _entry(item: Item) -> dict[str, str]:
    return {"_type": item.kind, "_title": item.title, **item.fields}


def _message(refusal: Refusal, detail: str) -> str:
    return f"{refusal.text}{': ' + detail if detail else ''} code:{refusal.code} icode:-1"
