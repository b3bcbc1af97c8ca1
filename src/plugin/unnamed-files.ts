import { EventEmitter } from 'node:events'
import type { PoolWorker, TestModule, TestSpecification, Vitest, WorkerRequest } from 'vitest/node'

/** What a worker answers to each demand. */
const ANSWERS: Readonly<Record<string, string>> = {
  start: 'started',
  run: 'testfileFinished',
  collect: 'testfileFinished',
  stop: 'stopped',
}

/**
 * Files of which `-t` names no test. Which tests a file has is seen when it is loaded, and it has the same ones on each of
 * its loadouts: after the first there is nothing to load it for, and a process for each of a thousand takes minutes.
 */
export class UnnamedFiles {
  readonly #vitest: Vitest
  /** Paths, by project. */
  #files = new Map<string, string[]>()
  readonly #unnamed = new Set<string>()

  constructor(vitest: Vitest) {
    this.#vitest = vitest
  }

  /** A run of these files begins. */
  expect(specifications: readonly TestSpecification[]): void {
    const byProject = Map.groupBy(specifications, ({ project }) => project.name)
    this.#files = new Map(
      [...byProject].map(([name, own]) => [name, own.map(({ moduleId }) => moduleId)]),
    )
    this.#unnamed.clear()
  }

  /** Whether all files of a project were seen to have nothing that is to run. */
  hasAllOf(project: string): boolean {
    const { testNamePattern, watch } = this.#vitest.config
    // What an earlier run has seen says nothing of this one.
    if (testNamePattern === undefined || watch) return false
    const files = this.#files.get(project) ?? []
    if (files.some((file) => !this.#unnamed.has(file))) this.#look(testNamePattern)
    return files.length > 0 && files.every((file) => this.#unnamed.has(file))
  }

  #look(pattern: RegExp): void {
    for (const module of this.#vitest.state.getTestModules()) {
      if (this.#files.has(module.project.name) && isUnnamed(module, pattern)) {
        this.#unnamed.add(module.moduleId)
      }
    }
  }
}

/** A test that is named and that its author skips is a result, and so is whatever went wrong. */
function isUnnamed(module: TestModule, pattern: RegExp): boolean {
  if (module.state() !== 'skipped' || module.errors().length > 0) return false
  const names = [...module.children.allTests()].map(({ fullName }) => fullName)
  const isNamed = (name: string): boolean =>
    pattern.test(name) || pattern.test(name.replaceAll(' > ', ' '))
  return names.length > 0 && !names.some(isNamed)
}

/** Stands for the worker of a file that is not loaded: answers as one does that found nothing, and is no process. */
export class IdleWorker implements PoolWorker {
  readonly name: string
  readonly #listeners = new EventEmitter()

  constructor(name: string) {
    this.name = name
  }

  on(event: string, callback: (...values: unknown[]) => void): void {
    this.#listeners.on(event, callback)
  }

  off(event: string, callback: (...values: unknown[]) => void): void {
    this.#listeners.off(event, callback)
  }

  send({ type }: WorkerRequest): void {
    const answer = ANSWERS[type]
    if (answer === undefined) return
    const message = { __vitest_worker_response__: true, type: answer }
    setImmediate(() => this.#listeners.emit('message', message))
  }

  deserialize(data: unknown): unknown {
    return data
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}
}
