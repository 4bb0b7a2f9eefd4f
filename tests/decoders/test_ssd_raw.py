import numpy as np
import pytest
from pydantic import ValidationError

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.ssd_raw import SsdRaw
from calibrate.errors import CalibrateError
from calibrate.testing.decoders import check_decoder

FACTS = Facts("7", geometry=Geometry(100, 100, 100, 100), source="7.jpg")
GENERATOR = np.random.default_rng(0)
LOW = GENERATOR.uniform(0, 0.6, (12, 2))
PRIORS = np.concatenate([LOW, LOW + GENERATOR.uniform(0.1, 0.4, (12, 2))], axis=1).astype(
    np.float32
)
LOC = GENERATOR.normal(size=(12, 4)).astype(np.float32)
CONF = GENERATOR.normal(size=(12, 4)).astype(np.float32) * 3
VARIANCES = np.tile(np.array([0.1, 0.1, 0.2, 0.2], np.float32), 12)
PRIOR_OUTPUT = np.stack([PRIORS.reshape(-1), VARIANCES])
NAMED = {"loc_out": "loc", "conf_out": "conf"}


def same(first, second):
    assert np.array_equal(first.labels, second.labels)
    np.testing.assert_allclose(first.boxes, second.boxes, atol=1e-3)
    np.testing.assert_allclose(first.scores, second.scores, atol=1e-6)


def test_priors_from_an_output_from_a_file_and_made(tmp_path):
    outputs = {"loc": LOC, "conf": CONF}
    first = SsdRaw(**NAMED).predict({**outputs, "priors": PRIOR_OUTPUT}, FACTS)
    assert len(first.scores) > 3
    np.save(tmp_path / "a.npy", PRIORS)
    same(first, SsdRaw(**NAMED, priors_file=tmp_path / "a.npy").predict(outputs, FACTS))
    centres = np.concatenate(
        [(PRIORS[:, :2] + PRIORS[:, 2:]) / 2, PRIORS[:, 2:] - PRIORS[:, :2]], 1
    )
    np.save(tmp_path / "b.npy", centres)
    by_centre = SsdRaw(**NAMED, priors_file=tmp_path / "b.npy", prior_format="cxcywh")
    same(first, by_centre.predict(outputs, FACTS))
    flat = {"loc": LOC.reshape(-1), "conf": CONF.reshape(-1), "priors": PRIOR_OUTPUT[None]}
    same(first, SsdRaw().predict(flat, FACTS))


def test_equals_the_operation_of_openvino():
    ov = pytest.importorskip("openvino")
    ops = pytest.importorskip("openvino.opset8")
    conf = np.exp(CONF) / np.exp(CONF).sum(axis=1, keepdims=True)
    given = [LOC.reshape(1, -1), conf.reshape(1, -1), PRIOR_OUTPUT[None]]
    inputs = [ops.parameter(list(array.shape), np.float32) for array in given]
    attributes = {
        "background_label_id": 0,
        "top_k": 400,
        "keep_top_k": [100],
        "code_type": "caffe.PriorBoxParameter.CENTER_SIZE",
        "share_location": True,
        "nms_threshold": 0.45,
        "confidence_threshold": 0.01,
        "normalized": True,
        "clip_before_nms": True,
    }
    node = ops.detection_output(*inputs, attributes)
    rows = ov.compile_model(ov.Model([node], inputs), "CPU")(given)[0][0, 0]
    rows = rows[: np.flatnonzero(rows[:, 0] < 0)[0]] if (rows[:, 0] < 0).any() else rows
    rows = rows[np.argsort(-rows[:, 2], kind="stable")]
    decoder = SsdRaw(**NAMED, nms_threshold=0.45)
    prediction = decoder.predict({"loc": LOC, "conf": CONF, "priors": PRIOR_OUTPUT}, FACTS)
    assert len(rows) > 3
    # The operation counts the background as class 0.
    assert (prediction.labels + 1).tolist() == rows[:, 1].astype(int).tolist()
    np.testing.assert_allclose(prediction.scores, rows[:, 2], atol=1e-5)
    np.testing.assert_allclose(prediction.boxes, np.clip(rows[:, 3:], 0, 1) * 100, atol=1e-2)


def test_priors_made_for_the_feature_maps():
    layers = [{"grid": (2, 2), "min_size": 40}, {"grid": (1, 1), "min_size": 80}]
    decoder = SsdRaw(
        prior_layers=layers, input_size=(100, 100), activation="none", background_class=None
    )
    scores = np.eye(5, dtype=np.float32)
    prediction = decoder.predict({"loc": np.zeros((5, 4), np.float32), "conf": scores}, FACTS)
    assert prediction.labels.tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(
        prediction.boxes[[0, 4]], [[5, 5, 45, 45], [10, 10, 90, 90]], atol=1e-4
    )


def test_parts_that_do_not_fit():
    with pytest.raises(CalibrateError) as caught:
        SsdRaw(**NAMED).predict({"loc": LOC[:5], "conf": CONF, "priors": PRIOR_OUTPUT}, FACTS)
    assert str(caught.value) == ("7.jpg: 20 locations and 48 confidences do not fit 12 priors")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"priors_out": "a", "priors_file": "b.npy"}, "exclude each other"),
        ({"prior_layers": [{"grid": (1, 1), "min_size": 3}]}, "prior_layers needs input_size"),
    ],
)
def test_one_source_of_priors(fields, message):
    with pytest.raises(ValidationError, match=message):
        SsdRaw(**fields)


def test_contract():
    check_decoder(SsdRaw(**NAMED), {"loc": LOC, "conf": CONF, "priors": PRIOR_OUTPUT}, FACTS)
