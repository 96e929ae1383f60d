"""What is wrong in a script, where, and what to write instead: Python's sentence where it has a clear one."""

# ruff: noqa: RUF001 - look-alikes of ASCII characters are among the slips

from __future__ import annotations

import keyword

import pytest

from gradcli.errors import EXIT_USAGE, Problem
from gradcli.text import parse_script

# text with the place of the caret between » and «, a part of the sentence, a part of the hint
SLIPS = [
    # Python 2, other languages
    ("»print« x", "Missing parentheses in call to 'print'. Did you mean print(...)?", "write print(x)"),
    ("if x: »print« 'a', y", "Missing parentheses in call to 'print'", "write print('a', y)"),
    ("»exec« 'x'", "Missing parentheses in call to 'exec'", "write exec('x')"),
    ("try: x\nexcept A»,« e: y", "multiple exception types must be parenthesized", "except (TypeError, ValueError)"),
    ("def f(a, »(«b, c)): x", "Function parameters cannot be parenthesized", "a, b = pair"),
    ("x»++«", "'++' is not an operator", "x += 1"),
    ("x»--«\ny", "'--' is not an operator", "x -= 1"),
    ("x »&&« y", "'&&' is not an operator", "'and'"),
    ("x »||« y", "'||' is not an operator", "'or'"),
    ("x »<>« y", "'<>' is not an operator", "!="),
    ("x »===« y", "'===' is not an operator", "=="),
    ("if x: y\nelse »if« z: w", "'else if' is one word", "elif"),
    ("»!«x", "'!' has no meaning here", "'not'"),
    ("»$«x", "'$' has no meaning here", "without '$'"),
    ("x »²«", "SUPERSCRIPT TWO", "**2"),
    ("αβ»×«γ", "MULTIPLICATION SIGN", "write * instead"),
    ("x = »“«a”", "LEFT DOUBLE QUOTATION MARK", 'write " instead'),
    ("x»\u00a0«= 3", "U+00A0 NO-BREAK SPACE", "plain space"),
    ("x = 1 »\x07«", "invalid non-printable character U+0007", "delete it"),
    ("x = '»\0«'", "source code cannot contain null bytes", "UTF-8"),
    ("x = '»\udcff«'", "U+DCFF is no character", "UTF-8"),
    # blocks
    ("if x:\n»y«", "expected an indented block after 'if' statement on line 1", "four spaces"),
    ("x\n»elif« y: z", "'elif' has no 'if' before it", "exactly below"),
    ("x\n\nfor i in (1,\n 2):\n# c\n»y«", "expected an indented block after 'for' statement on line 3", "pass"),
    ("def f():»«", "expected an indented block after function definition on line 1", "pass"),
    ("class A:\n»x« = 1", "expected an indented block after class definition on line 1", "pass"),
    ("try:\n»x«", "expected an indented block after 'try' statement on line 1", "pass"),
    ("if x: y\nelse:»«\n", "expected an indented block after 'else' statement on line 2", "pass"),
    ("  »x«", "unexpected indent", "only after a ':'"),
    ("x\n    »y«", "unexpected indent", "only after a ':'"),
    ("if x: y\n    »z«", "unexpected indent", "only after a ':'"),
    ("if x:\n    y\n»  «z", "unindent does not match any outer indentation level", "exactly below"),
    ("if x:\n        y\n\t»«z", "inconsistent use of tabs and spaces in indentation", "spaces only"),
    ("if x:\n    y\n    if z:\n\t»«w", "inconsistent use of tabs and spaces", "spaces only"),
    ("»else«: x", "'else' has no 'if', 'for', 'while' or 'try' before it", "exactly below"),
    ("»except«: x", "'except' has no 'try' before it", "exactly below"),
    ("try:\n    x\n»y«", "expected 'except' or 'finally' block", "except RuntimeError"),
    ("try: x»«", "expected 'except' or 'finally' block", "except RuntimeError"),
    ("if x»«", "expected ':'", "write ':' after 'x'"),
    ("while x»«\n    y", "expected ':'", "':'"),
    ("def f(x)»«\n    y", "expected ':'", "':'"),
    ("class A»«", "expected ':'", "':'"),
    ("try»«\n x", "expected ':'", "':'"),
    ("if x: y\nelse »z«", "expected ':'", "write ':' after 'else'"),
    ("lambda x»«", "expected ':'", "':'"),
    ("if x »=« 3: y", "invalid syntax. Maybe you meant '==' or ':=' instead of '='?", "=="),
    ("for i »range«(3): x", "'in' is missing after the target of 'for'", "for x in values"),
    ("[x for x »y«]", "'in' is missing after the target of 'for'", "for x in values"),
    ("if x: »while« y: w", "'while' needs a line of its own", "new line"),
    ("@a\n»x« = 1", "a decorator stands before a function or a class", "def or class"),
    ("def f»:«", "expected '('", "def f():"),
    ("def f(a=»)«: x", "expected default value expression", "def f(x=0)"),
    ("def f(»1«): x", "a name is missing after '('", "letter"),
    # brackets
    ("x = »(«1,\ny = 2\nz = 3", "'(' was never closed: it opens at column 5", "add ')'"),
    ("x = {1: [2»}«", "closing '}' does not match the '[' opened at column 9", "close it with ']'"),
    ("x = »{«1: 2", "'{' was never closed", "add '}'"),
    ("x»}«", "unmatched '}'", "delete it"),
    ("f»(«x\ny = 2", "'(' was never closed", "add ')'"),
    ("f(»x y«)", "invalid syntax. Perhaps you forgot a comma?", "between 'x' and 'y'"),
    ("[»1 2«]", "invalid syntax. Perhaps you forgot a comma?", "between '1' and '2'"),
    ("{1: 2, 3»}«", "':' expected after dictionary key", "key: value"),
    ("(*a»)«", "cannot use starred expression here", "(*x,)"),
    # operands and operators
    ("x +»«", "an operand is missing after '+'", "in brackets"),
    ("x =»«\ny", "nothing stands to the right of '='", "y = x + 2"),
    ("x +=»«", "nothing stands to the right of '+='", "y = x + 2"),
    ("x = a »b«", "an operator is missing between 'a' and 'b'", "write a*b"),
    ("»2x«", "invalid decimal literal", "write 2*x"),
    ("x = »1j«", "'1j' is a complex number", "leave out the 'j'"),
    ("x = 'it'»s«'", "the text ends before 's'", "other quotes"),
    ("1.2».3«", "'1.2.3' is not a number", "0.5"),
    ("»09«", "leading zeros", "write 9"),
    ("x not »y«", "'not' after a value needs 'in'", "not in"),
    ("x == »not« y", "'not' cannot follow '==' directly", "(not x)"),
    ("x = 3 if y»«", "expected 'else' after 'if' expression", "a if condition else b"),
    ("x.»«", "a name is missing after '.'", "letter"),
    ("x »:=« 3", "':=' names a value within brackets", "y = x + 2"),
    ("f(x »+=« 1)", "'+=' changes a name", "x += 1"),
    ("x »->« y", "'->' stands only before the type of a function's result", "def f(x)"),
    ("a,»,«b", "an operand is missing between ',' and ','", "brackets there"),
    ("pass »x«", "'x' cannot stand here", "or end"),
    ("»;« x", "nothing stands before ';'", "a value or a name"),
    # '=' and other targets
    ("»f()« = 1", "cannot assign to function call here. Maybe you meant '==' instead of '='?", "y[0]"),
    ("»1« = x", "cannot assign to literal here. Maybe you meant '=='", "y[0]"),
    ("»None« = x", "cannot assign to None", "y[0]"),
    ("»x + 1« = y", "cannot assign to expression here.", "=="),
    ("a, »f'{x}'« = y", "cannot assign to f-string expression", "y[0]"),
    ("a = »b < c« = d", "cannot assign to comparison", "y[0]"),
    ("»*a« = b", "starred assignment target must be in a list or tuple", "*x, = y"),
    ("a, *b, »*c« = d", "multiple starred expressions in assignment", "leave one"),
    ("for »f()« in x: y", "cannot assign to function call", "y[0]"),
    ("[x for »1« in y]", "cannot assign to literal", "y[0]"),
    ("with x as »f()«: y", "cannot assign to function call", "y[0]"),
    ("»(a, b)« += 1", "'tuple' is an illegal expression for augmented assignment", "one name"),
    ("»a, b«: int", "only single target (not tuple) can be annotated", "x: int = 3"),
    ("»f()«: int", "illegal target for annotation", "x: int = 3"),
    ("del »f()«", "cannot delete function call", "del y"),
    ("del (a, »*b«)", "cannot delete starred", "del y"),
    ("x = »*y«", "can't use starred expression here", "x = *y,"),
    ("f(x.y»=«1)", 'expression cannot contain assignment, perhaps you meant "=="?', "f(x, dim=0)"),
    ("f(»True«=1)", "cannot assign to True", "another name"),
    ("(x »=« 3)", "Maybe you meant '==' or ':=' instead of '='?", "=="),
    ("»__debug__« = 1", "cannot assign to __debug__", "another name"),
    # arguments and parameters
    ("f(a=1, »b«)", "positional argument follows keyword argument", "last"),
    ("f(**a, »b«)", "positional argument follows keyword argument unpacking", "last"),
    ("f(**a, »*b«)", "iterable argument unpacking follows keyword argument unpacking", "last"),
    ("f(a=1, »a=2«)", "keyword argument repeated: a", "once"),
    ("f(a, x »for« x in y)", "Generator expression must be parenthesized", "f((x for x in y), z)"),
    ("f(x for x in y»,« 1)", "Generator expression must be parenthesized", "((x for x in y)"),
    ("def f(a, »a«): x", "duplicate argument 'a' in function definition", "of its own"),
    ("lambda a, *, »a«: x", "duplicate argument 'a'", "of its own"),
    ("def f(a=1, »b«): x", "parameter without a default follows parameter with a default", "'b'"),
    ("def f(»*«): x", "named arguments must follow bare *", "*args"),
    ("def f(*a, »*«): x", "* argument may appear only once", "second"),
    ("def f(**k, »a«): x", "arguments cannot follow var-keyword argument", "last"),
    ("def f(»/«): x", "at least one argument must precede /", "f(a, /, b)"),
    ("def f(*a, »/«): x", "/ must be ahead of *", "f(a, /, *, b)"),
    # statements in the wrong place
    ("»return x«", "'return' outside function", "def"),
    ("class A:\n    »return«", "'return' outside function", "def"),
    ("»break«", "'break' outside loop", "for or while"),
    ("for x in y:\n    def f():\n        »continue«", "'continue' not properly in loop", "for or while"),
    ("while x: y\nelse: »break«", "'break' outside loop", "for or while"),
    ("try: a\n»except«: b\nexcept C: d", "default 'except:' must be last", "below the others"),
    ("def f(): from a import »*«", "import * only allowed at module level", "the names"),
    ("x\n»from __future__ import division«", "from __future__ imports must occur at the beginning", "move it up"),
    ("from __future__ import »nothing«", "future feature nothing is not defined", "leave"),
    ("from __future__ import »braces«", "not a chance", "indentation"),
    # imports
    ("import»«", "Expected one or more names after 'import'", "import nn"),
    ("from x import»«", "Expected one or more names after 'import'", "import nn"),
    ("from x import a,»«", "trailing comma not allowed without surrounding parentheses", "comma"),
    ("import x »from« y", "Did you mean to use 'from ... import ...' instead?", "from torch"),
    # declarations
    ("»nonlocal x«", "nonlocal declaration not allowed at module level", "leave it out"),
    ("def f(): »nonlocal x«", "no binding for nonlocal 'x' found", "global"),
    ("def f(x): »global x«", "name 'x' is parameter and global", "another name"),
    ("def f():\n    x\n    »global x«", "name 'x' is used prior to global declaration", "to the top"),
    ("def f():\n    x = 1\n    »global x«", "name 'x' is assigned to before global declaration", "to the top"),
    ("def f():\n    global x\n    »x«: int", "annotated name 'x' can't be global", "annotation"),
    ("def f():\n  x = 1\n  def g():\n    global x\n    »nonlocal x«", "name 'x' is nonlocal and global", "leave one"),
    ("[»x« := 1 for x in y]", "assignment expression cannot rebind comprehension iteration variable", "another name"),
    ("[x for x in (»y := z«)]", "assignment expression cannot be used in a comprehension iterable", "of its own"),
    ("class A: x = [»y := 1« for z in w]", "within a comprehension cannot be used in a class body", "of its own"),
    ("[0 for a in b if (c := a) for »c« in d]", "inner loop cannot rebind assignment expression", "another name"),
    ("[»*a« for a in b]", "iterable unpacking cannot be used in comprehension", "second loop"),
    ("{»**a« for a in b}", "dict unpacking cannot be used in dict comprehension", "d.items()"),
    # text
    ("x = »'«abc", "unterminated string literal", "add ' at its end"),
    ('x = »"«""abc\n"', "unterminated triple-quoted string literal", 'add """'),
    ("x = »f«'abc\n'", "unterminated f-string literal", "add ' at its end"),
    ("x = »f«'''abc{x}", "unterminated triple-quoted f-string literal", "add '''"),
    ("f'a»{«x'", "f-string: expecting '}'", "close the field"),
    ("f'»{«x:>5'", "f-string: expecting '}'", "close the field"),
    ("f'{x}»}«'", "f-string: single '}' is not allowed", "}}"),
    ("f'{»}«'", "f-string: empty expression not allowed", "{{ }}"),
    ("f'{»!r«}'", "f-string: empty expression not allowed", "{{ }}"),
    ("f'»{x!z}«'", "f-string: invalid conversion character 'z': expected 's', 'r', or 'a'", "{x!r}"),
    ("f'{lambda x»:«1}'", "f-string: lambda expressions are not allowed without parentheses", "(lambda x: x)"),
    ("f'{»a b«}'", "invalid syntax. Perhaps you forgot a comma?", "comma"),
    ("»'\\x4'«", "is not an escape", "backslash"),
    ("»b'é'«", "bytes can only contain ASCII literal characters", "'b'"),
    ("»'a' b'b'«", "cannot mix bytes and nonbytes literals", "'b'"),
    ("x »\\« y", "unexpected character after line continuation character", "very end"),
    ("x = »\\«\n", "unexpected EOF while parsing", "delete the backslash"),
    ("x = »\\«", "unexpected EOF while parsing", "delete the backslash"),
]


@pytest.mark.parametrize(("marked", "message", "hint"), SLIPS)
def test_slips_get_their_own_sentence_at_their_own_place(marked, message, hint):
    start, end = marked.index("»"), marked.index("«") - 1
    text = marked.replace("»", "", 1).replace("«", "", 1)
    with pytest.raises(Problem) as caught:
        parse_script(text, "lesson.py")
    problem = caught.value
    assert message in problem.message
    assert hint in problem.hint
    assert (problem.span.start, problem.span.end) == (start, end)
    lines = text[:start].split("\n")
    assert (problem.span.line, problem.span.column) == (len(lines), len(lines[-1]) + 1)
    assert (problem.source, problem.text) == ("lesson.py", text)
    assert (problem.code, problem.exit) == ("syntax", EXIT_USAGE)


@pytest.mark.parametrize(("text", "kind"), [
    ("x y", "SyntaxError"), ("  x", "IndentationError"), ("if x:\ny", "IndentationError"), ("'a", "SyntaxError"),
    ("if x:\n\ty\n        z", "TabError"), ("if x:\n  y\n z", "IndentationError"), ("f() = 1", "SyntaxError"),
])  # fmt: skip
def test_problems_have_the_type_of_pythons_exception(text, kind):
    with pytest.raises(Problem) as caught:
        parse_script(text)
    assert caught.value.type == kind
    with pytest.raises(SyntaxError) as pythons:
        compile(text, "script", "exec")
    assert type(pythons.value).__name__ == kind


@pytest.mark.parametrize("word", [word for word in keyword.kwlist if word not in ("True", "False", "None")])
def test_every_reserved_word_is_refused_as_a_name(word):
    for form in ("{} = 1", "x.{}", "f({}=1)", "def {}(): pass", "import {}", "for {} in x: y"):
        with pytest.raises(Problem) as caught:
            parse_script(form.format(word))
        assert word in caught.value.message


def test_long_text_is_shortened():
    with pytest.raises(Problem) as caught:
        parse_script("x " + "y" * 1000)
    assert len(caught.value.message) < 120
    with pytest.raises(Problem) as caught:
        parse_script("print " + "y" * 1000)
    assert len(caught.value.hint) < 120
