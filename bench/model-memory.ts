// What it costs to predict the memory of a model with a large vocabulary, beside a bare read of the same header.
import {
  closeSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { needOf } from '../src/services/memory/need-of.ts'
import { parseModelUri } from '../src/plan/model-uri.ts'
import { ggufHeader, type TensorInput, u32 } from '../test/support/gguf-file.ts'
import { median, shuffled } from './support/numbers.ts'
import { report } from './support/report.ts'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 15)
const SEED = Number(process.env['BENCH_SEED'] ?? 1)
/** As many words as Gemma has, and merges as Qwen has. */
const WORDS = 262_144
const MERGES = 151_387
const LAYERS = 62
const CHUNK_BYTES = 1024 * 1024
const SECONDS_BOUND = 0.2
const RATIO_BOUND = 25

const folder = mkdtempSync(join(tmpdir(), 'jarvis-bench-'))
try {
  const path = join(folder, 'model.gguf')
  writeFileSync(path, header())
  const model = parseModelUri('llamacpp://model.gguf#ctx=8192')
  const ways = {
    predicted: async () => {
      const { bytes } = await needOf(model, { root: folder, env: {} }, { on: 'host', gpuBytes: 0 })
      if (bytes === null) throw new Error('nothing was predicted')
    },
    bare: async () => bare(path),
  }
  type Way = keyof typeof ways
  const taken: Record<Way, number[]> = { predicted: [], bare: [] }
  for (let round = 0; round <= ROUNDS; round++) {
    for (const way of shuffled(Object.keys(ways) as Way[], SEED + round)) {
      const from = process.cpuUsage()
      // oxlint-disable-next-line no-await-in-loop -- one at a time, so that none disturbs another
      await ways[way]()
      // The first of each is not counted.
      const { user, system } = process.cpuUsage(from)
      if (round > 0) taken[way].push((user + system) / 1e6)
    }
  }
  const ratios = taken.predicted.map((seconds, round) => seconds / taken.bare[round]!)
  report('model-memory', {
    seed: SEED,
    measured: [
      {
        name: 'predicted',
        value: median(taken.predicted),
        unit: 's',
        bound: SECONDS_BOUND,
        digits: 4,
      },
      { name: 'bare', value: median(taken.bare), unit: 's', bound: null, digits: 4 },
      { name: 'ratio', value: median(ratios), unit: '×', bound: RATIO_BOUND },
    ],
    notes: [
      `A header of ${(statSync(path).size / 2 ** 20).toFixed(1)} MiB: ${WORDS} words, ${MERGES} merges, ${LAYERS} layers. Bare: the ` +
        `same bytes read a MiB at a time and not looked at. Processor time, medians of ${ROUNDS} rounds.`,
    ],
  })
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function header(): Buffer {
  const list = (count: number, text: string): string[] =>
    Array.from({ length: count }, (_, index) => `${text}${index}`)
  const keys = {
    'general.architecture': 'qwen3',
    'tokenizer.ggml.tokens': list(WORDS, 'word'),
    'tokenizer.ggml.scores': { type: 'f32' as const, list: list(WORDS, '').map(Number) },
    'tokenizer.ggml.merges': list(MERGES, 'a merge of '),
    'qwen3.block_count': u32(LAYERS),
    'qwen3.context_length': u32(131_072),
    'qwen3.embedding_length': u32(5_120),
    'qwen3.attention.head_count': u32(64),
    'qwen3.attention.head_count_kv': u32(8),
  }
  const names = ['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_up', 'ffn_down']
  const tensors = Array.from({ length: LAYERS }, (_, layer) =>
    names.map((name): TensorInput => ({
      name: `blk.${layer}.${name}.weight`,
      dimensions: [5_120, 5_120],
      type: 'q4_0',
    })),
  )
  return ggufHeader(keys, tensors.flat())
}

function bare(path: string): void {
  const file = openSync(path, 'r')
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  while (readSync(file, chunk) > 0) continue
  closeSync(file)
}
