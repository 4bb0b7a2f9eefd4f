"""Train a text classifier in small on the docstrings' training part: embedding, attention, head.

Run: `python configs/models/train_docstrings_transformer.py` (needs the extras `train` and `text`;
about half a minute on one core). It writes `docstrings_transformer.onnx` and
`docstrings_tokenizer.json`, which are committed. Its embedding table is learned and holds more than
half of its weights.
"""

import json
from pathlib import Path

import tokenizers
import torch
from torch import Tensor, nn
from torch.nn import functional

ROOT = Path(__file__).parents[2]
CLASSES = ("asyncio", "email", "tkinter", "unittest", "turtle", "decimal")
VOCABULARY = 1500
LENGTH = 40
WIDTH = 64
HEADS = 4
LAYERS = 2
EPOCHS = 24
UNKNOWN = "[UNK]"


def train_tokenizer(texts: list[str]) -> tokenizers.Tokenizer:
    """A WordPiece tokenizer in BERT's manner."""
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(unk_token=UNKNOWN))
    tokenizer.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", UNKNOWN, "[CLS]", "[SEP]"]
    trainer = tokenizers.trainers.WordPieceTrainer(vocab_size=VOCABULARY, special_tokens=special)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


class Layer(nn.Module):
    """Attention and a two-layer perceptron, each behind its normalization."""

    def __init__(self) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(WIDTH)
        self.query_key_value = nn.Linear(WIDTH, 3 * WIDTH)
        self.attention_output = nn.Linear(WIDTH, WIDTH)
        self.perceptron_norm = nn.LayerNorm(WIDTH)
        self.grow = nn.Linear(WIDTH, 2 * WIDTH)
        self.shrink = nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, tokens: Tensor, bias: Tensor) -> Tensor:
        """[N, tokens, width] to the same; `bias` [N, 1, 1, tokens] is added to the attention."""
        mixed = self.query_key_value(self.attention_norm(tokens))
        split = mixed.reshape(-1, LENGTH, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        query, key, value = split[0], split[1], split[2]
        scores = query @ key.transpose(-1, -2) / (WIDTH // HEADS) ** 0.5 + bias
        seen = (scores.softmax(-1) @ value).transpose(1, 2).reshape(-1, LENGTH, WIDTH)
        tokens = tokens + self.attention_output(seen)
        return tokens + self.shrink(functional.gelu(self.grow(self.perceptron_norm(tokens))))


class Classifier(nn.Module):
    """Logits from token ids and an attention mask."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, WIDTH)
        self.places = nn.Parameter(torch.randn(1, LENGTH, WIDTH) * 0.02)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, len(CLASSES))
        self.dropout = nn.Dropout(0.3)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """[N, tokens] twice to [N, classes]: the mean of the tokens that count."""
        mask = attention_mask.to(torch.float32)
        bias = (1.0 - mask)[:, None, None, :] * -1e4
        hidden = self.dropout(self.tokens(input_ids) + self.places)
        for layer in self.layers:
            hidden = layer(hidden, bias)
        counted = (self.norm(hidden) * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        return self.head(self.dropout(counted))


def read(name: str) -> tuple[list[str], Tensor]:
    """Texts and class ids of one part."""
    lines = (ROOT / f"datasets/docstrings/{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [row["text"] for row in rows], torch.tensor(
        [CLASSES.index(row["label"]) for row in rows]
    )


def main() -> None:
    """Train, print the accuracy on the judged part, and export."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    texts, labels = read("train")
    tokenizer = train_tokenizer(texts)
    tokenizer.save(str(Path(__file__).with_name("docstrings_tokenizer.json")))
    tokenizer.enable_truncation(LENGTH)
    tokenizer.enable_padding(length=LENGTH)

    def encoded(batch: list[str]) -> tuple[Tensor, Tensor]:
        entries = tokenizer.encode_batch(batch)
        return torch.tensor([e.ids for e in entries]), torch.tensor(
            [e.attention_mask for e in entries]
        )

    ids, mask = encoded(texts)
    network = Classifier(tokenizer.get_vocab_size())
    optimizer = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=0.05)
    steps = EPOCHS * (len(texts) // 32)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    for _ in range(EPOCHS):
        order = torch.randperm(len(texts))
        for start in range(0, len(texts) - 31, 32):
            rows = order[start : start + 32]
            loss = functional.cross_entropy(network(ids[rows], mask[rows]), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    network.eval()
    judged, truth = read("judged")
    with torch.no_grad():
        right = network(*encoded(judged)).argmax(1) == truth
    print(f"accuracy on the judged part: {float(right.float().mean()):.3f}")
    torch.onnx.export(
        network,
        (ids[:1], mask[:1]),
        str(Path(__file__).with_name("docstrings_transformer.onnx")),
        input_names=["input_ids", "attention_mask"],
        output_names=["logits"],
        dynamic_axes={"input_ids": {0: "batch"}, "attention_mask": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )


if __name__ == "__main__":
    main()
