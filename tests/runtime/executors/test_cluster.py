"""What becomes of a function that was sent to a worker."""

import pytest

from calibrate.runtime.executors.cluster import Cluster, FutureTimeoutError, WorkerLost


class Future:
    """A future whose function has ended or not, and whose result comes or not."""

    def __init__(self, *, ended: bool, raises: bool = False) -> None:
        self.ended, self.raises = ended, raises

    def done(self) -> bool:
        return self.ended

    def result(self, timeout=None):
        assert self.ended, "a result that is waited for must not be asked for with a timeout"
        if self.raises:
            raise TimeoutError("timed out after 600 s.")
        return "answer"


def test_a_result_is_fetched_once_its_function_has_ended():
    cluster = Cluster(None)
    assert cluster.result(Future(ended=True), 1.0) == "answer"
    with pytest.raises(FutureTimeoutError):
        cluster.result(Future(ended=False), 0.01)
    with pytest.raises(WorkerLost):
        cluster.result(Future(ended=True, raises=True), 1.0)


class Client:
    """A client whose own copy of the scheduler's facts has no workers, as that of distributed."""

    class scheduler:  # noqa: N801  # named as the attribute
        @staticmethod
        def identity():
            return {"workers": {"tcp://a": {"last_seen": 1.0}}}

    @staticmethod
    def sync(function):
        return function()

    @staticmethod
    def scheduler_info():
        return {"workers": {}}


def test_a_worker_that_the_scheduler_knows_is_alive():
    cluster = Cluster(Client())
    assert cluster.is_alive("tcp://a")
    assert not cluster.is_alive("tcp://b")
    assert not cluster.is_alive("tcp://a", patience=0.0)
