from pathlib import Path

import pytest

from calibrate.errors import CalibrateError
from calibrate.migrate.accuracy_checker import Surroundings
from calibrate.migrate.pot import drafts_of


def nothing(name: str) -> dict:
    raise CalibrateError("there is no such file", name)


def only(content: dict, read=nothing):
    (draft,), common = drafts_of(content, Surroundings(), read)
    draft.notes.entries += [note for note in common.entries if note not in draft.notes.entries]
    return draft


def lost(draft) -> list[str]:
    return [note.where for note in draft.notes.of("lost")]


def test_an_engine_of_the_accuracy_checker(pot):
    draft = only(pot)
    assert draft.notes.full
    assert draft.model == {"path": "ir/small.xml", "name": "small"}
    assert draft.decoder == {"type": "classification", "background_offset": 1}
    assert draft.notes.of("fill_in") == []
    assert draft.others == {
        "quantization": {
            "target_device": "CPU",
            "preset": "mixed",
            "subset_size": 200,
            "fast_bias_correction": False,
            "overflow_fix": "first_layer_only",
        },
        "budget": {"max_drop": 0.005, "drop_type": "relative"},
        "search": {"ranking_subset_size": 100, "max_num_iterations": 20, "recipes": "thorough"},
    }


def test_an_engine_that_names_a_config(pot, checker, definitions):
    pot["engine"] = {"config": "checker.yml"}
    named = {"checker.yml": checker}
    (draft,), _ = drafts_of(pot, Surroundings(definitions=definitions), named.__getitem__)
    assert draft.model == {"path": "ir/small.xml", "name": "small"}
    assert draft.notes.full


def test_datasets_for_calibration_and_for_judging(pot):
    (dataset,) = pot["engine"]["datasets"]
    steps = dataset.pop("preprocessing")
    pot["engine"]["datasets"] = {
        "preprocessing": steps,
        "optimization": {"name": "a", "data_source": "train"},
        "evaluation": dataset,
    }
    draft = only(pot)
    assert draft.dataset == {"name": "thousand"}
    assert len(draft.steps) == 3
    assert [n.where for n in draft.notes.of("differs")] == ["engine.datasets.optimization"]


def test_a_simplified_engine(pot):
    pot["engine"] = {"type": "simplified", "data_source": "images/*.png"}
    pot["compression"]["algorithms"] = [{"name": "DefaultQuantization", "params": {}}]
    draft = only(pot)
    assert draft.adapter == {
        "type": "images",
        "data_source": "${DATA_DIR:-.}/images",
        "glob": "*.png",
    }
    assert draft.steps == [{"type": "rgb_to_bgr"}]
    assert draft.metrics == [{"type": "cosine_similarity"}]
    assert draft.others["budget"] == {"max_drop": 0.01}
    assert lost(draft) == ["engine"]


def test_the_metrics_that_count_with_their_values(pot):
    (dataset,) = pot["engine"]["datasets"]
    dataset["metrics"] = [{"type": "accuracy", "top_k": k} for k in (1, 5)]
    parameters = pot["compression"]["algorithms"][0]["params"]
    parameters["metrics"] = [{"name": "accuracy@top5", "baseline_value": 0.9}, {"name": "f1"}]
    draft = only(pot)
    assert draft.metrics == [{"type": "accuracy", "top_k": 5, "reference": 0.9}]
    assert lost(draft) == ["compression.algorithms[0].params.metrics[1].name"]


def test_without_labels(pot):
    parameters = pot["compression"]["algorithms"][0]["params"]
    parameters |= {"annotation_free": True, "annotation_conf_threshold": 0.4}
    draft = only(pot)
    assert draft.metrics == [{"type": "agreement", "annotation_conf_threshold": 0.4}]


@pytest.mark.parametrize(
    ("parameters", "section"),
    [
        ({"preset": "accuracy"}, {"preset": "mixed"}),
        ({"saturation_fix": "all"}, {"overflow_fix": "enable"}),
        (
            {"ignored": {"scope": ["a/b"], "operations": [{"type": "MatMul"}]}},
            {"ignored_scope": {"names": ["a/b"], "types": ["MatMul"]}},
        ),
        (
            {
                "weights": {
                    "bits": 8,
                    "mode": "symmetric",
                    "granularity": "perchannel",
                    "level_low": -127,
                    "level_high": 127,
                    "range_estimator": {"max": {"type": "quantile", "outlier_prob": 0.001}},
                }
            },
            {
                "weights_quantization_params": {
                    "num_bits": 8,
                    "mode": "symmetric",
                    "per_channel": True,
                    "narrow_range": True,
                },
                "weights_range_estimator_params": {
                    "max": {"statistics_type": "quantile", "quantile_outlier_prob": 0.001}
                },
            },
        ),
        (
            {"activations": {"range_estimator": {"min": {"aggregator": "mean", "type": "min"}}}},
            {
                "activations_range_estimator_params": {
                    "min": {"statistics_type": "min", "aggregator_type": "mean"}
                }
            },
        ),
    ],
)
def test_parameters_of_quantization(pot, parameters, section):
    pot["compression"] = {
        "algorithms": [{"name": "AccuracyAwareQuantization", "params": parameters}]
    }
    draft = only(pot)
    assert draft.others["quantization"] == section
    assert draft.notes.full


@pytest.mark.parametrize(
    ("compression", "where"),
    [
        ({"target_device": "GPU"}, "compression.target_device"),
        ({"model_type": "gnn"}, "compression.model_type"),
        ({"algorithms": [{"name": "MagnitudeSparsity"}]}, "compression.algorithms[0].name"),
        ({"unheard_of": 1}, "compression.unheard_of"),
        (
            {"algorithms": [{"name": "DefaultQuantization", "params": {"use_layerwise": True}}]},
            "compression.algorithms[0].params.use_layerwise",
        ),
        (
            {
                "algorithms": [
                    {
                        "name": "DefaultQuantization",
                        "params": {
                            "activations": {
                                "range_estimator": {"max": {"aggregator": "hl_estimator"}}
                            }
                        },
                    }
                ]
            },
            "compression.algorithms[0].params.activations.range_estimator.max.aggregator",
        ),
    ],
)
def test_what_is_lost_is_reported(pot, compression, where):
    pot["compression"] |= compression
    assert where in lost(only(pot))


def test_an_optimizer_and_a_cascade_are_reported(pot):
    pot["optimizer"] = {"name": "Tpe"}
    pot["model"]["cascade"] = [1]
    assert lost(only(pot)) == ["model.cascade", "optimizer"]


def test_an_engine_without_data(pot):
    pot["engine"] = {"type": "data_free"}
    drafts, common = drafts_of(pot, Surroundings(), nothing)
    assert drafts == []
    assert [note.where for note in common.of("lost")] == ["engine.type"]


@pytest.mark.parametrize(
    ("further", "expected"),
    [
        ([], {"disable_bias_correction": True}),
        (["FastBiasCorrection"], {"fast_bias_correction": True}),
        (["BiasCorrection"], {"fast_bias_correction": False}),
        (
            ["ActivationChannelAlignment", "FastBiasCorrection"],
            {"disable_channel_alignment": False, "fast_bias_correction": True},
        ),
    ],
)
def test_a_pipeline_of_algorithms(pot, further, expected):
    pot["compression"]["algorithms"] = [
        {"name": "MinMaxQuantization", "params": {"preset": "mixed", "stat_subset_size": 300}},
        *({"name": name, "params": {"stat_subset_size": 300}} for name in further),
    ]
    draft = only(pot)
    assert lost(draft) == ["compression.algorithms[0].params.metrics"] or not lost(draft)
    quantization = {"target_device": "CPU", "preset": "mixed", "subset_size": 300}
    assert draft.others["quantization"] == quantization | expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"smooth_quant_alphas": {"convolution": -1, "matmul": 0.7}},
         {"convolution": -1.0, "matmul": 0.7}),
        ({"smooth_quant_alpha": 0.5}, {"matmul": 0.5}),
    ],
)  # fmt: skip
def test_smoothing(pot, given, expected):
    pot["compression"]["algorithms"][0]["params"] |= given
    assert only(pot).others["quantization"]["smooth_quant_alphas"] == expected


def test_ranges_of_weights(pot):
    pot["compression"]["algorithms"][0]["params"]["weights"] = {
        "range_estimator": {"max": {"type": "quantile", "outlier_prob": 0.001}}
    }
    draft = only(pot)
    assert draft.others["quantization"]["weights_range_estimator_params"] == {
        "max": {"statistics_type": "quantile", "quantile_outlier_prob": 0.001}
    }


def test_the_model_is_named_from_the_folder_of_the_written_file(pot, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (draft,), _ = drafts_of(pot, Surroundings(output=Path("configs/new")), nothing)
    assert draft.model["path"] == "../../ir/small.xml"
