"""Data flows one way: a module imports from its own package or from packages before it alone."""

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "calibrate"

# Lowest first. Packages of one level do not import each other, except those named in BESIDE.
ORDER = (
    ("errors", "version", "telemetry", "nncf_without_torch", "child_process", "core"),
    ("plugins", "config", "stats", "store"),
    ("models", "datasets", "preprocessing", "decoders", "metrics", "testing"),
    ("runtime",),
    ("quantization", "evaluation"),
    ("context",),
    ("search",),
    ("report", "migrate"),
    ("report_builder",),
    ("commands",),
    ("api", "callbacks"),
    ("cli",),
    ("__main__",),
)
BESIDE = {
    ("core", "errors"),
    ("plugins", "core"),
    ("config", "plugins"),
    # Samples are laid out as the model's inputs want them.
    ("datasets", "models"),
    # A metric that measures a divergence uses the formulas that decoders measure it with.
    ("metrics", "decoders"),
}
# What a package may import of the project where that is less than its level allows.
ONLY = {
    "stats": {"core", "errors"},
    "report": {"core", "stats", "errors", "version", "report"},
    "migrate": {"config", "errors", "core", "plugins", "migrate"},
}
# One component a file; components never import each other, what they share is in `_lib`.
LEAVES = (
    "datasets.adapters",
    "preprocessing",
    "decoders",
    "metrics",
    "models.readers",
    "quantization.recipes",
)
# Third-party packages, and the only places that may import them.
HOMES = {
    "nncf": ("quantization",),
    "torch": ("quantization.finetune", "models.readers.pytorch"),
    "dask": ("runtime.executors",),
    "distributed": ("runtime.executors",),
}
# Imports within a function that close a cycle: a report makes its own page.
BACKWARD = {("calibrate.report.schema", "calibrate.report.formats.html")}
# Packages and modules that decide, which load no runtime.
PURE = (
    "config",
    "stats",
    "store",
    "search.pareto",
    "search.sensitivity",
    "search.cost_attribution",
    "search.front_walk",
    "search.drop_model",
)


class Import(NamedTuple):
    """One imported module or name."""

    line: int
    module: str
    name: str | None  # of `from module import name`


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
MODULES = {name: path for name, path in FILES.items() if path.name != "__init__.py"}
LEVELS = {name: level for level, names in enumerate(ORDER) for name in names}


def package(module: str) -> str:
    """`context` of `calibrate.context.scores`."""
    return module.split(".")[1]


def inside(module: str, place: str) -> bool:
    return module == f"calibrate.{place}" or module.startswith(f"calibrate.{place}.")


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(FILES[module].read_text())


@cache
def imports_of(module: str) -> tuple[Import, ...]:
    entries = []
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            entries += [Import(node.lineno, alias.name, None) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                if submodule in FILES:
                    entries.append(Import(node.lineno, submodule, None))
                else:
                    entries.append(Import(node.lineno, node.module or "", alias.name))
    return tuple(entries)


def own_imports(module: str) -> list[Import]:
    return [entry for entry in imports_of(module) if entry.module.startswith("calibrate.")]


def leaf(module: str) -> str | None:
    """The family of components that a module is one of."""
    for family in LEAVES:
        if inside(module, family) and "._lib" not in module and not module.endswith(".base"):
            return family
    return None


def fault(importer: str, target: str) -> str | None:
    """Why `importer` must not import `target`, or None."""
    first, second = package(importer), package(target)
    if first in ONLY and second not in ONLY[first] | {first}:
        return f"{first} needs {', '.join(sorted(ONLY[first]))} alone"
    if LEVELS[second] > LEVELS[first]:
        return f"{second} comes after {first}"
    if LEVELS[second] == LEVELS[first] and first != second and (first, second) not in BESIDE:
        return f"{first} and {second} stand side by side"
    if leaf(importer) and leaf(importer) == leaf(target):
        return "components do not import each other"
    return None


@pytest.mark.parametrize("module", [name for name in MODULES if name.count(".") >= 1])
def test_imports_come_from_packages_before(module):
    faults = [
        f"line {entry.line}: {entry.module}: {reason}"
        for entry in own_imports(module)
        if (reason := fault(module, entry.module))
    ]
    assert faults == []


@pytest.mark.parametrize(
    ("importer", "target", "expected"),
    [
        ("calibrate.config.load", "calibrate.core.component", None),
        ("calibrate.config.load", "calibrate.config.schema", None),
        ("calibrate.config.load", "calibrate.cli.main", "cli comes after config"),
        ("calibrate.core.sample", "calibrate.config.schema", "config comes after core"),
        (
            "calibrate.preprocessing.a",
            "calibrate.preprocessing.b",
            "components do not import each other",
        ),
        ("calibrate.preprocessing.a", "calibrate.preprocessing._lib.b", None),
        (
            "calibrate.decoders.a",
            "calibrate.metrics.b",
            "decoders and metrics stand side by side",
        ),
        (
            "calibrate.report.load",
            "calibrate.datasets.split",
            "report needs core, errors, report, stats, version alone",
        ),
        ("calibrate.search.a", "calibrate.quantization.b", None),
        ("calibrate.quantization.a", "calibrate.search.b", "search comes after quantization"),
    ],
)
def test_the_rule_itself(importer, target, expected):
    assert fault(importer, target) == expected


@pytest.mark.parametrize("library", HOMES)
def test_libraries_are_imported_in_their_homes_alone(library):
    importers = {
        module
        for module in FILES
        if any(entry.module.split(".")[0] == library for entry in imports_of(module))
    }
    assert {
        module for module in importers if not any(inside(module, home) for home in HOMES[library])
    } == set()


def reached(module: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """Every module of the package that comes with a module, itself included."""
    if module in seen:
        return seen
    seen |= {module}
    for entry in own_imports(module):
        if entry.module in MODULES:
            seen = reached(entry.module, seen)
    return seen


@pytest.mark.parametrize("module", [name for name in MODULES if any(inside(name, p) for p in PURE)])
def test_decisions_and_configs_load_no_runtime(module):
    heavy = {
        name
        for name in MODULES
        for entry in imports_of(name)
        if entry.module.split(".")[0] in ("nncf", "openvino", "torch")
    }
    assert reached(module) & heavy == set()


def defined_in(module: str) -> set[str]:
    """Names that a module binds at its top level other than by importing them."""
    names = set()
    for node in tree_of(module).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            leaves = [leaf for target in node.targets for leaf in ast.walk(target)]
            names |= {leaf.id for leaf in leaves if isinstance(leaf, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


@pytest.mark.parametrize("module", FILES)
def test_names_come_from_where_they_are_defined(module):
    faults = [
        f"line {entry.line}: {entry.module} does not define {entry.name}"
        for entry in own_imports(module)
        if entry.name is not None and entry.name not in defined_in(entry.module)
    ]
    assert faults == []


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("__init__.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_init_files_are_empty(path):
    if path.parent != PACKAGE:
        assert path.read_text() == ""


def test_modules_form_no_cycle():
    graph = {
        module: {
            entry.module
            for entry in own_imports(module)
            if entry.module in MODULES and (module, entry.module) not in BACKWARD
        }
        for module in MODULES
    }
    TopologicalSorter(graph).prepare()


def test_every_package_has_a_level():
    assert {package(module) for module in MODULES} == set(LEVELS)


def test_every_folder_of_modules_is_a_package():
    assert {p.parent for p in PACKAGE.rglob("*.py")} == {
        p.parent for p in PACKAGE.rglob("__init__.py")
    }
