import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/fixtures/session/kit.ts'
import { nameOfPart, type PartGiven, writePart } from '../../test/support/part-sessions.ts'
import type { HostsView, PartView } from '../dashboard/hosts/types.ts'
import { newsOfParts } from './watch-run-news.ts'
import { watchRun } from './watch-run.ts'

/** Watches written sessions until all parts are over. */
async function watched(...given: PartGiven[]) {
  const cwd = temporaryFolder()
  for (const each of given) writePart(`${cwd}/logs`, each)
  const told: string[] = []
  const seen: HostsView[] = []
  const terminal = { cwd, env: {}, write: () => {}, colors: false }
  const code = await watchRun(undefined, terminal, () =>
    Promise.resolve({
      show: () => {},
      tell: (_level, sentence) => void told.push(sentence),
      end: (view) => void seen.push(view),
    }),
  )
  return { code, told, parts: seen[0]!.parts }
}

test('three parts that have passed are a run that has passed', async () => {
  const { code, told, parts } = await watched(
    { second: 1, index: 1, end: 'PASSED' },
    { second: 2, index: 3, end: 'PASSED' },
    { second: 3, index: 2, end: 'PASSED' },
  )
  expect(code).toBe(0)
  expect(parts.map(({ life, host }) => [life, host])).toEqual(Array(3).fill(['ended', 'far']))
  expect(told).toEqual([
    `Part 1 of 3 on far is ${nameOfPart(1)}`,
    `Part 2 of 3 on far is ${nameOfPart(3)}`,
    `Part 3 of 3 on far is ${nameOfPart(2)}`,
  ])
})

test('one that has not passed makes the exit code 1, unless a later attempt of it has', async () => {
  const rest: PartGiven[] = [
    { second: 1, index: 1, end: 'PASSED' },
    { second: 2, index: 2, end: 'INTERRUPTED' },
    { second: 3, index: 3, end: 'PASSED' },
  ]
  expect((await watched(...rest)).code).toBe(1)
  const { code, told } = await watched(...rest, { second: 4, index: 2, end: 'PASSED' })
  expect(code).toBe(0)
  expect(told).toContain(`Part 2 of 3 on far is ${nameOfPart(4)}, attempt 2`)
})

test('what changes is told once: who is late, dead, goes on, and has begun', () => {
  const told: string[] = []
  const news = newsOfParts((level, sentence) => void told.push(`${level} ${sentence}`))
  const part = (index: number, life: PartView['life'], silentFor = 0): PartView => {
    const session = life === 'waiting' ? null : `/logs/RUN_${index}`
    const host = session === null ? null : `node${index}`
    return { index, host, session, life, silentFor, attempt: 1, fold: null, sample: null }
  }
  const show = (...parts: PartView[]): void => news({ name: 'run 1', parts })
  show(part(1, 'running'), part(2, 'waiting'), part(3, 'waiting'), part(4, 'waiting'))
  show(part(1, 'late', 13), part(2, 'waiting'), part(3, 'running'), part(4, 'waiting'))
  show(part(1, 'running'), part(2, 'waiting'), part(3, 'running'), part(4, 'waiting'))
  expect(told).toEqual([
    'INFO Part 1 of 4 on node1 is RUN_1',
    'INFO Parts 2 to 4 of 4: not begun',
    'WARN Part 1 of 4 on node1 is late: nothing was written for 13 s',
    'INFO Part 3 of 4 on node3 has begun: RUN_3',
    'INFO Part 1 of 4 on node1 goes on',
  ])
})
