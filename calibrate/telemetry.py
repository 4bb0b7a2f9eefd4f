"""No telemetry leaves the machine: OpenVINO's and NNCF's is off in every process of ours.

Both packages take their telemetry from `openvino_telemetry` and go on without it where that
package is not installed. That is the state that `switch_off` makes. It leaves no trace in the
environment or the home folder, since the consent file there is the user's to write. It has
to be called before `openvino` is imported, which sends an event at once.
"""

import importlib
import sys

PACKAGE = "openvino_telemetry"


def switch_off() -> None:
    """Make `openvino_telemetry` look absent; where it is loaded already, stop it sending."""
    if sys.modules.get(PACKAGE) is None:
        # None is the import system's own word for "this cannot be imported".
        sys.modules[PACKAGE] = None  # type: ignore[assignment]  # typeshed knows modules only
        return
    importlib.import_module(f"{PACKAGE}.utils.sender").TelemetrySender.send = _swallow


def _swallow(*_: object, **__: object) -> None:
    """Stand in for the one method through which every message goes."""
