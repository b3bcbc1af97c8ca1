import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { identify } from '../../src/host/process-identity.ts'
import { type OllamaHost, type Ran, systemHost } from '../../src/services/ollama/host.ts'
import type { HostProcess } from '../../src/services/processes/process-table.ts'
import { choosePort } from '../../src/services/processes/ports.ts'
import { isAlive, temporaryFolder } from './services.ts'

/** The stand-in for `ollama`, and for the runner in its library folder. */
export const standIn: string = fileURLToPath(new URL('../stand-ins/ollama/ollama', import.meta.url))
export const runnerStandIn: string = join(dirname(standIn), 'lib', 'ollama', 'llama-server')

const TAG = 'OLLAMA_STAND_IN_OF'
const STARTED_WITHIN_MS = 10_000
const PAUSE_MS = 20

/** A machine on which nothing of Ollama runs but what a test started here. */
export interface OllamaMachine {
  folder: string
  /** Where the instances of this machine listen when nobody tells. */
  port: number
  /** For whatever is to be seen on this machine. */
  env: Record<string, string>
  host: OllamaHost
  /** What was run of the system's own programs; the answers to it are {@link answers}. */
  commands: string[]
  /** By the beginning of the command line; anything else fails as if it were not installed. */
  answers: Record<string, (line: string) => Partial<Ran>>
  /** What of Ollama runs here. */
  processes(): Promise<HostProcess[]>
}

/**
 * The host of this system, confined: it lists and ends nothing but what carries the tag of the test, and runs no
 * program of the system's. Everything on it ends with the test.
 */
export async function ollamaMachine(): Promise<OllamaMachine> {
  const folder = temporaryFolder()
  const tag = randomUUID()
  const port = await choosePort()
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  symlinkSync(process.execPath, join(bin, 'node'))
  const env: Record<string, string> = {
    PATH: [dirname(standIn), bin, '/bin', '/usr/bin'].join(delimiter),
    HOME: folder,
    OLLAMA_HOST: `127.0.0.1:${port}`,
    [TAG]: tag,
  }
  const commands: string[] = []
  const answers: OllamaMachine['answers'] = {}
  const real = systemHost(process.env)
  const tagged = async (pid: number): Promise<boolean> => (await real.environment(pid))[TAG] === tag
  const processes = async (): Promise<HostProcess[]> => {
    const all = (await real.processes()).filter(({ pid }) => pid !== process.pid)
    const ours = await Promise.all(all.map(async (one) => ((await tagged(one.pid)) ? [one] : [])))
    return ours.flat().map(withoutInterpreter)
  }
  const host: OllamaHost = {
    ...real,
    env,
    home: folder,
    ports: [port],
    processes,
    run: async (file, args) => {
      const line = [file, ...args].join(' ')
      commands.push(line)
      const known = Object.keys(answers).find((start) => line.startsWith(start))
      const missing: Ran = { code: null, stdout: '', stderr: '' }
      return { ...missing, ...(known && { code: 0, ...answers[known]!(line) }) }
    },
    kill: (identity, signal) => real.kill(identity, signal),
  }
  onTestFinished(async () => {
    // What restarts something may have done so once more.
    for (let left = await processes(); left.length > 0; left = await processes()) {
      for (const { pid } of left) real.kill(identify(pid), 'SIGKILL')
      // oxlint-disable-next-line no-await-in-loop -- looks again after a pause
      await sleep(PAUSE_MS)
    }
  })
  return { folder, port, env, host, commands, answers, processes }
}

/** A stand-in is a script: its interpreter is nothing that the real program would show. */
function withoutInterpreter(one: HostProcess): HostProcess {
  const [script, ...args] = one.args
  const isScript = basename(one.program) === 'node' && /(ollama|llama-server)$/.test(script ?? '')
  return isScript ? { ...one, program: script!, args } : one
}

/** A folder of models as Ollama lays them out. */
export function modelsFolder(folder: string, ...names: string[]): string {
  for (const name of names) {
    const [model = '', tag = 'latest'] = name.split(':')
    const path = join(folder, 'manifests', 'registry.ollama.ai', 'library', model)
    mkdirSync(path, { recursive: true })
    writeFileSync(join(path, tag), '{}')
  }
  return folder
}

/** Runs a command of a shell in the background, so that it descends from nobody here; gives its pid. */
export async function inBackground(
  { env, folder }: OllamaMachine,
  command: string,
  more: Record<string, string> = {},
): Promise<number> {
  const script = `(${command}) >>"${folder}/background.log" 2>&1 & echo $!`
  const options = { env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'inherit'] as const }
  const child = spawn('/bin/sh', ['-c', script], {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  for await (const chunk of child.stdout) {
    text += String(chunk)
    if (text.includes('\n')) break
  }
  return Number(text)
}

/** An Ollama that the user runs, with a model in memory where one is named. */
export async function runningOllama(
  machine: OllamaMachine,
  { model, env = {} }: { model?: string; env?: Record<string, string> } = {},
): Promise<{ server: number; runner: number | null }> {
  const server = await inBackground(machine, 'exec ollama serve', env)
  await answering(machine.port)
  if (model === undefined) return { server, runner: null }
  const body = JSON.stringify({ model, stream: false })
  const response = await fetch(`http://127.0.0.1:${machine.port}/api/generate`, {
    method: 'POST',
    body,
    headers: { connection: 'close' },
  })
  if (!response.ok) throw new Error(await response.text())
  const runner = (await machine.processes()).find(({ program }) => program === runnerStandIn)
  return { server, runner: runner!.pid }
}

/** Waits until an Ollama answers on a port. */
export async function answering(port: number): Promise<void> {
  const until = performance.now() + STARTED_WITHIN_MS
  for (;;) {
    const url = `http://127.0.0.1:${port}/api/version`
    // oxlint-disable-next-line no-await-in-loop -- looks again after a pause
    if (await fetch(url, { headers: { connection: 'close' } }).then(Boolean, () => false)) return
    if (performance.now() > until) throw new Error(`Nothing answers on port ${port}`)
    // oxlint-disable-next-line no-await-in-loop -- see above
    await sleep(PAUSE_MS)
  }
}

export const whichLive = (...pids: (number | null)[]): boolean[] =>
  pids.map((pid) => pid !== null && isAlive(pid))
