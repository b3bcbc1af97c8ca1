import { closeSync } from 'node:fs'
import type { Domain } from '../../events/index.ts'
import type { ProcessIdentity } from '../../host/process-identity.ts'
import type { ModelUri } from '../../plan/types.ts'
import type { Endpoint, ServiceRecipe } from '../engine.ts'
import { within } from '../readiness/readiness.ts'
import type { Address, Answering } from './listener.ts'
import type { Exit } from './service-error.ts'
import { openServiceLog } from './service-log.ts'

/** What a service is started with. */
export interface PlaceOptions {
  recipe: ServiceRecipe
  model: ModelUri
  domain: Domain
  /** The session's directory. */
  directory: string
  note: (level: 'INFO' | 'WARN', message: string) => void
}

/** Where the work of a service is done, from its start to its end: by a process of ours, or elsewhere. */
export interface ServicePlace {
  readonly endpoint: Endpoint
  /** Null where nothing of ours runs between requests. */
  readonly process: { identity: ProcessIdentity; command: string } | null
  /** Null while it runs. */
  readonly exit: Exit | null
  readonly exited: Promise<Exit>
  /** Aborted when it is gone. */
  readonly gone: AbortSignal
  readonly isEnding: boolean
  /** Who answers where it became ready. */
  answering(address: Address): Promise<Answering>
  /** Whether a process was seen to come of it. */
  owns(pid: number): boolean
  /** Ends it and all that came of it; gives what could not be ended. Never rejects. */
  end(options: { unload: boolean }): Promise<ProcessIdentity[]>
}

/** Of a place without a process of its own. */
const ELSEWHERE: Pick<ServicePlace, 'answering' | 'owns'> = {
  answering: async () => 'own',
  owns: () => false,
}

/**
 * The place of a service that is no process of ours: a server elsewhere, or a program that runs for each
 * request, which has a log for what its runs say.
 */
export function placeElsewhere({ recipe, model, domain, directory }: PlaceOptions): ServicePlace {
  const log = recipe.invocation === undefined ? '' : emptyLog(directory, domain, model.name)
  let ending: Promise<ProcessIdentity[]> | null = null
  return {
    endpoint: { port: 0, url: recipe.url ?? null, log },
    process: null,
    exit: null,
    exited: new Promise(() => {}),
    gone: new AbortController().signal,
    get isEnding() {
      return ending !== null
    },
    ...ELSEWHERE,
    end() {
      ending ??= (recipe.afterStop?.() ?? Promise.resolve()).then(() => [])
      return ending
    },
  }
}

/** The place of a service that another one's process serves as well: its end takes along its model alone. */
export function placeBeside(host: ServicePlace, recipe: ServiceRecipe): ServicePlace {
  let ending: Promise<ProcessIdentity[]> | null = null
  return {
    endpoint: host.endpoint,
    process: null,
    get exit() {
      return host.exit
    },
    exited: host.exited,
    gone: host.gone,
    get isEnding() {
      return ending !== null || host.isEnding
    },
    ...ELSEWHERE,
    end(options) {
      ending ??= (options.unload ? unloadModel(recipe, host) : Promise.resolve()).then(() => [])
      return ending
    },
  }
}

/** How long the unloading of a model may hold up the stop. */
const UNLOAD_TIMEOUT_MS = 2_000

/** Takes a model out of memory, unless its process goes first. Never rejects. */
export async function unloadModel(
  recipe: ServiceRecipe,
  { endpoint, gone }: Pick<ServicePlace, 'endpoint' | 'gone'>,
): Promise<void> {
  const limit = AbortSignal.any([AbortSignal.timeout(UNLOAD_TIMEOUT_MS), gone])
  await within(limit, () => recipe.unload?.(endpoint, limit)).catch(() => {})
}

function emptyLog(directory: string, domain: Domain, model: string): string {
  const { path, fd } = openServiceLog(directory, domain, model)
  closeSync(fd)
  return path
}
