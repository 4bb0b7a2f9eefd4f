"""In fresh processes, since a package is imported once."""

import subprocess
import sys

import pytest

QUANTIZE = """
import numpy as np, openvino as ov, nncf
from openvino import opset13 as ops
image = ops.parameter([1, 3, 6, 6], np.float32)
weights = np.ones((4, 3, 3, 3), np.float32)
model = ov.Model([ops.convolution(image, weights, [1, 1], [0, 0], [0, 0], [1, 1])], [image], "m")
made = nncf.quantize(model, nncf.Dataset([np.ones((1, 3, 6, 6), np.float32)] * 4))
print(sum(op.get_type_name() == "FakeQuantize" for op in made.get_ops()) > 0)
"""


def output(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_quantizing_loads_no_torch():
    code = f"import sys, calibrate\n{QUANTIZE}\nprint(sys.modules.get('torch'))"
    assert output(code)[-2:] == ["True", "None"]


def test_a_user_without_home_and_passwd_entry():
    code = (
        "import os, pwd\n"
        "def unknown(user): raise KeyError(user)\n"
        "pwd.getpwuid = unknown\n"
        "os.environ.pop('HOME', None)\n"
        f"import calibrate\n{QUANTIZE}\nprint('HOME' in os.environ)"
    )
    assert output(code)[-2:] == ["True", "False"]


def test_what_is_hidden_is_hidden_no_longer():
    pytest.importorskip("torch")
    code = (
        "import importlib.util, sys, calibrate, nncf\n"
        "importlib.util.find_spec('torch')\n"
        "import torch\n"
        "from nncf.common.utils.backend import get_backend\n"
        "from nncf.tensor import Tensor, functions\n"
        "print(get_backend(torch.nn.ReLU()).value)\n"
        "print(functions.max(Tensor(torch.tensor([1.0, 3.0]))).item())\n"
    )
    assert output(code)[-2:] == ["Torch", "3.0"]


def test_torch_that_is_loaded_stays():
    pytest.importorskip("torch")
    code = "import torch, calibrate, nncf, sys\nprint(sys.modules['torch'] is torch)"
    assert output(code)[-1] == "True"
