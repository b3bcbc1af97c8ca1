import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../../support/poll.ts'
import { createProject, type Project } from '../../support/project.ts'
import { type Running, type RunOptions, start } from '../../support/run.ts'
import { latestSession, type SessionFiles } from '../../support/session-files.ts'
import { stackVariables } from './parts.ts'

/** For whatever a machine may need to come up with a real engine: no bound of any test, but against hanging. */
export const PATIENCE_MS = 1_200_000

/** A run of a plan of `test/fixtures/real` on the real stack. */
export function startReal(
  plan: string,
  { project = createProject('real'), ...options }: RunOptions & { project?: Project } = {},
): { project: Project; running: Running } {
  const env = { ...stackVariables(), JARVIS_PLAN: plan, ...options.env }
  return { project, running: start(project, { ...options, env }) }
}

/** What `jarvis doctor` says of the plan of one engine, on the real stack. */
export async function doctor(env: Record<string, string>): Promise<string> {
  const command = ['node_modules/jarvis/dist/cli/main.js', 'doctor', 'plans/default.yaml']
  const running = start(createProject('real'), { command, env: { ...stackVariables(), ...env } })
  const { output } = await running.ended()
  return output
}

/** The session of a run once its only service was started and its log says that. */
export async function untilLogged(project: Project, pattern: RegExp): Promise<SessionFiles> {
  return eventually(PATIENCE_MS, () => {
    const session = latestSession(join(project.root, 'logs'))
    if (session === null || !pattern.test(serviceLog(session))) throw new Error('not yet')
    return session
  })
}

/** Waits until the scenario that goes on has its first piece of an answer, and the journal tells that it began. */
export async function untilGenerating(project: Project, running: Running): Promise<SessionFiles> {
  return eventually(PATIENCE_MS, () => {
    const ended = running.child.exitCode ?? running.child.signalCode
    if (ended !== null) throw new Error(`The run ended:\n${running.output()}`)
    if (!existsSync(join(project.root, 'generating'))) throw new Error('Nothing is generated')
    const session = latestSession(join(project.root, 'logs'))!
    if (session.eventsOf('scenario_started').length === 0) throw new Error('No scenario began')
    return session
  })
}

/** What the services of a session have written, each from its first byte. */
export function serviceLog(session: SessionFiles): string {
  const names = session.names().filter((name) => name.startsWith('svc_'))
  return names.map((name) => session.text(name)).join('')
}
