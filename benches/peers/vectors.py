"""A model that tenk wrote, loaded by sentence-transformers: do both give the same vectors?

    pip install torch sentence-transformers
    tenk models export NAME folder
    python benches/peers/vectors.py folder texts.txt           # a text a line

Embeds every line as a query and as a passage with both, prints the least cosine of each, and fails where
one is under 0.9999."""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

TENK = pathlib.Path(__file__).resolve().parents[2] / "target/release/tenk"


def ours(folder, texts, query):
    with tempfile.TemporaryDirectory() as home:
        run = lambda *rest, **more: subprocess.run([TENK, *rest, "--home", home], check=True, **more)
        run("models", "import", folder, "--name", "imported", stdout=subprocess.DEVNULL)
        flags = ["--query"] if query else []
        out = run("embed", "--model", "imported", "--precision", "f32", *flags,
                  input="\n".join(texts), capture_output=True, text=True)
    return np.array([json.loads(line) for line in out.stdout.splitlines()])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("texts")
    args = parser.parse_args()
    texts = [line.rstrip("\n") for line in open(args.texts) if line.strip()]
    model = SentenceTransformer(args.folder, device="cpu", model_kwargs={"torch_dtype": torch.float32})
    failed = False
    for query in (True, False):
        encode = model.encode_query if query else model.encode_document
        theirs = encode(texts, normalize_embeddings=True)
        mine = ours(args.folder, texts, query)
        assert mine.shape == theirs.shape, (mine.shape, theirs.shape)
        least = float((mine * theirs).sum(axis=1).min())
        print(f"{'queries' if query else 'passages'}: least cosine {least:.6f} over {len(texts)} texts")
        failed |= least < 0.9999
    sys.exit(failed)


if __name__ == "__main__":
    main()
