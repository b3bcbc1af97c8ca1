import { rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { messageOf } from '../errors.ts'
import { ownMark } from '../session/lock/process-mark.ts'
import { REPORTING } from '../session/recovery/leftovers.ts'
import type { ReportKind, ReportLine } from './launch.ts'

/*
 * A process of its own makes the reports: what they need is never loaded into a run, and their memory is given
 * back when they are done. Called as `main.js DIRECTORY xlsx html`; each line that it prints is an object of
 * JSON. With `--wait` it loads what it needs, then waits for a line of input, and ends when its input does:
 * whoever started it is gone then.
 */
const { argv, stdin, stdout } = process
const [directory = '', ...words] = argv.slice(2)
const kinds = (['xlsx', 'html'] as const).filter((kind) => words.includes(kind))
const files: Record<ReportKind, string> = { xlsx: 'report.xlsx', html: 'report.html' }
/** Tells whoever cleans up that somebody is at the reports. */
let sign: string | null = null

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, leave)
// A terminal that closes tells all of a run; whether it goes on is for the run to say.
process.on('SIGHUP', () => {})
const loading = Promise.all([
  kinds.includes('xlsx') ? import('./xlsx/write-workbook.ts') : null,
  kinds.includes('html') ? import('./html/write-page.ts') : null,
])
if (words.includes('--wait')) await asked()
begin()
const [workbook, page] = await loading
const makers = {
  xlsx: workbook?.writeWorkbook,
  html: page?.writePage,
}
for (const kind of kinds) {
  try {
    const options = { onProgress: (sentence: string) => say({ progress: sentence }) }
    // oxlint-disable-next-line no-await-in-loop -- one after the other: both together would need more memory
    const path = await makers[kind]?.(resolve(directory), options)
    if (path !== undefined) say({ made: kind, path })
  } catch (error) {
    say({ failed: kind, reason: messageOf(error) })
    process.exitCode = 1
  }
}
end()
stdin.destroy()

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
  stdout.write(`${JSON.stringify(line)}\n`)
}

function asked(): Promise<void> {
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
