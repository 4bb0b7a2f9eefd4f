import pytest
from pydantic import ValidationError

from calibrate.config.quantization import Quantization
from calibrate.config.weight_compression import WeightCompression

OWN = {"mode": "int4_asym", "group_size": 64, "awq": True}


def test_int8_is_what_is_asked_for_by_default():
    assert Quantization().precisions == ("int8",)
    assert Quantization().dynamic_quantization_group_size == 0


def test_a_custom_precision_beside_the_built_in_ones():
    made = Quantization.model_validate(
        {"precisions": ["int8", "mine_weights"], "weight_compression": {"mine_weights": OWN}}
    )
    assert set(made.compressions) == {"int8_weights", "int4_weights", "mine_weights"}
    assert made.compressions["mine_weights"].group_size == 64


def test_a_config_may_say_what_a_built_in_name_means():
    made = Quantization.model_validate({"weight_compression": {"int4_weights": OWN}})
    assert made.compressions["int4_weights"].mode == "int4_asym"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"precisions": []}, "at least 1"),
        ({"precisions": ["int4"]}, "precisions: int4 is not among int8, int8_weights"),
        ({"precisions": ["int8", "int8"]}, "twice"),
        ({"weight_compression": {"mine": OWN}}, "pattern"),
        ({"weight_compression": {"x_weights": {"mode": "int8_sym", "awq": True}}}, "takes no awq"),
        ({"weight_compression": {"x_weights": {"mode": "int4_sym", "group_size": 0}}}, "-1"),
        ({"weight_compression": {"x_weights": {"mode": "nf4"}}}, "int8_sym"),
        ({"dynamic_quantization_group_size": -1}, "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_is_reported(given, message):
    with pytest.raises(ValidationError, match=message):
        Quantization.model_validate(given)


@pytest.mark.parametrize(
    ("given", "wants"),
    [
        ({"mode": "int8_sym"}, False),
        ({"mode": "int4_sym"}, False),
        ({"mode": "int4_sym", "ratio": 1.0}, False),
        ({"mode": "int4_sym", "ratio": 0.5}, True),
        (
            {
                "mode": "int4_sym",
                "ratio": 0.5,
                "sensitivity_metric": "weight_quantization_error",
            },
            False,
        ),
        ({"mode": "int4_sym", "sensitivity_metric": "max_activation_variance"}, True),
        ({"mode": "int4_sym", "awq": True}, True),
        ({"mode": "int4_sym", "scale_estimation": True}, True),
        ({"mode": "int4_sym", "gptq": True}, True),
    ],
)
def test_images_are_looked_at_where_a_method_needs_them(given, wants):
    assert WeightCompression.model_validate(given).wants_images is wants
