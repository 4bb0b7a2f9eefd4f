"""What holds for each of the everyday commands."""

import os
import subprocess
import sys

import pytest

from calibrate.cli.main import run

EVERYDAY = ("check", "evaluate", "analyze", "benchmark", "inspect", "verify", "new", "doctor")
HEAVY = {"openvino", "nncf", "scipy", "sklearn", "pydantic", "numpy", "rich", "yaml"}


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom calibrate.cli.main import run\n"
        f"for name in {EVERYDAY!r}:\n    run([name, '--help'])\n"
        "print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout[done.stdout.index("LOADED") :].split()
    assert set(loaded) & HEAVY == set()


@pytest.mark.parametrize("name", EVERYDAY)
def test_common_options(name, capsys):
    assert run([name, "--help"]) == 0
    out = capsys.readouterr().out
    assert all(flag in out for flag in ("--quiet", "--verbose", "--json", "--no-progress"))
    if name in ("check", "evaluate", "analyze", "verify"):
        assert "--set KEY=VALUE" in out
        assert "--output-dir DIR" in out


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("run", "--output-dir"),
        ("demo", "--output-dir"),
        ("check", "--output-dir"),
        ("evaluate", "--output-dir"),
        ("verify", "--output-dir"),
        ("convert-config", "--output-dir"),
        ("analyze", "--output"),
        ("new", "--output"),
        ("report", "--output"),
    ],
)
def test_o_is_the_output_of_every_command_that_has_one(name, meaning, capsys):
    assert run([name, "--help"]) == 0
    assert f" -o, {meaning} " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("calibrate ben", {"benchmark"}),
        ("calibrate verify --is", {"--isa"}),
        ("calibrate verify --isa avx5", {"avx512_core", "avx512_core_vnni", "avx512_core_amx"}),
    ],
)
def test_completion(words, expected):
    environment = {
        **os.environ,
        "_CALIBRATE_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-m", "calibrate"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert {line.partition(",")[2] for line in done.stdout.split()} == expected
