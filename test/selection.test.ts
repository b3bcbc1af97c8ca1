import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createProject, type Project } from './support/project.ts'
import { type Ended, run, vitestProgram } from './support/run.ts'
import { normalLog, normalRows } from './support/normalise.ts'
import { sharedRun } from './support/shared-run.ts'

/** What a run came to: its rows, the services that it started, and whether it was the whole plan. */
function essence({ code, session }: Ended): object {
  const rows = ['llm', 'stt'].flatMap((domain) =>
    session?.names().includes(`${domain}.json`) ? session.results(domain) : [],
  )
  return {
    code,
    rows: rows.map(({ id, status }) => `${id} ${status}`),
    started: session?.eventsOf('service_spawned').map(({ model }) => model),
    kind: session?.eventsOf('run_started').map(({ kind }) => kind),
  }
}

describe('the whole plan', () => {
  const whole = sharedRun('domains')

  test('runs files in the order of the plan, and one loadout after the other', async () => {
    const { session } = whole()
    expect(essence(whole())).toMatchObject({ code: 0, kind: ['plan'] })
    const log = normalLog(session)
    await expect(log).toMatchFileSnapshot('expected/domains/progression.log.snap')
    const steps = session.events().filter(({ type }) => /^loadout_(ready|stopped)$/.test(type))
    expect(steps.map((event) => [event.type, 'loadout' in event && event.loadout])).toEqual([
      ['loadout_ready', 'sim-small'],
      ['loadout_stopped', 'sim-small'],
      ['loadout_ready', 'sim-small-stream'],
      ['loadout_stopped', 'sim-small-stream'],
      ['loadout_ready', 'sim-whisper'],
      ['loadout_stopped', 'sim-whisper'],
    ])
  })

  test('has a file of rows for each domain', async () => {
    const { session } = whole()
    await expect(normalRows(session, 'llm')).toMatchFileSnapshot('expected/domains/llm.json.snap')
    await expect(normalRows(session, 'stt')).toMatchFileSnapshot('expected/domains/stt.json.snap')
  })

  test('keeps what scenarios attach', () => {
    const { session } = whole()
    const [row] = session.results('llm')
    const [kept] = row?.attachments ?? []
    expect(kept).toMatchObject({ name: 'reply of the model.txt', type: 'text/plain' })
    expect(session.text(kept?.file ?? '')).toBe(row?.output_text)
  })
})

test.concurrent('-t runs tests by name, and what it left out is no row', async ({
  expect,
  onTestFinished,
}) => {
  const project = createProject('domains', onTestFinished)
  expect(essence(await run(project, { args: ['-t', 'counts'] }))).toEqual({
    code: 0,
    rows: ['llm|sim://small|apple|counts|0 PASSED', 'llm|sim://small#stream|apple|counts|0 PASSED'],
    started: ['sim://small', 'sim://small#stream'],
    kind: ['partial'],
  })
})

test.concurrent(
  '-t starts no service for a loadout without such a test',
  { tags: ['long'] },
  async ({ expect, onTestFinished }) => {
    const project = createProject('domains', onTestFinished)
    const none = await run(project, { args: ['-t', 'no such test'] })
    expect(essence(none)).toEqual({ code: 0, rows: [], started: [], kind: ['partial'] })
    expect(none.output).toMatch(/Tests {2}\d+ skipped/)
    expect(essence(await run(project, { args: ['-t', '^quiet$'] }))).toEqual(ONLY_QUIET)
  },
)

const ONLY_QUIET = {
  code: 0,
  rows: ['stt|sim://whisper|quiet|quiet|0 PASSED'],
  started: ['sim://whisper'],
  kind: ['partial'],
}

test.concurrent(
  'a single file starts only the service that it needs',
  { tags: ['long'] },
  async ({ expect, onTestFinished }) => {
    const project = createProject('domains', onTestFinished)
    const ended = await run(project, { args: ['scenarios/stt/quiet.scenario.ts'] })
    expect(essence(ended)).toEqual(ONLY_QUIET)
  },
)

test.concurrent(
  '--project picks loadouts by a pattern',
  { tags: ['long'] },
  async ({ expect, onTestFinished }) => {
    const project = createProject('domains', onTestFinished)
    const env = { NO_COLOR: undefined, FORCE_COLOR: '1' }
    const ended = await run(project, { args: ['--project', 'stt*'], env })
    expect(essence(ended)).toEqual(ONLY_QUIET)
    // The terminal is coloured where it is asked for, files never are.
    expect(ended.rawOutput).toContain('\u001b[32mPASSED\u001b[39m')
    expect(ended.session?.text('progression.log')).not.toContain('\u001b')
  },
)

test.concurrent('a file that the plan does not name starts nothing', async ({
  expect,
  onTestFinished,
}) => {
  const project = createProject('domains', onTestFinished)
  const { code, output, session } = await run(project, { args: ['scenarios/llm/other'] })
  expect([code, session]).toEqual([1, null])
  expect(output).toContain('No test files found')
})

test.concurrent.for(['--static-parse', '--no-static-parse'])(
  'vitest list %s makes no session and starts no service',
  async (option, { expect, onTestFinished }) => {
    const project = createProject('domains', onTestFinished)
    const { code, output } = await list(project, option)
    expect(code).toBe(0)
    expect(output).toContain('[llm sim://small] scenarios/llm/zebra.scenario.ts > zebra')
    expect(output).toContain('[stt sim://whisper] scenarios/stt/quiet.scenario.ts > quiet')
    expect(existsSync(join(project.root, 'logs'))).toBe(false)
  },
)

function list(project: Project, option: string): Promise<Ended> {
  return run(project, { command: [vitestProgram, 'list', '--config', 'jarvis', option] })
}

describe('a plan of many loadouts, of which -t names a part', () => {
  const LOADOUTS = 60
  const models = Array.from({ length: LOADOUTS }, (_, index) => `sim://m${index}`)

  /** Each load of a scenario file leaves a line in `loaded`. */
  function manyLoadouts(): Project {
    const project = createProject('outcomes')
    const plan = `name: Many\nexecution:\n  - { domain: llm, scenarios: [each], loadouts: [${models.join(', ')}] }\n`
    writeFileSync(join(project.root, 'plans/default.yaml'), plan)
    const scenario = [
      "import { appendFileSync } from 'node:fs'",
      "import { describe, test } from 'jarvis/scenario'",
      "appendFileSync('loaded', 'x')",
      "for (const name of ['one', 'two']) test(name, () => {})",
      "describe('a part', () => test.skip('left out', () => {}))",
    ]
    writeFileSync(join(project.root, 'scenarios/llm/each.scenario.ts'), scenario.join('\n'))
    return project
  }
  const loads = ({ root }: Project): number => readFileSync(join(root, 'loaded'), 'utf8').length

  test('a file of which it names nothing is loaded on the first, not on all', async () => {
    const project = manyLoadouts()
    const { code, output, session } = await run(project, { args: ['-t', 'nothing'] })
    expect(code, output).toBe(0)
    expect(session!.eventsOf('scenario_ended')).toEqual([])
    expect(session!.eventsOf('service_spawned')).toEqual([])
    // One or two more may be on their way when the first has ended.
    expect(loads(project)).toBeLessThan(5)
    expect(session!.text('progression.log')).toMatch(
      /\[INFO\] -t names no scenario of 5\d other loadouts: none of their files was loaded\n/,
    )
  })

  test('one that it names and its author skips is loaded on each', async () => {
    const project = manyLoadouts()
    const args = ['-t', 'a part left out', '--project', 'llm sim://m1', '--project', 'llm sim://m2']
    const { code, session } = await run(project, { args })
    expect(code).toBe(0)
    expect(loads(project)).toBe(2)
    expect(session!.text('progression.log')).not.toContain('-t names')
  })

  test('one that it names runs on each', { tags: ['long'] }, async () => {
    const project = manyLoadouts()
    const args = ['-t', 'two', '--project', 'llm sim://m1', '--project', 'llm sim://m2']
    const { code, session } = await run(project, { args })
    expect(code).toBe(0)
    const rows = session!.results('llm').map(({ name, status }) => `${name} ${status}`)
    expect(rows).toEqual(['each > two PASSED', 'each > two PASSED'])
  })
})
