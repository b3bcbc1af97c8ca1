/*
 * A few of each of what `npm run test:durability` tries in full: its counts are in docs/guarantees.md.
 */
import { expect, test } from 'vitest'
import { AT_STAKE_BYTES } from './support/torn-files.ts'
import { diedSession, readTorn, recoverTorn } from './support/torn-sweep.ts'

/** A prime, so that offsets fall everywhere in a line. */
const STEP = 4_099

test('a journal that is cut or zero-filled gives what stands before, and is completed from the results', async () => {
  const torn = await diedSession()
  expect(torn.sizeOf('events.jsonl')).toBeGreaterThan(AT_STAKE_BYTES)
  const first = Math.trunc(Math.random() * STEP)
  const [read, recovered] = [
    await readTorn(torn, STEP, first),
    await recoverTorn(torn, STEP, first),
  ]
  expect({ first, bad: [...read.bad, ...recovered.bad] }).toEqual({ first, bad: [] })
  expect(recovered.tried).toBeGreaterThan(50)
})
