import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openSession, recoverSession } from '../../src/session/index.ts'
import { ended, sessionOptions, temporaryFolder } from '../fixtures/session/kit.ts'
import { problemsOf, toldIn } from '../support/own-checker.ts'
import { randomFrom } from '../support/random.ts'

vi.mock('../../src/session/machine/system-info.ts', () => import('../support/known-machine.ts'))

const SESSIONS = Number(process.env['JARVIS_SWEEP_SESSIONS'] ?? 50)
const SEED = Number(process.env['JARVIS_SWEEP_SEED'] ?? Math.trunc(Math.random() * 1e6))
const RESULTS = 150
const LONGEST_TEXT = 40_000

test(`on a file system of 2 MB nothing that was shown is lost, ${SESSIONS} sessions, seed ${SEED}`, async ({
  skip,
}) => {
  const disk = join(temporaryFolder(), 'disk')
  mkdirSync(disk)
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk])
  if (status !== 0) return skip('mounting a small file system needs root')
  onTestFinished(() => void execFileSync('umount', ['-l', disk]))
  const found: string[] = []
  let [shown, full] = [0, 0]
  for (let seed = SEED; seed < SEED + SESSIONS; seed += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one disk
    const { told, isFull, problems } = await fill(disk, join(disk, `logs-${seed}`), seed)
    shown += told
    if (isFull) full += 1
    if (problems.length > 0) found.push(`seed ${seed}: ${problems.join('; ').slice(0, 500)}`)
  }
  process.stdout.write(
    `2 MB: ${SESSIONS} sessions, ${full} of them met a full disk, ${shown} results shown, seed ${SEED}, ${found.length} bad\n`,
  )
  expect(found).toEqual([])
  expect(full).toBeGreaterThan(0)
})

async function fill(
  disk: string,
  logs: string,
  seed: number,
): Promise<{ told: number; isFull: boolean; problems: string[] }> {
  const random = randomFrom(seed)
  const lines: string[] = []
  const session = await openSession({
    ...sessionOptions(logs),
    onCommitted: (_entries, more) => void lines.push(...more),
  })
  session.record({ type: 'domain_started', domain: 'llm' })
  const most = random() * LONGEST_TEXT
  for (let number = 0; number < RESULTS; number += 1) {
    session.record(ended(number, { output_text: 'x'.repeat(Math.trunc(random() * most)) }))
    // oxlint-disable-next-line no-await-in-loop -- batches of different sizes
    if (random() < 0.2) await session.settled()
  }
  const { faults } = await session.close({ status: 'PASSED' })
  const told = toldIn(lines.join(''))
  const claim = { told, isOver: true }
  const atOnce = problemsOf(session.directory, claim)
  const isFull = faults.some((sentence) => sentence.includes('ENOSPC'))
  // Whatever is missing was said; what is there is whole.
  const problems = isFull ? atOnce.filter((one) => /was told|no array|no JSON/.test(one)) : atOnce
  execFileSync('mount', ['-o', 'remount,size=64m', disk])
  await recoverSession(session.directory, 'recovery')
  problems.push(...problemsOf(session.directory, claim))
  rmSync(logs, { recursive: true, force: true })
  execFileSync('mount', ['-o', 'remount,size=2m', disk])
  return { told: told.length, isFull, problems }
}
