import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ended,
  sessionOptions,
  started,
  temporaryFolder,
} from '../../../test/fixtures/session/kit.ts'
import { HOSTILE_TEXTS } from '../../../test/support/hostile-results.ts'
import { journalEntries, writeJournal } from '../../../test/support/journal-file.ts'
import {
  completeSession,
  editedSession,
  emptySession,
  foreignSession,
  futureSession,
  hostileSession,
  killedSession,
  killedSessions,
  manyResultsSession,
  oneDomainSession,
  resultsOnlySession,
  tornSession,
} from '../../../test/support/session-directories.ts'
import type { JournalEntry, ScenarioResult } from '../../events/index.ts'
import { openSession, recoverSession } from '../../session/index.ts'
import {
  mediaFile,
  readLogLines,
  type ReportedResult,
  type ReportedSample,
  readResults,
  readSamples,
  readSession,
  readSummary,
  sessionFile,
} from './index.ts'

async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

const results = (directory: string): Promise<ReportedResult[]> => allOf(readResults(directory))
const samples = (directory: string): Promise<ReportedSample[]> => allOf(readSamples(directory))

function stored(directory: string, domain: string): ScenarioResult[] {
  return JSON.parse(readFileSync(join(directory, `${domain}.json`), 'utf8')) as ScenarioResult[]
}

/** Counts, loadouts and results of a session say the same. */
async function checkAgreement(directory: string): Promise<ReportedResult[]> {
  const [session, all] = [await readSession(directory), await results(directory)]
  const { passed, failed, skipped, missing, interrupted } = session.counts
  const number = (status: string): number => all.filter((one) => one.status === status).length
  expect([passed, failed, skipped, missing, interrupted]).toEqual(
    ['PASSED', 'FAILED', 'SKIPPED', 'MISSING', 'INTERRUPTED'].map(number),
  )
  const counted = session.loadouts.flatMap(({ counts }) => Object.values(counts))
  expect(counted.reduce((sum, some) => sum + some, 0)).toBe(all.length)
  return all
}

describe('a complete session', () => {
  test('tells its run, its machine, its loadouts and its services', async () => {
    const directory = await completeSession(temporaryFolder())
    const session = await readSession(directory)
    expect(session).toMatchObject({
      directory,
      name: basename(directory),
      judgement: { verdict: 'whole', sentence: 'The run is whole: all 18 results came.' },
      result: 'FAILED',
      kind: 'plan',
      plan: {
        name: 'Nightly',
        file: 'plans/nightly.yaml',
        content: expect.stringMatching(/^name/),
      },
      host: { cpuCount: 32, gpus: [{ driver: '590.44', vramGb: 31.84 }, {}] },
      git: { branch: 'main', dirty: false },
      runtime: { node: process.versions.node, jarvis: '1.0.0' },
      engines: { ollama: '0.14.2', vllm: null },
      total: 18,
      counts: { passed: 11, failed: 4, skipped: 2, missing: 1, interrupted: 0 },
      vramPeak: 4,
      errors: [{ message: 'the disk is nearly full' }],
      damage: [],
    })
    expect(Date.parse(session.endedAt!) - Date.parse(session.startedAt!)).toBeCloseTo(
      session.duration! * 1_000,
      -1,
    )
    expect(session.files).toEqual(expect.arrayContaining(['events.jsonl', 'llm.json']))
    expect(session.loadouts.map(({ domain, status }) => `${domain} ${status}`)).toEqual([
      'llm stopped',
      'llm stopped',
      'vlm stopped',
      'stt stopped',
      'tts stopped',
      'sts failed',
    ])
    expect(session.loadouts[2]).toMatchObject({
      setupTime: 3.1,
      runTime: 12,
      cleanupTime: 0.6,
      vramPrior: 1,
      vramLoaded: 3.5,
      vramPeak: 4,
      vramAfter: 1.5,
      leak: '0.50 GB did not come back: python3 (pid 77, 0.50 GB)',
      failure: null,
      scenarioTime: 1.5,
      logs: ['svc_vlm_vlm-server_20260216_231206.log'],
    })
    expect(session.loadouts[5]).toMatchObject({
      failure: expect.stringContaining('is not installed here'),
      counts: { missing: 1 },
    })
    expect(session.services).toHaveLength(6)
    expect(session.services[0]).toMatchObject({ engine: 'ollama', code: 0, expected: true })
    expect(session.services[0]!.readyAt).not.toBeNull()
    expect(session.services[5]).toMatchObject({
      readyAt: null,
      code: 1,
      expected: false,
      lastLines: ['No module named whisper'],
    })
  })

  test('gives its results by domain, in the order of the journal, as its files hold them', async () => {
    const directory = await completeSession(temporaryFolder())
    const all = await checkAgreement(directory)
    const domains = ['llm', 'vlm', 'stt', 'tts', 'sts']
    expect(all.map(({ id }) => id)).toEqual(
      domains.flatMap((domain) => stored(directory, domain).map(({ id }) => id)),
    )
    for (const { derived, ...result } of all) {
      const own = Object.entries(result.metrics).filter(([key]) => !derived.includes(key))
      const file = stored(directory, result.domain).find(({ id }) => id === result.id)
      // What this version would have named it by.
      const { cause: _, ...told } = result
      expect({ ...told, metrics: Object.fromEntries(own) }).toEqual(file)
    }
  })

  test('has what is missing computed, and nothing stated replaced', async () => {
    const directory = await completeSession(temporaryFolder())
    const all = await results(directory)
    const heard = all.find(({ domain }) => domain === 'stt')!
    expect(heard.derived).toEqual(['audio_seconds', 'rtf', 'rtfx'])
    const { audio_seconds, rtf, rtfx } = heard.metrics as Record<string, number>
    expect(audio_seconds).toBeCloseTo(2.7, 0)
    expect(rtf).toBeCloseTo(0.4 / audio_seconds!, 9)
    expect(rtfx).toBeCloseTo(audio_seconds! / 0.4, 9)
    const spoken = all.find(({ domain }) => domain === 'tts')!
    expect(spoken).toMatchObject({ derived: [], metrics: { audio_seconds: 1, rtf: 0.25 } })
    const repeated = all.find(({ name }) => name === 'consistency')!
    expect(repeated.derived).toEqual(['wps', 'cps', 'tps'])
    expect(repeated.metrics).toMatchObject({ wps: 4, cps: 18, tps: 12 })
    expect(all.find(({ status }) => status === 'MISSING')!.derived).toEqual([])
  })

  test('gives its samples, from the journal or from the table', async () => {
    const directory = await completeSession(temporaryFolder())
    const all = await samples(directory)
    expect(all.length).toBeGreaterThan(20)
    expect(all[0]).toMatchObject({
      gpus: [
        { index: 0, vramUsed: 1.5, vramTotal: 32, utilization: 0.8 },
        { index: 1, vramUsed: 0.5, utilization: 0 },
      ],
      stale: false,
      cpu: 0.3,
      ramUsed: 20,
    })
    const copy = join(temporaryFolder(), 'copy')
    cpSync(directory, copy, { recursive: true })
    rmSync(join(copy, 'events.jsonl'))
    // The table does not tell how often they were taken.
    expect(await samples(copy)).toEqual(all.map((sample) => ({ ...sample, interval: null })))
    rmSync(join(copy, 'telemetry.csv'))
    expect(await samples(copy)).toEqual([])
  })

  test('gives the lines that a service wrote while a scenario ran, and no file of elsewhere', async () => {
    const directory = await completeSession(temporaryFolder())
    const [first, second] = (await results(directory)).filter(({ logs }) => logs.length > 0)
    const lines = (result: ReportedResult, options = {}): ReturnType<typeof readLogLines> =>
      readLogLines(directory, result.logs[0]!, options)
    expect(await lines(first!)).toEqual({
      lines: ['2026-02-16 23:12:09 INFO POST /v1/chat/completions 200 0.80s'],
      cut: false,
    })
    expect((await lines(second!))!.lines).toEqual([
      expect.stringContaining('KV cache is nearly full'),
    ])
    expect((await lines(second!, { around: 10 }))!.lines).toHaveLength(3)
    const file = first!.logs[0]!.file
    const whole = { file, from: 0, to: 1_000_000 }
    expect(await readLogLines(directory, whole, { maxBytes: 70 })).toEqual({
      lines: [
        expect.stringContaining('KV cache is nearly full'),
        expect.stringContaining('200 0.90s'),
      ],
      cut: true,
    })
    const within = { file, from: 45, to: 50 }
    expect((await readLogLines(directory, within))!.lines).toEqual((await lines(first!))!.lines)
    expect(await readLogLines(directory, { file, from: 5_000, to: 6_000 })).toEqual({
      lines: [],
      cut: false,
    })
    const empty = { file, from: 45, to: 45 }
    expect((await readLogLines(directory, empty))!.lines).toEqual([])
    const near = await readLogLines(directory, empty, { near: 40 })
    expect(near).toEqual({
      lines: [expect.stringContaining('loading model'), expect.stringContaining('200 0.80s')],
      cut: false,
      isNear: true,
    })
    for (const elsewhere of ['gone.log', '../outside.log', '/etc/hosts', '..', '']) {
      // oxlint-disable-next-line no-await-in-loop -- few
      expect(await readLogLines(directory, { ...whole, file: elsewhere })).toBeNull()
    }
  })

  test('finds files that results name, and those of a session beside it, and no others', async () => {
    const project = temporaryFolder()
    const logs = join(project, 'logs')
    const here = await completeSession(logs)
    const there = await completeSession(logs)
    const log = 'svc_llm_qwen_20260216_231206.log'
    expect(await sessionFile(here, `../${basename(there)}/${log}`)).toBe(join(there, log))
    expect(await sessionFile(here, `../${basename(there)}/events.jsonl`)).toBeNull()
    expect(await sessionFile(here, 'attachments/colours-red.png')).toContain('colours-red.png')
    mkdirSync(join(project, 'scenarios'))
    for (const name of ['red.png', 'secret.env'])
      writeFileSync(join(project, 'scenarios', name), '')
    expect(await mediaFile(here, 'scenarios/red.png')).toBe(join(project, 'scenarios/red.png'))
    expect(await mediaFile(here, 'scenarios/secret.env')).toBeNull()
    expect(await mediaFile(here, '../../../red.png')).toBeNull()
    writeFileSync(join(project, 'outside.log'), 'secret\n')
    // Windows lets only some users make links.
    if (process.platform === 'win32') return
    symlinkSync(join(project, 'outside.log'), join(here, 'svc_link.log'))
    expect(await sessionFile(here, 'svc_link.log')).toBeNull()
  })
})

describe('a session that is cut off or damaged', () => {
  test('is readable wherever its journal is cut', async () => {
    const logs = temporaryFolder()
    const whole = await completeSession(logs)
    const path = join(whole, 'events.jsonl')
    const bytes = readFileSync(path)
    const complete = await results(whole)
    // Nothing but the journal is there: no other file makes up for what is cut.
    const bare = join(logs, 'RUN_20260216_231206')
    mkdirSync(bare)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length }), async (end) => {
        writeFileSync(join(bare, 'events.jsonl'), bytes.subarray(0, end))
        const all = await checkAgreement(bare)
        const session = await readSession(bare)
        expect(session.judgement.verdict).toBe(end === 0 ? 'results_only' : statusAt(bytes, end))
        const kept = all.filter(({ status }) => status !== 'INTERRUPTED')
        expect(kept.map(({ id }) => id)).toEqual(complete.slice(0, kept.length).map(({ id }) => id))
        expect(session.damage.length).toBeLessThanOrEqual(1)
      }),
      { numRuns: 60, seed: 7 },
    )
  })

  test('says when it died, during what, and how much is missing', async () => {
    const logs = temporaryFolder()
    for (const directory of await killedSessions(logs, 12)) {
      // oxlint-disable-next-line no-await-in-loop -- a few
      const all = await checkAgreement(directory)
      // oxlint-disable-next-line no-await-in-loop -- a few
      const { judgement, total } = await readSession(directory)
      expect(judgement.verdict).toBe('died')
      const missing = (total ?? all.length) - all.length
      expect(judgement.sentence).toMatch(
        missing > 0
          ? new RegExp(`^The run died .*: ${missing} of 18 results did not come\\.$`)
          : /^The run died /,
      )
    }
    const half = await readSession(await killedSession(logs, 0.5))
    expect(half.judgement.sentence).toMatch(
      /^The run died during the scenario consistency, last heard of at 2026-02-16 23:12:\d\d: 7 of 18 results did not come\.$/,
    )
  })

  test('says the same once somebody has recorded its end', async () => {
    const directory = await killedSession(temporaryFolder(), 0.5)
    const [before, found] = [await readSession(directory), await results(directory)]
    expect(found.at(-1)).toMatchObject({ name: 'consistency', status: 'INTERRUPTED', derived: [] })
    await recoverSession(directory, 'recovery')
    const after = await readSession(directory)
    expect(after).toMatchObject({ judgement: { verdict: 'died' }, result: 'DIED', damage: [] })
    for (const key of ['judgement', 'counts', 'endedAt', 'duration', 'total'] as const) {
      expect(after[key], key).toEqual(before[key])
    }
    expect(await results(directory)).toEqual(found)
    expect(await readSummary(directory)).toMatchObject({
      judgement: after.judgement,
      duration: after.duration,
    })
  })

  test('takes the end from state.json and a result from its file where the journal lost them', async () => {
    const logs = temporaryFolder()
    const torn = await tornSession(logs)
    expect(await readSession(torn)).toMatchObject({
      judgement: {
        verdict: 'cut_off',
        sentence: expect.stringMatching(/^The journal ends before the run did, at 2026-/),
      },
      result: 'FAILED',
      counts: { passed: 11, failed: 4 },
      damage: [expect.stringMatching(/^events\.jsonl: line \d+ is torn and left out\.$/)],
    })
    const edited = await editedSession(logs)
    const { damage } = await readSession(edited)
    expect(damage).toEqual([
      expect.stringMatching(/^events\.jsonl: line \d+ is not as it was written and left out\.$/),
      'events.jsonl lacks 1 result of llm.json: taken from there.',
    ])
    const all = await checkAgreement(edited)
    expect(all).toHaveLength(18)
    expect(all.filter(({ duration }) => duration === 0.92)).toHaveLength(2)
  })

  test('is read as far as it goes while it runs, and does not count as died', async () => {
    const session = await openSession(sessionOptions(temporaryFolder()))
    session.record({ type: 'totals', total: 5 })
    session.record(started(1))
    session.record(ended(1))
    session.record(started(2))
    await session.settled()
    expect(await readSession(session.directory)).toMatchObject({
      judgement: {
        verdict: 'running',
        sentence: 'The run still goes on: 1 of 5 results have come.',
      },
      result: null,
      endedAt: null,
      counts: { passed: 1, interrupted: 0 },
    })
    expect(await results(session.directory)).toHaveLength(1)
    const journal = join(session.directory, 'events.jsonl')
    const bytes = readFileSync(journal)
    const copy = join(temporaryFolder(), 'as if a line were on its way')
    mkdirSync(copy)
    writeFileSync(join(copy, 'events.jsonl'), bytes.subarray(0, -5))
    expect(await readSession(copy)).toMatchObject({ judgement: { verdict: 'running' }, damage: [] })
    session.record({ type: 'cancelled', reason: 'Ctrl+C' })
    await session.close({ status: 'INTERRUPTED' })
    expect((await readSession(session.directory)).judgement).toEqual({
      verdict: 'cancelled',
      sentence: 'The run was cancelled (Ctrl+C): 4 of 5 results did not come.',
    })
  })

  test('without a journal is what state.json, system_info.yaml and the results tell', async () => {
    const directory = await completeSession(temporaryFolder())
    const before = await readSession(directory)
    rmSync(join(directory, 'events.jsonl'))
    const after = await readSession(directory)
    for (const key of ['result', 'kind', 'plan', 'startedAt', 'total', 'counts'] as const) {
      expect(after[key], key).toEqual(before[key])
    }
    expect(after.loadouts[0]).toMatchObject({ runTime: 12, vramPeak: 4, counts: { passed: 4 } })
    await checkAgreement(directory)
    writeFileSync(join(directory, 'state.json'), '{')
    writeFileSync(join(directory, 'system_info.yaml'), ': :\n- {')
    expect(await readSession(directory)).toMatchObject({
      judgement: { verdict: 'results_only' },
      host: null,
      damage: ['system_info.yaml cannot be read: nothing is known of the machine.'],
    })
  })
})

describe('a directory of results alone', () => {
  test('is read, and what only a journal knows is empty', async () => {
    const directory = await resultsOnlySession(temporaryFolder())
    const all = await checkAgreement(directory)
    expect(all).toHaveLength(18)
    expect(await readSession(directory)).toMatchObject({
      judgement: { verdict: 'results_only' },
      result: null,
      kind: null,
      plan: null,
      host: null,
      endedAt: null,
      duration: null,
      total: null,
      services: [],
      errors: [],
      damage: [],
      loadouts: [{ domain: 'llm', vramPeak: 4, setupTime: 3.1, runTime: null }, {}, {}, {}, {}, {}],
    })
  })

  test('of another tool is read: other layouts, older names, NaN, and what it does not say is null', async () => {
    const directory = foreignSession(temporaryFolder())
    const all = await checkAgreement(directory)
    expect(all.map(({ name, status, loadout }) => [name, status, loadout])).toEqual([
      ['greeting', 'PASSED', 'OL_qwen2.5-0.5b'],
      ['riddle', 'FAILED', 'OL_qwen2.5-0.5b'],
      ['odd', 'INTERRUPTED', 'OL_qwen2.5-0.5b'],
      ['hello', 'PASSED', 'unknown'],
    ])
    expect(all[0]).toMatchObject({
      started_at: null,
      vram_peak: null,
      errors: [],
      metrics: { ttft: 0.25, wps: 1, cps: 4 },
      derived: ['wps', 'cps'],
    })
    expect(all[1]!.errors).toEqual([{ message: 'said nothing' }])
    expect(all[2]!.metrics).toEqual({})
    const { audio_seconds, rtf } = all[3]!.metrics as Record<string, number>
    expect(rtf).toBeCloseTo(0.5 / audio_seconds!, 9)
  })

  test('that is cut off or holds something else is read as far as it goes, and says so', async () => {
    const directory = await resultsOnlySession(temporaryFolder())
    const path = join(directory, 'llm.json')
    const rows = stored(directory, 'llm').length
    truncateSync(path, readFileSync(path).length - 30)
    expect((await results(directory)).filter(({ domain }) => domain === 'llm')).toHaveLength(
      rows - 1,
    )
    expect((await readSession(directory)).damage).toEqual([
      'llm.json: it ends in the middle: the rest is lost.',
    ])
    writeFileSync(path, '[1, "two", {"unrelated": true}, null, [{"name": "nested"}]]')
    writeFileSync(join(directory, 'stt.json'), 'not at all')
    expect((await readSession(directory)).damage).toEqual([
      'llm.json: element 1 is no object: it is left out.',
      'llm.json: element 2 is no object: it is left out.',
      'llm.json: an object in it is no result.',
      'llm.json: element 4 is no object: it is left out.',
      'llm.json: element 5 is no object: it is left out.',
      'stt.json: it holds no JSON.',
    ])
  })
})

test('an empty directory is a session of which nothing is known; none at all is a mistake', async () => {
  const directory = emptySession(temporaryFolder())
  expect(await readSession(directory)).toMatchObject({
    judgement: { verdict: 'results_only' },
    files: [],
    loadouts: [],
  })
  expect(await results(directory)).toEqual([])
  await expect(readSession(join(directory, 'gone'))).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringMatching(/gone cannot be read as a session .*: name a directory\.$/),
  })
})

test('a run of one domain has that domain alone', async () => {
  const directory = await oneDomainSession(temporaryFolder())
  expect((await checkAgreement(directory)).map(({ domain }) => domain)).toEqual(['tts'])
  const { loadouts, files } = await readSession(directory)
  expect(loadouts.map(({ domain }) => domain)).toEqual(['tts'])
  expect(files.filter((name) => /^\w{3}\.json$/.test(name))).toEqual(['tts.json'])
})

test('what a newer version wrote is refused with a sentence that says what to do', async () => {
  const logs = temporaryFolder()
  for (const where of ['state', 'results'] as const) {
    // oxlint-disable-next-line no-await-in-loop -- two
    const directory = await futureSession(logs, where)
    const refused = {
      code: 'USAGE',
      message: expect.stringMatching(
        /was written by a newer version of jarvis \(schema_version 99\): update it\.$/,
      ),
    }
    // oxlint-disable-next-line no-await-in-loop -- two
    await expect(readSession(directory)).rejects.toMatchObject(refused)
    // oxlint-disable-next-line no-await-in-loop -- two
    await expect(results(directory)).rejects.toMatchObject(refused)
  }
})

test('events that this version does not know are passed over', async () => {
  const directory = await completeSession(temporaryFolder())
  const before = await readSession(directory)
  const entries = journalEntries(directory)
  const unknown = { ...entries[3]!, type: 'model_dreamed', of: 'sheep' } as unknown as JournalEntry
  writeJournal(directory, [...entries.slice(0, 4), unknown, ...entries.slice(4)])
  expect(await readSession(directory)).toEqual(before)
  expect(await checkAgreement(directory)).toHaveLength(18)
})

test('a text comes out as it was written, whatever it holds', async () => {
  const all = await checkAgreement(await hostileSession(temporaryFolder()))
  expect(all.map(({ output_text }) => output_text)).toEqual(
    // JSON has no halves of characters: they are escaped there, and are halves again here.
    Object.values(HOSTILE_TEXTS),
  )
})

test('many results are read one by one, and readers agree on them', async () => {
  const directory = await manyResultsSession(temporaryFolder(), 2_000)
  expect(await checkAgreement(directory)).toHaveLength(2_000)
  rmSync(join(directory, 'events.jsonl'))
  expect(await checkAgreement(directory)).toHaveLength(2_000)
  expect(readdirSync(directory)).toContain('stt.json')
})

test('reading ten thousand results takes no more than twenty megabytes of objects', async () => {
  const directory = await manyResultsSession(temporaryFolder(), 10_000)
  const index = new URL('index.ts', import.meta.url).href
  const program = `
    const { readResults, readSession } = await import(${JSON.stringify(index)})
    const directory = ${JSON.stringify(directory)}
    const { counts } = await readSession(directory)
    let read = 0
    for await (const result of readResults(directory)) read += result.id === '' ? 0 : 1
    console.log(read, counts.passed + counts.failed)`
  const options = ['--max-old-space-size=20', '--input-type=module', '--eval', program]
  const { stdout } = await execa(process.execPath, options)
  expect(stdout).toBe('10000 10000')
})

/** What a journal that is cut there is: it died until its last line is whole, its line break aside. */
function statusAt(bytes: Buffer, end: number): string {
  const first = bytes.indexOf(10)
  if (end < first) return 'results_only'
  return end >= bytes.length - 1 ? 'whole' : 'died'
}
