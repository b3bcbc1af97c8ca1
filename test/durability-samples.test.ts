/*
 * A few of each of what `npm run test:durability` tries in full: its counts are in docs/guarantees.md.
 */
import { expect, test, vi } from 'vitest'
import { fuzz } from './support/fuzz.ts'
import { type Deed, disturbEachCall, setClocks } from './support/odd-times.ts'
import { failEachCall, type Mishap, stopAtEachCall } from './support/session-sweep.ts'
import { AT_STAKE_BYTES } from './support/torn-files.ts'
import { diedSession, readTorn, recoverTorn } from './support/torn-sweep.ts'

vi.mock('../src/session/machine/system-info.ts', () => import('./support/known-machine.ts'))

const SEED = Math.trunc(Math.random() * 1e6)
const MISHAPS: Mishap[] = ['ENOSPC', 'EIO', 'EDQUOT', 'EACCES', 'short']
const DEEDS: Deed[] = ['rename the session']
/** Every so many-th call is tried here, from another first one each time. */
const CALLS_STEP = 11
const STOPPED_STEP = 5
const DISTURBED_STEP = 23
const INPUTS = 300
/** A prime, so that offsets fall everywhere in a line. */
const STEP = 4_099

test('a journal that is cut or zero-filled gives what stands before, and is completed from the results', async () => {
  const torn = await diedSession()
  expect(torn.sizeOf('events.jsonl')).toBeGreaterThan(AT_STAKE_BYTES)
  const first = Math.trunc(Math.random() * STEP)
  const [read, recovered] = [
    await readTorn(torn, { step: STEP, first }),
    await recoverTorn(torn, { step: STEP, first }),
  ]
  expect({ first, bad: [...read.bad, ...recovered.bad] }).toEqual({ first, bad: [] })
  expect(recovered.tried).toBeGreaterThan(50)
})

test(`a session that is stopped at any of its file-system calls is completed without loss, seed ${SEED}`, async () => {
  const { tried, bad } = await stopAtEachCall(SEED, STOPPED_STEP)
  expect(bad).toEqual([])
  expect(tried).toBeGreaterThan(10)
})

test.for(MISHAPS)(
  `%s at a file-system call of a session costs nothing that was shown, and is told, seed ${SEED}`,
  async (mishap) => {
    const first = 1 + (SEED % CALLS_STEP)
    for (const isLasting of [false, true]) {
      // oxlint-disable-next-line no-await-in-loop -- one file system
      const { tried, bad } = await failEachCall(SEED, mishap, {
        isLasting,
        step: CALLS_STEP,
        first,
      })
      expect(bad).toEqual([])
      expect(tried).toBeGreaterThan(0)
    }
  },
)

test.skipIf(process.platform === 'win32').for(DEEDS)(
  `to %s at a file-system call of it costs nothing that was shown, seed ${SEED}`,
  async (deed) => {
    const first = 1 + (SEED % DISTURBED_STEP)
    const { tried, bad } = await disturbEachCall(deed, SEED, { step: DISTURBED_STEP, first })
    expect(bad).toEqual([])
    expect(tried).toBeGreaterThan(0)
  },
)

test(`sessions whose clock is set to and fro have all that was shown, seed ${SEED}`, async () => {
  expect((await setClocks(3, SEED)).bad).toEqual([])
})

test(`spoiled files crash no reader, seed ${SEED}`, async () => {
  const { bad, tried } = await fuzz(INPUTS, SEED)
  expect(bad).toEqual([])
  expect(Object.keys(tried).length).toBeGreaterThan(15)
})
