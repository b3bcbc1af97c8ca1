import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ended, sessionOptions, temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { openSession } from '../index.ts'
import { ownProcess } from '../lock/own-process.ts'
import { initialState, type SessionState } from '../projections/state.ts'
import { setBaseline } from './baselines.ts'
import { pinSession, unpinSession } from './pin.ts'
import { megabytes, prune, prunedSentence, whyNotRenamed } from './prune.ts'
import { planPruning, type Retention } from './prune-plan.ts'

const DAY_MS = 86_400_000
const NOW = new Date(2026, 5, 15, 12)
const EVERYTHING: Retention = { keep: 1, keepPartial: 1, days: null }

/** A session directory of its own files, so many days old. */
function session(logs: string, daysOld: number, changes: Partial<SessionState> = {}): string {
  const start = new Date(NOW.getTime() - daysOld * DAY_MS)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${start.getFullYear()}${two(start.getMonth() + 1)}${two(start.getDate())}`
  const name = `RUN_${day}_120000`
  const directory = join(logs, name)
  mkdirSync(join(directory, 'attachments'), { recursive: true })
  writeFileSync(join(directory, 'events.jsonl'), 'x'.repeat(1024))
  writeFileSync(join(directory, 'attachments/a.bin'), 'x'.repeat(1024))
  const run = { status: 'ended', pid: 1, process_start: 'gone', started_at: start.toISOString() }
  const state = { ...initialState(name), ...run, ...changes }
  writeFileSync(join(directory, 'state.json'), JSON.stringify(state))
  return name
}

async function removable(logs: string, retention: Partial<Retention> = {}): Promise<string[]> {
  const plan = await planPruning(logs, { ...EVERYTHING, ...retention }, NOW)
  return plan.remove.map(({ name }) => name)
}

test('whole-plan and partial runs are counted each on their own, and the newest of each stays', async () => {
  const logs = temporaryFolder()
  const plans = [1, 2, 3, 4].map((days) => session(logs, days))
  const parts = [5, 6, 7].map((days) => session(logs, days, { kind: 'partial' }))
  expect(await removable(logs, { keep: 2, keepPartial: 1 })).toEqual([
    plans[2],
    plans[3],
    parts[1],
    parts[2],
  ])
  expect(await removable(logs, { keep: null, keepPartial: null, days: 3 })).toEqual([
    plans[3],
    ...parts.slice(1),
  ])
})

test('sessions go with everything in them, and the sentence says how much it was', async () => {
  const logs = temporaryFolder()
  const [newest, old] = [session(logs, 1), session(logs, 2)]
  const pruned = await prune(await planPruning(logs, EVERYTHING, NOW))
  expect(readdirSync(logs)).toEqual([newest])
  const size = megabytes(pruned.removed[0]!.bytes)
  expect(prunedSentence(pruned)).toBe(`removed 1 session, ${size}: ${old}`)
  expect(pruned.removed[0]!.bytes).toBeGreaterThan(2_048)
})

test('a baseline, a pinned session and one that is in use stay, with the reason', async () => {
  const logs = temporaryFolder()
  const { pid, start: process_start } = ownProcess()
  session(logs, 1)
  const baseline = session(logs, 2)
  const pinned = session(logs, 3)
  const running = session(logs, 4, { status: 'running', pid, process_start })
  const place = { name: 'a', engine: 'sim', model: 'a', domain: 'llm', loadout: 'a' } as const
  const service = { ...place, pid, process_start, port: null, state: 'ready', log: '' } as const
  const served = session(logs, 5, { services: [service] })
  const dead = session(logs, 6, { status: 'running' })
  await setBaseline(logs, 'v1', baseline)
  await pinSession(join(logs, pinned))
  const plan = await planPruning(logs, EVERYTHING, NOW)
  expect(plan.protected).toEqual([
    { name: baseline, why: 'baseline v1' },
    { name: pinned, why: 'pinned' },
    { name: running, why: `running, pid ${pid}` },
    { name: served, why: `pid ${pid} is a service of it` },
  ])
  expect(plan.remove.map(({ name }) => name)).toEqual([dead])
  await unpinSession(join(logs, pinned))
  expect(await removable(logs)).toEqual([pinned, dead])
})

test('a session that becomes a baseline after the plan was made stays', async () => {
  const logs = temporaryFolder()
  session(logs, 1)
  const old = session(logs, 2)
  const plan = await planPruning(logs, EVERYTHING, NOW)
  await setBaseline(logs, 'late', old)
  expect(await prune(plan)).toEqual({ removed: [], left: [{ name: old, why: 'baseline late' }] })
  expect(existsSync(join(logs, old, 'events.jsonl'))).toBe(true)
})

test('the run that goes on is never removed', async () => {
  const logs = temporaryFolder()
  const open = await openSession(sessionOptions(logs))
  open.record(ended(1))
  await open.settled()
  const later = session(logs, -400)
  expect(await removable(logs)).toEqual([])
  await open.close({ status: 'PASSED' })
  expect(await removable(logs)).toEqual([basename(open.directory)])
  expect(existsSync(join(logs, later))).toBe(true)
})

test('what is no session of ours stays: links, other names, other files, another session, a newer version', async () => {
  const logs = temporaryFolder()
  session(logs, 1)
  const elsewhere = join(temporaryFolder(), session(temporaryFolder(), 1))
  const target = temporaryFolder()
  const linked = session(target, 9)
  symlinkSync(join(target, linked), join(logs, linked), 'junction')
  mkdirSync(join(logs, 'RUN_20200101_000000'))
  writeFileSync(join(logs, 'RUN_20200101_000000', 'llm.json'), '[]')
  mkdirSync(join(logs, 'notes'))
  writeFileSync(join(logs, 'RUN_20200101_000001'), 'a file')
  const other = session(logs, 10, { session: 'RUN_20200101_000002' })
  const newer = session(logs, 11, { schema_version: 99 })
  const before = readdirSync(logs)
  await prune(await planPruning(logs, EVERYTHING, NOW))
  expect(readdirSync(logs)).toEqual(before)
  expect(before).toEqual(expect.arrayContaining([linked, other, newer]))
  expect(existsSync(join(target, linked, 'events.jsonl'))).toBe(true)
  expect(existsSync(elsewhere)).toBe(false)
})

test('a link inside a session goes, and what it leads to stays', async () => {
  const logs = temporaryFolder()
  const target = temporaryFolder()
  writeFileSync(join(target, 'precious'), 'x')
  session(logs, 1)
  symlinkSync(target, join(logs, session(logs, 2), 'linked'), 'junction')
  await prune(await planPruning(logs, EVERYTHING, NOW))
  expect(readFileSync(join(target, 'precious'), 'utf8')).toBe('x')
})

test('what an earlier pruning left half removed goes with the next', async () => {
  const logs = temporaryFolder()
  session(logs, 1)
  mkdirSync(join(logs, '.removed-RUN_20200101_000000'))
  mkdirSync(join(logs, '.removed-notes'))
  await prune(await planPruning(logs, EVERYTHING, NOW))
  expect(readdirSync(logs).filter((name) => name.startsWith('.'))).toEqual(['.removed-notes'])
})

test('nothing is removed where the baselines cannot be read', async () => {
  const logs = temporaryFolder()
  session(logs, 1)
  session(logs, 2)
  writeFileSync(join(logs, 'baselines.json'), '{ "baselines"')
  await expect(planPruning(logs, EVERYTHING, NOW)).rejects.toThrow('Cannot read')
  writeFileSync(join(logs, 'baselines.json'), '{ "schema_version": 2, "baselines": {} }')
  await expect(planPruning(logs, EVERYTHING, NOW)).rejects.toThrow('newer version')
})

test('whatever sessions there are, what is protected stays, and no more stays than the limits say', async () => {
  const kinds = fc.constantFrom<'plan' | 'partial'>('plan', 'partial')
  const holds = fc.constantFrom('nothing', 'nothing', 'baseline', 'pinned', 'running')
  const one = fc.record({ kind: kinds, hold: holds })
  const limit = fc.option(fc.integer({ min: 1, max: 4 }))
  const property = fc.asyncProperty(
    fc.array(one, { maxLength: 8 }),
    fc.record({ keep: limit, keepPartial: limit, days: limit }),
    async (sessions, retention) => {
      const logs = mkdtempSync(join(tmpdir(), 'jarvis-prune-'))
      try {
        const { pid, start: process_start } = ownProcess()
        const held = new Set<string>()
        const named: { name: string; kind: string; days: number }[] = []
        for (const [days, { kind, hold }] of sessions.entries()) {
          const going = hold === 'running' ? ({ status: hold, pid, process_start } as const) : {}
          const name = session(logs, days + 0.5, { kind, ...going })
          named.push({ name, kind, days: days + 0.5 })
          if (hold !== 'nothing') held.add(name)
          // oxlint-disable-next-line no-await-in-loop -- few, one after the other
          if (hold === 'baseline') await setBaseline(logs, `b${days}`, name)
          // oxlint-disable-next-line no-await-in-loop -- see above
          if (hold === 'pinned') await pinSession(join(logs, name))
        }
        await prune(await planPruning(logs, retention, NOW))
        const left = new Set(readdirSync(logs).filter((name) => name.startsWith('RUN_')))
        for (const name of held) expect(left).toContain(name)
        for (const kind of ['plan', 'partial'] as const) {
          const own = named.filter((each) => each.kind === kind)
          const most = (kind === 'plan' ? retention.keep : retention.keepPartial) ?? Infinity
          const kept = own.filter(({ name }, rank) => {
            const young = own[rank]!.days <= (retention.days ?? Infinity)
            return rank === 0 || held.has(name) || (rank < most && young)
          })
          expect(own.filter(({ name }) => left.has(name))).toEqual(kept)
        }
      } finally {
        rmSync(logs, { recursive: true, force: true })
      }
    },
  )
  await fc.assert(property, { numRuns: 25, seed: 7 })
})

test('that a session cannot be moved away is put down to who holds its files open on Windows alone', () => {
  const held = Object.assign(new Error('operation not permitted'), { code: 'EPERM' })
  expect(whyNotRenamed(held, 'win32')).toBe('another program holds a file of it open')
  expect(whyNotRenamed(held, 'linux')).toBe('operation not permitted')
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  expect(whyNotRenamed(full, 'win32')).toBe('no space left on device')
})
