import { execFileSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { createProject, type Project } from './support/project.ts'
import { cleanEnvironment, type Ended, run, vitestProgram } from './support/run.ts'
import { jarvis } from './support/commands.ts'

const SPLIT = 'plans/default.split.json'
const LONG = { tags: ['long'] }

/** `jarvis split` in a project. */
function split(project: Project, ...args: string[]): string {
  const program = join(project.root, 'node_modules/jarvis/dist/cli/main.js')
  const command = [program, 'split', ...args]
  return execFileSync(process.execPath, command, {
    cwd: project.root,
    env: cleanEnvironment(),
    encoding: 'utf8',
  })
}

/** Ids of the results of a run, its domains together. */
function idsOf({ session }: Ended): string[] {
  return (session?.eventsOf('scenario_ended') ?? []).map(({ result }) => result.id)
}

/**
 * What may differ between two runs of one plan, and between a run and its parts: when and how fast something was, in which
 * files of logs it stands, on which host, and what is told of the loadout's load, which each part has to do.
 */
const DIFFERING: ReadonlySet<string> = new Set([
  'started_at',
  'duration',
  'setup_time',
  'cold',
  'metrics',
  'flags',
  'logs',
  'host',
  'gpu',
  'output_file',
  'attachments',
])

/** The rows of all domains of a session, in their order, without what may differ. */
function rowsOf(directory: string): unknown[] {
  return ['llm', 'stt'].flatMap((domain) => {
    const rows = JSON.parse(readFileSync(join(directory, `${domain}.json`), 'utf8')) as object[]
    return rows.map((row) =>
      Object.fromEntries(Object.entries(row).filter(([key]) => !DIFFERING.has(key))),
    )
  })
}

/** The loadouts that have results, in their order. */
function loadoutsOf(ended: Ended): string[] {
  return [...new Set(idsOf(ended).map((id) => id.split('|')[1]!))]
}

test(
  'a plan is divided by loadouts, and what its parts give together is what it gives undivided',
  LONG,
  async () => {
    const project = createProject('domains')
    expect(split(project, '-n', '2').replaceAll(/[\da-f]{12}/g, 'DIGEST')).toBe(
      [
        'Part 1: 2 loadouts',
        '  llm sim://small',
        '  stt sim://whisper',
        'Part 2: 1 loadout',
        '  llm sim://small#stream',
        '',
        'No run tells how long they take: divided by the number of their files. Digest DIGEST.',
        '',
        `Wrote ${SPLIT}. Each task runs its part with:`,
        `  JARVIS_SPLIT=${SPLIT} JARVIS_SHARD=1 npx --no-install jarvis run plans/default.yaml`,
        '',
      ].join('\n'),
    )
    const env = { JARVIS_SPLIT: SPLIT, JARVIS_GATES: 'max_failures=0' }
    const first = await run(project, { env: { ...env, JARVIS_SHARD: '1' } })
    const second = await run(project, {
      env: { ...env, SLURM_ARRAY_TASK_ID: '2', SLURM_ARRAY_JOB_ID: '815' },
    })
    expect([first.code, second.code], first.output + second.output).toEqual([0, 0])
    expect(loadoutsOf(first)).toEqual(['sim://small', 'sim://whisper'])
    expect(loadoutsOf(second)).toEqual(['sim://small#stream'])
    const whole = await run(project)
    expect([...idsOf(first), ...idsOf(second)].toSorted()).toEqual(idsOf(whole).toSorted())
    const parts = [first, second].map(({ session }) => session!.directory)
    const where = ['--out', join(project.root, 'merged'), '--no-reports']
    const merged = await jarvis(join(project.root, 'logs'), 'merge', ...parts, ...where)
    expect(merged.code, merged.stdout + merged.stderr).toBe(0)
    const [, made = ''] = /^ *Session {2}(.+)$/m.exec(merged.stdout) ?? []
    expect(rowsOf(join(project.root, 'logs', made))).toEqual(rowsOf(whole.session!.directory))
    const { digest } = JSON.parse(readFileSync(join(project.root, SPLIT), 'utf8')) as {
      digest: string
    }
    expect(first.session!.events()[0]).toMatchObject({
      kind: 'partial',
      shard: { index: 1, count: 2, digest, run: null },
    })
    expect(second.session!.events()[0]).toMatchObject({
      shard: { index: 2, count: 2, digest, run: '815' },
    })
    for (const { session } of [first, second]) {
      expect(session!.eventsOf('machine_known')).toHaveLength(1)
    }
    expect(whole.session!.eventsOf('machine_known')).toEqual([])
    const story = second.session!.text('progression.log')
    expect(story).toMatch(/\[INFO\] Starting Test Run: Two domains \(part 2 of 2\)\n/)
    expect(second.output).toMatch(/^ +Plan {2}part 2 of 2$/m)
    expect(story).toContain('[INFO] This is part 2 of 2 of the plan: 1 of the 3 loadouts\n')
    expect(story).toContain('[INFO] Gates were not judged: they are of all 2 parts together.\n')
    expect(second.session!.eventsOf('gate_checked')).toEqual([])

    const logs = join(project.root, 'logs')
    // What was seen last is the whole plan.
    const name = second.session!.directory
    const [list, show] = await Promise.all([jarvis(logs, 'list'), jarvis(logs, 'show', name)])
    expect(list.stdout).toMatch(/Two domains \(part 2 of 2\).*\n.*Two domains \(part 1 of 2\)/)
    expect(show.stdout).toContain('Two domains (plans/default.yaml), part 2 of 2')
  },
)

test(
  '--shard divides by loadouts as well, and a part for which there is nothing passes with an empty session',
  LONG,
  async () => {
    const project = createProject('domains')
    const [first, second] = [
      await run(project, { args: ['--shard=1/2'] }),
      await run(project, { args: ['--shard=2/2'] }),
    ]
    expect([loadoutsOf(first), loadoutsOf(second)]).toEqual([
      ['sim://small', 'sim://whisper'],
      ['sim://small#stream'],
    ])
    const { code, output, session } = await run(project, { args: ['--shard=18/18'] })
    expect(code, output).toBe(0)
    expect(session!.events()[0]).toMatchObject({
      kind: 'partial',
      loadouts: [],
      shard: { index: 18, count: 18 },
    })
    expect(session!.text('progression.log')).toContain(
      'This is part 18 of 18 of the plan: nothing is left for it',
    )
    expect(session!.events().at(-1)).toMatchObject({ type: 'run_ended', status: 'PASSED' })
    const none = await run(project, { args: ['--shard=18/18', 'no-such-file'] })
    expect(none.code).toBe(1)
  },
)

test('vitest list shows the files of the part alone, however its number came', async () => {
  const project = createProject('domains')
  split(project, '-n', '2')
  const list = async (args: string[], env: Record<string, string> = {}): Promise<string> => {
    const command = [vitestProgram, 'list', '--config', 'jarvis', '--filesOnly', ...args]
    return (await run(project, { command, env })).output
  }
  const stream = ['apple', 'zebra'].map(
    (name) => `[llm sim://small#stream] scenarios/llm/${name}.scenario.ts\n`,
  )
  const told = await Promise.all([
    list(['--shard=2/2']),
    list([], { JARVIS_SPLIT: SPLIT, JARVIS_SHARD: '2' }),
    list(['--shard=18/18']),
  ])
  expect(told).toEqual([stream.join(''), stream.join(''), ''])
})

test.each([1, 5, 7])(
  'a plan in %i parts gives the rows of an undivided run, in their order, once it is merged',
  LONG,
  async (count) => {
    const project = createProject('domains')
    split(project, '-n', String(count))
    const env = { JARVIS_SPLIT: SPLIT, JARVIS_RUN: 'night', JARVIS_REPORTS: 'off' }
    for (let index = 1; index <= count; index += 1) {
      const part = await run(project, { env: { ...env, JARVIS_SHARD: `${index}/${count}` } })
      expect(part.code, part.output).toBe(0)
    }
    const whole = await run(project)
    const logs = join(project.root, 'logs')
    const { code, stdout, stderr } = await jarvis(logs, 'merge', '--json', '--no-reports')
    expect(code, stdout + stderr).toBe(0)
    const { session, judgement } = JSON.parse(stdout) as {
      session: string
      judgement: { verdict: string }
    }
    expect(judgement.verdict).toBe('whole')
    expect(rowsOf(session)).toEqual(rowsOf(whole.session!.directory))
    expect((await jarvis(logs, 'verify', session)).code).toBe(0)
  },
)

test('a task of an array that nobody has given a part says so, and runs nothing', async () => {
  const project = createProject('domains')
  const { code, output, session } = await run(project, { env: { SLURM_ARRAY_TASK_ID: '3' } })
  expect([code, session]).toEqual([1, null])
  expect(output).toContain('This is task 3 of a Slurm array (SLURM_ARRAY_TASK_ID)')
  expect(output).not.toMatch(/^\s+at /m)
})

test("--shard divides a project's own tests as Vitest does, and reports of its own keep the names of their parts", async () => {
  const project = createProject('configured')
  const unit = join(project.root, 'unit')
  const [first] = readdirSync(unit).filter((name) => name.includes('.test.'))
  copyFileSync(join(unit, first!), join(unit, `another-${first}`))
  const config = ['--config', 'shared.config.mts', '--project', 'unit']
  const parts = [1, 2].map((index) => {
    const args = [...config, `--shard=${index}/2`, '--reporter=blob', '--reporter=default']
    return run(project, { command: [vitestProgram, 'run', ...args] })
  })
  for (const { code, output } of await Promise.all(parts)) {
    expect(code, output).toBe(0)
    expect(output).toMatch(/Test Files {2}1 passed \(1\)/)
  }
  const blobs = readdirSync(project.root, { recursive: true, encoding: 'utf8' })
  expect(
    blobs
      .filter((name) => /blob-\d-\d\.json$/.test(name))
      .map((name) => basename(name))
      .toSorted(),
  ).toEqual(['blob-1-2.json', 'blob-2-2.json'])
})
