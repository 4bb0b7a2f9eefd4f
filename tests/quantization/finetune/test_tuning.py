from dataclasses import replace

import numpy as np
import pytest
import torch

from calibrate.quantization.finetune.checkpoint import Checkpoint
from calibrate.quantization.finetune.graph import read_graph
from calibrate.quantization.finetune.losses import Loss
from calibrate.quantization.finetune.options import TuningOptions
from calibrate.quantization.finetune.tuning import Tuning, tune

OPTIONS = TuningOptions(updates=12, batch=2, looks=4, weight_rate=0.02, range_rate=0.01)


@pytest.fixture(scope="module")
def tuning(case, quantized):
    return Tuning(
        read_graph(quantized),
        read_graph(case.model),
        Loss("squared", ("scores",)),
        case.feeds,
        OPTIONS,
    )


@pytest.fixture(scope="module")
def whole(tuning):
    return tune(tuning, Checkpoint(None, "key"))


def equal(first, second):
    return all(
        np.array_equal(first.weights[name], second.weights[name]) for name in first.weights
    ) and all(np.array_equal(first.biases[name], second.biases[name]) for name in first.biases)


def test_answers_more_like_fp32_on_images_that_it_was_not_tuned_on(whole):
    before = whole.curve[0][1]
    assert min(loss for _, loss in whole.curve) < before
    assert [step for step, _ in whole.curve] == [0, 3, 6, 9, 12]


def test_the_same_again(tuning, whole):
    assert equal(tune(tuning, Checkpoint(None, "key")).tuned, whole.tuned)


def test_goes_on_where_it_was_stopped(tuning, whole, tmp_path):
    checkpoint = Checkpoint(tmp_path / "tuning.checkpoint", "key")
    left = iter([False, False, False, False, True])
    stopped = tune(tuning, checkpoint, expired=lambda: next(left))
    assert stopped.curve[-1][0] == 3
    steps = []
    resumed = tune(tuning, checkpoint, advance=lambda: steps.append(1))
    assert len(steps) == 12 - 3
    assert resumed.curve == whole.curve
    assert equal(resumed.tuned, whole.tuned)


def test_a_checkpoint_of_another_tuning_is_not_used(tuning, tmp_path):
    path = tmp_path / "tuning.checkpoint"
    tune(replace(tuning, options=OPTIONS.model_copy(update={"updates": 2})), Checkpoint(path, "a"))
    assert Checkpoint(path, "a").load() is not None
    assert Checkpoint(path, "b").load() is None
    Checkpoint(path, "a").remove()
    assert not path.exists()


def test_leaves_the_number_of_threads_and_the_graph_alone(tuning, whole):
    threads = torch.get_num_threads()
    names = {op.name: op.value for op in tuning.start.operations if op.value is not None}
    copies = {name: np.array(value) for name, value in names.items()}
    tune(tuning, Checkpoint(None, "key"))
    assert torch.get_num_threads() == threads
    assert all(np.array_equal(names[name], copies[name]) for name in names)


@pytest.mark.parametrize(("minutes", "most", "planned"), [(1e-9, 400, 1), (1e6, 12, 10)])
def test_the_number_of_updates_fits_the_time(tuning, minutes, most, planned):
    options = TuningOptions(minutes=minutes, most_steps=most, batch=1, looks=1)
    numbers = []
    tune(
        replace(tuning, options=options),
        Checkpoint(None, "key"),
        expired=lambda: True,
        planned=numbers.append,
    )
    assert numbers == [planned]
