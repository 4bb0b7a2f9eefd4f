import errno
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from calibrate.cli.lazy import Entry
from calibrate.cli.main import COMMANDS, calibrate, run
from calibrate.cli.problems import printable
from calibrate.errors import CalibrateError, PluginError, Problems, ProblemsSummary

HEAVY = {"openvino", "nncf", "scipy", "sklearn", "pydantic", "numpy", "rich", "jinja2", "yaml"}


@pytest.fixture
def failing(monkeypatch, tmp_path):
    """Add a command `fail` that raises what it is given; logs go below tmp_path."""
    handler = signal.getsignal(signal.SIGTERM)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    raised: list[BaseException | int | None] = []

    @click.command()
    def fail() -> object:
        if isinstance(raised[0], BaseException):
            raise raised[0]
        return raised[0]

    monkeypatch.setattr(sys.modules[__name__], "fail", fail, raising=False)
    monkeypatch.setitem(sys.modules, "failing_command", sys.modules[__name__])
    monkeypatch.setitem(calibrate.entries, "fail", Entry("failing_command:fail", "Fails."))

    def attempt(outcome: BaseException | int | None) -> int:
        raised[:] = [outcome]
        return run(["fail"])

    yield attempt
    signal.signal(signal.SIGTERM, handler)


def plugin_error() -> PluginError:
    error = PluginError("it failed", "a.png")
    error.__cause__ = ValueError("why")
    return error


@pytest.mark.parametrize(
    ("outcome", "code", "message"),
    [
        (None, 0, ""),
        (0, 0, ""),
        (4, 4, ""),
        (
            CalibrateError("it is wrong", "a.yaml:1 key", "mend it"),
            1,
            "Error: a.yaml:1 key: it is wrong; mend it\n",
        ),
        (
            Problems([CalibrateError("one"), CalibrateError("two")]),
            1,
            "Error: one\nError: two\n2 problems.\n",
        ),
        (
            Problems(CalibrateError(f"{n} tokens", f"a.txt row {n}") for n in (7, 9)),
            1,
            "Error: a.txt row 7: 7 tokens\nError: a.txt row 9: 9 tokens\n2 problems.\n",
        ),
        (
            Problems(
                [
                    *(CalibrateError(f"{n} tokens", f"a.txt row {n}") for n in (7, 8, 9, 11)),
                    ProblemsSummary("90 problems in all"),
                ]
            ),
            1,
            (
                "Error: a.txt row 7: 7 tokens\n"
                "  and 3 more like it: a.txt row 8, a.txt row 9, a.txt row 11\n"
                "Error: 90 problems in all\n"
            ),
        ),
        (plugin_error(), 1, "Error: a.png: it failed\nThe whole traceback is in LOG\n"),
        (
            MemoryError(),
            1,
            "Error: the memory of this machine does not suffice; lower search.memory_limit\n",
        ),
        (
            ImportError("x.so: failed to map segment from shared object"),
            1,
            "Error: the memory of this machine does not suffice; lower search.memory_limit\n",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device", "/full/x"),
            1,
            "Error: /full/x: nothing can be written: No space left on device\n",
        ),
        (
            FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']"),
            1,
            (
                "Error: there is no folder for temporary files that can be written to; "
                "set TMPDIR to one, or free space\n"
            ),
        ),
        (
            ValueError("surprise\nsecond line"),
            3,
            (
                "Unexpected failure: ValueError: surprise\nThe whole traceback is in LOG\n"
                "This is a mistake of calibrate: please report it with that file.\n"
            ),
        ),
        (
            KeyError(),
            3,
            (
                "Unexpected failure: KeyError\nThe whole traceback is in LOG\n"
                "This is a mistake of calibrate: please report it with that file.\n"
            ),
        ),
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
        (
            click.UsageError("not so"),
            2,
            "Usage: calibrate fail [OPTIONS]\nTry 'calibrate fail -h' for help.\n\nError: not so\n",
        ),
    ],
)
def test_outcomes(failing, capfd, tmp_path, outcome, code, message):
    assert failing(outcome) == code
    out, err = capfd.readouterr()
    err = re.sub(re.escape(str(tmp_path)) + r"/calibrate/\d{8}-\d{6}-\d+\.log", "LOG", err)
    assert err.replace("--help'", "-h'").strip() == message.strip()
    assert out == ""


@pytest.mark.parametrize("words", [["\x1b[2J"], ["check", "--\x1b[2J"], ["check", "\x1b[2J.yaml"]])
def test_no_escape_of_the_command_line_is_printed(words, capfd, monkeypatch):
    # click itself removes colours where there is no terminal.
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda *_: False)
    assert run(words) in (1, 2)
    error = capfd.readouterr().err
    assert "\\x1b" in error
    assert "\x1b" not in error


def test_what_fails_after_an_interrupt_fails_for_it(failing, capfd, monkeypatch):
    monkeypatch.setattr("calibrate.cli.main.is_interrupted", lambda: True)
    assert failing(ImportError("initialization failed")) == 130
    assert capfd.readouterr().err == "Interrupted.\n"


def test_the_log_holds_what_a_report_needs(failing, capfd, tmp_path):
    failing(ValueError("surprise"))
    (log,) = (tmp_path / "calibrate").iterdir()
    text = log.read_text()
    assert text.startswith("command: calibrate fail\ncalibrate: ")
    assert "openvino: 20" in text
    assert text.endswith("ValueError: surprise\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain Größe\nnext", "plain Größe\nnext"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("a\u202eb", "a\\u202eb"),
        ("a\udc80", "a\\udc80"),
        ("a\tb\rc", "a\\tb\\rc"),
    ],
)
def test_printable(text, expected):
    assert printable(text) == expected


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lst"], "No such command lst; did you mean list?"),
        (["qqqqqq"], "No such command qqqqqq"),
        (["list", "metrics", "--jsn"], "No such option --jsn Did you mean --json?"),
        (["inspect", "--max-drop", "1"], "No such option --max-drop\n"),
        (
            ["run", "a.yaml", "--max-drop", "0.02"],
            (
                "No such option --max-drop; keys of the config are overridden by --set "
                "KEY=VALUE, for instance --set budget.max_drop=0.005\n"
            ),
        ),
        (["list", "widgets"], "widgets is not one of adapters, steps, decoders, metrics."),
    ],
)
def test_usage_errors_are_exit_2(words, message, capfd):
    assert run(words) == 2
    # Versions of click differ in quotes, colons and full stops.
    text = re.sub(r"'|(?<=option): ?|\.(?=\n| Did)", "", capfd.readouterr().err)
    assert message.removesuffix(".") in text.replace("option--", "option --")


@pytest.mark.parametrize("name", [None, *COMMANDS])
def test_help_ends_with_an_example(name, capfd):
    assert run([*([name] if name else []), "--help"]) == 0
    *_, heading, example = _last_block(capfd.readouterr().out)
    assert heading == "Example:"
    assert example.startswith(f"calibrate {name or ''}".rstrip())


def _last_block(text: str) -> list[str]:
    lines = [line.strip() for line in text.rstrip().splitlines()]
    start = len(lines) - 1 - lines[::-1].index("Example:")
    return [*lines[:start], "Example:", lines[start + 1]]


def test_the_lines_of_the_group_are_those_of_the_commands():
    context = click.Context(calibrate)
    for name, entry in COMMANDS.items():
        command = calibrate.get_command(context, name)
        assert isinstance(command, click.Command)
        assert command.name == name
        assert entry.help.endswith(".")


def process(*words: str, **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=False, **settings
    )  # type: ignore[call-overload]


@pytest.mark.parametrize("words", [["--help"], ["--version"], []])
def test_help_loads_nothing_heavy(words):
    code = (
        "import sys\nfrom calibrate.cli.main import run\n"
        f"run({words!r})\n"
        "print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = process("-c", code)
    loaded = done.stdout[done.stdout.index("LOADED") :].split()
    assert set(loaded) & HEAVY == set()


def test_completion_of_commands_loads_none():
    code = (
        "import sys, click\nfrom calibrate.cli.main import calibrate\n"
        "found = calibrate.shell_complete(click.Context(calibrate), 's')\n"
        "print(*[item.value for item in found], 'calibrate.cli.schema' in sys.modules)"
    )
    assert process("-c", code).stdout.split() == ["schema", "False"]


def test_python_m_calibrate():
    done = process("-m", "calibrate", "--version")
    assert (done.returncode, done.stdout.split()[0]) == (0, "calibrate,")
    done = process("-m", "calibrate", "nothing")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_end_with_130(number, tmp_path):
    ready = tmp_path / "ready"
    (tmp_path / "waiting.py").write_text(
        "import click, pathlib, time\n"
        "@click.command()\n"
        "def wait():\n"
        f"    pathlib.Path({str(ready)!r}).touch()\n"
        "    time.sleep(60)\n"
    )
    code = (
        # What runs in the background of a shell is deaf to SIGINT, and so would its children be.
        "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from calibrate.cli.lazy import Entry\n"
        "from calibrate.cli.main import calibrate, main\n"
        "calibrate.entries['wait'] = Entry('waiting:wait', '')\nmain(['wait'])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{Path(__file__).parents[2]}"},
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        _wait_for(ready)
        child.send_signal(number)
        _, err = child.communicate(timeout=30)
    assert (child.returncode, err.strip()) == (130, "Interrupted.")


def _wait_for(path: Path) -> None:
    for _ in range(600):
        if path.exists():
            return
        time.sleep(0.05)
    pytest.fail("the command did not start")
