import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import {
  ended,
  results,
  sessionOptions,
  temporaryFolder,
} from '../../../test/fixtures/session/kit.ts'
import type { ScenarioResult } from '../../events/index.ts'
import { openSession } from '../index.ts'
import { followJournal } from './follow-journal.ts'
import { type JournalDamage, readJournal } from './journal-reader.ts'
import { LineCutter, LONGEST_LINE_BYTES } from './line-cutter.ts'

const MIB = 1024 * 1024

/** A session with a second line of so many megabytes, which take no room on the disk. */
async function sessionWithLine(megabytes: number): Promise<string> {
  const session = await openSession(sessionOptions(temporaryFolder()))
  session.record(ended(1))
  await session.close({ status: 'PASSED' })
  const path = join(session.directory, 'events.jsonl')
  const [first, ...others] = readFileSync(path, 'utf8').split(/(?<=\n)/)
  writeFileSync(path, first!)
  truncateSync(path, first!.length + megabytes * MIB)
  appendFileSync(path, `\n${others.join('')}`)
  return session.directory
}

test('a line of 600 MB is skipped and told, in time that its length allows and in little memory', async () => {
  const directory = await sessionWithLine(600)
  const reader = join(import.meta.dirname, 'journal-reader.ts')
  const program = `
    import { readJournal } from ${JSON.stringify(reader)}
    const [types, damage] = [[], []]
    for await (const { type } of readJournal(${JSON.stringify(directory)}, (found) => damage.push(found))) types.push(type)
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
    const seconds = (userCPUTime + systemCPUTime) / 1e6
    process.stdout.write(JSON.stringify({ types, damage, peak: maxRSS / 1024, seconds }))`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program])
  const told = JSON.parse(stdout.toString()) as {
    types: string[]
    damage: unknown
    peak: number
    seconds: number
  }
  expect(told.types).toEqual(['run_started', 'scenario_ended', 'run_ended'])
  expect(told.damage).toEqual([{ file: 'events.jsonl', line: 2, kind: 'long' }])
  // Together with Node itself, and with what the collector has not looked at yet.
  expect(told.peak).toBeLessThan(400)
  // Of a processor: how much of it this test gets is up to the machine.
  expect(told.seconds).toBeLessThan(20)
})

test('whoever follows a journal is not held up by such a line', async () => {
  const directory = await sessionWithLine(80)
  const types: string[] = []
  for await (const entries of followJournal(directory, new AbortController().signal)) {
    types.push(...entries.map(({ type }) => type))
  }
  expect(types).toEqual(['run_started', 'scenario_ended', 'run_ended'])
})

test('lines are cut in time that grows with their length, however small the pieces', () => {
  const piece = Buffer.alloc(64, 'x')
  const time = (megabytes: number): number => {
    const cutter = new LineCutter()
    const begun = process.cpuUsage()
    for (let at = 0; at < (megabytes * MIB) / piece.length; at += 1) cutter.take(piece)
    expect(cutter.take(Buffer.from('\n'))[0]).toMatchObject({
      end: megabytes * MIB,
      isTooLong: false,
    })
    const { user, system } = process.cpuUsage(begun)
    return (user + system) / 1_000
  }
  time(1)
  expect(time(32)).toBeLessThan(Math.max(100, time(4)) * 32)
})

async function recorded(changes: Partial<ScenarioResult>): Promise<{
  directory: string
  damage: JournalDamage[]
  faults: string[]
}> {
  const session = await openSession(sessionOptions(temporaryFolder()))
  session.record(ended(1, changes))
  session.record(ended(2))
  const { faults } = await session.close({ status: 'PASSED' })
  const damage: JournalDamage[] = []
  for await (const _ of readJournal(session.directory, (found) => damage.push(found)));
  return { directory: session.directory, damage, faults }
}

test('a result that is larger than a line may be has its texts cut, and they say so', async () => {
  const output_text = 'ü'.repeat(40 * MIB)
  const { directory, damage, faults } = await recorded({ output_text })
  expect({ damage, faults }).toEqual({ damage: [], faults: [] })
  const [first, second] = results(directory)
  const word = `… [cut: ${39 * MIB} more characters are left out, as a line of the journal holds 64 MiB]`
  expect(first!.output_text === `${'ü'.repeat(MIB)}${word}`).toBe(true)
  expect(second).toMatchObject({ name: 'chat > t2' })
  expect(statSync(join(directory, 'events.jsonl')).size).toBeLessThan(LONGEST_LINE_BYTES)
})

test('text that no JSON text could hold, and numbers by the million, are no reason to lose a result', async () => {
  const output_text = '\u0001'.repeat(86 * MIB)
  const itl = Array.from({ length: 4 * MIB }, (_, index) => index / 7)
  const { directory, damage, faults } = await recorded({ output_text, metrics: { itl, ttft: 1 } })
  expect({ damage, faults }).toEqual({ damage: [], faults: [] })
  const [first] = results(directory)
  expect(first!.output_text!.length).toBeLessThan(2 * MIB)
  expect(first!.metrics).toEqual({ itl: null, ttft: 1 })
})
