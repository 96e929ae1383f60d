"""What is wrong, where, and what to write instead: one row for each slip that people make."""

# ruff: noqa: RUF001 - look-alikes of ASCII characters are among the slips

from __future__ import annotations

import keyword

import pytest

from gradcli.errors import EXIT_USAGE, Problem
from gradcli.text import parse

# text with the place of the caret between » and «, a part of the sentence, a part of the hint
SLIPS = [
    # powers, products
    ("x»^«2", "'^' is not an operator", "use ** for powers: x**2"),
    ("1 + sin»^«2(3*x)", "'^' is not an operator", "use ** for powers: 1 + sin(3*x)**2"),
    ("1 + (x+1)»^«2 + 3", "'^'", "use ** for powers: 1 + (x+1)**2 + 3"),
    ("sin(x)[0].T»^«-y.T", "'^'", "use ** for powers: sin(x)[0].T**-y.T"),
    ("x»^«", "'^'", "use ** for powers: x**2"),
    ("x»^«2 + 3x", "'^'", "use ** for powers: x**2 + 3*x"),
    ("3»x«^2 - 2x + 1", "between '3' and 'x'", "write 3*x**2 - 2*x + 1"),
    ("sin»^«2(x) + cos^2(x)", "'^'", "sin(x)**2 + cos(x)**2"),
    ("2»(«x+1)(x-1)", "between '2' and '('", "write 2*(x+1)*(x-1)"),
    ("x»^«2(x+1)", "'^'", "use ** for powers: x**2*(x+1)"),
    # what could be meant in two ways, or has another slip, is no more than named
    ("e»^«2x", "'^'", "use ** for powers: e**2"),
    ("1/2»x« + 1", "between '2' and 'x'", "write 2*x"),
    ("2»x« + 3y)", "between '2' and 'x'", "write 2*x"),
    ("2»x«", "an operator is missing between '2' and 'x'", "write 2*x"),
    ("2»(«x+1)", "between '2' and '('", "write 2*(x+1)"),
    ("2»sin«(x)", "between '2' and 'sin'", "write 2*sin(x)"),
    ("(a)»(«b)", "between ')' and '('", "write (a)*(b)"),
    ("(x+1)»(«x-1)", "between ')' and '('", "write (x+1)*(x-1)"),
    ("x »y«", "between 'x' and 'y'", "write x*y to multiply, x(y) to call"),
    ("sin »x«", "between 'sin' and 'x'", "sin(x) to call"),
    ("f(x) »g«(y)", "between ')' and 'g'", "write f(x)*g(y)"),
    ("[1 »2« 3]", "between '1' and '2'", "put a comma between items"),
    ("x not »y«", "'not' after a value needs 'in'", "x not in y"),
    ("x »~« y", "between 'x' and '~'", "write"),
    ("True »False«", "between 'True' and 'False'", "write True*False"),
    (f"{'x' * 30} »{'y' * 30}«", "an operator is missing", "write 2*x"),
    # the end comes too early
    ("»«", "there is no expression", "x**2 + 1"),
    ("»«  # only a comment", "there is no expression", "write one"),
    (";;»«", "there is no expression", "write one"),
    ("x +»«", "an operand is missing after '+'", "leave out '+'"),
    ("x +»«   # more", "an operand is missing after '+'", "leave out '+'"),
    ("x +»«\n y", "an operand is missing after '+'", "brackets around all of it"),
    ("not»«", "an operand is missing after 'not'", "write what comes next"),
    ("x =»«", "nothing stands to the right of '='", "y = x + 2"),
    ("y = 3; x =»« ", "nothing stands to the right of '='", "y = x + 2"),
    ("x.»«", "a name is missing after '.'", "x.sum()"),
    ("x.»+« 1", "a name is missing after '.'", "x.sum()"),
    ("a if b»«", "expected 'else' after 'if' expression", "a if condition else b"),
    ("(a if b»)«", "expected 'else'", "a if condition else b"),
    ("a if b»,« c", "expected 'else'", "a if condition else b"),
    # brackets
    ("»(«x", "'(' was never closed: it opens at column 1", "add ')'"),
    ("f(x, »[«1, 2", "'[' was never closed: it opens at column 6", "add ']'"),
    ("y = 1\n »(«x", "'(' was never closed: it opens at line 2, column 2", "add ')'"),
    ("y = f»(«x\nz = 3", "'(' was never closed: it opens at column 6", "add ')'"),
    ("x»)«", "unmatched ')': no bracket is open here", "delete it"),
    ("f(x»]«", "closing ']' does not match the '(' opened at column 2", "close it with ')'"),
    ("f(x) + [y»)«", "closing ')' does not match the '[' opened at column 8", "close it with ']'"),
    ("(x»;« y)", "';' ends a statement, and '(' is still open", "close the bracket first"),
    ("»{«1}", "'{' has no meaning here", "[ ] for lists"),
    # operands that are missing in the middle
    ("»*« x", "an operand is missing before '*'", "write a name"),
    ("x + »*« y", "an operand is missing between '+' and '*'", "write a name"),
    ("f(»,«x)", "an operand is missing between '(' and ','", "write a name"),
    ("f(x,»,«y)", "an operand is missing between ',' and ','", "write a name"),
    ("x[»]«", "an operand is missing between '[' and ']'", "write a name"),
    ("f(a=»)«", "an operand is missing between '=' and ')'", "write a name"),
    ("x + »not« y", "'not' cannot follow '+' directly", "(not x)"),
    ("x == »not« y", "'not' cannot follow '==' directly", "(not x)"),
    ("f(»*«a)", "'*' cannot unpack", "one by one"),
    ("f(x, »**«a)", "'**' cannot unpack", "one by one"),
    # '='
    ("x = 3 »=« 4", "'=' names a value", "b = 1; a = b"),
    ("(x »=« 3)", "'=' names a value", "use == to compare"),
    ("f(x+1»=«3)", "'=' names a value", "use == to compare"),
    ("x[a»=«1]", "'=' names a value", "use == to compare"),
    ("»=« 3", "a name is missing before '='", "write y = x + 2"),
    ("»x + 1« = 3", "cannot assign to an expression", "use == to compare"),
    ("»f(x)« = 3", "cannot assign to the result of a call", "use =="),
    ("»3« = x", "cannot assign to a number", "use =="),
    ("»x.grad« = 3", "cannot assign to an attribute", "use =="),
    ("»x[0]« = 3", "cannot assign to an element", "use =="),
    ("a, »(b, c)« = x", "cannot assign to a tuple of tuples", "use =="),
    ("»()« = x", "cannot assign to a tuple", "use =="),
    ("»a < b« = c", "cannot assign to a comparison", "use =="),
    # reserved words
    ("»True« = 1", "cannot assign to a constant", "use =="),
    ("f(»True«=1)", "'True' is a reserved word and cannot be a name", "another name"),
    ("»lambda« = 3", "'lambda' is a reserved word and cannot be a name", "another name"),
    ("»in« = 3", "'in' is a reserved word", "another name"),
    ("f(»in«=3)", "'in' is a reserved word", "another name"),
    ("x.»if«", "'if' is a reserved word", "another name"),
    ("»lambda« x: x", "functions cannot be written inside an expression", "y = x + 2; y*y"),
    ("sum(x »for« x in y)", "loops and comprehensions are not part of an expression", "sum(x**2)"),
    ("[x »for« x in y]", "loops and comprehensions", "sum(x**2)"),
    ("»import« torch", "'import' is not needed", "torch.sin(x)"),
    ("»from« torch import sin", "'import' is not needed", "torch.sin(x)"),
    ("»def« f(x): return x", "functions cannot be defined", "y = x + 2; y*y"),
    ("»return« x", "'return' is not needed", "leave it out"),
    ("»while« x: y", "loops are not part", "sum(x**2)"),
    ("»with« f(): x", "'with' begins a statement of scripts", "name values"),
    ("»if« x: y", "'if' needs a value before it", "a if condition else b"),
    ("x »else« y", "'else' has no 'if' before it", "a if condition else b"),
    ("a if b else c »elif« d", "'elif' is not part", "a if c else b if d else e"),
    # operators of other languages
    ("a »&&« b", "'&&' is not an operator", "use 'and'"),
    ("a »||« b", "'||' is not an operator", "use 'or'"),
    ("»!«x", "'!' has no meaning", "use 'not'"),
    ("a »<>« b", "'<>' is not an operator", "use !="),
    ("a »=<« b", "'=<' is not an operator", "use <="),
    ("(a »=>« b)", "'=>' is not an operator", "use >="),
    ("a »===« b", "'===' is not an operator", "use =="),
    ("a »!==« b", "'!==' is not an operator", "use !="),
    ("a »<<« b", "'<<' is not an operator", "x*2**n"),
    ("a »->« b", "'->' is not an operator", "y = x + 2"),
    ("y »:=« 3", "':=' is not an operator", "y = x + 2; y*y"),
    ("(y »:=« 3)", "':=' is not an operator", "y = x + 2; y*y"),
    ("y »+=« 3", "'+=' is not an operator", "write it out: y = y + x"),
    ("y »**=« 3", "'**=' is not an operator", "write it out"),
    ("y »//=« 3", "'//=' is not an operator", "write it out"),
    ("x»:«y", "':' stands only within the brackets of an index", "x[start:stop]"),
    ("x[1:2:3»:«4]", "a slice has at most three parts", "x[start:stop:step]"),
    ("»$«x", "'$' has no meaning", "without '$'"),
    ("x »?« y", "'?' has no meaning", "a if condition else b"),
    ("»`«x`", "'`' has no meaning", "quotes"),
    ("x »\\« y", "'\\' has no meaning", "right before its end"),
    # characters that no keyboard has
    ("2»π«", "GREEK SMALL LETTER PI", "write pi instead"),
    ("x»∜«", "FOURTH ROOT", "write x**0.25 instead"),
    ("f(»“«a”)", "LEFT DOUBLE QUOTATION MARK", 'write " instead'),
    ("f(»‘«a’)", "LEFT SINGLE QUOTATION MARK", "write ' instead"),
    ("»３« + x", "FULLWIDTH DIGIT THREE", "type 3 instead"),
    ("x »→« y", "RIGHTWARDS ARROW", "delete it"),
    ("x»\u00a0«+ y", "U+00A0 NO-BREAK SPACE", "plain space"),
    ("x»\u200b«", "U+200B ZERO WIDTH SPACE", "plain space"),
    ("x»\0«", "control character U+0000", "delete it"),
    ("'a»\x1b«b'", "control character U+001B", "delete it"),
    ("# »\x07«\nx", "control character U+0007", "delete it"),
    ("x»\udcff«", "U+DCFF is no character: the text is not valid UTF-8", "UTF-8"),
    # numbers
    ("»0777«", "leading zeros in whole numbers are not permitted", "write 777, or 0o777"),
    ("»09«", "leading zeros", "write 9"),
    ("»1__0«", "'1__0' is not a number", "1_000"),
    ("»1_«", "'1_' is not a number", "1_000"),
    ("»00_7«", "leading zeros", "write 7"),
    ("»0x«", "'0x' is not a number", "0x1F"),
    ("»0b12«", "'0b12' is not a number", "0x1F"),
    ("»0xfgh«", "'0xfgh' is not a number", "0x1F"),
    ("»1.2.3«", "'1.2.3' is not a number", "0.5"),
    ("1.»real«", "between '1.' and 'real'", "write 1.*real"),
    # strings
    ("f(»'«abc)", "unterminated string literal: nothing closes the '", "add ' at its end"),
    ('»"«abc\n"', 'unterminated string literal: nothing closes the "', 'add " at its end'),
    ("»'«abc\n'", "unterminated string literal", "add ' at its end"),
    ("»'«abc\\'", "unterminated string literal", "add ' at its end"),
    ("»f'{x}'«", "strings with the prefix 'f' are not supported", "leave it out"),
    ("»'\\d'«", "'\\d' is not an escape", "\\\\ for a backslash"),
    ("f(»'\\x4'«)", "'\\x' is not an escape", "\\\\ for a backslash"),
    ("»'\\N{NOTHING}'«", "'\\N{NOTHING}' is not an escape", "\\\\ for a backslash"),
    ("»'\\U00110000'«", "'\\U00110000' is not an escape", "\\\\ for a backslash"),
    # arguments
    ("f(dim=0, »x + 1«)", "positional argument follows keyword argument", "last"),
    ("f(dim=0, »dim=1«)", "keyword argument repeated: 'dim'", "once"),
]


@pytest.mark.parametrize(("marked", "message", "hint"), SLIPS)
def test_slips_get_their_own_sentence_at_their_own_place(marked, message, hint):
    start, end = marked.index("»"), marked.index("«") - 1
    text = marked.replace("»", "", 1).replace("«", "", 1)
    with pytest.raises(Problem) as caught:
        parse(text)
    problem = caught.value
    assert (problem.span.start, problem.span.end) == (start, end)
    lines = text[:start].split("\n")
    assert (problem.span.line, problem.span.column) == (len(lines), len(lines[-1]) + 1)
    assert message in problem.message
    assert hint in problem.hint
    assert (problem.code, problem.type, problem.exit) == ("syntax", "SyntaxError", EXIT_USAGE)


def test_problems_say_which_text_they_are_about():
    with pytest.raises(Problem) as caught:
        parse("[1 2]", "x")
    assert (caught.value.source, caught.value.text) == ("x", "[1 2]")


def test_the_users_own_text_is_shortened():
    with pytest.raises(Problem) as caught:
        parse("x " + "y" * 1000)
    assert len(caught.value.message) < 120


@pytest.mark.parametrize("word", [word for word in keyword.kwlist if word not in ("True", "False", "None")])
def test_every_reserved_word_is_refused_as_a_name(word):
    for text in (f"{word} = 1", f"x.{word}", f"f({word}=1)", word):
        with pytest.raises(Problem) as caught:
            parse(text)
        assert word in caught.value.message or text == word
