"""Tokens a second of llama.cpp on the file that `tenk bench generate` measures, beside it.

    pip install llama-cpp-python && python generate.py MODEL.gguf TENK -L corpora

Both read prompts of about 450 tokens and answer one conversation, on as many threads; the two take
turns, and each turn waits up to a minute for a machine that does nothing else: threads that wait awake
for one that was put off are slowed out of proportion.
"""

import json
import os
import subprocess
import sys
import time

from llama_cpp import Llama

path, tenk = sys.argv[1:3]
threads = os.cpu_count()
model = Llama(path, n_ctx=2048, n_threads=threads, n_threads_batch=threads, verbose=False)
text = "The company's net sales rose because of higher prices and a stronger mix of products. " * 30
tokens = model.tokenize(text.encode(), add_bos=False)[:450]


def wait_for_quiet():
    def times():
        numbers = [int(x) for x in open("/proc/stat").readline().split()[1:]]
        return sum(numbers), numbers[3] + numbers[4]

    end = time.monotonic() + 60
    while os.path.exists("/proc/stat") and time.monotonic() < end:
        (all_before, idle_before), _ = times(), time.sleep(0.3)
        all_now, idle_now = times()
        if idle_now - idle_before > 0.92 * (all_now - all_before):
            return


def llama():
    model.reset()
    begun = time.perf_counter()
    model.eval(tokens)
    reading = time.perf_counter() - begun
    begun = time.perf_counter()
    for token in tokens[:64]:
        model.eval([token])
    return len(tokens) / reading, 64 / (time.perf_counter() - begun)


def ours():
    run = [tenk, "bench", "generate", "--model", path, *sys.argv[3:], "--json"]
    out = json.loads(subprocess.run(run, capture_output=True, check=True, text=True).stdout)
    return out["prompt_tokens_a_second"], out["answer_tokens_a_second_alone"], out["answer_tokens_a_second_of_many"]


best = {"llama.cpp": [0, 0], "tenk": [0, 0, 0]}
for _ in range(3):
    for name, measure in (("llama.cpp", llama), ("tenk", ours)):
        wait_for_quiet()
        best[name] = [max(a, b) for a, b in zip(best[name], measure())]
print(json.dumps({"threads": threads, "prompt, answer alone, answers of many (tokens/s)": best}))
