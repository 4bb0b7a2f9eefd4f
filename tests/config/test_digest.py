import json
import shutil
from pathlib import Path

import pytest

from calibrate.config.load import load_config


def load(*overrides: str, path: str = "run.yaml"):
    return load_config(Path(path), overrides=overrides)


@pytest.mark.parametrize(
    "override",
    [
        "output.dir=elsewhere",
        "output.reports=[html]",
        "model.name=x",
        "dataset.name=x",
        "dataset.description=x",
        "dataset.licence=x",
        "dataset.obtain=x",
        "search.timeout=60",
        "search.memory_limit=1000",
        "budget.max_drop=0.01",
        "dataset.adapter.count=3",
        "preprocessing[0].filter=nearest",
    ],
)
def test_what_changes_no_result_changes_no_digest(folder, override):
    assert load(override).digest == load().digest


@pytest.mark.parametrize(
    "override",
    [
        "budget.max_drop=0.02",
        "metrics[0].max_drop=0.02",
        "metrics[0].top_k=5",
        "dataset.adapter.count=4",
        "dataset.subsample_seed=1",
        "preprocessing[0].filter=bilinear",
        "preprocessing=[]",
        "search.objective=size",
        "quantization.preset=mixed",
    ],
)
def test_what_changes_a_result_changes_the_digest(folder, override):
    assert load(override).digest != load().digest


def test_the_digest_contains_the_code_of_custom_components(folder):
    before = load().digest
    with Path("parts.py").open("a") as stream:
        stream.write("# changed\n")
    assert load().digest != before


def test_another_checkout_has_the_same_digest(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    shutil.copytree(folder, other, dirs_exist_ok=True)
    assert load(path=str(other / "run.yaml")).digest == load().digest


def test_the_document_is_complete_and_plain(folder):
    document = load().document
    assert json.loads(json.dumps(document)) == document
    assert document["model"]["path"] == "model.onnx"
    assert document["budget"] == {
        "max_drop": 0.01,
        "drop_type": "absolute",
        "accept": "estimate",
        "confidence": 0.95,
        "refusal_confidence": 0.8,
    }
    assert document["preprocessing"] == [{"type": "parts.py:Scale", "size": 8, "filter": "nearest"}]
    assert document["metrics"] == [
        {
            "type": "parts.py:Accuracy",
            "top_k": 1,
            "max_drop": None,
            "drop_type": None,
            "reference": None,
            "abs_threshold": None,
            "decoder": None,
        }
    ]


def test_a_document_is_a_config(folder):
    first = load()
    Path("again.yaml").write_text(json.dumps(first.document))
    assert load(path="again.yaml").digest == first.digest
