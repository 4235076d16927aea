"""Writes eval.json: random judgements and rankings with the values of pytrec_eval.

    pip install pytrec_eval-terrier && python eval.py > eval.json
"""

import json
import random

import pytrec_eval

random.seed(7)
MEASURES = {
    "ndcg@5": "ndcg_cut_5", "ndcg@10": "ndcg_cut_10", "ndcg@100": "ndcg_cut_100",
    "recall@1": "recall_1", "recall@5": "recall_5", "recall@10": "recall_10", "recall@20": "recall_20",
    "precision@1": "P_1", "precision@10": "P_10",
    "map@10": "map_cut_10", "map@100": "map_cut_100", "mrr@1000": "recip_rank",
}
qrels, run = {}, {}
for q in range(48):
    items = [f"d{i}" for i in range(random.choice([5, 30, 150]))]
    judged = random.sample(items, random.randint(1, len(items)))
    # Some queries have nothing relevant, some several grades.
    qrels[f"q{q}"] = {d: random.choice([0, 0, 0, 1, 1, 2, 3]) if q % 7 else 0 for d in judged}
    if q % 11:
        found = random.sample(items, random.randint(1, len(items)))
        run[f"q{q}"] = {d: float(len(found) - i) for i, d in enumerate(found)}

names = set(MEASURES.values())
asked = {"ndcg_cut.5,10,100", "recall.1,5,10,20", "P.1,10", "map_cut.10,100", "recip_rank"}
found = pytrec_eval.RelevanceEvaluator(qrels, asked).evaluate(run)
values = {ours: {q: found[q][theirs] for q in found} for ours, theirs in MEASURES.items()}
ranked = {q: sorted(items, key=items.get, reverse=True) for q, items in run.items()}
print(json.dumps({"qrels": qrels, "run": ranked, "values": values}))
