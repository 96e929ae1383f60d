"""What stands around training loops: schedules of profiles, trees with paths, types for compilers, kernels, accelerators."""
from collections import namedtuple
from typing import Dict, List, Optional, Tuple, Union

import torch
from torch.profiler import ProfilerActivity, profile, schedule
from torch.utils import _pytree as pytree
from torch.utils.checkpoint import check_backward_validity, detach_variable

print([schedule(skip_first=1, wait=1, warmup=1, active=2, repeat=2)(step).name for step in range(11)])
print([schedule(wait=2, warmup=0, active=1)(step).value for step in range(5)])
ones = torch.ones(2, 2)
ready = lambda prof: print("ready", prof.step_num, [each.count for each in prof.key_averages() if each.key == "aten::mm"])
with profile(activities=[ProfilerActivity.CPU], schedule=schedule(wait=1, warmup=1, active=2), on_trace_ready=ready) as prof:
    for _ in range(9):
        torch.mm(ones, ones)
        prof.step()

Point = namedtuple("Point", "x y")
tree = {"a": [1, (2, 3)], "b": Point(4, 5)}
print([(pytree.keystr(path), leaf) for path, leaf in pytree.tree_flatten_with_path(tree)[0]])
print(pytree.tree_map_with_path(lambda path, leaf: len(path) * leaf, tree), pytree.tree_any(lambda leaf: leaf > 4, tree))
print(pytree.tree_structure(tree) == pytree.tree_flatten(tree)[1], list(pytree.tree_iter(tree)))

is_a = torch.jit.isinstance
print(is_a([1], List[int]), is_a([1.0], List[int]), is_a((1, "a"), Tuple[int, str]), is_a({"a": 1}, Dict[str, int]))
print(is_a(None, Optional[int]), is_a("a", Union[int, float]), torch.jit.Attribute(3, int))
x = torch.ones(1, requires_grad=True)
copies = detach_variable((x, 3))
print(copies, copies[0] is x, check_backward_validity((x,)))
with torch.backends.cuda.sdp_kernel(enable_flash=False):
    print(torch.backends.cuda.flash_sdp_enabled(), torch.backends.cuda.math_sdp_enabled())
for function in (torch.accelerator.synchronize, torch.accelerator.memory_allocated):
    try:
        function()
    except RuntimeError as error:
        print(error)
print(torch.cpu.current_device(), torch.compiler.is_exporting(), torch.utils.data.dataloader.get_worker_info())
