"""Text recognition of the Accuracy Checker: alphabet, blank and end agree on both sides."""

import pytest

from calibrate.migrate.accuracy_checker import Surroundings, drafts_of
from calibrate.migrate.keys import Keys
from calibrate.migrate.notes import Notes
from calibrate.migrate.places import Places
from calibrate.migrate.recognition import ALPHANUMERIC, Recognition, greedy, labels_of, simple

LETTERS = {0: "[s]", 1: "a", 2: "b"}
WRONG = {"unknown_characters": "wrong"}


@pytest.mark.parametrize(
    ("read", "adapter", "decoder", "alphabet", "metric"),
    [
        (
            simple,
            {"custom_label_map": LETTERS},
            {},
            {"alphabet": "ab", "alphabet_offset": 1},
            {"end": 0},
        ),
        (
            simple,
            {"custom_label_map": {0: "a", 1: "b", 2: "<e>"}, "eos_label": "<e>", "start_index": 1},
            {"first_position": 1},
            {"alphabet": "ab", "alphabet_offset": 0},
            {"end": 2},
        ),
        (
            simple,
            {"vocabulary_file": "v.txt", "start_label": "[GO]", "do_lower": True},
            {},
            {"alphabet_file": "models/v.txt", "alphabet_offset": 2, "predicted_case": "lower"},
            {"end": 1},
        ),
        (
            simple,
            {"vocabulary_file": "v.txt"},
            {},
            {"alphabet_file": "models/v.txt", "alphabet_offset": 1},
            {"end": 0},
        ),
        (
            greedy,
            {"logits_output": "logits", "custom_label_map": {"0": "?", "1": "1", "2": 0}},
            {"output": "logits"},
            {"alphabet": "10", "alphabet_offset": 1},
            {"blank": 0},
        ),
        (
            greedy,
            {"shift_labels": True},
            {},
            {"alphabet": "xyz", "alphabet_offset": 1},
            {"blank": 0},
        ),
        (greedy, {}, {}, {"alphabet": "xyz"}, {"blank": 0}),
    ],
)  # fmt: skip
def test_labels(read, adapter, decoder, alphabet, metric):
    notes = Notes()
    recognition = Recognition(Places(models="models"), {"alphabet": "xyz"})
    part = read(Keys(adapter, "adapter", notes), recognition)
    assert part == {"type": "token_scores", **decoder}
    assert recognition.alphabet == {**alphabet, **WRONG}
    assert recognition.metric == metric
    assert notes.full


@pytest.mark.parametrize(
    ("read", "adapter", "own", "why"),
    [
        (greedy, {}, {}, "neither the launcher nor the dataset has labels of characters"),
        (greedy, {"custom_label_map": {1: "a", 3: "b"}}, {}, "an alphabet is single characters"),
        (greedy, {"custom_label_map": {1: "ab", 2: "b"}}, {}, "an alphabet is single characters"),
        (greedy, {"custom_label_map": {1: "a", 2: "a"}}, {}, "an alphabet is single characters"),
        (simple, {"custom_label_map": {1: "a", 2: "b"}}, {}, "the labels have no such end"),
        (greedy, {"blank_label": 3}, {"alphabet": "abc"}, "there repeats in the first steps"),
    ],
)
def test_what_is_not_the_same_is_said(read, adapter, own, why):
    notes = Notes()
    read(Keys(adapter, "adapter", notes), Recognition(Places(), own))
    assert [note.why.startswith(why) for note in notes.entries] == [True]
    assert not notes.full


@pytest.mark.parametrize(
    ("conversion", "labels"),
    [
        ({"converter": "icdar13_recognition"}, {"alphabet": ALPHANUMERIC}),
        (
            {"converter": "unicode_character_recognition", "decoding_char_file": "c.txt"},
            {"alphabet_file": "data/c.txt", "alphabet_offset": 1},
        ),
        ({"converter": "imagenet"}, {}),
    ],
)  # fmt: skip
def test_labels_of_datasets(conversion, labels):
    assert labels_of(conversion, Places(source="data")) == labels


@pytest.mark.parametrize(
    ("dataset", "adapter"),
    [
        (
            {
                "reader": {"type": "lmdb_reader"},
                "data_source": "svt",
                "annotation_conversion": {
                    "converter": "lmdb_text_recognition_database",
                    "data_dir": "svt",
                    "lower_case": True,
                },
            },
            {"type": "text_lmdb", "data_source": "data/svt", "case": "lower"},
        ),
        (
            {
                "data_source": "images",
                "annotation_conversion": {
                    "converter": "icdar13_recognition",
                    "annotation_file": "gt.txt",
                },
            },
            {
                "type": "image_texts",
                "annotation": "data/gt.txt",
                "separator": "space",
                "data_source": "data/images",
            },
        ),
    ],
)
def test_a_whole_run(dataset, adapter):
    launcher = {
        "framework": "openvino",
        "model": "m.xml",
        "adapter": {"type": "simple_decoder", "custom_label_map": LETTERS},
    }
    metrics = [{"type": "character_recognition_accuracy", "reference": 88.8}]
    model = {"name": "m", "launchers": [launcher], "datasets": [{**dataset, "metrics": metrics}]}
    (draft,), _ = drafts_of(
        {"models": [model]}, Surroundings(places=Places(source="data", models="models"))
    )
    assert draft.notes.full
    assert draft.adapter == {**adapter, "alphabet": "ab", "alphabet_offset": 1, **WRONG}
    assert draft.decoder == {"type": "token_scores"}
    assert draft.metrics == [{"type": "word_accuracy", "end": 0, "reference": 0.888}]
