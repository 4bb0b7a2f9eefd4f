import json
from typing import Any

import pytest

from calibrate import plugins
from calibrate.config.json_schema import batch_schema, dataset_schema, run_schema
from calibrate.config.schema import Dataset, RunConfig


@pytest.fixture
def catalogs(folder, monkeypatch):
    """One component a family, which stand for the built-in ones."""
    path = str(folder / "parts.py")
    for kind, name in {
        "adapters": "Folder",
        "steps": "Scale",
        "decoders": "Decoder",
        "metrics": "Accuracy",
    }.items():
        class_ = plugins.load(kind, f"{path}:{name}", folder=folder)  # type: ignore[arg-type]
        monkeypatch.setitem(plugins.CATALOGS, kind, {name.lower(): f"{class_.__module__}:{name}"})


def references(schema: Any) -> set[str]:
    if isinstance(schema, dict):
        direct = {schema["$ref"]} if isinstance(schema.get("$ref"), str) else set()
        return direct.union(*map(references, schema.values()))
    if isinstance(schema, list):
        return set().union(*map(references, schema))
    return set()


@pytest.mark.parametrize("build", [run_schema, dataset_schema, batch_schema])
def test_every_reference_leads_somewhere(build, catalogs):
    schema = build()
    assert references(schema) <= {f"#/$defs/{name}" for name in schema["$defs"]}
    assert json.loads(json.dumps(schema)) == schema


def test_the_built_in_catalogs_have_a_schema():
    schema = run_schema()
    assert references(schema) <= {f"#/$defs/{name}" for name in schema["$defs"]}
    for kind in plugins.CATALOGS:
        known = {
            member["properties"]["type"]["const"]
            for member in schema["$defs"][kind]["anyOf"]
            if "const" in member["properties"]["type"]
        }
        assert known == set(plugins.names(kind))


def test_sections_keep_their_keys_and_words(catalogs):
    schema = run_schema()
    assert list(schema["properties"]) == list(RunConfig.model_fields)
    assert list(dataset_schema()["properties"]) == list(Dataset.model_fields)
    undescribed = [
        key
        for key, value in schema["properties"].items()
        # The words of a section whose key says the same stand at the section only.
        if not (value.get("description") or schema["$defs"][key.title()]["description"])
    ]
    assert undescribed == []


def test_a_component_is_distinguished_by_its_type(catalogs):
    (scale, own_file) = run_schema()["$defs"]["steps"]["anyOf"]
    assert scale["properties"]["type"] == {"const": "scale"}
    assert scale["properties"]["filter"]["enum"] == ["nearest", "bilinear"]
    assert scale["required"] == ["type"]
    assert scale["additionalProperties"] is False
    assert own_file["properties"]["type"]["pattern"] == r"\.py:\w+$"


def test_metrics_may_have_a_budget_of_their_own(catalogs):
    (accuracy, _) = run_schema()["$defs"]["metrics"]["anyOf"]
    assert list(accuracy["properties"]) == [
        "type",
        "top_k",
        "max_drop",
        "drop_type",
        "reference",
        "abs_threshold",
        "decoder",
    ]


def test_a_dataset_is_a_path_or_a_mapping(catalogs):
    first, second = run_schema()["properties"]["dataset"]["anyOf"]
    assert first["type"] == "string"
    assert second == {"$ref": "#/$defs/Dataset"}
    assert dataset_schema()["properties"]["adapter"]["$ref"] == "#/$defs/adapters"
