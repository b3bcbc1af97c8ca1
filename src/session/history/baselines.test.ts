import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { initialState } from '../projections/state.ts'
import { baselineDirectory, readBaselines, removeBaseline, setBaseline } from './baselines.ts'

const FIRST = 'RUN_20260216_231205'
const SECOND = 'RUN_20260217_231205'

test('a baseline is a name for a session, until it is set anew or removed', async () => {
  const logs = temporaryFolder()
  expect([...(await readBaselines(logs))]).toEqual([])
  await setBaseline(logs, 'default', FIRST)
  await setBaseline(logs, 'before-driver', FIRST)
  await setBaseline(logs, 'default', SECOND)
  const named = [...(await readBaselines(logs))].map(([name, { session }]) => [name, session])
  expect(named).toEqual([
    ['before-driver', FIRST],
    ['default', SECOND],
  ])
  expect(await removeBaseline(logs, 'default')).toBe(true)
  expect(await removeBaseline(logs, 'default')).toBe(false)
  expect((await readBaselines(logs)).has('before-driver')).toBe(true)
})

test.each(['', 'a b', '../x', 'latest', 'baseline', '__proto__', FIRST, 'x'.repeat(65)])(
  '%j cannot be the name of a baseline',
  async (name) => {
    await expect(setBaseline(temporaryFolder(), name, FIRST)).rejects.toThrow('cannot be the name')
  },
)

test('a baseline cannot lead out of the folder of sessions', async () => {
  const logs = temporaryFolder()
  const text = '{"schema_version":1,"baselines":{"x":{"session":"../../etc","set_at":""}}}'
  writeFileSync(join(logs, 'baselines.json'), text)
  await expect(readBaselines(logs)).rejects.toThrow('it does not hold baselines')
})

test('what is named is a baseline, else the name of a session, else a path to one', async () => {
  const logs = temporaryFolder()
  await setBaseline(logs, 'v1', FIRST)
  expect(await baselineDirectory(logs, 'v1', '/')).toBe(join(logs, FIRST))
  expect(await baselineDirectory(logs, SECOND, '/')).toBe(join(logs, SECOND))
  const elsewhere = temporaryFolder()
  expect(await baselineDirectory(logs, elsewhere, '/')).toBeNull()
  writeFileSync(join(elsewhere, 'state.json'), JSON.stringify(initialState('elsewhere')))
  expect(await baselineDirectory(logs, '.', elsewhere)).toBe(elsewhere)
})
