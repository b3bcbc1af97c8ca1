import { spawn } from 'node:child_process'
import { findProgram } from '../host/programs.ts'
import { identify } from '../host/process-identity.ts'
import { signal } from './looping-tool.ts'
import type { SamplerGuard } from './types.ts'

interface SingleLookOptions {
  file: string
  env: NodeJS.ProcessEnv
  guard: SamplerGuard | undefined
  /** Milliseconds that one may take. */
  patienceMs: number
}

/** More than this is no look at some devices. */
const MOST_CHARACTERS = 128 * 1024

/**
 * A program that is asked once what another process of it tells again and again, for what cannot wait until it does. One
 * at a time; where one fails or takes too long nobody asks it again.
 */
export class SingleLook {
  readonly #options: SingleLookOptions
  #isUseless = false
  #isBusy = false
  #end: () => void = () => {}

  constructor(options: SingleLookOptions) {
    this.#options = options
  }

  /** What it prints; null where it says nothing in time, or is asked already. */
  async look(args: readonly string[]): Promise<string[] | null> {
    if (this.#isUseless || this.#isBusy) return null
    this.#isBusy = true
    const text = await this.#run(args)
    this.#isBusy = false
    if (text === null) this.#isUseless = true
    return text?.split('\n').filter((line) => line.trim() !== '') ?? null
  }

  stop(): void {
    this.#isUseless = true
    this.#end()
  }

  #run(args: readonly string[]): Promise<string | null> {
    const { file, env, guard, patienceMs } = this.#options
    if (findProgram(file, { cwd: process.cwd(), env }) === null) return Promise.resolve(null)
    // A session of its own: a Ctrl+C in the terminal is not meant for it.
    const child = spawn(file, args, {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
      windowsHide: true,
    })
    const { promise, resolve } = Promise.withResolvers<string | null>()
    const { pid, stdout } = child
    const end = (): void => {
      signal(child, 'SIGKILL')
      stdout.destroy()
      resolve(null)
    }
    const timer = setTimeout(end, patienceMs).unref()
    this.#end = end
    let text = ''
    stdout.setEncoding('utf8')
    stdout.on('data', (more: string) => {
      text += more
      if (text.length > MOST_CHARACTERS) end()
    })
    stdout.on('error', () => {})
    child.on('error', () => resolve(null))
    child.once('close', (code) => resolve(code === 0 ? text : null))
    if (pid !== undefined) {
      guard?.watch({ ...identify(pid), grace: 0 })
      child.once('exit', () => guard?.forget(pid))
      child.unref()
      ;(stdout as unknown as { unref(): void }).unref()
    }
    return promise.finally(() => {
      clearTimeout(timer)
      this.#end = () => {}
    })
  }
}
