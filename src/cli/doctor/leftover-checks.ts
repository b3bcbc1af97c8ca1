import { basename } from 'node:path'
import type { Plan } from '../../plan/index.ts'
import { isRunning } from '../../host/process-identity.ts'
import type { EngineContext } from '../../services/engine.ts'
import { orphanedContainers } from '../../services/engines/containers.ts'
import { toBePurged } from '../../services/processes/purge.ts'
import { processTable } from '../../services/processes/process-table.ts'
import { sessionTag } from '../../services/processes/process-tag.ts'
import { type DeadSession, deadSessions } from '../../session/index.ts'
import type { Finding } from './finding.ts'
import { stopCommand } from './machine-checks.ts'

/** What runs that died have left: sessions without an end, processes, containers. The next run tidies all of it up. */
export async function checkLeftovers(logs: string, context: EngineContext): Promise<Finding[]> {
  const [dead, containers] = await Promise.all([deadSessions(logs), orphanedContainers(context)])
  const findings = [...dead.flatMap(sessionFindings), ...containers.map(containerFinding)]
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

function sessionFindings(session: DeadSession): Finding[] {
  const name = basename(session.directory)
  const unfinished: Finding = {
    status: 'warn',
    subject: 'session',
    name,
    message: 'Its run died, and its results are not complete yet: the next run completes them.',
    fix: null,
  }
  const processes = processesOf(session).map((pid): Finding => ({
    status: 'warn',
    subject: 'process',
    name: String(pid),
    message: `Left by ${name}, whose run is dead: the next run ends it.`,
    fix: stopCommand(pid),
  }))
  return session.isUnfinished ? [unfinished, ...processes] : processes
}

function processesOf({ directory, services }: DeadSession): number[] {
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
