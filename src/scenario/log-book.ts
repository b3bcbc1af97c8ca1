import { closeSync, constants, openSync, statSync, writeSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { LOG_NOTES, type LogNote } from '../events/log-note.ts'
import { clearTimeout, performance, RealDate, setTimeout, sleep } from '../host/real-time.ts'
import type { Lease, LeasedService } from '../services/leases/lease-protocol.ts'
import { ClosingLine } from './closing-line.ts'

/** A line that a service writes so soon after its answer, and before the next request, belongs to that answer. */
const LATE_MS = 50
/**
 * So long after an answer another test's request is held back where it is not known which line a service ends a request
 * with: most have written about the answer by then.
 */
const LULL_MS = 5
/** How often it is looked whether that line has come, which it mostly has by then. */
const LOOK_MS = 1

type ServiceName = LeasedService['name']

/** What a repeat of a test has of the log of one service. */
interface Span {
  from: number
  to: number
  /** How long the log was when it last asked this service; null: it has not. */
  asked: number | null
  /** When its last answer came, by the monotonic clock. */
  answered: number | null
}

/** One repeat of one test, with all its tries. */
export interface Attempt {
  readonly test: string
  readonly repeat: number
  readonly spans: ReadonlyMap<ServiceName, Span>
  /** Until when lines may still be its own, by the monotonic clock, for each service. */
  readonly late: Map<ServiceName, { until: number; timer: NodeJS.Timeout }>
  ended: boolean
  /** Resolves when no line can be its own any more. */
  readonly settled: PromiseWithResolvers<void>
}

/**
 * Which bytes of the services' logs were written for which test of this worker. It writes that down for the main
 * process, which knows of the tests of other workers.
 */
export class LogBook {
  readonly #logs: ReadonlyMap<ServiceName, { path: string; file: string; closing: ClosingLine }>
  readonly #notes: Notes
  readonly #attempts = new Set<Attempt>()
  /** How many repeats of a test have ended. */
  readonly #ended = new Map<string, number>()

  readonly #late: number

  private constructor(lease: Lease, notes: Notes, late: number) {
    this.#late = late
    const session = dirname(lease.attachments)
    this.#notes = notes
    this.#logs = new Map(
      lease.services.flatMap(({ name, log }) => {
        if (log === null) return []
        const file = relative(session, log).replaceAll('\\', '/')
        return [[name, { path: log, file, closing: new ClosingLine(log) }] as const]
      }),
    )
  }

  /**
   * The book of a file; undefined where the main process keeps none, or none of its services writes a log. `late`: so many
   * milliseconds after an answer a line may come.
   */
  static of(lease: Lease, late = LATE_MS): LogBook | undefined {
    const notes = lease.services.some(({ log }) => log !== null) ? openNotes(lease) : null
    return notes === null ? undefined : new LogBook(lease, notes, late)
  }

  /** The file has ended. */
  close(): void {
    for (const { late } of this.#attempts)
      for (const { timer } of late.values()) clearTimeout(timer)
    this.#notes.close()
  }

  /** A try of a repeat of a test begins. */
  begin(test: string): Attempt {
    for (const attempt of this.#attempts) {
      if (attempt.test === test && !attempt.ended) return attempt
    }
    const repeat = this.#ended.get(test) ?? 0
    const spans = [...this.#logs.keys()].map((service) => {
      const size = this.#sizeOf(service)
      return [service, { from: size, to: size, asked: null, answered: null }] as const
    })
    const settled = Promise.withResolvers<void>()
    const attempt = { test, repeat, spans: new Map(spans), late: new Map(), ended: false, settled }
    this.#attempts.add(attempt)
    this.#tellBegin('began', attempt)
    return attempt
  }

  /** A request to a service is about to be sent: what was written by now belongs to answers before. */
  async asks({ name }: LeasedService, asking: Attempt | undefined): Promise<void> {
    const isWhole = await this.#awaitLines(name, asking)
    for (const attempt of this.#attempts) {
      const late = attempt.late.get(name)
      if (late === undefined) continue
      const size = this.#close(attempt, name)
      if (!isWhole)
        this.#watchDoubt(name, size, Math.max(late.until, performance.now() + this.#late))
    }
    const span = asking?.spans.get(name)
    if (asking === undefined || span === undefined) return
    const isFirst = span.asked === null
    span.asked = this.#sizeOf(name)
    if (!isFirst) return
    // Of tests that run side by side most may only wait for their turn.
    const isAlone = [...this.#attempts].every((other) => other === asking || other.ended)
    if (isAlone) return
    span.from = Math.max(span.from, span.asked)
    this.#tellBegin('moved', asking)
  }

  /** Waits for the lines of the answers before. Returns whether all of them are there for sure. */
  async #awaitLines(name: ServiceName, asking: Attempt | undefined): Promise<boolean> {
    const answers = [...this.#attempts].filter(({ late }) => late.has(name))
    if (answers.length === 0) return true
    const { closing } = this.#logs.get(name)!
    const from = this.#aloneFrom(name, answers, asking)
    const last = Math.max(...answers.map(({ spans }) => spans.get(name)!.answered ?? 0))
    const isKnown = from !== null && closing.isSure
    const until = last + (isKnown ? this.#late : LULL_MS)
    for (;;) {
      if (isKnown && closing.cameSince(from)) return true
      const left = until - performance.now()
      if (left <= 0) break
      // oxlint-disable-next-line no-await-in-loop -- looks again after a pause
      await sleep(isKnown ? Math.min(left, LOOK_MS) : left)
    }
    if (from === null) return false
    if (isKnown) closing.forget()
    else closing.learn(from, false)
    return closing.isSure
  }

  /** How long the log was when the one request was sent that could be written about; null: there may be others. */
  #aloneFrom(name: ServiceName, answers: readonly Attempt[], asking?: Attempt): number | null {
    const [answered] = answers
    const isAlone = [...this.#attempts].every((other) => {
      const isOver = other.ended && !other.late.has(name)
      const isOne = other === answered || other === asking
      return isOne || isOver || other.spans.get(name)!.asked === null
    })
    const isFirst = asking === undefined || asking.spans.get(name)!.asked === null
    return isAlone && isFirst ? (answered?.spans.get(name)!.asked ?? null) : null
  }

  /** A service has answered, or the request was given up. */
  answered({ name }: LeasedService, asking: Attempt | undefined): void {
    const span = asking?.spans.get(name)
    if (span !== undefined) span.answered = performance.now()
  }

  /** A repeat has ended. Lines that come a little later are still taken. */
  end(attempt: Attempt): void {
    const now = performance.now()
    attempt.ended = true
    this.#ended.set(attempt.test, attempt.repeat + 1)
    for (const [service, span] of attempt.spans) {
      span.to = Math.max(span.from, this.#sizeOf(service))
      const left = span.answered === null ? 0 : span.answered + this.#late - now
      if (left <= 0) continue
      const timer = setTimeout(() => this.#settle(attempt, service), left)
      // A worker may end before: the main process takes it from there.
      timer.unref()
      attempt.late.set(service, { until: now + left, timer })
    }
    this.#tellEnd(attempt)
  }

  /** All that comes of an answer has come. */
  #settle(attempt: Attempt, service: ServiceName): void {
    const from = this.#aloneFrom(service, [attempt])
    if (from !== null) this.#logs.get(service)!.closing.learn(from, true)
    this.#close(attempt, service)
  }

  /** From here on what a service writes is another's. Returns how far its log is. */
  #close(attempt: Attempt, service: ServiceName): number {
    const size = this.#sizeOf(service)
    const span = attempt.spans.get(service)!
    span.to = Math.max(span.to, size)
    clearTimeout(attempt.late.get(service)?.timer)
    attempt.late.delete(service)
    for (const next of this.#attempts) {
      const its = next.spans.get(service)!
      if (next.ended || its.asked !== null || its.from >= span.to) continue
      its.from = span.to
      this.#tellBegin('moved', next)
    }
    if (attempt.late.size === 0) this.#tellEnd(attempt)
    return span.to
  }

  /** Lines that come while another request is under way may be late ones of the answer before. */
  #watchDoubt(service: ServiceName, from: number, until: number): void {
    const { file } = this.#logs.get(service)!
    const look = (): void => {
      const to = this.#sizeOf(service)
      if (to > from) this.#notes.write({ type: 'doubt', file, from, to })
    }
    setTimeout(look, until - performance.now()).unref()
  }

  #tellBegin(type: 'began' | 'moved', { test, repeat, spans }: Attempt): void {
    const logs = [...spans].map(([service, { from }]) => ({ ...this.#named(service), from }))
    this.#notes.write({ type, test, repeat, logs })
  }

  #tellEnd(attempt: Attempt): void {
    const { test, repeat, spans, late } = attempt
    const isSettled = late.size === 0
    const last = Math.max(...[...late.values()].map((one) => one.until))
    const until = isSettled ? null : RealDate.now() + last - performance.now()
    const logs = [...spans].map(([service, { from, to }]) => {
      return { ...this.#named(service), from, to }
    })
    this.#notes.write({ type: 'ended', test, repeat, logs, until })
    if (!isSettled) return
    this.#attempts.delete(attempt)
    attempt.settled.resolve()
  }

  #named(service: ServiceName): { service: ServiceName; file: string } {
    return { service, file: this.#logs.get(service)!.file }
  }

  #sizeOf(service: ServiceName): number {
    const path = this.#logs.get(service)?.path ?? ''
    return statSync(path, { throwIfNoEntry: false })?.size ?? 0
  }
}

/** Never throw. */
interface Notes {
  write(note: LogNote): void
  close(): void
}

/** What writes notes of a session down; null where the main process keeps none. */
function openNotes({ attachments }: Lease): Notes | null {
  let file: number | null
  try {
    const path = join(dirname(attachments), LOG_NOTES)
    file = openSync(path, constants.O_WRONLY | constants.O_APPEND)
  } catch {
    return null
  }
  return {
    write(note) {
      if (file === null) return
      try {
        writeSync(file, `${JSON.stringify(note)}\n`)
      } catch {
        // The ranges of this test are then told less well.
      }
    },
    close() {
      if (file !== null) closeSync(file)
      file = null
    },
  }
}
