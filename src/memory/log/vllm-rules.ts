import type { LoadDraft } from './load-draft.ts'
import type { Rule } from './rules.ts'
import { bytesIn, countOf } from './sizes.ts'
import type { PartName } from '../need.ts'

/** Tokens of a block where nothing else is said. */
const BLOCK = 16
const GIB = String.raw`(-?[\d.]+) ?Gi?B`
/** `(VllmWorkerProcess pid=521)`, `(VllmWorker rank=1 pid=9)`, `(Worker_TP1 pid=448)`, `(EngineCore_DP0 pid=72)`. */
const WORKER = /\((VllmWorker\w*|RayW\w+|Worker\w*|EngineCore\w*)(?: rank=(\d+))?(?: pid=(\d+))?/

/** Lines of vLLM, V0 and V1. */
export const vllmRules: readonly Rule[] = [
  {
    has: 'Initializing a',
    pattern: /Initializing an? (?:V[01] )?LLM engine \(v([^)]+)\) with config: (.*)/,
    read: ([, version, config], loads) => {
      const load = loads.begin()
      load.engine = 'vllm'
      load.facts.version = version!
      configured(config!, load)
    },
  },
  {
    has: 'oading ',
    pattern: new RegExp(String.raw`(?:Loading model weights|Model loading) took ${GIB}`),
    read: ([, size], loads, line) => {
      const { now } = loads
      // It was at its cache already: it has been started again.
      const load = now.facts.kvRest !== null && now.has('weights', 'buffers') ? loads.begin() : now
      load.engine = 'vllm'
      load.put('buffers', 'weights', workerOf(line), bytesIn(size!, 'G'))
    },
  },
  {
    has: 'total_gpu_memory',
    pattern: /gpu_memory_utilization \(([\d.]+)\) =/,
    read: ([, share], { now }) => void (now.facts.utilization = Number(share)),
  },
  {
    has: 'gpu_memory_utilization',
    pattern: /\] gpu_memory_utilization\s+([\d.]+)/,
    read: ([, share], { now }) => void (now.facts.utilization = Number(share)),
  },
  {
    has: 'model weights take',
    pattern: /model weights take/,
    read: (_, { now }, line) => profiled(now, line),
  },
  {
    has: 'non_torch_memory',
    pattern: /non_torch_memory/,
    read: (_, { now }, line) => profiled(now, line),
  },
  {
    has: 'PyTorch activation peak memory',
    pattern: /PyTorch activation peak memory/,
    read: (_, { now }, line) => profiled(now, line),
  },
  {
    has: 'Desired GPU memory utilization is',
    pattern: /Desired GPU memory utilization is \(([\d.]+), [\d.]+ GiB\)\. (.*)/,
    read: ([, share, usage], { now }, line) => {
      now.facts.utilization = Number(share)
      actual(usage!, workerOf(line), now)
    },
  },
  left('Available KV cache memory', String.raw`Available KV cache memory: ${GIB}`),
  left('available_kv_cache_memory', String.raw`available_kv_cache_memory\s+${GIB}`),
  left('memory for KV Cache', String.raw`reserved ${GIB} memory for KV Cache`),
  left(
    'GiB for KV cache',
    String.raw`(?:Auto|Explicitly) set \(([\d.]+)/[\d.]+\) GiB for KV cache`,
  ),
  {
    has: 'KV cache size: ',
    pattern: /KV cache size: ([\d,]+) tokens/,
    read: ([, tokens], { now }, line) => {
      holds(now, countOf(tokens))
      concurrent(now, line)
    },
  },
  {
    has: 'Maximum concurrency for',
    pattern: /Maximum concurrency/,
    read: (_, { now }, line) => concurrent(now, line),
  },
  {
    has: ' blocks: ',
    pattern: /# (?:GPU|cuda|CUDA) blocks: (\d+)/,
    read: ([, blocks], { now }) => holds(now, Number(blocks) * BLOCK),
  },
  {
    has: 'Estimated CUDA graph memory',
    pattern: new RegExp(String.raw`Estimated CUDA graph memory: ${GIB}`),
    read: ([, size], { now }) => void (now.facts.graphsGuess = bytesIn(size!, 'G')),
  },
  {
    has: 'The current --gpu-memory-utilization=',
    pattern: /current --gpu-memory-utilization=([\d.]+)/,
    read: ([, share], { now }) => void (now.facts.utilization = Number(share)),
  },
  {
    has: 'raph capturing finished',
    pattern: new RegExp(String.raw`Graph capturing finished in [\d.]+ secs?, took ${GIB}`),
    read: ([, size], { now }, line) =>
      now.put('buffers', 'graphs', workerOf(line), bytesIn(size!, 'G')),
  },
]

/** What was left for the cache of a worker. */
function left(has: string, pattern: string): Rule {
  return {
    has,
    pattern: new RegExp(pattern),
    read: ([, size], { now }, line) => {
      const bytes = bytesIn(size!, 'G')
      if (bytes === null) return
      now.engine = 'vllm'
      const { kvRest } = now.facts
      now.facts.kvRest = kvRest === null ? bytes : Math.min(kvRest, bytes)
      now.put('buffers', 'kv_cache', workerOf(line), bytes)
    },
  }
}

/** V0's profile, on one line or on a line each. */
function profiled(load: LoadDraft, line: string): void {
  const worker = workerOf(line)
  const bytes = (name: string): number | null =>
    bytesIn(new RegExp(String.raw`${name}(?: takes?)?\s+${GIB}`).exec(line)?.[1] ?? '-', 'G')
  load.engine = 'vllm'
  const parts: [PartName, string][] = [
    ['weights', 'model weights'],
    ['overhead', 'non_torch_memory'],
    ['compute', 'PyTorch activation peak memory'],
  ]
  for (const [part, name] of parts) load.put('summary', part, worker, bytes(name))
  const rest = bytes('the rest of the memory reserved for KV Cache is')
  if (rest === null) return
  const { kvRest } = load.facts
  load.facts.kvRest = kvRest === null ? rest : Math.min(kvRest, rest)
  load.put('buffers', 'kv_cache', worker, rest)
}

/** What V1 adds up once its graphs are there: `14.9 GiB for weight, 1.2 GiB for peak activation, …`. */
function actual(usage: string, worker: string | null, load: LoadDraft): void {
  const bytes = (what: string): number | null =>
    bytesIn(new RegExp(String.raw`${GIB} for ${what}`).exec(usage)?.[1] ?? '-', 'G')
  load.engine = 'vllm'
  load.put('summary', 'weights', worker, bytes('weight'))
  load.put('summary', 'compute', worker, bytes('peak activation'))
  load.put('summary', 'overhead', worker, bytes('non-torch memory'))
  load.put('summary', 'graphs', worker, bytes('CUDAGraph memory'))
}

function holds(load: LoadDraft, tokens: number | null): void {
  if (tokens === null || !Number.isSafeInteger(tokens)) return
  load.engine = 'vllm'
  const { facts } = load
  facts.kvTokens = facts.kvTokens === null ? tokens : Math.min(facts.kvTokens, tokens)
}

function concurrent({ facts }: LoadDraft, line: string): void {
  const [, tokens, times] =
    /Maximum concurrency for ([\d,]+) tokens per request: ([\d.]+)x/.exec(line) ?? []
  const count = countOf(tokens)
  if (count === null || !Number.isFinite(Number(times))) return
  facts.concurrency = { tokens: count, times: Number(times) }
  facts.context ??= count
}

function configured(config: string, { facts }: LoadDraft): void {
  const value = (name: string): string | undefined =>
    new RegExp(`(?:^|[ {])${name}=(?:'([^']*)'|([^,\\s]+))`).exec(config)?.slice(1).find(Boolean)
  facts.model = value('model') ?? null
  facts.context = countOf(value('max_seq_len'))
  facts.quantisation =
    known(value('quantization')) ?? known(value('dtype'))?.replace('torch.', '') ?? null
  const type = value('kv_cache_dtype')
  if (type !== undefined) facts.kvTypes = { k: type, v: type }
}

function known(value: string | undefined): string | undefined {
  return value === undefined || value === 'None' ? undefined : value
}

/** Null where the line is of the process that started the others. */
function workerOf(line: string): string | null {
  const [, name, rank, pid] = WORKER.exec(line) ?? []
  if (name === undefined) return null
  if (rank !== undefined) return `${name} ${rank}`
  return /\d$/.test(name) || pid === undefined || name === 'EngineCore' ? name : `${name} ${pid}`
}
