import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { isAlive, temporaryFolder, until } from '../../test/support/services.ts'
import { identify, type ProcessIdentity } from '../host/process-identity.ts'
import { initialState } from '../session/projections/state.ts'
import { reap } from './reaper.ts'

/** Windows tells neither groups nor environments of processes. */
const windows = process.platform === 'win32'

test.skipIf(windows)(
  'what died with a killed watchdog is ended by pid and start time, and by its tag',
  async () => {
    const logs = temporaryFolder()
    const directory = join(logs, 'RUN_20260216_231205')
    const service = sleeper()
    const escapee = sleeper({ JARVIS_SESSION: directory })
    const namesake = sleeper()
    const stranger = sleeper({ JARVIS_SESSION: `${directory}_2` })
    await allUp(service, escapee, namesake, stranger)
    const later = { pid: namesake, start: 'another process had this pid' }
    session(directory, { status: 'died', run: goneProcess(), services: [identify(service), later] })
    const { ended, left } = await reap(logs, [])
    expect(new Set(ended)).toEqual(new Set([service, escapee]))
    expect(left).toEqual([])
    expect([service, escapee, namesake, stranger].map(isAlive)).toEqual([false, false, true, true])
  },
)

test.skipIf(windows)(
  'services that are kept warm by a run that goes on are left alone',
  async () => {
    const logs = temporaryFolder()
    const directory = join(logs, 'RUN_20260216_231205')
    const service = sleeper({ JARVIS_SESSION: directory })
    await allUp(service)
    const run = identify(process.pid)
    session(directory, { status: 'ended', run, services: [identify(service)] })
    expect(await reap(logs, [])).toEqual({ ended: [], left: [] })
    expect(isAlive(service)).toBe(true)
  },
)

test.skipIf(windows)(
  'the session of a lock that was left is looked at wherever it is',
  async () => {
    const directory = join(temporaryFolder(), 'RUN_20260216_231205')
    const escapee = sleeper({ JARVIS_SESSION: directory })
    await allUp(escapee)
    expect(await reap(temporaryFolder(), [directory])).toEqual({ ended: [escapee], left: [] })
  },
)

function sleeper(env: Record<string, string> = {}): number {
  const options = { detached: true, stdio: 'ignore' } as const
  const child = spawn('sleep', ['60'], { ...options, env: { PATH: process.env['PATH'], ...env } })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child.pid!
}

function allUp(...pids: number[]): Promise<void> {
  return until(() => pids.every(isAlive))
}

/** A process that was there a moment ago. */
function goneProcess(): ProcessIdentity {
  const { pid } = spawnSync('true')
  return { pid, start: 'a moment ago' }
}

function session(
  directory: string,
  known: { status: 'died' | 'ended'; run: ProcessIdentity; services: ProcessIdentity[] },
): void {
  mkdirSync(directory)
  const services = known.services.map(({ pid, start }) => {
    const role = { name: 'a', engine: 'native', model: 'native://a', domain: 'llm', loadout: 'a' }
    return { ...role, pid, process_start: start, port: null, state: 'ready', log: 'svc.log' }
  })
  const { pid, start: process_start } = known.run
  const state = { ...initialState('RUN_20260216_231205'), status: known.status }
  const text = JSON.stringify({ ...state, pid, process_start, services })
  writeFileSync(join(directory, 'state.json'), text)
}
