import { randomUUID } from 'node:crypto'
import { closeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { JarvisError, messageOf } from '../../errors.ts'
import { identify, type ProcessIdentity } from '../../host/process-identity.ts'
import { whileMoved } from '../../host/while-moved.ts'
import type { Command, Endpoint, ServiceRecipe } from '../engine.ts'
import { Descendants } from '../processes/descendants.ts'
import { endProcesses } from '../processes/end-processes.ts'
import { serviceEnvironment } from '../processes/environment.ts'
import { type OwnProgram, programOf } from '../processes/own-program.ts'
import { acceptingHost, choosePort, returnPort, takePort } from '../processes/ports.ts'
import type { ProcessGuard } from '../processes/process-guard.ts'
import { SERVICE_TAG, serviceTag, SESSION_TAG } from '../processes/process-tag.ts'
import { type Address, type Answering, whoAnswers } from './listener.ts'
import type { Exit } from './service-error.ts'
import { openServiceLog } from './service-log.ts'
import { type PlaceOptions, type ServicePlace, unloadModel } from './service-place.ts'
import { endSurvivors } from './survivors.ts'

export interface ProcessOptions extends PlaceOptions {
  command: NonNullable<ServiceRecipe['command']>
  env: NodeJS.ProcessEnv
  guard: ProcessGuard
}

/** A process that was just started. */
interface Spawned {
  identity: ProcessIdentity
  log: string
  /** Resolves when the process itself is gone; what it forked may live on. */
  exited: Promise<Exit>
}

/** How long after a process is gone its exit may take to be heard of. */
const EXIT_NEWS_MS = 500

/** One start of one service, from its port to the end of the last process that came of it. */
export class ServiceProcess implements ServicePlace {
  readonly endpoint: Endpoint
  readonly process: { identity: ProcessIdentity; command: string }
  readonly exited: Promise<Exit>
  /** Null while it runs. */
  exit: Exit | null = null
  readonly #id: string
  readonly #command: [string, ...string[]]
  readonly #options: ProcessOptions
  readonly #gone = new AbortController()
  readonly #descendants: Descendants
  /** What the process runs. It may become another program by `exec`. */
  #program: OwnProgram
  /** What of it the watchdog would not find by itself. */
  #strayed: ProcessIdentity[] = []
  /** Strangers that were told at its address. */
  readonly #strangers = new Set<number>()
  /** Where it was asked when it became ready. */
  #port: number
  #ending: Promise<ProcessIdentity[]> | null = null

  private constructor(
    options: ProcessOptions,
    {
      spawned,
      id,
      port,
      command,
    }: { spawned: Spawned; id: string; port: number; command: Command },
  ) {
    const { identity, log } = spawned
    this.#options = options
    this.#id = id
    this.#command = [command.file, ...command.args]
    this.process = { identity, command: this.#command.join(' ') }
    this.#descendants = new Descendants({ root: identity, tag: serviceTag(id), log })
    this.#program = programOf(identity, this.#command)
    this.#port = port
    const url = options.recipe.port === null ? null : `http://127.0.0.1:${port}`
    this.endpoint = { port, url, log: spawned.log }
    this.exited = spawned.exited.then(async (exit) => {
      this.exit = (await this.#goesOn(exit)) ? { ...exit, inBackground: true } : exit
      this.#gone.abort()
      return this.exit
    })
  }

  /** @throws JarvisError PORT_IN_USE, SERVICE_FAILED when the program cannot be started at all */
  static async spawn(options: ProcessOptions): Promise<ServiceProcess> {
    const { recipe, model, directory, guard } = options
    const port = recipe.port === 'free' ? await choosePort() : (recipe.port ?? 0)
    if (typeof recipe.port === 'number') await takePort(port, model.text)
    const command = options.command({ port, logDirectory: directory })
    const id = randomUUID()
    try {
      const spawned = await spawn(command, { [SERVICE_TAG]: id }, options)
      guard.watch({ ...spawned.identity, grace: recipe.grace })
      return new ServiceProcess(options, { spawned, id, port, command })
    } catch (error) {
      returnPort(port)
      await recipe.afterStop?.()
      const sentence = `${model.text} cannot be started: ${messageOf(error)}`
      throw new JarvisError('SERVICE_FAILED', sentence, { cause: error })
    }
  }

  get gone(): AbortSignal {
    return this.#gone.signal
  }

  get isEnding(): boolean {
    return this.#ending !== null
  }

  async answering(address: Address): Promise<Answering> {
    const { recipe, guard } = this.#options
    this.#port = address.port
    this.#program = programOf(this.process.identity, this.#command)
    const isPublished = await recipe.publishes?.(address.port)
    if (isPublished === true) return 'own'
    const answering = await whoAnswers(address, this.#descendants, isPublished === false)
    if (typeof answering === 'object') this.#strangers.add(answering.pid)
    // It would outlive a run that is killed.
    this.#strayed = this.#descendants.strayed()
    for (const stray of this.#strayed) guard.watch({ ...stray, grace: recipe.grace })
    return answering
  }

  owns(pid: number): boolean {
    return this.#descendants.has(pid)
  }

  end({ unload }: { unload: boolean }): Promise<ProcessIdentity[]> {
    this.#ending ??= this.#end(unload && this.exit === null)
    return this.#ending
  }

  async #end(unload: boolean): Promise<ProcessIdentity[]> {
    const { recipe, guard } = this.#options
    const { identity } = this.process
    if (unload) await unloadModel(recipe, this)
    this.#descendants.follow()
    const left = await endProcesses({
      leaders: [{ ...identity, grace: recipe.grace }],
      tags: [serviceTag(this.#id)],
      grace: recipe.grace,
      orphanedGroups: true,
    })
    await recipe.afterStop?.()
    left.push(...(await this.#endSurvivors()))
    this.#descendants.close()
    returnPort(this.endpoint.port)
    if (left.length === 0) {
      await this.#exitNews()
      for (const { pid } of [identity, ...this.#strayed]) guard.forget(pid)
    }
    return left
  }

  /** Whether a process that ended well has left something behind that does its work. */
  async #goesOn({ code }: Exit): Promise<boolean> {
    if (code !== 0 || this.isEnding) return false
    this.#descendants.look()
    if (this.#descendants.survivors().length > 0) return true
    return this.#port !== 0 && (await acceptingHost(this.#port)) !== null
  }

  #endSurvivors(): Promise<ProcessIdentity[]> {
    const { recipe, model, note } = this.#options
    return endSurvivors({
      name: model.text,
      // A container's port is its engine's.
      port: recipe.publishes === undefined ? this.#port : 0,
      grace: recipe.grace,
      descendants: this.#descendants,
      program: this.#program,
      told: this.#strangers,
      note,
    })
  }

  /** Waits for the exit to be heard of. A timer that is left would hold up the end of the whole run. */
  async #exitNews(): Promise<void> {
    const heard = new AbortController()
    const late = sleep(EXIT_NEWS_MS, undefined, { signal: heard.signal }).catch(() => {})
    await Promise.race([this.exited, late])
    heard.abort()
  }
}

/**
 * Starts a process in a group of its own, without stdin, stdout and stderr on one descriptor of its log file, so that
 * nothing is lost and nothing blocks when this process dies.
 *
 * @throws Error when the program cannot be started
 */
async function spawn(
  command: Command,
  tag: Record<string, string>,
  { env, directory, domain, model }: ProcessOptions,
): Promise<Spawned> {
  const { execa } = await import('execa')
  const { path: log, fd } = await whileMoved(() => openServiceLog(directory, domain, model.name))
  // The types of execa know descriptors up to 9 only.
  const descriptor = fd as 3
  try {
    const subprocess = execa(command.file, command.args, {
      cwd: command.cwd,
      env: serviceEnvironment(env, { ...command.env, [SESSION_TAG]: directory, ...tag }),
      extendEnv: false,
      stdio: ['ignore', descriptor, descriptor],
      detached: true,
      cleanup: false,
      buffer: false,
      reject: false,
    })
    const { pid, nodeChildProcess } = subprocess
    if (pid === undefined) throw new Error((await subprocess).message)
    // A run that ends in disorder must not wait for its services: the watchdog ends them.
    nodeChildProcess.unref()
    const exited = new Promise<Exit>((resolve) => {
      nodeChildProcess.once('exit', (code, signal) => resolve({ code, signal }))
    })
    return { identity: identify(pid), log, exited }
  } finally {
    closeSync(fd)
  }
}
