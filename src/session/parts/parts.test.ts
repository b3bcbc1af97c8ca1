import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { eventsOfPart, nameOfPart, writePart } from '../../../test/support/part-sessions.ts'
import type { EventOf } from '../../events/index.ts'
import { checkOf, FIRST_CHECK, seal } from '../journal/check-value.ts'
import { lineBody } from '../journal/journal-line.ts'
import { chosenRun, DividedRuns, runName } from './divided-runs.ts'
import { PartFollower } from './part-follower.ts'

/** A follower, and a clock that a test moves. */
async function followed(logs: string, id?: string) {
  const runs = new DividedRuns(logs)
  const run = chosenRun(await runs.read(), id, 'logs')
  const clock = { seconds: 0 }
  const session = run.attempts.get(1)!.at(-1)!
  const part = new PartFollower(session, 1, () => clock.seconds * 1_000)
  await part.read()
  return { part, clock }
}

test('sessions with one split and one name of their run are one run, the newest attempt of a part last', async () => {
  const logs = temporaryFolder()
  writePart(logs, { second: 1, index: 1, end: 'PASSED' })
  writePart(logs, { second: 2, index: 2, end: 'INTERRUPTED' })
  writePart(logs, { second: 3, index: 2 })
  writePart(logs, { second: 4, index: 1, run: '4712' })
  mkdirSync(join(logs, 'RUN_20261129_120059'))
  const runs = await new DividedRuns(logs).read()
  const shown = runs.map((run) => [
    runName(run),
    run.count,
    [...run.attempts].map(([index, attempts]) => [index, attempts.map(({ name }) => name)]),
  ])
  expect(shown).toEqual([
    [
      'run 4711',
      3,
      [
        [1, [nameOfPart(1)]],
        [2, [nameOfPart(2), nameOfPart(3)]],
      ],
    ],
    ['run 4712', 3, [[1, [nameOfPart(4)]]]],
  ])
})

test('where nobody named the run, a part that passed and begins once more begins another round', async () => {
  const logs = temporaryFolder()
  for (const given of [
    { second: 1, index: 1, end: 'PASSED' },
    { second: 2, index: 2, end: 'FAILED' },
    { second: 3, index: 2, end: 'PASSED' },
    { second: 4, index: 1 },
  ] as const) {
    writePart(logs, { ...given, run: null })
  }
  const runs = await new DividedRuns(logs).read()
  expect(runs.map(({ attempts }) => [...attempts.keys()])).toEqual([[1, 2], [1]])
  expect(chosenRun(runs, undefined, 'logs')).toBe(runs[1])
  expect(chosenRun(runs, 'abcdef', 'logs')).toBe(runs[1])
})

test('a run is named by its scheduler or by the beginning of its digest; what fits several is told', async () => {
  const logs = temporaryFolder()
  writePart(logs, { second: 1, index: 1, run: '4711' })
  writePart(logs, { second: 2, index: 1, run: '4712' })
  writePart(logs, { second: 3, index: 1, run: '4713', digest: 'fedcba9876543210' })
  const runs = await new DividedRuns(logs).read()
  expect([undefined, '4711', 'fedc'].map((id) => chosenRun(runs, id, 'logs').run)).toEqual([
    '4713',
    '4711',
    '4713',
  ])
  expect(() => chosenRun(runs, 'abcd', 'logs')).toThrow(
    '"abcd" fits several runs: run 4712 of split abcdef012345, run 4711 of split abcdef012345. ' +
      'Name one of them by what its scheduler calls it.',
  )
  expect(() => chosenRun(runs, '47', 'logs')).toThrow(
    'No run of a divided plan in logs is called "47", and no digest of a split begins so. There are: run 4713 of split fedcba987654,',
  )
  expect(() => chosenRun([], undefined, 'logs')).toThrow(
    'There is no run of a divided plan in logs: its parts make sessions there once they begin.',
  )
})

test.for([0, 9, -9])(
  'a host is late and dead by what was seen of its files from here, with a clock that is %i hours ahead',
  async (ahead) => {
    const logs = temporaryFolder()
    const directory = writePart(logs, { second: 1, index: 1, ahead })
    const { part, clock } = await followed(logs)
    const lifeAfter = async (seconds: number) => {
      clock.seconds += seconds
      await part.read()
      return part.life
    }
    expect([part.life, await lifeAfter(11), await lifeAfter(2), await lifeAfter(18)]).toEqual([
      'running',
      'running',
      'late',
      'dead',
    ])
    // Its heartbeat: the state is written anew, whatever it says.
    const state = join(directory, 'state.json')
    const text = readFileSync(state)
    rmSync(state)
    writeFileSync(state, Buffer.concat([text, Buffer.from('\n')]))
    expect(await lifeAfter(2)).toBe('running')
    await part.close()
  },
)

test('a part that has ended is neither late nor dead, and goes on where it is resumed', async () => {
  const logs = temporaryFolder()
  const given = { second: 1, index: 1, end: 'INTERRUPTED' } as const
  const directory = writePart(logs, given)
  const { part, clock } = await followed(logs)
  clock.seconds += 3_600
  await part.read()
  expect(part.life).toBe('ended')
  const [first] = eventsOfPart(given)
  const { pid, process_start, host, command } = first as EventOf<'run_started'>
  const goesOn = { part: 2, loadouts: [], kept: 1, again: [], failed: false, changed: [] }
  const resumed = { pid, process_start, host, command, session: nameOfPart(1), ...goesOn }
  const body = lineBody({ type: 'run_resumed', ...resumed }, { seq: 4, time: first!.time })
  const line = `${body.toString()}${seal(checkOf(body, FIRST_CHECK))}\n`
  writeFileSync(join(directory, 'events.2.jsonl'), line)
  await part.read()
  expect([part.life, part.fold.resumed?.part]).toEqual(['running', 2])
  await part.close()
})
