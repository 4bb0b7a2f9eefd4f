import numpy as np
import pytest

from calibrate.core.sample import Sample
from calibrate.errors import CalibrateError
from calibrate.preprocessing.pad_tokens import PadTokens
from calibrate.testing.steps import check_step

SAMPLE = Sample(
    "7",
    {
        "input_ids": np.array([5, 6, 7]),
        "attention_mask": np.array([1, 1, 1]),
        "features": np.ones((2, 2), np.float32),
    },
)


@pytest.mark.parametrize(
    ("fields", "ids", "mask"),
    [
        ({"length": 5}, [5, 6, 7, 0, 0], [1, 1, 1, 0, 0]),
        ({"length": 5, "pad_id": 1}, [5, 6, 7, 1, 1], [1, 1, 1, 0, 0]),
        ({"length": 4, "padding_side": "left", "pad_id": 9}, [9, 5, 6, 7], [0, 1, 1, 1]),
        ({"length": 3}, [5, 6, 7], [1, 1, 1]),
        ({"length": 2, "truncation": "cut"}, [5, 6], [1, 1]),
    ],
)
def test_lists_get_one_length(fields, ids, mask):
    made = check_step(PadTokens(**fields), SAMPLE)
    assert made.data["input_ids"].tolist() == ids
    assert made.data["attention_mask"].tolist() == mask
    assert made.data["input_ids"].dtype == np.int64
    assert made.data["features"].shape == (2, 2)


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        (SAMPLE, "7: pad_tokens: the sample has 3 tokens, length is 2"),
        (Sample("8", {"x": np.ones((2, 2))}), "8: pad_tokens: the sample has no list of numbers"),
    ],
)
def test_refused(sample, message):
    with pytest.raises(CalibrateError, match=message):
        PadTokens(length=2)(sample)
