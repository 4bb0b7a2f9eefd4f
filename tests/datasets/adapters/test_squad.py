import json

import numpy as np
import pytest
from pydantic import ValidationError

from calibrate.core.group_annotations import AnswerTarget
from calibrate.datasets.adapters.squad import Squad
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter

tokenizers = pytest.importorskip("tokenizers")
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *[f"w{number}" for number in range(40)]]
CONTEXT = " ".join(f"w{number}" for number in range(20))


@pytest.fixture
def files(tmp_path):
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    questions = [
        {"id": "p", "question": " w30 w31", "answers": [{"text": "w3 w4", "answer_start": 0}] * 2},
        {"id": "q", "question": "w32 w33 w34 w35 w36", "answers": []},
    ]
    document = {"data": [{"paragraphs": [{"context": CONTEXT, "qas": questions}]}]}
    (tmp_path / "dev.json").write_text(json.dumps(document))
    return {"annotation": tmp_path / "dev.json", "tokenizer": tmp_path / "tokenizer.json"}


def test_windows_overlap_and_hold_every_word(files):
    adapter = Squad(**files, max_length=14, doc_stride=3, max_query_length=2)
    items = check_adapter(adapter)
    assert [item.id for item in items] == [f"{q}#{n}" for q in "pq" for n in range(3)]
    samples = [adapter.read(item) for item in items[:3]]
    # Two words of the question, three special tokens: nine words of the context a window.
    starts = [0, 6, 12]
    for sample, start in zip(samples, starts, strict=True):
        words = list(range(start, min(start + 9, 20)))
        ids = [2, 34, 35, 3, *[4 + word for word in words], 3]
        assert sample.data["input_ids"].tolist() == ids + [0] * (14 - len(ids))
        assert sample.data["attention_mask"].tolist() == [1] * len(ids) + [0] * (14 - len(ids))
        assert sample.data["token_type_ids"].tolist()[4 : len(ids)] == [1] * (len(ids) - 4)
        target = sample.annotation
        texts = [CONTEXT[a:b] for a, b in target.offsets[4 : 4 + len(words)]]
        assert texts == [f"w{word}" for word in words]
        assert (target.offsets[:4] == -1).all()
        assert (target.offsets[4 + len(words) :] == -1).all()
        assert target.group_name == "p"


def test_answers_and_their_absence(files):
    adapter = Squad(**files, max_length=40, doc_stride=3, max_query_length=8)
    targets = [item.annotation for item in adapter.items()]
    assert all(isinstance(target, AnswerTarget) and target.may_be_empty for target in targets)
    assert [target.answers for target in targets] == [("w3 w4",), ()]
    assert [target.describe(()) for target in targets] == ["answer 'w3 w4'", "no answer"]


def test_questions_are_drawn_with_all_their_windows(files):
    adapter = Squad(**files, max_length=14, doc_stride=3, max_query_length=2, questions=1)
    assert len({item.annotation.question for item in adapter.items()}) == 1
    assert len(adapter.items()) == 3
    long = Squad(**files, max_length=14, doc_stride=3, max_query_length=2).items()[3]
    # The second question has five words, of which two are kept.
    assert adapter.read(adapter.items()[0]).data["input_ids"].dtype == np.int64
    assert long.annotation.question == "q"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "this is no JSON"),
        ("[]", "there is no list `data` of articles"),
        ('{"data": [{}]}', r"data\[0\]: an article has a list `paragraphs`|an article has a list"),
        ('{"data": []}', "the file has no question"),
        (
            '{"data": [{"paragraphs": [{"context": "a", "qas": [{"id": "1"}]}]}]}',
            "a question has `id`, `question` and `answers` with `text`",
        ),
    ],
)
def test_files_that_are_refused(files, text, message):
    files["annotation"].write_text(text)
    with pytest.raises(CalibrateError, match=message):
        Squad(**files).items()


def test_lengths_that_leave_no_room(files):
    with pytest.raises(ValidationError, match="has no room for max_query_length and doc_stride"):
        Squad(**files, max_length=64)
