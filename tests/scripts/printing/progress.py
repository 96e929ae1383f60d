# Lines of a training as people print them: padded, in columns, in per cent, by every old and new way of formatting.
import torch

torch.manual_seed(0)
losses = [torch.tensor(2.0 / (k + 1)) for k in range(4)]
for epoch, loss in enumerate(losses, 1):
    print(f"Epoch [{epoch:>2}/{len(losses)}] Loss: {loss.item():.4f}", end=" | " if epoch % 2 else "\n")
    assert isinstance(loss.item(), float)
print("%-8s%8s%8s" % ("epoch", "loss", "rate"))
for epoch, loss in enumerate(losses):
    print("%-8d%8.3f%8.0e" % (epoch, loss, 0.1**epoch))
print("{:.1%} {:>8} {:<8}| {:^8} {:+.2e}".format(0.256, "right", "left", "mid", 12345.678))
print("accuracy: {acc:.2f}%, params: {n:,}, device: {dev}".format(acc=100 * 3 / 7, n=1234567, dev=torch.device("cpu")))
width, digits = 10, 3
print(f"{losses[1]:{width}.{digits}f}|{str(losses[1].item())[:4]:>{width}}|{losses[1]!r:>{width}}|{losses[1]}")
print(f"{torch.tensor(3)} {torch.tensor(True)} {torch.tensor([1.5])} {torch.Size([2, 3])} {torch.float32} {losses[0].requires_grad=}")
print("=" * 20, "-" * 5, sep="\n")
print(*[f"{loss:.2f}" for loss in losses], sep=", ", end=".\n")
print({"loss": losses[0], "history": losses[2:]}, [tuple(t.shape) for t in (torch.ones(2, 3), losses[0])])
print("w: {} b: {}".format(torch.ones(1, 2, requires_grad=True), torch.zeros(1).requires_grad_()))
print("grad:\n", torch.eye(2) * 0.5, "\n", sep="")
print("tensor %s, number %s, %r" % (losses[3], losses[3].item(), losses[3]))
