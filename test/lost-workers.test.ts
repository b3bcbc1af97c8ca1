import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { eventually } from './support/poll.ts'
import { createProject } from './support/project.ts'
import { run as runCommand, vitestProgram } from './support/run.ts'
import { latestSession } from './support/session-files.ts'
import { messageOf, startPatiently, startStrokes, statusesOf } from './support/strokes.ts'

describe.concurrent('a worker that dies', { timeout: 240_000 }, () => {
  test('takes no result along: what had ended right before keeps it, and what it died in is FAILED', async ({
    expect,
    onTestFinished,
  }) => {
    const project = createProject('strokes', onTestFinished)
    const env = { JARVIS_PLAN: 'plans/many.yaml' }
    const running = startStrokes(project, ['dies_after_passed', 'dies_while_attaching'], { env })
    const { code, session, output } = await running.ended()
    expect(code).toBe(1)
    const expected = [
      'dies_after_passed > comes after: INTERRUPTED',
      'dies_after_passed > dies: FAILED',
      'dies_after_passed > has failed: FAILED',
      'dies_after_passed > has passed: PASSED',
      'dies_while_attaching > dies while it attaches: FAILED',
      'dies_while_attaching > has passed: PASSED',
    ]
    const rows = session!.results('llm')
    const byLoadout = Map.groupBy(rows, ({ loadout }) => loadout)
    expect(byLoadout.size).toBe(6)
    for (const own of byLoadout.values()) {
      const statuses = own.map(({ name, status }) => `${name}: ${status}`)
      expect(statuses.toSorted()).toEqual(expected)
    }
    const died = rows.filter(({ name }) => name === 'dies_after_passed > dies')
    expect(died.map(({ errors }) => errors)).toEqual(
      Array.from({ length: 6 }, () => [
        { message: 'The worker that ran this scenario was lost: its process ended with SIGKILL' },
      ]),
    )
    const failed = rows.filter(({ name }) => name === 'dies_after_passed > has failed')
    expect(new Set(failed.map(({ errors }) => errors[0]?.message))).toEqual(
      new Set(['expected 1 to be 2 // Object.is equality']),
    )
    // Each is told once.
    expect(session!.eventsOf('error')).toEqual([])
    expect(output).not.toContain('Unhandled')
  })

  test('is told at once, and what it died in says so when the run is killed before its end', async ({
    expect,
    onTestFinished,
  }) => {
    const project = createProject('strokes', onTestFinished)
    const running = startPatiently(project, ['dies', 'takes_its_time'])
    await running.until('Scenario dies > dies at once: FAILED')
    running.child.kill('SIGKILL')
    await running.ended()
    // The watchdog completes it.
    const session = latestSession(join(project.root, 'logs'))
    await eventually(150_000, () =>
      expect(statusesOf(session).slice(0, 2)).toEqual([
        'dies > has passed: PASSED',
        'dies > dies at once: FAILED',
      ]),
    )
    expect(messageOf(session, 'dies > dies at once')).toContain('its process ended with SIGKILL')
  })

  test('when it had done all costs nothing: the run has passed, and tells of it', async ({
    expect,
    onTestFinished,
  }) => {
    const project = createProject('strokes', onTestFinished)
    const stems = ['dies_when_over', 'passes']
    const { code, session, output } = await startPatiently(project, stems).ended()
    // What of it Vitest had got by then is up to the machine, and so is the order.
    expect(statusesOf(session).toSorted()).toEqual([
      'dies_when_over > has passed: PASSED',
      'dies_when_over > is left out: SKIPPED',
      'dies_when_over > passes at last: PASSED',
      'passes: PASSED',
    ])
    expect(session!.events().at(-1)).toMatchObject({ type: 'run_ended', status: 'PASSED' })
    const told =
      'The worker of scenarios/llm/dies_when_over.scenario.ts was lost after its last scenario: its process ended with SIGKILL. All its results are there.'
    expect(session!.text('progression.log')).toContain(`[WARN] ${told}\n`)
    expect(output).toContain('Tests  3 passed | 1 skipped (4)')
    expect(output).not.toMatch(/Unhandled|vitest-pool/)
    expect(code).toBe(0)
  })

  test(
    'in its last hook makes the run FAILED, which says why',
    { tags: ['long'] },
    async ({ expect, onTestFinished }) => {
      const project = createProject('strokes', onTestFinished)
      const { code, session } = await startPatiently(project, ['dies_in_its_last_hook']).ended()
      expect(statusesOf(session)).toEqual(['dies_in_its_last_hook > has passed: PASSED'])
      expect(session!.eventsOf('error').map(({ message }) => message)).toEqual([
        'The worker of scenarios/llm/dies_in_its_last_hook.scenario.ts was lost after its last scenario, and before the end of its hooks: its process ended with SIGKILL',
      ])
      expect(session!.events().at(-1)).toMatchObject({ type: 'run_ended', status: 'FAILED' })
      expect(code).toBe(1)
    },
  )

  test('counts for bail', { tags: ['long'] }, async ({ expect, onTestFinished }) => {
    const project = createProject('strokes', onTestFinished)
    const args = ['--bail=1']
    const stems = ['dies', 'takes_its_time', 'waits_at_its_end']
    const { code, session } = await startPatiently(project, stems, { args }).ended()
    expect(code).toBe(1)
    expect(statusesOf(session).toSorted()).toEqual([
      'dies > dies at once: FAILED',
      'dies > has passed: PASSED',
      'takes_its_time > takes its time: INTERRUPTED',
      'waits_at_its_end > comes after: INTERRUPTED',
      'waits_at_its_end > passes, and its fixture never ends: INTERRUPTED',
    ])
    expect(session?.events().at(-1)).toMatchObject({ type: 'run_ended', status: 'FAILED' })
  })

  test(
    'before it has loaded anything is told at once, on the loadout that it was started for',
    { tags: ['long'] },
    async ({ expect, onTestFinished }) => {
      const project = createProject('strokes', onTestFinished)
      const command = [vitestProgram, 'run', '--config', 'dying-runner.config.mts']
      const { session } = await startStrokes(project, ['passes'], { command }).ended()
      const told = session!.results('llm').map(({ loadout, status }) => `${loadout}: ${status}`)
      expect(told).toEqual(['sim-a: PASSED', 'sim-b: FAILED', 'sim-c: PASSED'])
      expect(session!.results('llm')[1]!.errors[0]!.message).toContain('ended with SIGKILL')
    },
  )

  test(
    'as its heap was full is told so',
    { tags: ['long'] },
    async ({ expect, onTestFinished }) => {
      const project = createProject('strokes', onTestFinished)
      const command = [vitestProgram, 'run', '--config', 'small-heap.config.mts']
      const { session } = await startStrokes(project, ['fills_its_heap'], { command }).ended()
      expect(statusesOf(session)).toEqual([
        'fills_its_heap > has passed: PASSED',
        'fills_its_heap > fills its heap: FAILED',
        'fills_its_heap > comes after: INTERRUPTED',
      ])
      expect(messageOf(session, 'fills_its_heap > fills its heap')).toMatch(
        /^The worker that ran this scenario was lost: it ran out of memory \(FATAL ERROR: .*heap.*\): keep less at once, or raise its limit: execArgv: \['--max-old-space-size=8192'\]$/,
      )
    },
  )
})

test.concurrent('a run that is killed in a later repeat says which one was cut off', async ({
  expect,
  onTestFinished,
}) => {
  const project = createProject('strokes', onTestFinished)
  const running = startPatiently(project, ['waits_in_its_second_repeat'])
  await running.until('Scenario waits_in_its_second_repeat > is repeated: PASSED')
  running.child.kill('SIGKILL')
  await running.ended()
  // The watchdog completes it.
  const session = latestSession(join(project.root, 'logs'))
  const told = (): [string, number, string][] =>
    session!.results('llm').map(({ id, repeat, status }) => [id.slice(-2), repeat, status])
  await eventually(150_000, () =>
    expect(told()).toEqual([
      ['|0', 0, 'PASSED'],
      ['|1', 1, 'INTERRUPTED'],
    ]),
  )
}, 240_000)

test.concurrent.for([
  ['a result', 'cannot_be_sent', 'takes its time'],
  ['a whole file', 'cannot_be_sent_at_all', 'passes'],
] as const)(
  '%s that Vitest cannot send is taken from its worker, and breaks its gate',
  { timeout: 240_000 },
  async ([, file, last], { expect, onTestFinished }) => {
    const project = createProject('strokes', onTestFinished)
    const { code, session } = await startPatiently(project, [file, 'takes_its_time']).ended()
    expect(code).toBe(1)
    const statuses = statusesOf(session)
    // Vitest may give a file up where it finds while a test runs that it cannot send the one before.
    const isGivenUp = messageOf(session, `${file} > ${last}`).includes('ended without a result')
    expect(statuses.slice(0, 3).toSorted()).toEqual([
      `${file} > a: PASSED`,
      `${file} > fails: FAILED`,
      `${file} > ${last}: ${isGivenUp ? 'FAILED' : 'PASSED'}`,
    ])
    // As soon as its worker has run it, and not when the whole run ends.
    expect(statuses.slice(3)).toEqual(['takes_its_time > takes its time: PASSED'])
    expect(messageOf(session, `${file} > fails`)).toContain('expected 1 to be 2')
    const command = [join(project.root, 'node_modules/jarvis/dist/cli/main.js'), 'check']
    const gates = [session!.directory, '--max-failures', '0']
    const checked = await runCommand(project, { command: [...command, ...gates] })
    expect(checked.code).toBe(1)
  },
)

test.concurrent.for<[string, boolean]>([
  ['to the run', false],
  ['to the whole terminal', true],
])(
  'after a Ctrl+C %s what had ended before a busy scenario keeps its result',
  { timeout: 240_000 },
  async ([, isGroup], { expect, onTestFinished }) => {
    const project = createProject('strokes', onTestFinished)
    const running = startPatiently(project, ['spins_patiently'], { detached: true })
    await eventually(150_000, () => expect(existsSync(join(project.root, 'spins'))).toBe(true))
    process.kill(isGroup ? -running.child.pid! : running.child.pid!, 'SIGINT')
    const { code, session } = await running.ended()
    expect(code).toBe(130)
    expect(statusesOf(session)).toEqual([
      'spins_patiently > has passed: PASSED',
      'spins_patiently > has failed: FAILED',
      'spins_patiently > spins: INTERRUPTED',
      'spins_patiently > comes after: INTERRUPTED',
    ])
  },
)
