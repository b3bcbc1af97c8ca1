import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { isAlive } from '../../../test/support/services.ts'
import { identify, type ProcessIdentity } from '../../host/process-identity.ts'
import { endProcesses } from './end-processes.ts'
import { processTable } from './process-table.ts'

/** Windows has neither `sh` nor signals that can be ignored. */
const windows = process.platform === 'win32'

async function program(script: string, env: Record<string, string> = {}): Promise<ProcessIdentity> {
  const child = spawn('sh', ['-c', `${script}; echo up; while :; do sleep 1; done`], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env['PATH'], ...env },
  })
  onTestFinished(() => {
    try {
      process.kill(-child.pid!, 'SIGKILL')
    } catch {
      // The test ended it.
    }
  })
  await once(child.stdout, 'data')
  return identify(child.pid!)
}

test.skipIf(windows)('each leader gets its own grace', async () => {
  const polite = await program('trap "" TERM')
  const slow = await program('trap "sleep 0.5; exit" TERM')
  const left = await endProcesses({
    leaders: [
      { ...polite, grace: 0.1 },
      // Longer than this test may take: who ends by itself is not waited for.
      { ...slow, grace: 600 },
    ],
  })
  expect(left).toEqual([])
  expect([isAlive(polite.pid), isAlive(slow.pid)]).toEqual([false, false])
})

test.skipIf(windows)(
  'a process with another start time is left alone, and so is one without',
  async () => {
    const { pid, start } = await program(':')
    const leaders = [
      { pid, start: `${start}0`, grace: 0.1 },
      { pid, start: null, grace: 0.1 },
    ]
    expect(await endProcesses({ leaders, orphanedGroups: true })).toEqual([])
    expect(isAlive(pid)).toBe(true)
  },
)

test.skipIf(windows)('a tag matches as a whole, and never this process', async () => {
  const tag = `JARVIS_SERVICE=test-${process.pid}`
  const [name, value] = tag.split('=') as [string, string]
  const ours = await program(':', { [name]: value })
  const longer = await program(':', { [name]: `${value}0` })
  expect(await endProcesses({ tags: [tag] })).toEqual([])
  expect([isAlive(ours.pid), isAlive(longer.pid)]).toEqual([false, true])
  const left = await endProcesses({ leaders: [{ ...identify(process.pid), grace: 0 }], tags: [] })
  expect(left).toEqual([])
})

test.runIf(process.platform === 'linux')(
  'what has left the group and has no parent any more ends with the session of its leader',
  async () => {
    // A shell with job control gives each job a group of its own.
    const script = 'set -m; (sleep 600 & echo $! >&2); trap "" HUP'
    const child = spawn('bash', ['-c', `${script}; echo up; while :; do sleep 1; done`], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [told] = (await once(child.stderr, 'data')) as [Buffer]
    const job = Number(told)
    const leader = { ...identify(child.pid!), grace: 0.3 }
    const { pid, group, session } = processTable([]).find((entry) => entry.pid === job)!
    expect({ group: group === leader.pid, session }).toEqual({ group: false, session: leader.pid })
    expect(await endProcesses({ leaders: [leader] })).toEqual([])
    expect([leader.pid, pid].map(isAlive)).toEqual([false, false])
  },
)
