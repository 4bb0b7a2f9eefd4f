"""A build hook: a release packs files that git tracks, and nothing else that lies around."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TrackedFiles(BuildHookInterface):
    """Excludes untracked files from sdist and wheel; an unpacked sdist holds none."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Add every untracked file to the patterns that the build excludes."""
        if not Path(self.root, ".git").exists():
            return
        # Ignored ones too: hatchling knows .gitignore, but no exclude file of the user.
        listed = subprocess.run(
            ["git", "ls-files", "--others", "--directory", "-z"],  # noqa: S607
            cwd=self.root,
            capture_output=True,
            check=True,
        )
        names = [name for name in os.fsdecode(listed.stdout).split("\0") if name]
        patterns = ["/" + re.sub(r"([\\*?\[\]!# ])", r"\\\1", name) for name in names]
        target = self.build_config.target_config
        target["exclude"] = [*target.get("exclude", []), *patterns]
