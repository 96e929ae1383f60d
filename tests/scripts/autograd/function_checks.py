"""What a call of an own function may do with its inputs, outputs and tangents, and what PyTorch says where it may not."""

import weakref

import torch
import torch.autograd.forward_ad as fwAD
from torch.autograd import Function
from torch.autograd.graph import Node


def attempt(label, call):
    try:
        print(label, call())
    except Exception as error:
        print(label, type(error).__name__, str(error).splitlines()[0])


def function(forward, jvp=None, backward=lambda ctx, *g: g[0], **members):
    members |= {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    if jvp is not None:
        members["jvp"] = staticmethod(jvp)
    return type("Own", (Function,), members)


def pushed(forward, jvp, *args):
    x = torch.ones(3)
    with fwAD.dual_level():
        out = function(forward, jvp).apply(fwAD.make_dual(x, torch.arange(3.0)), *args)
        outs = out if isinstance(out, tuple) else (out,)
        return [fwAD.unpack_dual(each).tangent for each in outs if isinstance(each, torch.Tensor)]


def narrow(ctx, x):
    return x.narrow(0, 0, 2)


def constant(ctx, x):
    y = x.clone()
    ctx.mark_non_differentiable(y)
    return y


def doubled(ctx, x):
    ctx.mark_dirty(x)
    return x.mul_(2)


def saved_twice(ctx, x, y):
    ctx.save_for_backward(x)
    ctx.save_for_forward(x, y)
    return x * y


print("--- tangents")
attempt("zeros", lambda: pushed(saved_twice, lambda ctx, t, u: t + u, torch.ones(3)))
attempt("saved", lambda: pushed(saved_twice, lambda ctx, t, u: ctx.saved_tensors[1] * t, 2 * torch.ones(3)))
attempt("not saved", lambda: pushed(lambda ctx, x: (ctx.save_for_backward(x), x.clone())[1], lambda ctx, t: t * len(ctx.saved_tensors)))
attempt("number", lambda: pushed(lambda ctx, x, n: x * n, lambda ctx, t, n: t if n is None else None, 3))
attempt("view", lambda: pushed(narrow, lambda ctx, t: t.narrow(0, 0, 2)))
attempt("no view", lambda: pushed(narrow, lambda ctx, t: t.narrow(0, 0, 2).clone()))
attempt("other view", lambda: pushed(narrow, lambda ctx, t: t.clone().narrow(0, 0, 2)))
attempt("as it is", lambda: pushed(lambda ctx, x: x, lambda ctx, t: t))
attempt("constant", lambda: pushed(constant, lambda ctx, t: t.clone()))
attempt("whole numbers", lambda: pushed(lambda ctx, x: x.long(), lambda ctx, t: t))
attempt("in place", lambda: pushed(doubled, lambda ctx, t: t.mul_(2)))
attempt("not in place", lambda: pushed(doubled, lambda ctx, t: t * 2))
attempt("none in place", lambda: pushed(doubled, lambda ctx, t: None))

print("--- changes in place")
leaf = torch.ones(2, requires_grad=True)
both = function(doubled, backward=lambda ctx, g: 2 * g)
attempt("leaf", lambda: both.apply(leaf))
attempt("view of a leaf", lambda: both.apply(leaf[:]))
attempt("split", lambda: both.apply(leaf.clone().split(1)[0]))
attempt("view", lambda: both.apply(leaf.clone()[:]))
attempt("two results", lambda: function(lambda ctx, x: (ctx.mark_dirty(x), x.mul_(2), x + 1)[1:]).apply(leaf.clone()[:]))
attempt("not returned", lambda: function(lambda ctx, x: (ctx.mark_dirty(x), x + 1)[1]).apply(torch.ones(2)))
attempt("no input", lambda: function(lambda ctx, x: (lambda y: (ctx.mark_dirty(y), y)[1])(x.clone()[:])).apply(leaf.clone()))


def pure(ctx, x):
    ctx._is_pure_view = True
    return x.narrow(0, 0, 1)


def pure_pair(ctx, x):
    ctx._is_pure_view = True
    return x.narrow(0, 0, 1), x + 1


def changed():
    x = leaf.clone()
    y = function(pure).apply(x)
    y *= 3
    return x, y


attempt("pure view", changed)
attempt("pure views", lambda: function(pure_pair).apply(leaf.clone()))
with torch.no_grad():
    alias = function(lambda ctx, x: x[:]).apply(leaf)
attempt("made under no_grad", lambda: alias.zero_())

print("--- what a call keeps")
once = function(
    lambda ctx, x: (ctx.save_for_backward(x), x.clone())[1],
    backward=lambda ctx, g: (ctx.saved_tensors, ctx.saved_tensors, g)[2],
    clear_saved_tensors_on_access=True,
)
attempt("twice", lambda: once.apply(leaf).sum().backward())
attempt("backward and vjp", lambda: function(lambda ctx, x: x.clone(), vjp=staticmethod(lambda ctx, g: g)).apply(leaf).sum().backward())
x = leaf.clone()
y = function(lambda ctx, x: x.clone()).apply(x)
seen = weakref.ref(x)
del x
print(seen() is None, isinstance(y.grad_fn, Node), isinstance(y.grad_fn.next_functions[0][0], Node), Node in type(y.grad_fn).mro())
kept = function(lambda ctx, x: (ctx.save_for_backward(x, None), setattr(ctx, "note", "mine"), x.clone())[2])
y = kept.apply(leaf)
first, second = y.grad_fn._raw_saved_tensors
attempt("None", lambda: second.register_hooks(lambda x: x, lambda x: x))
attempt("one hook", lambda: first.register_hooks(lambda x: x))
attempt("no hooks", lambda: first.register_hooks(1, 1))
print(first.data is leaf, first.unpack_hook)
first.register_hooks(lambda x: x + 1, lambda x: 2 * x)
print(first.data, first.unpack().detach(), y.grad_fn.saved_tensors[0].detach())
attempt("again", lambda: first.register_hooks(lambda x: x, lambda x: x))
y.sum().backward()
del first, second
attempt("freed", lambda: y.grad_fn.saved_tensors)
print(y.grad_fn.note)
attempt("made by hand", torch.autograd.SavedTensor)
