import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** One that hangs ends before its test does. */
const PATIENCE_MS = 50_000

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
    timeout: PATIENCE_MS,
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
  [/_\d{8}_\d{6}(_\d+)?\.log/g, '_TIME.log'],
  [/\b\d[\d.]* × \((?:[\d.]+–[\d.]+, )?n (\d+)(?:, in doubt)?\)/g, 'RATIO (n $1)'],
  [/^(\w+, [^:\n]+): [^\n]*; no rank/gm, '$1: VALUES; no rank'],
  // How busy the machine was is told by flags.
  [/^\w+, [^:\n]+: in doubt on .*\n/gm, ''],
  [/\n+(?:\w+ in \d+ of \d+ results?: .*\n)+/g, '\n'],
  [/^ +(?:flags:|in doubt) .*\n/gm, ''],
  [/\b\d+\.\d+ ?s\b/g, 'SECONDS'],
  [/^(host|versions|git|files) .*\n/gm, ''],
  // Where making reports takes a while.
  [/^stderr: (?:report\.(?:xlsx|html): [^\n]*\n?)+(?![^\n])/gm, ''],
  // Of machines with a GPU.
  [/(?: {2,}(?:VRAM PRIOR|LOADED|PEAK|AFTER))+$/gm, ''],
  [/(?: {2,}\d+\.\d\d GB)+$/gm, ''],
  // Columns are as wide as what stands in them.
  [/(?<=\S) {2,}/g, '  '],
]

/** All that a command said, as it is the same each time; the exit code stands first. */
export function steady({ code, stdout, stderr }: Said, logs: string): string {
  const said = withoutHosts(stdout).replace(/\n+$/, '\n')
  // Where reading takes a while it is said that it goes on.
  const heard = stderr.replaceAll(/^Reading [^\n]* …\n/gm, '')
  const all = `exit ${code}\n${said}${heard === '' ? '' : `stderr: ${heard}`}`
  return CHANGING.reduce(
    (rest, [pattern, word]) => rest.replaceAll(pattern, word),
    all.replaceAll(logs, 'LOGS'),
  )
}

/** The last column of a list tells of the machine. */
function withoutHosts(text: string): string {
  const lines = text.split('\n')
  const column = lines[0]!.indexOf('HOST')
  if (!text.startsWith('STARTED') || column === -1) return text
  const end = lines.indexOf('')
  return lines.map((line, row) => (row < end ? line.slice(0, column).trimEnd() : line)).join('\n')
}
