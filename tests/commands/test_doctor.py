import json
from dataclasses import replace

import pytest

from calibrate.cli.main import run
from calibrate.commands.doctor import (
    Machine,
    traps,
    version_findings,
    worst,
)
from calibrate.runtime.cpu import Cpu

GOOD = Machine(
    cpu=Cpu("X", 8, "avx512_core_vnni", True, 64 << 30),
    all_cores=8,
    quota=None,
    available=32 << 30,
    others=0.1,
    limit="",
)
PLAIN = Cpu("X", 2, "avx2", False, 64 << 30)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, ""),
        ({"limit": "ALL"}, ""),
        ({"quota": 8.0}, ""),
        ({"cpu": PLAIN, "all_cores": 2}, "avx2 sums INT8 products in 16 bits"),
        ({"limit": "SSE41"}, "ONEDNN_MAX_CPU_ISA=SSE41 limits the CPU plugin"),
        ({"quota": 1.5}, "the container may use 1.5 cores' worth of time"),
        ({"all_cores": 16}, "this process may use 8 of 16 cores"),
        ({"available": 1 << 30}, "1.0 GiB of memory are free"),
        ({"others": 0.11}, "the machine is busy: other processes take 11 % of its processors"),
    ],
)
def test_traps(changes, message):
    result = traps(replace(GOOD, **changes))
    assert [finding.message.startswith(message) for finding in result] == (
        [True] if message else []
    )


@pytest.mark.parametrize(
    ("wanted", "installed", "level", "message"),
    [
        ("nncf<3.5,>=3.4", {"nncf": "3.4.0"}, "note", ""),
        ("nncf<3.5,>=3.4", {"nncf": "3.5.0"}, "error", "nncf 3.5.0 is outside of <3.5,>=3.4"),
        ("click<9", {"click": "9.1"}, "warning", "click 9.1 is outside of <9"),
        ("click<9", {"click": None}, "error", "click is not installed"),
        ("torch; extra == 'train'", {"torch": None}, "note", ""),
    ],
)
def test_versions(wanted, installed, level, message):
    result = version_findings([wanted], installed)
    assert "".join(finding.message for finding in result) == message
    assert worst(result) == level


def test_the_command(monkeypatch, capsys):
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "SSE41")
    assert run(["doctor", "--json"]) in (0, 1)
    output = json.loads(capsys.readouterr().out)
    assert output["instruction_set"] == "sse41"
    assert any("ONEDNN_MAX_CPU_ISA=SSE41" in f["message"] for f in output["findings"])


def test_limits_of_the_process_are_reported():
    limited = replace(GOOD, address_space=16 << 30, open_files=64, threads=8)
    assert [finding.message for finding in traps(limited)] == [
        (
            "this process may map 16 GiB (`ulimit -v`), less than the machine's memory; the run of "
            "a tiny model maps up to 2 GiB, larger ones several times what they use"
        ),
        "this user may have 8 processes and threads in all (`ulimit -u`)",
        "this process may open 64 files (`ulimit -n`)",
    ]
    assert worst(traps(limited)) == "warning"
    assert worst(traps(replace(GOOD, address_space=1 << 30))) == "error"
    assert traps(replace(GOOD, address_space=None, open_files=1024)) == ()
