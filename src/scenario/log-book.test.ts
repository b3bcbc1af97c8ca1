import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { LogLedger } from '../reporter/log-ledger.ts'
import type { Lease, LeasedService } from '../services/leases/lease-protocol.ts'
import { LogBook } from './log-book.ts'

interface Session {
  /** One scenario with one request; `late` is what the service writes so many milliseconds after its answer. */
  scenario(name: string, lines: { within: string; late?: string; after?: number }): Promise<void>
  /** The lines of a scenario, each range with its mark. */
  linesOf(name: string): string[]
  written(): Promise<unknown>
  /** No line can belong to what has run any more. */
  settled(): Promise<unknown>
}

/** Longer than this process stands still on a busy machine. */
const LATE_MS = 500

/** A session with one service and its log, the book of a worker and the ledger of the main process. */
function session(before: string): Session {
  const root = mkdtempSync(join(tmpdir(), 'jarvis-book-'))
  const ledger = new LogLedger(root)
  onTestFinished(() => {
    ledger.close()
    rmSync(root, { recursive: true })
  })
  const log = join(root, 'svc.log')
  writeFileSync(log, before)
  const attachments = join(root, 'attachments')
  mkdirSync(attachments)
  const service = { name: 'small', log } as LeasedService
  const book = LogBook.of({ attachments, services: [service] } as unknown as Lease, LATE_MS)!
  onTestFinished(() => book.close())
  const late: Promise<void>[] = []
  const settled: Promise<void>[] = []
  return {
    async scenario(name, lines) {
      const attempt = book.begin(name)
      await book.asks(service, attempt)
      appendFileSync(log, lines.within)
      book.answered(service, attempt)
      const write = async (): Promise<void> => {
        await sleep(lines.after ?? 0)
        appendFileSync(log, lines.late ?? '')
      }
      late.push(write())
      book.end(attempt)
      settled.push(attempt.settled.promise)
    },
    linesOf(name) {
      const bytes = readFileSync(log)
      const ranges = ledger.ranges(name, 0, () => [{ service: 'small', file: 'svc.log', bytes: 0 }])
      return ranges!.map(({ from, to, shared }) => {
        const text = bytes.subarray(from, to).toString().trimEnd().replaceAll('\n', ' ')
        return shared === undefined ? text : `${text} (${shared})`
      })
    },
    written: () => Promise.all(late),
    settled: () => Promise.all(settled),
  }
}

test('what a server writes after its answer belongs to that scenario, however soon the next one asks', async () => {
  const { scenario, linesOf, settled, written } = session('warm-up\nrelease: task 0\n')
  await scenario('first', { within: 'launch: task 1\n', late: 'release: task 1\n' })
  await settled()
  await scenario('slow', { within: 'launch: task 2\n', late: 'release: task 2\n', after: 20 })
  await scenario('quick', { within: 'launch: task 3\nrelease: task 3\n' })
  await scenario('quicker', { within: 'launch: task 4\nrelease: task 4\n' })
  await scenario('last', { within: 'launch: task 5\n', late: 'release: task 5\n', after: 20 })
  await written()
  await settled()
  for (const [index, name] of ['first', 'slow', 'quick', 'quicker', 'last'].entries()) {
    const task = index + 1
    expect(linesOf(name)).toEqual([`launch: task ${task} release: task ${task}`])
  }
})

test('whose lines cannot be told before it is known how a server ends a request', async () => {
  const { scenario, linesOf, settled, written } = session('listening\n')
  await scenario('first', { within: 'launch: task 1\n', late: 'release: task 1\n', after: 20 })
  await scenario('next', { within: 'launch: task 2\nrelease: task 2\n' })
  await written()
  await settled()
  const [first, next] = [linesOf('first'), linesOf('next')]
  expect(first[0]).toMatch(/^launch: task 1/)
  expect([...first, ...next].join(' ').match(/release: task \d/g)).toHaveLength(2)
})

test('a line that does not come is waited for so long as it may be late', async () => {
  const { scenario, linesOf, settled } = session('release: task 0\n')
  await scenario('first', { within: 'launch: task 1\nrelease: task 1\n' })
  await settled()
  const begun = performance.now()
  await scenario('silent', { within: 'launch: task 2\n' })
  await scenario('after', { within: 'launch: task 3\nrelease: task 3\n' })
  expect(performance.now() - begun).toBeGreaterThan(LATE_MS - 1)
  await settled()
  expect(linesOf('silent')).toEqual(['launch: task 2'])
  expect(linesOf('after').join(' ')).toContain('release: task 3')
})
