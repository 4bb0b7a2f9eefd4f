"""Every function of the table computes what OpenVINO computes, on small graphs."""

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.quantization.finetune.operations.table import FUNCTIONS
from tests.fixtures.twins import largest_difference, model_of, values_for

RNG = np.random.default_rng(1)


def normal(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def parameter(*shape, dtype=np.float32):
    return ops.parameter(list(shape), dtype)


def image():
    return parameter(1, 4, 9, 10)


def ints(*values):
    return np.array(values, np.int64)


def of_one(make, *shape):
    """A model of one input."""
    given = parameter(*(shape or (1, 4, 9, 10)))
    made = make(given)
    return model_of(made.outputs() if isinstance(made, ov.Node) else made, [given])


def of_two(make, first=(2, 3), second=(2, 3)):
    given = parameter(*first), parameter(*second)
    return model_of([make(*given)], given)


def positive(make):
    return of_one(lambda x: make(ops.add(ops.abs(x), np.float32(1.5))), 2, 5)


def inside(make):
    return of_one(lambda x: make(ops.multiply(ops.tanh(x), np.float32(0.9))), 2, 5)


def as_float(node):
    return ops.convert(node, "f32")


def conv(auto_pad="explicit", begin=(1, 1), end=(1, 1), dilations=(1, 1), strides=(1, 1)):
    weights = normal(6, 4, 3, 3)
    return of_one(
        lambda x: ops.convolution(x, weights, strides, begin, end, dilations, auto_pad=auto_pad)
    )


def deconv(auto_pad="explicit", begin=(1, 1), end=(1, 1), extra=(0, 0), shape=None):
    weights = normal(4, 3, 3, 3)
    more = {} if shape is None else {"output_shape": ints(*shape)}
    return of_one(
        lambda x: ops.convolution_backprop_data(
            x,
            weights,
            strides=[2, 2],
            pads_begin=list(begin),
            pads_end=list(end),
            dilations=[1, 1],
            auto_pad=auto_pad,
            output_padding=list(extra),
            **more,
        )
    )


def max_pool(rounding="floor", auto_pad="explicit", dilations=(1, 1)):
    return of_one(
        lambda x: [
            ops.max_pool(
                x, [2, 2], list(dilations), [1, 1], [1, 1], [3, 3], rounding, auto_pad, "i64", 0
            ).output(0)
        ]
    )


def avg_pool(rounding="floor", auto_pad="explicit", exclude=True):
    return of_one(
        lambda x: ops.avg_pool(x, [2, 2], [1, 1], [1, 1], [3, 3], exclude, rounding, auto_pad)
    )


def lstm(direction="forward", lengths=(5, 5)):
    d = 2 if direction == "bidirectional" else 1
    x, h, c = parameter(2, 5, 3), parameter(2, d, 4), parameter(2, d, 4)
    node = ops.lstm_sequence(
        x, h, c, ints(*lengths), normal(d, 16, 3), normal(d, 16, 4), normal(d, 16), 4, direction
    )
    return model_of(node.outputs(), [x, h, c])


def gru(direction="forward", linear=False, lengths=(5, 5)):
    d = 2 if direction == "bidirectional" else 1
    x, h = parameter(2, 5, 3), parameter(2, d, 4)
    bias = normal(d, 16 if linear else 12)
    node = ops.gru_sequence(
        x,
        h,
        ints(*lengths),
        normal(d, 12, 3),
        normal(d, 12, 4),
        bias,
        4,
        direction,
        linear_before_reset=linear,
    )
    return model_of(node.outputs(), [x, h])


def rnn():
    x, h = parameter(2, 5, 3), parameter(2, 1, 4)
    node = ops.rnn_sequence(
        x, h, ints(5, 5), normal(1, 4, 3), normal(1, 4, 4), normal(1, 4), 4, "forward"
    )
    return model_of(node.outputs(), [x, h])


def lstm_cell():
    x, h, c = parameter(2, 3), parameter(2, 4), parameter(2, 4)
    node = ops.lstm_cell(x, h, c, normal(16, 3), normal(16, 4), normal(16), 4)
    return model_of(node.outputs(), [x, h, c])


def gru_cell():
    x, h = parameter(2, 3), parameter(2, 4)
    return model_of([ops.gru_cell(x, h, normal(12, 3), normal(12, 4), normal(12), 4)], [x, h])


def rnn_cell():
    x, h = parameter(2, 3), parameter(2, 4)
    node = ops.rnn_cell(x, h, normal(4, 3), normal(4, 4), normal(4), 4, ["tanh"], [], [])
    return model_of([node], [x, h])


def resize(mode, transform, sizes=(18, 25), nearest="round_prefer_floor"):
    return of_one(
        lambda x: ops.interpolate(
            x,
            ints(*sizes),
            mode,
            "sizes",
            coordinate_transformation_mode=transform,
            nearest_mode=nearest,
            axes=ints(2, 3),
        )
    )


def attention(causal=False, mask=False):
    q, k, v = parameter(1, 2, 5, 4), parameter(1, 2, 6, 4), parameter(1, 2, 6, 4)
    extra = [ops.constant(normal(5, 6))] if mask else []
    return model_of([ops.scaled_dot_product_attention(q, k, v, *extra, causal=causal)], [q, k, v])


def select():
    a, b = parameter(2, 3), parameter(2, 3)
    return model_of([ops.select(ops.greater(a, b), a, b)], [a, b])


def logical(make):
    def build(a, b):
        return as_float(make(ops.greater(a, np.float32(0)), ops.greater(b, np.float32(0))))

    return of_two(build)


def mvn(eps_mode):
    return of_one(lambda x: ops.mvn(x, ints(2, 3), True, 1e-3, eps_mode))


def slices(start, stop, step, axes):
    return of_one(lambda x: ops.slice(x, ints(*start), ints(*stop), ints(*step), ints(*axes)))


def strided(begin, end, step, **masks):
    full = {"begin_mask": [0] * 4, "end_mask": [0] * 4, "new_axis_mask": []} | masks
    return of_one(lambda x: ops.strided_slice(x, ints(*begin), ints(*end), ints(*step), **full))


def pads(mode):
    return of_one(lambda x: ops.pad(x, ints(0, 0, 1, 2), ints(0, 0, 2, 1), mode))


def gather(batch=0):
    index = np.array([[1, 0, -1]] if not batch else [[1, 0, -1], [2, 2, 0]])
    shape = (2, 4, 5)
    return of_one(lambda x: ops.gather(x, index, ints(1), batch), *shape)


CASES = {
    # elementwise
    **{
        f"unary {make.__name__}": (kind, lambda make=make: of_one(make, 2, 5))
        for kind, make in {
            "Abs": ops.abs,
            "Asinh": ops.asinh,
            "Atan": ops.atan,
            "Cos": ops.cos,
            "Cosh": ops.cosh,
            "Erf": ops.erf,
            "Exp": ops.exp,
            "HSigmoid": ops.hsigmoid,
            "HSwish": ops.hswish,
            "Mish": ops.mish,
            "Negative": ops.negative,
            "Relu": ops.relu,
            "Sigmoid": ops.sigmoid,
            "Sign": ops.sign,
            "Sin": ops.sin,
            "Sinh": ops.sinh,
            "SoftPlus": ops.softplus,
            "SoftSign": ops.softsign,
            "Tan": ops.tan,
            "Tanh": ops.tanh,
            "Ceiling": ops.ceiling,
            "Floor": ops.floor,
        }.items()
    },
    "log": ("Log", lambda: positive(ops.log)),
    "sqrt": ("Sqrt", lambda: positive(ops.sqrt)),
    "acosh": ("Acosh", lambda: positive(ops.acosh)),
    "acos": ("Acos", lambda: inside(ops.acos)),
    "asin": ("Asin", lambda: inside(ops.asin)),
    "atanh": ("Atanh", lambda: inside(ops.atanh)),
    "isfinite": ("IsFinite", lambda: of_one(lambda x: as_float(ops.is_finite(x)), 2, 3)),
    "isinf": ("IsInf", lambda: of_one(lambda x: as_float(ops.is_inf(x)), 2, 3)),
    "isnan": ("IsNaN", lambda: of_one(lambda x: as_float(ops.is_nan(x)), 2, 3)),
    "not": (
        "LogicalNot",
        lambda: of_one(lambda x: as_float(ops.logical_not(ops.greater(x, np.float32(0)))), 2, 3),
    ),
    "clamp": ("Clamp", lambda: of_one(lambda x: ops.clamp(x, -0.5, 0.75))),
    "elu": ("Elu", lambda: of_one(lambda x: ops.elu(x, 0.7))),
    "gelu": ("Gelu", lambda: of_one(lambda x: ops.gelu(x, "ERF"))),
    "gelu tanh": ("Gelu", lambda: of_one(lambda x: ops.gelu(x, "TANH"))),
    "hard sigmoid": (
        "HardSigmoid",
        lambda: of_one(lambda x: ops.hard_sigmoid(x, np.float32(0.3), np.float32(0.4))),
    ),
    "prelu": ("PRelu", lambda: of_one(lambda x: ops.prelu(x, normal(4)))),
    "round": ("Round", lambda: of_one(lambda x: ops.round(x, "half_to_even"))),
    "round away": ("Round", lambda: of_one(lambda x: ops.round(x, "half_away_from_zero"))),
    "select": ("Select", select),
    "selu": ("Selu", lambda: of_one(lambda x: ops.selu(x, np.float32(1.6), np.float32(1.05)))),
    "swish": ("Swish", lambda: of_one(lambda x: ops.swish(x, np.float32(1.3)))),
    "add, broadcast": ("Add", lambda: of_two(ops.add, (2, 3, 4), (3, 1))),
    "subtract": ("Subtract", lambda: of_two(ops.subtract)),
    "multiply": ("Multiply", lambda: of_two(ops.multiply)),
    "divide": ("Divide", lambda: of_two(lambda a, b: ops.divide(a, ops.exp(b)))),
    "power": ("Power", lambda: of_two(lambda a, b: ops.power(ops.exp(a), b))),
    "maximum": ("Maximum", lambda: of_two(ops.maximum)),
    "minimum": ("Minimum", lambda: of_two(ops.minimum)),
    "squared difference": ("SquaredDifference", lambda: of_two(ops.squared_difference)),
    "mod": ("Mod", lambda: of_two(lambda a, b: ops.mod(a, ops.exp(b)))),
    "floor mod": ("FloorMod", lambda: of_two(lambda a, b: ops.floor_mod(a, ops.exp(b)))),
    **{
        f"compare {kind}": (kind, lambda make=make: of_two(lambda a, b: as_float(make(a, b))))
        for kind, make in {
            "Equal": ops.equal,
            "NotEqual": ops.not_equal,
            "Greater": ops.greater,
            "GreaterEqual": ops.greater_equal,
            "Less": ops.less,
            "LessEqual": ops.less_equal,
        }.items()
    },
    "and": ("LogicalAnd", lambda: logical(ops.logical_and)),
    "or": ("LogicalOr", lambda: logical(ops.logical_or)),
    "xor": ("LogicalXor", lambda: logical(ops.logical_xor)),
    # convolution
    "conv": ("Convolution", conv),
    "conv uneven": ("Convolution", lambda: conv(begin=(0, 1), end=(2, 1), strides=(2, 2))),
    "conv same upper": ("Convolution", lambda: conv("same_upper", strides=(2, 2))),
    "conv same lower": ("Convolution", lambda: conv("same_lower", strides=(2, 2))),
    "conv valid dilated": ("Convolution", lambda: conv("valid", dilations=(2, 3))),
    "conv 1d": (
        "Convolution",
        lambda: of_one(lambda x: ops.convolution(x, normal(5, 4, 3), [1], [1], [1], [1]), 1, 4, 11),
    ),
    "conv 3d": (
        "Convolution",
        lambda: of_one(
            lambda x: ops.convolution(x, normal(2, 3, 3, 3, 3), [1] * 3, [1] * 3, [1] * 3, [1] * 3),
            1,
            3,
            5,
            6,
            7,
        ),
    ),
    "depthwise": (
        "GroupConvolution",
        lambda: of_one(
            lambda x: ops.group_convolution(
                x, normal(4, 1, 1, 3, 3), [2, 2], [1, 1], [1, 1], [1, 1]
            )
        ),
    ),
    "deconv": ("ConvolutionBackpropData", deconv),
    "deconv extra": (
        "ConvolutionBackpropData",
        lambda: deconv(begin=(1, 0), end=(0, 1), extra=(1, 1)),
    ),
    "deconv same": ("ConvolutionBackpropData", lambda: deconv("same_upper")),
    "deconv shape": ("ConvolutionBackpropData", lambda: deconv("same_upper", shape=(18, 20))),
    "deconv shape, lower": (
        "ConvolutionBackpropData",
        lambda: deconv("same_lower", shape=(18, 20)),
    ),
    "group deconv": (
        "GroupConvolutionBackpropData",
        lambda: of_one(
            lambda x: ops.group_convolution_backprop_data(
                x,
                normal(2, 2, 3, 3, 3),
                strides=[2, 2],
                pads_begin=[1, 1],
                pads_end=[1, 1],
                dilations=[1, 1],
            )
        ),
    ),
    # products
    "matmul": (
        "MatMul",
        lambda: of_two(lambda a, b: ops.matmul(a, b, True, True), (2, 4, 3), (5, 4)),
    ),
    "matmul vector": (
        "MatMul",
        lambda: of_two(lambda a, b: ops.matmul(a, b, False, False), (4,), (4, 5)),
    ),
    "attention": ("ScaledDotProductAttention", attention),
    "attention causal": ("ScaledDotProductAttention", lambda: attention(causal=True)),
    "attention mask": ("ScaledDotProductAttention", lambda: attention(mask=True)),
    "einsum": (
        "Einsum",
        lambda: of_two(lambda a, b: ops.einsum([a, b], "bij,jk->bik"), (2, 3, 4), (4, 5)),
    ),
    # normalization
    "softmax": ("Softmax", lambda: of_one(lambda x: ops.softmax(x, 1))),
    "log softmax": ("LogSoftmax", lambda: of_one(lambda x: ops.log_softmax(x, -1))),
    "mvn inside": ("MVN", lambda: mvn("INSIDE_SQRT")),
    "mvn outside": ("MVN", lambda: mvn("OUTSIDE_SQRT")),
    "l2": ("NormalizeL2", lambda: of_one(lambda x: ops.normalize_l2(x, ints(1), 1e-3, "add"))),
    "l2 max": ("NormalizeL2", lambda: of_one(lambda x: ops.normalize_l2(x, ints(1), 1e-3, "max"))),
    "lrn": ("LRN", lambda: of_one(lambda x: ops.lrn(x, ints(1), 0.3, 0.75, 1.0, 3))),
    "batch norm": (
        "BatchNormInference",
        lambda: of_one(
            lambda x: ops.batch_norm_inference(
                x, normal(4), normal(4), normal(4), np.abs(normal(4)), 1e-3
            )
        ),
    ),
    "group norm": (
        "GroupNormalization",
        lambda: of_one(lambda x: ops.group_normalization(x, normal(4), normal(4), 2, 1e-3)),
    ),
    # pooling
    "max pool": ("MaxPool", max_pool),
    "max pool ceil": ("MaxPool", lambda: max_pool("ceil")),
    "max pool same": ("MaxPool", lambda: max_pool(auto_pad="same_upper")),
    "max pool dilated": ("MaxPool", lambda: max_pool(dilations=(2, 2))),
    "avg pool": ("AvgPool", avg_pool),
    "avg pool ceil": ("AvgPool", lambda: avg_pool("ceil")),
    "avg pool padded": ("AvgPool", lambda: avg_pool(exclude=False)),
    "avg pool same": ("AvgPool", lambda: avg_pool(auto_pad="same_upper")),
    "adaptive avg": (
        "AdaptiveAvgPool",
        lambda: of_one(lambda x: ops.adaptive_avg_pool(x, ints(2, 3))),
    ),
    "adaptive max": (
        "AdaptiveMaxPool",
        lambda: of_one(lambda x: [ops.adaptive_max_pool(x, ints(2, 3), "i32").output(0)]),
    ),
    # reductions
    **{
        f"{kind} keep={keep}": (
            kind,
            lambda make=make, keep=keep: of_one(lambda x: make(x, ints(1, -1), keep)),
        )
        for kind, make in {
            "ReduceL1": ops.reduce_l1,
            "ReduceL2": ops.reduce_l2,
            "ReduceMax": ops.reduce_max,
            "ReduceMean": ops.reduce_mean,
            "ReduceMin": ops.reduce_min,
            "ReduceProd": ops.reduce_prod,
            "ReduceSum": ops.reduce_sum,
        }.items()
        for keep in (True, False)
    },
    "all": (
        "ReduceLogicalAnd",
        lambda: of_one(
            lambda x: as_float(ops.reduce_logical_and(ops.less(x, np.float32(1)), ints(2)))
        ),
    ),
    "any": (
        "ReduceLogicalOr",
        lambda: of_one(
            lambda x: as_float(ops.reduce_logical_or(ops.less(x, np.float32(-1)), ints(2)))
        ),
    ),
    "cumsum": ("CumSum", lambda: of_one(lambda x: ops.cum_sum(x, ints(2)[0], True, True))),
    "top k": (
        "TopK",
        lambda: of_one(lambda x: [ops.topk(x, 3, 2, "max", "value").output(0)]),
    ),
    # shapes
    "reshape": ("Reshape", lambda: of_one(lambda x: ops.reshape(x, ints(0, -1, 9), True))),
    "transpose": ("Transpose", lambda: of_one(lambda x: ops.transpose(x, ints(0, 2, 3, 1)))),
    "squeeze": ("Squeeze", lambda: of_one(lambda x: ops.squeeze(x, ints(0)))),
    "unsqueeze": ("Unsqueeze", lambda: of_one(lambda x: ops.unsqueeze(x, ints(1, -1)))),
    "concat": ("Concat", lambda: of_two(lambda a, b: ops.concat([a, b], -1), (2, 3), (2, 5))),
    "split": ("Split", lambda: of_one(lambda x: ops.split(x, ints(1)[0], 2))),
    "variadic": (
        "VariadicSplit",
        lambda: of_one(lambda x: ops.variadic_split(x, ints(3)[0], ints(2, -1, 3))),
    ),
    "slice": ("Slice", lambda: slices((1, -1), (7, -8), (2, -2), (2, 3))),
    "strided slice": (
        "StridedSlice",
        lambda: strided((0, 1, 8, 0), (1, 3, 1, 9), (1, 1, -2, 3), begin_mask=[0, 0, 0, 1]),
    ),
    "strided shrink": (
        "StridedSlice",
        lambda: strided((0, 1, 2, 0), (1, 3, 5, 9), (1, 1, 1, 3), shrink_axis_mask=[0, 1, 0, 0]),
    ),
    "pad": ("Pad", lambda: pads("constant")),
    "pad edge": ("Pad", lambda: pads("edge")),
    "pad reflect": ("Pad", lambda: pads("reflect")),
    "pad symmetric": ("Pad", lambda: pads("symmetric")),
    "tile": ("Tile", lambda: of_one(lambda x: ops.tile(x, ints(2, 1, 3)), 2, 3)),
    "broadcast": ("Broadcast", lambda: of_one(lambda x: ops.broadcast(x, ints(4, 2, 3)), 2, 1)),
    "shape of": ("ShapeOf", lambda: of_one(lambda x: ops.reshape(x, ops.shape_of(x), False))),
    "convert": ("Convert", lambda: of_one(lambda x: as_float(ops.convert(x, "i32")))),
    "convert like": (
        "ConvertLike",
        lambda: of_one(lambda x: ops.convert_like(ops.greater(x, np.float32(0)), x)),
    ),
    "depth to space": (
        "DepthToSpace",
        lambda: of_one(lambda x: ops.depth_to_space(x, "blocks_first", 2), 1, 8, 3, 5),
    ),
    "depth to space, depth first": (
        "DepthToSpace",
        lambda: of_one(lambda x: ops.depth_to_space(x, "depth_first", 2), 1, 8, 3, 5),
    ),
    "space to depth": (
        "SpaceToDepth",
        lambda: of_one(lambda x: ops.space_to_depth(x, "blocks_first", 2), 1, 3, 4, 6),
    ),
    "space to depth, depth first": (
        "SpaceToDepth",
        lambda: of_one(lambda x: ops.space_to_depth(x, "depth_first", 2), 1, 3, 4, 6),
    ),
    "shuffle": ("ShuffleChannels", lambda: of_one(lambda x: ops.shuffle_channels(x, 1, 2))),
    "reverse sequence": (
        "ReverseSequence",
        lambda: of_one(lambda x: ops.reverse_sequence(x, ints(3, 5), 0, 1), 2, 5, 3),
    ),
    "roll": ("Roll", lambda: of_one(lambda x: ops.roll(x, ints(2, -1), ints(2, 3)))),
    "range": (
        "Range",
        lambda: of_one(
            lambda x: ops.add(x, ops.range(np.float32(0), np.float32(10), np.float32(1), "f32"))
        ),
    ),
    # gathering
    "gather": ("Gather", gather),
    "gather by batch": ("Gather", lambda: gather(1)),
    "gather elements": (
        "GatherElements",
        lambda: of_one(lambda x: ops.gather_elements(x, np.array([[0, 2], [1, 1]]), 1), 2, 3),
    ),
    "gather nd": (
        "GatherND",
        lambda: of_one(lambda x: ops.gather_nd(x, np.array([[0, 2], [1, 1]])), 2, 3, 4),
    ),
    "scatter": (
        "ScatterUpdate",
        lambda: of_one(lambda x: ops.scatter_update(x, ints(2, 0), normal(2, 2), ints(1)), 2, 3),
    ),
    "scatter nd": (
        "ScatterNDUpdate",
        lambda: of_one(
            lambda x: ops.scatter_nd_update(x, np.array([[0, 2], [1, 1]]), normal(2)), 2, 3
        ),
    ),
    "one hot": (
        "OneHot",
        lambda: of_one(
            lambda x: ops.multiply(
                ops.one_hot(ints(1, 0), ints(3)[0], np.float32(2), np.float32(-1), -1), x
            ),
            2,
            3,
        ),
    ),
    # resizing
    "nearest": ("Interpolate", lambda: resize("nearest", "asymmetric", nearest="floor")),
    "nearest down": ("Interpolate", lambda: resize("nearest", "half_pixel", (4, 5))),
    "linear": ("Interpolate", lambda: resize("linear_onnx", "half_pixel")),
    "linear corners": ("Interpolate", lambda: resize("linear_onnx", "align_corners")),
    "linear torch": ("Interpolate", lambda: resize("linear_onnx", "pytorch_half_pixel", (4, 5))),
    "linear asymmetric": ("Interpolate", lambda: resize("linear", "asymmetric")),
    "cubic": ("Interpolate", lambda: resize("cubic", "half_pixel")),
    # recurrent
    "lstm": ("LSTMSequence", lstm),
    "lstm reverse": ("LSTMSequence", lambda: lstm("reverse")),
    "lstm both": ("LSTMSequence", lambda: lstm("bidirectional")),
    "lstm lengths": ("LSTMSequence", lambda: lstm(lengths=(3, 5))),
    "gru": ("GRUSequence", gru),
    "gru linear": ("GRUSequence", lambda: gru(linear=True)),
    "gru both": ("GRUSequence", lambda: gru("bidirectional")),
    "rnn": ("RNNSequence", rnn),
    "lstm cell": ("LSTMCell", lstm_cell),
    "gru cell": ("GRUCell", gru_cell),
    "rnn cell": ("RNNCell", rnn_cell),
}


@pytest.mark.parametrize("name", CASES)
def test_twin_equals_openvino(name):
    model = CASES[name][1]()
    kinds = {op.get_type_name() for op in model.get_ops()}
    assert CASES[name][0] in kinds
    assert largest_difference(model, values_for(model)) < 2e-5


def test_every_function_is_in_the_table():
    assert {kind for kind, _ in CASES.values()} == set(FUNCTIONS)
