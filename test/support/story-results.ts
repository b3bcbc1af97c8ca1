import type { Domain, KnownDomain } from '../../src/events/domain.ts'
import type { ScenarioResult } from '../../src/events/index.ts'

/** A loadout as events name it. */
export interface StoryLoadout {
  domain: Domain
  loadout: string
  models: string[]
}

/** The loadouts of the run of the story, in the order of its plan. */
export const STORY_LOADOUTS: readonly (StoryLoadout & { domain: KnownDomain })[] = [
  { domain: 'llm', loadout: 'ollama-qwen2.5-0.5b', models: ['ollama://qwen2.5:0.5b'] },
  {
    domain: 'llm',
    loadout: 'ollama-qwen2.5-0.5b-stream',
    models: ['ollama://qwen2.5:0.5b#stream'],
  },
  { domain: 'vlm', loadout: 'vllm-tiny', models: ['vllm://acme/tiny-vl'] },
  { domain: 'stt', loadout: 'native-whisper', models: ['native://whisper'] },
  { domain: 'tts', loadout: 'native-voice', models: ['native://voice'] },
  {
    domain: 'sts',
    loadout: 'native-whisper_ollama-qwen2.5-0.5b_native-voice',
    models: ['native://whisper', 'ollama://qwen2.5:0.5b', 'native://voice'],
  },
]

/** A result of a scenario `stem > test`; what is not given is as of one that passed and measured nothing. */
export function storyResult(
  { domain, loadout, models }: StoryLoadout,
  name: string,
  changes: Partial<ScenarioResult> = {},
): ScenarioResult {
  const [stem = name, test = stem] = name.split(/ > (.*)/s)
  const repeat = changes.repeat ?? 0
  return {
    schema_version: 1,
    id: [domain, models.join(' + '), stem, test, repeat].join('|'),
    name,
    file: `scenarios/${domain}/${stem}.scenario.ts`,
    domain,
    loadout,
    models,
    status: 'PASSED',
    started_at: '2026-02-16T23:12:09.300+01:00',
    duration: 1.5,
    setup_time: 3.1,
    cold: false,
    retries: 0,
    repeat,
    metrics: {},
    vram_prior: 1,
    vram_loaded: 3.5,
    vram_peak: 4,
    input_text: null,
    output_text: null,
    input_file: null,
    output_file: null,
    attachments: [],
    errors: [],
    logs: [],
    flags: [],
    ...changes,
  }
}

const reply = (seconds: number, tokens: number): ScenarioResult['metrics'] => ({
  ttft: seconds / 8,
  e2el: seconds,
  tps: tokens / seconds,
  itl: [0.02, 0.03, 0.025],
  itl_mean: 0.025,
  output_tokens: tokens,
  tokens_source: 'usage',
})

/** The bytes of one of the lines that the log of {@link storyLog} holds, the first being 0. */
function logLine(index: number, line: number): ScenarioResult['logs'][number] {
  const { service, log: file } = serviceOf(STORY_LOADOUTS[index]!, index)
  const lines = storyLog.split('\n').map((text) => Buffer.byteLength(text) + 1)
  const from = lines.slice(0, line).reduce((sum, bytes) => sum + bytes, 0)
  return { service, file, from, to: from + (lines[line] ?? 0) }
}

/** Names of the logs of the story's services. */
export function storyLogNames(): string[] {
  return STORY_LOADOUTS.map((loadout, index) => serviceOf(loadout, index).log)
}

/** What every service of the story wrote. */
export const storyLog: string = [
  '2026-02-16 23:12:06 INFO loading model',
  '2026-02-16 23:12:09 INFO POST /v1/chat/completions 200 0.80s',
  '2026-02-16 23:12:10 WARN KV cache is nearly full \u{1F914}',
  '2026-02-16 23:12:11 INFO POST /v1/chat/completions 200 0.90s',
  '',
].join('\n')

/** The results of a loadout: every status, repeats, a retry, own measures, files, flags, lines of logs. */
export function storyResults(index: number): ScenarioResult[] {
  const loadout = STORY_LOADOUTS[index]!
  const result = (name: string, changes?: Partial<ScenarioResult>): ScenarioResult =>
    storyResult(loadout, name, changes)
  switch (loadout.domain) {
    case 'llm':
      return [
        result('english_std > greets back', {
          cold: true,
          metrics: reply(0.8 + index * 0.2, 96),
          input_text: 'Hello!',
          output_text: 'Good morning, how can I help you today?',
          logs: [logLine(index, 1)],
        }),
        result('arithmetic > 17 + 25', {
          status: 'FAILED',
          duration: 0.92,
          metrics: { ...reply(0.9, 4), match: 0.5 },
          input_text: 'What is 17 + 25?',
          output_text: '43',
          errors: [
            {
              message: 'expected "43" to be "42"',
              stack: 'AssertionError: …\n    at scenarios/llm/arithmetic.scenario.ts:9:3',
              expected: '42',
              actual: '43',
            },
          ],
          logs: [logLine(index, 2)],
          flags: ['cpu_offload'],
        }),
        ...[0, 1, 2].map((repeat) =>
          result('consistency', {
            repeat,
            duration: 1 + repeat / 10,
            metrics: { e2el: 1 + repeat / 10, output_tokens: 12, warmth: 0.5 + repeat / 10 },
            measures: { warmth: { title: 'Warmth', unit: '0–1', better: 'higher' } },
            output_text: 'one two three four',
            status: repeat === 1 ? 'FAILED' : 'PASSED',
            errors: repeat === 1 ? [{ message: 'said something else' }] : [],
          }),
        ),
        result('flaky', { retries: 1, metrics: reply(1.2, 30) }),
        result('long_context', { status: 'SKIPPED', duration: null, started_at: null, cold: null }),
      ]
    case 'vlm':
      return [
        result('colours > names the colour', {
          metrics: reply(1.1, 8),
          input_text: 'Which colour is this?',
          input_file: 'attachments/colours-red.png',
          output_text: 'Red.',
          attachments: [
            { name: 'red.png', type: 'image/png', file: 'attachments/colours-red.png' },
          ],
        }),
      ]
    case 'stt':
      return [
        result('english_std', {
          metrics: { stt_time: 0.4, wer: 0.1, wer_counts: [1, 0, 0, 9] },
          input_file: 'attachments/english_std-recording.wav',
          output_text: 'the quick brown fox jumps over a lazy dog today',
        }),
      ]
    case 'tts':
      return [
        result('greeting', {
          metrics: { tts_time: 0.25, ttfa: 0.1, audio_seconds: 1, rtf: 0.25, rtfx: 4 },
          input_text: 'Good morning.',
          output_file: 'attachments/greeting-speech.wav',
          attachments: [
            { name: 'speech', type: 'audio/wav', file: 'attachments/greeting-speech.wav' },
          ],
        }),
      ]
    case 'sts':
      return [
        result('home_command', {
          status: 'MISSING',
          duration: null,
          errors: [{ message: NOT_INSTALLED }],
        }),
      ]
  }
}

/** Why the last loadout does not come up. */
export const NOT_INSTALLED = 'native://whisper is not installed here: run pip install whisper'

/** The service of a loadout, as `service_spawned` has it. */
export function serviceOf({ domain, models }: StoryLoadout, index: number) {
  const [model = ''] = models
  const [engine = ''] = model.split(':')
  const service = domain === 'llm' ? 'qwen' : `${domain}-server`
  const start = index === 1 ? '231222' : '231206'
  return {
    service,
    engine,
    model,
    pid: 90_000 + index,
    process_start: 'gone',
    port: 11_434 + index,
    log: `svc_${domain}_${service}_20260216_${start}.log`,
    command: `${engine} serve`,
  }
}
