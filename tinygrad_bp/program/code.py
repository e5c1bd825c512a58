"""What a function's code names, and whose it is."""

from __future__ import annotations

import dis
import sys
import types
from collections.abc import Iterator
from typing import NamedTuple


class Code(NamedTuple):
    """What code names, in functions inside it too, and whether it catches what is raised."""

    names: set[str]
    attributes: set[str]
    modules: set[str]
    catches: bool


def read(code: types.CodeType) -> Code:
    """What code names."""
    instructions = [instruction for part in _codes(code) for instruction in dis.get_instructions(part)]

    def named(*operations: str) -> set[str]:
        return {x.argval for x in instructions if x.opname in operations}

    return Code(
        named("LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL"),
        named("LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "LOAD_SUPER_ATTR", "IMPORT_FROM"),
        named("IMPORT_NAME"),
        any(x.opname in ("PUSH_EXC_INFO", "SETUP_FINALLY", "SETUP_WITH") for x in instructions),
    )


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def is_engine(module: str) -> bool:
    """Whether a module is of this package, but for networks: these have a state, and are code like a user's."""
    package = __name__.partition(".")[0]
    return module.partition(".")[0] == package and not module.startswith(f"{package}.network")


def is_library(module: str | None, file: str) -> bool:
    """Whether code is a library's, which does not change while a program runs."""
    root = (module or "").partition(".")[0]
    installed = "site-packages" in file or "dist-packages" in file
    python_s = root in sys.stdlib_module_names and root != "__main__"
    return root in ("numpy", "builtins") or python_s or installed or is_engine(module or "")
