"""Parser from URScript text to a syntax tree, by the grammar in ``grammar.lark``."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from cellkit_ur.urscript import syntax
from cellkit_ur.urscript.errors import ScriptSyntaxError
from cellkit_ur.urscript.syntax import Expression, Statement

INT_LIMIT = 1 << 31


@lru_cache(maxsize=8)
def parse(text: str) -> tuple[Statement, ...]:
    """Return the statements of a script. Raises ``ScriptSyntaxError``.

    The result is cached: clients send the same program again and again, and parsing takes tens of milliseconds.
    """
    try:
        # The transformer is part of the parser, so that the result is the transformer's and no lark tree.
        result: Any = _parser().parse(text)
    except UnexpectedToken as error:
        at_end = error.token.type == "$END"
        problem = "the text ends before its last 'end'" if at_end else f"'{error.token}' is not expected here"
        raise ScriptSyntaxError(f"syntax error: {problem}", _line(error, text)) from None
    except UnexpectedCharacters as error:
        raise ScriptSyntaxError(
            f"syntax error: the character {error.char!r} is not expected here", error.line
        ) from None
    except UnexpectedInput as error:
        raise ScriptSyntaxError("syntax error", _line(error, text)) from None
    except VisitError as error:
        if isinstance(error.orig_exc, ScriptSyntaxError):
            raise error.orig_exc from None
        raise
    statements: tuple[Statement, ...] = result
    return statements


def _line(error: UnexpectedInput, text: str) -> int:
    return error.line if error.line and error.line > 0 else text.count("\n") + 1


@cache
def _parser() -> Lark:
    grammar = files("cellkit_ur.urscript").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="basic", transformer=_Builder(), maybe_placeholders=True)


@v_args(inline=True)
class _Builder(Transformer[Token, Any]):
    """Builder of the syntax tree with one method per rule of the grammar."""

    @staticmethod
    def start(*statements: Statement) -> tuple[Statement, ...]:
        return statements

    block = start

    # --- statements ---------------------------------------------------------------------------------------------

    @staticmethod
    def definition(kind: Token, name: Token, parameters: Any, body: tuple[Statement, ...]) -> Statement:
        parameters = parameters or ()
        names = [parameter for parameter, _ in parameters]
        if len(set(names)) < len(names):
            raise ScriptSyntaxError(f"'{name}' has two parameters of one name", name.line)
        if kind != "def" and parameters:
            raise ScriptSyntaxError(f"a {kind} takes no parameters", name.line)
        return syntax.Definition(str(kind), str(name), parameters, body, kind.line or 0)

    @staticmethod
    def parameters(*parameters: tuple[str, Expression | None]) -> tuple[tuple[str, Expression | None], ...]:
        return parameters

    @staticmethod
    def parameter(name: Token, default: Expression | None) -> tuple[str, Expression | None]:
        return str(name), default

    @staticmethod
    def branch(word: Token, condition: Expression, body: tuple[Statement, ...], *rest: Any) -> Statement:
        *arms, otherwise = rest
        return syntax.Branch(((condition, body, word.line or 0), *arms), otherwise or (), word.line or 0)

    @staticmethod
    def elif_(word: Token, condition: Expression, body: tuple[Statement, ...]) -> tuple[Any, ...]:
        return condition, body, word.line

    @staticmethod
    def else_(body: tuple[Statement, ...]) -> tuple[Statement, ...]:
        return body

    @staticmethod
    def loop(word: Token, condition: Expression, body: tuple[Statement, ...]) -> Statement:
        return syntax.Loop(condition, body, word.line or 0)

    @staticmethod
    def assign(scope: Token | None, target: Expression, value: Expression) -> Statement:
        path: list[Expression | str] = []
        part = target
        while not isinstance(part, syntax.Name):
            if isinstance(part, syntax.Index):
                path[:0] = part.items
            elif isinstance(part, syntax.Attribute):
                path.insert(0, part.name)
            else:
                line = part.line if isinstance(part, syntax.Call) else None
                raise ScriptSyntaxError("syntax error: this cannot be assigned to", line)
            part = part.base
        if not path:
            return syntax.Assign(None if scope is None else str(scope), part.text, value, part.line)
        if scope is not None:
            raise ScriptSyntaxError(f"syntax error: '{scope}' is allowed before whole variables only", part.line)
        return syntax.AssignPart(part.text, tuple(path), value, part.line)

    @staticmethod
    def bare(value: Expression) -> Statement:
        if isinstance(value, syntax.Call | syntax.StartThread):
            return syntax.Evaluate(value, value.line)
        line = value.line if isinstance(value, syntax.Name | syntax.Index | syntax.Attribute) else None
        raise ScriptSyntaxError("syntax error: a value alone is not a statement", line)

    @staticmethod
    def return_(word: Token, value: Expression | None = None) -> Statement:
        return syntax.Return(value, word.line or 0)

    @staticmethod
    def kill(word: Token, handle: Expression) -> Statement:
        return syntax.OnThread(str(word), handle, word.line or 0)

    join = kill

    @staticmethod
    def word(word: Token) -> Statement:
        return syntax.Word(str(word), word.line or 0)

    # --- expressions --------------------------------------------------------------------------------------------

    @staticmethod
    def chain(first: Expression, *rest: Any) -> Expression:
        return syntax.Chain(first, tuple((str(rest[i]), rest[i + 1]) for i in range(0, len(rest), 2)))

    @staticmethod
    def negate(*parts: Any) -> Expression:
        operand: Expression = syntax.Unary("not", parts[-1])
        # An even number of `not` must still check that the operand is a boolean.
        return operand if len(parts) % 2 == 0 else syntax.Unary("not", operand)

    @staticmethod
    def negative(*parts: Any) -> Expression:
        operand: Expression = syntax.Unary("-", parts[-1])
        return operand if parts[:-1].count("-") % 2 == 1 else syntax.Unary("-", operand)

    @staticmethod
    def start_thread(word: Token, name: Token) -> Expression:
        return syntax.StartThread(str(name), word.line or 0)

    @staticmethod
    def name(name: Token) -> Expression:
        return syntax.Name(str(name), name.line or 0)

    @staticmethod
    def index(base: Expression, bracket: Token, items: tuple[Expression, ...]) -> Expression:
        return syntax.Index(base, items, bracket.line or 0)

    @staticmethod
    def attribute(base: Expression, dot: Token, name: Token) -> Expression:
        return syntax.Attribute(base, str(name), dot.line or 0)

    @staticmethod
    def call(base: Expression, paren: Token, arguments: Any) -> Expression:
        line = paren.line or 0
        if not isinstance(base, syntax.Name):
            raise ScriptSyntaxError("syntax error: only a function's name can be called", line)
        positional: list[Expression] = []
        keywords: list[tuple[str, Expression]] = []
        for key, value in arguments or ():
            if key is not None:
                keywords.append((key, value))
            elif keywords:
                raise ScriptSyntaxError("syntax error: a positional argument follows a named one", line)
            else:
                positional.append(value)
        return syntax.Call(base.text, tuple(positional), tuple(keywords), base.line)

    @staticmethod
    def group(_: Token, value: Expression) -> Expression:
        return value

    @staticmethod
    def expressions(*items: Expression) -> tuple[Expression, ...]:
        return items

    arguments = expressions

    @staticmethod
    def keyword(name: Token, value: Expression) -> tuple[str | None, Expression]:
        return str(name), value

    @staticmethod
    def positional(value: Expression) -> tuple[str | None, Expression]:
        return None, value

    @staticmethod
    def integer(text: Token) -> Expression:
        if len(text) > 10 or int(text) >= INT_LIMIT:
            raise ScriptSyntaxError(f"the number {text[:20]} does not fit into 32 bits", text.line)
        return syntax.Literal(int(text))

    @staticmethod
    def float_(text: Token) -> Expression:
        return syntax.Literal(float(text))

    @staticmethod
    def string(text: Token) -> Expression:
        return syntax.Literal(text[1:-1])

    @staticmethod
    def truth(text: Token) -> Expression:
        return syntax.Literal(text in {"True", "true"})

    @staticmethod
    def list_(_: Token, items: tuple[Expression, ...] | None) -> Expression:
        return syntax.ListOf(items or ())
