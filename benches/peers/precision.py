"""What eight bits cost: NDCG@10 of rows {"question", "context"} over their own distinct contexts, with
tenk's embeddings in f32 and in int8.

    pip install numpy
    python benches/peers/precision.py dev.jsonl --corpus train.jsonl"""

import argparse
import json
import pathlib
import subprocess

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]


def embed(texts, precision, *flags):
    command = [str(ROOT / "target/release/tenk"), "embed", "--precision", precision, *flags]
    lines = "\n".join(" ".join(text.split()) for text in texts) + "\n"
    out = subprocess.run(command, input=lines, check=True, capture_output=True, text=True).stdout
    return np.array([json.loads(line) for line in out.splitlines()], dtype=np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=pathlib.Path)
    parser.add_argument("--corpus", type=pathlib.Path, nargs="*", default=[], help="more contexts")
    args = parser.parse_args()
    read = lambda path: [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    rows = read(args.questions)
    more = [row for path in args.corpus for row in read(path)]
    contexts = list(dict.fromkeys(row["context"] for row in rows + more))
    gold = np.array([contexts.index(row["context"]) for row in rows])
    for precision in ["f32", "int8"]:
        passages = embed(contexts, precision)
        queries = embed([row["question"] for row in rows], precision, "--query")
        scores = queries @ passages.T
        rank = (scores > scores[np.arange(len(rows)), gold][:, None]).sum(axis=1)
        ndcg = np.where(rank < 10, 1 / np.log2(rank + 2), 0).mean()
        print(f"{precision:<5} NDCG@10 {ndcg:.4f}   ({len(rows)} questions, {len(contexts)} contexts)")


if __name__ == "__main__":
    main()
