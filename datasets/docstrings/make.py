"""Write the sample of docstrings: sentences of Python's standard library, by their package.

Run with Python 3.11 from the repository's root; other versions ship other texts. The texts are
under the licence of Python (PSF-2.0).
"""

import ast
import json
import random
import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("asyncio", "email", "tkinter", "unittest", "turtle", "decimal")
"""Classes in the order of their ids; a module alone stands for `_pydecimal`, `turtle`."""

FILES = {"turtle": "turtle.py", "decimal": "_pydecimal.py"}
JUDGED = 600
FOLDER = Path(__file__).parent


def docstrings(path: Path) -> Iterator[str]:
    """First paragraphs of all docstrings of a file, in one line each."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
            text = (ast.get_docstring(node) or "").split("\n\n")[0]
            text = re.sub(r"\s+", " ", text).strip()
            if len(text.split()) >= 4:
                yield text


def main() -> None:
    """Write `judged.jsonl` and `train.jsonl`, of which no text is in the other."""
    library = Path(sysconfig.get_paths()["stdlib"])
    rows = []
    for package in PACKAGES:
        place = library / FILES.get(package, package)
        files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
        texts = dict.fromkeys(text for file in files for text in docstrings(file))
        rows += [{"text": text, "label": package} for text in texts]
    random.Random(0).shuffle(rows)  # noqa: S311  # an order that stays
    parts = {"judged": rows[:JUDGED], "train": rows[JUDGED:]}
    known = {row["text"] for row in parts["judged"]}
    parts["train"] = [row for row in parts["train"] if row["text"] not in known]
    for name, part in parts.items():
        lines = "".join(json.dumps(row) + "\n" for row in part)
        (FOLDER / f"{name}.jsonl").write_text(lines, encoding="utf-8")
        print(name, len(part))


if __name__ == "__main__":
    main()
