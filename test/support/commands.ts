import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { basename } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** What the real command said. */
export interface Said {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs `jarvis` beside a folder of sessions, without what this process was given. */
export async function jarvis(logs: string, ...args: string[]): Promise<Said> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: logs,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], JARVIS_LOGS: logs },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close') as Promise<[number | null]>
  const said = [text(child.stdout), text(child.stderr), ended] as const
  const [stdout, stderr, [code]] = await Promise.all(said)
  return { code, stdout, stderr }
}

/** What differs from run to run and from machine to machine, and what stands for it. */
const CHANGING: readonly (readonly [RegExp, string])[] = [
  [/\bRUN_\d{8}_\d{6}(_\d+)?/g, 'RUN'],
  [/\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d)?/g, 'TIME'],
  [/\b\d+\.\d+ ?s\b/g, 'SECONDS'],
  [/^(host|versions|git|files) .*\n/gm, ''],
  // Columns are as wide as what stands in them.
  [/(?<=\S) {2,}/g, '  '],
]

/** All that a command said, as it is the same each time; the exit code stands first. */
export function steady({ code, stdout, stderr }: Said, logs: string): string {
  const host = hostOf(stdout)
  const all = `exit ${code}\n${stdout}${stderr === '' ? '' : `stderr: ${stderr}`}`
  const placed = all.replaceAll(logs, 'LOGS').replaceAll(basename(logs), 'LOGS')
  const named = host === null ? placed : placed.replaceAll(host, 'HOST')
  return CHANGING.reduce((rest, [pattern, word]) => rest.replaceAll(pattern, word), named)
}

/** The last cell of a list's first line. */
function hostOf(stdout: string): string | null {
  const [head = '', line = ''] = stdout.split('\n')
  const column = head.indexOf('HOST')
  return head.startsWith('STARTED') && column > 0 ? line.slice(column).split('  ')[0]! : null
}
