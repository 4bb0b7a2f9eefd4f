from calibrate.report import phrases
from calibrate.report.dimensions import dimensions

OPEN = {
    "inputs": {"image": [-1, 3, -1, -1]},
    "kept": True,
    "reason": "",
    "difference": 0.0,
    "open_difference": 0.0123,
    "tried": [
        {"inputs": {"image": [1, 3, 32, 32]}, "error": 0.021, "open_error": 0.02},
        {"inputs": {"image": [2, 3, 64, 64]}, "error": 0.034, "open_error": 0.03},
        {"inputs": {"image": [3, 3, 64, 64]}, "error": 0.03, "open_error": 0.03},
    ],
}


def test_open_dimensions(make):
    report = make(model__dynamic=OPEN, model__inputs={"image": [1, 3, 32, 32]})
    assert dimensions(report) == (
        "Dimensions are open as in the source, image [?, 3, ?, ?]. For one input its outputs "
        "differ from the source's by 2.1 % at image [1, 3, 32, 32], the shape of the samples, at "
        "which it was judged and timed; for one input each, by 3.4 % at image [2, 3, 64, 64], 3 % "
        "at image [3, 3, 64, 64]. Compiled without reshaping, outputs differ by 1.2 %."
    )
    assert 'model.reshape({"image": [1, 3, 32, 32]})' in phrases.how_to_run(report)


def test_several_inputs(make):
    first = {**OPEN["tried"][0], "samples": 5, "largest_error": 0.51}
    dynamic = {**OPEN, "tried": [first, *OPEN["tried"][1:]]}
    report = make(model__dynamic=dynamic, model__inputs={"image": [1, 3, 32, 32]})
    assert (
        "On 5 inputs its outputs differ from the source's by 2.1 % (median; 51 % at most) at"
        in (dimensions(report))
    )


def test_static_although_the_source_is_not(make):
    dynamic = {"inputs": {"image": [-1, 3, 32, 32]}, "kept": False, "reason": "it fails at [2]"}
    report = make(model__dynamic=dynamic, model__inputs={"image": [1, 3, 32, 32]})
    assert dimensions(report) == (
        "The model is static, image [1, 3, 32, 32], its source is image [?, 3, 32, 32]: it fails "
        "at [2]."
    )
    assert "reshape" not in phrases.how_to_run(report)


def test_a_static_source(make):
    assert dimensions(make()) == ""
