/** A GPU as `system_info.yaml` lists it. */
export interface GpuFacts {
  index: number
  model: string
  vram_total_gb: number | null
  driver: string | null
  uuid?: string | null
  /** False: the run does not use it. */
  used?: boolean
}

/** A host of a merged session, and which parts of the plan it ran. */
export interface HostOfParts {
  name: string
  os: string | null
  cpu: string | null
  cpu_count: number | null
  total_ram_gb: number | null
  /** Names of those that the parts had. */
  gpus: string[] | null
  driver: string | null
  parts: number[]
}

/** What is found out about the machine. What is not known (yet) is null. */
export interface SystemFacts {
  os: string | null
  cpu: string | null
  /** Logical processors. */
  cpu_count: number | null
  total_ram_gb: number | null
  /** Null: not known; empty: there is none. */
  gpus: GpuFacts[] | null
  disk_free_gb: number | null
  /** Seconds that the clock is ahead of that of the file system of the sessions; absent where nobody looked. */
  clock_ahead?: number | null
  commit: string | null
  branch: string | null
  dirty: boolean | null
  vitest: string | null
  jarvis: string | null
  /** Digests of the files of scenarios, by their path from the root; absent where nobody looked. */
  scenarios?: Record<string, string> | null
  /** Of a merged session: all of its hosts. */
  hosts?: HostOfParts[]
}

/** What the collecting process is asked, as one JSON object on its standard input. */
export interface SystemQuestion {
  root: string
  logs: string
}

/** Facts before anything is known. */
export const UNKNOWN_FACTS: SystemFacts = {
  os: null,
  cpu: null,
  cpu_count: null,
  total_ram_gb: null,
  gpus: null,
  disk_free_gb: null,
  commit: null,
  branch: null,
  dirty: null,
  vitest: null,
  jarvis: null,
}
