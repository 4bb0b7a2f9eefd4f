import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.core.annotation import ClassLabel
from calibrate.core.costs import Costs
from calibrate.core.progress import NoProgress
from calibrate.core.sample import Facts
from calibrate.core.tensors import Tensors
from calibrate.decoders.classification import Classification
from calibrate.evaluation.fp32_baseline import observe_fp32
from calibrate.evaluation.reference import Task
from calibrate.metrics.accuracy import Accuracy
from calibrate.metrics.agreement import Agreement
from calibrate.runtime.inference import Network
from calibrate.store.base import ScopedJournal
from calibrate.store.run_journal import FileJournal

COUNT = 20
TENSORS = Tensors(
    (np.random.default_rng(0).normal(size=(COUNT, 3)).astype(np.float32),),
    tuple(Facts(str(i), ClassLabel(i % 3)) for i in range(COUNT)),
    tuple(str(i) for i in range(COUNT)),
)


@pytest.fixture
def compiled():
    return []


@pytest.fixture
def notes():
    return []


@pytest.fixture
def sitting(tmp_path, compiled, notes):
    """One pass of one process."""

    def go(metrics, indices=range(COUNT), stop_after=None):
        now = [0.0]
        costs = Costs(lambda: now[0])

        def network():
            compiled.append(1)
            given = ops.parameter([1, 3], np.float32, name="given")
            return Network(ov.Model([ops.multiply(given, np.float32(2))], [given], "m"), costs)

        class Counted(NoProgress):
            done = 0

            def advance(self, count=1):
                now[0] += 0.5 * count
                self.done += count
                if stop_after is not None and self.done > stop_after:
                    raise KeyboardInterrupt

            def note(self, text):
                notes.append(text)

        with FileJournal(tmp_path / "journal", print) as journal:
            return observe_fp32(
                network,
                (TENSORS, indices),
                Task(Classification(probabilities=False), metrics),
                ScopedJournal(journal),
                costs=costs,
                progress=Counted(),
            )

    return go


@pytest.mark.parametrize("metrics", [(Accuracy(),), (Agreement(), Accuracy())])
@pytest.mark.parametrize("stop_after", [None, 3, 11])
def test_a_pass_that_goes_on_gives_what_one_pass_gives(tmp_path, sitting, metrics, stop_after):
    whole = sitting(metrics)
    (tmp_path / "journal").unlink()
    if stop_after is not None:
        with pytest.raises(KeyboardInterrupt):
            sitting(metrics, stop_after=stop_after)
    else:
        sitting(metrics)
    observed, reference = sitting(metrics)
    assert observed.answers == whole[0].answers
    assert observed.evidence.keys() == whole[0].evidence.keys()
    for index in range(COUNT):
        for entry, other in zip(observed.evidence[index], whole[0].evidence[index], strict=True):
            assert np.array_equal(entry, other)
        mine, theirs = reference.signatures[index], whole[1].signatures[index]
        assert list(mine) == list(theirs)
        assert all(np.array_equal(mine[name], theirs[name]) for name in mine)
    assert reference.predictions.keys() == whole[1].predictions.keys()
    for index, prediction in reference.predictions.items():
        assert np.array_equal(prediction.scores, whole[1].predictions[index].scores)


def test_nothing_is_compiled_where_nothing_is_missing(sitting, compiled, notes):
    sitting((Accuracy(),), range(5))
    assert notes == []
    sitting((Accuracy(),), range(5))
    assert notes == ["Continuing: 5 of 5 baseline results kept."]
    assert len(compiled) == 1
    sitting((Accuracy(),), range(6))
    assert len(compiled) == 2
