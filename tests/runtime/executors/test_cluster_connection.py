"""The workers of this machine."""

import psutil
import pytest

from calibrate.runtime.executors.cluster_connection import connect


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
