import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Calls that change files, and what those of Node come to. */
const KINDS: Readonly<Record<string, string>> = {
  write: 'write',
  writev: 'write',
  pwrite64: 'write',
  pwritev: 'write',
  pwritev2: 'write',
  writeFile: 'write',
  appendFile: 'write',
  fsync: 'fsync',
  sync: 'fsync',
  fdatasync: 'fdatasync',
  datasync: 'fdatasync',
  rename: 'rename',
  renameat: 'rename',
  renameat2: 'rename',
  link: 'link',
  linkat: 'link',
  symlink: 'symlink',
  symlinkat: 'symlink',
  mkdir: 'mkdir',
  mkdirat: 'mkdir',
  ftruncate: 'truncate',
  truncate: 'truncate',
}
const TRACED = [
  ...'write writev pwrite64 pwritev pwritev2 fsync fdatasync rename renameat renameat2 link linkat symlink symlinkat'.split(
    ' ',
  ),
  ...'mkdir mkdirat ftruncate truncate clone clone3 vfork fork'.split(' '),
]

/** Whether system calls can be looked at here. */
export const hasStrace: boolean =
  process.platform === 'linux' &&
  spawnSync('strace', ['-o', '/dev/null', 'true'], { stdio: 'ignore' }).status === 0

/** Runs a command, and gives the calls of its process that change something below a folder, as the system saw them: each kind with its count. */
export async function systemCalls(
  command: readonly string[],
  { folder, cwd, env }: { folder: string; cwd: string; env: NodeJS.ProcessEnv },
): Promise<Record<string, number>> {
  const place = mkdtempSync(join(tmpdir(), 'jarvis-calls-'))
  const out = join(place, 'calls')
  const options = ['-f', '-y', '-s', '0', '-e', `trace=${TRACED.join(',')}`, '-o', out]
  const child = spawn('strace', [...options, ...command], { cwd, env, stdio: 'ignore' })
  await once(child, 'exit')
  const lines = readFileSync(out, 'utf8').split('\n')
  rmSync(place, { recursive: true })
  // A path goes on, or ends as the system shows it: of a file that is open, or in quotes.
  const isMeant = (line: string): boolean =>
    ['/', '"', '>'].some((end) => line.includes(`${folder}${end}`))
  return counts(ofFirstProcess(lines).filter(isMeant))
}

/** The lines of the process that was started, with all of its threads. */
function ofFirstProcess(lines: readonly string[]): string[] {
  const threads = new Set<string>()
  const calls: string[] = []
  for (const line of lines) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    if (threads.size === 0) threads.add(thread)
    if (!threads.has(thread)) continue
    const begun = /CLONE_THREAD.* = (\d+)/.exec(rest)?.[1]
    if (begun !== undefined) threads.add(begun)
    else calls.push(rest)
  }
  return calls
}

/** As {@link systemCalls}, of what the hooks of `fs-faults.ts` have written down. */
export function hookedCalls(log: string): Record<string, number> {
  return counts(
    readFileSync(log, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => `${line.split(' ')[2]}(`),
  )
}

function counts(calls: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {}
  for (const call of calls) {
    const kind = KINDS[/^(\w+)\(/.exec(call)?.[1] ?? '']
    if (kind !== undefined) found[kind] = (found[kind] ?? 0) + 1
  }
  return found
}
