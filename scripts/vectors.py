"""Writes src/metrics/vectors/*.json from the reference implementations.

python -m venv .venv && .venv/bin/pip install jiwer==4.0.0 whisper-normalizer numpy
.venv/bin/python scripts/vectors.py
"""

import json
import random
from pathlib import Path

import jiwer
import numpy
from whisper_normalizer.basic import BasicTextNormalizer
from whisper_normalizer.english import EnglishTextNormalizer

FOLDER = Path(__file__).parent.parent / "src" / "metrics" / "vectors"

# The examples of jiwer's documentation and tests, then edge cases.
PAIRS = [
    ("hello world", "hello duck"),
    ("hello", "hello"),
    ("this is a test", "this is a test"),
    ("i can spell", "i cant spell"),
    ("i can spell", "i cannot spell very well"),
    ("hello world", "hello beautiful world"),
    ("quite a bit of an longer sentence", "other text"),
    ("short one here", "shoe order one"),
    ("he asked a helpful question", "asked helpful questions for sure"),
    ("can not", "cannot"),
    ("X", "Y"),
    ("X", "X X Y Y"),
    ("X Y Z", ""),
    ("", ""),
    ("", "thank you for watching"),
    ("  spaced   out  ", "spaced out"),
    ("a b c d e f", "b c d e f g"),
    ("a a a b", "b a a a"),
    ("zażółć gęślą jaźń", "zazolc gesla jazn"),
    ("法国的首都是巴黎", "法国的首都是巴黎吗"),
    ("ça va très bien", "ca va tres bien"),
    ("😀 hello", "hello 😀 😀"),
]

ENGLISH = [
    "Hello, World!", "", "   ", "Mr. Smith won't go to St. James's.", "I'm gonna colour the theatre grey.",
    "[music] (laughs) Hmm, uh, it's <unk> fine.", "Let's meet at 10,000 Dr. Brown's house.",
    "twenty one", "twenty-one", "one hundred and one", "two hundred fifty three thousand", "nineteen sixties",
    "one oh one", "double oh seven", "triple five", "ten thousand dollars", "$20 million", "twenty dollars and seven cents",
    "two point five million", "three and a half", "a dog and a half", "one and a half million", "minus twenty degrees",
    "plus one", "positive attitude", "fifty percent", "fifty per cent", "per person", "twenty per person", "percent",
    "the first of may", "the twenty first century", "the hundredth time", "two thousandths", "sixes and sevens",
    "1960s", "274th", "32nd street", "3 and a half", "3.14 and 2.0", "192 point 168 point 0 point 1", "€5.50", "5€ each",
    "one", "ones", "1", "zero", "zero million", "oh my", "double trouble", "double", "and", "point", "point taken", "ten and",
    "five and six", "one two three", "twenty ten", "ninety nine", "forty eleven", "eleven forty", "hundred million",
    "one decillion", "0.5 thousand", "0.123 hundred", "$0.05", "$2 and 7 cents", "cents", "three cents", "nine pounds",
    "minus", "minus the dog", "he'd been there, she's gone, they've got it and I'd go",
    "naïve café œuvre ß Łódź", "YOU CAN'T; we could've, y'all!", "it 's here", "analyse the aluminium centre's programme",
    "e.g. this... and that. And 5.", "A1 b2c 3rd 4 th", "100% of 50 % off", "$ and % and ¢", "1,234,567.89", "2,3 and a, b",
    "co-operate - well – done — ok", "twentieths", "thirtieth birthday", "fortieths and fiftieth", "seven hundredths",
    "twelve thousand three hundred forty five", "two million and five", "nineteen eighty four", "two thousand twenty six",
    "twenty twenty six", "one hundred twenty third", "fifth", "third three", "zeroth", "one first", "twenty sixes",
    "point five", "zero point zero five", "five point", "five point two percent", "minus five point two", "+5 -3",
    "the o in oh", "3 million dollars", "half a million", "five hundred million dollars", "1s and 0s", "x 1 y", "ＡＢＣ １２",
]

BASIC = [
    "  Zażółć, (laughs) GĘŚLĄ [noise] jaźń!  ", "C'est déjà l'été…", "你好，世界！", "ﬁne ① ½", "e\u0301te\u0301", "ß Œuvre Ø Łódź",
    "<b>bold</b> text", "नमस्ते दुनिया", "สวัสดี", "a_b-c.d", "", "10,5 %", "¡Hola! ¿Qué tal?", "İstanbul",
]

NUMBER_WORDS = (
    "zero oh one two nine ten twelve nineteen twenty thirty ninety hundred thousand million and point double triple "
    "minus plus dollars cents percent per cent first third fifth twentieth hundredth thousands sixes 5 12 3.5 dog cat"
).split()


def error_rates():
    rng = random.Random(7)
    letters = ["a", "b", "c", "d"]
    drawn = [
        (" ".join(rng.choices(letters, k=rng.randint(1, 12))), " ".join(rng.choices(letters, k=rng.randint(0, 12))))
        for _ in range(120)
    ]
    for reference, hypothesis in PAIRS + drawn:
        words = jiwer.process_words(reference, hypothesis)
        chars = jiwer.process_characters(reference, hypothesis)
        yield {
            "reference": reference,
            "hypothesis": hypothesis,
            "wer": [words.wer, words.hits, words.substitutions, words.deletions, words.insertions],
            "cer": [chars.cer, chars.hits, chars.substitutions, chars.deletions, chars.insertions],
        }


def normalised():
    rng = random.Random(11)
    english, basic = EnglishTextNormalizer(), BasicTextNormalizer()
    plain = BasicTextNormalizer(remove_diacritics=True)
    drawn = [" ".join(rng.choices(NUMBER_WORDS, k=rng.randint(2, 7))) for _ in range(400)]
    pairs = []
    for text in ENGLISH + drawn:
        try:
            pairs.append([text, english(text).strip()])
        except (AssertionError, TypeError):
            pass  # The reference itself fails on some odd sequences.
    return {
        "english": pairs,
        "basic": [[text, basic(text).strip()] for text in BASIC],
        "basic-no-diacritics": [[text, plain(text).strip()] for text in BASIC],
    }


def latencies():
    """calculate_metrics of vLLM's vllm/benchmarks/serve.py, for one request at a time."""
    rng = random.Random(3)
    for _ in range(25):
        tokens = rng.randint(1, 40)
        ttft = rng.uniform(0.01, 2)
        itl = [rng.uniform(0.001, 0.2) for _ in range(tokens - 1)]
        latency = ttft + sum(itl) + rng.uniform(0, 0.01)
        chunks = [ttft]
        for gap in itl:
            chunks.append(chunks[-1] + gap)
        tpot = (latency - ttft) / (tokens - 1) if tokens > 1 else None
        yield {
            "chunks": chunks,
            "end": latency,
            "output_tokens": tokens,
            "ttft": ttft,
            "tpot": tpot,
            "itl_mean": float(numpy.mean(itl)) if itl else None,
            "itl_p50": float(numpy.percentile(itl, 50)) if itl else None,
            "itl_p99": float(numpy.percentile(itl, 99)) if itl else None,
        }


def spreads():
    rng = random.Random(5)
    for n in [1, 2, 3, 5, 10, 37]:
        values = [rng.gauss(10, 3) for _ in range(n)]
        yield {
            "values": values,
            "mean": float(numpy.mean(values)),
            "median": float(numpy.median(values)),
            "std": float(numpy.std(values, ddof=1)) if n > 1 else None,
            "p90": float(numpy.percentile(values, 90)),
            "p95": float(numpy.percentile(values, 95)),
            "p99": float(numpy.percentile(values, 99)),
        }


def pass_at_k(n, c, k):
    """The reference code of Chen et al. 2021, figure 3."""
    if n - c < k:
        return 1.0
    return 1.0 - float(numpy.prod(1.0 - k / numpy.arange(n - c + 1, n + 1)))


def write(name, value):
    text = json.dumps(value, ensure_ascii=False, indent=2)
    (FOLDER / name).write_text(text + "\n", encoding="utf-8")


FOLDER.mkdir(parents=True, exist_ok=True)
write("error-rates.json", list(error_rates()))
write("normalisers.json", normalised())
write("latencies.json", list(latencies()))
write("distributions.json", list(spreads()))
write("pass-at-k.json", [[n, c, k, pass_at_k(n, c, k)] for n in [1, 3, 10] for c in range(n + 1) for k in [1, 2, 3] if k <= n])
