import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { fixture, isAlive, planOf, temporaryFolder } from '../../../test/support/services.ts'
import type { Settings } from '../../plan/types.ts'
import { choosePort } from './ports.ts'
import { purge, toBePurged } from './purge.ts'

/** Nothing on this machine has a name like these but what the test starts. */
const unique = `${randomUUID()}.mjs`

async function server(script: string, session = ''): Promise<{ pid: number; port: number }> {
  const port = await choosePort()
  const child = spawn(process.execPath, [script, '--port', String(port)], {
    detached: true,
    env: { ...process.env, JARVIS_SESSION: session },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return { pid: child.pid!, port }
}

function script(): string {
  const path = join(temporaryFolder(), unique)
  copyFileSync(fixture('service.mjs'), path)
  return path
}

async function purged(settings: Partial<Settings>, ours: number[] = []): Promise<string[]> {
  const notes: string[] = []
  await purge({
    plan: planOf([], settings),
    note: (level, message) => notes.push(`${level} ${message}`),
    owns: (pid) => ours.includes(pid),
  })
  return notes
}

test.skipIf(process.platform === 'win32')(
  'a script that the plan names under purge ends, ours of the same name does not',
  async () => {
    const path = script()
    const [theirs, ours, other] = await Promise.all([
      server(path),
      server(path),
      server(fixture('service.mjs')),
    ])
    expect(await purged({ purge: [unique] }, [ours.pid])).toEqual([
      `INFO Purged node (pid ${theirs.pid}): the plan names ${unique} under purge.`,
    ])
    expect([theirs, ours, other].map(({ pid }) => isAlive(pid))).toEqual([false, true, true])
    expect(await purged({ purge: [unique] }, [ours.pid])).toEqual([])
  },
)

test.runIf(process.platform === 'linux')(
  'what a run beside this one has started is left alone, and what one that has ended left is not',
  async () => {
    const path = script()
    const sessions = ['running', 'ended'].map((status) => {
      const directory = join(temporaryFolder(), 'logs', 'RUN_1')
      mkdirSync(directory, { recursive: true })
      const state = join(directory, 'state.json')
      writeFileSync(state, JSON.stringify({ status }))
      // However slow this machine is, it was written just now.
      const ahead = Date.now() / 1_000 + 3_600
      utimesSync(state, ahead, ahead)
      return directory
    })
    const [beside, left] = await Promise.all(sessions.map((session) => server(path, session)))
    expect(await toBePurged(planOf([], { purge: [unique] }))).toMatchObject([{ pid: left!.pid }])
    expect(await toBePurged(planOf([], { purge: [beside!.port] }))).toEqual([])
    expect(await purged({ purge: [unique] })).toHaveLength(1)
    expect([beside!, left!].map(({ pid }) => isAlive(pid))).toEqual([true, false])
  },
)

test('who listens on a port that the plan names under purge ends', async () => {
  const { pid, port } = await server(fixture('service.mjs'))
  expect(await purged({ purge: [port], purge_on_entry: false })).toEqual([])
  const plan = planOf([], { purge: [port] })
  expect(await toBePurged(plan)).toMatchObject([{ pid, entry: port }])
  expect(isAlive(pid)).toBe(true)
  const [note] = await purged({ purge: [port] })
  expect(note).toMatch(new RegExp(`^INFO Purged \\S+ \\(pid ${pid}\\): the plan names ${port} `))
  expect(isAlive(pid)).toBe(false)
})

test('a plan that names this very program does not end itself', async () => {
  const { pid } = await server(fixture('service.mjs'))
  const everyone = new Set<number>()
  const notes: string[] = []
  await purge({
    plan: planOf([], { purge: ['node'] }),
    note: (_, message) => notes.push(message),
    // Whatever else runs here stays: only whom it would have ended is looked at.
    owns: (other) => {
      everyone.add(other)
      return true
    },
  })
  expect(everyone).toContain(pid)
  expect(everyone).not.toContain(process.pid)
  expect(everyone).not.toContain(process.ppid)
  expect(notes).toEqual([])
})
