import subprocess
import sys

import numpy as np
import pytest

from calibrate.errors import CalibrateError
from calibrate.runtime import isa_limited as elsewhere
from calibrate.runtime.inference import Network
from calibrate.runtime.isa_limited import IsaLimitedNetwork


def collected(runner, tensors, indices):
    result = {}

    def keep(index, outputs):  # copies, since the next inference writes over them
        result[index] = {name: np.array(array) for name, array in outputs.items()}

    runner.run(tensors, indices, keep)
    return result


@pytest.mark.parametrize("batch", [1, 4])
def test_a_limited_process_gives_what_this_one_does(world, classifier_model, batch):
    model = classifier_model(batch)
    indices = [3, 0, 7, 11, 2]
    here = collected(Network(model, world.costs), world.tensors, indices)
    there = collected(IsaLimitedNetwork(model, "sse41", world.costs), world.tensors, indices)
    assert list(there) == indices
    for index in indices:
        assert here[index].keys() == there[index].keys()
        for name, array in here[index].items():
            assert np.allclose(array, there[index][name], rtol=1e-4, atol=1e-5)


def test_it_stops_on_request(world, classifier_model):
    calls = []
    runner = IsaLimitedNetwork(classifier_model(), "sse41", world.costs)
    runner.run(world.tensors, range(8), lambda i, _: calls.append(i), stop=lambda: len(calls) == 2)
    assert calls == [0, 1]


@pytest.mark.parametrize(
    ("program", "patience", "message"),
    [
        ("import sys; sys.exit('no such instruction')", 600.0, "no such instruction"),
        ("import time; time.sleep(60)", 0.5, "it said nothing"),
    ],
)
def test_a_process_that_ends_or_hangs_is_an_error(
    world, classifier_model, monkeypatch, program, patience, message
):
    start = subprocess.Popen
    monkeypatch.setattr(elsewhere, "_PATIENCE", patience)
    monkeypatch.setattr(
        subprocess, "Popen", lambda _, **words: start([sys.executable, "-c", program], **words)
    )
    with pytest.raises(CalibrateError, match=message) as caught:
        collected(IsaLimitedNetwork(classifier_model(), "sse41", world.costs), world.tensors, [0])
    assert caught.value.where == "targets"
