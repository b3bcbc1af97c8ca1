import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  ended,
  lines,
  results,
  sessionOptions,
  temporaryFolder,
} from '../../test/fixtures/session/kit.ts'
import { localStamp } from '../host/local-time.ts'
import { openSession, readJournal, readState, recoverSession } from './index.ts'

const root = resolve(import.meta.dirname, '../..')
const recorder = join(root, 'test/fixtures/session/recorder.ts')

/** A file system of so many bytes; null where this user may not mount one. */
function smallDisk(bytes: number): string | null {
  const folder = join(temporaryFolder(), 'disk')
  mkdirSync(folder)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder])
  if (mounted.status !== 0) return null
  onTestFinished(() => void execFileSync('umount', ['-l', folder]))
  return folder
}

test('on a full disk the run goes on, says so, keeps what is there valid and catches up', async ({
  skip,
}) => {
  const disk = smallDisk(4 * 1024 * 1024)
  if (disk === null) return skip('mounting a small file system needs root')
  const told: string[] = []
  const logs = join(disk, 'logs')
  const options = {
    ...sessionOptions(logs),
    onFault: (sentence: string) => void told.push(sentence),
  }
  const session = await openSession(options)
  await session.systemInfoWritten
  session.record({ type: 'domain_started', domain: 'llm' })
  session.record(ended(0))
  await session.settled()
  await expect.poll(() => results(session.directory)).toHaveLength(1)
  const ballast = join(disk, 'ballast')
  const free = Number(execFileSync('df', ['--output=avail', '-B1', disk]).toString().split('\n')[1])
  writeFileSync(ballast, Buffer.alloc(free - 8_192))
  for (let number = 1; number <= 200; number += 1) session.record(ended(number))
  await session.settled()
  expect(session.pendingBytes).toBeGreaterThan(0)
  // Which of its files a run comes to first is a matter of moments.
  expect(session.faults).toContainEqual(
    expect.stringMatching(/^events.jsonl could not be written \(ENOSPC.*tried again$/),
  )
  expect(told).toEqual(session.faults)
  expect(results(session.directory).length).toBeGreaterThan(0)
  const seqs: number[] = []
  const damage: unknown[] = []
  for await (const { seq } of readJournal(session.directory, (found) => damage.push(found))) {
    seqs.push(seq)
  }
  expect([seqs.length, damage]).toEqual([3, []])
  rmSync(ballast)
  await expect.poll(() => session.pendingBytes).toBe(0)
  const { faults } = await session.close({ status: 'PASSED' })
  expect(faults).toEqual(told)
  expect(results(session.directory)).toHaveLength(201)
  const log = lines(session.directory, 'progression.log').join('\n')
  expect(log).toContain('[ERROR] Error: events.jsonl could not be written (ENOSPC')
  expect(log).toContain('[WARN] events.jsonl is written again')
})

test('results that never fit are counted as lost, and the directory can be completed later', async ({
  skip,
}) => {
  const disk = smallDisk(4 * 1024 * 1024)
  if (disk === null) return skip('mounting a small file system needs root')
  const session = await openSession(sessionOptions(join(disk, 'logs')))
  await session.systemInfoWritten
  session.record({ type: 'domain_started', domain: 'llm' })
  session.record(ended(0))
  await session.settled()
  const text = 'x'.repeat(100_000)
  for (let number = 1; number <= 150; number += 1) {
    session.record(ended(number, { output_text: text }))
    if (number % 10 === 0) await session.settled()
  }
  expect(session.pendingBytes).toBeLessThan(9 * 1024 * 1024)
  const { faults } = await session.close({ status: 'FAILED' })
  const lost = Number(/^(\d+) results/.exec(faults.find((f) => f.includes('are lost')) ?? '')?.[1])
  let kept = 0
  for await (const { type } of readJournal(session.directory)) {
    if (type === 'scenario_ended') kept += 1
  }
  expect(lost).toBeGreaterThan(50)
  expect(kept + lost).toBe(151)
  expect(results(session.directory).length).toBeGreaterThan(0)
  execFileSync('mount', ['-o', 'remount,size=64m', disk])
  await recoverSession(session.directory, 'recovery')
  expect(results(session.directory)).toHaveLength(kept)
  expect(await readState(session.directory)).toMatchObject({ status: 'died' })
})

const canTrace = spawnSync('strace', ['-e', 'trace=none', 'true']).status === 0

function stampIn(seconds: number): string {
  return localStamp(new Date(Date.now() + seconds * 1_000))
}

async function traced(
  inject: string[],
  { logs = temporaryFolder(), paths = [] as string[] } = {},
): Promise<{ directory: string; last: string }> {
  const rules = inject.flatMap((rule) => ['-e', rule])
  const args = ['-f', '-qq', '-o', '/dev/null', ...paths, ...rules]
  const command = [...args, process.execPath, recorder, logs, '40', '1000']
  const child = spawn('strace', command, {
    cwd: root,
    // The kernel counts calls by thread.
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
  })
  let output = ''
  child.stdout.on('data', (chunk) => void (output += chunk))
  await new Promise((resolve) => child.once('close', resolve))
  const all = output.trimEnd().split('\n')
  return { directory: all[0] ?? '', last: all.at(-1) ?? '' }
}

test('after an I/O error from fdatasync the journal goes on in a new file', async ({ skip }) => {
  if (!canTrace) return skip('strace is not here, or may not trace')
  const { directory, last } = await traced(['inject=fdatasync:error=EIO:when=3'])
  expect(last).toMatch(/^closed /)
  expect(existsSync(join(directory, 'events.2.jsonl'))).toBe(true)
  const damage: unknown[] = []
  const seqs: number[] = []
  for await (const { seq } of readJournal(directory, (found) => damage.push(found))) seqs.push(seq)
  expect(seqs).toEqual(seqs.map((_, index) => index + 1))
  expect(damage).toEqual([])
  expect(results(directory)).toHaveLength(40)
  rmSync(join(directory, 'llm.json'))
  await recoverSession(directory, 'recovery')
  expect(results(directory)).toHaveLength(40)
})

test('when neither sync nor the way back works, nothing is lost nor there twice', async ({
  skip,
}) => {
  if (!canTrace) return skip('strace is not here, or may not trace')
  const { directory, last } = await traced([
    'inject=fdatasync:error=EIO:when=4',
    'inject=ftruncate:error=EIO:when=1',
  ])
  expect(last).toMatch(/^closed /)
  const names = results(directory).map(({ name }) => name)
  expect(names).toEqual(Array.from({ length: 40 }, (_, number) => `chat > t${number}`))
  const seqs: number[] = []
  for await (const { seq } of readJournal(directory)) seqs.push(seq)
  expect(seqs).toEqual(seqs.map((_, index) => index + 1))
})

test.for([
  ['EINVAL', 'EINVAL'],
  ['ENOSYS', 'ENOSYS'],
  // The kernel has one number for both names.
  ['ENOTSUP', 'EOPNOTSUPP'],
] as const)(
  'a file system that refuses with %s to sync folders is told once, and costs nothing else',
  async ([code, traceName], { skip }) => {
    if (!canTrace) return skip('strace is not here, or may not trace')
    const logs = temporaryFolder()
    // The folder of the session has one of these names; files are synced as ever.
    const names = Array.from({ length: 20 }, (_, second) => `RUN_${stampIn(second)}`)
    const paths = [logs, ...names.map((name) => join(logs, name))].flatMap((path) => ['-P', path])
    const inject = [`inject=fsync:error=${traceName}`]
    const { directory, last } = await traced(inject, { logs, paths })
    expect(names).toContain(basename(directory))
    expect(last).toBe('closed []')
    expect(results(directory)).toHaveLength(40)
    const story = lines(directory, 'progression.log').filter((line) =>
      line.includes('sync folders'),
    )
    expect(story.map((line) => line.slice(11))).toEqual([
      `[WARN] The file system of the sessions does not sync folders (${code}): a power cut may lose the names of files that are new`,
    ])
  },
)

test('a run whose journal cannot be written any more has ended, and says that this was so', async ({
  skip,
}) => {
  if (!canTrace) return skip('strace is not here, or may not trace')
  const { directory, last } = await traced(['inject=fdatasync:error=EIO:when=8+'])
  expect(last).toMatch(/^closed .*results and \d+ other events are lost/)
  expect(await readState(directory)).toMatchObject({
    status: 'ended',
    result: 'PASSED',
    action: 'Ended: events.jsonl could not be written to its end',
  })
  const story = lines(directory, 'progression.log').join('\n')
  expect(story).toMatch(
    /\[ERROR\] Error: events.jsonl could not be written to its end\n.*\[INFO\] Finished Test Run: PASSED \(40 passed/,
  )
})

test('an error when the results are renamed into place leaves the earlier ones', async ({
  skip,
}) => {
  if (!canTrace) return skip('strace is not here, or may not trace')
  const { directory, last } = await traced(['inject=rename:error=EIO:when=5+'])
  expect(last).toMatch(/^closed .*could not be written/)
  expect(Array.isArray(results(directory))).toBe(true)
  const before = readFileSync(join(directory, 'events.jsonl'), 'utf8')
  await recoverSession(directory, 'watchdog')
  expect(readFileSync(join(directory, 'events.jsonl'), 'utf8')).toBe(before)
  expect(results(directory)).toHaveLength(40)
})
