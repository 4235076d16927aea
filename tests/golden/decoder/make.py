"""Tiny language models as GGUF files, with what the original implementations say of them.

Weights are random, of sixteen bits, so that a reader's precision changes nothing; vocabularies are
trained on the text below. `golden.json` holds, for each family, transformers' scores and greedy
continuation, and the token ids of `tokenizers` (byte-level BPE) or `sentencepiece`.

    pip install torch transformers gguf sentencepiece && python make.py
"""

import io
import json

import gguf
import numpy as np
import sentencepiece
import torch
import transformers
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

TEXT = [
    "Net sales rose 7% to $1,234.5 million in fiscal 2023, from $1,153.8 million in 2022.",
    "We test goodwill for impairment annually; we're not aware of any triggering event.",
    "The company's cash and cash equivalents were held in 12 countries.\n\nSee Note 4.",
    "Operating income, excluding restructuring, didn't change: prices rose, volumes fell.",
] * 8
TRIED = [
    "Net sales of $1,234.5 million  in 2023\n\nWe're sure.",
    "  goodwill WASN'T tested — naïve “café” 12345",
    "x",
]
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
GEMMA = (
    "{{ bos_token }}{% for m in messages %}{{ '<start_of_turn>' + m['role'] + '\n' + m['content'] "
    "+ '<end_of_turn>\n' }}{% endfor %}{{ '<start_of_turn>model\n' }}"
)
GROUPED = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def byte_level(pre):
    """A byte-level BPE of some 300 tokens that cuts words as `pre` does."""
    out = Tokenizer(models.BPE(ignore_merges=pre == "llama-bpe"))
    whole = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    words = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    split = lambda digits: pre_tokenizers.Split(Regex(GROUPED % digits), "isolated")
    steps = {
        "smollm": [pre_tokenizers.Digits(individual_digits=True), words],
        "llama-bpe": [split("{1,3}"), whole],
        "qwen2": [split(""), whole],
    }[pre]
    out.pre_tokenizer = pre_tokenizers.Sequence(steps)
    if pre == "qwen2":
        out.normalizer = normalizers.NFC()
    out.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=304, initial_alphabet=alphabet, special_tokens=CONTROL, show_progress=False
    )
    out.train_from_iterator(TEXT, trainer)
    return out


def write_byte_level(writer, pre):
    own = byte_level(pre)
    model = json.loads(own.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    kinds = [3 if t in CONTROL else 1 for t in tokens]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(m) if isinstance(m, list) else m for m in model["merges"]])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHATML)
    return len(tokens), [[text, own.encode(text, add_special_tokens=False).ids] for text in TRIED]


def write_sentence_piece(writer):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXT), model_writer=model, vocab_size=380, model_type="bpe",
        byte_fallback=True, add_dummy_prefix=False, remove_extra_whitespaces=False,
        normalization_rule_name="identity", pad_id=0, eos_id=1, bos_id=2, unk_id=3,
        control_symbols=["<start_of_turn>", "<end_of_turn>"], minloglevel=2,
    )
    own = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    ids = range(own.get_piece_size())
    kind = lambda i: 2 if own.is_unknown(i) else 3 if own.is_control(i) else 6 if own.is_byte(i) else 1
    writer.add_tokenizer_model("llama")
    writer.add_token_list([own.id_to_piece(i) for i in ids])
    writer.add_token_scores([own.get_score(i) for i in ids])
    writer.add_token_types([kind(i) for i in ids])
    writer.add_bos_token_id(2)
    writer.add_eos_token_id(1)
    writer.add_unk_token_id(3)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(GEMMA)
    return own.get_piece_size(), [[text, [2] + own.encode(text)] for text in TRIED]


def permuted(weight, heads):
    """Rows of a head as llama's files order them: the halves of the rotary pairs interleaved."""
    n = weight.shape[0]
    return weight.reshape(heads, 2, n // heads // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm",
}


def name_of(key, family):
    part, _, kind = key.removeprefix("model.").rpartition(".")
    fixed = {"embed_tokens": "token_embd", "norm": "output_norm", "lm_head": "output"}
    if part in fixed:
        return f"{fixed[part]}.{kind}"
    _, layer, rest = part.split(".", 2)
    gemma = {
        "post_attention_layernorm": "post_attention_norm",
        "pre_feedforward_layernorm": "ffn_norm", "post_feedforward_layernorm": "post_ffw_norm",
    }
    others = {"post_attention_layernorm": "ffn_norm"}
    own = NAMES | (gemma if family == "gemma3" else others)
    return f"blk.{layer}.{own[rest]}.{kind}"


def make(family):
    torch.manual_seed(7)
    heads, kv, dim, hidden, ff, layers = 4, 2, 12, 32, 48, 4 if family == "gemma3" else 2
    writer = gguf.GGUFWriter(f"{family}.gguf", family)
    if family == "gemma3":
        vocab, tokens = write_sentence_piece(writer)
    else:
        vocab, tokens = write_byte_level(writer, {"llama": "llama-bpe", "qwen2": "qwen2", "qwen3": "smollm"}[family])
    shape = dict(
        vocab_size=vocab, hidden_size=hidden, intermediate_size=ff, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=kv, max_position_embeddings=256,
        rms_norm_eps=1e-5,
    )
    writer.add_context_length(256)
    writer.add_embedding_length(hidden)
    writer.add_feed_forward_length(ff)
    writer.add_block_count(layers)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv)
    writer.add_layer_norm_rms_eps(1e-5)
    if family == "llama":
        dim = hidden // heads
        config = transformers.LlamaConfig(**shape, rope_parameters=dict(rope_type="default", rope_theta=1e4), tie_word_embeddings=False)
        writer.add_rope_freq_base(1e4)
    elif family == "qwen2":
        dim = hidden // heads
        config = transformers.Qwen2Config(**shape, rope_parameters=dict(rope_type="default", rope_theta=1e6), tie_word_embeddings=True)
        writer.add_rope_freq_base(1e6)
    elif family == "qwen3":
        config = transformers.Qwen3Config(**shape, head_dim=dim, rope_parameters=dict(rope_type="default", rope_theta=1e6), tie_word_embeddings=True)
        writer.add_rope_freq_base(1e6)
    else:
        kinds = ["sliding_attention", "full_attention"] * 2
        ropes = dict(
            full_attention=dict(rope_type="linear", factor=8.0, rope_theta=1e6),
            sliding_attention=dict(rope_type="default", rope_theta=1e4),
        )
        config = transformers.Gemma3TextConfig(**shape, head_dim=dim, query_pre_attn_scalar=dim, sliding_window=5, layer_types=kinds, rope_parameters=ropes, tie_word_embeddings=True)
        writer.add_rope_freq_base(1e6)
        writer.add_float32("gemma3.rope.local_freq_base", 1e4)
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(8.0)
        writer.add_sliding_window(5)
        writer.add_uint32("gemma3.attention.sliding_window_pattern", 2)
    writer.add_key_length(dim)
    writer.add_value_length(dim)
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager", dtype=torch.float32).eval()
    with torch.no_grad():
        for key, weight in model.named_parameters():
            noise = torch.randn_like(weight) * (0.3 if weight.dim() == 1 else weight.shape[-1] ** -0.5)
            is_gain = key.endswith("norm.weight") and family != "gemma3"
            weight.copy_((noise + (1.0 if is_gain else 0.0)).half().float())
    for key, weight in model.named_parameters():
        data = weight.detach().numpy()
        if family == "gemma3" and key.endswith("norm.weight"):
            data = data + 1
        if family == "llama" and ("q_proj" in key or "k_proj" in key):
            data = permuted(data, heads if "q_proj" in key else kv)
        kept = np.float32 if data.ndim == 1 else np.float16
        writer.add_tensor(name_of(key, family), np.ascontiguousarray(data.astype(kept)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    prompt = [(i * 37 + 11) % (vocab - 8) + 8 for i in range(21)]
    with torch.no_grad():
        scores = model(torch.tensor([prompt])).logits[0, -1].tolist()
        ids = list(prompt)
        for _ in range(12):
            ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
    return dict(
        family=family, tokens=tokens, prompt=prompt,
        scores=[round(x, 5) for x in scores], continuation=ids[len(prompt):],
    )


if __name__ == "__main__":
    golden = [make(family) for family in ("llama", "qwen2", "qwen3", "gemma3")]
    with open("golden.json", "w") as out:
        json.dump(golden, out)
        out.write("\n")
