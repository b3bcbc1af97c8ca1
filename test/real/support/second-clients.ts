import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a client has measured of one request, in seconds. */
export interface Times {
  ttft: number
  tpot: number
  e2el: number
}

/** Where a client finds what it asks for, and what it may write. */
export interface Place {
  url: string
  model: string
  /** A folder with a tokenizer: that of another model counts otherwise, and no number here rests on it. */
  tokenizer: string
  /** One prompt a line, in the words of all of them. */
  prompts: string
  count: number
  folder: string
}

/** Another client that measures what a server of OpenAI's protocol does, one request after the other. */
export interface SecondClient {
  name: string
  /** The part of the stack that it is of, and what it is there. */
  part: string
  program: string
  args(place: Place): string[]
  read(place: Place): Times[]
}

const MAX_TOKENS = 48

/** A file of prompts that each of the clients reads. */
export function writePrompts(path: string, prompts: readonly string[]): void {
  const lines = prompts.map((prompt) => JSON.stringify({ prompt, text: prompt }))
  writeFileSync(path, `${lines.join('\n')}\n`)
}

export const secondClients: readonly SecondClient[] = [
  {
    name: 'vllm bench serve',
    part: 'vllm',
    program: 'program',
    args: ({ url, model, tokenizer, prompts, count, folder }) => [
      'bench',
      'serve',
      ...options({
        backend: 'openai-chat',
        endpoint: '/v1/chat/completions',
        'base-url': url,
        model,
        tokenizer,
        'dataset-name': 'custom',
        'dataset-path': prompts,
        'skip-chat-template': true,
        'custom-output-len': MAX_TOKENS,
        'num-prompts': count,
        'num-warmups': 1,
        'disable-shuffle': true,
        'no-oversample': true,
        'max-concurrency': 1,
        temperature: 0,
        'extra-body': '{"seed":0}',
        'disable-tqdm': true,
        'save-result': true,
        'save-detailed': true,
        'result-dir': folder,
        'result-filename': 'vllm.json',
      }),
    ],
    read({ folder }) {
      const told = json(join(folder, 'vllm.json')) as {
        ttfts: number[]
        latencies: number[]
        output_lens: number[]
      }
      return told.ttfts.map((ttft, index) => {
        const e2el = told.latencies[index]!
        return { ttft, tpot: (e2el - ttft) / (told.output_lens[index]! - 1), e2el }
      })
    },
  },
  {
    name: 'GuideLLM',
    part: 'clients',
    program: 'guidellm',
    args: ({ url, model, tokenizer, prompts, count, folder }) => {
      const body = { temperature: 0, seed: 0, max_tokens: MAX_TOKENS }
      const backend = { kind: 'openai_http', target: url, model, extras: { body } }
      return [
        'run',
        ...options({
          backend: JSON.stringify(backend),
          profile: 'kind=synchronous',
          constraint: `kind=max_requests,count=${count}`,
          data: `kind=json_file,path=${prompts}`,
          tokenizer: JSON.stringify({ kind: 'huggingface_auto', model: tokenizer }),
          output: `kind=json,path=${join(folder, 'guidellm.json')}`,
          'disable-console': true,
        }),
      ]
    },
    read({ folder }) {
      interface Request {
        request_start_time: number
        time_to_first_token_ms: number
        inter_token_latency_ms: number
        request_latency: number
      }
      const told = json(join(folder, 'guidellm.json')) as {
        benchmarks: { requests: { successful: Request[] } }[]
      }
      const all = told.benchmarks[0]!.requests.successful
      const inOrder = all.toSorted((a, b) => a.request_start_time - b.request_start_time)
      return inOrder.map((request) => ({
        ttft: request.time_to_first_token_ms / 1_000,
        tpot: request.inter_token_latency_ms / 1_000,
        e2el: request.request_latency,
      }))
    },
  },
  {
    name: 'AIPerf',
    part: 'clients',
    program: 'aiperf',
    args: ({ url, model, tokenizer, prompts, count, folder }) => [
      'profile',
      ...options({
        url,
        model,
        tokenizer,
        'endpoint-type': 'chat',
        streaming: true,
        'use-server-token-count': true,
        concurrency: 1,
        'request-count': count,
        'warmup-request-count': 1,
        'input-file': prompts,
        'custom-dataset-type': 'single_turn',
        'dataset-sampling-strategy': 'sequential',
        'extra-inputs': [`max_tokens:${MAX_TOKENS}`, 'temperature:0', 'seed:0'],
        'output-artifact-dir': join(folder, 'aiperf'),
        'export-level': 'records',
        'ui-type': 'none',
        'no-server-metrics': true,
        'no-gpu-telemetry': true,
        'workers-max': 1,
      }),
    ],
    read({ folder }) {
      interface Value {
        value: number
      }
      interface Line {
        metadata: { benchmark_phase: string }
        metrics: Record<'time_to_first_token' | 'inter_token_latency' | 'request_latency', Value>
      }
      const text = readFileSync(join(folder, 'aiperf', 'profile_export.jsonl'), 'utf8').trimEnd()
      const lines = text.split('\n').map((line) => JSON.parse(line) as Line)
      const own = lines.filter(({ metadata }) => metadata.benchmark_phase === 'profiling')
      return own.map(({ metrics }) => ({
        ttft: metrics.time_to_first_token.value / 1_000,
        tpot: metrics.inter_token_latency.value / 1_000,
        e2el: metrics.request_latency.value / 1_000,
      }))
    },
  },
]

function json(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}

type Option = string | number | true

/** Options of a command line by their names; several values are the option several times. */
function options(all: Record<string, Option | Option[]>): string[] {
  return Object.entries(all).flatMap(([name, values]) =>
    [values].flat().flatMap((value) => [`--${name}`, ...(value === true ? [] : [String(value)])]),
  )
}
