# Profiles show what each function of the graph does on the way back, with the sequence number of the call that made it.
import torch
from torch.autograd.profiler import profile

model = torch.nn.Linear(4, 3)
x = torch.randn(2, 4)
with profile(use_kineto=torch.autograd.kineto_available()) as prof:
    torch.relu(model(x)).sum().backward()
forward = {event.name: event for event in prof.function_events if event.name in ("aten::relu", "aten::addmm", "aten::linear")}
for event in prof.function_events:
    if "Backward" in event.name or "Accumulate" in event.name:
        parent = event.cpu_parent.name if event.cpu_parent else None
        made_by = [name for name, each in forward.items() if each.sequence_nr == event.sequence_nr]
        print(event.name, "in", parent, made_by, event.sequence_nr >= 0, event.fwd_thread == forward["aten::relu"].thread)
counts = {each.key: each.count for each in prof.key_averages()}
print(counts["AddmmBackward0"], counts["SumBackward0"], counts["torch::autograd::AccumulateGrad"])
