"""The notebooks run from their first cell to their last, in a kernel of their own."""

import nbformat
import pytest
from nbclient import NotebookClient

from conftest import PROJECT

NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
LIMIT = 600  # seconds a cell, on a machine that has other work


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("default")  # of Jupyter's own, which are not ours to mend
def test_a_notebook_runs(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=LIMIT, resources=resources).execute()
    shown = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    kinds = {kind for out in shown for kind in out.get("data", {})}
    assert "text/html" in kinds  # tables, and not their text alone
    if any("%matplotlib" in cell.source for cell in notebook.cells):
        assert "image/png" in kinds
    # What is committed has no outputs: they would be of another machine.
    assert not any(cell.get("outputs") for cell in nbformat.read(path, as_version=4).cells)
