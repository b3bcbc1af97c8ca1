import { rmSync, writeFileSync } from 'node:fs'
import nodeModule from 'node:module'
import { availableParallelism, freemem } from 'node:os'
import { join, resolve } from 'node:path'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { messageOf } from '../errors.ts'
import { ownMark } from '../session/lock/process-mark.ts'
import { REPORTING } from '../session/directory.ts'
import type { ReportKind, ReportLine } from './launch.ts'

/*
 * A process of its own makes the reports: what they need is never loaded into a run, and their memory is given
 * back when they are done. Called as `main.js DIRECTORY xlsx html`; each line that it prints is an object of
 * JSON. With `--wait` it loads what it needs, then waits for a line of input, and ends when its input does:
 * whoever started it is gone then.
 *
 * Where there are both, and the machine has room for that, a thread of it makes the page meanwhile: this same program,
 * asked for the page alone.
 */

/** Of what is free: both at once take half of it for the largest sessions. */
const ROOM_FOR_BOTH_BYTES = 1024 ** 3

const { argv, stdin, stdout } = process
const [directory = '', ...words] = argv.slice(2)
const kinds = (['xlsx', 'html'] as const).filter((kind) => words.includes(kind))
const files: Record<ReportKind, string> = { xlsx: 'report.xlsx', html: 'report.html' }
/** Tells whoever cleans up that somebody is at the reports. */
let sign: string | null = null

// Most of what small reports take is the compiling of what they load. Coverage would suffer.
if (process.env['NODE_V8_COVERAGE'] === undefined) nodeModule.enableCompileCache()
if (isMainThread) {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, leave)
  // A terminal that closes tells all of a run; whether it goes on is for the run to say.
  process.on('SIGHUP', () => {})
}
const apart = kinds.length > 1 && hasRoomForBoth() ? pageThread() : null
const own = kinds.filter((kind) => kind !== 'html' || apart === null)
const loading = Promise.all([
  own.includes('xlsx') ? import('./xlsx/write-workbook.ts') : null,
  own.includes('html') ? import('./html/write-page.ts') : null,
])
if (words.includes('--wait')) await asked()
if (isMainThread) begin()
apart?.begin()
const [workbook, page] = await loading
const makers = {
  xlsx: workbook?.writeWorkbook,
  html: page?.writePage,
}
for (const kind of own) {
  try {
    const options = { onProgress: (sentence: string) => say({ progress: sentence }) }
    // oxlint-disable-next-line no-await-in-loop -- one after the other: both together would need more memory
    const path = await makers[kind]?.(resolve(directory), options)
    if (path !== undefined) say({ made: kind, path })
  } catch (error) {
    say({ failed: kind, reason: messageOf(error) })
  }
}
await apart?.ended
if (isMainThread) {
  end()
  stdin.destroy()
}

function begin(): void {
  try {
    sign = join(directory, `${REPORTING}${ownMark()}`)
    writeFileSync(sign, '')
  } catch {
    // What cannot be written is told by the reports.
  }
}

function end(): void {
  if (sign !== null) rmSync(sign, { force: true })
}

function say(line: ReportLine): void {
  if (!isMainThread) {
    parentPort?.postMessage(line)
    return
  }
  if ('failed' in line) process.exitCode = 1
  stdout.write(`${JSON.stringify(line)}\n`)
}

function hasRoomForBoth(): boolean {
  return isMainThread && availableParallelism() > 1 && freemem() > ROOM_FOR_BOTH_BYTES
}

/** A thread that makes the page once it is told to. */
function pageThread(): { begin(): void; ended: Promise<void> } {
  const worker = new Worker(new URL(import.meta.url), { argv: [directory, 'html', '--wait'] })
  const { promise, resolve: end } = Promise.withResolvers<void>()
  worker.on('message', say)
  worker.once('error', (error) => say({ failed: 'html', reason: messageOf(error) }))
  worker.once('exit', () => end())
  return { begin: () => worker.postMessage('go'), ended: promise }
}

function asked(): Promise<void> {
  if (!isMainThread) return new Promise((resolve_) => parentPort?.once('message', () => resolve_()))
  stdin.once('end', leave)
  return new Promise((resolve_) => {
    stdin.once('data', () => resolve_())
  })
}

/** Nobody wants the reports any more: what was begun goes. */
function leave(): void {
  for (const kind of kinds) rmSync(join(directory, `${files[kind]}.tmp`), { force: true })
  end()
  // An exit would wait for a file that never answers.
  process.kill(process.pid, 'SIGKILL')
}
