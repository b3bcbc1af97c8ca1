import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { log } from './log.ts'

/** What a runner has to be started anew for. */
export interface RunnerOptions {
  num_ctx: number
  num_gpu: number
}

interface Runner {
  child: ChildProcess
  options: RunnerOptions
  expires: number
}

const SIZE = 1_073_741_824
const LOAD_MS = Number(process.env['OLLAMA_STAND_IN_LOAD_MS'] ?? 50)
const CPU_SHARE = Number(process.env['OLLAMA_STAND_IN_CPU_SHARE'] ?? 0)
const runners = new Map<string, Runner>()

/** Options of a request, with the server's defaults where it says nothing. */
export function runnerOptions(options: Partial<RunnerOptions> = {}): RunnerOptions {
  const context = Number(process.env['OLLAMA_CONTEXT_LENGTH'] || 4_096)
  return { num_ctx: options.num_ctx ?? context, num_gpu: options.num_gpu ?? -1 }
}

/** Has the model in memory as these options say; gives how long that took, in nanoseconds. */
export async function use(
  model: string,
  options: RunnerOptions,
  keepAlive: unknown,
): Promise<number> {
  const begun = performance.now()
  const present = runners.get(model)
  if (present && !fits(present.options, options)) {
    log('DEBUG', 'sched.go:257', 'reloading')
    await unload(model)
  }
  if (!runners.has(model)) runners.set(model, await start(model, options))
  const lasting = keepAlive ?? process.env['OLLAMA_KEEP_ALIVE'] ?? 300
  runners.get(model)!.expires = Number(lasting) < 0 ? 2 ** 52 : Date.now() + 300_000
  return Math.max(1, Math.round((performance.now() - begun) * 1e6))
}

/** Layers that are chosen by the server fit any that are. */
function fits(present: RunnerOptions, wanted: RunnerOptions): boolean {
  const layers = wanted.num_gpu < 0 || wanted.num_gpu === present.num_gpu
  return layers && wanted.num_ctx === present.num_ctx
}

async function start(model: string, options: RunnerOptions): Promise<Runner> {
  const program = join(import.meta.dirname, 'lib', 'ollama', 'llama-server')
  const args = [
    '--model',
    `/blobs/sha256-${model}`,
    '--host',
    '127.0.0.1',
    '--no-webui',
    '--offline',
  ]
  log('INFO', 'llama_server.go:402', `starting llama-server ${args.join(' ')}`)
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout!, 'data')
  log('INFO', 'server.go:1310', 'waiting for llama runner to start responding')
  await sleep(LOAD_MS)
  log('INFO', 'server.go:1344', `llama runner started in ${(LOAD_MS / 1_000).toFixed(2)} seconds`)
  return { child, options, expires: 0 }
}

/** Takes a model out of memory. */
export async function unload(model: string): Promise<void> {
  const runner = runners.get(model)
  if (!runner) return
  runner.child.kill('SIGTERM')
  await once(runner.child, 'exit')
  runners.delete(model)
}

export async function unloadAll(): Promise<void> {
  await Promise.all([...runners.keys()].map(unload))
}

/** The rows of `/api/ps`; a zero is left out by none of them. */
export function loaded(): object[] {
  return [...runners].map(([name, { options, expires }]) => ({
    name,
    model: name,
    size: SIZE,
    digest: 'stand-in',
    details: { format: 'gguf' },
    expires_at: new Date(Math.min(expires, 8.64e15)).toISOString(),
    size_vram: Math.round(SIZE * (options.num_gpu === 0 ? 0 : 1 - CPU_SHARE)),
    context_length: options.num_ctx,
  }))
}
