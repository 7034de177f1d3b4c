"""How long does PyTorch take on a card for the augmented distances and the nearest neighbours that `augsphere bench` times?

Distances as in distance.py. Neighbours: cosines of all queries with a bank of unit rows, the 200 largest of each, their weighted vote.
Prints a line of JSON for each of the two.
"""

import argparse
import json
import sys

sys.dont_write_bytecode = True  # keep the checkout clean
from step import F, ready, torch  # noqa: E402
from distance import distances, timed  # noqa: E402

CLASSES = 10


def vote(bank: torch.Tensor, labels: torch.Tensor, queries: torch.Tensor, k: int, temperature: float, rows: int) -> torch.Tensor:
    """The class of each query, so many queries at a time as memory has room for."""
    found = []
    for part in queries.split(rows):
        cosine, nearest = (part @ bank.T).topk(k, dim=1)
        votes = torch.zeros(len(part), CLASSES, device=part.device)
        found.append(votes.scatter_add_(1, labels[nearest], (cosine / temperature).exp()).argmax(1))
    return torch.cat(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda")
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--views", type=int, default=16, help="views of each image")
    parser.add_argument("--block", type=int, default=64, help="images in a block of distances")
    parser.add_argument("--bank", type=int, default=50_000)
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    ready(given.device)
    torch.manual_seed(0)
    with torch.inference_mode():
        views = torch.rand(given.images * given.views, 3072, device=given.device)
        time = timed(lambda: distances(views, given.images, given.views, given.block), given.rounds, given.device)
        print(json.dumps({"what": "distances", "images": given.images, "views": given.views, "median_ms": round(time, 3)}), flush=True)
        bank, queries = (F.normalize(torch.randn(count, given.width, device=given.device), dim=1) for count in (given.bank, given.queries))
        labels = torch.randint(CLASSES, (given.bank,), device=given.device)
        k = min(200, given.bank)
        time = timed(lambda: vote(bank, labels, queries, k, 0.1, 2_000), given.rounds, given.device)
        print(json.dumps({"what": "neighbours", "bank": given.bank, "queries": given.queries, "width": given.width, "median_ms": round(time, 3)}))


if __name__ == "__main__":
    main()
