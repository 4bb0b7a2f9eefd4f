"""Write the handwritten digits of scikit-learn as two sets that share no image.

Run: `python datasets/digits/make.py`; the files it writes are committed.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

FOLDER = Path(__file__).parent
TRAINING_IMAGES = 797


def main() -> None:
    """`train.npz` for the training scripts, `digits.npz` for calibration and judgement."""
    digits = load_digits()
    # 17 grey levels, 0-16, spread over the 8 bits that images have.
    images = np.rint(digits.images * (255 / 16)).astype(np.uint8)[..., np.newaxis]
    labels = digits.target.astype(np.int64)
    # RandomState's permutation is promised to stay the same between releases of numpy.
    order = np.random.RandomState(0).permutation(len(images))
    parts = {"train.npz": order[:TRAINING_IMAGES], "digits.npz": order[TRAINING_IMAGES:]}
    for name, rows in parts.items():
        chosen = np.sort(rows)
        np.savez_compressed(FOLDER / name, image=images[chosen], label=labels[chosen])
        print(f"{FOLDER / name}: {len(chosen)} images")


if __name__ == "__main__":
    main()
