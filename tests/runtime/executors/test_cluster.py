"""The workers of this machine."""

import psutil
import pytest

from calibrate.runtime.executors.cluster import Cluster, FutureTimeoutError, WorkerLost, connect


class Future:
    """A future that times out once, and has ended or not by then."""

    def __init__(self, *, ended: bool, raises: bool = False) -> None:
        self.ended, self.raises = ended, raises

    def done(self) -> bool:
        return self.ended

    def result(self, timeout=None):
        if timeout is not None or self.raises:
            raise TimeoutError("timed out after 1 s.")
        return "answer"


def test_an_answer_that_comes_while_it_times_out_counts():
    cluster = Cluster(None)
    assert cluster.result(Future(ended=True), 1.0) == "answer"
    with pytest.raises(FutureTimeoutError):
        cluster.result(Future(ended=False), 1.0)
    with pytest.raises(WorkerLost):
        cluster.result(Future(ended=True, raises=True), 1.0)


@pytest.mark.slow
def test_local_workers_listen_to_this_machine_alone(tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.chdir(tmp_path)
    with connect("local:1"):
        this = psutil.Process()
        processes = [this, *this.children(recursive=True)]
        listening = [
            connection.laddr.ip
            for process in processes
            for connection in process.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        ]
    assert listening
    assert set(listening) == {"127.0.0.1"}
    assert list(tmp_path.iterdir()) == []
