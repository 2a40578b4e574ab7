"""What an agent refuses, and how it says so."""

from __future__ import annotations

from dataclasses import dataclass

ERRORS = {
    "ASSET_NOT_FOUND": "no asset has the id that was asked for",
    "INTERNAL_ERROR": "the agent itself failed",
    "INVALID_PARAMETER_VALUE": "a parameter has a value of the wrong type (since 2.6)",
    "INVALID_PATH": "the path cannot be understood (the schemas' word for INVALID_XPATH)",
    "INVALID_QUERY_PARAMETER": "there is no such parameter (since 2.6)",
    "INVALID_REQUEST": "the request cannot be understood",
    "INVALID_URI": "nothing is served at that address",
    "INVALID_XPATH": "the path cannot be understood, or matches nothing",
    "NO_DEVICE": "the agent has no device of that name or uuid",
    "OUT_OF_RANGE": "a sequence number is not, or no longer, in the buffer, or another number is beyond its limits",
    "QUERY_ERROR": "a parameter cannot be understood",
    "TOO_MANY": "more was asked for than the agent gives at once",
    "UNAUTHORIZED": "the client must not ask that",
    "UNSUPPORTED": "the agent does not do that",
}
"""Codes in the MTConnectError schemas 1.3 to 2.7, and those of the reference agent (cppagent, ``error.cpp``)."""

NAMED_SINCE = (2, 6)
"""The version since which an error's element is named after its code."""
_WORDS = {"URI": "URI", "XPATH": "XPath"}


def element_of(code: str) -> str:
    """Name of an error's element since version 2.6: OUT_OF_RANGE becomes OutOfRange."""
    return "".join(_WORDS.get(word, word.capitalize()) for word in code.split("_"))


CODES = {element_of(code): code for code in ERRORS}
"""Codes by the names of their elements."""


@dataclass(frozen=True, slots=True)
class AgentError:
    """One error of a document.

    Version 2.6 adds the address, the requested document, the wrong parameter (its name, Value, Minimum, …) or the
    missing asset.
    """

    code: str
    text: str
    uri: str = ""
    request: str = ""
    parameter: tuple[tuple[str, str], ...] = ()
    asset: str = ""

    def __str__(self) -> str:
        return f"{self.code}: {self.text}" if self.text else self.code
