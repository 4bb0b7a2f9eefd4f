import pytest

from calibrate.context.dataset import Data, Fold
from calibrate.core.evaluator import Trial
from calibrate.core.observation import Observation
from calibrate.core.precision import INT8, Candidate
from calibrate.core.sample import Facts
from calibrate.core.tensors import Tensors
from calibrate.core.verdict import Interval
from calibrate.report_builder.verdict_section import two_digits, verdict_facts
from calibrate.runtime.cpu import TARGETS
from calibrate.search.acceptance import AcceptanceRound, TargetJudgement
from calibrate.search.mixed_precision import Proposal
from calibrate.search.targets import TargetExecution
from calibrate.stats.verdict import judge
from tests.fixtures.contexts import run_config

QUANTIZED = Candidate((INT8,))
TRIAL = Trial(QUANTIZED, 0.0, 0.1, (0.0,), (0.0,), images=2)
DATA = Data(
    Tensors(inputs=(), facts=(Facts("a"), Facts("b")), digests=("a", "b")),
    (),
    (Fold((), (0, 1)),),
)


def verdict(drop: float, low: float, high: float):
    return judge("m", Interval(drop, low, high, 0.95, "t", 2), 0.01, "estimate")


PROVEN, NOISY, UNDECIDED, OVER = (
    verdict(0.0, 0.0, 0.0),
    verdict(0.0, -0.1, 0.1),
    verdict(0.0, -0.015, 0.015),
    verdict(0.05, 0.02, 0.08),
)


@pytest.mark.parametrize(
    ("here", "targets", "expected"),
    [
        (PROVEN, {}, ()),
        (PROVEN, {"avx2": PROVEN}, ()),
        (
            PROVEN,
            {"avx512_vnni": OVER},
            (
                (
                    "Not accepted for avx512_vnni: calibrate on such a CPU, or remove it from "
                    "`targets`."
                ),
            ),
        ),
        (
            PROVEN,
            {"avx2": OVER, "avx512_vnni": OVER, "avx512": PROVEN},
            (
                (
                    "Not accepted for avx2, avx512_vnni: calibrate on such a CPU, or remove it "
                    "from `targets`. Sums can saturate on avx2: `quantization.overflow_fix: "
                    "enable` (weights at 7 bits) prevents that."
                ),
            ),
        ),
        (NOISY, {}, ("More acceptance samples narrow the interval.",)),
        (
            UNDECIDED,
            {},
            (
                (
                    "About 5 acceptance samples instead of 2 would decide, if the counted drop "
                    "does not change."
                ),
            ),
        ),
        (
            OVER,
            {},
            ("Raise `budget.max_drop`, or give more samples, which reduces the noise.",),
        ),
    ],
)
def test_next_steps(here, targets, expected):
    answer = AcceptanceRound(
        (Proposal(QUANTIZED, TRIAL, 0.5),),
        QUANTIZED,
        ((0, 1),),
        Observation(divergence={0: 0.1, 1: 0.2}),
        (here,),
        tuple(
            TargetJudgement(TargetExecution(name, TARGETS[name], "simulated"), (there,))
            for name, there in targets.items()
        ),
    )
    config = run_config(search={"recipes": "thorough", "finetune": "auto"})
    assert verdict_facts(config, DATA, looks=(answer,), answer=answer).next_steps == expected


@pytest.mark.parametrize(("count", "rounded"), [(5, 5), (99, 99), (101, 110), (1873, 1900)])
def test_counts_are_rounded_up_to_two_digits(count, rounded):
    assert two_digits(count) == rounded
