import { readFileSync } from 'node:fs'
import { type ContainerEngine, idOfContainer } from './containers.ts'

/** The id of a container in the group of a process: `/system.slice/docker-3f0c….scope`, `/docker/3f0c…`, `libpod-3f0c…`. */
const IN_GROUP = /(?:docker|libpod|cri-containerd)[-/]([0-9a-f]{64})/
/** Milliseconds between two questions for the id of a container that does not run yet. */
const ASK_AGAIN_MS = 1_000

/**
 * Which processes run in a container of ours. They descend from its engine, not from the command that started it, and
 * belong to another user.
 */
export class ContainerProcesses {
  readonly #engine: ContainerEngine
  readonly #env: NodeJS.ProcessEnv
  readonly #ids = new Map<string, string>()
  #names: readonly string[] = []
  #isAsking = false
  #nextAt = 0

  constructor(engine: ContainerEngine, env: NodeJS.ProcessEnv) {
    this.#engine = engine
    this.#env = env
  }

  /** The containers that run. */
  set names(names: Iterable<string>) {
    this.#names = [...names]
    this.#nextAt = 0
  }

  /** Null while the id of its container is not known. */
  owns(pid: number): boolean | null {
    const id = containerIn(groupsOf(pid))
    if (id === null || this.#names.length === 0) return false
    if (this.#names.some((name) => this.#ids.get(name) === id)) return true
    const unknown = this.#names.filter((name) => !this.#ids.has(name))
    if (unknown.length === 0) return false
    void this.#ask(unknown)
    return null
  }

  async #ask(names: readonly string[]): Promise<void> {
    if (this.#isAsking || performance.now() < this.#nextAt) return
    this.#isAsking = true
    for (const name of names) {
      // oxlint-disable-next-line no-await-in-loop -- as a rule there is one
      const id = await idOfContainer(this.#engine, name, { env: this.#env })
      if (id !== null) this.#ids.set(name, id)
    }
    this.#isAsking = false
    this.#nextAt = performance.now() + ASK_AGAIN_MS
  }
}

/** The id of the container that these control groups are of; null for none. */
export function containerIn(groups: string): string | null {
  return IN_GROUP.exec(groups)?.[1] ?? null
}

function groupsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'latin1')
  } catch {
    return ''
  }
}
