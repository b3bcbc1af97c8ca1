import { expect, test } from 'vitest'
import { withoutThreads } from '../support/sync-files.ts'
import { AT_STAKE_BYTES } from '../support/torn-files.ts'
import { diedSession, readTorn, recoverTorn } from '../support/torn-sweep.ts'

/** Every so many-th offset; 1 for each. */
const STEP = Number(process.env['JARVIS_SWEEP_STEP'] ?? 1)
/** `2/3`: the second of three parts, each for a process of its own. */
const [part = 1, parts = 1] = (process.env['JARVIS_SWEEP_PART'] ?? '1/1').split('/').map(Number)
const tell = (sentence: string): void => void process.stdout.write(`${sentence}\n`)
const SHARE = { index: part - 1, count: parts }

test(`a journal that is cut or zero-filled at any offset of its last ${AT_STAKE_BYTES} bytes gives what stands before`, async () => {
  const torn = await diedSession()
  expect(torn.sizeOf('events.jsonl')).toBeGreaterThan(AT_STAKE_BYTES)
  withoutThreads()
  const { tried, bad } = await readTorn(torn, { step: STEP, share: SHARE, tell })
  process.stdout.write(`journals read: ${tried} at every ${STEP}, ${bad.length} bad\n`)
  expect(bad).toEqual([])
})

test('a session whose journal or results are cut or zero-filled at any such offset is completed from the other', async () => {
  const torn = await diedSession()
  withoutThreads()
  const { tried, bad } = await recoverTorn(torn, { step: STEP, share: SHARE, tell })
  process.stdout.write(`sessions completed: ${tried} at every ${STEP}, ${bad.length} bad\n`)
  expect(bad).toEqual([])
})
