"""Switch off the telemetry of OpenVINO and NNCF in every process of calibrate.

Both packages use `openvino_telemetry` and work without it if it is not installed; `switch_off`
creates that state. It changes neither the environment nor the home folder, since the consent file
there belongs to the user. It has to be called before `openvino` is imported, which sends an event
at once.
"""

import importlib
import sys

PACKAGE = "openvino_telemetry"


def switch_off() -> None:
    """Make `openvino_telemetry` unimportable; if it is already loaded, stop it from sending."""
    if sys.modules.get(PACKAGE) is None:
        # None makes the import system refuse the import.
        sys.modules[PACKAGE] = None  # type: ignore[assignment]  # typeshed knows modules only
        return
    importlib.import_module(f"{PACKAGE}.utils.sender").TelemetrySender.send = _swallow


def _swallow(*_: object, **__: object) -> None:
    """Replace the method through which every message is sent."""
