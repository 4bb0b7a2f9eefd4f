import pytest

from calibrate.migrate.colours import reader_order
from calibrate.migrate.keys import Keys
from calibrate.migrate.notes import Notes
from calibrate.migrate.preprocessing import steps_of

REVERSED = {"type": "rgb_to_bgr"}


def converted(*steps: dict[str, object], order: str = "BGR") -> tuple[list[dict], Notes]:
    notes = Notes()
    entries = Keys({"p": list(steps)}, "", notes).entries("p")
    return steps_of(entries, order), notes


def step(kind: str, **parameters: object) -> dict[str, object]:
    return {"type": kind, **parameters}


@pytest.mark.parametrize(
    ("order", "theirs", "ours"),
    [
        # Without a reversal the model sees what the reader delivers.
        ("BGR", [], [REVERSED]),
        ("RGB", [], []),
        ("BGR", [step("bgr_to_rgb")], []),
        ("RGB", [step("rgb_to_bgr")], [REVERSED]),
        ("BGR", [step("bgr_to_rgb"), step("rgb_to_bgr")], [REVERSED]),
        # Geometry commutes with it, numbers a channel do not.
        (
            "BGR",
            [step("crop", size=8), step("normalization", mean=[1, 2, 3])],
            [step("crop", size=8), REVERSED, step("normalization", mean=[1, 2, 3])],
        ),
        (
            "BGR",
            [step("normalization", mean=127.5), step("bgr_to_rgb")],
            [step("normalization", mean=127.5)],
        ),
        (
            "BGR",
            [step("normalization", mean="1,2,3"), step("bgr_to_rgb")],
            [REVERSED, step("normalization", mean=[1, 2, 3]), step("bgr_to_rgb")],
        ),
        ("BGR", [step("bgr_to_gray")], [step("grayscale")]),
        ("RGB", [step("rgb_to_gray")], [step("grayscale")]),
        # A step that counts on another order than the pixels have weighs them the wrong way round.
        ("RGB", [step("bgr_to_gray")], [REVERSED, step("grayscale")]),
    ],
)
def test_channels(order, theirs, ours):
    steps, notes = converted(*theirs, order=order)
    assert steps == ours
    assert notes.full


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (step("resize", size=224), step("resize", size=224, antialias=False)),
        (step("resize", size=224, use_pillow=True), step("resize", size=224)),
        (step("resize", size=224, resize_realization="pillow"), step("resize", size=224)),
        (
            step("resize", size=9, interpolation="BICUBIC", use_pillow=True),
            step("resize", size=9, interpolation="bicubic"),
        ),
        (
            step("resize", size=9, interpolation="ANTIALIAS", use_pillow=True),
            step("resize", size=9, interpolation="lanczos"),
        ),
        (
            step("resize", size=9, interpolation="AREA"),
            step("resize", size=9, interpolation="area"),
        ),
        (
            step("resize", size=9, aspect_ratio_scale="greater"),
            step("resize", size=9, aspect_ratio_scale="greater", antialias=False),
        ),
        (
            step("resize", size=9, aspect_ratio_scale="frcnn_keep_aspect_ratio"),
            step("resize", size=9, aspect_ratio_scale="fit_to_window", antialias=False),
        ),
        (
            step("resize", size=9, aspect_ratio_scale="min_ratio"),
            step("resize", shorter_side=9, antialias=False),
        ),
        (step("crop", size=8, use_pillow=True), step("crop", size=8, rounding="half_even")),
        (step("crop", central_fraction=0.875), step("crop", central_fraction=0.875)),
        (step("crop", max_square=True), step("crop", max_square=True)),
        (
            step("padding", size=8, pad_type="right_bottom", pad_value="114,114,114"),
            step("padding", size=8, pad_type="right_bottom", pad_value=114),
        ),
        (step("padding", stride=32), step("padding", stride=32)),
        (
            step("padding", size=8, use_numpy=True, numpy_pad_mode="edge"),
            step("padding", size=8, pad_mode="edge"),
        ),
        (step("normalization", std="255"), step("normalization", std=255)),
        (
            step("normalization", mean="cifar10"),
            step("normalization", mean=[125.307, 122.961, 113.8575]),
        ),
    ],
)
def test_steps(theirs, ours):
    steps, notes = converted(theirs, order="RGB")
    assert steps == [ours]
    assert notes.entries == []


def test_padding_without_a_size_pads_to_what_the_resize_aimed_at():
    steps, _ = converted(
        step("resize", size=416, aspect_ratio_scale="fit_to_window"), step("padding"), order="RGB"
    )
    assert steps[1] == step("padding", size=416)


@pytest.mark.parametrize(
    ("theirs", "kind", "where"),
    [
        (step("crop_rect"), "lost", "p[0].type"),
        (step("auto_resize"), "lost", "p[0]"),
        (step("resize"), "lost", "p[0]"),
        (
            step("resize", size=8, aspect_ratio_scale="ctpn_keep_aspect_ratio"),
            "lost",
            "p[0].aspect_ratio_scale",
        ),
        (step("resize", size=8, factor=32), "lost", "p[0].factor"),
        (step("resize", size=8, interpolation="CUBIC"), "differs", "p[0].interpolation"),
        (step("resize", size=8, interpolation="MAX"), "differs", "p[0].interpolation"),
        (step("padding"), "lost", "p[0]"),
        (step("padding", size=8, pad_value="background"), "lost", "p[0].pad_value"),
        (
            step("padding", size=8, use_numpy=True, numpy_pad_mode="wrap"),
            "lost",
            "p[0].numpy_pad_mode",
        ),
        (step("padding", size=8, left_top_extend=True), "lost", "p[0].left_top_extend"),
        (step("normalization", mean="caffe"), "lost", "p[0].mean"),
        (step("normalization", std="1,0,1"), "lost", "p[0].std"),
        (step("crop", size=8, angle=3), "lost", "p[0].angle"),
    ],
)
def test_what_is_not_the_same_is_reported(theirs, kind, where):
    _, notes = converted(theirs)
    assert [note.where for note in notes.of(kind)] == [where]


@pytest.mark.parametrize(
    ("reader", "order", "lost"),
    [
        (None, "BGR", []),
        ("opencv_imread", "BGR", []),
        ("pillow_imread", "RGB", []),
        ({"type": "pillow_imread", "to_rgb": True}, "RGB", []),
        ({"type": "opencv_imread", "reading_flag": "gray"}, "BGR", ["r.reading_flag"]),
        ("numpy_reader", None, []),
        ({"type": "wav_reader", "mono": True}, None, []),
    ],
)
def test_readers(reader, order, lost):
    notes = Notes()
    assert reader_order(reader, "r", notes) == order
    assert [note.where for note in notes.of("lost")] == lost
