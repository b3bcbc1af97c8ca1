import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { BadReply } from '../../src/scenario/answers/bad-reply.ts'
import { JarvisError } from '../../src/errors.ts'
import type { ScenarioResult } from '../../src/events/index.ts'
import { ended, sessionOptions, started } from '../fixtures/session/kit.ts'
import { openSession } from '../../src/session/index.ts'
import { mutated } from './mutate.ts'
import { randomFrom } from './random.ts'
import { type Reader, readers } from './readers.ts'

/** Time of the processor that one input may cost: none has a reason to take a hundredth of it. */
const MOST_CPU_MS = 10_000
/** How much larger the memory of the process may be than it was, whatever was read. */
const MOST_MORE_BYTES = 1024 ** 3
/** Shares of readers add up to this. */
const THOUSAND = 1_000

export interface Fuzzed {
  /** Inputs of each reader. */
  tried: Record<string, number>
  bad: string[]
  /** Inputs that were refused in a sentence. */
  refused: number
  slowestMs: number
}

/** Reads `count` files that chance has spoiled with all readers, each of its share. The same seed gives the same files. */
export async function fuzz(count: number, seed: number): Promise<Fuzzed> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'jarvis-fuzz-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const all = readers(await wholeSession(join(folder, 'seeds')), folder)
  const fuzzed: Fuzzed = { tried: {}, bad: [], refused: 0, slowestMs: 0 }
  const before = process.memoryUsage().rss
  for (const [index, reader] of all.entries()) {
    const inputs = Math.max(1, Math.ceil((count * reader.share) / THOUSAND))
    for (let input = 0; input < inputs; input += 1) {
      const own = seed + index * 1_000_003 + input
      // oxlint-disable-next-line no-await-in-loop -- one folder, and the time of each counts
      await readOne(reader, own, fuzzed)
    }
    fuzzed.tried[reader.name] = inputs
    const more = process.memoryUsage().rss - before
    if (more > MOST_MORE_BYTES) fuzzed.bad.push(`${reader.name}: ${more} bytes more of memory`)
  }
  return fuzzed
}

async function readOne(reader: Reader, seed: number, fuzzed: Fuzzed): Promise<void> {
  const bytes = mutated(reader.seeds, randomFrom(seed))
  const begun = process.cpuUsage()
  try {
    await reader.read(bytes)
  } catch (error) {
    const isSentence = error instanceof JarvisError || error instanceof BadReply
    if (isSentence) fuzzed.refused += 1
    else fuzzed.bad.push(`${reader.name}, seed ${seed}: ${(error as Error).stack ?? String(error)}`)
  }
  const { user, system } = process.cpuUsage(begun)
  const took = (user + system) / 1_000
  fuzzed.slowestMs = Math.max(fuzzed.slowestMs, took)
  if (took > MOST_CPU_MS) fuzzed.bad.push(`${reader.name}, seed ${seed}: ${took} ms`)
}

/** A session with something of each kind in its files. */
async function wholeSession(logs: string): Promise<string> {
  const session = await openSession(sessionOptions(logs))
  session.record({ type: 'domain_started', domain: 'llm' })
  for (const number of [1, 2, 3]) {
    session.record(started(number))
    session.record(ended(number, number === 2 ? FAILED : {}))
  }
  session.record({
    type: 'sample',
    gpus: [
      {
        index: 0,
        name: 'NVIDIA GeForce RTX 5090',
        vram_used: 1.4,
        vram_total: 31.8,
        utilization: 0.12,
        throttled: false,
      },
    ],
    stale: false,
    interval: 1,
    cpu: 0.2,
    ram_used: 3.1,
    ram_total: 31,
    swap_used: 0,
  })
  await session.systemInfoWritten
  await session.close({ status: 'FAILED' })
  return session.directory
}

const FAILED: Partial<ScenarioResult> = {
  status: 'FAILED',
  errors: [{ message: 'expected 1 to be 2', stack: '    at a.ts:1:1', expected: '2', actual: '1' }],
  logs: [{ service: 'sim', file: 'svc_llm_a.log', from: 0, to: 10 }],
}
