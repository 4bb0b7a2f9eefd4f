"""Questions of SQuAD's JSON, versions 1.1 and 2.0, and of files in its form."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from calibrate.datasets.formats.findings import Findings


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a text.

    Attributes:
        id: unique in its file.
        text: the question.
        context: the text that is asked about.
        answers: accepted ones; none where the text has no answer.
    """

    id: str
    text: str
    context: str
    answers: tuple[str, ...]


def parse_squad(document: object, findings: Findings) -> list[Question]:
    """All questions in the order of the file.

    Args:
        document: the JSON's value: `data`, a list of articles with `paragraphs`, each with
            `context` and `qas`.
        findings: gets entries of another form, and ids that repeat.
    """
    articles = document.get("data") if isinstance(document, dict) else None
    if not isinstance(articles, list):
        findings.add("this is no JSON of SQuAD: there is no list `data` of articles")
        return []
    questions: dict[str, Question] = {}
    for place, context, entry in _entries(articles, findings):
        question = _question(entry, context)
        if question is None:
            findings.add("a question has `id`, `question` and `answers` with `text`", place)
        elif question.id in questions:
            findings.add(f"the id '{question.id}' belongs to two questions", place)
        else:
            questions[question.id] = question
    if not questions and not findings.count:
        findings.add("the file has no question")
    return list(questions.values())


def has_unanswerable(questions: list[Question]) -> bool:
    """Whether some question has no answer, as in SQuAD 2.0."""
    return any(not question.answers for question in questions)


def _entries(articles: list[Any], findings: Findings) -> Iterator[tuple[str, str, Any]]:
    for at, article in enumerate(articles):
        paragraphs = article.get("paragraphs") if isinstance(article, dict) else None
        if not isinstance(paragraphs, list):
            findings.add("an article has a list `paragraphs`", f"data[{at}]")
            continue
        for number, paragraph in enumerate(paragraphs):
            place = f"data[{at}].paragraphs[{number}]"
            match paragraph:
                case {"context": str(context), "qas": list(entries)}:
                    for index, entry in enumerate(entries):
                        yield f"{place}.qas[{index}]", context, entry
                case _:
                    findings.add("a paragraph has a text `context` and a list `qas`", place)


def _question(entry: object, context: str) -> Question | None:
    match entry:
        case {"id": str(key) | int(key), "question": str(text), "answers": list(listed), **rest}:
            answers = [answer.get("text") for answer in listed if isinstance(answer, dict)]
            texts = tuple(dict.fromkeys(text for text in answers if isinstance(text, str)))
            if len(answers) == len(listed) and all(isinstance(each, str) for each in answers):
                is_impossible = bool(rest.get("is_impossible"))
                return Question(str(key), text, context, () if is_impossible else texts)
    return None
