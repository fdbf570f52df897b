"""What the window shows: no word of others without `plain_line`, told by reading the code.

An operator's report, a label, a button, a tooltip, the status bar. What a file, a folder or a farm
calls its things comes there as text that is computed; such a text is made plain, or is made of
numbers and of our own words alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent.parent
MODULES = sorted(
    path
    for path in (
        *REPOSITORY.glob("*.py"),
        *(REPOSITORY / "operators").glob("*.py"),
        *(REPOSITORY / "ui").glob("*.py"),
    )
)
PLACES = {"report": 1, "poll_message_set": 0, "status_text_set": 0, "popup_menu": 1}
"""Blender's methods that show a text, and which of their arguments it is."""
KEYWORDS = {"text", "message", "title", "confirm_text", "heading", "text_ctxt"}
TOOLTIP = "description"
"""Blender shows what an operator's class method of this name returns."""
PLAIN = {"plain_line", "window_line"}
SENTENCES = re.compile(r"error|message|why_not|warning|note|reason|refused|told\b|line\b")
"""What names of sentences have in them that were made for the command line as well."""
NUMBER_FORMATS = ("d", "f", "g", "e", "%", ",")


class Module:
    """The code of one module: what in it is shown and not plain."""

    def __init__(self, tree: ast.Module, functions: dict[str, ast.FunctionDef]) -> None:
        self._tree = tree
        self._functions = functions
        self._asked: dict[str, bool] = {}

    def raw(self) -> Iterator[str]:
        for scope in ast.walk(self._tree):
            if not isinstance(scope, ast.FunctionDef):
                continue
            for shown in shown_in(scope):
                if not self._is_plain(shown, scope):
                    yield f"line {shown.lineno}: {ast.unparse(shown)}"

    def _is_plain(self, node: ast.expr, scope: ast.FunctionDef) -> bool:
        match node:
            case ast.Constant():
                return True
            case ast.Call(func=ast.Name(id=name)) if name in PLAIN:
                return True
            case ast.Call(func=ast.Name(id=name)) if name in self._functions:
                return self._returns_plain(name)
            case ast.IfExp(body=first, orelse=second):
                return self._is_plain(first, scope) and self._is_plain(second, scope)
            case ast.BoolOp(values=values) | ast.JoinedStr(values=values):
                return all(self._is_plain(value, scope) for value in values)
            case ast.FormattedValue(value=value, format_spec=ast.JoinedStr() as form):
                return ast.unparse(form)[2:-1].endswith(NUMBER_FORMATS)
            case ast.FormattedValue(value=value):
                return is_count(value) or self._is_plain(value, scope)
            case ast.Name(id=name):
                return self._is_bound_plainly(name, scope)
        return False

    def _returns_plain(self, name: str) -> bool:
        if name in self._asked:
            return self._asked[name]
        self._asked[name] = True  # meanwhile, should it call itself
        function = self._functions[name]
        returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
        plain = [value is None or self._is_plain(value, function) for value in returned]
        self._asked[name] = all(plain)
        return self._asked[name]

    def _is_bound_plainly(self, name: str, scope: ast.FunctionDef) -> bool:
        """Whether all that the name is given in this function is plain; a parameter is not."""
        bound = []
        for node in ast.walk(scope):
            match node:
                case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                    bound.append(self._is_plain(value, scope))
                case ast.Assign(targets=targets) if any(has(each, name) for each in targets):
                    bound.append(False)
                case ast.For(target=target, iter=items) if has(target, name):
                    bound.append(self._holds_plain(items, scope))
                case ast.comprehension(target=target, iter=items) if has(target, name):
                    bound.append(self._holds_plain(items, scope))
        return bool(bound) and all(bound)

    def _holds_plain(self, node: ast.expr, scope: ast.FunctionDef) -> bool:
        match node:
            case ast.Call(func=ast.Name(id="enumerate"), args=[items]):
                return self._holds_plain(items, scope)
            case ast.Call(func=ast.Attribute(attr="wrap"), args=[text, *_]):
                return self._is_plain(text, scope)
            case ast.Subscript(value=items):
                return self._holds_plain(items, scope)
            case ast.ListComp(elt=each):
                return self._is_plain(each, scope)
            case ast.Name(id=name):
                values = [*assigned(scope, name), *assigned(self._tree, name)]
                return bool(values) and all(
                    is_literal(value) or self._holds_plain(value, scope) for value in values
                )
        return False


def shown_in(scope: ast.FunctionDef) -> Iterator[ast.expr]:
    for node in ast.walk(scope):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            place = PLACES.get(node.func.attr, len(node.args))
            yield from node.args[place : place + 1]
            yield from (each.value for each in node.keywords if each.arg in KEYWORDS)
        elif isinstance(node, ast.Return) and scope.name == TOOLTIP and node.value is not None:
            yield node.value


def has(target: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(target))


def assigned(scope: ast.AST, name: str) -> list[ast.expr]:
    nodes = scope.body if isinstance(scope, ast.Module) else ast.walk(scope)
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Assign) and any(has(target, name) for target in node.targets)
    ]


def is_count(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("len", "sum")


def is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True


def functions_of(trees: list[ast.Module]) -> dict[str, ast.FunctionDef]:
    return {each.name: each for tree in trees for each in tree.body if is_function(each)}


def is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef)


def raw_words(source: str) -> list[str]:
    tree = ast.parse(source)
    return list(Module(tree, functions_of([tree])).raw())


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_the_window_shows_plain_words_alone(module: Path) -> None:
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}
    assert list(Module(trees[module], functions_of(list(trees.values()))).raw()) == []


def untranslated(tree: ast.AST) -> list[str]:
    """Sentences that are merely made plain, which may tell an artist of an option."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    plain = [ast.unparse(each) for each in calls if ast.unparse(each.func) == "plain_line"]
    return [call for call in plain if SENTENCES.search(call.removeprefix("plain_line"))]


OWN_WORDS = {
    "plain_line(told)",
    "plain_line(f'{self.into.capitalize()} {name!r}: {told}')",
    "plain_line(f'{told.name} · {farm_label(told.farm)}')",
}
"""Sentences of the window's own, of names alone."""


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_sentences_are_in_the_words_of_the_window(module: Path) -> None:
    assert set(untranslated(ast.parse(module.read_text(encoding="utf-8")))) <= OWN_WORDS


@pytest.mark.parametrize(
    "body",
    [
        "self.report({'INFO'}, f'Made: {path}')",
        "self.report({'INFO'}, message)",
        "self.report({'INFO'}, 'a' + name)",
        "self.report({'INFO'}, '%s' % name)",
        "layout.label(text=item.name)",
        "layout.label(text=item.name or 'none')",
        "layout.operator('a.b', text=f'{plain_line(a)} {b}')",
        "layout.operator('a.b', text=f'{b:>20}')",
        "text, icon = summary()\n layout.label(text=text)",
        "text = plain_line(a)\n text = b\n layout.label(text=text)",
        "for line in textwrap.wrap(text, 9):\n  layout.label(text=line)",
        "layout.label(text=words())",
        "cls.poll_message_set(why_not)",
        "context.workspace.status_text_set(text)",
        "layout.progress(factor=0.5, text=test.text)",
        "manager.invoke_confirm(self, event, title=name)",
    ],
)
def test_a_raw_word_is_noticed(body: str) -> None:
    assert raw_words(f"def words():\n return name\ndef draw(text):\n {body}\n")


@pytest.mark.parametrize(
    "body",
    [
        "self.report({'INFO'}, 'Done')",
        "self.report({'INFO'}, plain_line(f'Made: {path}'))",
        "layout.label(text=f'{item.done:d} of {len(wanted)}, {hours:.2f} h')",
        "layout.label(text='a' if is_old else plain_line(b))",
        "for n, line in enumerate(textwrap.wrap(plain_line(text), 9)):\n  layout.label(text=line)",
        "layout.label(text=words())",
        "for what in OURS:\n  layout.label(text=what)",
        "cls.poll_message_set(window_line(why_not))",
    ],
)
def test_a_plain_word_is_none(body: str) -> None:
    source = f"OURS = ('a', 'b')\ndef words():\n return f'{{a:d}} s'\ndef draw(text):\n {body}\n"
    assert raw_words(source) == []


def test_a_tooltip_is_shown_too() -> None:
    assert raw_words("def description(cls):\n return finding.message\n")
