"""The project's imports, read once for all tests of this folder."""

import pytest
from import_graph import PROJECT, ImportGraph


@pytest.fixture(scope="session")
def project_imports() -> ImportGraph:
    return ImportGraph(PROJECT)
