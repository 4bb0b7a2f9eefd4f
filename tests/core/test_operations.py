from openvino import opset13

from calibrate.core.operations import CONVOLUTIONS, RECURRENT, TRANSPOSED_CONVOLUTIONS, WEIGHTED


def test_the_table_names_operations_that_openvino_has():
    known = set(dir(opset13))
    spelled = {
        "Convolution": "convolution",
        "GroupConvolution": "group_convolution",
        "ConvolutionBackpropData": "convolution_backprop_data",
        "GroupConvolutionBackpropData": "group_convolution_backprop_data",
        "MatMul": "matmul",
        "GRUSequence": "gru_sequence",
        "LSTMSequence": "lstm_sequence",
        "RNNSequence": "rnn_sequence",
    }
    assert {*WEIGHTED, *RECURRENT} == set(spelled)
    assert set(spelled.values()) <= known


def test_transposed_convolutions_hold_weights_too():
    assert {*CONVOLUTIONS, *TRANSPOSED_CONVOLUTIONS} < set(WEIGHTED)
