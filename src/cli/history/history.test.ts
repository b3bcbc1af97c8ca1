import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import type { ScenarioResult } from '../../events/index.ts'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { resultsSession } from '../../../test/support/session-directories.ts'
import { FAST, reply, SLOW } from '../../../test/support/fast-and-slow.ts'
import { STORY_LOADOUTS, storyResult } from '../../../test/support/story-results.ts'
import type { Command } from '../command.ts'
import { baselineCommand } from './baseline.ts'
import { checkCommand } from './check.ts'
import { compareCommand } from './compare.ts'
import { pinCommand } from './pin.ts'
import { pruneCommand } from './prune.ts'
import { trendCommand } from './trend.ts'

const LLM = STORY_LOADOUTS[0]!

/** A project with runs of a plan, one a day, each of one scenario that took so long. */
async function projectOf(...durations: number[]) {
  const cwd = temporaryFolder()
  const logs = join(cwd, 'logs')
  mkdirSync(logs)
  const names: string[] = []
  for (const [day, duration] of durations.entries()) {
    const results: ScenarioResult[] = [storyResult(LLM, 'chat > greets', { duration })]
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as they are named by their start
    names.push(basename(await resultsSession(logs, results, { start: new Date(2026, 1, day + 1) })))
  }
  const run = async ({ run: runCommand }: Command, ...args: string[]) => {
    let text = ''
    const write = (more: string): void => void (text += more)
    const code = await runCommand(args, { cwd, env: {}, write, colors: false })
    return { code, text }
  }
  return { cwd, logs, names, run }
}

test('compare takes the run before, or the baseline, and fails only where it is told to', async () => {
  const { names, logs, run } = await projectOf(1, 2, 2.1)
  const [first, second, third] = names
  const plain = await run(compareCommand)
  expect(plain.text).toMatch(new RegExp(`^A  ${second}  Nightly\n.*\n.*\nB  ${third}  Nightly\n`))
  expect(plain.text).toContain('1 passing as before.')
  await run(baselineCommand, 'set', 'default', first!)
  const slower = await run(compareCommand, '--fail')
  // Three nights cannot tell a change from noise, so that it fails nothing.
  expect(slower.code).toBe(0)
  expect(slower.text).toContain('    B beside A: Duration 1 s → 2.1 s (+110 %), VRAM peak')
  expect(slower.text).toContain(
    '    cannot tell: no history to tell it from noise: it takes 4 more whole nights of this host and plan\n',
  )
  const json = await run(compareCommand, 'default', 'latest', '--json', '--html')
  expect(JSON.parse(json.text)).toMatchObject({ a: { name: first }, b: { name: third } })
  const page = readFileSync(join(logs, `compare_${first}_${third}.html`), 'utf8')
  expect(page).toContain('Duration 1 s → 2.1 s (+110 %)')
  await expect(run(compareCommand, first!, second!, '--threshold', 'x')).rejects.toThrow(
    'Expected --threshold to be a number of per cent such as 10, got `x`.',
  )
  await expect(run(compareCommand, 'RUN_20200101_000000')).rejects.toThrow('There is no session')
})

test('compare tells a loadout that is slower than the nights before it, and fails for that alone', async () => {
  const { names, run } = await projectOf(1, 1.02, 0.99, 1, 1.01, 0.98, 1.03, 2)
  const slower = await run(compareCommand, '--fail')
  expect(slower.code).toBe(1)
  expect(slower.text).toMatch(
    new RegExp(
      'Slower \\(1\\)\n  Duration  llm ollama://qwen2.5:0.5b\n' +
        `    Duration \\+99 % \\(95 % .*\\), the newest night beside 7 before, since ${names.at(-1)}\n`,
    ),
  )
  expect(slower.text).toContain('chat > greets: Duration 1.03 s → 2 s (+94 %)')
  expect((await run(compareCommand, names[0]!, names[6]!, '--fail')).code).toBe(0)
})

test('trend tells of each loadout what it came to, when, and how far it reaches', async () => {
  const { names, run } = await projectOf(1, 2, 4)
  const { text } = await run(trendCommand, 'duration')
  expect(text).toMatchInlineSnapshot(`
    "duration of 3 runs, 2026-02-01 to 2026-02-03; lower is better

    LOADOUT                                    NEWEST  N  RANGE  RUNS
    llm ollama://qwen2.5:0.5b › chat > greets     4 s  1  1–4 s  ▁▃█

    2026-02-01 00:00  RUN_20260201_000000  1 s    n 1
    2026-02-02 00:00  RUN_20260202_000000  2 s    n 1
    2026-02-03 00:00  RUN_20260203_000000  4 s    n 1
    "
  `)
  const json = await run(trendCommand, 'duration', '--json', '--last', '2')
  expect(JSON.parse(json.text)).toMatchObject({
    sessions: names.slice(1),
    better: 'lower',
    series: [{ scenario: 'chat > greets', measured: 'value' }],
  })
  expect((await run(trendCommand, 'wer')).text).toBe(
    'No result of 3 runs tells wer.\nWithout wer: llm ollama://qwen2.5:0.5b.\n',
  )
  await expect(run(trendCommand, 'durations')).rejects.toThrow('Did you mean duration?')
  await expect(run(trendCommand, 'wer', '--domain', 'lml')).rejects.toThrow(
    'No run has a domain "lml". Did you mean llm? There are: llm.',
  )
  await expect(run(trendCommand)).rejects.toThrow('Expected one metric')
})

test('trend of a speed is a ratio to one night, and says what it is without and which runs are left out', async () => {
  const { logs, run } = await projectOf()
  const nights = [
    [reply(FAST, 'a > short', 5), reply(FAST, 'a > long', 60), reply(SLOW, 'a > short', 5)],
    [reply(FAST, 'a > short', 5), reply(FAST, 'a > long', 5, { status: 'FAILED' })],
    [reply(FAST, 'a > short', 5), reply(FAST, 'a > long', 60), reply(SLOW, 'a > long', 60)],
  ]
  for (const [day, results] of nights.entries()) {
    const start = new Date(2026, 1, day + 1)
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as they are named by their start
    await resultsSession(logs, results, { start })
    const part = { kind: 'partial', start: new Date(2026, 1, day + 1, 12) } as const
    // oxlint-disable-next-line no-await-in-loop -- see above
    await resultsSession(logs, results, part)
  }
  expect((await run(trendCommand, 'tps')).text).toMatchInlineSnapshot(`
    "tps of 3 runs, 2026-02-01 to 2026-02-03; higher is better

    LOADOUT         NEWEST    95 %  N  OF           RANGE  RUNS
    llm sim://fast  1.00 ×  1.00 ×  2              1.00 ×  ▄▄▄
    llm sim://slow  1.00 ×          1  2026-02-01  1.00 ×  ▄

    × is beside the run of 2026-02-01, RUN_20260201_000000: geometric mean over the scenarios that passed in both.
    Left out are 3 runs:
      RUN_20260201_120000, RUN_20260202_120000, RUN_20260203_120000: not a run of a whole plan
    "
  `)
  expect((await run(trendCommand, 'tps', '--loadout', '*fast')).text).toMatchInlineSnapshot(`
    "tps of 3 runs, 2026-02-01 to 2026-02-03; higher is better

    LOADOUT         NEWEST    95 %  N   RANGE  RUNS
    llm sim://fast  1.00 ×  1.00 ×  2  1.00 ×  ▄▄▄

    2026-02-01 00:00  RUN_20260201_000000  1.00 ×          n 2
    2026-02-02 00:00  RUN_20260202_000000  1.00 ×          n 1  without a > long
    2026-02-03 00:00  RUN_20260203_000000  1.00 ×  1.00 ×  n 2

    × is beside the run of 2026-02-01, RUN_20260201_000000: geometric mean over the scenarios that passed in both.
    Left out are 3 runs:
      RUN_20260201_120000, RUN_20260202_120000, RUN_20260203_120000: not a run of a whole plan
    "
  `)
  expect((await run(trendCommand, 'pass_rate', '--loadout', '*fast')).text).toMatchInlineSnapshot(`
    "pass_rate of 3 runs, 2026-02-01 to 2026-02-03; higher is better

    LOADOUT         NEWEST        95 %  N     RANGE  RUNS
    llm sim://fast   100 %  34.2–100 %  2  50–100 %  █▅█

    2026-02-01 00:00  RUN_20260201_000000  100 %   34.2–100 %  n 2
    2026-02-02 00:00  RUN_20260202_000000   50 %  9.45–90.5 %  n 2
    2026-02-03 00:00  RUN_20260203_000000  100 %   34.2–100 %  n 2

    Left out are 3 runs:
      RUN_20260201_120000, RUN_20260202_120000, RUN_20260203_120000: not a run of a whole plan
    "
  `)
})

test('check says of each gate whether it held, and takes options over the plan that ran', async () => {
  const { logs, names, run } = await projectOf(1, 3)
  await expect(run(checkCommand)).rejects.toThrow('has no gates. Give some')
  const held = await run(checkCommand, names[0]!, '--max-failures', '0', '--min-pass-rate', '90%')
  expect(held).toEqual({
    code: 0,
    text: [
      'held        max_failures   0 results not passed, at most 0',
      'held        min_pass_rate  1 of 1 passed, 100 %, at least 90 %',
      '',
      `${names[0]}: All 2 gates held.`,
      '',
    ].join('\n'),
  })
  const path = join(logs, names[1]!, 'system_info.yaml')
  const info = readFileSync(path, 'utf8')
  writeFileSync(path, info.replace('name: Nightly\n', 'name: Nightly\n    gates: { max_wer: 1 }\n'))
  const planned = await run(checkCommand)
  expect(planned.code).toBe(1)
  expect(planned.text).toContain('not judged  max_wer  no result of this run has wer\n')
  await expect(run(checkCommand, '--max-wer', 'x')).rejects.toThrow('Expected --max-wer to be')
})

test('check tells slower than a baseline, and says of what nobody can tell that it passes, or fails where it is to', async () => {
  const { names, run } = await projectOf(1, 1.01, 0.99, 1, 1.02, 0.98, 2)
  const slower = await run(checkCommand, '--baseline', names[5]!, '--json')
  expect(slower.code).toBe(1)
  expect(JSON.parse(slower.text)).toMatchObject({
    session: names[6],
    passed: false,
    verdicts: [{ gate: 'no_slower_than', status: 'broken', limit: 0.1, fails: true }],
  })
  // Two nights do not tell how much nights differ.
  const early = [names[1]!, '--baseline', names[0]!]
  const unsure = await run(checkCommand, ...early)
  expect(unsure.code).toBe(0)
  expect(unsure.text).toMatch(
    /^cannot tell no_slower_than {2}llm \S+: Duration \+1 % \(1 scenario\) than in RUN_\w+, .*; it passes with that, as long as it does not say `uncertain: fail`\n/,
  )
  expect(unsure.text).toContain(`${names[1]}: 0 of 1 gates held; 1 cannot be told, which passes.\n`)
  const strict = await run(checkCommand, ...early, '--uncertain', 'fail', '--json')
  expect(strict.code).toBe(1)
  expect(JSON.parse(strict.text)).toMatchObject({
    passed: false,
    verdicts: [{ status: 'cannot_tell', uncertain: 'fail', fails: true }],
  })
  await expect(run(checkCommand, ...early, '--uncertain', 'maybe')).rejects.toThrow(
    'Expected --uncertain to be one of: pass, fail, got `maybe`.',
  )
})

test('baselines are set, listed and removed', async () => {
  const { cwd, names, run } = await projectOf(1)
  expect((await run(baselineCommand)).text).toContain('There is no baseline')
  expect((await run(baselineCommand, 'set', 'v1')).text).toBe(`The baseline v1 is ${names[0]}.\n`)
  const list = await run(baselineCommand, 'list', '--json')
  expect(JSON.parse(list.text)).toMatchObject([{ name: 'v1', session: names[0], exists: true }])
  expect((await run(baselineCommand, 'list')).text).toMatch(new RegExp(`^v1  ${names[0]}  set 20`))
  await run(baselineCommand, 'remove', 'v1')
  await expect(run(baselineCommand, 'remove', 'v1')).rejects.toThrow('There is no baseline v1')
  await expect(run(baselineCommand, 'put')).rejects.toThrow('Expected set [NAME] [SESSION]')
  const elsewhere = join(cwd, 'copied')
  mkdirSync(elsewhere)
  writeFileSync(join(elsewhere, 'events.jsonl'), '')
  await expect(run(baselineCommand, 'set', 'v2', elsewhere)).rejects.toThrow('is not a session in')
})

test('prune says what it would remove, wants a yes, and leaves what is pinned', async () => {
  const { logs, names, run } = await projectOf(1, 1, 1, 1)
  const [oldest, old, third, newest] = names
  await run(pinCommand, oldest!)
  const dry = await run(pruneCommand, '--keep', '2', '--dry-run')
  expect(dry.code).toBe(0)
  expect(dry.text).toMatch(
    new RegExp(
      `^${old}  2026-02-02  plan  +0.0 MB  too many\n${oldest}  stays: pinned\n1 session would`,
    ),
  )
  const asked = await run(pruneCommand, '--keep', '2')
  expect(asked.code).toBe(2)
  expect(asked.text).toContain('Nothing was removed: say y, or add --yes.')
  expect(readdirSync(logs).filter((name) => name.startsWith('RUN_'))).toHaveLength(4)
  const done = await run(pruneCommand, '--days', '1', '--yes', '--json')
  expect(done.code).toBe(0)
  expect(JSON.parse(done.text)).toMatchObject({
    dry_run: false,
    removed: [{ name: third, beyond: 'age' }, { name: old }],
    stays: [{ name: oldest, why: 'pinned' }],
  })
  expect(existsSync(join(logs, newest!))).toBe(true)
  await run(pinCommand, oldest!, '--remove')
  expect((await run(pruneCommand, '--keep', '1', '--yes')).text).toContain(
    'Done: removed 1 session',
  )
  await expect(run(pruneCommand, '--keep', '0')).rejects.toThrow('Expected --keep to be a whole')
})
