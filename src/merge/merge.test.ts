import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { lines, results, temporaryFolder } from '../../test/fixtures/session/kit.ts'
import { BEGIN, type PartGiven, rowOn, writePart } from '../../test/fixtures/session/parts.ts'
import { journalEntries, writeJournal, writeProjections } from '../../test/support/journal-file.ts'
import type { EventOf, ScenarioResult, SessionEvent } from '../events/index.ts'
import { readSession } from '../report/session/index.ts'
import { verifySession } from '../report/verify/verify-session.ts'
import { readState, recoverSession } from '../session/index.ts'
import { ownMark } from '../session/lock/process-mark.ts'
import { type MergedSession, type MergeOptions, mergeParts } from './merge.ts'

const GATES = 'gates: { max_failures: 0 }\n'
const FILES = ['a', 'b', 'c'].map((name) => `scenarios/llm/${name}.scenario.ts`)

function merge(places: readonly string[], changes: Partial<MergeOptions> = {}) {
  const [first] = places
  return mergeParts({
    places,
    run: null,
    logs: first!,
    root: first!,
    env: {},
    makeReports: null,
    onProgress: () => {},
    ...changes,
  })
}

/** Parts that are made up in a folder of their own, and merged there. */
async function merged(...parts: PartGiven[]): Promise<MergedSession & { logs: string }> {
  const logs = temporaryFolder()
  for (const given of parts) writePart(logs, given)
  return { logs, ...(await merge([logs])) }
}

/** Each file of a folder with its content. */
function contentOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
  return Object.fromEntries(
    names
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((path) => [path.slice(folder.length), readFileSync(path, 'latin1')]),
  )
}

function idsOf(directory: string): string[] {
  return results(directory).map(({ loadout, id }) => `${loadout} ${id.split('|')[3]}`)
}

test('rows stand in the order of the plan, each with its host, and the session is whole by every account', async () => {
  const { directory, judgement, counts, logs } = await merged(
    { index: 1, loadouts: [1, 3], after: 5, host: 'one' },
    { index: 2, loadouts: [0, 2], after: 0, host: 'two' },
  )
  expect(idsOf(directory)).toEqual([
    'sim-a t1',
    'sim-a t2',
    'sim-b t1',
    'sim-b t2',
    'sim-c t1',
    'sim-d t1',
  ])
  expect(results(directory).map(({ host, gpu }) => [host, gpu])).toEqual([
    ['two', 'GPU of two'],
    ['two', 'GPU of two'],
    ['one', 'GPU of one'],
    ['one', 'GPU of one'],
    ['two', 'GPU of two'],
    ['one', 'GPU of one'],
  ])
  expect(judgement).toEqual({
    verdict: 'whole',
    sentence: 'The run is whole: all 6 results came.',
  })
  expect(counts).toMatchObject({ passed: 6, failed: 0 })
  const [begin, ...events] = journalEntries(directory)
  expect(begin).toMatchObject({
    kind: 'plan',
    session: basename(directory),
    time: expect.stringMatching(/^2026-02-16T/),
    merged: {
      count: 2,
      run: 'night',
      missing: [],
      parts: [
        { index: 1, label: 'one' },
        { index: 2, label: 'two' },
      ],
    },
  })
  expect(Date.parse(begin!.time)).toBe(BEGIN)
  const starts = events.filter(({ type }) => type === 'loadout_starting')
  expect(starts.map(({ from_part, elapsed }) => [from_part, elapsed])).toEqual([
    [2, 0.4],
    [1, 5.4],
    [2, 1.3],
    [1, 6.3],
  ])
  expect(events.at(-1)).toMatchObject({ type: 'run_ended', status: 'PASSED', duration: 65 })
  expect(await verifySession(directory)).toMatchObject({ verdict: 'intact', differences: [] })
  const report = await readSession(directory)
  expect(report).toMatchObject({
    kind: 'plan',
    machine: { name: 'one, two' },
    hosts: [
      { name: 'one', cpu: 'CPU of one', gpus: ['GPU of one'] },
      { name: 'two', cpu: 'CPU of two', gpus: ['GPU of two'] },
    ],
  })
  expect(readdirSync(logs).filter((name) => name.startsWith('.'))).toEqual([])
})

test('merged again it is the same session in its place, byte for byte, and the parts are as they were', async () => {
  const first = await merged({ index: 1 }, { index: 2 })
  const before = contentOf(first.logs)
  const again = await merge([first.logs])
  expect(again.directory).toBe(first.directory)
  expect(contentOf(first.logs)).toEqual(before)
})

test('parts may lie in any folders, and a part that is named twice counts once', async () => {
  const [one, two, out] = [temporaryFolder(), temporaryFolder(), temporaryFolder()]
  const first = writePart(one, { index: 1, run: null })
  const second = writePart(two, { index: 2, run: null })
  const copy = join(out, basename(second))
  cpSync(second, copy, { recursive: true })
  const made = await merge([first, second, copy], { logs: join(out, 'logs') })
  expect([made.judgement.verdict, made.counts.passed]).toEqual(['whole', 4])
  expect(made.troubles).toEqual([expect.stringContaining('was named twice')])
  expect(made.directory.startsWith(join(out, 'logs'))).toBe(true)
})

test('what several parts have of one loadout stands file by file, and each start of its services is told', async () => {
  const row = (number: number, file: string) => ({ id: `llm|sim://a|x|t${number}|0`, file })
  const { directory } = await merged(
    { index: 1, loadouts: [0], files: FILES, rows: [row(1, FILES[0]!), row(3, FILES[2]!)] },
    { index: 2, loadouts: [0], files: FILES, rows: [row(2, FILES[1]!)], after: 9 },
  )
  expect(idsOf(directory)).toEqual(['sim-a t1', 'sim-a t2', 'sim-a t3'])
  const { loadouts } = await readSession(directory)
  expect(loadouts).toMatchObject([
    { loadout: 'sim-a', done: 3, parts: [1, 2], setupTime: 1.5, earlier: [{ setupTime: 1.5 }] },
  ])
})

test.each<[string, (logs: string) => void, string]>([
  ['is missing', () => {}, '1 of 2 parts are here: part 2 of 2 is missing.'],
  [
    'was cancelled',
    (logs) => void writePart(logs, { index: 2, status: 'INTERRUPTED', absent: 3 }),
    '1 of 2 parts are here: of part 2 of 2 (RUN_20260216_221207): the run was cancelled: 3 of 5 results did not come.',
  ],
  [
    'is damaged',
    (logs) => {
      const directory = writePart(logs, { index: 2 })
      const path = join(directory, 'events.jsonl')
      writeFileSync(path, readFileSync(path, 'utf8').replace('Good morning.', 'Good evening.'))
    },
    '1 of 2 parts are here: of part 2 of 2 (RUN_20260216_221207): the session is damaged: events.jsonl: line 8 is not as it was written and left out (and 1 more).',
  ],
])(
  'a part that %s is told everywhere, and what is there is merged and never passes',
  async (_what, make, sentence) => {
    const logs = temporaryFolder()
    writePart(logs, { index: 1, plan: GATES })
    make(logs)
    const { directory, judgement, gates } = await merge([logs])
    expect(judgement).toEqual({ verdict: 'incomplete', sentence })
    expect((await readSession(directory)).judgement).toEqual(judgement)
    expect((await verifySession(directory)).judgement).toEqual(judgement)
    expect(await readState(directory)).toMatchObject({ result: 'FAILED', merged: { count: 2 } })
    expect(gates.verdicts).toMatchObject([{ gate: 'max_failures', fails: true }])
    expect(
      lines(directory, 'progression.log').filter((line) => line.includes('[WARN] Part 2')),
    ).toHaveLength(1)
  },
)

test('a part whose run nobody has ended has its results there, with those that ran when it died', async () => {
  const { id, name, file, domain, loadout, models } = rowOn(1, 9)
  const start = { type: 'scenario_started', id, name, file, domain, loadout, models } as const
  const logs = temporaryFolder()
  writePart(logs, { index: 1 })
  const dead = writePart(logs, { index: 2, status: null, more: [start] })
  const longAgo = new Date(Date.now() - 3_600_000)
  for (const name of ['state.json', 'events.jsonl']) utimesSync(join(dead, name), longAgo, longAgo)
  const { directory, counts, judgement } = await merge([logs])
  expect(counts).toMatchObject({ passed: 4, interrupted: 1 })
  expect(judgement.verdict).toBe('incomplete')
  expect(results(directory).at(-1)).toMatchObject({ id, status: 'INTERRUPTED', host: 'one' })
})

test('a part that went on on another host has rows of both, each with the one that ran it', async () => {
  const logs = temporaryFolder()
  const directory = writePart(logs, { index: 1, count: 1, status: null, host: 'first' })
  const entries = journalEntries(directory)
  const [begin] = entries
  const host = { id: 'f'.repeat(64), name: 'second', boot: 'c', pid_namespace: '1' }
  const { pid, process_start, command, session } = begin as EventOf<'run_started'>
  const legs = { part: 2, loadouts: [], kept: 2, again: [], failed: false, changed: [] }
  const result = { ...rowOn(0, 3), part: 2 }
  const known = { index: 1, uuid: null, model: 'Other', vram_total: 8, driver: '1' }
  const counts = { passed: 3, failed: 0, skipped: 0, missing: 0, interrupted: 0 }
  const events: SessionEvent[] = [
    { type: 'run_resumed', session, pid, process_start, host, command, ...legs },
    { type: 'machine_known', gpus: [known], clock_ahead: null },
    { type: 'scenario_ended', domain: 'llm', result },
    { type: 'run_ended', status: 'PASSED', counts, duration: 90, recorded_by: 'run' },
  ]
  const { time } = begin!
  const more = events.map((event) => ({ ...event, seq: 0, time, elapsed: 80, check: '' }))
  writeJournal(directory, [...entries, ...more])
  writeProjections(directory, journalEntries(directory))
  const made = await merge([logs])
  expect(results(made.directory).map((row) => [row.host, row.gpu])).toEqual([
    ['first', 'GPU of first'],
    ['first', 'GPU of first'],
    ['second', 'Other #1'],
  ])
  expect(made.merged.parts).toMatchObject([
    { index: 1, label: 'first', results: 2, verdict: 'whole' },
    { index: 1, label: 'second', results: 1, verdict: 'whole' },
  ])
  expect(made.judgement.verdict).toBe('whole')
})

test('a clock that is ahead is allowed for, and told', async () => {
  const logs = temporaryFolder()
  writePart(logs, { index: 1, after: 0 })
  const known = { type: 'machine_known', gpus: null, clock_ahead: 100 } as const
  writePart(logs, { index: 2, after: 105, more: [known] })
  const { directory, troubles } = await merge([logs])
  expect(troubles).toEqual([
    'Part 2 of 2, RUN_20260216_221350: the clock of its host is 100.0s ahead, which is allowed for',
  ])
  const starts = journalEntries(directory).filter(({ type }) => type === 'loadout_starting')
  expect(starts.map(({ elapsed }) => elapsed)).toEqual([0.4, 5.4])
  expect(starts.map(({ time }) => Date.parse(time) - BEGIN)).toEqual([400, 5_400])
})

test('what is drawn by its time is by one clock, with the offset that it had', async () => {
  const known = { type: 'machine_known', gpus: null, clock_ahead: 600 } as const
  const row = { started_at: '2026-02-17T01:22:06.250+03:00' }
  const { directory } = await merged({ index: 1, count: 1, rows: [row], more: [known] })
  expect(results(directory)[0]!.started_at).toBe('2026-02-17T01:12:06.250+03:00')
})

test('of two attempts the one that began later by one clock counts, whatever the clocks of their hosts said', async () => {
  const row = (status: ScenarioResult['status']) => ({ rows: [{ status }], count: 1, index: 1 })
  const ahead = { type: 'machine_known', gpus: null, clock_ahead: 600 } as const
  const { directory, status } = await merged(
    { ...row('FAILED'), after: 600, host: 'ahead', status: 'FAILED', more: [ahead] },
    { ...row('PASSED'), after: 100, host: 'right' },
  )
  expect(results(directory).map((each) => [each.status, each.host])).toEqual([['PASSED', 'right']])
  expect(status).toBe('PASSED')
})

test('an attempt that came to nothing takes nothing from an earlier one that is whole', async () => {
  const {
    judgement,
    merged: of,
    status,
    troubles,
  } = await merged(
    { index: 1, count: 1 },
    { index: 1, count: 1, after: 50, rows: [], absent: 2, status: 'INTERRUPTED' },
  )
  expect([judgement.verdict, status, of.parts.length]).toEqual(['whole', 'PASSED', 1])
  expect(troubles).toEqual([
    expect.stringMatching(
      /^Part 1 of 1, RUN_20260216_221255: left out, as an earlier attempt is whole and this one has no result: ./,
    ),
  ])
})

test('a part whose run failed by what was no scenario makes the whole one that has failed', async () => {
  const { judgement, counts, status, directory, troubles } = await merged(
    { index: 1 },
    { index: 2, status: 'FAILED' },
  )
  expect([judgement.verdict, counts.passed, status]).toEqual(['whole', 4, 'FAILED'])
  expect(await readState(directory)).toMatchObject({ result: 'FAILED' })
  expect(troubles).toEqual([
    'Part 2 of 2, RUN_20260216_221207: its run failed by what was no scenario, as its story tells',
  ])
})

test('of two copies of one session the one with more of its journal counts, in whatever order they are named', async () => {
  const logs = temporaryFolder()
  const whole = writePart(logs, { index: 1, count: 1 })
  const cut = join(temporaryFolder(), basename(whole))
  cpSync(whole, cut, { recursive: true })
  const { size } = statSync(join(cut, 'events.jsonl'))
  truncateSync(join(cut, 'events.jsonl'), Math.floor(size / 2))
  for (const places of [
    [cut, whole],
    [whole, cut],
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- into one place
    const { judgement, troubles } = await merge(places, { logs })
    expect(judgement.verdict).toBe('whole')
    expect(troubles).toEqual([expect.stringContaining(`as ${whole} has more of its journal`)])
  }
})

test('what is made of the journal of a merged session can be put right, as of any session', async () => {
  const sample: SessionEvent = {
    type: 'sample',
    gpus: [],
    stale: false,
    interval: 1,
    cpu: 0.5,
    ram_used: 1,
    ram_total: 2,
    swap_used: 0,
  }
  const { directory } = await merged({ index: 1, more: [sample] }, { index: 2 })
  const before = contentOf(directory)
  for (const name of ['llm.json', 'telemetry.csv', 'progression.log']) rmSync(join(directory, name))
  expect((await verifySession(directory)).verdict).toBe('differs')
  await recoverSession(directory, 'recovery', { mend: true })
  expect(contentOf(directory)).toEqual(before)
  expect(before['/telemetry.csv']).toMatch(/,part\n2026.*,1\n$/)
})

test('of two attempts of one part the later final result counts, and what stood for what was not loaded goes', async () => {
  const placeholder = {
    id: 'llm|sim://b|later||0',
    file: FILES[1]!,
    status: 'INTERRUPTED',
    duration: null,
  } as const
  const { directory, judgement, counts } = await merged(
    { index: 1 },
    {
      index: 2,
      after: 10,
      files: FILES,
      status: 'INTERRUPTED',
      rows: [
        { file: FILES[0]! },
        { file: FILES[0]!, status: 'FAILED', output_text: 'first try' },
        { file: FILES[2]!, output_text: 'only here' },
        placeholder,
      ],
    },
    {
      index: 2,
      after: 20,
      rows: [
        { file: FILES[0]!, status: 'INTERRUPTED', duration: null },
        { file: FILES[0]!, output_text: 'second try' },
        { id: 'llm|sim://b|later|real|0', file: FILES[1]! },
      ],
    },
  )
  const rows = results(directory).filter(({ loadout }) => loadout === 'sim-b')
  expect(
    rows.map(({ id, status, output_text }) => [
      id.split('|').slice(2, 4).join(' '),
      status,
      output_text,
    ]),
  ).toEqual([
    ['chat t1', 'PASSED', 'Good morning.'],
    ['chat t2', 'PASSED', 'second try'],
    ['later real', 'PASSED', 'Good morning.'],
    ['chat t3', 'PASSED', 'only here'],
  ])
  expect([judgement.verdict, counts.passed, counts.interrupted]).toEqual(['whole', 6, 0])
  const story = lines(directory, 'progression.log').join('\n')
  expect(story).toContain(
    'Part 2 of 2 was attempted 2 times (RUN_20260216_221215, RUN_20260216_221225)',
  )
  expect(story).toMatch(
    /RUN_20260216_221215: 2 of its results on llm sim-b gave way to a later attempt: /,
  )
  expect(await verifySession(directory)).toMatchObject({ verdict: 'intact' })
})

test('attachments and logs of all parts are there, none over another, and every range of a log is in it', async () => {
  const logs = temporaryFolder()
  const named = (text: string): Partial<ScenarioResult> => ({
    output_file: 'attachments/reply.wav',
    attachments: [{ name: 'reply', type: 'audio/wav', file: 'attachments/reply.wav' }],
    logs: [{ service: 'a', file: 'svc_llm_a_1.log', from: 0, to: text.length }],
  })
  for (const index of [1, 2]) {
    const text = `log of ${index}\n`
    const directory = writePart(logs, { index, rows: [named(text)] })
    writeFileSync(join(directory, 'attachments/reply.wav'), `sound of ${index}`)
    writeFileSync(join(directory, 'svc_llm_a_1.log'), text)
  }
  const { directory } = await merge([logs])
  const kept = results(directory).map(({ output_file, attachments, logs: [log] }) => [
    readFileSync(join(directory, output_file!), 'utf8'),
    attachments[0]?.file === output_file,
    readFileSync(join(directory, log!.file), 'utf8').slice(log!.from, log!.to),
  ])
  expect(kept).toEqual([
    ['sound of 1', true, 'log of 1\n'],
    ['sound of 2', true, 'log of 2\n'],
  ])
  expect(await verifySession(directory)).toMatchObject({
    verdict: 'intact',
    looked: { attachments: 2, logs: 2 },
  })
})

test('a name in the journal of a part leads nowhere but into that part', async () => {
  const logs = temporaryFolder()
  const secret = join(logs, 'secret.txt')
  writeFileSync(secret, 'secret')
  const files = [
    'attachments/../../secret.txt',
    'attachments/link.txt',
    'attachments/gone.txt',
    '../secret.txt',
    'attachments/pipe/x.txt',
    // Names that the system refuses, each in its way.
    `attachments/${'x'.repeat(300)}`,
    'attachments/nul\0.txt',
    'attachments/loop',
  ]
  const directory = writePart(logs, {
    index: 1,
    count: 1,
    rows: [
      {
        output_file: 'attachments/../../secret.txt',
        attachments: files.map((file) => ({ name: 'x', type: 'text/plain', file })),
        logs: ['svc_link.log', '../secret.txt', 'svc_/../../secret.log', 'events.jsonl'].map(
          (file) => {
            return { service: 'a', file, from: 0, to: 3 }
          },
        ),
      },
    ],
  })
  symlinkSync(secret, join(directory, 'attachments/link.txt'))
  symlinkSync(secret, join(directory, 'svc_link.log'))
  symlinkSync('loop', join(directory, 'attachments/loop'))
  const made = await merge([logs])
  const [row] = results(made.directory)
  expect([row!.output_file, row!.logs]).toEqual([null, []])
  expect(row!.attachments.map(({ file }) => file)).toEqual(['../secret.txt'])
  const story = lines(made.directory, 'progression.log').filter((line) =>
    line.includes('was not taken over'),
  )
  expect(story).toHaveLength(11)
  for (const content of Object.values(contentOf(made.directory)))
    expect(content).not.toContain('secret\n')
  expect(readdirSync(join(made.directory, 'attachments'))).toEqual([])
  expect(readFileSync(secret, 'utf8')).toBe('secret')
})

test('a folder behind a link is not looked into', async () => {
  const logs = temporaryFolder()
  const outside = temporaryFolder()
  writeFileSync(join(outside, 'a.txt'), 'secret')
  const attachments = [{ name: 'x', type: 'text/plain', file: 'attachments/a.txt' }]
  const directory = writePart(logs, { index: 1, count: 1, rows: [{ attachments }] })
  renameSync(join(directory, 'attachments'), join(directory, 'moved'))
  symlinkSync(outside, join(directory, 'attachments'))
  const made = await merge([logs])
  expect(results(made.directory)[0]!.attachments).toEqual([])
  expect(readdirSync(join(made.directory, 'attachments'))).toEqual([])
})

test('a domain that would be another file of the session is left out', async () => {
  const logs = temporaryFolder()
  const directory = writePart(logs, { index: 1, count: 1 })
  const entries = journalEntries(directory)
  const odd = entries.map((entry) =>
    entry.type === 'scenario_ended'
      ? { ...entry, domain: 'state', result: { ...entry.result, domain: 'state' } }
      : entry,
  )
  writeJournal(directory, odd as typeof entries)
  const made = await merge([logs])
  expect(await readState(made.directory)).toMatchObject({ session: basename(made.directory) })
})

test('parts of different splits are refused, and so are sessions that are no parts', async () => {
  const logs = temporaryFolder()
  const one = writePart(logs, { index: 1 })
  const foreign = writePart(logs, { index: 2, digest: 'e'.repeat(64) })
  await expect(merge([one, foreign], { logs })).rejects.toThrow(
    'RUN_20260216_221207 is a part of another split (eeeeeeeeeeee of 2 parts) than RUN_20260216_221206 (dddddddddddd of 2)',
  )
  await expect(merge([logs])).rejects.toThrow('is a part of another split')
  const { directory } = await merge([one], { logs })
  await expect(merge([one, directory], { logs })).rejects.toThrow('was merged itself')
  const none = temporaryFolder()
  await expect(merge([none])).rejects.toThrow(`There is no part of a divided plan in ${none}.`)
  expect(readdirSync(logs).filter((name) => name.startsWith('.'))).toEqual([])
})

test('of a folder the newest run counts, or the one that is asked for; nights without a name are not mixed', async () => {
  const logs = temporaryFolder()
  writePart(logs, { index: 1, count: 1, run: 'old' })
  const newer = writePart(logs, { index: 1, count: 1, run: 'new', after: 100 })
  const parts = async (run: string | null): Promise<string[]> =>
    (await merge([logs], { run })).merged.parts.map(({ session }) => session)
  expect(await parts(null)).toEqual([basename(newer)])
  expect(await parts('old')).toEqual(['RUN_20260216_221206'])
  expect(await parts('new')).toEqual([basename(newer)])
  // The digest of both begins so, and it is too short to mean either.
  await expect(parts('d')).rejects.toThrow('There is no part of d of a divided plan')
  await expect(parts('dddd')).rejects.toThrow(/"dddd" fits several runs: run .*, run /)
  writePart(logs, { index: 1, count: 1, run: 'dddd', after: 50 })
  expect(await parts('dddd')).toEqual(['RUN_20260216_221255'])
  const unnamed = temporaryFolder()
  for (const after of [1, 500]) writePart(unnamed, { index: 1, run: null, after })
  await expect(merge([unnamed])).rejects.toThrow('they may be of two nights')
})

test('what cannot be read is named, and the others are merged', async () => {
  const logs = temporaryFolder()
  const one = writePart(logs, { index: 1 })
  const newer = writePart(logs, { index: 2 })
  const path = join(newer, 'events.jsonl')
  truncateSync(path, 30)
  const gone = join(logs, 'nothing')
  const empty = temporaryFolder()
  const { troubles, merged: of } = await merge([one, newer, gone, empty], { logs })
  expect(troubles).toEqual([
    'RUN_20260216_221207 cannot be read: nothing of its journal can be read',
    expect.stringMatching(/nothing cannot be read: ENOENT/),
    `${empty} has neither a journal nor sessions: nothing was taken of it`,
    'Part 2 of 2 is missing',
  ])
  expect(of.missing).toEqual([2])
})

test('gates are judged on all parts together, and a broken one is told in the session', async () => {
  const { gates, directory, judgement } = await merged(
    {
      index: 1,
      plan: 'gates: { max_failures: 1 }\n',
      rows: [{ status: 'FAILED' }],
      status: 'FAILED',
    },
    {
      index: 2,
      plan: 'gates: { max_failures: 1 }\n',
      rows: [{ status: 'FAILED' }],
      status: 'FAILED',
    },
  )
  expect(judgement.verdict).toBe('whole')
  expect(gates.verdicts).toMatchObject([{ status: 'broken', actual: 2, fails: true }])
  expect((await readSession(directory)).gates).toMatchObject([{ status: 'broken' }])
})

test('what an ended merge has left goes with the next one, and a session that it had moved aside is back', async () => {
  const { logs, directory } = await merged({ index: 1 }, { index: 2 })
  const before = contentOf(directory)
  const dead = join(logs, `.merging-${ownMark().replace(/^\d+-[^-]+/, '4194305-11111111')}`)
  mkdirSync(join(dead, basename(directory)), { recursive: true })
  renameSync(directory, join(dead, 'replaced'))
  const other = writePart(logs, { index: 1, count: 1, run: 'other', after: 100 })
  await merge([other], { logs })
  expect(existsSync(dead)).toBe(false)
  expect(contentOf(directory)).toEqual(before)
})
