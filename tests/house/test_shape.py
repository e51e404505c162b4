"""The limits above which code is split."""

import ast

from house_tree import PRODUCT, classes, functions, length, python_files, refuse, text

FUNCTION, FILE, CLASS, PARAMETERS, NESTING = 50, 400, 150, 6, 3
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)


def test_no_file_is_too_long():
    too_long = [f"{name}: {len(text(name).splitlines())} lines" for name in python_files() if _lines(name) > FILE]

    refuse(too_long)


def test_no_function_is_too_long():
    found = [(name, node) for name in python_files() for node in functions(name)]
    too_long = [f"{name}:{node.lineno} {node.name}: {length(node)} lines" for name, node in found if length(node) > FUNCTION]

    refuse(too_long)


def test_no_class_is_too_long():
    found = [(name, node) for name in python_files() for node in classes(name)]
    too_long = [f"{name}:{node.lineno} {node.name}: {length(node)} lines" for name, node in found if length(node) > CLASS]

    refuse(too_long)


def test_no_function_takes_too_many_parameters():
    found = [(name, node) for name in python_files(PRODUCT) for node in functions(name) if not _is_command(name, node)]
    too_many = [f"{name}:{node.lineno} {node.name}: {_count(node)}" for name, node in found if _count(node) > PARAMETERS]

    refuse(too_many)


def test_no_function_is_nested_too_deeply():
    found = [(name, node) for name in python_files() for node in functions(name)]
    too_deep = [f"{name}:{node.lineno} {node.name}: {_depth(node)} deep" for name, node in found if _depth(node) > NESTING]

    refuse(too_deep)


def test_no_class_has_two_bases():
    found = [(name, node) for name in python_files(PRODUCT) for node in classes(name)]
    two = [f"{name}:{node.lineno} {node.name}" for name, node in found if len(_bases(node)) > 1]

    refuse(two)


def _lines(name: str) -> int:
    return len(text(name).splitlines())


def _is_command(name: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it is a command line's function: its parameters are the command's options, which Posthorn promises."""
    return name.startswith(PRODUCT + "cli/") and bool(node.decorator_list)


def _count(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    given = node.args
    names = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([name for name in names if name not in {"self", "cls"}])


def _depth(node: ast.AST) -> int:
    return max((_depth_below(child) for child in ast.iter_child_nodes(node)), default=0)


def _depth_below(node: ast.AST) -> int:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return 0  # measured for itself
    if isinstance(node, ast.If) and len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        own = max((_depth_below(child) for child in node.body), default=0)
        return max(1 + own, _depth_below(node.orelse[0]))  # an elif is as deep as its if
    return isinstance(node, BLOCKS) + _depth(node)


def _bases(node: ast.ClassDef) -> list[ast.expr]:
    return [base for base in node.bases if not (isinstance(base, ast.Subscript) and ast.unparse(base.value) == "Generic")]
