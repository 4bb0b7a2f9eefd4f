import pytest

from calibrate.core.container_limits import (
    ContainerLimits,
    container_limits,
    free_memory,
    total_memory,
)

MIB = 1 << 20


@pytest.mark.parametrize(
    ("own", "files", "expected"),
    [
        ("0::/\n", {}, ContainerLimits()),
        ("0::/\n", {"memory.max": "max\n", "cpu.max": "max 100000\n"}, ContainerLimits()),
        (
            "0::/\n",
            {"memory.max": f"{64 * MIB}", "memory.current": f"{MIB}", "cpu.max": "150000 100000"},
            ContainerLimits(64 * MIB, 63 * MIB, 1.5),
        ),
        # The least of the group's own limit and those above it.
        (
            "0::/slice/job\n",
            {
                "slice/memory.max": f"{32 * MIB}",
                "slice/memory.current": f"{30 * MIB}",
                "slice/job/memory.max": f"{64 * MIB}",
                "slice/job/cpu.max": "400000 100000",
                "cpu.max": "max 100000",
            },
            ContainerLimits(32 * MIB, 2 * MIB, 4.0),
        ),
        # Version 1, a folder for each controller; -1 and a huge number are no limits.
        (
            "4:memory:/job\n1:cpu,cpuacct:/job\n",
            {
                "memory/memory.limit_in_bytes": "9223372036854771712",
                "memory/job/memory.limit_in_bytes": f"{16 * MIB}",
                "memory/job/memory.usage_in_bytes": f"{20 * MIB}",
                "cpu,cpuacct/job/cpu.cfs_quota_us": "50000",
                "cpu,cpuacct/job/cpu.cfs_period_us": "100000",
                "cpu,cpuacct/cpu.cfs_quota_us": "-1",
            },
            ContainerLimits(16 * MIB, 0, 0.5),
        ),
        # Cached files are dropped when memory is needed.
        (
            "0::/\n",
            {
                "memory.max": f"{64 * MIB}",
                "memory.current": f"{60 * MIB}",
                "memory.stat": f"anon 1\ninactive_file {30 * MIB}\nactive_file {10 * MIB}\n",
            },
            ContainerLimits(64 * MIB, 44 * MIB),
        ),
        (
            "4:memory:/\n",
            {
                "memory/memory.limit_in_bytes": f"{64 * MIB}",
                "memory/memory.usage_in_bytes": f"{60 * MIB}",
                "memory/memory.stat": f"inactive_file 1\ntotal_inactive_file {MIB}\n"
                f"total_active_file {2 * MIB}\n",
            },
            ContainerLimits(64 * MIB, 7 * MIB),
        ),
        # Inside a container the path is that of the host, and the mount is the own group.
        ("0::/host/path\n", {"memory.max": f"{8 * MIB}"}, ContainerLimits(8 * MIB, 8 * MIB)),
        ("no such line", {"memory.max": "garbled \xff"}, ContainerLimits()),
    ],
)
def test_the_least_limit_holds(tmp_path, own, files, expected):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert container_limits(own, tmp_path) == expected


def test_this_process_has_memory():
    assert 0 < free_memory() <= total_memory()
