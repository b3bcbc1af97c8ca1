import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { initialState } from './state.ts'
import { readState, StateFile } from './state-file.ts'

test('a state that several want to have written at once is written by one after the other', async () => {
  const directory = temporaryFolder()
  const faults: unknown[] = []
  const state = initialState('RUN_20260216_231205')
  const file = new StateFile(
    directory,
    () => state,
    (error) => faults.push(error),
  )
  for (let round = 1; round <= 20; round += 1) {
    state.action = `round ${round}`
    file.touch()
    // oxlint-disable-next-line no-await-in-loop -- several in each round
    await Promise.all([file.flush(), file.flush(), Promise.resolve().then(() => file.flush())])
    // oxlint-disable-next-line no-await-in-loop -- see above
    expect(await readState(directory)).toMatchObject({ action: `round ${round}` })
  }
  state.action = 'the last'
  await Promise.all([file.flush(), file.close()])
  file.touch()
  expect(faults).toEqual([])
  expect(readdirSync(directory)).toEqual(['state.json'])
  expect(await readState(directory)).toMatchObject({ action: 'the last' })
})
