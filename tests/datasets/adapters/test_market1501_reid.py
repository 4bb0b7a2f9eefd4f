import numpy as np
import pytest
from PIL import Image

from calibrate.core.annotation import RetrievalLabel
from calibrate.core.predictions.embedding import Embedding
from calibrate.datasets.adapters.market1501_reid import Market1501
from calibrate.errors import CalibrateError
from calibrate.metrics.recall_at_k import RecallAtK
from calibrate.metrics.retrieval_map import RetrievalMap
from calibrate.testing.adapters import check_adapter
from tests.metrics.reference import evidence_of


@pytest.fixture
def folder(tmp_path):
    names = (
        "query/0002_c1s1_000451_03.jpg",
        "bounding_box_test/-1_c1s1_000401_03.jpg",
        "bounding_box_test/0000_c2s1_000451_03.jpg",
        "bounding_box_test/0002_c12_f0046182.jpg",
    )
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (4, 8)).save(tmp_path / name)
    return tmp_path


def test_names_hold_identity_and_camera(folder):
    items = check_adapter(Market1501(data_source=folder))
    assert [item.annotation for item in items] == [
        RetrievalLabel(2, 1, "query"),
        RetrievalLabel(0, 2, "gallery"),
        RetrievalLabel(2, 12, "gallery"),
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("query/x.jpg", "'query/x.jpg' does not begin with identity and camera"),
        ("query/0009_c1s1_0.jpg", "no image of 'query' has an identity that"),
    ],
)
def test_what_is_refused(folder, name, message):
    (folder / "query/0002_c1s1_000451_03.jpg").rename(folder / name)
    with pytest.raises(CalibrateError, match=message):
        Market1501(data_source=folder).items()


def market_protocol(vectors, labels, ranks):
    """Rank-k and mAP of Market-1501: the gallery without the query's identity and camera."""
    hits, precisions = [], []
    for query, target in zip(vectors, labels, strict=True):
        if target.role != "query":
            continue
        compared = [
            (float(query @ vector), other.label == target.label)
            for vector, other in zip(vectors, labels, strict=True)
            if other.role == "gallery"
            and not (other.label == target.label and other.camera == target.camera)
        ]
        right = np.array([same for _, same in sorted(compared, key=lambda row: -row[0])])
        if not right.any():
            continue
        first = int(right.argmax())
        hits.append([first < k for k in ranks])
        precisions.append(np.mean((np.cumsum(right) / np.arange(1, len(right) + 1))[right]))
    return np.mean(hits, axis=0), np.mean(precisions)


def test_metrics_follow_the_protocol_of_market():
    rng = np.random.default_rng(3)
    labels = [RetrievalLabel(int(rng.integers(1, 9)), int(rng.integers(3)), "query")
              for _ in range(15)]  # fmt: skip
    labels += [RetrievalLabel(int(rng.integers(0, 9)), int(rng.integers(3)), "gallery")
               for _ in range(60)]  # fmt: skip
    vectors = rng.normal(size=(75, 6)) + np.array([np.full(6, t.label * 0.2) for t in labels])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = vectors.astype(np.float32)
    pairs = [(Embedding(v), t) for v, t in zip(vectors, labels, strict=True)]
    (rank_1, rank_5), mean_precision = market_protocol(vectors.astype(float), labels, (1, 5))
    counts = np.ones((1, 75), np.int64)
    for metric, expected in (
        (RecallAtK(), rank_1),
        (RecallAtK(k=5), rank_5),
        (RetrievalMap(), mean_precision),
    ):
        assert metric.aggregate(evidence_of(metric, pairs), counts) == pytest.approx([expected])
