import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { ended, sessionOptions, temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { HOSTILE_TEXTS } from '../../../test/support/hostile-results.ts'
import {
  completeSession,
  emptySession,
  foreignSession,
  futureSession,
  hostileSession,
  judgedSession,
  killedSession,
  manyResultsSession,
  oneDomainSession,
  resultsOnlySession,
  resultsSession,
} from '../../../test/support/session-directories.ts'
import { STORY_LOADOUTS, storyResult } from '../../../test/support/story-results.ts'
import { metrics } from '../../metrics/index.ts'
import {
  type ReportedResult,
  readResults,
  type SessionSummary,
} from '../../report/session/index.ts'
import { setBaseline } from '../../session/history/baselines.ts'
import { openSession, recoverSession } from '../../session/index.ts'
import { pinSession } from '../../session/history/pin.ts'
import type { Command } from '../command.ts'
import { findSession } from '../find-session.ts'
import { exportCommand } from './export.ts'
import { listCommand } from './list.ts'
import { showCommand } from './show.ts'

interface Said {
  code: number
  text: string
}

/** Runs a command in a project whose sessions lie in `logs`. */
async function run(command: Command, logs: string, ...args: string[]): Promise<Said> {
  let text = ''
  const terminal = {
    cwd: logs,
    env: { JARVIS_LOGS: logs },
    write: (more: string) => void (text += more),
    colors: false,
  }
  const code = await command.run(args, terminal)
  return { code, text }
}

const list = (logs: string, ...args: string[]): Promise<Said> => run(listCommand, logs, ...args)
const show = (logs: string, ...args: string[]): Promise<Said> => run(showCommand, logs, ...args)
const csv = async (logs: string, ...args: string[]): Promise<Record<string, string>[]> => {
  const { text } = await run(exportCommand, logs, ...args)
  return tableOf(text)
}

async function resultsOf(directory: string): Promise<ReportedResult[]> {
  const results: ReportedResult[] = []
  for await (const result of readResults(directory)) results.push(result)
  return results
}

/** Reads a table strictly by RFC 4180: CR LF after each line, quotes only around and doubled within cells. */
function tableOf(text: string): Record<string, string>[] {
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y
  const rows: string[][] = [[]]
  let read = 0
  for (let found = cell.exec(text); found !== null; found = cell.exec(text)) {
    const [, quoted, plain = '', end] = found
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain)
    if (end === '\r\n') rows.push([])
    read = cell.lastIndex
  }
  expect(read).toBe(text.length)
  expect(rows.pop()).toEqual([])
  const [titles = [], ...others] = rows
  for (const row of others) expect(row).toHaveLength(titles.length)
  return others.map((row) => Object.fromEntries(titles.map((title, at) => [title, row[at]!])))
}

test('list tells of each session when, of what plan, how it ended, with what results, and where', async () => {
  const logs = temporaryFolder()
  await completeSession(logs)
  await killedSession(logs, 0.5)
  const start = new Date(2026, 1, 17, 8)
  const [llm] = STORY_LOADOUTS
  await resultsSession(logs, [storyResult(llm!, 'chat')], { kind: 'partial', start })
  const { code, text } = await list(logs)
  expect(code).toBe(0)
  expect(text).toMatchInlineSnapshot(`
    "STARTED              SESSION                PLAN               STATUS   TOOK  RESULTS                                       HOST
    2026-02-17 08:00:00  RUN_20260217_080000    Nightly (partial)  passed   2.5s  1 passed                                      2 x NVIDIA GeForce RTX 5090
    2026-02-16 23:12:05  RUN_20260216_231205_2  Nightly            died    24.3s  6 passed, 3 failed, 1 skipped, 1 interrupted  2 x NVIDIA GeForce RTX 5090
    2026-02-16 23:12:05  RUN_20260216_231205    Nightly            failed  53.9s  11 passed, 4 failed, 1 missing, 2 skipped     2 x NVIDIA GeForce RTX 5090

    RUN_20260216_231205_2: The run died during the scenario consistency, last heard of at 2026-02-16 23:12:29: 7 of 18 results did not come.
    To go on with one of these: npx --no-install jarvis resume RUN_20260216_231205_2
    "
  `)
})

test('list says what keeps a session from being pruned, and does without baselines that cannot be read', async () => {
  const logs = temporaryFolder()
  const [first, second] = [await oneDomainSession(logs), await oneDomainSession(logs)]
  await oneDomainSession(logs)
  await pinSession(first)
  await setBaseline(logs, 'default', basename(first))
  await setBaseline(logs, 'before-driver', basename(second))
  const kept = async (): Promise<unknown[]> => {
    const sessions = JSON.parse((await list(logs, '--json')).text) as Record<string, unknown>[]
    return sessions.map(({ baselines, pinned }) => [baselines, pinned])
  }
  expect(await kept()).toEqual([
    [[], false],
    [['before-driver'], false],
    [['default'], true],
  ])
  const lines = (await list(logs)).text.trimEnd().split('\n')
  expect(lines.map((line) => line.split(/  +/).at(-1))).toEqual([
    'KEPT',
    '2 x NVIDIA GeForce RTX 5090',
    'baseline before-driver',
    'baseline default, pinned',
  ])
  writeFileSync(join(logs, 'baselines.json'), '{')
  expect(await kept()).toEqual([
    [[], false],
    [[], false],
    [[], true],
  ])
})

test('list says of a run that died how long it went on, whenever its end was recorded', async () => {
  const logs = temporaryFolder()
  const directory = await killedSession(logs, 0.5)
  const summaries = async (): Promise<SessionSummary[]> =>
    JSON.parse((await list(logs, '--json')).text) as SessionSummary[]
  const [before] = await summaries()
  await recoverSession(directory, 'recovery')
  const [after] = await summaries()
  expect(after).toMatchObject({
    judgement: before!.judgement,
    outcome: 'died',
    counts: { interrupted: 1 },
  })
  expect(after!.duration).toBe(before!.duration)
})

test('list shows the newest sessions, all when asked, and those that are called otherwise', async () => {
  const logs = temporaryFolder()
  for (let number = 0; number < 4; number += 1) {
    // oxlint-disable-next-line no-await-in-loop -- each takes the next free name
    const directory = await completeSession(logs)
    renameSync(directory, join(logs, `RUN_20260216_23120${number}`))
  }
  renameSync(join(logs, 'RUN_20260216_231203'), join(logs, 'before the new driver'))
  mkdirSync(join(logs, 'no session'))
  const names = async (...args: string[]): Promise<string[]> => {
    const { text } = await list(logs, '--json', ...args)
    return (JSON.parse(text) as SessionSummary[]).map(({ name }) => name)
  }
  expect((await names('--all')).toSorted()).toEqual([
    'RUN_20260216_231200',
    'RUN_20260216_231201',
    'RUN_20260216_231202',
    'before the new driver',
  ])
  expect(await names('--limit', '2')).toHaveLength(2)
  expect((await list(logs, '--limit', '1')).text).toMatch(
    /\n3 more; jarvis list --all shows them\.\n$/,
  )
  await expect(list(logs, '--limit', 'many')).rejects.toThrow(
    'Expected --limit to be a number from 1 on, got many.',
  )
  expect((await list(temporaryFolder())).text).toBe(
    'There are no sessions. Start a run: jarvis run\n',
  )
})

test('list and export leave out a session of a newer version, and say so', async () => {
  const logs = temporaryFolder()
  await futureSession(logs, 'state')
  const whole = await completeSession(logs)
  const { text } = await list(logs, '--json')
  expect((JSON.parse(text) as SessionSummary[]).map(({ name }) => name)).toEqual([basename(whole)])
  const rows = await csv(logs, '--all')
  expect(new Set(rows.map(({ session }) => session))).toEqual(new Set([basename(whole)]))
  await expect(csv(logs, 'RUN_20260216_231205')).rejects.toThrow(/newer version of jarvis/)
})

test('show tells the run, its loadouts, and what did not pass with the lines of the services', async () => {
  const logs = temporaryFolder()
  const directory = await completeSession(logs)
  const { code, text } = await show(logs)
  expect(code).toBe(1)
  const shown = text
    .replaceAll(directory, '<session>')
    .replaceAll(process.versions.node, '<version>')
  expect(shown).toMatchInlineSnapshot(`
    "RUN_20260216_231205  failed  11 passed, 4 failed, 1 missing, 2 skipped
    The run is whole: all 18 results came.
    plan      Nightly (plans/nightly.yaml)
    started   2026-02-16 23:12:05, took 53.9s
    host      2 x NVIDIA GeForce RTX 5090, driver 590.44, 126 GB RAM, Ubuntu 24.04 (Linux 6.8.0)
    git       main 0123456789
    versions  jarvis 1.0.0, vitest 5.1.1, node <version>, ollama 0.14.2, vllm not found
    files     <session>
    error     the disk is nearly full

    DOMAIN  LOADOUT                                          STATE    RESULTS                        SETUP    RUN  CLEANUP  VRAM PRIOR   LOADED     PEAK    AFTER
    llm     ollama-qwen2.5-0.5b                              stopped  4 passed, 2 failed, 1 skipped   3.1s  12.0s     0.6s     1.00 GB  3.50 GB  4.00 GB  1.00 GB
    llm     ollama-qwen2.5-0.5b-stream                       stopped  4 passed, 2 failed, 1 skipped   3.1s  12.0s     0.6s     1.00 GB  3.50 GB  4.00 GB  1.00 GB
    vlm     vllm-tiny                                        stopped  1 passed                        3.1s  12.0s     0.6s     1.00 GB  3.50 GB  4.00 GB  1.50 GB
    stt     native-whisper                                   stopped  1 passed                        3.1s  12.0s     0.6s     1.00 GB  3.50 GB  4.00 GB  1.00 GB
    tts     native-voice                                     stopped  1 passed                        3.1s  12.0s     0.6s     1.00 GB  3.50 GB  4.00 GB  1.00 GB
    sts     native-whisper_ollama-qwen2.5-0.5b_native-voice  failed   1 missing                       3.1s                     1.00 GB  3.50 GB  4.00 GB
    vllm-tiny: 0.50 GB did not come back: python3 (pid 77, 0.50 GB)
    native-whisper_ollama-qwen2.5-0.5b_native-voice: native://whisper is not installed here: run pip install whisper

    DOMAIN  LOADOUT                     OUTPUT TOK/S [×]         TTFT [×]
    llm     ollama-qwen2.5-0.5b         1.00 × (n 2)             1.00 × (n 1)
    llm     ollama-qwen2.5-0.5b-stream  0.89 × (0.22–3.69, n 2)  1.00 × (n 1)

    llm, Output tok/s [×]: ratio to the fastest, over 2 of 4 scenarios, those that passed on both loadouts (the fewest on ollama://qwen2.5:0.5b: 2); higher is better.
    llm, TTFT [×]: ratio to the fastest, over 1 of 4 scenarios, those that passed on both loadouts (the fewest on ollama://qwen2.5:0.5b: 2); lower is better.
    vlm, Output tok/s: 7.27/s (colours > names the colour); no rank, as vllm://acme/tiny-vl is alone.
    vlm, TTFT: 0.138 s (colours > names the colour); no rank, as vllm://acme/tiny-vl is alone.
    stt, RTFx: 6.74 (english_std); no rank, as native://whisper is alone.
    tts, RTFx: 4 (greeting); no rank, as native://voice is alone.
    tts, TTFA: 0.1 s (greeting); no rank, as native://voice is alone.

    cpu_offload in 2 of 18 results: Part of the model lay in the memory of the host, not of the GPU. In doubt: TTFT, E2E latency, Output tok/s, ITL, ITL mean, Duration.

    5 results did not pass: 3 causes.

    FAILED  arithmetic > 17 + 25  llm ollama-qwen2.5-0.5b (0.9s)
        expected "43" to be "42"
        expected: 42
        actual:   43
        flags: cpu_offload
        scenarios/llm/arithmetic.scenario.ts
        qwen wrote, in svc_llm_qwen_20260216_231206.log:
          2026-02-16 23:12:10 WARN KV cache is nearly full 🤔
        1 more result of this cause (failure-f70bcf2c):
          FAILED  arithmetic > 17 + 25  llm ollama-qwen2.5-0.5b-stream

    FAILED  consistency  llm ollama-qwen2.5-0.5b, repeat 2 (1.1s)
        said something else
        scenarios/llm/consistency.scenario.ts
        1 more result of this cause (failure-03445c5a):
          FAILED  consistency  llm ollama-qwen2.5-0.5b-stream, repeat 2

    MISSING  home_command  sts native-whisper_ollama-qwen2.5-0.5b_native-voice
        native://whisper is not installed here: run pip install whisper
        scenarios/sts/home_command.scenario.ts
    "
  `)
})

test('show tells what became of the gates of a run', async () => {
  const logs = temporaryFolder()
  await judgedSession(logs)
  const { text } = await show(logs)
  expect(text.split('\n').filter((line) => line.startsWith('gate'))).toEqual([
    'gate      min_pass_rate held: 11 of 16 passed, 68.8 %, at least 50 %',
    'gate      max_failures broken: 5 results not passed, more than 0',
    'gate      max_ttfa (tts native://*) not judged: no result of this run has ttfa',
    'gate      no_slower_than cannot tell: llm ollama://qwen2.5:0.5b: TTFT +29 % (6 scenarios) than in RUN_20260215_231205',
  ])
  const { gates } = JSON.parse((await show(logs, '--json')).text) as { gates: unknown[] }
  expect(gates).toHaveLength(4)
  expect(gates[1]).toEqual({
    gate: 'max_failures',
    domain: null,
    loadout: null,
    status: 'broken',
    limit: 0,
    actual: 5,
    message: '5 results not passed, more than 0',
    fails: true,
  })
})

test('show --failed gives every result that did not pass, and nothing else', async () => {
  const logs = temporaryFolder()
  await manyResultsSession(logs, 1_000)
  const failed = (await show(logs, '--failed')).text.match(/^FAILED {2}/gm)!
  const overview = (await show(logs)).text
  expect(overview.match(/^FAILED {2}/gm)).toHaveLength(10)
  expect(overview).toMatch(
    new RegExp(`\n${failed.length - 10} more causes; jarvis show RUN_20260216_231205 --failed\n$`),
  )
  const passed = await oneDomainSession(logs)
  expect(await show(logs, basename(passed), '--failed')).toEqual({
    code: 0,
    text: 'Nothing failed or is missing.\n',
  })
})

test('show --json is one object with everything that is known', async () => {
  const logs = temporaryFolder()
  await completeSession(logs)
  const { text } = await show(logs, '--json')
  const all = JSON.parse(text) as Record<string, unknown> & { results: { status: string }[] }
  expect(all).toMatchObject({
    outcome: 'failed',
    vram_peak: 4,
    host: { cpu_count: 32 },
    engines: { ollama: '0.14.2', vllm: null },
    loadouts: [{ setup_time: 3.1, vram_after: 1 }, {}, {}, {}, {}, {}],
  })
  expect(all.results).toHaveLength(18)
  const wrong = JSON.parse((await show(logs, '--json', '--failed')).text) as typeof all
  expect(wrong.results.map(({ status }) => status)).toEqual([
    'FAILED',
    'FAILED',
    'FAILED',
    'FAILED',
    'MISSING',
  ])
  writeFileSync(join(emptySession(logs), 'notes.txt'), '')
  await expect(show(logs, 'RUN_20260216_231205_2', '--json')).rejects.toThrow(
    'RUN_20260216_231205_2 holds nothing of a session. See: jarvis list',
  )
})

test('show gives what there is of runs that died and of results alone', async () => {
  const logs = temporaryFolder()
  await killedSession(logs, 0.5)
  const died = await show(logs)
  expect(died.code).toBe(1)
  expect(died.text).toMatch(
    /^RUN_20260216_231205 {2}died {2}6 passed, 3 failed, 1 skipped, 1 interrupted\nThe run died during the scenario consistency, /,
  )
  await resultsOnlySession(logs)
  expect((await show(logs)).text).toMatch(/^RUN_20260216_231205_2 {2}results only {2}11 passed/)
  foreignSession(logs)
  expect((await show(logs)).text).toContain(
    'FAILED  riddle  llm OL_qwen2.5-0.5b\n    said nothing\n',
  )
})

test('what models say reaches the terminal as one line of plain text each', async () => {
  const logs = temporaryFolder()
  await hostileSession(logs)
  const { text } = await show(logs, '--failed')
  // oxlint-disable-next-line no-control-regex -- these are what must not be there
  expect(text).not.toMatch(/[\0-\u{9}\u{b}-\u{1f}\u{7f}-\u{9f}\u{202a}-\u{202e}]/u)
  expect(text.isWellFormed()).toBe(true)
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(700)
})

test('a CSV export has a row for each result and a column for each metric, own ones too', async () => {
  const logs = temporaryFolder()
  const directory = await completeSession(logs)
  const rows = await csv(logs)
  const all = await resultsOf(directory)
  expect(rows.map(({ id }) => id)).toEqual(all.map(({ id }) => id))
  expect(Object.keys(rows[0]!)).toEqual(
    expect.arrayContaining([...metrics.map(({ key }) => key), 'warmth', 'tokens_source']),
  )
  expect(rows[0]).toMatchObject({
    session: basename(directory),
    plan: 'Nightly',
    gpu: 'NVIDIA GeForce RTX 5090',
    driver: '590.44',
    domain: 'llm',
    models: 'ollama://qwen2.5:0.5b',
    name: 'english_std > greets back',
    status: 'PASSED',
    duration: '1.5',
    cold: 'true',
    ttft: '0.1',
    ttfo: '',
    itl: '[0.02,0.03,0.025]',
    vram_peak: '4',
    vram_after: '1',
    setup_time: '3.1',
    cleanup_time: '0.6',
    derived: 'wps cps',
    output_text: 'Good morning, how can I help you today?',
  })
  expect(rows.filter(({ warmth }) => warmth !== '').map(({ warmth }) => warmth)).toEqual([
    '0.5',
    '0.6',
    '0.7',
    '0.5',
    '0.6',
    '0.7',
  ])
})

test('no text of a CSV export is a formula, and none is lost', async () => {
  const logs = temporaryFolder()
  await hostileSession(logs)
  const rows = await csv(logs)
  const texts = Object.values(HOSTILE_TEXTS)
  expect(rows).toHaveLength(texts.length)
  for (const [index, row] of rows.entries()) {
    for (const [title, text] of Object.entries(row)) {
      const number = /^-?\d+(\.\d+)?(e[+-]\d+)?$/.test(text)
      expect(number || !/^\s*[=+\-@\t\r]/.test(text), `${title}: ${text.slice(0, 40)}`).toBe(true)
      // oxlint-disable-next-line no-control-regex -- these are what must not be there
      expect(text).not.toMatch(/[\0-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}\u{200b}\u{202a}-\u{202e}]/u)
    }
    const whole = texts[index]!.replaceAll(/\r\n?/g, '\n')
    // A sign stands for each character that one would not see.
    const plain = row['output_text']!.replace(/^'/, '').replaceAll(/<U\+[0-9A-F]{4,6}>/g, '·')
    expect(plain.length).toBe(whole.length)
    expect(wordsOf(plain)).toEqual(wordsOf(whole))
  }
})

/** Letters and digits alone, in any script. */
function wordsOf(text: string): string[] | null {
  return text.match(/[\p{L}\p{N}]+/gu)
}

test('a JSON lines export has the results of many sessions as they are', async () => {
  const logs = temporaryFolder()
  const directories = [await completeSession(logs), await hostileSession(logs)]
  const { text } = await run(exportCommand, logs, '--all', '--format', 'jsonl')
  const lines = text.split('\n').slice(0, -1)
  const expected: unknown[] = []
  for (const directory of directories) {
    // oxlint-disable-next-line no-await-in-loop -- two
    for (const result of await resultsOf(directory)) {
      expected.push({ session: basename(directory), ...result })
    }
  }
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(expected)
})

test('an export to a file says what it wrote, and leaves nothing half written', async () => {
  const logs = temporaryFolder()
  await completeSession(logs)
  const folder = temporaryFolder()
  const file = join(folder, 'all.csv')
  expect(await run(exportCommand, logs, '--output', file, '--bom')).toEqual({
    code: 0,
    text: `18 results of 1 session in ${file}\n`,
  })
  const first = readFileSync(file, 'utf8')
  expect(first.startsWith('\u{feff}session,')).toBe(true)
  expect(tableOf(first.slice(1))).toEqual(await csv(logs))
  await run(exportCommand, logs, '-o', join(folder, 'all.jsonl'))
  expect(readFileSync(join(folder, 'all.jsonl'), 'utf8').split('\n')).toHaveLength(19)
  expect(readdirSync(folder).toSorted()).toEqual(['all.csv', 'all.jsonl'])
  for (const args of [
    ['--format', 'xml'],
    ['-o', join(folder, 'gone', 'x.csv')],
    ['--all', 'x'],
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- few
    await expect(run(exportCommand, logs, ...args)).rejects.toMatchObject({ code: 'USAGE' })
  }
  expect(existsSync(join(folder, 'gone'))).toBe(false)
})

test('a session is found by name, by path, by a file in it, as the newest, and as the latest whole run', async () => {
  const logs = temporaryFolder()
  const place = { cwd: logs, env: { JARVIS_LOGS: logs } }
  await expect(findSession(undefined, place)).rejects.toThrow('There is no session in')
  await expect(findSession('latest', place)).rejects.toThrow('There is no run of a whole plan in')
  const whole = await completeSession(logs)
  const partial = await openSession({ ...sessionOptions(logs), kind: 'partial' })
  partial.record(ended(1))
  await partial.close({ status: 'PASSED' })
  expect(await findSession(undefined, place)).toBe(partial.directory)
  expect(await findSession('latest', place)).toBe(whole)
  expect(await findSession(basename(whole), place)).toBe(whole)
  const elsewhere = join(temporaryFolder(), 'brought along')
  cpSync(whole, elsewhere, { recursive: true })
  expect(await findSession(elsewhere, place)).toBe(elsewhere)
  expect(await findSession(join(elsewhere, 'events.jsonl'), place)).toBe(elsewhere)
  rmSync(join(elsewhere, 'events.jsonl'))
  expect(await findSession(elsewhere, place)).toBe(elsewhere)
  await expect(findSession(elsewhere, place, { withJournal: true })).rejects.toThrow(
    /has no events\.jsonl\. See: jarvis list$/,
  )
  writeFileSync(join(logs, 'note.txt'), '')
  await expect(findSession('note.txt', place)).rejects.toThrow('holds nothing of a session')
  await expect(findSession('gone', place)).rejects.toThrow(/^There is no session gone in/)
})
