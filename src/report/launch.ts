import { messageOf } from '../errors.ts'
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { entryPath } from '../host/entry.ts'
import { REPORTING } from '../session/directory.ts'

export type ReportKind = 'xlsx' | 'html'

/** What the process that makes the reports prints, a line each. */
export type ReportLine =
  | { progress: string }
  | { made: ReportKind; path: string }
  | { failed: ReportKind; reason: string }

/** What became of the reports of a session. */
export interface MadeReports {
  /** Absolute; null where it was not asked for or could not be made. */
  workbook: string | null
  page: string | null
  /** Whether all that was asked for could be made. What was left out on purpose does not count. */
  complete: boolean
  /** A sentence for each that could not be made, or got another name. */
  troubles: readonly string[]
}

/** Reports that a process of its own is ready to make. */
export interface ReportProcess {
  /** Makes them. Never rejects. */
  make(onProgress: (sentence: string) => void): Promise<MadeReports>
  /** Ends the process; what it has not made yet is left out. */
  cancel(): void
}

const NAMES: Record<ReportKind, string> = { xlsx: 'report.xlsx', html: 'report.html' }
/** Options of Node for the process: a small young generation keeps it below 400 MB. */
export const REPORT_MEMORY: readonly string[] = ['--max-semi-space-size=8']
/** What of a process's last words is told. */
const MAX_WORDS = 300

/**
 * Starts the process that makes reports. It loads what it needs and waits; when this process ends before it
 * was asked, it ends too.
 */
export function startReports(
  directory: string,
  kinds: readonly ReportKind[] = ['xlsx', 'html'],
): ReportProcess {
  const program = entryPath(import.meta.url, 'report/main')
  const child = spawn(
    process.execPath,
    [...REPORT_MEMORY, program, directory, ...kinds, '--wait'],
    {
      stdio: 'pipe',
      env: ownEnvironment(),
      windowsHide: true,
    },
  )
  let isCancelled = false
  const cancel = (): void => {
    isCancelled = true
    child.kill()
  }
  const atExit = (): void => void child.kill()
  process.once('exit', atExit)
  const ended = endOf(child).finally(() => process.off('exit', atExit))
  // Writing to a process that could not be started or is gone is told by its end.
  child.stdin.on('error', () => {})
  return {
    cancel,
    async make(onProgress) {
      const state = { workbook: null as string | null, page: null as string | null }
      const troubles: string[] = []
      let complete = true
      const open = new Set(kinds)
      createInterface({ input: child.stdout }).on('line', (text) => {
        const line = parse(text)
        if (line === null) return
        if ('progress' in line) onProgress(line.progress)
        else if ('made' in line) {
          open.delete(line.made)
          state[line.made === 'xlsx' ? 'workbook' : 'page'] = line.path
          if (basename(line.path) !== NAMES[line.made]) troubles.push(otherName(line))
        } else {
          open.delete(line.failed)
          complete = false
          troubles.push(`${NAMES[line.failed]} could not be made: ${line.reason}`)
        }
      })
      child.stdin.write('go\n')
      const words = await ended
      for (const kind of open) rmSync(join(directory, `${NAMES[kind]}.tmp`), { force: true })
      if (open.size > 0) removeSign(directory, child.pid)
      if (open.size > 0) {
        complete &&= isCancelled
        troubles.push(unmade([...open], isCancelled ? null : words, directory))
      }
      return { ...state, complete, troubles }
    },
  }
}

/** Waits for the end of the process, and gives its last words. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let words = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-MAX_WORDS * 4)
    })
    child.once('error', (error) => resolve(messageOf(error)))
    child.once('close', (code, signal) => {
      const lines = words.split('\n').map((line) => line.trim())
      const last = lines.find((line) => /error/i.test(line)) ?? lines.findLast(Boolean)
      resolve((last ?? `its process ended with ${signal ?? `code ${code}`}`).slice(0, MAX_WORDS))
    })
  })
}

/** One that was killed has left it. */
function removeSign(directory: string, pid: number | undefined): void {
  try {
    const names = readdirSync(directory).filter((name) => name.startsWith(`${REPORTING}${pid}-`))
    for (const name of names) rmSync(join(directory, name), { force: true })
  } catch {
    // It goes with the next start.
  }
}

/** The session's tag would make a service of it, and options for this process may hold it up. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, JARVIS_SESSION: __, ...env } = process.env
  return env
}

function parse(text: string): ReportLine | null {
  try {
    return JSON.parse(text) as ReportLine
  } catch {
    return null
  }
}

function otherName({ made, path }: { made: ReportKind; path: string }): string {
  return `Another program has ${NAMES[made]} open: the new one is ${basename(path)}.`
}

function unmade(kinds: readonly ReportKind[], reason: string | null, directory: string): string {
  const names = kinds.map((kind) => NAMES[kind]).join(' and ')
  const why = reason === null ? 'was left out' : `could not be made (${reason})`
  return `${names} ${why}. Make it with: jarvis report ${basename(directory)}`
}
