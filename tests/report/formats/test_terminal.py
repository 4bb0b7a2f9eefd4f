from pathlib import Path

import pytest
from rich.cells import cell_len

from calibrate.report.formats.terminal import _from_here, plain


def test_is_read_in_ten_seconds(make):
    assert plain(make(), width=80) == (
        "\n"
        "✓ PROVEN WITHIN BUDGET\n"
        "accuracy@1 goes 85.0 -> 84.6 % on 200 unseen samples: drop 0.40 points counted \n"
        "(95 % interval -0.2 to 1.0); budget 1.00 points. The whole interval of the drop \n"
        "is within the budget.\n"
        "1.50 times as fast as FP32 (4.00 ms instead of 6.00 ms)\n"
        "\n"
        "                      FP32  plain INT8    result  against FP32      \n"
        "accuracy@1          85.0 %      82.5 %    84.6 %  drop 0.40 points  \n"
        "  search samples    87.0 %      85.0 %    86.9 %  drop 0.10 points  \n"
        "latency            6.00 ms     3.00 ms   4.00 ms  1.50 times as fast\n"
        "throughput           167/s       333/s     250/s  1.50 times        \n"
        "file               10.0 MB      2.5 MB    4.0 MB  40 %              \n"
        "peak memory       110.0 MB    102.5 MB  104.0 MB  95 %              \n"
        "\n"
        "2 of 3 groups in INT8, 1 in FP32 (1 for accuracy)\n"
        "  in FP32  damage avoided  time given up  because of\n"
        "  /conv2           33.3 %          80 µs  accuracy  \n"
        "40.0 s, 2.0 times the least that any run needs; 12 compilations, 1,500 \n"
        "inferences\n"
        "Some CPU, avx2, no VNNI, 4 cores\n"
        "The machine was busy.\n"
        "Next: Set `search.recipes: thorough`.\n"
        "Written: out/tiny.xml\n"
    )


@pytest.mark.parametrize("width", [80, 120])
def test_long_names_do_not_break_the_tables(make, metric_of, group_of, width):
    long = "a_metric_with_a_name_that_has_no_end@" + 30 * "x"
    name = "/backbone/" + 20 * "block/" + "conv"
    report = make(
        metrics={long: metric_of()},
        groups=[group_of(1, "fp32", name=name), group_of(2, "int8")],
        model__written="/folder" * 30 + "/model.xml",
    )
    lines = plain(report, width=width).splitlines()
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).endswith("/folder" * 30 + "/model.xml")
    assert sum(line.startswith("latency") for line in lines) == 1


def test_nothing_steers_the_terminal(hostile_report):
    text = plain(hostile_report, width=120)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert all(line.isprintable() for line in text.splitlines())


def test_only_the_worst_fallbacks_are_named(make, group_of):
    text = plain(make(groups=[group_of(n, "fp32") for n in range(1, 11)]))
    assert "/conv10" in text
    assert "/conv4 " not in text
    assert "and 4 more" in text


def test_what_is_written_is_named_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert _from_here(str(tmp_path / "configs" / ".." / "out" / "m.xml")) == str(
        Path("out") / "m.xml"
    )
    assert _from_here("/elsewhere/configs/../m.xml") == "/elsewhere/m.xml"


@pytest.mark.parametrize(("folds", "shown"), [(1, True), (2, False)])
def test_search_images_stand_beside_unless_they_are_the_same(make, folds, shown):
    assert ("search samples" in plain(make(dataset__folds=folds))) == shown


def test_what_was_not_measured_is_no_zero(make, group_of):
    text = plain(make(groups=[group_of(1, "fp32"), group_of(2, "fp32", sensitivity={})]))
    rows = [line.split() for line in text.splitlines() if "/conv" in line]
    assert [row[1:3] for row in rows] == [["100.0", "%"], ["not", "measured"]]
    untimed = make(groups=[group_of(1, "fp32"), group_of(2, "fp32", microseconds={})])
    assert plain(untimed).count("not measured") == 1
