"""Run the notebooks from top to bottom and store them in the one form that the tests accept.

python notebooks/execute.py                     all chapters, and the book's other notebooks
python notebooks/execute.py 04_padding.ipynb    one of them
"""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

FOLDER = Path(__file__).resolve().parent
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
COLORS = 48  # of a stored picture: enough for a gray photograph in a page, half of the bytes
COLORS_OF_A_PHOTOGRAPH = 160  # with fewer, skin and sky fall into bands
MANY = 10_000  # more distinct colors than any drawing or gray photograph has
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def quantized(png: str) -> str:
    """Return a base64 PNG with few colors and no metadata such as dates."""
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    # Counting gives up, with None, at more colors than it was told.
    colors = COLORS if picture.getcolors(MANY) else COLORS_OF_A_PHOTOGRAPH
    buffer = io.BytesIO()
    # Median cut would give the few signed pixels of a mostly gray picture no color of their own.
    few = picture.quantize(
        colors, method=Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE
    )
    few.save(buffer, format="PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode() + "\n"


def merged(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Join neighboring pieces of one stream: a busy machine delivers a text in several."""
    joined: list[nbformat.NotebookNode] = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
        else:
            joined.append(output)
    return joined


def tidy(notebook: nbformat.NotebookNode) -> None:
    """Keep what a reader sees and the tests compare; drop what only this run knew."""
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if "outputs" in cell:
            cell.outputs = merged(cell.outputs)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            data.pop(WIDGET_VIEW, None)
            if "image/png" in data:
                data["image/png"] = quantized(data["image/png"])
            if output["output_type"] in ("display_data", "execute_result"):
                output["metadata"] = {}


def execute(path: Path) -> None:
    """Run one notebook in a fresh kernel and write it back."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, kernel_name="python3", timeout=120, store_widget_state=False)
    client.execute(cwd=str(FOLDER))
    tidy(notebook)
    nbformat.validate(notebook)
    path.write_text(nbformat.writes(notebook, version=4) + "\n")
    print(f"{path.name}: {len(notebook.cells)} cells, {path.stat().st_size // 1024} KB")


def main() -> None:
    """Execute the notebooks named on the command line, or all of them."""
    found = [*FOLDER.glob("*.ipynb"), *FOLDER.parent.glob("book/*.ipynb")]
    paths = {path.name: path for path in sorted(found)}
    for name in sys.argv[1:] or paths:
        execute(paths[Path(name).name])


if __name__ == "__main__":
    main()
