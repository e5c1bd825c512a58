"""What is in a checkout and not in the installed package: the benchmarks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import tinygrad_bp

_RUN = "import sys; sys.path.insert(0, sys.argv.pop(1)); from benchmarks.__main__ import main; sys.exit(main())"


def find() -> Path | None:
    """The checkout that this is run in, or that the package is imported from; None if there is neither."""
    for folder in (Path.cwd(), Path(tinygrad_bp.__file__).resolve().parents[1]):
        if (folder / "benchmarks" / "workloads").is_dir() and (folder / "tinygrad_bp" / "__init__.py").is_file():
            return folder
    return None


def benchmarks(root: Path, arguments: Sequence[str]) -> int:
    """Run the checkout's benchmarks, of the checkout's own engine; their exit code.

    In a process of its own: they set the number of threads before NumPy is imported.
    """
    return subprocess.run([sys.executable, "-c", _RUN, str(root), *arguments], check=False).returncode
