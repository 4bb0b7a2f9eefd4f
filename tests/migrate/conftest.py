"""Configs in the form of the other tools, small and of our own."""

from typing import Any

import pytest


@pytest.fixture
def checker() -> dict[str, Any]:
    """A config of the Accuracy Checker that converts in full."""
    return {
        "models": [
            {
                "name": "small-net",
                "launchers": [{"framework": "openvino", "adapter": "classification"}],
                "datasets": [
                    {
                        "name": "thousand",
                        "preprocessing": [
                            {"type": "resize", "size": 256, "aspect_ratio_scale": "greater"},
                            {"type": "crop", "size": 224},
                            {"type": "bgr_to_rgb"},
                            {"type": "normalization", "mean": "(123, 117, 104)", "std": 58},
                        ],
                        "metrics": [{"type": "accuracy", "top_k": 1, "reference": 71.8}],
                    }
                ],
            }
        ]
    }


@pytest.fixture
def definitions() -> dict[str, Any]:
    """Definitions of datasets, by name."""
    return {
        "thousand": {
            "name": "thousand",
            "data_source": "images",
            "annotation_conversion": {
                "converter": "imagenet",
                "annotation_file": "val.txt",
                "has_background": True,
            },
            "annotation": "thousand.pickle",
            "metrics": [{"type": "accuracy", "top_k": 5}],
        }
    }


@pytest.fixture
def pot(checker, definitions) -> dict[str, Any]:
    """A config of POT whose engine holds what the Accuracy Checker's would."""
    model = checker["models"][0]
    dataset = {**definitions["thousand"], **model["datasets"][0]}
    return {
        "model": {"model_name": "small", "model": "ir/small.xml", "weights": "ir/small.bin"},
        "engine": {
            "stat_requests_number": 4,
            "launchers": [{"framework": "dlsdk", "device": "CPU", "adapter": "classification"}],
            "datasets": [dataset],
        },
        "compression": {
            "target_device": "CPU",
            "algorithms": [
                {
                    "name": "AccuracyAwareQuantization",
                    "params": {
                        "preset": "mixed",
                        "stat_subset_size": 200,
                        "maximal_drop": 0.005,
                        "drop_type": "relative",
                        "ranking_subset_size": 100,
                        "max_iter_num": 20,
                        "saturation_fix": "first_layer",
                        "use_fast_bias": False,
                        "tune_hyperparams": True,
                    },
                }
            ],
        },
    }
