"""The network and the engine know nothing of each other, which is what makes comparing them worth anything.

This is read from the import statements of every file, wherever they stand in it.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import tinygrad_bp

PACKAGE = Path(tinygrad_bp.__file__).parent
USERS_OF_BOTH = {"__init__", "__main__", "audit", "cli", "derivation", "report", "testing", "training"}
"""The files and rooms above the engine and the network, which may name both. All others but network/ and data/ are
counted with the engine.
"""


def modules_named(source: str, path: str) -> set[str]:
    """The full names of all that a file of the package imports: ``from a import b`` names both ``a`` and ``a.b``."""
    here = ["tinygrad_bp", *Path(path).parts[:-1]]
    named: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = here[: len(here) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            named |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("__import__", "import_module"):
            named.add(ast.unparse(node.args[0]).strip("'\"") if node.args else "")
    return named


def room_of(path: str) -> str:
    """The first part of a path within the package: a folder's name, or a file's without ``.py``."""
    return Path(path).parts[0].removesuffix(".py")


def within(module: str, *roots: str) -> bool:
    return any(module == root or module.startswith(root + ".") for root in roots)


def foreign_to_the_network(source: str, path: str) -> set[str]:
    """What a file of network/ or data/ must not name: anything but itself, NumPy and the standard library."""
    room = f"tinygrad_bp.{room_of(path)}"
    return {m for m in modules_named(source, path) if not within(m, room, "numpy", *sys.stdlib_module_names)}


def network_named(source: str, path: str) -> set[str]:
    """What an engine file must not name."""
    return {m for m in modules_named(source, path) if within(m, "tinygrad_bp.network")}


FILES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
APART = [path for path in FILES if room_of(path) in {"network", "data"}]
ENGINE = [path for path in FILES if path not in APART and room_of(path) not in USERS_OF_BOTH]


def test_both_are_there() -> None:
    assert {"network/network.py", "network/delta.py", "network/literal.py", "data/__init__.py"} <= set(APART)
    assert {"value.py", "sweep.py", "transforms.py", "tree.py", "rules/__init__.py", "rules/kinds.py"} <= set(ENGINE)


@pytest.mark.parametrize("path", APART)
def test_network_and_data_name_nothing_of_the_engine(path: str) -> None:
    assert foreign_to_the_network((PACKAGE / path).read_text(encoding="utf-8"), path) == set()


@pytest.mark.parametrize("path", ENGINE)
def test_the_engine_names_nothing_of_the_network(path: str) -> None:
    assert network_named((PACKAGE / path).read_text(encoding="utf-8"), path) == set()


@pytest.mark.parametrize(
    "line",
    [
        "import tinygrad_bp",
        "import tinygrad_bp.value as v",
        "from tinygrad_bp import grad",
        "from tinygrad_bp.rules.kinds import linear",
        "from .. import value",
        "from ..value import Value",
        "def f():\n    from ..sweep import pullback",
        "import scipy",
        "import importlib\nimportlib.import_module('tinygrad_bp.value')",
        "__import__('tinygrad_bp')",
    ],
)
def test_a_planted_engine_import_is_found(line: str) -> None:
    assert foreign_to_the_network(line, "network/delta.py")


@pytest.mark.parametrize(
    "line",
    [
        "import tinygrad_bp.network",
        "import numpy, tinygrad_bp.network.delta",
        "from tinygrad_bp import network",
        "from tinygrad_bp.network import Network",
        "from .. import network",
        "from ..network import Network",
        "from ..network.delta import Steps",
        "if True:\n    from tinygrad_bp.network.forward import cost as c",
        "from importlib import import_module\nimport_module('tinygrad_bp.network')",
    ],
)
def test_a_planted_network_import_is_found(line: str) -> None:
    assert network_named(line, "rules/kinds.py")


def test_what_is_allowed_is_not_accused() -> None:
    assert not foreign_to_the_network("import math\nimport numpy as np\nfrom . import delta", "network/network.py")
    assert not network_named("from .network_like import x\nfrom ..value import Value", "rules/kinds.py")
