import pytest

from calibrate.core.evaluator import Trial
from calibrate.core.precision import FP32, INT8, Candidate
from calibrate.metrics.accuracy import Accuracy
from calibrate.metrics.mse import Mse
from calibrate.search.candidate_line import candidate_line


def trial(drops):
    candidate = Candidate((INT8, FP32, INT8))
    return Trial(candidate, 0.1, 0.1, drops, tuple(0.0 for _ in drops), 120)


@pytest.mark.parametrize(
    ("metrics", "drops", "within", "line"),
    [
        (
            [Accuracy()],
            (0.006,),
            False,
            (
                "candidate 3: 2 of 3 groups quantized, accuracy@1 drop 0.60 points on 120 images, "
                "refused"
            ),
        ),
        (
            [Accuracy(), Mse()],
            (-0.01, 0.25),
            True,
            (
                "candidate 3: 2 of 3 groups quantized, accuracy@1 drop -1.00 points, mse drop "
                "0.2500 on 120 images, within the target"
            ),
        ),
    ],
)
def test_the_line(metrics, drops, within, line):
    assert candidate_line(3, trial(drops), metrics, within=within) == line
