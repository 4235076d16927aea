"""tenk's training beside sentence-transformers' on the same pairs, weights and settings: pairs a second
and peak memory.

    pip install torch sentence-transformers datasets accelerate
    cargo build --release
    python benches/peers/train.py train.jsonl                  # {"question", "context"} or pairs
    python benches/peers/train.py train.jsonl --equal 64       # every text cut or filled to 64 tokens

Both train the bundled model with Matryoshka (384, 256, 128, 64) around multiple negatives ranking,
batches of 32, AdamW, f32, two threads; `--steps` steps each, the first few not counted, in turns over
`--rounds` rounds, and the best round of each counts: the machines are noisy. Every trainer runs in a
process of its own, whose largest resident set is its peak memory."""

import argparse
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "assets/models/bge-small-en-v1.5"
TENK = ROOT / "target/release/tenk"
BATCH, LENGTH, DIMS, SKIPPED = 32, 256, [384, 256, 128, 64], 5


def read(path, limit):
    rows = []
    for line in open(path):
        row = json.loads(line)
        rows.append((row.get("anchor") or row["question"], row.get("positive") or row["context"]))
    return rows[:limit]


def equal(rows, tokens):
    """Rows whose texts all have `tokens` tokens, special ones included."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(MODEL)

    def cut(text):
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        ids = (ids * (1 + tokens // max(1, len(ids))))[: tokens - 2]
        return tokenizer.decode(ids)

    def length(text):
        return len(tokenizer(text)["input_ids"])

    cut_rows = ((cut(a), cut(p)) for a, p in rows)
    return [(a, p) for a, p in cut_rows if length(a) == tokens == length(p)]


def peer(data, steps, threads):
    """Trains with sentence-transformers in this process; prints pairs a second and MiB."""
    import time

    import torch
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer
    from sentence_transformers import SentenceTransformerTrainingArguments
    from sentence_transformers.losses import MatryoshkaLoss, MultipleNegativesRankingLoss
    from transformers import TrainerCallback

    torch.set_num_threads(threads)
    model = SentenceTransformer(str(MODEL), device="cpu", model_kwargs={"torch_dtype": torch.float32})
    model.max_seq_length = LENGTH
    rows = [json.loads(line) for line in open(data)]
    dataset = Dataset.from_list([{"anchor": r["anchor"], "positive": r["positive"]} for r in rows])

    class Clock(TrainerCallback):
        def on_step_end(self, args, state, control, **_):
            if state.global_step == SKIPPED:
                self.began = time.perf_counter()
            if state.global_step == steps:
                self.seconds = time.perf_counter() - self.began

    clock = Clock()
    arguments = SentenceTransformerTrainingArguments(
        output_dir=tempfile.mkdtemp(),
        per_device_train_batch_size=BATCH,
        max_steps=steps,
        learning_rate=2e-5,
        weight_decay=0.0,
        batch_sampler="no_duplicates",
        report_to="none",
        save_strategy="no",
        disable_tqdm=True,
        logging_steps=1000,
        use_cpu=True,
        seed=42,
    )
    loss = MatryoshkaLoss(model, MultipleNegativesRankingLoss(model), DIMS)
    SentenceTransformerTrainer(
        model=model, args=arguments, train_dataset=dataset, loss=loss, callbacks=[clock]
    ).train()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([(steps - SKIPPED) * BATCH / clock.seconds, peak]))


def ours(data, steps, threads, home):
    """The same with tenk; the clock of its events."""
    command = [TENK, "train", "--data", data, "--home", home, "--name", "bench", "--restart"]
    command += ["--no-prompt", "--dev-share", "0", "--weight-decay", "0", "--max-steps", str(steps)]
    command += ["--matryoshka", ",".join(map(str, DIMS)), "--batch", str(BATCH)]
    command += ["--max-tokens", str(LENGTH), "--threads", str(threads), "--json"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    events = [json.loads(line) for line in out.splitlines()]
    subprocess.run([TENK, "models", "remove", "bench", "--home", home], capture_output=True, check=True)
    seconds = {e["step"]: e["seconds"] for e in events if e.get("event") == "step"}
    peak = next(e["peak_mb"] for e in events if e.get("event") == "ended")
    return [(steps - SKIPPED) * BATCH / (seconds[steps] - seconds[SKIPPED]), peak]


def theirs(data, steps, threads):
    command = [sys.executable, __file__, data, "--peer", "--steps", str(steps), "--threads", str(threads)]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("--equal", type=int)
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peer", action="store_true")
    args = parser.parse_args()
    if args.peer:
        return peer(args.data, args.steps, args.threads)
    rows = read(args.data, (args.steps + 2) * BATCH * (2 if args.equal else 1))
    rows = equal(rows, args.equal) if args.equal else rows
    with tempfile.TemporaryDirectory() as folder:
        data = str(pathlib.Path(folder) / "pairs.jsonl")
        with open(data, "w") as out:
            for anchor, positive in rows:
                out.write(json.dumps({"anchor": anchor, "positive": positive}) + "\n")
        mine, peers = [], []
        for number in range(args.rounds):
            mine.append(ours(data, args.steps, args.threads, folder + "/home"))
            peers.append(theirs(data, args.steps, args.threads))
            print(f"round {number}: tenk {mine[-1][0]:.2f}, sentence-transformers {peers[-1][0]:.2f} pairs/s")
    fast, slow = max(mine)[0], max(peers)[0]
    print(f"{len(rows)} pairs; best rounds: {fast:.2f} and {slow:.2f} pairs/s, ratio {fast / slow:.2f}")
    print(f"peak memory: tenk {max(m for _, m in mine):.0f} MiB, sentence-transformers "
          f"{max(m for _, m in peers):.0f} MiB")


if __name__ == "__main__":
    main()
