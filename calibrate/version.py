"""The one place that holds the version and the name of the distribution."""

DISTRIBUTION = "openvino-calibrate"
__version__ = "0.2.0"
