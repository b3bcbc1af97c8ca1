import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { choosePort } from '../../../src/services/processes/ports.ts'
import { cleanEnvironment } from '../../support/run.ts'

/** What llama-server prints of its memory, and what its process has of it. MiB. */
export interface LlamaMemory {
  /** Sums of what is printed; `lines`: how many numbers of two decimals each is made of. */
  kv: Printed
  state: Printed
  weights: Printed
  compute: Printed
  output: Printed
  /** Anonymous memory, and what of the model's file is in memory for this process. */
  process: { anonymous: number; file: number }
}

export interface Printed {
  mib: number
  lines: number
}

const LINES = {
  kv: /llama_kv_cache: size = +([\d.]+) MiB/g,
  state: /llama_memory_recurrent: size = +([\d.]+) MiB/g,
  weights: /CPU_\w+ model buffer size = +([\d.]+) MiB/g,
  compute: /compute buffer size = +([\d.]+) MiB/g,
  output: /output buffer size = +([\d.]+) MiB/g,
}
const READY = /llama_server: (?:server is )?listening on/

/** Starts llama-server on a model until it listens, and ends it. */
export async function llamaMemory(
  program: string,
  model: string,
  options: readonly string[],
): Promise<LlamaMemory> {
  const port = await choosePort()
  const args = ['--model', model, '--port', String(port), '--log-verbosity', '4', ...options]
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: cleanEnvironment() })
  let log = ''
  try {
    await new Promise<void>((resolve, reject) => {
      const read = (piece: Buffer): void => {
        log += piece.toString()
        if (READY.test(log)) resolve()
      }
      child.stdout.on('data', read)
      child.stderr.on('data', read)
      child.once('error', reject)
      child.once('exit', (code) =>
        reject(new Error(`it ended with ${code}:\n${log.slice(-3_000)}`)),
      )
    })
    const ofProcess = processMemory(child.pid!, model)
    const printed = Object.entries(LINES).map(([part, line]) => [part, printedBy(log, line)])
    return { ...Object.fromEntries(printed), process: ofProcess } as LlamaMemory
  } finally {
    child.removeAllListeners('exit')
    child.kill('SIGKILL')
  }
}

function printedBy(log: string, line: RegExp): Printed {
  const numbers = [...log.matchAll(line)].map(([, mib]) => Number(mib))
  return { mib: numbers.reduce((sum, mib) => sum + mib, 0), lines: numbers.length }
}

/** Anonymous memory of a process and its pages of a file (proc_pid_status(5), proc_pid_smaps(5)). */
function processMemory(pid: number, path: string): { anonymous: number; file: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  let [file, isOfFile] = [0, false]
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    if (/^[\da-f]+-[\da-f]+ /.test(line)) isOfFile = line.endsWith(path)
    else if (isOfFile && line.startsWith('Rss:')) file += kib(line)
  }
  return { anonymous: kib(/^RssAnon:.*$/m.exec(status)?.[0]) / 1024, file: file / 1024 }
}

function kib(line: string | undefined): number {
  return Number(/(\d+) kB/.exec(line ?? '')?.[1] ?? Number.NaN)
}
