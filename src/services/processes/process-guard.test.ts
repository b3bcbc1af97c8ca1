import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import {
  childrenIn,
  fixture,
  isAlive,
  loadout,
  planOf,
  service,
  temporaryFolder,
  TestSession,
  until as untilWithin,
} from '../../../test/support/services.ts'
import type { SessionEvent } from '../../events/index.ts'
import { identify } from '../../host/process-identity.ts'
import type { ServiceDefinition } from '../../plan/types.ts'
import { spawnGuard, startGuard } from './process-guard.ts'

/** A busy machine takes long for what is quick otherwise. */
const LIMIT_MS = 60_000
const until = (holds: () => boolean): Promise<void> => untilWithin(holds, LIMIT_MS)

/** `pgrep` and process groups are not for Windows. */
const windows = process.platform === 'win32'

/** The watchdogs of a run. */
function watchdogsOf(run: number): number[] {
  const { stdout } = spawnSync('pgrep', ['-P', String(run), '-f', 'watchdog/main'])
  return stdout.toString().split('\n').filter(Boolean).map(Number)
}

/** A program that does nothing, in a process group of its own. */
function bystander(env: Record<string, string> = {}): ChildProcess & { pid: number } {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, ...env },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child as ChildProcess & { pid: number }
}

/** A run in a process of its own, once its loadout is held. */
async function heldRun(definition: ServiceDefinition): Promise<{
  run: ChildProcess
  session: TestSession
}> {
  const session = new TestSession()
  const block = {
    domain: 'llm',
    loadouts: [loadout(`native://${definition.name}`)],
    scenarios: null,
  }
  const plan = JSON.stringify({ ...planOf([definition]), blocks: [block] })
  const args = [fixture('run.mjs'), session.directory, plan]
  const run = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void run.kill('SIGKILL'))
  for await (const line of createInterface({ input: run.stdout })) {
    const event = JSON.parse(line) as SessionEvent | { type: 'held' }
    if (event.type === 'held') break
    session.record(event)
  }
  return { run, session }
}

test.skipIf(windows)(
  'nothing outlives a run that was killed, not even what left its process group',
  async () => {
    const { run, session } = await heldRun(service('a', ['--stubborn', '--child', '--escapee']))
    const [spawned] = session.of('service_spawned')
    await until(() => session.log(spawned!).match(/^up$/gm)?.length === 2)
    const worker = bystander({ JARVIS_SESSION: session.directory })
    const stranger = bystander({ JARVIS_SESSION: `${session.directory}_2` })
    const pids = [spawned!.pid, ...childrenIn(session.log(spawned!)), worker.pid]
    expect(pids.map(isAlive)).toEqual([true, true, true, true])
    run.kill('SIGKILL')
    await until(() => !pids.some(isAlive))
    expect(isAlive(stranger.pid)).toBe(true)
  },
)

test.skipIf(windows)('a group whose leader died shortly before the run is ended too', async () => {
  const { run, session } = await heldRun(service('a', ['--child']))
  const [spawned] = session.of('service_spawned')
  const [child] = childrenIn(session.log(spawned!))
  run.kill('SIGSTOP')
  process.kill(spawned!.pid, 'SIGKILL')
  await until(() => !isAlive(spawned!.pid))
  expect(isAlive(child!)).toBe(true)
  run.kill('SIGKILL')
  await until(() => !isAlive(child!))
})

test.skipIf(windows)(
  'a watchdog that is told that all is well leaves everything alone',
  async () => {
    const guard = await startGuard({ session: temporaryFolder() })
    const watched = bystander()
    guard.watch({ ...identify(watched.pid), grace: 0.1 })
    await guard.end()
    await guard.end()
    expect(isAlive(watched.pid)).toBe(true)
  },
)

test.skipIf(windows)(
  'a watchdog ignores signals, and a later session becomes its own',
  async () => {
    const first = temporaryFolder()
    const second = temporaryFolder()
    const script = `
    import { spawnGuard, startGuard } from ${JSON.stringify(new URL('process-guard.ts', import.meta.url).href)}
    const guard = await startGuard({ session: ${JSON.stringify(first)} })
    guard.attach(${JSON.stringify(second)})
    setInterval(() => {}, 1000)
    setTimeout(() => console.log('attached'), 50)`
    const run = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(run.stdout!, 'data')
    const pid = watchdogsOf(run.pid!)[0]!
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid, signal)
    const workers = [first, second].map((folder) => bystander({ JARVIS_SESSION: folder }).pid)
    run.kill('SIGKILL')
    await until(() => !isAlive(pid))
    expect(workers.map(isAlive)).toEqual([false, false])
  },
)

test.skipIf(windows)(
  'a watchdog that is killed is replaced, and the other knows what it knew',
  async () => {
    const news: string[] = []
    const guard = spawnGuard((level, sentence) => news.push(`${level} ${sentence}`))
    const session = temporaryFolder()
    guard.attach(session)
    await guard.ready
    const [watched, forgotten] = [bystander(), bystander()]
    for (const { pid } of [watched, forgotten]) guard.watch({ ...identify(pid), grace: 0.1 })
    const first = watchdogsOf(process.pid)[0]!
    process.kill(first, 'SIGKILL')
    guard.forget(forgotten.pid)
    await until(() => news.length > 0)
    expect(news).toEqual([
      'WARN The watchdog was ended (SIGKILL, as the system does when memory runs out): another one has taken its place',
    ])
    const second = watchdogsOf(process.pid)[0]!
    expect(second).not.toBe(first)
    await guard.end()
    expect([second, watched.pid].map(isAlive)).toEqual([false, true])
    expect(news).toHaveLength(1)
  },
)

test.skipIf(windows)(
  'nothing lives after a run was killed whose watchdog had been killed before, however shortly',
  async () => {
    const { run, session } = await heldRun(service('a', ['--stubborn', '--child', '--escapee']))
    const [spawned] = session.of('service_spawned')
    await until(() => session.log(spawned!).match(/^up$/gm)?.length === 2)
    const worker = bystander({ JARVIS_SESSION: session.directory })
    const pids = [spawned!.pid, ...childrenIn(session.log(spawned!)), worker.pid]
    const [first] = watchdogsOf(run.pid!)
    process.kill(first!, 'SIGKILL')
    // The next one has begun; nobody waits until it listens.
    await until(() => watchdogsOf(run.pid!).some((pid) => pid !== first))
    expect(pids.map(isAlive)).toEqual([true, true, true, true])
    run.kill('SIGKILL')
    await until(() => !pids.some(isAlive))
  },
)

test.skipIf(windows)(
  'a watchdog in the place of another knows all from its first moment on, as its run may be killed then',
  async () => {
    const session = temporaryFolder()
    const [tagged, watched] = [bystander({ JARVIS_SESSION: session }), bystander()]
    const script = `
    import children from 'node:child_process'
    import { syncBuiltinESMExports } from 'node:module'
    const proceed = children.spawn
    let watchdogs = 0
    children.spawn = (...given) => {
      const child = proceed(...given)
      watchdogs += 1
      if (watchdogs === 2) process.kill(process.pid, 'SIGKILL')
      return child
    }
    syncBuiltinESMExports()
    const { startGuard } = await import(${JSON.stringify(new URL('process-guard.ts', import.meta.url).href)})
    const guard = await startGuard({ session: ${JSON.stringify(session)} })
    guard.watch(${JSON.stringify({ ...identify(watched.pid), grace: 0.1 })})
    setInterval(() => {}, 1000)
    console.log('watched')`
    const run = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(run.stdout!, 'data')
    const ended = once(run, 'exit')
    process.kill(watchdogsOf(run.pid!)[0]!, 'SIGKILL')
    expect(await ended).toEqual([null, 'SIGKILL'])
    await until(() => ![tagged.pid, watched.pid].some(isAlive))
  },
)

test.skipIf(windows)(
  'a watchdog that is killed again and again is started after pauses',
  async () => {
    const news: string[] = []
    const guard = spawnGuard((level, sentence) => news.push(`${level} ${sentence}`))
    onTestFinished(() => guard.end())
    await guard.ready
    for (let kill = 1; kill <= 6; kill += 1) {
      process.kill(watchdogsOf(process.pid)[0]!, 'SIGKILL')
      await until(() => news.length === kill)
    }
    expect(news.slice(0, 5).every((sentence) => sentence.startsWith('WARN'))).toBe(true)
    expect(news.at(-1)).toBe(
      'ERROR The watchdog was ended 6 times in a row (SIGKILL) and is started again after pauses: should this run be killed meanwhile, what it started stays until the next run',
    )
    expect(watchdogsOf(process.pid)).toEqual([])
    guard.forget(1)
    await expect(guard.end()).resolves.toBeUndefined()
  },
)
