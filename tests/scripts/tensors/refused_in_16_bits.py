"""What PyTorch has no kernel for with numbers of 16 bits, and dtypes that norms are not computed in."""

import torch

L = torch.linalg
for dtype in (torch.bfloat16, torch.float16):
    A = (2 * torch.eye(3) + 0.1).to(dtype)
    for name, call in {
        "inv": lambda: L.inv(A), "det": lambda: L.det(A), "qr": lambda: L.qr(A), "svd": lambda: L.svd(A),
        "eigh": lambda: L.eigh(A), "solve": lambda: L.solve(A, A), "lstsq": lambda: L.lstsq(A, A), "rank": lambda: L.matrix_rank(A),
        "lu": lambda: L.lu_factor(A), "ldl": lambda: L.ldl_factor(A), "cdist": lambda: torch.cdist(A, A), "pdist": lambda: torch.pdist(A),
        "quantile": lambda: torch.quantile(A, 0.5), "nuc": lambda: L.norm(A, "nuc"), "bessel": lambda: torch.special.bessel_j0(A),
        "geqrf": lambda: torch.geqrf(A), "power": lambda: L.matrix_power(A, -1),
        "narrow": lambda: A.float().norm(dtype=dtype), "other": lambda: A.norm(dtype=torch.float32), "int": lambda: A.norm(dtype=torch.int64),
        "complex": lambda: L.matrix_norm(A, dtype=torch.complex64), "vector": lambda: L.vector_norm(A, dtype=torch.complex64),
    }.items():  # fmt: skip
        try:
            print(name, call().double().sum().item())
        except (RuntimeError, NotImplementedError) as error:
            print(name, type(error).__name__, str(error).splitlines()[0])
