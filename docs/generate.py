"""Write docs/config.md and docs/components.md from the schema and the catalogs.

    python docs/generate.py

A test checks that both files are up to date.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from calibrate.cli.catalog import Card, card, type_text
from calibrate.config.batch import KEY, BatchSection
from calibrate.config.schema import ComponentSpec, Dataset, MetricSpec, RunConfig
from calibrate.plugins import CATALOGS, Kind, load

FOLDER = Path(__file__).parent

CONFIG_HEAD = """# Every key of a config

`python docs/generate.py` writes this page from the schema. [components.md](components.md) and
`calibrate list` document the parameters of components (adapters, steps, decoders and metrics).
`calibrate schema` prints the JSON Schema of configs, with which an editor can complete keys:

```yaml
# yaml-language-server: $schema=calibrate.schema.json
model: {path: model.onnx}
```

- **Paths** are relative to the file that contains them; `~` is the home folder.
- **`${VAR}`** and `${VAR:-default}` are replaced by the value of the environment variable; `$${`
  is a literal `${`. Reports, models, logs and messages show the expression instead of a value of
  six letters or more.
- **`--set key.path=value`** on the command line overrides a key, `--set metrics.0.top_k=5` a key
  in a list.
- **Scalars** follow YAML 1.2: `no` and `off` are text, `010` is ten, `1e-3` is a number.
- **`dataset:`** is a mapping, or the path of a YAML file with the mapping.
- A file with the single key **`batch`** describes several runs (`calibrate run batch.yaml`).
- An unknown key, a wrong type, a missing file and settings that exclude each other are errors.
  They are reported together, with file, line and key, before any long work.
"""

COMPONENTS_HEAD = """# Every adapter, step, decoder and metric

`python docs/generate.py` writes this page from the classes. `calibrate list metrics` and
`calibrate list metrics accuracy` print the same text. In a config, `type` names the component; for
a custom class it is `file.py:Name` ([custom components](guides/plugins.md)).
"""

TITLES: Mapping[Kind, tuple[str, str]] = {
    "adapters": ("Adapters", "`dataset.adapter`: reads a dataset in its layout."),
    "steps": ("Steps", "`preprocessing`: the steps from the decoded sample to the model's inputs."),
    "decoders": ("Decoders", "`decoder`: turns the model's outputs into predictions."),
    "metrics": ("Metrics", "`metrics`: each has its budget. Every metric also takes"),
}


def config_page() -> str:
    """One table for each section of the config, in the order of the file."""
    places: dict[type[BaseModel], list[str]] = {}
    _find_sections("", RunConfig, places)
    _find_sections(KEY, BatchSection, places)
    lines = [CONFIG_HEAD]
    for section, paths in places.items():
        lines += _section(section, ", ".join(f"`{path}`" for path in paths if path))
    return "\n".join(lines)


def components_page() -> str:
    """One section for each component."""
    lines = [COMPONENTS_HEAD]
    for kind, (title, words) in TITLES.items():
        budget = [f"`{name}`" for name in MetricSpec.model_fields if name != "type"]
        more = f" {', '.join(budget)} ([config.md](config.md))." if kind == "metrics" else ""
        lines += [f"## {title}", "", words + more, ""]
        for names, entry in _cards(kind):
            lines += _component(names, entry)
    return "\n".join(lines)


def _find_sections(
    path: str, section: type[BaseModel], places: dict[type[BaseModel], list[str]]
) -> None:
    """Collect every section with the keys that contain it, outer ones first."""
    places.setdefault(section, []).append(path)
    for name, field in section.model_fields.items():
        inner = _inner(field.annotation)
        if inner is not None and inner is not ComponentSpec:
            _find_sections(f"{path}.{name}".strip(".") + _each(field.annotation), inner, places)


def _section(section: type[BaseModel], title: str) -> Iterator[str]:
    """The section's keys, one line for each."""
    yield f"## {title or 'A run config'}"
    yield ""
    yield " ".join((section.__doc__ or "").split())
    yield ""
    yield "| key | value | default | meaning |"
    yield "|---|---|---|---|"
    for name, field in section.model_fields.items():
        key = field.alias or name
        yield f"| `{key}` | {_value(field)} | {_default(field)} | {_cell(field.description)} |"
    yield ""


def _each(annotation: Any) -> str:  # noqa: ANN401  # any type annotation
    """The suffix of a key for the entries of a list or mapping."""
    origin = get_origin(annotation)
    return {tuple: "[]", dict: ".NAME"}.get(cast("type", origin), "")


def _inner(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401  # as above
    """The section that a field holds, in a list or alone."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    result = [_inner(argument) for argument in get_args(annotation)]
    return next((entry for entry in result if entry is not None), None)


def _value(field: FieldInfo) -> str:
    """The type in YAML's words, with bounds."""
    inner = _inner(field.annotation)
    if inner is not None:
        item = "component" if issubclass(inner, ComponentSpec) else "section"
        words = _literals(field.annotation)
        if words:
            return ", ".join([*(f"`{word}`" for word in words), item])
        shape = {tuple: f"list of {item}s", dict: f"{item} by name"}
        text = shape.get(cast("type", get_origin(field.annotation)), item)
        return f"{text} or path" if inner is Dataset else text
    text = _plain(field.annotation)
    bounds = [_bound(entry) for entry in field.metadata]
    return _cell(", ".join([text, *(bound for bound in bounds if bound)]))


def _literals(annotation: Any) -> tuple[object, ...]:  # noqa: ANN401  # as above
    """The literals that are allowed instead of a section."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(word for argument in get_args(annotation) for word in _literals(argument))


def _plain(annotation: Any) -> str:  # noqa: ANN401  # as above
    """The type as `calibrate list` prints it, without `null`, the default of optional keys."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(f"`{argument}`" for argument in arguments)
    if origin is Annotated:
        return _plain(arguments[0])
    if origin is tuple:
        return f"list of {_plain(arguments[0])}".replace(
            "list of whole number", "list of whole numbers"
        )
    if NoneType in arguments:
        return " or ".join(_plain(entry) for entry in arguments if entry is not NoneType)
    return type_text(annotation)


def _bound(entry: object) -> str:
    for name, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<")):
        value = getattr(entry, name, None)
        if value is not None:
            return f"{sign} {value}"
    return ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = to_jsonable_python(field.get_default(call_default_factory=True, validated_data={}))
    section = _inner(field.annotation) is not None and not isinstance(value, str)
    if value is None or value in ({}, [], "") or section:
        return ""
    return f"`{json.dumps(value, ensure_ascii=False)}`".replace('"', "")


def _cards(kind: Kind) -> list[tuple[Sequence[str], Card]]:
    """Each class once, with all its names."""
    by_class: dict[str, list[str]] = {}
    for name, path in sorted(CATALOGS[kind].items()):
        by_class.setdefault(path, []).append(name)
    return [
        (names, card(names[0], load(kind, names[0], folder=FOLDER))) for names in by_class.values()
    ]


def _component(names: Sequence[str], found: Card) -> Iterator[str]:
    yield f"### {', '.join(f'`{name}`' for name in names)}"
    yield ""
    yield found.description
    yield ""
    if found.parameters:
        yield "| key | value | default | meaning |"
        yield "|---|---|---|---|"
    for parameter in found.parameters:
        default = json.dumps(to_jsonable_python(parameter.default), ensure_ascii=False)
        shown = "**required**" if parameter.required else f"`{default}`"
        value, meaning = _cell(parameter.type), _cell(parameter.description)
        yield f"| `{parameter.name}` | {value} | {shown} | {meaning} |"
    if found.parameters:
        yield ""
    if found.example:
        yield from ("```yaml", found.example, "```", "")


def _cell(text: str | None) -> str:
    """Text for a cell of a table."""
    return " ".join((text or "").split()).replace("|", "\\|")


_TITLES = {"f32": "FP32", "bf16": "BF16", "f16": "FP16"}
START, END = "<!-- generated: benchmarks -->", "<!-- end -->"
NOT_MEASURED = (
    "How it compares with plain INT8 and NNCF on three real models: "
    "`python benchmarks/readme_table.py` measures it."
)


def benchmark_table(content: Mapping[str, Any]) -> str:
    """The README's table of real models, from the JSON that the benchmark writes."""
    tools = ("FP32", "plain INT8", "calibrate", "nncf")
    titles = ("model, metric on unseen images", *tools[:3], "NNCF accuracy control")
    lines = [f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}"]
    for name, facts in content["models"].items():
        cells = [_measured(facts, tool) for tool in tools]
        lines.append(f"| {name}, {facts['metric']} | {' | '.join(cells)} |")
    budgets = ", ".join(
        f"{100 * facts['budget']:g} ({_splits(facts['splits'])}, {facts['images']} images judge)"
        for facts in content["models"].values()
    )
    kinds = {_TITLES[facts["deployed"]] for facts in content["models"].values()}
    note = (
        "Means over splits with the range of the drop, and times as fast as FP32 with the range. "
        f"The last three are judged and timed with floating point in {' or '.join(sorted(kinds))}. "
        f"Budgets in points: {budgets}. {content['cpu']}, {content['date']}."
    )
    return "\n".join([*lines, "", note])


def _splits(count: int) -> str:
    return "1 split" if count == 1 else f"{count} splits"


def _measured(facts: Mapping[str, Any], tool: str) -> str:
    """`85.9, drop 0.1 (-0.4 to 0.8), 1.6×`, in points; what failed is said."""
    row = facts["tools"].get(tool)
    if row is None:
        return "failed"
    value = f"{100 * row['value']:.1f}"
    if tool == "FP32":
        return value
    low, high = 100 * row["drop_low"], 100 * row["drop_high"]
    if facts["splits"] == 1:
        return f"{value}, drop {100 * row['drop']:.1f}, {row['speedup']:.2f}×"
    speed = f"{row['speedup']:.2f}× ({row['speedup_low']:.2f} to {row['speedup_high']:.2f})"
    return f"{value}, drop {100 * row['drop']:.1f} ({low:.1f} to {high:.1f}), {speed}"


def readme(text: str) -> str:
    """The README with its table as it was measured last."""
    path = FOLDER / "readme_table.json"
    table = NOT_MEASURED
    if path.is_file():
        table = benchmark_table(json.loads(path.read_text(encoding="utf-8")))
    before, _, rest = text.partition(START)
    return f"{before}{START}\n{table}\n{END}{rest.partition(END)[2]}"


PAGES = {"config.md": config_page, "components.md": components_page}


def main() -> None:
    """Write all pages."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page().rstrip() + "\n", encoding="utf-8")
    path = FOLDER.parent / "README.md"
    path.write_text(readme(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
