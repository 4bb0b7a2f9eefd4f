import pytest

from calibrate.datasets.formats.yolo_rows import YoloObject, parse_yolo


def test_lines():
    problems = []
    yolo = parse_yolo(["3 .1 .2 .3 1.0005", "  "], "a.txt", problems)
    assert yolo == [YoloObject(3, 0.1, 0.2, 0.3, 1.0005, 1)]
    assert not problems


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1 0.5 0.5 0.5", "a.txt:1: the line has 4 numbers, which is no outline"),
        ("1 0.5 0.5 0.5 0.5 0.9 1 0.9", "a.txt:1: the line has 8 numbers, which is no outline"),
        ("1 0.5 0.5 0.5 0.5 7", "a.txt:1: '7' is not a number between 0 and 1"),
        ("1.5 0.5 0.5 0.5 0.5", "a.txt:1: the class '1.5' is not a whole number from 0"),
        ("-1 0.5 0.5 0.5 0.5", "a.txt:1: the class '-1' is not a whole number from 0"),
        ("dog 0.5 0.5 0.5 0.5", "a.txt:1: the class 'dog' is not a whole number from 0"),
        ("1 240 0.5 0.5 0.5", "a.txt:1: '240' is not a number between 0 and 1"),
        ("1 0.5 -0.5 0.5 0.5", "a.txt:1: '-0.5' is not a number between 0 and 1"),
        ("1 0.5 0.5 nan 0.5", "a.txt:1: 'nan' is not a number between 0 and 1"),
        ("1 0.5 0.5 0.5 wide", "a.txt:1: 'wide' is not a number between 0 and 1"),
    ],
)
def test_bad_lines(line, message):
    problems = []
    assert parse_yolo([line], "a.txt", problems) == []
    assert [str(problem).partition(";")[0] for problem in problems] == [message]


@pytest.mark.parametrize(
    ("line", "form", "expected"),
    [
        ("2.0 .5 .5 .5 .5", "auto", (2, 0.5, 0.5, 0.5, 0.5)),
        ("1 .5 .5 .5 .5 0.9", "auto", (1, 0.5, 0.5, 0.5, 0.5)),
        ("0 0 0 .5 0 .5 1", "auto", (0, 0.25, 0.5, 0.5, 1.0)),
        ("0 .1 .2 .5 .2 .5 .6 .1 .6", "auto", (0, 0.3, 0.4, 0.4, 0.4)),
        ("0 .5 .5 .5 .5 .5 .5 2 .4 .4 1", "auto", (0, 0.5, 0.5, 0.5, 0.5)),
        ("0 .5 .5 .5 .5 0 0 0.000 .4 .4 2.0", "auto", (0, 0.5, 0.5, 0.5, 0.5)),
        ("0 .5 .5 .5 .5 .5 .5 .4 .4", "pose", (0, 0.5, 0.5, 0.5, 0.5)),
    ],
)
def test_forms(line, form, expected):
    problems = []
    (entry,) = parse_yolo([line], "a.txt", problems, form)
    values = (entry.label, entry.centre_x, entry.centre_y, entry.width, entry.height)
    assert values == pytest.approx(expected)
    assert not problems
