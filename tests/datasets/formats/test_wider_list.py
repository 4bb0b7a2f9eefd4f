import pytest

from calibrate.datasets.formats.wider_list import WiderFace, WiderImage, parse_wider

LIST = """0--Parade/a.jpg
2
10 20 30 40 0 0 0 0 0 0
1.5 2 3 4 2 0 0 1 2 0
1--Handshaking/none.jpg
0
0 0 0 0 0 0 0 0 0 0
b.jpg
0
c.jpg
1
7 8 0 9
"""


def test_images_and_faces():
    problems = []
    assert parse_wider(LIST.splitlines(), "l.txt", problems) == [
        WiderImage(
            "0--Parade/a.jpg",
            (
                WiderFace((10, 20, 40, 60), False, 3),
                WiderFace((1.5, 2, 4.5, 6), True, 4),
            ),
            1,
        ),
        WiderImage("1--Handshaking/none.jpg", (), 5),
        WiderImage("b.jpg", (), 8),
        WiderImage("c.jpg", (WiderFace((7, 8, 7, 17), False, 12),), 10),
    ]
    assert problems == []


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("a.jpg", ["l.txt:2: the count of faces of 'a.jpg' is missing"]),
        ("a.jpg\n1 2 3 4", ["l.txt:2: the count of faces of 'a.jpg' is missing"]),
        ("a.jpg\n2\n1 2 3 4", ["l.txt:2: 'a.jpg' has 2 faces, the list ends after 1"]),
        ("a.jpg\n0\na.jpg\n0", ["l.txt:3: 'a.jpg' is listed before, in line 1"]),
        (
            "a.jpg\n2\n1 2 x 4\n1 2 nan 4",
            [
                "l.txt:3: '1 2 x 4' does not begin with the numbers x y w h of a face",
                "l.txt:4: '1 2 nan 4' does not begin with the numbers x y w h of a face",
            ],
        ),
    ],
)
def test_problems_have_their_line(text, messages):
    problems = []
    parse_wider(text.splitlines(), "l.txt", problems)
    assert [str(problem).split(";")[0] for problem in problems] == messages
