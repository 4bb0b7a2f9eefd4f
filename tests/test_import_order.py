"""The house stands: every file imports from lower floors only, and names from where they live."""

import ast
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "calibrate"

# The longest prefix that fits decides.
FLOORS = {
    "calibrate": 0,  # the top `__init__`, which hands out names and is exempt below
    "calibrate.errors": 0,
    "calibrate.version": 0,
    "calibrate.telemetry": 0,
    "calibrate.contracts": 1,
    "calibrate.plugins": 1.5,  # of floor 2, but the config stands on it
    "calibrate.config": 2,
    "calibrate.testing": 3,  # checks of the contracts, for the tests of plugin authors
    "calibrate.model": 3,
    "calibrate.data.adapters": 3,
    "calibrate.data.steps": 3,
    "calibrate.evaluate.decode": 3,
    "calibrate.evaluate.metrics": 3,
    "calibrate.quantize": 4,
    "calibrate.evaluate": 4,
    "calibrate.data": 4,
    "calibrate.search": 5,
    "calibrate.report": 6,
    "calibrate.convert": 6,
    # The chapters of the story that the pipeline tells, each on those before it.
    "calibrate.stages.ground": 6.1,
    "calibrate.stages.batch": 6.2,
    "calibrate.stages.choose": 6.2,
    "calibrate.stages.measure": 6.2,
    "calibrate.stages.propose": 6.2,
    "calibrate.stages.judge": 6.3,
    "calibrate.stages.tell": 6.4,
    "calibrate.stages.predict": 6.5,
    "calibrate.stages": 6.6,  # what other commands do
    "calibrate.commands.run": 7,
    "calibrate.commands.batch.scheduler": 7.5,  # many runs of the pipeline, each in a process of its own
    "calibrate.api": 7.5,  # the pipeline for scripts
    "calibrate.cli": 8,
    "calibrate.__main__": 9,
}
LEAVES = (
    "calibrate.data.adapters",
    "calibrate.data.steps",
    "calibrate.evaluate.decode",
    "calibrate.evaluate.metrics",
)
# In these rooms, what uses nothing above floor 2 stands one floor below the leaves, who share it.
SHARING = ("calibrate.data", "calibrate.evaluate")
SHARED_FLOOR = 2.5


class Import(NamedTuple):
    line: int
    module: str
    name: str | None  # of `from module import name`


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
MODULES = {name: path for name, path in FILES.items() if path.name != "__init__.py"}


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(FILES[module].read_text())


def imports_in(tree: ast.Module) -> list[Import]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [Import(node.lineno, alias.name, None) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                if submodule in FILES:
                    found.append(Import(node.lineno, submodule, None))
                else:
                    found.append(Import(node.lineno, node.module or "", alias.name))
    return found


@cache
def imports_of(module: str) -> tuple[Import, ...]:
    return tuple(imports_in(tree_of(module)))


def ours(module: str) -> list[Import]:
    return [entry for entry in imports_of(module) if entry.module.split(".")[0] == "calibrate"]


def room(module: str) -> str:
    """The longest prefix of FLOORS."""
    return max(
        (known for known in FLOORS if module == known or module.startswith(f"{known}.")), key=len
    )


@cache
def floor(module: str) -> float:
    own = room(module)
    if own in SHARING and module in MODULES and is_shared(module):
        return SHARED_FLOOR
    return FLOORS[own]


@cache
def is_shared(module: str, below: frozenset[str] = frozenset()) -> bool:
    for entry in ours(module):
        target = entry.module
        if target in below or target == module:
            continue
        if room(target) in SHARING:
            if not is_shared(target, below | {module}):
                return False
        elif FLOORS[room(target)] > 2:
            return False
    return True


def fault(importer: str, target: str) -> str | None:
    """Why `importer` must not import `target`, or None."""
    if floor(target) > floor(importer):
        return f"stands above ({floor(target)} over {floor(importer)})"
    if room(importer) in LEAVES and room(target) == room(importer):
        return "is a leaf of the same room"
    if floor(target) == floor(importer) and room(target) != room(importer):
        return "is another room of the same floor"
    return None


@pytest.mark.parametrize("module", MODULES)
def test_imports_come_from_lower_floors(module):
    faults = [
        f"line {entry.line}: {entry.module} {reason}"
        for entry in ours(module)
        if (reason := fault(module, entry.module))
    ]
    assert faults == []


@pytest.mark.parametrize(
    ("importer", "target", "expected"),
    [
        ("calibrate.config.load", "calibrate.core.component", None),
        ("calibrate.config.load", "calibrate.config.schema", None),
        ("calibrate.config.load", "calibrate.cli.main", "stands above (8 over 2)"),
        ("calibrate.core.sample", "calibrate.config.schema", "stands above (2 over 1)"),
        ("calibrate.data.steps.a", "calibrate.data.steps.b", "is a leaf of the same room"),
        (
            "calibrate.data.steps.a",
            "calibrate.data.adapters.b",
            "is another room of the same floor",
        ),
        ("calibrate.model.a", "calibrate.model.b", None),
        ("calibrate.config.load", "calibrate.plugins", None),
        ("calibrate.search.a", "calibrate.quantize.b", None),
        ("calibrate.quantize.a", "calibrate.search.b", "stands above (5 over 4)"),
    ],
)
def test_the_rule_itself(importer, target, expected):
    assert fault(importer, target) == expected


def importers(package: str) -> set[str]:
    return {
        module
        for module in FILES
        for entry in imports_of(module)
        if entry.module.split(".")[0] == package
    }


def reached(module: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """Every module of the package that comes with a module, itself included."""
    if module in seen:
        return seen
    seen |= {module}
    for entry in ours(module):
        if entry.module in MODULES:
            seen = reached(entry.module, seen)
    return seen


def test_only_quantize_imports_nncf():
    assert {module for module in importers("nncf") if room(module) != "calibrate.quantize"} == set()


@pytest.mark.parametrize("package", ["nncf", "openvino"])
@pytest.mark.parametrize(
    "module", [name for name in MODULES if room(name) in ("calibrate.search", "calibrate.config")]
)
def test_decisions_and_configs_load_no_runtime(module, package):
    assert reached(module) & importers(package) == set()


def defined_in(module: str) -> set[str]:
    """Names that a module binds at its top level other than by importing them."""
    found = set()
    for node in tree_of(module).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            leaves = [leaf for target in node.targets for leaf in ast.walk(target)]
            found |= {leaf.id for leaf in leaves if isinstance(leaf, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


@pytest.mark.parametrize("module", FILES)
def test_names_come_from_where_they_are_defined(module):
    faults = [
        f"line {entry.line}: {entry.module} does not define {entry.name}"
        for entry in ours(module)
        if entry.name is not None and entry.name not in defined_in(entry.module)
    ]
    assert faults == []


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("__init__.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_init_files_are_empty(path):
    if path.parent != PACKAGE:
        assert path.read_text() == ""


def test_every_module_has_a_floor():
    assert {m for m in MODULES if room(m) == "calibrate"} == set()


def test_every_folder_of_modules_is_a_package():
    assert {p.parent for p in PACKAGE.rglob("*.py")} == {
        p.parent for p in PACKAGE.rglob("__init__.py")
    }
