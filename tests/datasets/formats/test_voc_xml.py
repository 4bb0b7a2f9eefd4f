import pytest

from calibrate.datasets.formats.voc_xml import VocObject, parse_voc

GOOD = """<annotation>
 <filename>other.jpg</filename>
 <size><width>500</width><height>375</height><depth>3</depth></size>
 <object>
  <name>dog</name>
  <difficult>1</difficult>
  <bndbox><xmin>1</xmin><ymin>2.5</ymin><xmax>30</xmax><ymax>40</ymax></bndbox>
  <part><name>head</name><bndbox><xmin>9</xmin></bndbox></part>
 </object>
 <object>
  <name>cat</name>
  <bndbox><xmax>9</xmax><xmin>5</xmin><ymin>6</ymin><ymax>8</ymax></bndbox>
 </object>
</annotation>"""


def test_what_is_read():
    problems = []
    image = parse_voc(GOOD.encode(), "a.xml", problems)
    assert not problems
    assert (image.height, image.width) == (375, 500)
    assert image.objects == (
        VocObject("dog", (1, 2.5, 30, 40), difficult=True, line=4),
        VocObject("cat", (5, 6, 9, 8), difficult=False, line=10),
    )


@pytest.mark.parametrize(
    "size", ["", "<size/>", "<size><width>x</width><height>-3</height></size>"]
)
def test_a_size_that_is_not_given_is_unknown(size):
    image = parse_voc(f"<annotation>{size}</annotation>".encode(), "a.xml", [])
    assert (image.height, image.width, image.objects) == (0, 0, ())


BOX = "<xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax>"


@pytest.mark.parametrize(
    ("entry", "messages"),
    [
        (f"<bndbox>{BOX}</bndbox>", ["a.xml:2: the object has no <name>"]),
        ("<name>dog</name>", ["a.xml:2: the object has no <bndbox>"]),
        (
            "<name>dog</name>\n<bndbox>hello</bndbox>",
            [f"a.xml:3: <bndbox> has no <{tag}>; it holds 'hello'" for tag in
             ("xmin", "ymin", "xmax", "ymax")],
        ),
        (
            "<name>dog</name>\n<bndbox>" + BOX.replace(">2<", ">two<") + "</bndbox>",
            ["a.xml:3: <ymin> is 'two', not a number"],
        ),
        (
            "<name>dog</name>\n<bndbox>" + BOX.replace(">2<", "><") + "</bndbox>",
            ["a.xml:3: <ymin> is '', not a number"],
        ),
        (
            "<name>dog</name>\n<bndbox>" + BOX.replace(">2<", ">nan<") + "</bndbox>",
            ["a.xml:3: <ymin> is 'nan', not a number"],
        ),
        (
            f"<name>dog</name><bndbox>{BOX}</bndbox>\n\n<difficult>maybe</difficult>",
            ["a.xml:4: <difficult> is 'maybe', not 0 or 1"],
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_reported_with_its_line(entry, messages):
    problems = []
    image = parse_voc(
        f"<annotation>\n<object>{entry}</object></annotation>".encode(), "a.xml", problems
    )
    assert [str(problem) for problem in problems] == messages
    assert image.objects == ()
