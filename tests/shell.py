"""Runs `greenlit` as its user does: a process, its output, its exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


class Shell:
    """Runs `greenlit` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {**os.environ, "GREENLIT_DATA_DIR": str(folder / "data"), "PYTHONWARNINGS": "error::ResourceWarning"}

    def __call__(self, *words: str, stdin: str | bytes = "", **env: str) -> subprocess.CompletedProcess[str]:
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        command = [sys.executable, "-c", "from pipeline.cli.main import run; run()", *words]
        done = subprocess.run(
            command, input=raw, capture_output=True, cwd=self.folder, env={**self.env, **env}, check=False
        )
        said = subprocess.CompletedProcess(words, done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in said.stderr
        return said
