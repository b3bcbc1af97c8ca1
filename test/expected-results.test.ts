import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { jarvis, steady } from './support/commands.ts'
import { eventually } from './support/poll.ts'
import { createProject, type Project } from './support/project.ts'
import { start } from './support/run.ts'
import { sharedRun } from './support/shared-run.ts'
import { latestSession, type SessionFiles } from './support/session-files.ts'

/** The watchdog completes what a killed run left. */
const COMPLETED_WITHIN_MS = 150_000

const told = async (root: string, ...args: string[]): Promise<string> => {
  const logs = join(root, 'logs')
  return steady(await jarvis(logs, ...args), logs)
}

describe('a run of repeats with a scenario that is skipped', () => {
  const shared = sharedRun('truth')

  test('is whole, holds its gates and stands in trends', async () => {
    const { root, code, session } = shared()
    expect(code).toBe(0)
    expect(expectedIn(session)).toMatchInlineSnapshot(`
      {
        "absent": [],
        "counts": {
          "failed": 0,
          "interrupted": 0,
          "missing": 0,
          "passed": 6,
          "skipped": 1,
        },
        "expected": 7,
      }
    `)
    expect(await told(root, 'show')).toMatchInlineSnapshot(`
      "exit 0
      RUN  passed  6 passed, 1 skipped
      The run is whole: all 7 results came.
      plan  Twice each, one of them skipped (plans/default.yaml)
      started  TIME, took SECONDS
      gate  max_failures held: 0 results not passed, at most 0

      DOMAIN  LOADOUT  STATE  RESULTS  SETUP  RUN  CLEANUP
      llm  sim-small-stream  stopped  6 passed, 1 skipped  SECONDS  SECONDS  SECONDS

      llm, Output tok/s: VALUES; no rank, as sim://small#stream is alone.
      llm, TTFT: VALUES; no rank, as sim://small#stream is alone.
      "
    `)
    expect(await told(root, 'check')).toMatchInlineSnapshot(`
      "exit 0
      held  max_failures  0 results not passed, at most 0

      RUN: The gate held.
      "
    `)
    expect(await told(root, 'list')).toMatchInlineSnapshot(`
      "exit 0
      STARTED  SESSION  PLAN  STATUS  TOOK  RESULTS
      TIME  RUN  Twice each, one of them skipp…  passed  SECONDS  6 passed, 1 skipped
      "
    `)
    expect(
      JSON.parse((await jarvis(join(root, 'logs'), 'trend', 'duration', '--json')).stdout),
    ).toMatchObject({
      sessions: [expect.any(String)],
      left_out: [],
    })
  })
})

describe('a run of repeats with a model that is not here', () => {
  const shared = sharedRun('truth', { env: { JARVIS_PLAN: 'plans/missing.yaml' } })

  test('is whole, holds its gates and stands in trends', async () => {
    const { root, code, session } = shared()
    expect(code).toBe(1)
    expect(expectedIn(session)).toMatchInlineSnapshot(`
      {
        "absent": [],
        "counts": {
          "failed": 0,
          "interrupted": 0,
          "missing": 3,
          "passed": 6,
          "skipped": 2,
        },
        "expected": 11,
      }
    `)
    expect(await told(root, 'show')).toMatchInlineSnapshot(`
      "exit 1
      RUN  failed  6 passed, 3 missing, 2 skipped
      The run is whole: all 11 results came.
      plan  One model is not here (plans/missing.yaml)
      started  TIME, took SECONDS
      gate  max_failures held: 3 results not passed, at most 3

      DOMAIN  LOADOUT  STATE  RESULTS  SETUP  RUN  CLEANUP
      llm  sim-small-stream  stopped  6 passed, 1 skipped  SECONDS  SECONDS  SECONDS
      llm  sim-gone-fault-no-model  failed  3 missing, 1 skipped  SECONDS
      sim-gone-fault-no-model: sim://gone#fault=no-model is not there: /api/generate answered 404 {"error":"model 'gone' not found"}

      llm, Output tok/s: VALUES; no rank, as sim://small#stream is alone.
      llm, Output tok/s [×]: without sim://gone#fault=no-model, as no scenario of it passed.
      llm, TTFT: VALUES; no rank, as sim://small#stream is alone.
      llm, TTFT [×]: without sim://gone#fault=no-model, as no scenario of it passed.

      3 results did not pass: 1 cause.

      MISSING  arithmetic > 17 + 25  llm sim-gone-fault-no-model
          sim://gone#fault=no-model is not there: /api/generate answered 404 {"error":"model 'gone' not found"}
          scenarios/llm/arithmetic.scenario.ts
          2 more results of this cause (missing-a4487597):
            MISSING  arithmetic > 6 * 7  llm sim-gone-fault-no-model
            MISSING  arithmetic > 100 - 58  llm sim-gone-fault-no-model
      "
    `)
    expect(await told(root, 'check')).toMatchInlineSnapshot(`
      "exit 0
      held  max_failures  3 results not passed, at most 3

      RUN: The gate held.
      "
    `)
    expect(await told(root, 'list')).toMatchInlineSnapshot(`
      "exit 0
      STARTED  SESSION  PLAN  STATUS  TOOK  RESULTS
      TIME  RUN  One model is not here  failed  SECONDS  6 passed, 3 missing, 2 skipped
      "
    `)
    expect(
      JSON.parse((await jarvis(join(root, 'logs'), 'trend', 'duration', '--json')).stdout),
    ).toMatchObject({
      sessions: [expect.any(String)],
      left_out: [],
    })
  })
})

test('a run that is killed in its second loadout says how many results did not come', async () => {
  const project = createProject('truth')
  const session = await killed(project, 'plans/waits.yaml', (events) => {
    expect(events.filter(({ type }) => type === 'scenario_ended')).toHaveLength(16)
  })
  expect(expectedIn(session)).toMatchInlineSnapshot(`
    {
      "absent": [
        {
          "domain": "llm",
          "loadout": "sim-second-fault-hang-5",
          "rows": 9,
          "why": "the run died before",
        },
        {
          "domain": "llm",
          "loadout": "sim-third",
          "rows": 13,
          "why": "the run died before",
        },
      ],
      "counts": {
        "failed": 0,
        "interrupted": 1,
        "missing": 0,
        "passed": 15,
        "skipped": 1,
      },
      "expected": 39,
    }
  `)
  expect(await told(project.root, 'show')).toMatchInlineSnapshot(`
    "exit 1
    RUN  died  15 passed, 1 skipped, 1 interrupted
    The run died during the scenario waits > second, last heard of at TIME: 22 of 39 results did not come.
    Go on with it: npx --no-install jarvis resume RUN
    plan  Never goes on (plans/waits.yaml)
    started  TIME, took SECONDS

    DOMAIN  LOADOUT  STATE  RESULTS  SETUP  RUN  CLEANUP
    llm  sim-first  stopped  12 passed, 1 skipped  SECONDS  SECONDS  SECONDS
    llm  sim-second-fault-hang-5  ready  3 passed, 1 interrupted  SECONDS
    llm  sim-third  waiting  no results

    DOMAIN  LOADOUT  OUTPUT TOK/S [×]
    llm  sim-first  RATIO (n 1)
    llm  sim-second-fault-hang-5  RATIO (n 1)

    llm, Output tok/s [×]: ratio to the fastest, over 1 of 6 scenarios, those that passed on both loadouts (the fewest on sim://second#fault=hang:5: 1); higher is better.

    1 result did not pass.

    INTERRUPTED  waits > second  llm sim-second-fault-hang-5, repeat 2
        the run died while this scenario ran
        scenarios/llm/waits.scenario.ts
    "
  `)
  expect(await told(project.root, 'check', '--max-failures', '100')).toMatchInlineSnapshot(`
    "exit 1
    The run died during the scenario waits > second, last heard of at TIME: 22 of 39 results did not come.
    not judged  max_failures  1 result not passed, at most 100, but not all of the run is there

    RUN: 1 of 1 gates did not hold.
    "
  `)
})

test(
  'a run that is killed before it collected anything says so, too',
  { tags: ['long'] },
  async () => {
    const project = createProject('truth')
    const session = await killed(project, 'plans/loading.yaml', (events) => {
      const types = events.map(({ type }) => type)
      expect(types).toContain('totals')
      expect(types).toContain('service_spawned')
    })
    expect(expectedIn(session)).toMatchInlineSnapshot(`
    {
      "absent": [
        {
          "domain": "llm",
          "loadout": "sim-small-load-50",
          "rows": 5,
          "why": "the run died before",
        },
      ],
      "counts": {
        "failed": 0,
        "interrupted": 0,
        "missing": 0,
        "passed": 0,
        "skipped": 0,
      },
      "expected": 5,
    }
  `)
    expect(await told(project.root, 'show')).toMatchInlineSnapshot(`
    "exit 1
    RUN  died  no results
    The run died while sim://small#load=50 was loading, last heard of at TIME: at least 5 of 5 results did not come.
    Go on with it: npx --no-install jarvis resume RUN
    plan  Never loads (plans/loading.yaml)
    started  TIME, took SECONDS

    DOMAIN  LOADOUT  STATE  RESULTS
    llm  sim-small-load-50  starting  no results
    "
  `)
  },
)

/** Ends a run by force once its journal is as it should be, and waits until its watchdog has completed it. */
async function killed(
  project: Project,
  plan: string,
  isTime: (events: ReturnType<SessionFiles['events']>) => void,
): Promise<SessionFiles> {
  const running = start(project, { env: { JARVIS_PLAN: plan } })
  const session = await eventually(150_000, () => {
    const newest = latestSession(join(project.root, 'logs'))
    expect(newest, running.output()).not.toBeNull()
    isTime(newest!.events())
    return newest!
  })
  running.child.kill('SIGKILL')
  await running.ended()
  await eventually(COMPLETED_WITHIN_MS, () => {
    expect(session.events().at(-1)).toMatchObject({ type: 'run_ended', recorded_by: 'watchdog' })
  })
  return session
}

/** What the end of a run says of what was expected. */
function expectedIn(session: SessionFiles) {
  const end = session.eventsOf('run_ended').at(-1)
  return { counts: end?.counts, expected: end?.expected, absent: end?.absent }
}
