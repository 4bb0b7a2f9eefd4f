"""Generated bad inputs: whatever a file holds, a reader gives its content or a `CalibrateError`.

Texts, bytes and JSON values of valid files are changed by a seeded generator. A few hundred by
default; `CALIBRATE_FAULTS=long` makes more than 10,000.
"""

import json
import random
import zipfile
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from PIL import Image

from calibrate.config.load import load_config, load_dataset
from calibrate.core.bounded_json import parse_json
from calibrate.datasets.formats.array_files import load_array
from calibrate.datasets.formats.paths import Stamp
from calibrate.errors import CalibrateError
from calibrate.models.certificate_schema import checked
from calibrate.report.baseline import Tolerances, compare, incomparable
from calibrate.report.formats.files import render_report
from calibrate.report.formats.terminal import plain
from calibrate.report.load import load_report
from tests.faults.generated import (
    COUNT,
    EXTREMES,
    SEEDS,
    as_bytes,
    attempts,
    bytes_changed,
    dumped,
    json_changed,
    text_changed,
)
from tests.fixtures.certificates import certificate

SAMPLE = Path(__file__).parents[1] / "report" / "sample.json"


def read_report(path: Path) -> None:
    report = load_report(path)
    for form in ("json", "junit", "markdown", "html"):
        render_report(report, form)
    plain(report)
    earlier = load_report(SAMPLE)
    incomparable(report, earlier)
    compare(report, earlier, Tolerances(0.0, 0.1, 0.01))


def read_certificate(path: Path) -> None:
    try:
        content = parse_json(path.read_bytes())
    except ValueError:
        return  # `certificate_of` says so to users
    checked(content)


def read_dataset(path: Path) -> None:
    adapter = load_dataset(path).adapter
    for item in list(adapter.items())[:3]:
        adapter.read(item)


CONFIG = """
    model: {path: model.xml, name: m}
    dataset:
      name: noise
      adapter: {type: arrays, data_source: data.npz, inputs: {image: images}, label_key: labels}
      subsample_size: 20
    preprocessing:
      - type: resize
        size: 12
      - {type: normalization, mean: [1, 2, 3], std: 127.5}
    decoder: {type: classification, probabilities: false}
    metrics:
      - {type: accuracy, top_k: 1, max_drop: 0.1}
      - type: agreement
    quantization: {subset_size: 16, ignored_scope: {names: [a], types: [Add]}, preset: mixed}
    search: {objective: size, ranking_subset_size: 12, recipes: default}
    budget: {max_drop: 0.5, drop_type: absolute}
    split: {acceptance: 0.5}
    targets: [avx2]
    output: {dir: out, reports: [json, html]}
"""
COCO = {
    "images": [{"id": 1, "file_name": "a.png", "width": 8, "height": 8}],
    "annotations": [
        {
            "id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 1, 4, 4], "area": 16,
            "iscrowd": 0,
            "segmentation": [[1, 1, 4, 1, 4, 4]], "keypoints": [1, 1, 2], "num_keypoints": 1,
        }
    ],
    "categories": [{"id": 3, "name": "dog", "keypoints": ["nose"]}],
}  # fmt: skip
VOC = """<annotation>
<filename>a.png</filename><size><width>8</width><height>8</height><depth>3
</depth></size>
<object><name>dog</name><difficult>0</difficult><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5
</xmax><ymax>5</ymax></bndbox></object></annotation>"""

CVAT = (
    "<annotations><meta><task><labels><label><name>car</name></label></labels></task></meta>"
    '<image name="a.png" width="8" height="8">'
    '<box label="car" occluded="0" xtl="1" ytl="2" xbr="5" ybr="6"/></image></annotations>'
)


@pytest.fixture
def folder(tmp_path):
    Image.fromarray(np.full((8, 8, 3), 7, np.uint8)).save(tmp_path / "a.png")
    (tmp_path / "model.xml").write_text("<net/>")
    (tmp_path / "model.bin").write_bytes(b"")
    arrays = {"images": np.zeros((20, 8, 8, 3), np.uint8), "labels": np.zeros(20, np.int64)}
    np.savez(tmp_path / "data.npz", **arrays)
    np.savez_compressed(tmp_path / "small.npz", **arrays)
    return tmp_path


@pytest.mark.parametrize("seed", SEEDS)
def test_configs(folder, seed):
    text = dedent(CONFIG)
    faults = attempts(
        COUNT, seed, lambda c: as_bytes(text_changed(text, c)), load_config, folder / "run.yaml"
    )
    assert faults == []


@pytest.mark.parametrize("seed", SEEDS)
def test_values_of_configs(folder, seed):
    import yaml

    content = yaml.safe_load(CONFIG)
    faults = attempts(
        COUNT, seed, lambda c: dumped(json_changed(content, c)), load_config, folder / "run.yaml"
    )
    assert faults == []


@pytest.mark.parametrize("seed", SEEDS)
def test_overrides(folder, seed):
    (folder / "run.yaml").write_text(dedent(CONFIG))
    keys = ["budget.max_drop", "metrics[0]", "metrics.7.type", "a.b", "output.dir", "dataset", ""]

    def read(path: Path) -> None:
        override = path.read_bytes().decode("utf-8", "replace")
        load_config(folder / "run.yaml", overrides=[override])

    def change(chance: random.Random) -> bytes:
        text = f"{chance.choice(keys)}={json.dumps(chance.choice(EXTREMES))}"
        return as_bytes(text_changed(text, chance))

    assert attempts(COUNT, seed, change, read, folder / "override") == []


@pytest.mark.parametrize("seed", SEEDS)
def test_reports(folder, seed):
    content = json.loads(SAMPLE.read_text())
    path = folder / "report.json"
    count = max(10, COUNT // 5)
    changes = (
        lambda c: dumped(json_changed(content, c)),
        lambda c: bytes_changed(SAMPLE.read_bytes(), c),
    )
    for change in changes:
        assert attempts(count, seed, change, read_report, path) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_certificates(folder, seed):
    digests = dict.fromkeys(("weights", "metadata", "content"), "0" * 64)
    content = certificate(**digests)
    checked(content)
    faults = attempts(
        COUNT, seed, lambda c: dumped(json_changed(content, c)), read_certificate, folder / "c.json"
    )
    assert faults == []


DATASETS = {
    "coco.json": "adapter: {type: mscoco_detection, annotation_file: coco.json, images_dir: .}",
    "masks.json": "adapter: {type: mscoco_segmentation, annotation_file: masks.json, "
    "images_dir: .}",
    "list.txt": "adapter: {type: image_list, annotation: list.txt, data_source: .}",
    "table.csv": "adapter: {type: csv, annotation: table.csv}",
    "rows.jsonl": "adapter: {type: jsonl, annotation: rows.jsonl}",
    "data.npz": "adapter: {type: arrays, data_source: data.npz, inputs: {image: images}, "
    "label_key: labels}",
    "small.npz": "adapter: {type: arrays, data_source: small.npz, inputs: {image: images}, "
    "label_key: labels}",
    "voc/a.xml": "adapter: {type: voc_detection, data_source: ., annotations_dir: voc, "
    "images_dir: ., label_map: {dog: 0}}",
    "labels/a.txt": "adapter: {type: yolo_labeling, images_dir: ., annotations_dir: labels}",
    "faces.txt": "adapter: {type: wider, annotation_file: faces.txt, images_dir: .}",
    "pairs.txt": "adapter: {type: verification_pairs, annotation: pairs.txt, data_source: .}",
    "texts.txt": "adapter: {type: image_texts, annotation: texts.txt, alphabet: abc}",
    "cvat.xml": "adapter: {type: cvat_object_detection, annotation_file: cvat.xml, images_dir: .}",
    "a.png": "adapter: {type: images, data_source: .}",
}


def whole(name: str, folder: Path) -> bytes:
    if name.endswith((".npz", ".png")):
        return (folder / name).read_bytes()
    texts = {
        "list.txt": "a.png 0\n",
        "table.csv": "image,label\na.png,1\n",
        "rows.jsonl": '{"image": "a.png", "label": 1}\n',
        "voc/a.xml": VOC,
        "labels/a.txt": "0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.05 0.05\n",
        "faces.txt": "a.png\n2\n1 2 3 4 0 0 0 0 0 0\n2 2 3 3 0 0 0 1 0 0\n",
        "cvat.xml": CVAT,
        "pairs.txt": "a.png b.png 1\nb.png c.png 0\n",
        "texts.txt": "a.png abc\nb.png cb\n",
    }
    return json.dumps(COCO).encode() if name.endswith(".json") else texts[name].encode()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", DATASETS)
def test_annotations_and_archives(folder, name, seed):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / "dataset.yaml").write_text(DATASETS[name])
    original = whole(name, folder)

    def change(chance: random.Random) -> bytes:
        if name.endswith(".json") and chance.random() < 0.7:
            return dumped(json_changed(COCO, chance))
        if name.endswith((".npz", ".png")) or chance.random() < 0.3:
            return bytes_changed(original, chance)
        return as_bytes(text_changed(original.decode(), chance))

    count = max(15, COUNT // 4)
    faults = attempts(
        count, seed, change, lambda _: read_dataset(folder / "dataset.yaml"), folder / name
    )
    assert faults == []


@pytest.mark.parametrize("said", [True, False], ids=["in the directory", "in the header alone"])
def test_a_small_archive_of_a_large_array_is_not_unpacked(folder, said):
    size = 6 << 30 if not said else 300 << 20
    with (
        zipfile.ZipFile(folder / "data.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("images.npy", "w", force_zip64=True) as stream,
    ):
        header = {"descr": "|u1", "fortran_order": False, "shape": (size // 192, 8, 8, 3)}
        np.lib.format.write_array_header_1_0(stream, header)
        for _ in range(300 if said else 1):
            stream.write(bytes(1 << 20))
    with pytest.raises(CalibrateError, match=r"array 'images' takes \d\.\d GiB unpacked from"):
        load_array(Stamp.of(folder / "data.npz"), "images")
