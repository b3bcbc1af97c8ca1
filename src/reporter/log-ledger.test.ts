import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { LOG_NOTES, type LogNote } from '../events/log-note.ts'
import { LogLedger } from './log-ledger.ts'

const LOG = { service: 'small', file: 'svc.log' }

interface Noted {
  ledger: LogLedger
  note(...notes: LogNote[]): void
  /** The ranges of the first repeat of a test, the log being so long. */
  of(test: string, size?: number, repeat?: number): string[] | null
}

function ledgerOf(): Noted {
  const directory = mkdtempSync(join(tmpdir(), 'jarvis-ledger-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const ledger = new LogLedger(directory)
  const path = join(directory, LOG_NOTES)
  return {
    ledger,
    note(...notes) {
      for (const one of notes) appendFileSync(path, `${JSON.stringify(one)}\n`)
    },
    of(test, size = 0, repeat = 0) {
      const ranges = ledger.ranges(test, repeat, () => [{ ...LOG, bytes: size }])
      if (ranges === null) return null
      return ranges.map(({ from, to, shared }) => {
        return `${from}–${to}${shared === undefined ? '' : ` ${shared}`}`
      })
    },
  }
}

const began = (test: string, from: number, repeat = 0): LogNote => {
  return { type: 'began', test, repeat, logs: [{ ...LOG, from }] }
}
const moved = (test: string, from: number): LogNote => {
  return { type: 'moved', test, repeat: 0, logs: [{ ...LOG, from }] }
}
const ended = (test: string, from: number, to: number, until: number | null = null): LogNote => {
  return { type: 'ended', test, repeat: 0, logs: [{ ...LOG, from, to }], until }
}

test('tests that run one after the other have their bytes to themselves', () => {
  const { note, of } = ledgerOf()
  note(began('a', 0), ended('a', 0, 10), began('b', 10), ended('b', 10, 25), began('c', 25))
  expect([of('a'), of('b')]).toEqual([['0–10'], ['10–25']])
  note(ended('c', 25, 25))
  expect(of('c')).toEqual(['25–25'])
  expect(of('nobody has noted')).toBeNull()
})

test('bytes that were written while others ran are marked with how many they were', () => {
  const { note, of } = ledgerOf()
  note(began('a', 0), began('b', 4), began('c', 4), ended('a', 0, 10), ended('b', 4, 20))
  expect(of('a')).toEqual(['0–10 3'])
  note(ended('c', 4, 30), began('d', 30), ended('d', 30, 40))
  expect([of('c'), of('b'), of('d')]).toEqual([['4–30 3'], ['4–20 3'], ['30–40']])
})

test('a test that ran while nothing was written shares nothing', () => {
  const { note, of } = ledgerOf()
  note(began('a', 5), began('quiet', 9), ended('quiet', 9, 9), ended('a', 5, 9))
  expect([of('quiet'), of('a')]).toEqual([['9–9'], ['5–9']])
})

test('a test that turned out to begin later has what came before no part of it', () => {
  const { note, of } = ledgerOf()
  note(began('a', 0), ended('a', 0, 10, Date.now() + 50), began('b', 10))
  note(moved('b', 17), ended('a', 0, 17), ended('b', 17, 20))
  expect([of('a'), of('b')]).toEqual([['0–17'], ['17–20']])
})

test('whose bytes nobody can tell is marked, and the rest is not', () => {
  const { note, of } = ledgerOf()
  note(began('a', 0), ended('a', 0, 10), began('b', 10))
  note({ type: 'doubt', file: 'svc.log', from: 10, to: 14 }, ended('b', 10, 30))
  expect([of('a'), of('b')]).toEqual([['0–10'], ['10–14 null', '14–30']])
})

test('a row waits for the last word about its test, or has what the log has by then', () => {
  const { ledger, note, of } = ledgerOf()
  const until = Date.now() + 50
  note(began('a', 0), ended('a', 0, 10, until), began('b', 10), moved('b', 20))
  expect(ledger.settlesAt('a', 0)).toBeGreaterThanOrEqual(until)
  expect(of('a', 30)).toEqual(['0–20'])
  note(began('c', 20), ended('b', 20, 22, until))
  expect(ledger.settlesAt('b', 0)).toBeGreaterThanOrEqual(until)
  note(moved('c', 25), ended('b', 20, 25))
  expect(ledger.settlesAt('b', 0)).toBe(0)
  expect(of('b', 30)).toEqual(['20–25'])
  note(ended('c', 25, 26, until), began('d', 26))
  expect(of('c', 30)).toEqual(['25–30'])
  expect(ledger.settlesAt('nobody has noted', 0)).toBe(0)
})

test('what comes after a row was recorded is the next one’s, marked', () => {
  const { note, of } = ledgerOf()
  note(began('a', 0), ended('a', 0, 10, Date.now() + 50))
  expect(of('a', 10)).toEqual(['0–10'])
  note(began('b', 10), moved('b', 15), ended('a', 0, 15), ended('b', 15, 20))
  expect(of('b')).toEqual(['10–15 null', '15–20'])
})

test('a test whose worker is gone has what was written since it began', () => {
  const { note, of } = ledgerOf()
  note(began('a', 3))
  expect(of('a', 12)).toEqual(['3–12'])
})

test('a line that is cut or no note is passed over, and the file goes with the run', () => {
  const { ledger, note, of } = ledgerOf()
  note('nonsense' as never, null as never, began('a', 0))
  note(ended('a', 0, 7))
  expect(of('a')).toEqual(['0–7'])
  ledger.close()
  ledger.close()
  expect(of('a')).toBeNull()
})

test('a file that cannot be removed keeps no run from its end', () => {
  const directory = mkdtempSync(join(tmpdir(), 'jarvis-ledger-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const ledger = new LogLedger(directory)
  // What removes a file removes no folder.
  rmSync(join(directory, LOG_NOTES))
  mkdirSync(join(directory, LOG_NOTES))
  expect(() => ledger.close()).not.toThrow()
})

test('where no file can be made nothing is noted', () => {
  const ledger = new LogLedger(join(tmpdir(), 'no', 'such', 'folder'))
  expect(ledger.ranges('a', 0, () => [])).toBeNull()
  expect(existsSync(join(tmpdir(), 'no'))).toBe(false)
  ledger.close()
})

test('what was recorded long ago costs nothing', () => {
  const { note, of } = ledgerOf()
  const count = 5_000
  const lines = Array.from({ length: count }, (_, index) => [
    began(`t${index}`, index),
    ended(`t${index}`, index, index + 1),
  ])
  const begun = process.cpuUsage()
  note(...lines.flat().slice(0, 100))
  for (let index = 0; index < 50; index += 1)
    expect(of(`t${index}`)).toEqual([`${index}–${index + 1}`])
  note(...lines.flat().slice(100))
  for (let index = 50; index < count; index += 1) of(`t${index}`)
  const { user, system } = process.cpuUsage(begun)
  // Of a processor, in microseconds: how much of it this test gets is up to the machine.
  expect(user + system).toBeLessThan(5_000_000)
})
