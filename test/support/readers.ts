import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parsePlan } from '../../src/plan/parse.ts'
import { secondsOf } from '../../src/plan/duration.ts'
import { parseGateList, readGates } from '../../src/plan/gates.ts'
import { readModelUri } from '../../src/plan/model-uri.ts'
import { readSamples, readSession, SummaryCache } from '../../src/report/session/index.ts'
import { readSystemInfo } from '../../src/report/session/system-info.ts'
import { decoder } from '../../src/services/leases/lease-protocol.ts'
import { ProgressReader } from '../../src/services/leases/worker-progress.ts'
import { readBaselines } from '../../src/session/history/baselines.ts'
import { readPastRuns } from '../../src/session/history/past-runs.ts'
import { readState, recoverSession } from '../../src/session/index.ts'
import { readLock } from '../../src/session/lock/lock-file.ts'
import { parseGpu, parseProcess } from '../../src/telemetry/nvidia-csv.ts'
import { parseListing } from '../../src/host/listed-gpus.ts'
import { toReply } from '../../src/scenario/answers/chat-reply.ts'
import { ReplyReader } from '../../src/scenario/answers/reply-reader.ts'
import { readTranscript } from '../../src/scenario/answers/transcript.ts'

/** Something that reads bytes that may be anybody's. */
export interface Reader {
  name: string
  /** Whole files, from which others are made. */
  seeds: Buffer[]
  /** How many of a thousand inputs are its own. */
  share: number
  /** Reads them; throws what it throws. */
  read(bytes: Buffer): unknown
}

const repository = fileURLToPath(new URL('../..', import.meta.url))

function filesIn(folder: string, pattern: RegExp): Buffer[] {
  const names = readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => pattern.test(name))
    .map((name) => readFileSync(join(repository, folder, name)))
}

/** All readers; `directory` is of a session that is whole, `folder` one in which they may write. */
export function readers(directory: string, folder: string): Reader[] {
  const of = (name: string): Buffer => readFileSync(join(directory, name))
  const session = join(folder, 'RUN_20260101_000000')
  /** A session that has this file and nothing else. */
  const withFile = (name: string, bytes: Buffer): string => {
    rmSync(session, { recursive: true, force: true })
    mkdirSync(session)
    writeFileSync(join(session, name), bytes)
    return session
  }
  const beside = (name: string, bytes: Buffer): string => {
    const path = join(folder, name)
    writeFileSync(path, bytes)
    return path
  }
  const journal = [of('events.jsonl')]
  const text = (value: string): Buffer => Buffer.from(value)
  return [
    {
      name: 'events.jsonl',
      seeds: journal,
      share: 180,
      read: (bytes) => readSession(withFile('events.jsonl', bytes)),
    },
    {
      name: 'events.jsonl of a run that died',
      seeds: journal,
      share: 30,
      read: (bytes) => recoverSession(withFile('events.jsonl', bytes), 'recovery'),
    },
    {
      name: '{domain}.json',
      seeds: [of('llm.json')],
      share: 120,
      read: (bytes) => readSession(withFile('llm.json', bytes)),
    },
    {
      name: 'state.json',
      seeds: [of('state.json')],
      share: 70,
      read: async (bytes) => {
        await readState(withFile('state.json', bytes))
        await readSession(session)
      },
    },
    {
      name: 'state.json of earlier runs',
      seeds: [of('state.json')],
      share: 30,
      read: (bytes) => {
        withFile('state.json', bytes)
        writeFileSync(join(session, 'events.jsonl'), journal[0]!)
        return readPastRuns(folder, 'RUN_20260101_000001', new Set(['llm|sim-a']))
      },
    },
    {
      name: 'a plan',
      seeds: [
        ...filesIn('plans', /\.yaml$/),
        ...filesIn('test/fixtures', /plans[/\\][^/\\]+\.yaml$/),
      ],
      share: 170,
      read: (bytes) => parsePlan(bytes.toString(), 'plan.yaml', { env: {} }),
    },
    {
      name: 'the gates of a plan',
      seeds: [
        text('name: A\ngates: { max_failures: 0, max_wer: 0.1, no_slower_than: baseline 10 % }\n'),
      ],
      share: 40,
      read: (bytes) => readGates(bytes.toString(), 'plan.yaml', {}),
    },
    {
      name: 'JARVIS_GATES',
      seeds: [
        text('max_failures=0,max_wer=0.1,llm:max_ttft=1.5'),
        text('no_slower_than=baseline 10 %'),
      ],
      share: 30,
      read: (bytes) => parseGateList(bytes.toString(), 'JARVIS_GATES'),
    },
    {
      name: 'names of models and durations',
      seeds: [
        text('ollama://qwen2.5:0.5b#num_gpu=0#stream'),
        text('1h30m'),
        text('vllm://Qwen/Qwen2-VL'),
      ],
      share: 40,
      read: (bytes) => [readModelUri(bytes.toString()), secondsOf(bytes.toString())],
    },
    {
      name: 'system_info.yaml',
      seeds: [of('system_info.yaml')],
      share: 60,
      read: (bytes) => readSystemInfo(withFile('system_info.yaml', bytes)),
    },
    {
      name: 'telemetry.csv',
      seeds: [of('telemetry.csv')],
      share: 60,
      read: async (bytes) => {
        for await (const sample of readSamples(withFile('telemetry.csv', bytes))) void sample
      },
    },
    {
      name: 'baselines.json',
      seeds: [
        text(
          '{"schema_version":1,"baselines":{"a":{"session":"RUN_20260101_000000","set_at":"x"}}}',
        ),
      ],
      share: 30,
      read: (bytes) => {
        beside('baselines.json', bytes)
        return readBaselines(folder)
      },
    },
    {
      name: '.summaries.json',
      seeds: [text('{"version":"0.1.0","check":1,"sessions":{"RUN_1":{"files":"","summary":{}}}}')],
      share: 20,
      read: (bytes) => {
        beside('.summaries.json', bytes)
        return SummaryCache.open(folder)
      },
    },
    {
      name: 'run.lock',
      seeds: [text('{"pid":12,"start":"7","host":null,"session":"/a","since":"","nonce":"n"}')],
      share: 20,
      read: (bytes) => readLock(beside('run.lock', bytes)),
    },
    {
      name: 'what a worker sends',
      seeds: [text('{"type":"hello","token":"a"}\n{"type":"progress","tests":[]}\n')],
      share: 20,
      read: (bytes) => decoder(1_000_000)(bytes),
    },
    {
      name: 'what a worker writes down',
      seeds: [
        text(
          'began t1 1700000000000 5000\npassed t1 1700000000000 3\n{"type":"suite","limit":5}\n{"type":"ended","test":"t1","outcomes":[]}\n',
        ),
      ],
      share: 20,
      read: (bytes) => {
        const reader = new ProgressReader(beside('progress', bytes))
        reader.told()
        reader.close()
      },
    },
    {
      name: 'what nvidia-smi prints',
      seeds: [
        text('0, GPU-1, NVIDIA GeForce RTX 5090, 32607, 1450, 12, 0x0000'),
        text('GPU-1, 12, 1450, ollama'),
        text('GPU 0: NVIDIA L4 (UUID: GPU-1)\n  MIG 1g.5gb Device 0: (UUID: MIG-1)\n'),
      ],
      share: 20,
      read: (bytes) => [
        parseGpu(bytes.toString(), 'clocks_event_reasons.active'),
        parseProcess(bytes.toString()),
        parseListing(bytes.toString()),
      ],
    },
    {
      name: 'a reply of a server',
      seeds: [
        text(
          'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\ndata: {"usage":{"completion_tokens":3}}\n\ndata: [DONE]\n\n',
        ),
        text(
          '{"message":{"content":"Hi"},"done":false}\n{"done":true,"eval_count":3,"eval_duration":7}\n',
        ),
        text('{"choices":[{"message":{"content":"<think>a</think>b","tool_calls":[]}}]}'),
      ],
      share: 30,
      read: (bytes) => {
        const reader = new ReplyReader(bytes.length % 2 === 0, [])
        const half = Math.floor(bytes.length / 2)
        reader.take(bytes.subarray(0, half), 0.1)
        reader.take(bytes.subarray(half), 0.2)
        return toReply(reader.end())
      },
    },
    {
      name: 'a transcript',
      seeds: [
        text('{"text":"hello","segments":[{"start":0,"end":1,"text":"hello"}]}'),
        text('WEBVTT\n\n00:00.000 --> 00:01.000\nhello\n'),
      ],
      share: 10,
      read: (bytes) => readTranscript(bytes, 'application/json'),
    },
  ]
}
