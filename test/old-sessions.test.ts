import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { jarvis } from './support/commands.ts'

const SESSIONS = fileURLToPath(new URL('fixtures/sessions', import.meta.url))
const COMMANDS_MS = 240_000
/** Those that every command reads in `npm test`. */
const SAMPLES = new Set(['repeats', 'cut-off'])

/** What each session of `fixtures/sessions` is, and what it holds, counted by hand. */
const fixtures = {
  whole: ['whole', { PASSED: 6 }],
  repeats: ['whole', { PASSED: 4, FAILED: 4, MISSING: 3, SKIPPED: 2 }],
  died: ['died', { PASSED: 4, INTERRUPTED: 1 }],
  unfinished: ['died', { PASSED: 4, INTERRUPTED: 1 }],
  cancelled: ['cancelled', { PASSED: 4, INTERRUPTED: 5 }],
  'cut-off': ['cut_off', { PASSED: 4 }],
  edited: ['damaged', { PASSED: 5, FAILED: 3, MISSING: 3, SKIPPED: 2 }],
  'results-only': ['results_only', { PASSED: 4 }],
} as const

/** Every way to read SESSION; `report` last, as it adds files. */
const readings = [
  ['list'],
  ['list', '--json'],
  ['show', 'SESSION'],
  ['show', 'SESSION', '--failed'],
  ['show', 'SESSION', '--json'],
  ['export', 'SESSION'],
  ['export', 'SESSION', '--format', 'jsonl'],
  ['check', 'SESSION', '--max-failures', '0'],
  ['compare', 'WHOLE', 'SESSION'],
  ['compare', 'WHOLE', 'SESSION', '--json'],
  ['trend', 'ttft'],
  ['trend', 'duration', '--json'],
  ['report', 'SESSION', '--json'],
]

describe.for(Object.entries(fixtures))(
  'a session of an older version: %s',
  ([name, [verdict, counts]]) => {
    const tags = SAMPLES.has(name) ? [] : ['long']
    test('every command reads it, and none crashes', { timeout: COMMANDS_MS, tags }, async () => {
      const { logs, session, whole } = copied(name)
      for (const reading of readings) {
        const args = reading.map((word) =>
          word === 'SESSION' ? session : word === 'WHOLE' ? whole : word,
        )
        // oxlint-disable-next-line no-await-in-loop -- as a person would
        const said = await jarvis(logs, ...args)
        const command = args.join(' ')
        expect([0, 1, 2], command).toContain(said.code)
        expect(said.stdout + said.stderr, command).not.toMatch(/^\s+at .*:\d+:\d+|\w+Error:? /m)
        // What could not run says why, in one sentence after the other.
        expect(said.code === 2 ? said.stderr : 'Nothing.\n', command).toMatch(/^\S.*[.\w]\n$/)
      }
    })

    test('it is told what it is, and its results are told as they are', async () => {
      const { logs, session } = copied(name)
      const shown = JSON.parse((await jarvis(logs, 'show', session, '--json')).stdout) as {
        judgement: { verdict: string }
        counts: Record<string, number>
        results: { status: string }[]
      }
      expect(shown.judgement.verdict).toBe(verdict)
      expect(statusCounts(shown.results)).toEqual(counts)
      const told = Object.entries(shown.counts).filter(([, count]) => count > 0)
      expect(
        Object.fromEntries(told.map(([status, count]) => [status.toUpperCase(), count])),
      ).toEqual(counts)
      const exported = (await jarvis(logs, 'export', session, '--format', 'jsonl')).stdout
      const rows = exported.trimEnd().split('\n')
      expect(statusCounts(rows.map((row) => JSON.parse(row) as { status: string }))).toEqual(counts)
    })
  },
)

/** A `logs/` of its own with a session and the one that was whole. */
function copied(name: string): { logs: string; session: string; whole: string } {
  const logs = mkdtempSync(join(tmpdir(), 'jarvis-old-'))
  onTestFinished(() => rmSync(logs, { recursive: true, force: true }))
  const copy = (fixture: string): string => {
    cpSync(join(SESSIONS, fixture), logs, { recursive: true })
    return readdirSync(join(SESSIONS, fixture))[0]!
  }
  return { logs, whole: copy('whole'), session: copy(name) }
}

function statusCounts(results: readonly { status: string }[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status } of results) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
