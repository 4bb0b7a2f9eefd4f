import pytest

from calibrate.core.precision import FP32, INT8, Candidate
from calibrate.metrics.accuracy import Accuracy
from calibrate.metrics.mse import Mse
from calibrate.search.candidate_line import candidate_line
from calibrate.search.decisions import Decision

CANDIDATE = Candidate((INT8, FP32, INT8))


@pytest.mark.parametrize(
    ("metrics", "decision", "line"),
    [
        (
            [Accuracy()],
            Decision(CANDIDATE, "search", 120, 0.1, (0.006,), (0.005,), passed=False),
            "candidate 3 rejected: 2/3 quantized, accuracy@1 drop 0.60 points (120 samples)",
        ),
        (
            [Accuracy(), Mse()],
            Decision(CANDIDATE, "search", 120, 0.1, (-0.01, 0.25), (0.005, 0.3), passed=True),
            (
                "candidate 3 proposed: 2/3 quantized, accuracy@1 drop -1.00 points, mse drop "
                "0.2500 (120 samples)"
            ),
        ),
        (
            [Accuracy()],
            Decision(CANDIDATE, "acceptance", 90, 0.1, (0.0,), (0.01,), passed=True),
            "candidate 3 accepted: accuracy@1 drop 0.00 points (90 acceptance samples)",
        ),
        (
            [Accuracy()],
            Decision(
                CANDIDATE,
                "acceptance",
                90,
                0.1,
                (0.0,),
                (0.01,),
                passed=False,
                refused_by=("avx2",),
            ),
            "candidate 3 refused for avx2: accuracy@1 drop 0.00 points (90 acceptance samples)",
        ),
    ],
)
def test_the_line(metrics, decision, line):
    assert candidate_line(3, decision, metrics) == line
