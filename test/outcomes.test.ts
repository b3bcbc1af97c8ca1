import { describe, expect, test } from 'vitest'
import { normalLog, normalRows } from './support/normalise.ts'
import { sharedRun } from './support/shared-run.ts'

describe('a plan with every way for a test to end', () => {
  const outcomes = sharedRun('outcomes')

  test('gives a row each, failures with expected, actual and the place in the source', async () => {
    const rows = normalRows(outcomes().session, 'llm')
    await expect(rows).toMatchFileSnapshot('expected/outcomes/llm.json.snap')
  })

  test('is told in progression.log', async () => {
    const log = normalLog(outcomes().session)
    await expect(log).toMatchFileSnapshot('expected/outcomes/progression.log.snap')
  })

  test('fails the command, and the terminal shows the story and where the session is', () => {
    const { code, output, rawOutput, session } = outcomes()
    expect(code).toBe(1)
    expect(output).toContain(`Session  logs/${session.directory.split(/[\\/]/).at(-1)}`)
    const isLine = (line: string): boolean => /^\[\d\d:/.test(line) && !line.includes('] [DEBUG] ')
    const story = session.text('progression.log').split('\n').filter(isLine)
    expect(output.split('\n').filter(isLine)).toEqual(story)
    // NO_COLOR is set.
    expect(rawOutput).not.toContain('\u001b[')
  })

  test('keeps console output with the scenario that wrote it', () => {
    const { session } = outcomes()
    expect(session.eventsOf('console')).toMatchObject([
      {
        scenario: 'llm|sim://small|english_std|outer > inner > is nested|0',
        file: 'scenarios/llm/english_std.scenario.ts',
        stream: 'stdout',
        text: 'said while it ran\n',
      },
    ])
  })

  test('leaves no service and every file of a session', () => {
    const { session } = outcomes()
    expect(session.servicesLeft()).toEqual([])
    const files = session.names().filter((name) => !/^(telemetry|report)\./.test(name))
    expect(files).toEqual([
      'attachments',
      'events.jsonl',
      'llm.json',
      'progression.log',
      'state.json',
      expect.stringMatching(/^svc_llm_small_\d{8}_\d{6}\.log$/),
      'system_info.yaml',
    ])
  })
})

describe('a plan that repeats its scenarios', () => {
  const repeated = sharedRun('outcomes', { env: { JARVIS_PLAN: 'plans/repeats.yaml' } })

  test('gives a row for each repeat, and leaves repeats of a test of its own alone', async () => {
    // Repeats are told by the worker, at another time than what Vitest tells.
    const rows = normalRows(repeated().session, 'llm', { sorted: true })
    await expect(rows).toMatchFileSnapshot('expected/outcomes/repeats.json.snap')
  })

  test('fails when one repeat does', () => {
    expect(repeated().code).toBe(1)
  })

  test('sums the repeats of a scenario up after the last one', () => {
    const { session } = repeated()
    const summaries = session.eventsOf('repeats_summarised')
    expect(new Map(summaries.map(({ name, ...rest }) => [name, rest]))).toMatchObject(
      new Map([
        ['repeated', { n: 2, passed: 1, pass_at_k: [0.5, 1], pass_hat_k: [0.5, 0] }],
        [
          'repeated > has repeats of its own',
          { n: 3, passed: 2, metrics: { match: { n: 3, min: 1, max: 5 } } },
        ],
      ]),
    )
    expect(session.text('progression.log')).toMatch(
      /\[INFO\] Repeats repeated: 1 of 2 passed \(Mean: \d+\.\d\ds\)\n/,
    )
  })
})
