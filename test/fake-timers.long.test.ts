// @module-tag long
import { describe, expect, test } from 'vitest'
import { createProject } from './support/project.ts'
import { type Ended, run } from './support/run.ts'

const TIMEOUT_MS = 120_000

const HANGING = ['sim-small-ttft-0.1-fault-hang-2', 'cli-stuck']

/** What the scenarios of a file made of it, as lines. */
function rowsOf({ session }: Ended, stem: string): string[] {
  return session!
    .results('llm')
    .filter(({ name }) => name.startsWith(`${stem} > `))
    .map(({ loadout, name, status, errors }) => {
      const why = errors.map(({ message }) => message.replaceAll(/\s+/gu, ' ')).join(' | ')
      return `${loadout} ${name}: ${status} ${why}`.trimEnd()
    })
}

describe.for(['forks', 'threads'])('fake timers in a scenario, with the pool %s', (pool) => {
  test(
    'its requests are measured, given up and recorded in real time',
    { timeout: TIMEOUT_MS },
    async () => {
      const before = Date.now()
      const ended = await run(createProject('clocks'), { args: [`--pool=${pool}`] })
      const measured = rowsOf(ended, 'measured')
      expect(measured.filter((row) => !row.endsWith(': PASSED'))).toEqual([])
      expect(measured).toHaveLength(3 * (pool === 'threads' ? 12 : 11))
      const rows = ended.session!.results('llm')
      for (const { name, started_at, duration, metrics } of rows) {
        // Without a test file's own clock: what is of the year 2000 there, or took no time, was measured by it.
        expect(Date.parse(started_at ?? ''), name).toBeGreaterThanOrEqual(before - 1_000)
        expect(metrics['e2el'] ?? 1, name).toBeGreaterThan(0.09)
        expect(duration, name).toBeLessThan(5)
      }
      const hanging = rows.filter(({ name }) => name.startsWith('hanging > is given up'))
      expect(hanging.map(({ loadout }) => loadout).toSorted()).toHaveLength(4)
      for (const { status, errors, duration } of hanging) {
        expect(status).toBe('FAILED')
        expect(duration).toBeGreaterThan(1.7)
        expect(errors.map(({ message }) => message).join('\n')).toMatch(
          /had not finished after 1\.\d\d s, when the request was given up: the time limit of the test is 2 s/,
        )
      }
      const rest = rowsOf(ended, 'hanging').filter((row) => row.includes('needs no service'))
      expect(rest).toEqual(
        HANGING.map((loadout) => `${loadout} hanging > needs no service: PASSED`),
      )
    },
  )
})
