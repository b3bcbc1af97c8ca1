/** Which direction is an improvement; null where neither is. */
export type Better = 'lower' | 'higher' | null

/** What one number means. Everything that shows a number reads its title, unit and direction here. */
export interface Metric {
  /** As rows and files carry it. */
  key: string
  title: string
  /** `s`, `1/s`, `GB`, `0–1`, `tokens`, or `1` for a plain ratio. */
  unit: string
  better: Better
  definition: string
  /** Whose definition it is; null where there is no standard one. */
  source: string | null
}

const catalogue = [
  metric('ttft', 'TTFT', 's', 'lower', {
    definition: 'Request sent → first content chunk. Streaming only',
    source: 'AIPerf ttft_metric.py; vLLM benchmarks/serve.py',
  }),
  metric('ttfo', 'TTFO', 's', 'lower', {
    definition: 'Request sent → first text that is not reasoning. Streaming only',
    source: 'GuideLLM request_stats.py',
  }),
  metric('e2el', 'E2E latency', 's', 'lower', {
    definition:
      'Request sent → last chunk that carries a choice; a late usage or [DONE] does not count. Batch: body complete',
    source: 'vLLM benchmarks/serve.py',
  }),
  metric('tpot', 'TPOT', 's', 'lower', {
    definition:
      '(e2el − ttft) / (output_tokens − 1), from two tokens on, where content came in two reads or more',
    source: 'vLLM calculate_metrics',
  }),
  metric('itl', 'ITL', 's', 'lower', {
    definition:
      'Gaps between streamed chunks, a list; chunks of one read are one. Not TPOT when a chunk holds several tokens',
    source: 'vLLM docs/benchmarking/cli.md',
  }),
  metric('itl_mean', 'ITL mean', 's', 'lower', {
    definition: 'Arithmetic mean of itl',
    source: 'vLLM calculate_metrics',
  }),
  metric('itl_p50', 'ITL p50', 's', 'lower', {
    definition: 'Median of itl',
    source: 'vLLM calculate_metrics',
  }),
  metric('itl_p99', 'ITL p99', 's', 'lower', {
    definition: '99th percentile of itl, interpolated',
    source: 'vLLM calculate_metrics',
  }),
  metric('tps', 'Output tok/s', '1/s', 'higher', {
    definition: 'output_tokens / e2el of one request',
    source: 'GuideLLM request_stats.py',
  }),
  metric('decode_tps', 'Decode tok/s', '1/s', 'higher', {
    definition: "The engine's own count of generated tokens over its own generation time",
    source: 'Ollama docs/api.md eval_count / eval_duration; llama.cpp timings.predicted_per_second',
  }),
  metric('prompt_tps', 'Prefill tok/s', '1/s', 'higher', {
    definition: "The engine's own count of prompt tokens over its own prompt time",
    source:
      'Ollama docs/api.md prompt_eval_count / prompt_eval_duration; llama.cpp timings.prompt_per_second',
  }),
  metric('load_time', 'Model load', 's', 'lower', {
    definition: "The engine's own load duration, or start → ready",
    source: 'Ollama docs/api.md load_duration',
  }),
  metric('prompt_tokens', 'Prompt tokens', 'tokens', null, {
    definition:
      "Tokens of the prompt by the server's usage, else by the engine's own count; 0 is no count",
    source: 'OpenAI API usage',
  }),
  metric('output_tokens', 'Output tokens', 'tokens', null, {
    definition:
      'Tokens of the reply; tokens_source says whose count it is: usage, engine, chunks. 0 is no count where text came',
    source: 'OpenAI API usage',
  }),
  metric('wps', 'Words/s', '1/s', 'higher', {
    definition: 'Words of the output / e2el',
    source: null,
  }),
  metric('cps', 'Chars/s', '1/s', 'higher', {
    definition: 'Characters (code points) of the output / e2el',
    source: null,
  }),
  metric('match', 'Match', '0–1', 'higher', {
    definition: '1 − normalised Levenshtein distance to the expected text, after the normaliser',
    source: 'Levenshtein 1966',
  }),
  metric('wer', 'WER', '1', 'lower', {
    definition: '(S + D + I) / (S + D + H) over words; a total pools the counts',
    source: 'jiwer 4',
  }),
  metric('cer', 'CER', '1', 'lower', {
    definition: '(S + D + I) / (S + D + H) over characters; a total pools the counts',
    source: 'jiwer 4',
  }),
  metric('wer_counts', 'WER S, D, I, H', '1', null, {
    definition: 'Words substituted, deleted, inserted and hit, a list',
    source: 'jiwer 4',
  }),
  metric('cer_counts', 'CER S, D, I, H', '1', null, {
    definition: 'Characters substituted, deleted, inserted and hit, a list',
    source: 'jiwer 4',
  }),
  metric('rtf', 'RTF', '1', 'lower', {
    definition: 'Processing seconds / audio seconds',
    source: 'Open ASR leaderboard',
  }),
  metric('rtfx', 'RTFx', '1', 'higher', {
    definition: 'Σ audio seconds / Σ processing seconds',
    source: 'Open ASR leaderboard',
  }),
  metric('ttfa', 'TTFA', 's', 'lower', {
    definition:
      'Text sent → first byte of audio that is not header; in speech-to-speech from the end of the input',
    source: null,
  }),
  metric('audio_seconds', 'Audio', 's', null, {
    definition:
      'Decoded samples / sample rate, not what a header claims; audio_reason says why there is none',
    source: "ffmpeg's decoders as reference",
  }),
  metric('tts_wer', 'TTS WER', '1', 'lower', {
    definition: 'WER of a transcription of what was spoken; the recogniser is stored',
    source: 'seed-tts-eval',
  }),
  metric('tts_cer', 'TTS CER', '1', 'lower', {
    definition: 'CER of a transcription of what was spoken; the recogniser is stored',
    source: 'seed-tts-eval',
  }),
  metric('tts_wer_counts', 'TTS WER S, D, I, H', '1', null, {
    definition: 'Words of tts_wer substituted, deleted, inserted and hit, a list',
    source: 'jiwer 4',
  }),
  metric('tts_cer_counts', 'TTS CER S, D, I, H', '1', null, {
    definition: 'Characters of tts_cer substituted, deleted, inserted and hit, a list',
    source: 'jiwer 4',
  }),
  metric('stt_time', 'STT', 's', 'lower', {
    definition: 'Audio sent → transcription complete',
    source: null,
  }),
  metric('llm_time', 'LLM', 's', 'lower', {
    definition: 'Transcription sent → reply complete, the middle stage of speech-to-speech',
    source: null,
  }),
  metric('tts_time', 'TTS', 's', 'lower', {
    definition: 'Text sent → audio complete',
    source: null,
  }),
  metric('vram_prior', 'VRAM prior', 'GB', null, {
    definition: 'Device memory in use before the loadout started',
    source: null,
  }),
  metric('vram_loaded', 'VRAM loaded', 'GB', 'lower', {
    definition: 'Device memory in use after the model was ready and warm',
    source: null,
  }),
  metric('vram_peak', 'VRAM peak', 'GB', 'lower', {
    definition: 'Highest sample while the scenario ran; the sampling interval is stored',
    source: null,
  }),
  metric('vram_after', 'VRAM after', 'GB', 'lower', {
    definition: 'Device memory in use after the loadout was stopped',
    source: null,
  }),
  metric('setup_time', 'Setup', 's', 'lower', {
    definition: 'Start → ready and warm',
    source: null,
  }),
  metric('cleanup_time', 'Cleanup', 's', 'lower', {
    definition: 'Stop asked → processes gone and memory returned',
    source: null,
  }),
]

/** Every metric there is, in the order in which tables show them. */
export const metrics: readonly Metric[] = catalogue

/** The key of a metric. */
export type MetricKey = (typeof catalogue)[number]['key']

const byKey = new Map(metrics.map((one) => [one.key, one]))

/** The metric of that key; undefined for one that a scenario declared for itself. */
export function metricOf(key: string): Metric | undefined {
  return byKey.get(key)
}

function metric<Key extends string>(
  key: Key,
  title: string,
  unit: string,
  better: Better,
  rest: Pick<Metric, 'definition' | 'source'>,
): Metric & { key: Key } {
  return { key, title, unit, better, ...rest }
}
