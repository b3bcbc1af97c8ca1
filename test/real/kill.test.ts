import { describe, expect } from 'vitest'
import { eventually } from '../support/poll.ts'
import { kill, type LastSight } from '../support/kill-trial.ts'
import { leftOf, watchdogOf } from '../support/processes.ts'
import type { Project } from '../support/project.ts'
import { isRunning } from '../../src/host/process-identity.ts'
import { join } from 'node:path'
import { realEngines } from './support/engines.ts'
import { testOn } from './support/parts.ts'
import { PATIENCE_MS, startReal, untilGenerating, untilLogged } from './support/real-run.ts'

describe.for(realEngines)('$name', ({ parts, plan, domain, model, loading }) => {
  const env = () => ({ REAL_MODEL: model() })

  testOn(parts, 'kill -9 of the run while it loads leaves nothing and loses nothing', async () => {
    const { project, running } = startReal(plan, { env: env(), detached: true })
    await untilLogged(project, loading)
    const before = kill(running, logsOf(project))
    await running.ended()
    await tidied(project, before, 'watchdog')
    expect(before.session.eventsOf('model_ready')).toEqual([])
  })

  testOn(
    parts,
    'kill -9 of the run while it generates leaves nothing and loses nothing',
    async () => {
      const { project, running } = startReal(plan, { env: env(), detached: true })
      await untilGenerating(project, running)
      const before = kill(running, logsOf(project), 'group')
      await running.ended()
      await tidied(project, before, 'watchdog')
      expect(before.session.results(domain).at(-1)).toMatchObject({ status: 'INTERRUPTED' })
    },
  )

  testOn(parts, 'kill -9 of run and watchdog: the next run ends what they left', async () => {
    const { project, running } = startReal(plan, { env: env(), detached: true })
    await untilGenerating(project, running)
    const watchdog = watchdogOf(running.child.pid!)
    // One that goes on would have another watchdog.
    process.kill(-running.child.pid!, 'SIGSTOP')
    process.kill(watchdog.pid, 'SIGKILL')
    const before = kill(running, logsOf(project), 'group')
    await running.ended()
    const [{ pid, process_start: start } = never()] = before.session.eventsOf('service_spawned')
    expect(isRunning({ pid, start })).toBe(true)
    const { running: next } = startReal('plans/nothing.yaml', { project })
    const { code, output } = await next.ended()
    expect(code, output).toBe(0)
    expect(output).toContain(`Completed a run that died: ${before.session.directory}`)
    await tidied(project, before, 'recovery')
    expect(before.session.results(domain).at(-1)).toMatchObject({ status: 'INTERRUPTED' })
  })

  testOn(parts, 'Ctrl+C ends it in order, and what runs is INTERRUPTED', async () => {
    const { project, running } = startReal(plan, { env: env() })
    await untilGenerating(project, running)
    running.child.kill('SIGINT')
    const { code, session } = await running.ended()
    expect(code).toBeGreaterThan(0)
    expect(session!.results(domain).at(-1)).toMatchObject({ status: 'INTERRUPTED' })
    expect(session!.eventsOf('service_exited')).toMatchObject([{ expected: true }])
    expect(leftOf(project.root)).toEqual([])
  })
})

/** The results are complete by the journal, and no process of the run lives any more. */
async function tidied(
  project: Project,
  { session, processes, told }: LastSight,
  recordedBy: 'watchdog' | 'recovery',
): Promise<void> {
  await eventually(PATIENCE_MS, () => {
    const end = session.events().at(-1)
    expect(end).toMatchObject({ type: 'run_ended', status: 'DIED', recorded_by: recordedBy })
    expect(session.servicesLeft()).toEqual([])
    expect(leftOf(project.root, processes)).toEqual([])
  })
  const rows = session.eventsOf('scenario_ended').map(({ result }) => result)
  const known = rows.map(({ name, status }) => `${name}: ${status}`)
  expect(known).toEqual(expect.arrayContaining(told))
}

function logsOf({ root }: Project): string {
  return join(root, 'logs')
}

function never(): never {
  throw new Error('No service was started')
}
