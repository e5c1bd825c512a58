"""LaTeX, set: by a real one where it is installed, and line by line by matplotlib's mathtext (without environments)."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

ENGINE = next((path for path in map(shutil.which, ("pdflatex", "tectonic", "xelatex", "lualatex")) if path), None)
_ENVIRONMENT = re.compile(r"\\begin\{(cases|pmatrix)\} ((?:(?!\\begin).)*?) \\end\{\1\}")


def without_environments(line: str) -> str:
    """A line as mathtext understands it: cases and matrices as rows in braces."""
    while (found := _ENVIRONMENT.search(line)) is not None:
        rows = found[2].replace(r"\\", ",").replace("&", ",")
        line = line[: found.start()] + rf"\left\{{{rows}\right\}}" + line[found.end() :]
    return re.sub(r"\\text\{([^}]*)\}", r"\\mathrm{\1}", line)


def assert_mathtext(lines: Iterable[str]) -> None:
    """Every line is mathematics that matplotlib sets."""
    pytest.importorskip("matplotlib.mathtext")
    for line in lines:
        left, _, rest = without_environments(line).partition("&")
        right, _, belongs = rest.partition(" && ")
        for cell in (left, right, belongs):
            error = mathtext_error(cell.strip())
            assert not error, f"{line}\n{error}"


@functools.cache
def mathtext_error(cell: str) -> str:
    """What mathtext finds wrong; it takes some 20 ms for a line, and many are alike."""
    from matplotlib.mathtext import MathTextParser

    try:
        MathTextParser("path").parse(f"${cell or 'x'}$")
    except ValueError as error:
        return str(error)
    return ""


def lines_of(latex: str) -> list[str]:
    """The lines of an aligned environment."""
    text = latex.removeprefix("\\begin{aligned}\n").removesuffix("\n\\end{aligned}")
    return text.split(" \\\\\n")


def assert_latex(formulas: Iterable[str], folder: Path) -> None:
    """A real LaTeX sets them all, each in a display of its own."""
    if ENGINE is None:
        pytest.skip("no LaTeX is installed")
    assert ENGINE is not None
    head = "\\documentclass{article}\\usepackage{amsmath,amssymb}\\begin{document}"
    body = "\n".join(f"\\[{formula}\\]" for formula in formulas)
    (folder / "all.tex").write_text(f"{head}\n{body}\n\\end{{document}}\n", encoding="utf-8")
    options = ["-interaction=nonstopmode", "-halt-on-error"] if "tectonic" not in ENGINE else []
    run = subprocess.run([ENGINE, *options, "all.tex"], cwd=folder, capture_output=True, check=False)
    said = run.stdout.decode(errors="replace")
    assert run.returncode == 0, said[max(said.find("\n!") - 200, 0) :][:2000]
