"""Connect to a Dask cluster: worker processes of this machine, or a scheduler's address."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from calibrate.core.temporary import temporary_folder
from calibrate.errors import CalibrateError
from calibrate.runtime.executors.cluster import Cluster

LOCAL = "local"
_CONNECT = 20.0
"""Seconds to wait for the scheduler and for the first worker."""
_ADDRESS = re.compile(r"([a-z]+://)?([\w.-]+|\[[\da-fA-F:%]+\]):\d{1,5}")
"""`host:port`, with or without a protocol; IPv6 in brackets."""


@contextmanager
def connect(spec: str) -> Iterator[Cluster]:
    """Connect to a cluster for the duration of the context.

    Args:
        spec: `local`, `local:N` for N worker processes of this machine, or a scheduler's address.

    Raises:
        CalibrateError: `distributed` is not installed, or there is no scheduler at the address.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise CalibrateError(
            "a cluster needs the package distributed",
            where="--cluster",
            hint="pip install 'openvino-calibrate[cluster]'",
        ) from error
    if spec == LOCAL or spec.startswith(f"{LOCAL}:"):
        count = _count(spec)
        with (
            temporary_folder() as folder,
            LocalCluster(
                n_workers=count,
                local_directory=str(folder),
                threads_per_worker=1,
                processes=True,
                # Without them Dask's HTTP servers listen to other machines.
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                worker_dashboard_address="127.0.0.1:0",
                # What matters of it is an exception of the client.
                silence_logs=logging.CRITICAL,
            ) as local,
            Client(local) as client,
        ):
            yield Cluster(client)
        return
    if not _ADDRESS.fullmatch(spec):
        # `distributed` leaves half a client behind, which takes a while to end.
        raise CalibrateError(
            "this is no address of a scheduler",
            where=f"--cluster {spec}",
            hint="local, local:N, or the address that `dask scheduler` prints: tcp://host:8786",
        )
    try:
        client = Client(spec, timeout=_CONNECT, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise CalibrateError(
            f"there is no scheduler: {str(error).splitlines()[0] if str(error) else 'no answer'}",
            where=f"--cluster {spec}",
            hint="local, local:N, or the address that `dask scheduler` prints",
        ) from error
    try:
        yield Cluster(client)
    finally:
        client.close()


def _count(spec: str) -> int | None:
    _, _, count = spec.partition(":")
    if not count:
        return None
    if not count.isdecimal() or int(count) < 1:
        raise CalibrateError(
            f"'{count}' is no number of workers", where=f"--cluster {spec}", hint="local:2"
        )
    return int(count)
