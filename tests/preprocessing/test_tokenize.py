"""Step `tokenize`, on a word-level tokenizer that is made here."""

import numpy as np
import pytest

from calibrate.core.annotation import ClassLabel, TokenTarget
from calibrate.core.sample import Sample
from calibrate.errors import CalibrateError
from calibrate.preprocessing.tokenize import Tokenize

tokenizers = pytest.importorskip("tokenizers")
VOCABULARY = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "a": 4, "b": 5, "##c": 6}


@pytest.fixture
def path(tmp_path):
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(VOCABULARY, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    return tmp_path / "tokenizer.json"


def sample(annotation=None, **texts):
    return Sample("1", {key: np.array(text) for key, text in texts.items()}, annotation)


@pytest.mark.parametrize(
    ("text", "fields", "ids", "mask"),
    [
        ("a b", {}, [2, 4, 5, 3, 0, 0], [1, 1, 1, 1, 0, 0]),
        ("a b a b a b", {}, [2, 4, 5, 4, 5, 3], [1] * 6),
        ("", {}, [2, 3, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0]),
        ("a x", {"padding_side": "left"}, [0, 0, 2, 4, 1, 3], [0, 0, 1, 1, 1, 1]),
        ("a", {"add_special_tokens": False}, [4, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]),
        ("a", {"pad_token": "[UNK]"}, [2, 4, 3, 1, 1, 1], [1, 1, 1, 0, 0, 0]),
    ],
)
def test_ids(path, text, fields, ids, mask):
    made = Tokenize(tokenizer=path, max_length=6, **fields)(sample(text=text))
    assert made.data["input_ids"].tolist() == ids
    assert made.data["attention_mask"].tolist() == mask
    assert made.data["token_type_ids"].tolist() == [0] * 6
    assert "text" not in made.data
    assert made.data["input_ids"].dtype == np.int64


@pytest.mark.parametrize("text", ["caf\udce9", ["a", "b\ud800"]])
def test_what_is_not_utf8_is_refused(path, text):
    with pytest.raises(CalibrateError, match=r"of the text is not UTF-8: \\"):
        Tokenize(tokenizer=path, max_length=6)(sample(text=text))


def test_a_pair(path):
    step = Tokenize(tokenizer=path, max_length=8, input="question", pair="context")
    made = step(sample(ClassLabel(1), question="a", context="b b"))
    assert made.data["input_ids"].tolist() == [2, 4, 3, 5, 5, 3, 0, 0]
    assert made.data["token_type_ids"].tolist() == [0, 0, 0, 1, 1, 1, 0, 0]
    assert made.annotation == ClassLabel(1)


def test_labels_of_words_go_to_their_first_tokens(path):
    target = TokenTarget(np.array([7, 8]))
    made = Tokenize(tokenizer=path, max_length=7, keep=["input_ids"])(
        sample(target, text=["ac", "b"])
    )
    assert made.data.keys() == {"input_ids"}
    assert made.data["input_ids"].tolist() == [2, 4, 6, 5, 3, 0, 0]
    assert made.annotation.tokens.tolist() == [-100, 7, -100, 8, -100, -100, -100]


@pytest.mark.parametrize(
    ("fields", "data", "message"),
    [
        ({}, {"text": 3.0}, "holds float64, no text"),
        ({}, {"other": "a"}, "the sample has no data 'text'"),
        ({"truncation": "error"}, {"text": "a a a a a"}, "has 7 tokens, max_length is 6"),
        ({"pad_token": "[NONE]"}, {"text": "a"}, r"no token \[NONE\] for padding"),
    ],
)
def test_mistakes(path, fields, data, message):
    with pytest.raises(CalibrateError, match=message):
        Tokenize(tokenizer=path, max_length=6, **fields)(sample(**data))


def test_labels_of_another_number_of_words(path):
    with pytest.raises(CalibrateError, match="2 words and 1 labels"):
        Tokenize(tokenizer=path)(sample(TokenTarget(np.array([1])), text=["a", "b"]))


def test_a_file_that_is_no_tokenizer(tmp_path):
    (tmp_path / "t.json").write_text("{}")
    with pytest.raises(CalibrateError, match="the tokenizer cannot be read"):
        Tokenize(tokenizer=tmp_path / "t.json")(sample(text="a"))
