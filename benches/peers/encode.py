"""tenk's encoder beside its peers: sentence-transformers (PyTorch f32) and ONNX Runtime (f32, and
dynamic int8 per channel), on the same texts and weights in the same run.

    pip install torch sentence-transformers onnx onnxscript onnxruntime
    cargo build --release
    python benches/peers/encode.py texts.txt        # a passage a line

Prints tokens a second of each, ratios to ONNX Runtime, cosines to PyTorch, and the share of the f32
product peak that tenk reaches. Machines are noisy: each path runs in turn, several rounds, and its
best round counts."""

import argparse
import json
import pathlib
import subprocess
import tempfile
import time

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModel, AutoTokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "assets/models/bge-small-en-v1.5"


def batches(tokenizer, texts, size=32):
    """Batches of `size` texts, sorted by length so that little is padded, as the peers do it."""
    ids = sorted((tokenizer(t, truncation=True, max_length=512)["input_ids"] for t in texts), key=len)
    for at in range(0, len(ids), size):
        part = ids[at : at + size]
        width = max(map(len, part))
        input_ids = np.array([p + [0] * (width - len(p)) for p in part], dtype=np.int64)
        mask = np.array([[1] * len(p) + [0] * (width - len(p)) for p in part], dtype=np.int64)
        yield input_ids, mask


def export(model, folder, batch):
    f32, int8 = folder / "f32.onnx", folder / "int8.onnx"
    ids, mask = (torch.from_numpy(x) for x in batch)
    batch_dim, length = torch.export.Dim("batch", min=1, max=64), torch.export.Dim("length", min=2, max=512)

    class Cls(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.bert = model

        def forward(self, input_ids, attention_mask):
            out = self.bert(input_ids=input_ids, attention_mask=attention_mask)
            return out.last_hidden_state

    program = torch.onnx.export(
        Cls(),
        (ids, mask),
        dynamo=True,
        input_names=["input_ids", "attention_mask"],
        dynamic_shapes={"input_ids": {0: batch_dim, 1: length}, "attention_mask": {0: batch_dim, 1: length}},
    )
    program.save(str(f32))
    quantize_dynamic(f32, int8, per_channel=True, weight_type=QuantType.QInt8)
    return f32, int8


def session(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def rate(run, work):
    tokens = sum(int(mask.sum()) for _, mask in work)
    began = time.perf_counter()
    out = [run(ids, mask)[:, 0] for ids, mask in work]
    seconds = time.perf_counter() - began
    rows = np.concatenate(out)
    return tokens / seconds, rows / np.linalg.norm(rows, axis=1, keepdims=True)


def peak(hidden, wide, rows=1024):
    """FLOP a second of PyTorch's sgemm on the model's shapes, weighted by their FLOPs."""
    seconds = flops = 0.0
    for n, k in [(3 * hidden, hidden), (hidden, hidden), (wide, hidden), (hidden, wide)]:
        a, b = torch.randn(rows, k), torch.randn(k, n)
        out = torch.empty(rows, n)
        best = float("inf")
        for _ in range(40):
            began = time.perf_counter()
            torch.mm(a, b, out=out)
            best = min(best, time.perf_counter() - began)
        seconds, flops = seconds + best, flops + 2 * rows * n * k
    return flops / seconds


def flops(work, layers, hidden, wide):
    """FLOP that tenk executes: no padding, the last layer for the CLS rows alone."""
    total = 0
    for _, mask in work:
        for length in mask.sum(axis=1).tolist():
            linear = 2 * (3 * hidden * hidden + hidden * hidden + 2 * hidden * wide)
            attention = 4 * length * hidden
            total += (layers - 1) * length * (linear + attention)
            total += length * 2 * 3 * hidden * hidden + attention + 2 * (hidden * hidden + 2 * hidden * wide)
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=pathlib.Path)
    parser.add_argument("--limit", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    texts = args.texts.read_text().splitlines()[: args.limit]
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    model = AutoModel.from_pretrained(MODEL, dtype=torch.float32, add_pooling_layer=False).eval()
    work = list(batches(tokenizer, texts))
    config, best, rows = model.config, {}, {}
    command = [str(ROOT / "target/release/tenk"), "bench", "encode", "--json", "--limit", str(args.limit)]
    command += ["--threads", str(args.threads), "--texts", str(args.texts)]
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        paths = export(model, pathlib.Path(folder), work[0])
        exact, quantized = (session(path, args.threads) for path in paths)

        def by(run):
            return lambda ids, mask: run.run(None, {"input_ids": ids, "attention_mask": mask})[0]

        def by_torch(ids, mask):
            out = model(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask))
            return out.last_hidden_state.numpy()

        peers = {"torch f32": by_torch, "onnxruntime f32": by(exact), "onnxruntime int8": by(quantized)}
        reports, peaks = [], []
        for _ in range(args.rounds):
            for name, run in peers.items():
                speed, rows[name] = rate(run, work)
                best[name] = max(best.get(name, 0), speed)
            peaks.append(peak(config.hidden_size, config.intermediate_size))
            reports.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    report = max(reports, key=lambda r: r["f32"])
    best["tenk f32"] = max(r["f32"] for r in reports)
    best["tenk int8"] = max(r["int8"] for r in reports)
    best["candle f32"] = max(r["candle_f32"] for r in reports)
    tokens = sum(int(mask.sum()) for _, mask in work)
    print(f"{len(texts)} texts, {tokens} tokens ({tokens / len(texts):.0f} on the mean), {args.threads} threads, {report['isa']}")
    for name, speed in best.items():
        kind = "int8" if "int8" in name else "f32"
        ratio = speed / best[f"onnxruntime {kind}"]
        print(f"{name:<18} {speed:8.0f} tokens/s   {ratio:5.2f} x onnxruntime {kind}")
    share = flops(work, config.num_hidden_layers, config.hidden_size, config.intermediate_size) / tokens
    print(f"tenk f32 reaches {best['tenk f32'] * share / max(peaks):.2f} of PyTorch's sgemm ({max(peaks) / 1e9:.0f} GFLOP/s)")
    close = (rows["onnxruntime int8"] * rows["torch f32"]).sum(axis=1)
    print(f"cosine to f32: onnxruntime int8 mean {close.mean():.4f} least {close.min():.4f}; "
          f"tenk int8 mean {report['int8_cosine_mean']:.4f} least {report['int8_cosine_min']:.4f}")
    print(f"a query of {report['query_tokens']} tokens: f32 {min(r['f32_query_ms'] for r in reports):.1f} ms, "
          f"int8 {min(r['int8_query_ms'] for r in reports):.1f} ms")


if __name__ == "__main__":
    main()
