import { setTimeout as sleep } from 'node:timers/promises'
import { printable } from '../printable.ts'
import { hostProcesses, processTable } from './process-table.ts'
import { sessionTag } from './process-tag.ts'

/** What is just ending gets this long. */
const ENDING_MS = 200
const MOST_NAMED = 5
const LONGEST_COMMAND = 120

/**
 * Sentences about processes that scenarios of a session have started and that go on when it ends: whatever has its tag
 * in the environment, but for this process, what has started it and its workers. Windows does not tell.
 */
export async function outliving(session: string): Promise<string[]> {
  if (found(session).length === 0) return []
  await sleep(ENDING_MS)
  const pids = found(session)
  if (pids.length === 0) return []
  const programs = new Map((await hostProcesses()).map((entry) => [entry.pid, entry]))
  const sentences = pids.slice(0, MOST_NAMED).map((pid) => {
    const { program = 'unknown', args = [] } = programs.get(pid) ?? {}
    const command = printable([program, ...args].join(' '), LONGEST_COMMAND)
    return `A scenario has left a process that goes on: ${command}. End it with: kill ${pid}`
  })
  const more = pids.length - MOST_NAMED
  if (more > 0) sentences.push(`Scenarios have left ${more} more processes that go on`)
  return sentences
}

function found(session: string): number[] {
  const table = processTable([sessionTag(session)])
  const parents = new Map(table.map(({ pid, parent }) => [pid, parent]))
  const own = new Set<number>()
  for (let pid: number | undefined = process.pid; pid !== undefined; pid = parents.get(pid)) {
    own.add(pid)
  }
  return table
    .filter(({ pid, parent, tagged }) => tagged && !own.has(pid) && parent !== process.pid)
    .map(({ pid }) => pid)
}
