import { rmSync, writeFileSync } from 'node:fs'
import nodeModule from 'node:module'
import { availableParallelism, freemem } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { messageOf } from '../errors.ts'
import { ownMark } from '../session/lock/process-mark.ts'
import { REPORTING } from '../session/directory.ts'
import type { ReportKind, ReportLine } from './launch.ts'
import { type HandedRun, memoryOf } from './session/run-rows.ts'
import type { Survey } from './xlsx/survey.ts'

/*
 * A process of its own makes the reports: what they need is never loaded into a run, and their memory is given
 * back when they are done. Called as `main.js DIRECTORY xlsx html`; each line that it prints is an object of
 * JSON. With `--wait` it loads what it needs, then waits for a line of input, and ends when its input does:
 * whoever started it is gone then.
 *
 * Where there are both, and the machine has room for that, a thread of it writes the workbook: this same program,
 * asked for the workbook alone. It loads what that takes while the session is read, which is done once for both.
 */

/** What the thread of the workbook is given. */
interface HandedWorkbook {
  run: HandedRun
  survey: Survey
}

/** Of what is free: both at once take half of it for the largest sessions. */
const ROOM_FOR_BOTH_BYTES = 1024 ** 3

const { argv, stdin, stdout } = process
const [directory = '', ...words] = argv.slice(2)
const kinds = (['xlsx', 'html'] as const).filter((kind) => words.includes(kind))
const files: Record<ReportKind, string> = { xlsx: 'report.xlsx', html: 'report.html' }
const TELLING = { onProgress: (sentence: string) => say({ progress: sentence }) }
/** Tells whoever cleans up that somebody is at the reports. */
let sign: string | null = null
/** The thread of the workbook; null where there is none. */
let apart: ReturnType<typeof workbookThread> | null = null
/** How long is waited for what it is writing. */
const LAST_WRITE_MS = 500

// Most of what small reports take is the compiling of what they load. Coverage would suffer.
if (process.env['NODE_V8_COVERAGE'] === undefined) nodeModule.enableCompileCache()
await (isMainThread ? makeReports() : makeWorkbook())

async function makeReports(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void leave())
  // A terminal that closes tells all of a run; whether it goes on is for the run to say.
  process.on('SIGHUP', () => {})
  apart = kinds.length > 1 && hasRoomForBoth() ? workbookThread() : null
  const load = {
    workbook: () => import('./xlsx/write-workbook.ts'),
    page: () => import('./html/write-page.ts'),
  }
  const surveying = import('./survey-run.ts')
  if (words.includes('--wait')) {
    // There is time for all that will be needed.
    if (kinds.includes('html')) void load.page().catch(() => {})
    if (kinds.includes('xlsx') && apart === null) void load.workbook().catch(() => {})
    await asked()
  }
  begin()
  try {
    const { surveyRun } = await surveying
    const { run, ...surveys } = await surveyRun(resolve(directory))
    apart?.begin({ run: run.hand(), survey: surveys.workbook })
    // One after the other where there is one thread: both together would need more memory.
    if (kinds.includes('xlsx') && apart === null) {
      const { writeWorkbook } = await load.workbook()
      await make('xlsx', () => writeWorkbook({ run, survey: surveys.workbook }, TELLING))
    }
    if (kinds.includes('html')) {
      const { writePage } = await load.page()
      await make('html', () => writePage({ run, ...surveys.page }, TELLING))
    }
  } catch (error) {
    for (const kind of kinds) say({ failed: kind, reason: messageOf(error) })
    void apart?.cancel()
  }
  await apart?.ended
  end()
  stdin.destroy()
}

/** In a thread: what the workbook is made of comes as a message. */
async function makeWorkbook(): Promise<void> {
  const given = new Promise<HandedWorkbook>((give) => {
    parentPort?.once('message', give)
  })
  const [{ writeWorkbook }, { receivedRun }] = await Promise.all([
    import('./xlsx/write-workbook.ts'),
    import('./session/index.ts'),
  ])
  const { run, survey } = await given
  await make('xlsx', () => writeWorkbook({ run: receivedRun(run), survey }, TELLING))
}

/** Makes one report, and says what became of it. */
async function make(kind: ReportKind, write: () => Promise<string>): Promise<void> {
  try {
    say({ made: kind, path: await write() })
  } catch (error) {
    say({ failed: kind, reason: messageOf(error) })
  }
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
  return availableParallelism() > 1 && freemem() > ROOM_FOR_BOTH_BYTES
}

/** A thread that writes the workbook once it is given what of. */
function workbookThread(): {
  begin(handed: HandedWorkbook): void
  cancel(): Promise<unknown>
  ended: Promise<void>
} {
  const worker = new Worker(new URL(import.meta.url), { argv: [directory, 'xlsx'] })
  const { promise, resolve: finish } = Promise.withResolvers<void>()
  worker.on('message', say)
  worker.once('error', (error) => say({ failed: 'xlsx', reason: messageOf(error) }))
  worker.once('exit', () => finish())
  return {
    begin: (handed) => worker.postMessage(handed, memoryOf(handed.run)),
    cancel: () => worker.terminate(),
    ended: promise,
  }
}

function asked(): Promise<void> {
  stdin.once('end', () => void leave())
  return new Promise((resolve_) => {
    stdin.once('data', () => resolve_())
  })
}

/** Nobody wants the reports any more: what was begun goes. */
async function leave(): Promise<void> {
  // What it begins after this would stay; a file that never answers is not waited for.
  await Promise.race([apart?.cancel(), sleep(LAST_WRITE_MS)])
  for (const kind of kinds) rmSync(join(directory, `${files[kind]}.tmp`), { force: true })
  end()
  // An exit would wait for a file that never answers.
  process.kill(process.pid, 'SIGKILL')
}
