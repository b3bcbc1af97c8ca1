"""Makes a tiny Qwen2 of random weights, with a tokenizer of 1,000 tokens and a chat template: python tiny-qwen2.py FOLDER

It says nonsense, but through all of an engine: loading, prefill, decoding, streaming, counting.
"""

import sys

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

VOCABULARY = 1_000
CONTEXT = 2_048
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TEXT = [
    "The quick brown fox jumps over the lazy dog, and the sea is blue under a wide sky.",
    "What is the capital of France? Paris is the capital of France.",
    "Count the numbers from one to twenty: one, two, three, four, five, six, seven, eight, nine, ten.",
    "Write a short story about a robot that learns to listen, to see and to speak.",
]

folder = sys.argv[1]
torch.manual_seed(7)
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(
    vocab_size=VOCABULARY,
    special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
    initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
)
tokenizer.train_from_iterator(TEXT * 50, trainer)
fast = PreTrainedTokenizerFast(
    tokenizer_object=tokenizer,
    eos_token="<|im_end|>",
    pad_token="<|endoftext|>",
    model_max_length=CONTEXT,
    clean_up_tokenization_spaces=False,
)
fast.chat_template = TEMPLATE
fast.save_pretrained(folder)
config = Qwen2Config(
    vocab_size=VOCABULARY,
    hidden_size=256,
    intermediate_size=512,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=CONTEXT,
    bos_token_id=None,
    eos_token_id=fast.convert_tokens_to_ids("<|im_end|>"),
    pad_token_id=fast.convert_tokens_to_ids("<|endoftext|>"),
    tie_word_embeddings=True,
)
Qwen2ForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
