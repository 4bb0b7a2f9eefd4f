"""Limits on the structure of the code that no linter holds."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
DEEPEST = 3
"""Attributes in a chain: `context.config.search.timeout` has three."""
LONGEST = 280
"""Lines of a file: a longer one has a second responsibility."""


def chains(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of each longest attribute chain that begins with a name."""
    inner: set[ast.expr] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Attribute) or node in inner:
            continue
        start: ast.expr = node
        while isinstance(start, ast.Attribute):
            inner.add(start)
            start = start.value
        if isinstance(start, ast.Name):
            yield node.lineno, ast.unparse(node)


def test_no_function_reaches_through_four_objects():
    deep = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in sorted((ROOT / "calibrate").rglob("*.py"))
        for line, text in chains(path)
        if text.count(".") > DEEPEST
    ]
    assert deep == []


def test_tests_use_real_objects_instead_of_namespaces():
    word = "Simple" + "Namespace"
    fakes = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if word in path.read_text(encoding="utf-8")
    ]
    assert fakes == []


def test_files_have_at_most_280_lines():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sorted((ROOT / "calibrate").rglob("*.py"))
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert long == {}
