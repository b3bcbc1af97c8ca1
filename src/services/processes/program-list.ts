import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, win32 } from 'node:path'

/** A running process with the names that a person would call it by. */
export interface RunningProgram {
  pid: number
  /** Base name of the program, without `.exe`: `python3`. */
  program: string
  /** Base name of its first argument where that is no option: `tts_server.py`; null where there is none. */
  script: string | null
}

const QUERY_TIMEOUT_MS = 5_000
const MAX_BYTES = 64 * 1024 * 1024

/** Every process of this machine that may be seen. Windows does not tell the scripts. */
export function runningPrograms(): RunningProgram[] {
  try {
    if (process.platform === 'linux') return linuxPrograms()
    return process.platform === 'win32' ? tasklistPrograms() : psPrograms()
  } catch {
    return []
  }
}

function linuxPrograms(): RunningProgram[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name)
    if (!Number.isInteger(pid)) return []
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      // A process that is gone but for its exit code, or one of the kernel, has none.
      return words[0] === '' ? [] : [programOf(pid, words)]
    } catch {
      return []
    }
  })
}

function psPrograms(): RunningProgram[] {
  return query('ps', ['-axww', '-o', 'pid=,command='])
    .split('\n')
    .flatMap((line) => {
      const [pid, ...words] = line.trim().split(/\s+/)
      return words.length === 0 ? [] : [programOf(Number(pid), words)]
    })
}

function tasklistPrograms(): RunningProgram[] {
  const rows = query('tasklist', ['/fo', 'csv', '/nh']).matchAll(/^"([^"]+)","(\d+)"/gm)
  return [...rows].map(([, image = '', pid]) => programOf(Number(pid), [image]))
}

function programOf(pid: number, [file = '', first = '']: string[]): RunningProgram {
  const name = process.platform === 'win32' ? win32.basename(file) : basename(file)
  const script = first === '' || first.startsWith('-') ? null : basename(first)
  return { pid, program: name.replace(/\.exe$/i, ''), script }
}

function query(file: string, args: string[]): string {
  const options = { timeout: QUERY_TIMEOUT_MS, maxBuffer: MAX_BYTES, windowsHide: true } as const
  const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore']
  return execFileSync(file, args, { ...options, encoding: 'utf8', stdio })
}
