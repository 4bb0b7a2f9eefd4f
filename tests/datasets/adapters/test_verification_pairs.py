import pytest
from PIL import Image

from calibrate.core.group_annotations import PairMember
from calibrate.datasets.adapters.verification_pairs import VerificationPairs
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter

NAMES = ("Ann/Ann_0001.jpg", "Ann/Ann_0004.jpg", "Bob/Bob_0002.jpg", "Cy/Cy_0001.jpg")


@pytest.fixture
def folder(tmp_path):
    for name in NAMES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (4, 4)).save(tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pairs.txt", "1 1\nAnn 1 4\nAnn 1 Bob 2\n"),
        ("pairs.txt", "Ann\t1\t4\nAnn\t1\tBob\t2\n"),
        ("pairs.csv", f"a,b,same\n{NAMES[0]},{NAMES[1]},1\n{NAMES[0]},{NAMES[2]},0\n"),
        ("pairs.csv", f"1,{NAMES[0]},{NAMES[1]}\n0,{NAMES[0]},{NAMES[2]}\n"),
        ("pairs.txt", f"{NAMES[0]} {NAMES[1]} 1\n\n{NAMES[0]} {NAMES[2]} -1\n"),
        ("pairs.csv", f"{NAMES[0]},{NAMES[1]},True\n{NAMES[0]},{NAMES[2]},False\n"),
    ],
)
def test_forms_of_lists(folder, name, text):
    (folder / name).write_text(text)
    items = check_adapter(VerificationPairs(annotation=folder / name))
    assert [item.id for item in items] == list(NAMES[:3])
    group = NAMES[0]
    assert [item.annotation for item in items] == [
        PairMember(NAMES[0], (NAMES[1], NAMES[2]), (True, False), group),
        PairMember(NAMES[1], group=group),
        PairMember(NAMES[2], group=group),
    ]


def test_groups_are_what_pairs_connect(folder):
    (folder / "p.csv").write_text(f"{NAMES[0]},{NAMES[1]},1\n{NAMES[2]},{NAMES[3]},0\n")
    items = VerificationPairs(annotation=folder / "p.csv").items()
    assert [item.annotation.group for item in items] == [NAMES[0], NAMES[0], NAMES[2], NAMES[2]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the list names no pair"),
        (f"{NAMES[0]},{NAMES[1]},1\n", "all 1 pairs are of one identity"),
        (f"{NAMES[0]},{NAMES[1]},0\n", "all 1 pairs are of two identities"),
        (f"{NAMES[0]},{NAMES[1]},1\n{NAMES[0]},{NAMES[2]},2\n", "p.csv:2: this is not two files"),
        ("/etc/hosts,b.jpg,1\na.jpg,b.jpg,0\n", "absolute|outside|leads out"),
    ],
)
def test_lists_that_are_refused(folder, text, message):
    (folder / "p.csv").write_text(text)
    with pytest.raises(CalibrateError, match=message):
        VerificationPairs(annotation=folder / "p.csv").items()


def test_a_line_that_is_not_of_lfw(folder):
    (folder / "pairs.txt").write_text("1 1\nAnn 1 4\nAnn one Bob 2\n")
    with pytest.raises(CalibrateError, match=r"pairs\.txt:3: this is neither `name 1 4`"):
        VerificationPairs(annotation=folder / "pairs.txt").items()
