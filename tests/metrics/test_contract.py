"""Every metric of the catalog passes the checks that plugin authors get."""

import inspect

import numpy as np
import pytest

from calibrate import plugins
from calibrate.core.annotation import (
    BoxSet,
    ClassLabel,
    ImageTarget,
    LabelSet,
    MaskTarget,
    TokenTarget,
    ValueTarget,
)
from calibrate.core.group_annotations import AnswerTarget, PairMember
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.detections import Detections
from calibrate.core.predictions.embedding import Embedding
from calibrate.core.predictions.image_output import ImageOutput
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.predictions.raw_outputs import RawOutputs
from calibrate.core.predictions.score_map import ScoreMap
from calibrate.core.predictions.span import Span
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.testing.metrics import check_metric

SAMPLES = 6
EMPTY = MaskTarget(np.zeros((2, 2), np.uint8))


def numbers(seed, *shape):
    return np.random.default_rng(seed).random(shape).astype(np.float32)


def softmax(logits):
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return (powers / powers.sum(-1, keepdims=True)).astype(np.float32)


# Each maker gives, for a sample, the truth and a prediction that is `noise` away from it.
def classes(index, noise):
    label = index % 3
    logits = 3 * np.eye(3)[label] + noise * (numbers(index, 3) - 0.5)
    return ClassLabel(label), ClassScores(softmax(logits))


def labels(index, noise):
    present = numbers(index, 4) < 0.5
    present[index % 4] = True
    scores = np.clip(present + noise * (numbers(index + 50, 4) - 0.5) * 0.5, 0, 1)
    return LabelSet(tuple(np.flatnonzero(present).tolist())), LabelScores(scores.astype(np.float32))


def boxes(index, noise):
    corner = 200 * numbers(index, 4, 2)
    corners = np.concatenate([corner, corner + 60], 1).astype(np.float32)
    names = np.array([1, 2, 1, 3], np.int64)
    flags = np.zeros(4, bool)
    truth = BoxSet(corners, names, flags, flags, np.full(4, 3600, np.float32))
    moved = corners + noise * 6 * (numbers(index + 50, 4, 1) - 0.5)
    scores = 0.6 + 0.4 * numbers(index + 90, 4)
    return truth, Detections(moved.astype(np.float32), scores, names)


def masks(index, noise):
    mask = (3 * numbers(index, 12, 10)).astype(np.uint8)
    wrong = numbers(index + 50, 12, 10) < noise / 10
    return MaskTarget(mask), ClassMap(np.where(wrong, (mask + 1) % 3, mask).astype(np.int32))


def images(index, noise):
    image = (255 * numbers(index, 16, 14, 3)).astype(np.uint8)
    return ImageTarget(image), ImageOutput(image + noise * 20 * (numbers(index + 50, 16, 14, 3)))


def values(index, noise):
    truth = 10 * numbers(index, 4)
    return ValueTarget(truth), Values(truth + noise * numbers(index + 50, 4))


def tokens(index, noise):
    truth = (5 * numbers(index, 4 + index % 3)).astype(np.int64)
    logits = 3 * np.eye(5)[truth] + noise * 2 * (numbers(index + 50, truth.size, 5) - 0.5)
    return TokenTarget(truth), TokenScores(np.log(softmax(logits)))


def raw(index, noise):
    truth = numbers(index, 3, 4)
    changed = truth + noise * (numbers(index + 50, 3, 4) - 0.5)
    return RawOutputs({"a": truth}), RawOutputs({"a": changed.astype(np.float32)})


def spans(index, noise):
    first = index % 4
    moved = first + (0 if noise < 2 else 1 + index % 2)
    truth = TokenTarget(np.array([first, first + 2], np.int64))
    return truth, Span(np.array([moved, moved + 2], np.int64))


def vectors(index, noise):
    label = index % 3
    vector = np.eye(3, 6)[label] + 0.3 * noise * (numbers(index + 50, 6) - 0.5)
    return ClassLabel(label), Embedding((vector / np.linalg.norm(vector)).astype(np.float32))


def maps(index, noise):
    mask = (numbers(index, 12, 10) < 0.3).astype(np.uint8)
    scores = mask + noise * 0.2 * (numbers(index + 50, 12, 10) - 0.5)
    return MaskTarget(mask, None), ScoreMap(scores.astype(np.float32))


def pairs(index, noise):
    vector = vectors(index, noise)[1]
    partners = tuple(str(other) for other in range(index + 1, SAMPLES))
    same = tuple(other % 3 == index % 3 for other in range(index + 1, SAMPLES))
    return PairMember(str(index), partners, same), vector


def answers(index, noise):
    offsets = np.array([[2 * place, 2 * place + 1] for place in range(8)])
    first = index % 4
    moved = first + (0 if noise < 2 else 1 + index % 2)
    truth = AnswerTarget(str(index), "b c d e f g h i", ("bcdefghi"[first],), offsets)
    return truth, Span(np.array([moved, moved]), 2.0, 1.0)


CASES = [
    ("pairwise_accuracy", {}, pairs),
    ("pairwise_accuracy", {}, vectors),
    ("pairwise_roc_auc", {}, pairs),
    ("tar_at_far", {"far": 0.1}, pairs),
    ("answer_exact_match", {}, answers),
    ("answer_f1", {}, answers),
    ("pixel_roc_auc", {}, maps),
    ("entity_f1", {"labels": ("O", "B-A", "I-A", "B-B", "I-B")}, tokens),
    ("coco_precision", {"matching": "accuracy_checker"}, boxes),
    ("map", {"matching": "accuracy_checker"}, boxes),
    ("recall", {}, classes),
    ("recall", {"average": "weighted"}, labels),
    ("precision", {}, classes),
    ("precision", {"average": "micro"}, labels),
    ("specificity", {"average": "micro"}, labels),
    ("balanced_accuracy", {}, classes),
    ("matthews_corrcoef", {}, classes),
    ("cohen_kappa", {}, classes),
    ("cohen_kappa", {"weights": "quadratic"}, classes),
    ("f1", {"average": "weighted"}, classes),
    ("dice", {"per_case": True}, masks),
    ("dice", {"per_case": True, "empty": "one", "classes": 4}, masks),
    ("mean_iou", {"only_label": 1}, masks),
    ("mean_accuracy", {}, masks),
    ("frequency_weighted_accuracy", {}, masks),
    ("hausdorff_distance", {"percentile": 95.0}, masks),
    ("pearson", {}, values),
    ("spearman", {}, values),
    ("r2_score", {}, values),
    ("abs_rel", {}, values),
    ("epe", {}, values),
    ("relative_error", {}, values),
    ("relative_error", {}, raw),
    ("edit_distance", {}, tokens),
    ("character_accuracy", {}, tokens),
    ("label_level_recognition_accuracy", {}, tokens),
    ("token_f1", {}, tokens),
    ("token_f1", {"average": "macro", "outside": 0}, tokens),
    ("span_exact_match", {}, spans),
    ("span_f1", {}, spans),
    ("recall_at_k", {}, vectors),
    ("recall_at_k", {"k": 2}, vectors),
    ("mean_reciprocal_rank", {}, vectors),
    ("retrieval_map", {}, vectors),
    ("tar_at_far", {"far": 0.1}, vectors),
    ("cosine_similarity", {}, vectors),
    ("accuracy", {}, classes),
    ("accuracy", {"top_k": 2}, classes),
    ("f1", {}, classes),
    ("f1", {"average": "binary"}, classes),
    ("f1", {"average": "micro"}, labels),
    ("roc_auc_score", {}, classes),
    ("roc_auc_score", {}, labels),
    ("multilabel_map", {}, labels),
    ("map", {}, boxes),
    ("map", {"integral": "11point"}, boxes),
    ("coco_precision", {}, boxes),
    ("mean_iou", {}, masks),
    ("pixel_accuracy", {}, masks),
    ("dice", {}, masks),
    ("mae", {}, values),
    ("mse", {}, values),
    ("rmse", {}, values),
    ("mae", {}, images),
    ("psnr", {}, images),
    ("psnr", {"color": "y", "scale_border": 2}, images),
    ("ssim", {}, images),
    ("ssim", {"window": "gaussian"}, images),
    ("token_accuracy", {}, tokens),
    ("word_accuracy", {}, tokens),
    ("perplexity", {}, tokens),
    ("wer", {}, tokens),
    ("agreement", {}, classes),
    ("agreement", {}, labels),
    ("agreement", {}, boxes),
    ("agreement", {}, masks),
    ("agreement", {}, tokens),
    ("flip_rate", {}, classes),
    ("kl_divergence", {}, classes),
    ("kl_divergence", {}, labels),
    ("kl_divergence", {}, tokens),
    ("cosine_similarity", {}, raw),
    ("cosine_similarity", {}, images),
    ("cosine_similarity", {}, values),
    ("sqnr", {}, raw),
    ("sqnr", {"cap": 40.0}, classes),
]


def cases(metric, maker, noise):
    made = []
    for index in range(SAMPLES):
        truth, prediction = maker(index, noise)
        # Against FP32 the model with less noise stands for FP32.
        target = truth if metric.reference == "annotation" else maker(index, 0.5)[1]
        made.append((prediction, target, Facts(f"sample-{index}")))
    return made


def create(name, fields):
    return plugins.load("metrics", name, folder=".")(**fields)


@pytest.mark.parametrize(
    ("name", "fields", "maker"),
    [pytest.param(*case, id=f"{case[0]} {case[2].__name__} {case[1] or ''}") for case in CASES],
)
def test_contract(name, fields, maker):
    metric = create(name, fields)
    odd = [(raw(0, 0)[1], EMPTY, Facts("odd")), (classes(0, 0)[1], EMPTY, Facts("odd"))]
    check_metric(metric, cases(metric, maker, 1.0), worse=cases(metric, maker, 8.0), odd=odd)


@pytest.mark.parametrize("name", plugins.METRICS)
def test_every_metric_is_checked_and_described(name):
    assert name in {case[0] for case in CASES}
    parameters = next(case[1] for case in CASES if case[0] == name)
    text = inspect.getdoc(create(name, parameters))
    assert text.splitlines()[0].endswith(".")
    assert "Interval of a drop:" in text
    assert f"- type: {name}" in text


@pytest.mark.parametrize(
    ("name", "maker", "expected"),
    [
        ("agreement", classes, 1.0),
        ("agreement", labels, 1.0),
        ("agreement", boxes, 1.0),
        ("agreement", masks, 1.0),
        ("agreement", tokens, 1.0),
        ("flip_rate", classes, 0.0),
        ("flip_rate", boxes, 0.0),
        ("kl_divergence", classes, 0.0),
        ("kl_divergence", labels, 0.0),
        ("kl_divergence", tokens, 0.0),
        ("cosine_similarity", raw, 1.0),
        ("cosine_similarity", classes, 1.0),
        ("sqnr", raw, 100.0),
        ("sqnr", images, 100.0),
    ],
)
def test_fp32_against_itself_is_exact(name, maker, expected):
    metric = create(name, {})
    predictions = [maker(index, 1.0)[1] for index in range(SAMPLES)]
    evidence = [metric.score(entry, entry, Facts("a")) for entry in predictions]
    counts = np.random.default_rng(0).multinomial(SAMPLES, [1 / SAMPLES] * SAMPLES, size=20)
    assert metric.aggregate(evidence, counts).tolist() == [expected] * 20
