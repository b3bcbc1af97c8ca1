import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { createProject } from './support/project.ts'
import { run, type RunOptions } from './support/run.ts'
import { sessionNames, type SessionFiles } from './support/session-files.ts'

const QUIET = { JARVIS_REPORTS: 'off' }

function gatesOf(session: SessionFiles | null): string[] {
  const log = session?.text('progression.log') ?? ''
  return log
    .split('\n')
    .flatMap((line) => /\[(\w+)\] (Gate .*)$/.exec(line)?.slice(1).join(' ') ?? [])
}

test('a run ends with its gates: exit code 0 where they hold, 1 and the reason where one is broken', async () => {
  const project = createProject('gates')
  const go = (options: RunOptions) =>
    run(project, { ...options, env: { ...QUIET, ...options.env } })

  const held = await go({})
  expect(held.code).toBe(0)
  expect(gatesOf(held.session)).toEqual([
    'INFO Gate max_failures: HELD: 0 results not passed, at most 0',
    'INFO Gate min_pass_rate: HELD: 2 of 2 passed, 100 %, at least 100 %',
    expect.stringMatching(
      /^INFO Gate max_e2el \(\*#stream\): HELD: llm sim:\/\/small#stream, answers: .*, at most 20 s$/,
    ),
  ])
  const first = basename(held.session!.directory)

  // A part of the plan: what is not there cannot be judged, and that alone is no failure.
  // Nor can one night before tell how much nights differ: that passes with a line, unless it is to fail.
  const some = ['--project', 'llm sim://small']
  const part = await go({ args: some, env: { JARVIS_BASELINE: first } })
  expect(part.code).toBe(0)
  const [notJudged, unsure] = gatesOf(part.session).slice(-2)
  expect(notJudged).toBe('WARN Gate max_e2el (*#stream): NOT JUDGED: nothing of it ran')
  const [, sentence] = /^WARN Gate no_slower_than: CANNOT TELL: (llm sim:.*)$/.exec(unsure!) ?? []
  expect(sentence).toMatch(/no history .*; it passes with that/)
  expect(part.output).toContain(`    no_slower_than: ${sentence}\n`)
  const list = `no_slower_than=${first} 10 %,uncertain=fail`
  const strict = await go({ args: some, env: { JARVIS_GATES: list } })
  expect(strict.code).toBe(1)
  expect(strict.session!.eventsOf('gate_checked').at(-1)).toMatchObject({
    status: 'cannot_tell',
    fails: true,
  })

  const broken = await go({
    env: { JARVIS_GATES: 'max_e2el=0.000001,max_wer=0.1', JARVIS_BASELINE: 'v1' },
  })
  expect(broken.code).toBe(1)
  const session = broken.session!
  const events = session.eventsOf('gate_checked')
  expect(events.map(({ gate, status, fails }) => [gate, status, fails])).toEqual([
    ['max_failures', 'held', false],
    ['min_pass_rate', 'held', false],
    ['max_e2el', 'held', false],
    ['max_e2el', 'broken', true],
    ['max_wer', 'not_judged', true],
    ['no_slower_than', 'not_judged', true],
  ])
  const reason = events.find(({ status }) => status === 'broken')?.message
  expect(session.text('progression.log')).toContain(`[ERROR] Gate max_e2el: BROKEN: ${reason}\n`)
  expect(broken.output).toContain(`    max_e2el: ${reason}\n`)
  expect(broken.output).toContain('    max_wer: no result of this run has wer\n')
  const story = session.text('progression.log')
  expect(story.indexOf('There is no baseline "v1"')).toBeLessThan(story.indexOf('Loading Model'))
  expect(story).toContain('[WARN] There is no baseline "v1"')
  expect(session.eventsOf('run_ended')).toMatchObject([{ status: 'FAILED', counts: { passed: 2 } }])

  // The plan keeps one session of its runs: the first is gone, the partial one stays.
  expect(session.text('progression.log')).toMatch(
    new RegExp(`\\[INFO\\] Retention: removed 1 session, [\\d.]+ MB: ${first}\n`),
  )
  const left = [part.session!, strict.session!, session].map(({ directory }) => basename(directory))
  expect(sessionNames(`${project.root}/logs`)).toEqual(left)
})

test('a gate that is not known stops the run before it starts', async () => {
  const project = createProject('gates')
  const { code, output, session } = await run(project, { env: { JARVIS_GATES: 'max_weer=1' } })
  expect(code).toBe(1)
  expect(output).toContain('JARVIS_GATES names an unknown gate "max_weer". Did you mean max_wer?')
  expect(session).toBeNull()
})
