import pytest

from calibrate.models.openvino_errors import error_reason, unconverted_operations


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("too small", "too small"),
        (
            (
                "Exception from src/core.cpp:84:\nException from src/reader.cpp:148:\n"
                "Unable to read the model. \n\n"
            ),
            "Unable to read the model",
        ),
        (
            (
                "Check 'dims' failed at src/reshape.hpp:345:\nWhile validating node 'Reshape_4':\n"
                "dimensions do not divide\n"
            ),
            "dimensions do not divide",
        ),
        (
            "Check 'dims' failed at src/reshape.hpp:345:\n",
            "Check 'dims' failed at src/reshape.hpp:345",
        ),
        ("", "RuntimeError without a reason"),
    ],
)
def test_the_reason_in_one_line(text, expected):
    assert error_reason(RuntimeError(text)) == expected


def test_bytes_of_a_damaged_file_in_a_message_are_escaped():
    with pytest.raises(UnicodeDecodeError) as caught:
        b"Check 'x' failed:\nno opset: op\xdeset1\n".decode()
    assert error_reason(caught.value) == r"no opset: op\xdeset1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("too small", None),
        (
            (
                "Model wasn't fully converted.\nSummary:\n"
                "-- No conversion rule found for operations: my.Bar, my.Foo\n"
            ),
            ("my.Bar, my.Foo", "OpenVINO has no rule for it"),
        ),
        (
            (
                "Failed operations detailed log:\n-- Gemm-17 with a message:\n"
                "Check 'd' failed at src/matmul.hpp:65:\nWhile validating node 'MatMul_51':\n"
                "Incompatible MatMul matrix dimension\n\nSummary:\n"
                "-- Conversion is failed for: Gemm-17\n"
            ),
            ("Gemm-17", "Incompatible MatMul matrix dimension"),
        ),
    ],
)
def test_operations_that_are_not_converted(text, expected):
    assert unconverted_operations(RuntimeError(text)) == expected
