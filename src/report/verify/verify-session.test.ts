import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  ended,
  results,
  sessionOptions,
  started,
  temporaryFolder,
} from '../../../test/fixtures/session/kit.ts'
import { journalEntries, writeJournal } from '../../../test/support/journal-file.ts'
import type { SessionEvent } from '../../events/index.ts'
import { openSession, recoverSession } from '../../session/index.ts'
import { verifySession } from './verify-session.ts'

const folder = mkdtempSync(join(tmpdir(), 'jarvis-verify-'))
const whole = join(folder, 'whole')
/** As it was while its run went on. */
const open = join(folder, 'open')

const LOG = 'svc_llm_a_20260216_231205.log'
const DIGEST = '5335bb5c67f019454ce653b1fc7bf27491eb76254277ce871d8b25be66b2d94d'
const VALUE = 'value-of-a-variable-of-this-test'
const SAMPLE: SessionEvent = {
  type: 'sample',
  gpus: [],
  cpu: 0.5,
  ram_used: 1,
  ram_total: 2,
  swap_used: 0,
  stale: false,
  interval: 1,
}

beforeAll(async () => {
  const given = sessionOptions(folder)
  const plan = { ...given.plan, sha256: DIGEST, secrets: ['VERIFY_TEST', 'VERIFY_TEST_UNSET'] }
  const session = await openSession({ ...given, plan })
  session.record({ type: 'domain_started', domain: 'llm' })
  session.record(SAMPLE)
  session.record(started(1))
  const attachments = [{ name: 'a', type: 'text/plain', file: 'attachments/a.txt' }]
  const logs = [{ service: 'a', file: LOG, from: 2, to: 9 }]
  session.record(ended(1, { logs, attachments }))
  session.record(ended(2))
  session.record(SAMPLE)
  session.record(started(3))
  await session.settled()
  await session.systemInfoWritten
  writeFileSync(join(session.directory, LOG), 'ten bytes\n')
  writeFileSync(join(session.attachments, 'a.txt'), 'kept')
  cpSync(session.directory, open, { recursive: true })
  session.record(ended(3))
  await session.close({ status: 'PASSED' })
  cpSync(session.directory, whole, { recursive: true })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function copyOf(session: string): string {
  const copy = join(temporaryFolder(), 'RUN_20260216_231205')
  cpSync(session, copy, { recursive: true })
  return copy
}

function change(directory: string, name: string, how: (text: string) => string): void {
  writeFileSync(join(directory, name), how(readFileSync(join(directory, name), 'utf8')))
}

/** The files of a session and what is in them; the state without what goes by the name of its folder. */
function contentOf(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted()
  return Object.fromEntries(
    names
      .filter((name) => name !== 'attachments')
      .map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
  )
}

test('a session as its run has left it is intact, and nothing is changed by looking', async () => {
  const before = contentOf(whole)
  expect(await verifySession(whole)).toMatchObject({
    verdict: 'intact',
    hasEnd: true,
    judgement: { verdict: 'whole' },
    differences: [],
    notes: [
      expect.stringMatching(/^1 log of a service is as the service wrote it: look through/),
      expect.stringMatching(/^VERIFY_TEST, VERIFY_TEST_UNSET are not set here/),
    ],
    looked: { results: 3, attachments: 1, logs: 1 },
  })
  expect(contentOf(whole)).toEqual(before)
})

type Damage = [what: string, damage: (directory: string) => void, differences: string[]]

const mendable: Damage[] = [
  [
    'a bit of the results is another one',
    (it) => change(it, 'llm.json', (text) => text.replace('PASSED', 'PASSEE')),
    ['llm.json does not hold what events.jsonl does: results are those of events.jsonl'],
  ],
  [
    'the results are gone',
    (it) => rmSync(join(it, 'llm.json')),
    ['llm.json is not there: results are those of events.jsonl'],
  ],
  [
    'the results are zeros from the middle on',
    (it) => change(it, 'llm.json', (text) => text.slice(0, 500) + '\0'.repeat(text.length - 500)),
    [
      'llm.json is not whole: it ends in the middle: the rest is lost',
      'llm.json does not hold what events.jsonl does: results are those of events.jsonl',
    ],
  ],
  [
    'the state says otherwise',
    (it) => change(it, 'state.json', (text) => text.replace('"done": 3', '"done": 4')),
    ['state.json says otherwise than events.jsonl: totals'],
  ],
  [
    'the state is no JSON',
    (it) => truncateSync(join(it, 'state.json'), 20),
    ['state.json is not there, or holds no state'],
  ],
  [
    'a line of the story is another one',
    (it) => change(it, 'progression.log', (text) => text.replace('t2: PASSED', 't2: FAILED')),
    ['progression.log lacks 1 line of what events.jsonl tells, from line 4 on'],
  ],
  [
    'the story is cut in the middle of a line',
    (it) => truncateSync(join(it, 'progression.log'), 100),
    [
      'state.json says that more of progression.log or telemetry.csv was written than is there',
      'progression.log lacks 4 lines of what events.jsonl tells, from line 3 on',
    ],
  ],
  [
    'telemetry is gone',
    (it) => rmSync(join(it, 'telemetry.csv')),
    [
      'state.json says that more of progression.log or telemetry.csv was written than is there',
      'telemetry.csv is not there',
    ],
  ],
  [
    'a number of telemetry is another one',
    (it) => change(it, 'telemetry.csv', (text) => text.replace(/0\.5,1,2,0\n$/, '0.6,1,2,0\n')),
    ['telemetry.csv is not what the samples of events.jsonl make, from line 3 on'],
  ],
  [
    'telemetry has more than was sampled',
    (it) => appendFileSync(join(it, 'telemetry.csv'), 'more\n'),
    ['telemetry.csv has more than the samples of events.jsonl make, from line 4 on'],
  ],
  [
    'a writer was ended in the middle',
    (it) => writeFileSync(join(it, 'llm.json.tmp'), '['),
    ['llm.json.tmp was left by a writer that was ended in the middle'],
  ],
]

test.for(mendable)('%s: that is told, and put right', async ([, damage, expected]) => {
  const directory = copyOf(whole)
  damage(directory)
  const { verdict, differences } = await verifySession(directory)
  expect(differences.map(({ file, what }) => `${file} ${what}`)).toEqual(expected)
  expect(verdict).toBe('differs')
  expect(differences.some((one) => one.mendable)).toBe(true)
  await recoverSession(directory, 'recovery', { mend: true })
  expect(await verifySession(directory)).toMatchObject({ verdict: 'intact' })
  const { 'state.json': _, ...mended } = contentOf(directory)
  const { 'state.json': __, ...were } = contentOf(whole)
  expect(mended).toEqual(were)
  const once = contentOf(directory)
  await recoverSession(directory, 'recovery', { mend: true })
  expect(contentOf(directory)).toEqual(once)
})

const lasting: Damage[] = [
  [
    'a line of the journal is another one',
    (it) => change(it, 'events.jsonl', (text) => text.replace('chat > t2', 'chat > t3')),
    [
      'events.jsonl line 6 is not as it was written and left out',
      'events.jsonl lacks 1 result of llm.json: taken from there',
    ],
  ],
  [
    'a file that a result names is gone',
    (it) => rmSync(join(it, 'attachments/a.txt')),
    ['attachments/a.txt is not there, and is named'],
  ],
  [
    'a log is shorter than the bytes that a result names',
    (it) => truncateSync(join(it, LOG), 8),
    [`${LOG} has 8 bytes, and results name its bytes up to 9`],
  ],
  [
    'the plan is another one',
    (it) => change(it, 'system_info.yaml', (text) => text.replace('name: Fast', 'name: Slow')),
    ['system_info.yaml holds another plan than the one whose digest it states'],
  ],
  [
    'the story has a line more',
    (it) => appendFileSync(join(it, 'progression.log'), '[00:00:00] [INFO] Nothing.\n'),
    ['progression.log has 1 line of which events.jsonl knows nothing, from line 7 on'],
  ],
]

test.for(lasting)('%s: that is told, and stays as it is', async ([, damage, expected]) => {
  const directory = copyOf(whole)
  damage(directory)
  const before = contentOf(directory)
  const { verdict, differences } = await verifySession(directory)
  expect(differences.map(({ file, what }) => `${file} ${what}`)).toEqual(expected)
  expect(verdict).toBe('differs')
  expect(differences.filter((one) => one.mendable)).toEqual([])
  await recoverSession(directory, 'recovery', { mend: true })
  const { 'state.json': _, ...mended } = contentOf(directory)
  const { 'state.json': __, ...were } = before
  expect(mended).toEqual(were)
})

test('results that only a file still holds stay there, however often a session is put right', async () => {
  const directory = copyOf(whole)
  const lines = readFileSync(join(directory, 'events.jsonl'), 'utf8').split('\n')
  const cut = lines.findIndex((line) => line.includes('"id":"llm|sim://a|chat|t2|0"'))
  writeFileSync(join(directory, 'events.jsonl'), `${lines.slice(0, cut).join('\n')}\n{"seq":`)
  const ids = results(directory).map(({ id }) => id)
  expect(ids).toHaveLength(3)
  for (let time = 0; time < 2; time += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await recoverSession(directory, 'recovery', { mend: true })
    expect(results(directory).map(({ id }) => id)).toEqual(ids)
  }
  expect(await verifySession(directory)).toMatchObject({ verdict: 'intact', hasEnd: true })
})

test('a run that goes on is not judged, nor what another host may still write', async () => {
  expect(await verifySession(open)).toMatchObject({
    verdict: 'unknown',
    hasEnd: false,
    judgement: { verdict: 'running' },
    differences: [],
  })
  const directory = copyOf(open)
  const [first, ...entries] = journalEntries(directory)
  const host = { id: 'f'.repeat(32), name: 'box-f', boot: null, pid_namespace: null }
  writeJournal(directory, [{ ...first!, host } as typeof first & object, ...entries])
  rmSync(join(directory, 'state.json'))
  // A file system may be behind the clock by some milliseconds.
  const long = new Date(Date.now() - 3_610_000)
  utimesSync(join(directory, 'events.jsonl'), long, long)
  const { verdict, judgement } = await verifySession(directory)
  expect(verdict).toBe('unknown')
  expect(judgement.sentence).toContain('silent for 1 h on box-f')
  const refused = recoverSession(directory, 'recovery', { mend: true })
  await expect(refused).rejects.toThrow("is another host's, silent for 1 h on box-f")
  await recoverSession(directory, 'recovery', { mend: true, evenOfAnotherHost: true })
  expect(await verifySession(directory)).toMatchObject({ verdict: 'intact', hasEnd: true })
})

test('a run that died before it knew its machine lacks nothing, one that gave results does', async () => {
  const directory = copyOf(whole)
  rmSync(join(directory, 'system_info.yaml'))
  const { differences } = await verifySession(directory)
  const lacks = { file: 'system_info.yaml', what: 'is not there', mendable: false }
  expect(differences).toEqual([lacks])
  const entries = journalEntries(directory)
  const end = entries.at(-1)!
  writeJournal(directory, [entries[0]!, { ...end, recorded_by: 'watchdog' } as typeof end])
  await recoverSession(directory, 'recovery', { mend: true })
  rmSync(join(directory, 'llm.json'))
  expect((await verifySession(directory)).differences).not.toContainEqual(lacks)
})

test('a session without a journal is not judged', async () => {
  const directory = copyOf(whole)
  rmSync(join(directory, 'events.jsonl'))
  expect(await verifySession(directory)).toMatchObject({ verdict: 'unknown', hasEnd: false })
})

test('where a value that was secret stands is told, and of logs that they are what services wrote', async () => {
  const directory = copyOf(whole)
  process.env['VERIFY_TEST'] = VALUE
  appendFileSync(join(directory, LOG), `${VALUE} ${encodeURIComponent(VALUE)}\n`)
  writeFileSync(join(directory, 'attachments/b.txt'), VALUE)
  const { differences, notes } = await verifySession(directory)
  const what = 'holds a value that is secret, once'
  expect(differences).toEqual([{ file: 'attachments/b.txt', what, mendable: false }])
  expect(notes).toEqual([
    `${LOG} holds a value that is secret, twice.`,
    expect.stringContaining('1 log of a service is as the service wrote it'),
    expect.stringMatching(/^VERIFY_TEST_UNSET is not set here/),
  ])
})
