import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const programs = { vllm: fileURLToPath(new URL('../vllm/main.ts', import.meta.url)) }

/** Runs the program, keeps its exit code, and removes the container's record: the engine's part of `--rm`. */
const SUPERVISE = `
  trap 'kill -TERM $child' TERM
  trap 'kill -INT $child' INT
  "$@" >>"$LOG" 2>&1 </dev/null & child=$!
  while :; do wait $child; code=$?; kill -0 $child 2>/dev/null || break; done
  echo $code >"$ENDED"; rm -f "$RECORD"`

/**
 * Starts a container as the engine does: in a session of its own, with nothing of the command's environment,
 * and no child of the command.
 *
 * @returns the pid of what stands for its first process, and the group of all its processes
 */
export async function startContainer(options: {
  program: string
  args: string[]
  log: string
  ended: string
  record: string
}): Promise<{ pid: number; group: number }> {
  const { program, args, log, ended, record } = options
  const main = programs[program as keyof typeof programs]
  const env = { PATH: process.env['PATH'] ?? '', LOG: log, ENDED: ended, RECORD: record }
  // The shell in between ends at once, so that its child belongs to nobody.
  const start = 'sh -c "$0" "$@" >/dev/null 2>&1 </dev/null & echo $!'
  const shell = spawn(
    'sh',
    ['-c', start, SUPERVISE, 'container', process.execPath, main, ...args],
    {
      env,
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const [pid] = (await once(shell.stdout, 'data')) as [Buffer]
  return { pid: Number(pid), group: shell.pid! }
}
