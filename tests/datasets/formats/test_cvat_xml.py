import pytest

from calibrate.datasets.formats.cvat_xml import CvatBox, CvatImage, parse_cvat
from calibrate.errors import CalibrateError

LABELS = "<labels><label><name>car</name></label><label><name>bus</name></label></labels>"
META = f"<meta><task><size>2</size>{LABELS}</task></meta>"
BOX = '<box label="car" occluded="{}" xtl="1.5" ytl="2" xbr="3" ybr="4" {}/>'


def parsed(images, meta=META):
    problems = []
    text = f"<annotations><version>1.1</version>{meta}{images}</annotations>"
    return parse_cvat(text.encode(), "a.xml", problems), [str(problem) for problem in problems]


def test_images_boxes_and_labels():
    task, problems = parsed(
        f'<image id="0" name="x/a.png" width="40" height="20">{BOX.format(1, "")}'
        f'<polygon label="car" points="1,2;3,4"/>{BOX.format(0, "")}</image>\n'
        '<image id="1" name="b.png"/>'
    )
    assert task.labels == ("car", "bus")
    assert task.shapes == {"polygon": 1}
    assert task.images == (
        CvatImage(
            "x/a.png",
            20,
            40,
            (
                CvatBox("car", (1.5, 2, 3, 4), True, 1),
                CvatBox("car", (1.5, 2, 3, 4), False, 1),
            ),
            1,
        ),
        CvatImage("b.png", 0, 0, (), 2),
    )
    assert problems == []


@pytest.mark.parametrize(
    ("images", "messages"),
    [
        ("<image/>", ["a.xml:1: the image has no name"]),
        ('<image name="a"><box xtl="1"/></image>', ["a.xml:1: the box has no label"]),
        (
            '<image name="a"><box label="car" xtl="1" ytl="b" xbr="inf"/></image>',
            ["a.xml:1: ytl, xbr, ybr of the box 'car' is no number"],
        ),
        (
            "".join(['<image name="a">', BOX.format(0, 'rotation="30.0"'), "</image>"]),
            ["a.xml:1: the box is rotated, upright boxes are read here; export upright boxes"],
        ),
    ],
)
def test_problems_have_their_line(images, messages):
    assert parsed(images)[1] == messages


@pytest.mark.parametrize(
    ("images", "message"), [("<track/>", "tracks of a video"), ("", "the file has no <image>")]
)
def test_other_formats_are_refused(images, message):
    with pytest.raises(CalibrateError, match=message):
        parsed(images)


def test_labels_of_a_project():
    meta = f"<meta><project><tasks/>{LABELS}</project></meta>"
    assert parsed('<image name="a"/>', meta)[0].labels == ("car", "bus")
