import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { hookFileSystem } from '../../../test/support/fs-faults.ts'
import type { RunLock } from './held-lock.ts'
import { readLock } from './lock-file.ts'
import { claimAddress } from './machine-claim.ts'
import { runHolder } from './lock-holders.ts'
import { acquireRunLock } from './run-lock.ts'

const LEFT = JSON.stringify({ pid: 2 ** 22 + 1, start: 'gone', session: '/logs/RUN_1', nonce: 'n' })

const take = (folder: string, wait = 0): Promise<RunLock> =>
  acquireRunLock({ folder, session: '/logs/RUN_2', wait })

test('a second run stops with the name of the first, and gets the lock once it is released', async () => {
  const folder = temporaryFolder()
  const first = await take(folder)
  first.update('/logs/RUN_9')
  await expect(take(folder)).rejects.toMatchObject({
    code: 'RUN_LOCKED',
    message: expect.stringMatching(
      new RegExp(`pid ${process.pid}, since 20.*, /logs/RUN_9\\. .*JARVIS_WAIT`),
    ),
  })
  first.release()
  first.update('/logs/RUN_10')
  const second = await take(folder)
  first.release()
  await expect(take(folder)).rejects.toThrow(/RUN_2/)
  second.release()
  expect(readdirSync(folder)).toEqual([])
})

test('a lock that cannot be written refuses the run with the reason, and what it wrote on the way costs nothing', async () => {
  const folder = temporaryFolder()
  const gone = join(folder, 'gone')
  await expect(take(gone)).rejects.toThrow(
    `Cannot write the lock of this machine in ${gone} (ENOENT: `,
  )
  let failures = 0
  await hookFileSystem({
    isMeant: (path) => path.startsWith(`${folder}/`),
    fate(name) {
      if (name !== 'rm') return null
      failures += 1
      return 'EIO'
    },
    strike() {},
  })
  const lock = await take(folder).finally(() => hookFileSystem(null))
  expect(failures).toBeGreaterThan(0)
  await expect(take(folder)).rejects.toThrow(`pid ${process.pid}, since 20`)
  lock.release()
  expect(readdirSync(folder)).toEqual([])
})

test.each([true, false])(
  'a lock that cannot be removed is told and keeps nobody out, its process going on; its guard, too: %s',
  async (isGuardKept) => {
    const folder = temporaryFolder()
    const path = join(folder, 'run.lock')
    const first = await take(folder)
    await hookFileSystem({
      isMeant: (one) => one === path || (isGuardKept && one === `${path}.takeover`),
      fate: (name) => (name === 'rm' ? 'EIO' : null),
      strike() {},
    })
    const told = `${path} could not be removed (EIO: i/o error, rm): the next run takes it over`
    try {
      expect(first.release()).toBe(told)
      expect(first.release()).toBe(null)
      for (const _again of [1, 2]) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const next = await take(folder)
        // It is as good as any other.
        // oxlint-disable-next-line no-await-in-loop -- see above
        await expect(take(folder)).rejects.toThrow(`pid ${process.pid}, since 20`)
        expect(next.release()).toBe(told)
      }
    } finally {
      await hookFileSystem(null)
    }
    const last = await take(folder)
    expect(last.release()).toBe(null)
    expect(readdirSync(folder)).toEqual([])
  },
)

test('a run that waits is told for whom, once, and goes on when that one ends', async () => {
  const folder = temporaryFolder()
  const first = await take(folder)
  const holders: string[] = []
  const onWait = (holder: { session: string }): void => void holders.push(holder.session)
  const second = acquireRunLock({ folder, session: '/logs/RUN_3', wait: 20, onWait })
  await expect.poll(() => holders).toEqual(['/logs/RUN_2'])
  first.release()
  ;(await second).release()
  expect(holders).toHaveLength(1)
})

test('a wait ends after its time, or with its signal', async () => {
  const folder = temporaryFolder()
  const first = await take(folder)
  await expect(take(folder, 0.1)).rejects.toThrow(/did not end within 0.1 s/)
  const signal = AbortSignal.timeout(50)
  const waiting = acquireRunLock({ folder, session: 's', wait: 60, signal })
  await expect(waiting).rejects.toThrow(/timeout/)
  first.release()
})

test('a lock whose process is gone is taken over, and names what was left', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'run.lock'), LEFT)
  const lock = await take(folder)
  expect(lock.stale).toEqual([{ pid: 2 ** 22 + 1, start: 'gone', session: '/logs/RUN_1' }])
  lock.release()
  writeFileSync(join(folder, 'run.lock'), '')
  const other = await take(folder)
  other.release()
  expect(readdirSync(folder)).toEqual([])
})

test.each([
  ['by its file alone', 'null'],
  ['by its file and where the machine is claimed', 'claimAddress()'],
])(
  'of several processes that see the same dead holder, one at a time holds the lock, %s',
  async (_how, address) => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'run.lock'), LEFT)
    const source = join(import.meta.dirname, 'run-lock.ts')
    const script = `
    import { acquireRunLock } from ${JSON.stringify(source)}
    import { claimAddress } from ${JSON.stringify(join(import.meta.dirname, 'machine-claim.ts'))}
    import { rmdirSync, mkdirSync } from 'node:fs'
    const address = ${address}
    for (let round = 0; round < 5; round++) {
      const lock = await acquireRunLock({ folder: process.argv[1], address, session: 's', wait: 30 })
      mkdirSync(process.argv[1] + '/alone')
      await new Promise((resolve) => setTimeout(resolve, 5))
      rmdirSync(process.argv[1] + '/alone')
      lock.release()
      await new Promise((resolve) => setTimeout(resolve, 1))
    }`
    const codes = await Promise.all(
      [1, 2, 3, 4].map(
        () =>
          new Promise((resolve) => {
            spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
              stdio: 'ignore',
              env: { ...process.env, XDG_RUNTIME_DIR: folder },
            }).once('exit', resolve)
          }),
      ),
    )
    expect(codes).toEqual([0, 0, 0, 0])
    expect(readdirSync(folder)).toEqual([])
  },
)

test("a folder of one's own has a lock of its own; that of a log-in is the one that cron has", () => {
  const user = String(process.getuid?.())
  const cron = claimAddress({}, 'linux')
  expect(claimAddress({ XDG_RUNTIME_DIR: `/run/user/${user}` }, 'linux')).toBe(cron)
  expect(claimAddress({ XDG_RUNTIME_DIR: '/somewhere/else' }, 'linux')).not.toBe(cron)
  expect(cron).toMatch(/^\0jarvis-run-[0-9a-f]{32}$/)
  expect(claimAddress({}, 'win32')).toMatch(/^\\\\\.\\pipe\\jarvis-run-[0-9a-f]{32}$/)
  expect(claimAddress({}, 'darwin')).toBeNull()
})

const HOLDER = `
  import { acquireRunLock } from ${JSON.stringify(join(import.meta.dirname, 'run-lock.ts'))}
  import { claimAddress } from ${JSON.stringify(join(import.meta.dirname, 'machine-claim.ts'))}
  const folder = process.env.XDG_RUNTIME_DIR + '/jarvis'
  const session = '/logs/RUN_' + process.pid
  try {
    await acquireRunLock({ folder, address: claimAddress(), session, wait: 0 })
    console.log('held')
    setInterval(() => {}, 1000)
  } catch (error) {
    console.log(error.message)
  }`

describe.skipIf(claimAddress() === null)('where a socket without a file holds the lock', () => {
  test('a second run is refused by the name of the first though the folder is gone', async () => {
    const { env, folder } = runtime()
    const first = await acquireRunLock({ ...options(env, folder), session: '/logs/RUN_1' })
    first.update('/logs/RUN_9')
    rmSync(env.XDG_RUNTIME_DIR, { recursive: true })
    const name = new RegExp(`pid ${process.pid}, since 20[-0-9 :]+, /logs/RUN_9\\.`)
    mkdirSync(folder, { recursive: true })
    await expect(acquireRunLock(options(env, folder))).rejects.toThrow(name)
    rmSync(env.XDG_RUNTIME_DIR, { recursive: true })
    expect(await runHolder(env)).toMatchObject({ pid: process.pid, session: '/logs/RUN_9' })
    first.update('/logs/RUN_10')
    first.release()
    expect(await runHolder(env)).toBeNull()
    mkdirSync(folder, { recursive: true })
    const second = await acquireRunLock(options(env, folder))
    second.release()
  })

  test('the file is made again once its folder can be', async () => {
    const { env, folder } = runtime()
    const first = await acquireRunLock({ ...options(env, folder), session: '/logs/RUN_1' })
    rmSync(env.XDG_RUNTIME_DIR, { recursive: true })
    mkdirSync(env.XDG_RUNTIME_DIR)
    const path = join(folder, 'run.lock')
    await expect.poll(() => readLock(path)?.session).toBe('/logs/RUN_1')
    first.release()
    expect(readdirSync(folder)).toEqual([])
  })

  test('a run that waits while the folder goes gets the lock all the same', async () => {
    const { env, folder } = runtime()
    const first = await acquireRunLock({ ...options(env, folder), session: '/logs/RUN_1' })
    const waiting = acquireRunLock({ ...options(env, folder), session: '/logs/RUN_2', wait: 20 })
    rmSync(env.XDG_RUNTIME_DIR, { recursive: true })
    first.release()
    const second = await waiting
    expect(await runHolder(env)).toMatchObject({ session: '/logs/RUN_2' })
    second.release()
  })

  test('a holder that is killed holds nothing', async () => {
    const { env, folder } = runtime()
    const { child, said } = await holder(env)
    expect(said).toBe('held')
    rmSync(env.XDG_RUNTIME_DIR, { recursive: true })
    mkdirSync(folder, { recursive: true })
    await expect(acquireRunLock(options(env, folder))).rejects.toThrow(`pid ${child.pid}, since 20`)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const lock = await acquireRunLock(options(env, folder))
    lock.release()
  })

  test.for([
    ['with', ['--mount-proc']],
    ['without', []],
  ] as const)(
    'a holder that is killed in another PID namespace, %s a view of its own on processes, holds nothing',
    async ([, view], { skip }) => {
      const [unshare, ...apartness] = [
        'unshare',
        '--pid',
        '--fork',
        '--kill-child',
        ...view,
      ] as const
      const isMade = spawnSync(unshare, [...apartness, 'true']).status === 0
      skip(!isMade, 'only root on Linux makes PID namespaces')
      const { env, folder } = runtime()
      const apart = [unshare, ...apartness]
      // The first process of a namespace takes no signals of its own.
      const { child, said } = await holder(env, [...apart, 'sh', '-c', '"$@"; true', 'sh'])
      expect(said).toBe('held')
      const left = readFileSync(join(folder, 'run.lock'))
      const pid = String(readLock(join(folder, 'run.lock'))?.pid)
      expect(await runHolder(env)).toMatchObject({ pid: Number(pid) })
      await expect(acquireRunLock(options(env, folder))).rejects.toThrow(`pid ${pid}, since 20`)
      child.kill('SIGKILL')
      await once(child, 'close')
      expect(await runHolder(env)).toBeNull()
      const lock = await acquireRunLock(options(env, folder))
      lock.release()
      // Its number lives in the next namespace as well.
      writeFileSync(join(folder, 'run.lock'), left)
      expect((await holder(env, [...apart, 'sh', '-c', '"$@"; true', 'sh'])).said).toBe('held')
    },
  )

  test.skipIf(process.platform === 'win32')(
    'a holder that is stopped and whose file is gone holds it without a name',
    async () => {
      const { env, folder } = runtime()
      const { child } = await holder(env)
      child.kill('SIGSTOP')
      rmSync(env.XDG_RUNTIME_DIR, { recursive: true })
      mkdirSync(folder, { recursive: true })
      await expect(acquireRunLock(options(env, folder))).rejects.toThrow(
        'Another run uses this machine: it does not say which. Wait for it',
      )
    },
  )

  test('between two network namespaces that share the folder the file holds', async ({ skip }) => {
    skip(!hasNamespaces, 'only root on Linux makes network namespaces')
    const { env, folder } = runtime()
    const elsewhere = await holder(env, APART)
    expect(elsewhere.said).toBe('held')
    const name = `/logs/RUN_${readLock(join(folder, 'run.lock'))?.pid}.`
    await expect(acquireRunLock(options(env, folder))).rejects.toThrow(name)
    const other = await holder(env)
    expect(other.said).toContain(name)
  })
})

const APART = ['unshare', '--net'] as const
const hasNamespaces = spawnSync('unshare', ['--net', 'true']).status === 0

/** A place of one's own with the folder of the lock in it. */
function runtime(): { env: { XDG_RUNTIME_DIR: string }; folder: string } {
  const place = join(temporaryFolder(), 'runtime')
  const folder = join(place, 'jarvis')
  mkdirSync(folder, { recursive: true })
  return { env: { XDG_RUNTIME_DIR: place }, folder }
}

function options(env: NodeJS.ProcessEnv, folder: string) {
  return { folder, address: claimAddress(env), session: '/logs/RUN_2', wait: 0 }
}

/** A process that takes the lock and keeps it, and what it says. */
async function holder(
  env: NodeJS.ProcessEnv,
  before: readonly string[] = [],
): Promise<{ child: ChildProcess; said: string }> {
  const node = [process.execPath, '--input-type=module', '-e', HOLDER]
  const [file = '', ...args] = [...before, ...node]
  const child = spawn(file, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, said: said.toString().trim() }
}
