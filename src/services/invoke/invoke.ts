import { randomUUID } from 'node:crypto'
import { closeSync, openSync, readFileSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { identify } from '../../host/process-identity.ts'
import { performance } from '../../host/real-time.ts'
import type { LeasedService } from '../leases/lease-protocol.ts'
import { endProcesses } from '../processes/end-processes.ts'
import { serviceEnvironment } from '../processes/environment.ts'
import {
  INVOCATION_TAG,
  invocationTag,
  SERVICE_TAG,
  SESSION_TAG,
} from '../processes/process-tag.ts'
import type { Exit } from '../service/service-error.ts'
import { makeFolder, removeFolder } from './invocation-folder.ts'
import { InvocationLog } from './invocation-log.ts'

/** One request to a program. */
export interface InvocationOptions {
  invocation: NonNullable<LeasedService['invocation']>
  /** What it works on: the file `{input}`, else its stdin. `extension` is the ending of that file. */
  input: { bytes: Uint8Array; extension: string }
  /** Ending of the file `{output}`; without that placeholder its stdout is the output. */
  outputExtension: string
  /** Path of the service's log; null: what it says is lost. */
  log: string | null
  /** The session's directory. */
  session: string
  /** Ends the program and all that came of it. */
  signal: AbortSignal
}

/** How a request to a program ended. */
export interface Invoked extends Exit {
  /** From its start to its end. */
  seconds: number
  /** Null when it left none, or a larger one than can be taken. */
  output: Uint8Array | null
  /** The last lines of what it said beside its output. */
  lastLines: string[]
}

/** A program with its files in place. */
interface Prepared {
  command: [file: string, ...args: string[]]
  env: Record<string, string>
  cwd: string
  stdio: [stdin: number | 'ignore', stdout: number, stderr: number]
}

/** Seconds between SIGTERM and SIGKILL for a program whose time is over. */
const GRACE_S = 2
const MAX_OUTPUT_BYTES = 512 * 1024 * 1024

/**
 * Runs a program once, in a process group of its own, and waits for its end. What it says goes straight to the
 * log by descriptor, as that of a service does.
 *
 * @throws Error when it cannot be started; the reason of `signal` when that is aborted already
 */
export async function invoke(options: InvocationOptions): Promise<Invoked> {
  const { execa } = await import('execa')
  options.signal.throwIfAborted()
  const folder = await makeFolder(options.invocation.env[SERVICE_TAG] ?? 'none')
  const log = new InvocationLog(options.log)
  const opened: number[] = []
  const open = (path: string, flags: string): number => {
    const fd = openSync(path, flags)
    opened.push(fd)
    return fd
  }
  try {
    const input = join(folder, `input${options.input.extension}`)
    const output = join(folder, `output${options.outputExtension}`)
    await writeFile(input, options.input.bytes)
    const prepared = prepare(options, { input, output, open, log: log.fd })
    const ended = await run(execa, prepared, log, options)
    return { ...ended, output: readOutput(output) }
  } finally {
    for (const fd of opened) closeSync(fd)
    log.close()
    await removeFolder(folder)
  }
}

function prepare(
  { invocation, session }: InvocationOptions,
  files: {
    input: string
    output: string
    open: (path: string, flags: string) => number
    log: number
  },
): Prepared {
  const { input, output, open, log } = files
  const texts = [...invocation.args, ...Object.values(invocation.env)]
  const isTold = (placeholder: string): boolean => texts.some((text) => text.includes(placeholder))
  const fill = (text: string): string =>
    text.replaceAll(
      /\{(input|output)\}/g,
      (_, name: 'input' | 'output') => ({ input, output })[name],
    )
  const own = Object.entries(invocation.env).map(([name, value]) => [name, fill(value)])
  return {
    command: [invocation.file, ...invocation.args.map(fill)],
    env: serviceEnvironment(process.env, { ...Object.fromEntries(own), [SESSION_TAG]: session }),
    cwd: invocation.cwd,
    stdio: [
      isTold('{input}') ? 'ignore' : open(input, 'r'),
      isTold('{output}') ? log : open(output, 'w'),
      log,
    ],
  }
}

async function run(
  execa: (typeof import('execa'))['execa'],
  { command, env, cwd, stdio }: Prepared,
  log: InvocationLog,
  { signal }: InvocationOptions,
): Promise<Omit<Invoked, 'output'>> {
  const id = randomUUID()
  log.begin(command)
  const [file, ...args] = command
  const begun = performance.now()
  const subprocess = execa(file, args, {
    cwd,
    env: { ...env, [INVOCATION_TAG]: id },
    extendEnv: false,
    // The types of execa know descriptors up to 9 only.
    stdio: stdio as ['ignore', 1, 2],
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
  })
  const { pid, nodeChildProcess } = subprocess
  if (pid === undefined) throw new Error((await subprocess).message)
  const exited = new Promise<Exit>((resolve) => {
    nodeChildProcess.once('exit', (code, name) => resolve({ code, signal: name }))
  })
  const exit = await endedBy(signal, exited, { pid, id })
  const seconds = (performance.now() - begun) / 1_000
  const lastLines = log.lastLines()
  log.end(exit, seconds)
  return { ...exit, seconds, lastLines }
}

/** The exit of a program, which is ended with all that came of it when `signal` is aborted first. */
async function endedBy(
  signal: AbortSignal,
  exited: Promise<Exit>,
  { pid, id }: { pid: number; id: string },
): Promise<Exit> {
  const leaders = [{ ...identify(pid), grace: GRACE_S }]
  let ending: Promise<unknown> | undefined
  const end = (): void => {
    ending = endProcesses({
      leaders,
      tags: [invocationTag(id)],
      grace: GRACE_S,
      orphanedGroups: true,
    })
  }
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  const exit = await exited
  signal.removeEventListener('abort', end)
  await ending
  return exit
}

function readOutput(path: string): Uint8Array | null {
  const size = statSync(path, { throwIfNoEntry: false })?.size
  return size === undefined || size > MAX_OUTPUT_BYTES ? null : readFileSync(path)
}
