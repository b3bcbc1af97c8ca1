import { basename } from 'node:path'
import type { Plan } from '../../plan/index.ts'
import { isRunning } from '../../host/process-identity.ts'
import type { EngineContext } from '../../services/engine.ts'
import { orphanedContainers } from '../../services/engines/containers.ts'
import { toBePurged } from '../../services/processes/purge.ts'
import { processTable } from '../../services/processes/process-table.ts'
import { sessionTag } from '../../services/processes/process-tag.ts'
import { type HeldNow, heldNow, livingHolders } from '../../services/warm/holders.ts'
import { keptProcesses } from '../../services/warm/holding.ts'
import { warmText } from '../../services/warm/words.ts'
import { type DeadSession, deadSessions } from '../../session/index.ts'
import type { Finding } from './finding.ts'
import { stopCommand } from '../../host/stop-command.ts'

/** What runs that died have left: sessions without an end, processes, containers. The next run tidies all of it up. */
export async function checkLeftovers(logs: string, context: EngineContext): Promise<Finding[]> {
  const [dead, containers] = await Promise.all([deadSessions(logs), orphanedContainers(context)])
  const held = heldNow(context.env)
  const findings = [
    ...dead.flatMap((session) => sessionFindings(session, held)),
    ...containers.map(containerFinding),
  ]
  if (findings.length > 0) return findings
  const message = 'Nothing is left of earlier runs.'
  return [{ status: 'ok', subject: 'session', name: logs, message, fix: null }]
}

/** What the plan names under `purge` and what of it runs: a run ends it. */
export async function checkPurge(plan: Plan): Promise<Finding[]> {
  const found = await toBePurged(plan)
  return found.map(({ pid, program, entry }): Finding => ({
    status: 'warn',
    subject: 'process',
    name: String(pid),
    message: `${program} runs, and the plan names ${entry} under purge: the run ends it.`,
    fix: null,
  }))
}

/** What is kept warm for an editor: no leftover, and no mistake. */
export function checkWarm(env: NodeJS.ProcessEnv): Finding[] {
  return livingHolders(env)
    .filter(({ until }) => until !== null)
    .map((holder): Finding => ({
      status: 'ok',
      subject: 'process',
      name: keptProcesses(holder.holding)
        .map(({ pid }) => pid)
        .join(', '),
      message: `${warmText(holder)}${holder.holding.needsMachine ? ' A run that wants the machine is given it at once.' : ''}`,
      fix: null,
    }))
}

function sessionFindings(session: DeadSession, held: HeldNow): Finding[] {
  const name = basename(session.directory)
  const unfinished: Finding = {
    status: 'warn',
    subject: 'session',
    name,
    message: 'Its run died, and its results are not complete yet: the next run completes them.',
    fix: null,
  }
  const processes = processesOf(session, held).map((pid): Finding => ({
    status: 'warn',
    subject: 'process',
    name: String(pid),
    message: `Left by ${name}, whose run is dead: the next run ends it.`,
    fix: stopCommand(pid),
  }))
  return session.isUnfinished ? [unfinished, ...processes] : processes
}

function processesOf({ directory, services }: DeadSession, held: HeldNow): number[] {
  if (held.sessions.has(directory)) return []
  const tagged = processTable([sessionTag(directory)]).filter((entry) => entry.tagged)
  const pids = [...services.filter(isRunning), ...tagged].map(({ pid }) => pid)
  return [...new Set(pids)].toSorted((a, b) => a - b)
}

function containerFinding({
  engine,
  id,
  session,
}: Awaited<ReturnType<typeof orphanedContainers>>[number]): Finding {
  const short = id.slice(0, 12)
  const message = `Left by ${basename(session)}, whose run is dead: the next run of vllm:// removes it.`
  const fix = `${engine.kind} rm --force ${short}`
  return { status: 'warn', subject: 'container', name: short, message, fix }
}
