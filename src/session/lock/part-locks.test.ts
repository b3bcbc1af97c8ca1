import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import type { OwnGpu } from '../../host/own-gpus.ts'
import type { RunLock } from './held-lock.ts'
import { runHolders } from './lock-holders.ts'
import type { RunWants } from './lock-wants.ts'
import { claimAddress } from './machine-claim.ts'
import { acquireRunLock } from './run-lock.ts'

const gpu = (index: number, locks = [`GPU-${index}`]): OwnGpu => {
  return {
    kind: 'nvidia',
    index,
    uuid: `GPU-${index}`,
    model: 'A card',
    isWhole: locks[0] === `GPU-${index}`,
    locks,
  }
}
const [ZERO, ONE] = [gpu(0), gpu(1)]

const wants = (gpus: OwnGpu[], rest: Partial<RunWants> = {}): RunWants => {
  return { gpus, ports: [], ollama: false, ...rest }
}

interface Place {
  env: { XDG_RUNTIME_DIR: string }
  folder: string
  take(session: string, wanted: RunWants | null, wait?: number): Promise<RunLock>
}

function place(): Place {
  const runtime = join(temporaryFolder(), 'runtime')
  const folder = join(runtime, 'jarvis')
  mkdirSync(folder, { recursive: true })
  const env = { XDG_RUNTIME_DIR: runtime }
  const address = claimAddress(env)
  return {
    env,
    folder,
    take: (session, wanted, wait = 0) =>
      acquireRunLock({ folder, address, session, wants: wanted, wait }),
  }
}

const holds = async (env: NodeJS.ProcessEnv): Promise<unknown> =>
  (await runHolders(env)).map(({ holds: what, session }) => [what, session])

test('runs with GPUs of their own go side by side, and two with one GPU do not', async () => {
  const { env, folder, take } = place()
  const first = await take('/logs/RUN_1', wants([ZERO]))
  const second = await take('/logs/RUN_2', wants([ONE]))
  expect(await holds(env)).toEqual([
    ['GPU 0 (GPU-0)', '/logs/RUN_1'],
    ['GPU 1 (GPU-1)', '/logs/RUN_2'],
  ])
  const sentence = new RegExp(
    `^Another run has GPU 1 \\(GPU-1\\): pid ${process.pid}, since 20[-0-9 :]+, /logs/RUN_2\\. ` +
      'Wait for it or stop it, or set JARVIS_WAIT to the seconds to wait for it, ' +
      'or set CUDA_VISIBLE_DEVICES to GPUs that nobody has\\.$',
  )
  await expect(take('/logs/RUN_3', wants([ONE]))).rejects.toThrow(sentence)
  await expect(take('/logs/RUN_3', wants([ONE, ZERO]))).rejects.toThrow(
    /^Another run has GPU 0 \(GPU-0\): .*RUN_1\. Another run has GPU 1 \(GPU-1\): .*RUN_2\. Wait/,
  )
  first.release()
  second.release()
  const both = await take('/logs/RUN_3', wants([ONE, ZERO]))
  await expect(take('/logs/RUN_4', wants([ONE]))).rejects.toThrow(
    /^Another run has GPU 1 \(GPU-1\): .*RUN_3\. Wait/,
  )
  both.release()
  expect(readdirSync(folder)).toEqual([])
})

test('a run that is told no GPUs wants all of the machine, and has it alone', async () => {
  const { env, folder, take } = place()
  const part = await take('/logs/RUN_1', wants([ONE]))
  await expect(take('/logs/RUN_2', null)).rejects.toThrow(
    /^Another run has GPU 1 \(GPU-1\), and this one is told no GPUs and wants all: pid .*RUN_1\. /,
  )
  part.release()
  const whole = await take('/logs/RUN_2', null)
  await expect(take('/logs/RUN_3', wants([ZERO]))).rejects.toThrow(
    /^Another run uses this machine: pid .*RUN_2\. Wait/,
  )
  expect(await holds(env)).toEqual([[null, '/logs/RUN_2']])
  whole.release()
  expect(readdirSync(folder)).toEqual([])
})

test('of runs that begin at one moment and want the machine or parts of it, no two have the same', async () => {
  const { folder, take } = place()
  const having = new Set<string>()
  const one = async (name: string, wanted: RunWants | null): Promise<void> => {
    const lock = await take(name, wanted, 60)
    const own = wanted?.gpus.map(({ index }) => `gpu ${index}`) ?? ['gpu 0', 'gpu 1']
    expect(own.filter((what) => having.has(what))).toEqual([])
    for (const what of own) having.add(what)
    await new Promise((resolve) => void setImmediate(resolve))
    for (const what of own) having.delete(what)
    lock.release()
  }
  const kinds = [null, wants([ZERO]), wants([ONE]), wants([ZERO, ONE])]
  await Promise.all([...kinds, ...kinds].map((wanted, index) => one(`/logs/RUN_${index}`, wanted)))
  expect(having.size).toBe(0)
  expect(readdirSync(folder)).toEqual([])
}, 60_000)

test('devices of one divided GPU are had apart, and a run with all of it has all of them', async () => {
  const { take } = place()
  const [small, other] = [gpu(1, ['MIG-a']), gpu(1, ['MIG-b'])]
  const first = await take('/logs/RUN_1', wants([small]))
  const second = await take('/logs/RUN_2', wants([other]))
  await expect(take('/logs/RUN_3', wants([small]))).rejects.toThrow(
    /^Another run has a part of GPU 1 \(MIG-a\): pid .*RUN_1/,
  )
  await expect(take('/logs/RUN_3', wants([gpu(1, ['GPU-1', 'MIG-a', 'MIG-b'])]))).rejects.toThrow(
    /^Another run has GPU 1 \(GPU-1\): pid .*RUN_1\. Another run has GPU 1 \(GPU-1\): pid .*RUN_2/,
  )
  first.release()
  second.release()
})

test('a port that services insist on and Ollama are had by one run alone, which says why', async () => {
  const { take } = place()
  const first = await take('/logs/RUN_1', wants([ZERO], { ports: [8000], ollama: true }))
  await expect(take('/logs/RUN_2', wants([ONE], { ports: [8000, 8001] }))).rejects.toThrow(
    /^Another run has port 8000, which a service of this plan insists on: pid .*RUN_1\. Wait for it or stop it, or set JARVIS_WAIT to the seconds to wait for it\.$/,
  )
  await expect(take('/logs/RUN_2', wants([ONE], { ollama: true }))).rejects.toThrow(
    /^Another run has Ollama, and a run with ollama:\/\/ ends every other Ollama of this machine: pid .*RUN_1\. Wait/,
  )
  const second = await take('/logs/RUN_2', wants([ONE], { ports: [8001] }))
  second.release()
  first.release()
})

test('a run that waits is told for which GPU, once, has nothing meanwhile, and goes on when that one ends', async () => {
  const { env, folder, take } = place()
  const first = await take('/logs/RUN_1', wants([ONE]))
  const told: unknown[] = []
  const second = acquireRunLock({
    folder,
    address: claimAddress(env),
    session: '/logs/RUN_2',
    wants: wants([ZERO, ONE]),
    wait: 20,
    onWait: ({ holds: what, session }) => void told.push([what, session]),
  })
  await expect.poll(() => told).toEqual([['GPU 1 (GPU-1)', '/logs/RUN_1']])
  expect(await holds(env)).toEqual([['GPU 1 (GPU-1)', '/logs/RUN_1']])
  first.release()
  ;(await second).release()
  expect(told).toHaveLength(1)
})

const HOLDER = `
  import { acquireRunLock } from ${JSON.stringify(join(import.meta.dirname, 'run-lock.ts'))}
  import { claimAddress } from ${JSON.stringify(join(import.meta.dirname, 'machine-claim.ts'))}
  const gpus = JSON.parse(process.argv[1])
  const isWhole = gpus.length === 0
  const folder = process.env.XDG_RUNTIME_DIR + '/jarvis'
  const wants = isWhole ? null : { gpus, ports: [8000], ollama: false }
  await acquireRunLock({ folder, address: claimAddress(), session: '/logs/RUN_9', wants, wait: 0 })
  console.log('held')
  setInterval(() => {}, 1000)`

/** A process that has GPUs and a port; with no GPUs all of the machine. */
async function holder(env: NodeJS.ProcessEnv, gpus: OwnGpu[], before: string[] = []) {
  const node = [process.execPath, '--input-type=module', '-e', HOLDER, JSON.stringify(gpus)]
  const [file = '', ...args] = [...before, ...node]
  const child: ChildProcess = spawn(file, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout!, 'data')
  return child
}

test('a holder that is killed frees all that it had, and whoever comes next is told what it left', async () => {
  const { folder, env, take } = place()
  const child = await holder(env, [ZERO, ONE])
  await expect(take('/logs/RUN_2', wants([ONE]))).rejects.toThrow(`pid ${child.pid}, since 20`)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const left = [{ pid: child.pid, start: expect.anything(), session: '/logs/RUN_9' }]
  expect(readdirSync(folder)).toHaveLength(3)
  const part = await take('/logs/RUN_2', wants([ONE]))
  expect(part.stale).toEqual(left)
  part.release()
  const whole = await take('/logs/RUN_3', null)
  expect(whole.stale).toEqual(left)
  whole.release()
  expect(readdirSync(folder)).toEqual([])
})

test('a run with a part of the machine is told what one left that had all of it, and leaves its lock', async () => {
  const { folder, env, take } = place()
  const child = await holder(env, [])
  await expect(take('/logs/RUN_2', wants([ZERO]))).rejects.toThrow(`pid ${child.pid}, since 20`)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const left = [{ pid: child.pid, start: expect.anything(), session: '/logs/RUN_9' }]
  const part = await take('/logs/RUN_2', wants([ZERO]))
  expect(part.stale).toEqual(left)
  part.release()
  expect(readdirSync(folder)).toEqual(['run.lock'])
  const whole = await take('/logs/RUN_3', null)
  expect(whole.stale).toEqual(left)
  whole.release()
  const after = await take('/logs/RUN_4', wants([ZERO]))
  expect(after.stale).toEqual([])
  after.release()
})

describe.skipIf(claimAddress() === null)('where a socket without a file holds the lock', () => {
  test('a GPU stays held though a log-out has removed the file', async () => {
    const { env, folder, take } = place()
    const child = await holder(env, [ONE])
    rmSync(env.XDG_RUNTIME_DIR, { recursive: true })
    mkdirSync(folder, { recursive: true })
    const name = `pid ${child.pid}, since 20`
    // A holder that has no time is known to be there, and says later who it is.
    const refusal = (gpus: Parameters<typeof take>[1]) => () =>
      take('/logs/RUN_2', gpus).then(() => 'it was had', String)
    await expect.poll(refusal(wants([ONE]))).toContain(name)
    rmSync(folder, { recursive: true })
    mkdirSync(folder, { recursive: true })
    await expect.poll(refusal(null)).toContain(name)
  })

  test('a holder in another PID namespace is seen while it lives, and frees all when it is killed', async ({
    skip,
  }) => {
    const apart = ['unshare', '--pid', '--uts', '--fork', '--kill-child', '--mount-proc']
    skip(spawnSync(apart[0]!, [...apart.slice(1), 'true']).status !== 0, 'no namespaces here')
    const { env, take } = place()
    const child = await holder(
      env,
      [ONE],
      [...apart, 'sh', '-c', 'hostname other; "$@"; true', 'sh'],
    )
    await expect(take('/logs/RUN_2', wants([ONE]))).rejects.toThrow(
      /has GPU 1 \(GPU-1\): pid \d+, /,
    )
    const beside = await take('/logs/RUN_2', wants([ZERO]))
    beside.release()
    child.kill('SIGKILL')
    await once(child, 'close')
    const lock = await take('/logs/RUN_3', wants([ONE, ZERO], { ports: [8000] }))
    lock.release()
  })
})
