"""What a run without a cluster may name."""

import socket

import pytest

from calibrate.errors import CalibrateError
from calibrate.evaluation.evaluation_cluster import ClusterUse, evaluation_cluster


@pytest.mark.parametrize("label", [None, socket.gethostname()])
def test_without_a_cluster_this_machine_times(label):
    with evaluation_cluster(ClusterUse(None, timing_host=label), print) as workers:
        assert workers is None


def test_another_timing_host_needs_a_cluster():
    use = ClusterUse(None, timing_host="bench-7")
    with (
        pytest.raises(CalibrateError, match="times are to be measured on bench-7") as caught,
        evaluation_cluster(use, print),
    ):
        pass
    assert caught.value.where == "deployment.timing_host"
    assert "--cluster" in caught.value.hint
