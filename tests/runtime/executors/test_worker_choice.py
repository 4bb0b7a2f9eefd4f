"""Which workers of a cluster are used."""

import pytest

from calibrate.errors import CalibrateError
from calibrate.runtime.executors.worker_choice import check_versions, choose_workers
from calibrate.runtime.executors.worker_tasks import WorkerFacts


def worker(name, **versions):
    return WorkerFacts(f"tcp://{name}", name, f"host-{name}", 2, "cpu", "avx2", versions)


def test_other_versions_are_refused_by_name():
    workers = (worker("a", openvino="1", nncf="2"), worker("b", openvino="0", nncf="2"))
    with pytest.raises(CalibrateError, match=r"b \(host-b\) has openvino 0, not 1"):
        check_versions(workers, {"openvino": "1", "nncf": "2"})
    check_versions(workers[:1], {"openvino": "1", "nncf": "2"})


@pytest.mark.parametrize(
    ("labels", "names"), [((), "ab"), (("b",), "b"), (("host-a",), "a"), (("b", "host-a"), "ab")]
)
def test_workers_are_chosen_by_name_or_host(labels, names):
    assert [w.name for w in choose_workers((worker("a"), worker("b")), labels)] == list(names)


def test_an_unknown_name_lists_the_workers():
    with pytest.raises(CalibrateError, match=r"no worker is called gpu.*\n?.*a on host-a"):
        choose_workers((worker("a"),), ("gpu",))
