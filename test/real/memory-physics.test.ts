import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { factsOfGguf } from '../../src/memory/gguf/facts-of-gguf.ts'
import { llamaNeed } from '../../src/memory/llama/llama-need.ts'
import { llamaOptionsOf } from '../../src/memory/llama/options-of.ts'
import type { PartName } from '../../src/memory/need.ts'
import { smallModels, writeSmallModel } from '../support/small-models.ts'
import { llamaMemory, type LlamaMemory, type Printed } from './support/llama-memory.ts'
import { pathOf, testOn } from './support/parts.ts'

/** Started side by side. */
const WORKERS = 2
const MIB = 1024 ** 2
/** What the host takes besides: the program's own, and the vocabulary. */
const HOST_MIB = 64
/** Threads of its own, not of the machine: what they take is a part of the process. */
const ALWAYS = ['--fit', 'off', '--cache-ram', '0', '--no-warmup', '--threads', '2']

const contexts = [512, 1_000, 5_000]
const slotsGiven = [null, 1, 3, 4]
const types = [
  ['f16', 'f16'],
  ['q8_0', 'q8_0'],
  ['q4_0', 'q4_0'],
  ['q8_0', 'q4_0'],
] as const

/** What llama-server says of a latent model whose K and V are to be of different types. */
const REFUSED = /does not support different K \(\w+\) and V \(\w+\) cache types/

interface Row {
  model: string
  context: number
  slots: number | null
  typeK: string
  typeV: string
}

testOn(
  ['llama-server'],
  'KV and state of every model, context, number of slots and type are what llama-server prints; its process lies within them',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'jarvis-models-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const program = pathOf('llama-server', 'program')
    const rows = smallModels()
      .map((model) => writeSmallModel(model, folder))
      .flatMap(rowsOf)
    const wrong: string[] = []
    const next = rows.values()
    const work = async (): Promise<void> => {
      for (const row of next) {
        // oxlint-disable-next-line no-await-in-loop -- as many at a time as there are workers
        wrong.push(...(await faultsOf(program, row)))
      }
    }
    await Promise.all(Array.from({ length: WORKERS }, work))
    expect(rows).toHaveLength(9 * 3 * 4 * 4)
    expect(wrong).toEqual([])
  },
)

function rowsOf(model: string): Row[] {
  return contexts.flatMap((context) =>
    slotsGiven.flatMap((slots) =>
      types.map(([typeK, typeV]) => ({ model, context, slots, typeK, typeV })),
    ),
  )
}

/** What is predicted of a start otherwise than it is. */
async function faultsOf(program: string, row: Row): Promise<string[]> {
  const { model, context, slots, typeK, typeV } = row
  const flags = {
    ctx: String(context),
    cache_type_k: typeK,
    cache_type_v: typeV,
    ...(slots !== null && { parallel: String(slots) }),
  }
  const need = llamaNeed(model, await factsOfGguf(model), llamaOptionsOf(flags, {}), { on: 'host' })
  const predicted = (name: PartName): number =>
    (need.parts.find((part) => part.name === name)?.bytes ?? 0) / MIB
  const options = ['--ctx-size', flags.ctx, '--cache-type-k', typeK, '--cache-type-v', typeV]
  const parallel = slots === null ? [] : ['--parallel', String(slots)]
  const start = llamaMemory(program, model, [...ALWAYS, ...options, ...parallel])
  const refused = need.restsOn.find((ground) => ground.includes('llama.cpp refuses'))
  if (refused !== undefined) {
    const ended = await start.then(
      () => 'it is loaded',
      (error: Error) => error.message,
    )
    return REFUSED.test(ended) ? [] : [`${JSON.stringify(row)}: ${refused}, but ${ended}`]
  }
  const seen = await start
  const faults = [
    ...differs('KV', predicted('kv_cache'), seen.kv),
    ...differs('state', predicted('state'), seen.state),
    ...differs('weights', predicted('weights'), seen.weights),
    ...differs('output', predicted('output'), seen.output),
    ...outside(predicted, seen),
  ]
  return faults.map((fault) => `${JSON.stringify(row)}: ${fault}`)
}

/** Each number is printed with two decimals. */
function differs(what: string, mib: number, { mib: printed, lines }: Printed): string[] {
  const isSame = Math.abs(mib - printed) <= 0.005 * lines + 1e-9
  return isSame ? [] : [`${what} of ${mib} MiB is printed as ${printed}`]
}

/** The process lies between what is predicted without and with the buffer for computing, which is touched as it is used. */
function outside(predicted: (name: PartName) => number, seen: LlamaMemory): string[] {
  const least = ['weights', 'kv_cache', 'state', 'output'] as const
  const without = least.reduce((sum, part) => sum + predicted(part), 0)
  const has = seen.process.anonymous + seen.process.file
  const margin = (of: number): number => Math.max(0.05 * of, HOST_MIB)
  const most = without + seen.compute.mib
  const isWithin = has >= without - margin(without) && has <= most + margin(most)
  return isWithin ? [] : [`the process has ${has} MiB, not ${without} to ${most}`]
}
