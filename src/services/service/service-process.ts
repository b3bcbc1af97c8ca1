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
import { fingerprintOf } from '../warm/fingerprint.ts'
import type { KeptProcess } from '../warm/holding.ts'
import { goneOf } from './gone.ts'
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
  readonly #started: Command
  /** Null until somebody wants it. */
  #fingerprint: string | null = null
  /** Directory of the session that it was started in. */
  readonly #session: string
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
      session = options.directory,
    }: { spawned: Spawned; id: string; port: number; command: Command; session?: string },
  ) {
    const { identity, log } = spawned
    this.#options = options
    this.#id = id
    this.#command = [command.file, ...command.args]
    this.#session = session
    this.#started = command
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
    const id = randomUUID()
    const command = options.command({ port, logDirectory: directory, id })
    try {
      const spawned = await spawn(command, { [SERVICE_TAG]: id }, options)
      guard.watch({ ...spawned.identity, grace: recipe.grace, tag: serviceTag(id) })
      return new ServiceProcess(options, { spawned, id, port, command })
    } catch (error) {
      returnPort(port)
      await recipe.afterStop?.()
      const sentence = `${model.text} cannot be started: ${messageOf(error)}`
      throw new JarvisError('SERVICE_FAILED', sentence, { cause: error })
    }
  }

  /**
   * One that an earlier run has started and left; null where this run would start another one. It is watched over from
   * now on.
   */
  static adopt(options: ProcessOptions, kept: KeptProcess): ServiceProcess | null {
    const { pid, start, id, port, session, log, url } = kept
    const identity = { pid, start }
    const command = options.command({ port, logDirectory: session, id })
    if (fingerprintIn(options, command, session) !== kept.fingerprint) return null
    const spawned = { identity, log, exited: goneOf(identity) }
    const adopted = new ServiceProcess(options, { spawned, id, port, command, session })
    adopted.#fingerprint = kept.fingerprint
    adopted.endpoint.url = url
    adopted.#strayed = [...kept.strayed]
    if (url !== null) adopted.#port = Number(new URL(url).port)
    const { grace } = options.recipe
    options.guard.watch({ ...identity, grace, tag: serviceTag(id) })
    for (const stray of kept.strayed) options.guard.watch({ ...stray, grace })
    return adopted
  }

  /** What a later run must know to take it over. */
  kept(): KeptProcess {
    // What it has started since it became ready may have left its tree.
    this.#descendants.survivors()
    this.#watchStrayed()
    const { port, url, log } = this.endpoint
    this.#fingerprint ??= fingerprintIn(this.#options, this.#started, this.#session)
    return {
      ...this.process.identity,
      grace: this.#options.recipe.grace,
      id: this.#id,
      session: this.#session,
      port,
      url,
      log,
      command: this.#command,
      fingerprint: this.#fingerprint,
      strayed: this.#strayed,
    }
  }

  /** It is somebody else's from now on, who sees to it. */
  release(): void {
    this.#descendants.close()
  }

  /** What was taken over is not wanted after all: who had it sees to it again. */
  abandon(): void {
    this.#descendants.close()
    for (const { pid } of [this.process.identity, ...this.#strayed]) this.#options.guard.forget(pid)
  }

  get gone(): AbortSignal {
    return this.#gone.signal
  }

  get isEnding(): boolean {
    return this.#ending !== null
  }

  async answering(address: Address): Promise<Answering> {
    const { recipe } = this.#options
    this.#port = address.port
    this.#program = programOf(this.process.identity, this.#command)
    const isPublished = await recipe.publishes?.(address.port)
    if (isPublished === true) return 'own'
    const answering = await whoAnswers(address, this.#descendants, isPublished === false)
    if (typeof answering === 'object') this.#strangers.add(answering.pid)
    this.#watchStrayed()
    return answering
  }

  /** It would outlive a run that is killed. */
  #watchStrayed(): void {
    const { recipe, guard } = this.#options
    const all = [...this.#strayed, ...this.#descendants.strayed()]
    this.#strayed = [...new Map(all.map((one) => [one.pid, one])).values()]
    for (const stray of this.#strayed) guard.watch({ ...stray, grace: recipe.grace })
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

function fingerprintIn({ recipe, env }: ProcessOptions, command: Command, session: string): string {
  return fingerprintOf(command, { files: recipe.files?.() ?? [], session, env })
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
