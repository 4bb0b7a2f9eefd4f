import pytest

from calibrate.runtime.fold_networks import FoldNetworks


class NamedNetwork:
    """Outputs its name for every sample."""

    def __init__(self, name):
        self.name = name

    def run(self, tensors, indices, sink, *, stop=lambda: False):
        for index in indices:
            if stop():
                return
            sink(index, {"by": self.name})


def run(indices, stop=lambda: False):
    networks = FoldNetworks(
        [(NamedNetwork("first"), frozenset({0, 2})), (NamedNetwork("second"), frozenset({1, 3}))]
    )
    outputs = {}
    networks.run(
        None, indices, lambda index, given: outputs.update({index: given["by"]}), stop=stop
    )
    return outputs


def test_each_sample_is_run_by_the_network_of_its_fold():
    assert run([3, 0, 1]) == {3: "second", 1: "second", 0: "first"}


def test_a_sample_of_no_fold_is_refused():
    with pytest.raises(AssertionError, match="no fold"):
        run([0, 9])


def test_stops_when_asked():
    assert run([0, 1], stop=lambda: True) == {}
