import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { JournalEntry } from '../events/index.ts'
import { recoverSession } from '../session/index.ts'
import { JarvisError } from '../errors.ts'
import { jarvis as program, type Said } from '../../test/support/commands.ts'
import { recoverCommand } from './recover.ts'
import { verifyCommand } from './verify.ts'
import { silence } from '../../test/support/hosts.ts'
import { journalEntries, writeJournal } from '../../test/support/journal-file.ts'
import {
  completeSession,
  editedSession,
  killedSession,
  resultsOnlySession,
} from '../../test/support/session-directories.ts'

const LOGS_NOTE = /note: 6 logs of services are as the services wrote them: .*\n/

function folder(): string {
  const logs = realpathSync(mkdtempSync(join(tmpdir(), 'jarvis-verified-')))
  onTestFinished(() => rmSync(logs, { recursive: true, force: true }))
  return logs
}

/** A session of the fixture, whose plan has the digest that is stated of it. */
async function sessionOf(directory: Promise<string>): Promise<string> {
  const path = join(await directory, 'system_info.yaml')
  const text = readFileSync(path, 'utf8')
  const plan = 'name: Nightly\nexecution: [] # as told\n'
  const digest = createHash('sha256').update(plan).digest('hex')
  writeFileSync(path, text.replace('ab'.repeat(32), digest))
  return directory
}

/** One that is complete in all its files. */
async function healthy(logs: string): Promise<string> {
  const directory = await sessionOf(completeSession(logs))
  await recoverSession(directory, 'recovery', { mend: true })
  return directory
}

/** What stands in its files. */
function contentOf(directory: string): Record<string, string> {
  const names = readdirSync(directory).filter((name) => name !== 'attachments')
  return Object.fromEntries(
    names.toSorted().map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
  )
}

/** A command as the program runs it, in this process. */
async function jarvis(logs: string, name: 'recover' | 'verify', ...args: string[]): Promise<Said> {
  const said: Said = { code: 2, stdout: '', stderr: '' }
  const terminal = {
    cwd: logs,
    env: { JARVIS_LOGS: logs },
    write: (text: string) => void (said.stdout += text),
    colors: false,
  }
  try {
    said.code = await { recover: recoverCommand, verify: verifyCommand }[name].run(args, terminal)
  } catch (error) {
    if (!(error instanceof JarvisError)) throw error
    said.stderr = `${error.message}\n`
  }
  return said
}

const said = ({ code, stdout, stderr }: Said): unknown[] => [
  code,
  stdout.replace(LOGS_NOTE, ''),
  stderr,
]

test('a session that is as its run has left it: verify and recover end with 0, say so, and change nothing', async () => {
  const logs = folder()
  const directory = await healthy(logs)
  const name = basename(directory)
  const before = contentOf(directory)
  const [newest, named, json, recovered] = await Promise.all([
    jarvis(logs, 'verify'),
    jarvis(logs, 'verify', directory),
    jarvis(logs, 'verify', name, '--json'),
    jarvis(logs, 'recover', name),
  ])
  expect(said(newest)).toEqual([
    0,
    expect.stringMatching(
      /^RUN_20260216_231205 is as it was written: \d+ events, 18 results, 3 attachments and 6 logs of services\. .*\n$/,
    ),
    '',
  ])
  expect(said(named)).toEqual(said(newest))
  expect(json.code).toBe(0)
  expect(JSON.parse(json.stdout)).toMatchObject({
    session: name,
    verdict: 'intact',
    has_end: true,
    differences: [],
    looked: { results: 18 },
  })
  expect(said(recovered)).toEqual([
    0,
    expect.stringMatching(
      /^RUN_20260216_231205 had its end already, and is complete: \d+ passed, /,
    ),
    '',
  ])
  expect(contentOf(directory)).toEqual(before)
})

test('files that are not what the journal makes of them: verify ends with 1 and lists them, recover makes them anew, once', async () => {
  const logs = folder()
  const directory = await healthy(logs)
  const before = contentOf(directory)
  writeFileSync(join(directory, 'llm.json'), '[]\n')
  rmSync(join(directory, 'progression.log'))
  const differences = [
    '  llm.json does not hold what events.jsonl does: results are those of events.jsonl.',
    '  progression.log lacks 64 lines of what events.jsonl tells, from line 1 on.',
  ]
  const verified = await jarvis(logs, 'verify')
  expect(verified.code).toBe(1)
  const [first, ...lines] = verified.stdout.split('\n')
  expect(first).toMatch(/^RUN_20260216_231205 is not as it was written: \d things differ\.$/)
  expect(lines).toEqual(expect.arrayContaining(differences))
  expect(lines.at(-2)).toBe(
    'What follows from the journal is put right by: jarvis recover RUN_20260216_231205',
  )
  const recovered = await jarvis(logs, 'recover')
  expect([recovered.code, recovered.stderr]).toEqual([0, ''])
  expect(recovered.stdout.split('\n')).toEqual(
    expect.arrayContaining(['RUN_20260216_231205: this was put right:', ...differences]),
  )
  expect(recovered.stdout).not.toContain('cannot be put right')
  const { 'state.json': _, ...mended } = contentOf(directory)
  const { 'state.json': __, ...were } = before
  expect(mended).toEqual(were)
  const again = await jarvis(logs, 'recover', '--json')
  expect([again.code, JSON.parse(again.stdout)]).toMatchObject([
    0,
    { verdict: 'intact', completed: false, put_right: [] },
  ])
})

test('a run that died and that nobody completed: verify ends with 1, recover completes it and ends with 0', async () => {
  const logs = folder()
  const directory = await sessionOf(killedSession(logs, 0.5))
  const before = contentOf(directory)
  const verified = await jarvis(logs, 'verify')
  expect(said(verified)).toEqual([
    1,
    'RUN_20260216_231205 is not as it was written: 1 thing differs.\n' +
      '  events.jsonl has no end: the run died, and nobody has completed what it left.\n' +
      'What follows from the journal is put right by: jarvis recover RUN_20260216_231205\n',
    '',
  ])
  expect(contentOf(directory)).toEqual(before)
  expect(said(await jarvis(logs, 'recover'))).toEqual([
    0,
    'RUN_20260216_231205 is completed: 6 passed, 3 failed, 1 skipped, 1 interrupted.\n',
    '',
  ])
  const [after, again] = await Promise.all([jarvis(logs, 'verify'), jarvis(logs, 'recover')])
  expect([after.code, again.code]).toEqual([0, 0])
  expect(after.stdout).toContain('RUN_20260216_231205 is as it was written: ')
})

test('a journal that is damaged itself: both end with 1, and what cannot be put right stays as it is', async () => {
  const logs = folder()
  const directory = await sessionOf(editedSession(logs))
  const { 'state.json': _, ...before } = contentOf(directory)
  const lines = [
    '  events.jsonl line 15 is not as it was written and left out.',
    '  events.jsonl lacks 1 result of llm.json: taken from there.',
  ]
  const verified = await jarvis(logs, 'verify')
  expect(verified.code).toBe(1)
  expect(verified.stdout.split('\n')).toEqual(expect.arrayContaining(lines))
  expect(verified.stdout).not.toContain('is put right by')
  expect(said(await jarvis(logs, 'recover'))).toEqual([
    1,
    ['RUN_20260216_231205: this cannot be put right:', ...lines, ''].join('\n'),
    '',
  ])
  const { 'state.json': __, ...after } = contentOf(directory)
  expect(after).toEqual(before)
})

test('of another host, silent and without an end: verify ends with 2, recover leaves it alone unless it is named', async () => {
  const logs = folder()
  const directory = await sessionOf(killedSession(logs, 0.5))
  const host = { id: 'f'.repeat(32), name: 'box-f', boot: null, pid_namespace: null }
  const [first, ...entries] = journalEntries(directory)
  writeJournal(directory, [{ ...first, host } as JournalEntry, ...entries])
  const state = join(directory, 'state.json')
  writeFileSync(state, JSON.stringify({ ...JSON.parse(readFileSync(state, 'utf8')), host }))
  // A file system may be behind the clock by some milliseconds.
  silence(directory, 250)
  expect(said(await jarvis(logs, 'verify'))).toEqual([
    2,
    'RUN_20260216_231205 cannot be judged. The run is silent for 4 min on box-f: 7 of 18 results did not come.\n',
    '',
  ])
  expect(said(await jarvis(logs, 'recover'))).toEqual([
    2,
    '',
    "RUN_20260216_231205 is another host's, silent for 4 min on box-f. Once that run is dead: jarvis recover RUN_20260216_231205\n",
  ])
  const recovered = await jarvis(logs, 'recover', 'RUN_20260216_231205')
  expect(said(recovered)).toEqual([
    0,
    'RUN_20260216_231205 is completed: 6 passed, 3 failed, 1 skipped, 1 interrupted.\n',
    '',
  ])
  expect((await jarvis(logs, 'verify')).code).toBe(0)
})

test('the program ends with 0, 1 or 2; without a journal, of no such session, or asked in another way: both end with 2 and say why; --help says how', async () => {
  const logs = folder()
  await resultsOnlySession(logs)
  const others = folder()
  await healthy(others)
  expect((await program(others, 'verify')).code).toBe(0)
  await editedSession(others)
  expect((await program(others, 'verify')).code).toBe(1)
  const ask = (...args: string[]): Promise<unknown[]> => program(logs, ...args).then(said)
  const answers = await Promise.all([
    ask('verify'),
    ask('recover', 'RUN_20260216_231205'),
    ask('verify', 'RUN_20200101_000000'),
    ask('recover', 'RUN_20200101_000000'),
    ask('verify', '--jsn'),
    ask('recover', 'one', 'two'),
  ])
  expect(answers).toEqual([
    [
      2,
      'RUN_20260216_231205 cannot be judged. There is no journal to hold it against. Only results are here: nothing tells whether the run was whole.\n',
      '',
    ],
    [2, '', 'RUN_20260216_231205 has no events.jsonl. See: jarvis list\n'],
    ...[1, 2].map(() => [
      2,
      '',
      `There is no session RUN_20200101_000000 in ${logs}, and no path of that name. See: jarvis list\n`,
    ]),
    [2, '', "Unknown option '--jsn'. Did you mean --json? See: jarvis verify --help\n"],
    [2, '', 'Expected one session. See: jarvis recover --help\n'],
  ])
  for (const command of ['verify', 'recover']) {
    // oxlint-disable-next-line no-await-in-loop -- two
    const [code, help, errors] = await ask(command, '--help')
    expect([code, errors]).toEqual([0, ''])
    expect(help).toMatch(new RegExp(`^Usage: jarvis ${command} \\[SESSION\\] \\[--json\\]\\n`))
    expect(help).toMatch(/The exit code is 0 where [^]*1 where [^]*2 where /)
  }
})
