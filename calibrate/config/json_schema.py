"""The JSON Schema of config files, for completion and checks in editors.

Every component is a known one, identified by its `type`, or a class of a Python file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from calibrate.config.batch import BatchConfig
from calibrate.config.schema import Dataset, MetricSpec, RunConfig
from calibrate.plugins import Kind, load, names

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_OWN_FILE: Schema = {
    "type": "object",
    "description": "A class of a Python file, given as `file.py:Name`, with its parameters.",
    "properties": {"type": {"type": "string", "pattern": r"\.py:\w+$"}},
    "required": ["type"],
}


def run_schema() -> Schema:
    """Return the schema of a run config."""
    schema = RunConfig.model_json_schema()
    definitions = _definitions(schema.pop("$defs"))
    properties = schema["properties"]
    for name in ("dataset", "calibration"):
        properties[name] = {
            "anyOf": [
                {"type": "string", "description": "The path of a YAML that describes the dataset."},
                {"$ref": "#/$defs/Dataset"},
            ],
            "description": properties[name]["description"],
        }
    properties["preprocessing"]["items"] = _reference("steps")
    name = definitions.pop("DecoderSpec")["properties"]["name"]
    named = {"allOf": [_reference("decoders")], "properties": {"name": name}, "required": ["name"]}
    properties["decoder"] = {
        "anyOf": [_reference("decoders"), {"type": "array", "items": named, "minItems": 1}],
        "description": properties["decoder"]["description"],
    }
    properties["metrics"]["items"] = _reference("metrics")
    return {"$schema": _DIALECT, **schema, "$defs": definitions}


def dataset_schema() -> Schema:
    """Return the schema of a dataset file."""
    schema = Dataset.model_json_schema()
    del schema["$defs"]
    definitions: Schema = {}
    schema["properties"]["adapter"] = _adapter(schema)
    definitions["adapters"] = _family("adapters", definitions)
    return {"$schema": _DIALECT, **schema, "$defs": definitions}


def batch_schema() -> Schema:
    """Return the schema of a batch file."""
    return {"$schema": _DIALECT, **BatchConfig.model_json_schema()}


def _definitions(sections: Schema) -> Schema:
    """Return the sections' definitions, with component specs replaced by the known components."""
    definitions = {
        name: definition
        for name, definition in sections.items()
        if name not in ("ComponentSpec", "MetricSpec")
    }
    dataset = definitions["Dataset"]
    dataset["properties"]["adapter"] = _adapter(dataset)
    budget = {
        name: value
        for name, value in sections["MetricSpec"]["properties"].items()
        if name in MetricSpec.model_fields and name != "type"
    }
    for kind in ("adapters", "steps", "decoders"):
        definitions[kind] = _family(kind, definitions)
    definitions["metrics"] = _family("metrics", definitions, budget)
    return definitions


def _adapter(dataset: Schema) -> Schema:
    return {
        **_reference("adapters"),
        "description": dataset["properties"]["adapter"]["description"],
    }


def _reference(kind: Kind) -> Schema:
    return {"$ref": f"#/$defs/{kind}"}


def _family(kind: Kind, definitions: Schema, shared: Mapping[str, Any] | None = None) -> Schema:
    """Return the union of the known components; referenced schemas are added to `definitions`."""
    members = [_component(kind, name, definitions, shared or {}) for name in sorted(names(kind))]
    return {"anyOf": [*members, _OWN_FILE]}


def _component(kind: Kind, name: str, definitions: Schema, shared: Mapping[str, Any]) -> Schema:
    class_ = load(kind, name, folder=Path())
    prefix = f"{kind}.{name}."
    schema = class_.model_json_schema(ref_template=f"#/$defs/{prefix}{{model}}")
    for key, definition in schema.pop("$defs", {}).items():
        definitions[prefix + key] = definition
    schema["properties"] = {"type": {"const": name}, **schema.get("properties", {}), **shared}
    schema["required"] = ["type", *schema.get("required", [])]
    return schema
