"""Runs a notebook from top to bottom in a fresh kernel, and cleans what is written.

    python run_notebook.py NOTEBOOK [--write]

Prints what came of it as one line of JSON. ``--write`` puts the outputs into the file, without anything that tells
of the machine or of the moment. Runs in an environment that has ipykernel, nbclient and nbformat, and cellkit too.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nbclient
import nbformat

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def run(file: Path) -> nbformat.NotebookNode:
    """The notebook with fresh outputs. Raises ``nbclient.exceptions.CellExecutionError``."""
    book = nbformat.read(file, as_version=4)
    resources = {"metadata": {"path": str(file.parent)}}
    nbclient.NotebookClient(
        book, timeout=600, kernel_name="python3", resources=resources, record_timing=False
    ).execute()
    return book


def clean(book: nbformat.NotebookNode) -> None:
    """Leave what a reader sees, and nothing else."""
    book.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    for cell in book.cells:
        cell.metadata = {}
        if "outputs" in cell:
            cell.outputs = _joined(cell.outputs)
        for output in cell.get("outputs", []):
            if "metadata" in output:
                output.metadata = {}
            if "data" in output:
                output.data = {kind: data for kind, data in output.data.items() if kind in ("text/plain", "image/png")}
                if "image/png" in output.data:
                    output.data["image/png"] = output.data["image/png"].replace("\n", "")


def _joined(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """What was printed bit by bit, in one piece."""
    joined: list[nbformat.NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream" and joined and joined[-1].get("name") == output.name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def main() -> None:
    """See the module."""
    file = Path(sys.argv[1])
    book = run(file)
    clean(book)
    if "--write" in sys.argv:
        file.write_text(nbformat.writes(book, version=4) + "\n", encoding="utf-8")
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    texts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs]
    pictures = sum("image/png" in output.get("data", {}) for output in outputs)
    print(json.dumps({"texts": texts, "pictures": pictures, "cells": len(book.cells)}))


if __name__ == "__main__":
    main()
