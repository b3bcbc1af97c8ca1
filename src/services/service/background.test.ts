import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { withDeadline } from '../../../test/support/deadlines.ts'
import {
  failureOf,
  fixture,
  isAlive,
  service,
  startServer,
  supervise,
  target,
  temporaryFolder,
  type TestSession,
  until,
} from '../../../test/support/services.ts'
import type { ServiceDefinition } from '../../plan/types.ts'
import { portOwners } from '../processes/listeners.ts'
import { endHeld } from '../warm/ask-keepers.ts'
import type { KeptLoadout } from '../warm/holding.ts'

/** `setsid` and `/proc` are Linux's. */
const linux = process.platform === 'linux'
const SERVER = `${process.execPath} ${fixture('service.mjs')} --port {port}`

/** A service whose command is a line of a shell; its server may outlive everything but the test. */
function shell(line: string, more: Partial<ServiceDefinition> = {}): ServiceDefinition {
  return service('a', [], { command: ['bash', '-c', line], ...more })
}

const ownerOf = async (port: number): Promise<number | undefined> =>
  (await portOwners(port))[0]?.pid

function killAtEnd(pid: number): void {
  onTestFinished(() => {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended.
    }
  })
}

const notes = (session: TestSession): string[] =>
  session.of('note').map(({ level, message }) => `${level} ${message}`)

test.runIf(linux)(
  'what a service has put outside its tree since it was ready is told to whoever keeps it',
  async () => {
    const folder = temporaryFolder()
    const [late, pidFile] = [join(folder, 'late'), join(folder, 'pid')]
    const line = `${SERVER} & while [ ! -e ${late} ]; do sleep 0.02; done; env -i setsid -f sh -c 'echo $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; exec sleep 600'; wait`
    const told: (KeptLoadout | null)[] = []
    const onWarm = (kept: KeptLoadout | null): void => void told.push(kept)
    const { supervisor, session, watched } = supervise([shell(line)], {}, process.env, null, onWarm)
    const held = await supervisor.acquire(target('native://a'))
    writeFileSync(late, '')
    await until(() => existsSync(pidFile))
    const stray = Number(readFileSync(pidFile, 'utf8'))
    killAtEnd(stray)
    killAtEnd(-session.of('service_spawned')[0]!.pid)
    held.release()
    const kept = await supervisor.release()
    expect(kept!.services[0]!.process!.strayed.map(({ pid }) => pid)).toEqual([stray])
    expect(told.at(-1)).toEqual(kept)
    expect([...watched.keys()]).toContain(stray)
    await endHeld(kept!)
    expect(isAlive(stray)).toBe(false)
  },
)

test.runIf(linux)(
  'a server that slips out of tree, session and environment is ours, and ends with its service',
  async () => {
    const { supervisor, session, watched } = supervise([
      shell(`env -i setsid -f ${SERVER}; sleep 600`),
    ])
    const held = await supervisor.acquire(target('native://a'))
    const [spawned] = session.of('service_spawned')
    const server = (await ownerOf(spawned!.port!))!
    killAtEnd(server)
    expect(server).not.toBe(spawned!.pid)
    // A run that is killed leaves it to the watchdog.
    expect([...watched.keys()]).toEqual([spawned!.pid, server])
    expect(supervisor.ownsProcess(server)).toBe(true)
    held.release()
    await supervisor.stop()
    expect(isAlive(server)).toBe(false)
    expect(await ownerOf(spawned!.port!)).toBeUndefined()
    expect(watched.size).toBe(0)
    expect(notes(session)).toEqual([
      `WARN native://a had gone into the background: node (pid ${server}) lived on when its process tree was ` +
        'ended, and was ended, too. Give the flag that keeps it in front.',
    ])
  },
)

test.runIf(linux)(
  'what starts a server again, once both have slipped out, ends with it',
  async () => {
    const again = `while :; do ${SERVER}; done`
    const { supervisor, session } = supervise([
      shell(`env -i setsid -f bash -c '${again}'; sleep 600`),
    ])
    ;(await supervisor.acquire(target('native://a'))).release()
    const { port } = session.of('service_spawned')[0]!
    killAtEnd((await ownerOf(port!))!)
    await supervisor.stop()
    expect(await ownerOf(port!)).toBeUndefined()
    expect(notes(session)).toHaveLength(1)
  },
)

test.runIf(linux)(
  'a first process that ends while its server goes on is told to stay in front, and nothing is left',
  async () => {
    const go = join(temporaryFolder(), 'go')
    const waits = `while [ ! -e ${go} ]; do sleep 0.02; done`
    const { supervisor, session } = supervise([shell(`setsid -f ${SERVER}; ${waits}`)])
    for (const ends of [1, 2]) {
      // oxlint-disable-next-line no-await-in-loop -- once more after the first
      const held = await supervisor.acquire(target('native://a'))
      writeFileSync(go, '')
      // oxlint-disable-next-line no-await-in-loop -- see above
      await until(() => session.of('service_exited').length === ends)
      rmSync(go)
      held.release()
    }
    const error = await failureOf(supervisor.acquire(target('native://a')))
    expect(error.message).toMatch(
      /^native:\/\/a exited with code 0 \(It went into the background: give the flag that keeps it in front\.\) after it was started again/,
    )
    await supervisor.stop()
    for (const { port } of session.of('service_spawned')) {
      // oxlint-disable-next-line no-await-in-loop -- two
      expect(await ownerOf(port!)).toBeUndefined()
    }
  },
)

test.runIf(linux)(
  'an early exit of the first process while the port is served fails with what to do about it',
  async () => {
    const { supervisor, session } = supervise([
      shell(`setsid -f ${SERVER}`, { ready: { log: 'never' } }),
    ])
    const error = await failureOf(supervisor.acquire(target('native://a')))
    expect(error.code).toBe('SERVICE_FAILED')
    expect(error.message).toMatch(
      /^native:\/\/a exited with code 0 before it was ready\. It went into the background: give the flag that keeps it in front\. /,
    )
    await supervisor.stop()
    expect(await ownerOf(session.of('service_spawned')[0]!.port!)).toBeUndefined()
  },
)

test.runIf(linux)(
  'a second instance of the program of the service, by the same user and younger, is ended on its port',
  async () => {
    const daemon = [process.execPath, fixture('background.mjs'), '{port}']
    const definition = service('a', [], { command: daemon, ready: { log: 'never' } })
    const { supervisor, session } = supervise([definition])
    const error = await failureOf(supervisor.acquire(target('native://a')))
    expect(error.message).toContain('It went into the background')
    const { port } = session.of('service_spawned')[0]!
    await supervisor.stop()
    expect(await ownerOf(port!)).toBeUndefined()
    expect(notes(session)).toEqual([expect.stringMatching(/^WARN native:\/\/a had gone into/)])
  },
)

test.runIf(linux)(
  'what nothing shows to have come of the service is named and never ended',
  async () => {
    const go = join(temporaryFolder(), 'go')
    const waits = `: {port}; while [ ! -e ${go} ]; do sleep 0.02; done`
    const { supervisor, session } = supervise([shell(waits, { ready: { log: 'never' } })])
    const failure = failureOf(supervisor.acquire(target('native://a')))
    await until(() => session.types.includes('service_spawned'))
    const { port } = session.of('service_spawned')[0]!
    const stranger = await startServer(port!)
    writeFileSync(go, '')
    const error = await failure
    expect(error.message).toContain('It went into the background')
    await supervisor.stop()
    expect(isAlive(stranger)).toBe(true)
    expect(notes(session)).toEqual([
      `WARN Port ${port}, which native://a had, is still served by node (pid ${stranger}). Nothing shows that ` +
        `the service started it, so it was left alone. End it with: kill ${stranger}`,
    ])
  },
)

test.runIf(linux)(
  'a server that has slipped out and does not listen yet ends with its service, too',
  async () => {
    const late = `${process.execPath} ${fixture('loading.mjs')} --late 60000 --port {port}`
    const definition = shell(`env -i setsid -f ${late}; sleep 600`)
    const acquire = async (startup_timeout: number) => {
      const { supervisor, session } = supervise([definition], { startup_timeout })
      const failed = await failureOf(supervisor.acquire(target('native://a')))
      await supervisor.stop()
      return { session, error: failed }
    }
    const hasSlippedOut = ({ session }: { session: TestSession }): boolean =>
      notes(session).length > 0
    const { session, error } = (await withDeadline(2, acquire, hasSlippedOut)).seen
    expect(error.code).toBe('SERVICE_TIMEOUT')
    const [note] = notes(session)
    const pid = Number(/\(pid (\d+)\)/.exec(note!)![1])
    expect(isAlive(pid)).toBe(false)
  },
)
