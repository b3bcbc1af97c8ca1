import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startVitest, type TestCase } from 'vitest/node'
import { LOG_NOTES } from '../events/log-note.ts'
import type {
  AttemptRecord,
  Lease,
  LeaseAddress,
  LeasedService,
  MainMessage,
  WorkerMessage,
} from '../services/leases/lease-protocol.ts'
import { ProgressReader } from '../services/leases/worker-progress.ts'
import './provided.ts'

/** Longer than a hook may take where it counts. */
const LATE_MS = 400
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

let root: string
let server: Server | undefined
let records: AttemptRecord[]
/** What the main process knew of a test when Vitest's own result came in, by the test's name. */
let known: Record<string, number>

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'jarvis-setup-'))
  await mkdir(join(root, 'session'))
  await symlink(here('../../node_modules'), join(root, 'node_modules'), 'junction')
  records = []
  known = {}
})

afterEach(async () => {
  server?.close()
  server = undefined
  await rm(root, { recursive: true })
})

describe('a scenario file', () => {
  it('whose lease is refused fails each test by name with the code, once, and runs no hook', async () => {
    const refusal = { type: 'refused', code: 'MISSING', message: 'ollama is not here' } as const
    const tests = await run(
      `import { writeFileSync } from 'node:fs'
       import { beforeAll, afterAll, afterEach, beforeEach, aroundAll, describe, test } from 'vitest'
       const note = () => writeFileSync(${JSON.stringify(join(root, 'hook'))}, '')
       beforeAll(note); afterAll(note); afterEach(note); beforeEach(note)
       aroundAll(async (runSuite) => { note(); await runSuite() })
       test('retried', { retry: 3, repeats: 2 }, note)
       test.fails('meant to fail', note)
       test.skip('skipped', note)
       describe('inside', () => { beforeAll(note); test('a test', note) })`,
      ({ id, type }) => (type === 'lease' ? { id, ...refusal } : null),
    )
    expect(tests).toEqual([
      { name: 'retried', state: 'failed', tries: 1, codes: ['MISSING'] },
      { name: 'meant to fail', state: 'failed', tries: 1, codes: ['MISSING'] },
      { name: 'skipped', state: 'skipped', tries: 0, codes: [] },
      { name: 'inside > a test', state: 'failed', tries: 1, codes: ['MISSING'] },
    ])
    expect(existsSync(join(root, 'hook'))).toBe(false)
    expect(records).toEqual([])
  })

  it('whose main process is gone fails each test with LEASE_LOST', async () => {
    const tests = await run(`import { test } from 'vitest'\ntest('one', () => {})`, null)
    expect(tests).toMatchObject([{ name: 'one', state: 'failed', codes: ['LEASE_LOST'] }])
  })

  it('sends nothing for tests that keep nothing', async () => {
    const tests = await run(`import { test } from 'vitest'\ntest('one', () => {})`, grant())
    expect(tests).toMatchObject([{ name: 'one', state: 'passed' }])
    expect(records).toEqual([])
  })

  it('tells each attempt of its own repeats with the last of its retries, before Vitest does', async () => {
    const tests = await run(
      `import { afterEach, expect, onTestFinished, test } from 'vitest'
       let tries = 0
       afterEach(() => { if (tries === 4) throw new Error('late') })
       test('own repeats', { repeats: 2, retry: 1 }, () => {
         tries++
         if (tries === 1) expect.soft(1, 'soft').toBe(2)
         if (tries === 1 || tries === 3) expect('a').toBe('b')
       })`,
      grant({ repeats: 7 }),
    )
    expect(tests).toMatchObject([{ name: 'own repeats', state: 'failed' }])
    const outcomes = records.map(({ repeat, outcome }) => ({
      repeat,
      status: outcome?.status,
      retries: outcome?.retries,
      errors: outcome?.errors.map(({ message }) => message.split('\n')[0]),
    }))
    const soft = 'soft: expected 1 to be 2 // Object.is equality'
    const hard = "expected 'a' to be 'b' // Object.is equality"
    expect(outcomes).toEqual([
      { repeat: 0, status: 'passed', retries: 1, errors: expect.arrayContaining([soft, hard]) },
      { repeat: 1, status: 'failed', retries: 1, errors: [hard, 'late'] },
      { repeat: 2, status: 'passed', retries: 0, errors: [] },
    ])
    expect(records[0]?.outcome?.errors.at(-1)).toMatchObject({ expected: 'b', actual: 'a' })
    expect(known).toEqual({ 'own repeats': 3 })
  })

  it('repeats each test as often as the plan says, and turns tests that are meant to fail over', async () => {
    await run(
      `import { test, onTestFailed } from 'vitest'
       test('plain', () => {})
       test('once', { repeats: 0 }, () => {})
       test.fails('bad', () => { throw new Error('as meant') })
       test.fails('good', () => {})
       const torn = test.extend({ thing: async ({}, use) => { await use(1); throw new Error('torn') } })
       torn('breaks after the test', ({ thing }) => { void thing })
       test('skips itself', ({ skip }) => skip('not today'))`,
      grant({ repeats: 2 }),
    )
    const told = records.map(({ repeat, outcome }) => `${repeat} ${outcome?.status}`)
    expect(told).toEqual([
      '0 passed',
      '1 passed',
      '0 passed',
      '1 passed',
      '0 failed',
      '1 failed',
      '0 failed',
      '1 failed',
      '0 skipped',
    ])
    expect(records[4]?.outcome?.errors).toEqual([{ message: 'Expect test to fail' }])
    expect(records[6]?.outcome?.errors).toMatchObject([{ message: 'torn' }])
  })

  it('sends what a test measured and kept, with the bytes that services logged meanwhile', async () => {
    const log = join(root, 'session', 'svc_sim.log')
    await writeFile(log, 'before\n')
    await run(
      `import { appendFileSync } from 'node:fs'
       import { attach, defineMeasure, measure, test } from 'jarvis/scenario'
       const [score, odd, other] = ['score', 'odd', 'other'].map((key) =>
         defineMeasure(key, { title: key, unit: '1' }))
       const wait = () => new Promise((done) => setTimeout(done, 20))
       test.concurrent('a', async () => {
         measure(score, 1); await wait(); measure(score, 0.5); measure(odd, null)
       })
       test.concurrent('b', async () => {
         await wait(); measure(other, [1, 2]); appendFileSync(${JSON.stringify(log)}, 'during')
         await attach(new TextEncoder().encode('hello'), { name: 'no/tes.txt' })
       })`,
      grant({ log }),
    )
    const [a, b] = records.toSorted((one, other) => one.test.localeCompare(other.test))
    expect(a).toMatchObject({ repeat: 0, metrics: { score: 0.5, odd: null } })
    expect(a).not.toHaveProperty('outcome')
    expect(b).toMatchObject({
      metrics: { other: [1, 2] },
      measures: { other: { title: 'other', unit: '1', better: null } },
      attachments: [{ name: 'no/tes.txt', type: 'text/plain' }],
    })
    const file = b?.attachments?.[0]?.file ?? ''
    expect(file).toMatch(/^attachments\/case-tes-[0-9a-f]{8}\.txt$/)
    expect(readFileSync(join(root, 'session', file), 'utf8')).toBe('hello')
  })

  it.each([
    { apis: ['ollama', 'openai'], needs: true },
    { apis: ['cli'], needs: false },
  ] as const)(
    'that asks by $apis has loaded a client before its first test: $needs',
    async (each) => {
      const tests = await run(
        `import { expect, test } from 'jarvis/scenario'
       test('first', () => {
         expect(globalThis[Symbol.for('jarvis.http-client')] !== undefined).toBe(${each.needs})
       })`,
        grant({ url: 'http://127.0.0.1:9', apis: [...each.apis] }),
      )
      expect(tests).toMatchObject([{ state: 'passed' }])
    },
  )

  it('notes what services logged during each test', async () => {
    const log = join(root, 'session', 'svc_sim.log')
    const notes = join(root, 'session', LOG_NOTES)
    await writeFile(log, 'before\n')
    await writeFile(notes, '')
    await run(
      `import { appendFileSync } from 'node:fs'
       import { test } from 'jarvis/scenario'
       test('fails', { retry: 1 }, () => { throw new Error('no such file') })
       test('passes', { repeats: 1 }, () => appendFileSync(${JSON.stringify(log)}, 'during'))`,
      grant({ log }),
    )
    const noted = readFileSync(notes, 'utf8').trim().split('\n')
    const its = { service: 'sim', file: 'svc_sim.log' }
    const [fails, passes] = [expect.stringMatching(/_0$/), expect.stringMatching(/_1$/)]
    expect(noted.map((line) => JSON.parse(line) as unknown)).toEqual([
      { type: 'began', test: fails, repeat: 0, logs: [{ ...its, from: 7 }] },
      { type: 'ended', test: fails, repeat: 0, logs: [{ ...its, from: 7, to: 7 }], until: null },
      { type: 'began', test: passes, repeat: 0, logs: [{ ...its, from: 7 }] },
      { type: 'ended', test: passes, repeat: 0, logs: [{ ...its, from: 7, to: 13 }], until: null },
      { type: 'began', test: passes, repeat: 1, logs: [{ ...its, from: 13 }] },
      { type: 'ended', test: passes, repeat: 1, logs: [{ ...its, from: 13, to: 19 }], until: null },
    ])
  })

  it('writes down each test as it begins and ends, with the limits of what runs', async () => {
    await run(
      `import { aroundEach, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest'
       let tries = 0
       test('passes', { timeout: 700 }, () => {})
       test('fails', () => expect(1).toBe(2))
       test('passes at last', { retry: { count: 2, delay: 30 } }, () => { if (++tries < 3) throw new Error('not yet') })
       test('skips itself', ({ skip }) => skip())
       test.skip('is skipped', () => {})
       test.fails('is meant to fail', () => { throw new Error('as meant') })
       test.each([1, 2])('repeats', { repeats: 1 }, () => {})
       describe('with hooks', () => {
         beforeAll(() => {}, 4_000)
         beforeEach(() => {}, 100); afterEach(() => {}); aroundEach(async (runTest) => runTest(), 50)
         test('has time for them', { timeout: 1_000 }, () => {})
         test('is endless', { timeout: 0 }, () => {})
       })`,
      grant(),
      { hookTimeout: 300 },
    )
    const name = readdirSync(root).find((file) => file.endsWith('.progress')) ?? ''
    const lines = readFileSync(join(root, name), 'utf8')
    const limits = lines.match(/^began .*$/gm)?.map((line) => line.split(' ')[3])
    expect(limits).toEqual(
      [700, 5_000, 5_030, 5_000, 5_000, 5_000, 5_000, 1_600, 'none'].map(String),
    )
    // A hook of the file has the limit of the config, those of the suite twice their own.
    expect(lines.match(/"limit":\d+/g)).toEqual([300, 8_000, 300, 300].map((ms) => `"limit":${ms}`))
    expect(lines.match(/"try"/g)).toHaveLength(4)
    const reader = new ProgressReader(join(root, name))
    const { running, ended } = reader.told()
    reader.close()
    expect(running.size).toBe(0)
    const told = [...ended.values()].map((outcomes) =>
      outcomes.map(({ status, repeat, retries, errors }) =>
        [status, repeat, retries, ...errors.map(({ message }) => message.split('\n')[0])].join(' '),
      ),
    )
    expect(told).toEqual([
      ['passed 0 0'],
      ['failed 0 0 expected 1 to be 2 // Object.is equality'],
      ['passed 0 2 not yet not yet'],
      ['skipped 0 0'],
      ['passed 0 0'],
      ['passed 0 0', 'passed 1 0'],
      ['passed 0 0', 'passed 1 0'],
      ['passed 0 0'],
      ['passed 0 0'],
    ])
  })

  it('passes also where the main process takes longer to hear of it than a hook may', async () => {
    const granted = grant({ repeats: 2 })
    const late: Answer = (message) =>
      message.type === 'attempt' ? sleep(LATE_MS).then(() => granted(message)) : granted(message)
    const code = `import { test } from 'jarvis/scenario'\ntest('one', () => {})`
    expect(await run(code, late, { hookTimeout: LATE_MS / 2 })).toMatchObject([
      { name: 'one', state: 'passed' },
    ])
    expect(records).toHaveLength(2)
  })

  it('that does not load fails with its own reason, and is followed no further', async () => {
    const tests = await run(`throw new Error('this file is broken')`, grant())
    expect(tests).toEqual([])
  })

  it('asks in a sentence to be run by jarvis when it was not', async () => {
    const code = `import { test } from 'jarvis/scenario'\ntest('one', ({ llm }) => { void llm })`
    const tests = await run(code, 'outside')
    expect(tests).toMatchObject([{ name: 'one', state: 'failed', codes: ['USAGE'] }])
  })
})

type Reply = MainMessage | null
type Answer = (message: WorkerMessage) => Reply | Promise<Reply>

interface Granted {
  repeats?: number
  log?: string | null
  domain?: Lease['domain']
  url?: string | null
  apis?: readonly LeasedService['apis'][number][]
}

function grant(granted: Granted = {}): Answer {
  const { repeats = 1, log = null, domain = 'llm', url = null, apis = [] } = granted
  const own = { name: 'sim', engine: 'sim', model: 'echo', flags: {}, log }
  const service = { ...own, url, apis: [...apis] }
  const lease: Lease = {
    domain,
    loadout: 'sim-echo',
    attachments: join(root, 'session', 'attachments'),
    services: [service],
    repeats,
    legacy: {},
  }
  return (message) => {
    if (message.type === 'lease') return { id: message.id, type: 'granted', lease }
    if (message.type !== 'attempt') return null
    records.push(message.attempt)
    return { id: message.id, type: 'recorded' }
  }
}

interface Seen {
  name: string
  state: string
  tries: number
  codes: unknown[]
}

/** Runs one scenario file in a Vitest of its own and returns what a reporter saw of its tests. */
async function run(
  code: string,
  answer: Answer | null | 'outside',
  options: { hookTimeout?: number } = {},
): Promise<Seen[]> {
  await writeFile(join(root, 'case.scenario.ts'), code)
  const address = answer === 'outside' ? undefined : await listen(answer)
  const tests: TestCase[] = []
  const { exitCode } = process
  const vitest = await startVitest(
    'test',
    [],
    {
      root,
      config: false,
      watch: false,
      include: ['*.scenario.ts'],
      ...options,
      setupFiles: [here('./setup.ts')],
      alias: { 'jarvis/scenario': here('./index.ts') },
      ...(address && { provide: { jarvis: address, jarvisProject: 'llm sim://echo' } }),
      reporters: [
        {
          onTestCaseResult(test) {
            tests.push(test)
            known[test.fullName] = records.filter((record) => record.test === test.id).length
          },
        },
      ],
    },
    { cacheDir: join(root, 'cache') },
  )
  await vitest.close()
  process.exitCode = exitCode
  return tests.map((test) => ({
    name: test.fullName,
    state: test.result().state,
    tries: test.attempts().length,
    codes: test.result().errors?.map((error) => error['code']) ?? [],
  }))
}

async function listen(answer: Answer | null): Promise<LeaseAddress> {
  const windows = process.platform === 'win32'
  const socket = windows ? `\\\\.\\pipe\\${root.split('\\').at(-1)}` : join(root, 'socket')
  if (answer) {
    const listening = createServer((connection) => {
      createInterface({ input: connection }).on('line', (line) => {
        void Promise.resolve(answer(JSON.parse(line) as WorkerMessage)).then((reply) => {
          if (reply !== null) connection.write(`${JSON.stringify(reply)}\n`)
        })
      })
    })
    server = listening
    await new Promise<void>((up) => listening.listen(socket, up))
  }
  return { socket, token: 'secret', timeout: 60_000, notes: root }
}
