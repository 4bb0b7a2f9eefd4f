import numpy as np
import openvino as ov
import pytest

from calibrate.commands.new.trials import try_decoders, try_sections
from calibrate.core.costs import Costs

CLASSES, VECTORS = (
    {"decoder": {"type": "classification"}, "metrics": [{"type": "accuracy"}]},
    {"decoder": {"type": "embedding"}, "metrics": [{"type": "recall_at_k"}]},
)


@pytest.fixture
def content(job):
    return {
        "model": {"path": job.parent / "model.xml"},
        "dataset": {"adapter": {"type": "image_folder", "data_source": job.parent / "data"}},
        "preprocessing": [],
        "budget": {"max_drop": 0.01},
    }


def test_several_tasks_are_scored_on_one_inference(job, content):
    model, costs = ov.Core().read_model(job.parent / "model.xml"), Costs(lambda: 0.0)
    scores = try_sections(model, content, [CLASSES, VECTORS], costs=costs)
    samples = len(list((job.parent / "data").rglob("*.png")))
    assert (costs.total.compilations, costs.total.inferences) == (1, samples)
    for section, score in zip((CLASSES, VECTORS), scores, strict=True):
        (alone,) = try_decoders(
            model, {**content, "metrics": section["metrics"]}, [section["decoder"]]
        )
        assert score.value == alone.value
        assert np.isfinite(score.value)
