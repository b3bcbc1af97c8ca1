import type { Job } from './job.ts'
import type { Licence } from './stack.ts'

/** How one part of the stack gets onto this machine. */
export interface Recipe {
  name: string
  /** What it is, in a few words. */
  title: string
  /** What it takes, told before: on disk, and on two cores. */
  size: string
  time: string
  /** Shown before it is installed, and written beside it. */
  licences: Licence[]
  /** Packages, modules and files of this repository that it is made of: with other ones it is made anew. */
  revision: string[]
  /** Why it cannot be had here; null when it can. */
  lacks: () => string | null
  /** A program of this name on PATH is taken instead. */
  program?: string
  /** Carried out again after an interruption: what is there already is gone on with. */
  install: (job: Job) => Promise<Made>
}

/** What a recipe has made. */
export interface Made {
  version: string | null
  from: string[]
  paths: Record<string, string>
  /** Licences that came with it, by what they are of. */
  licenceFiles?: Record<string, string>
}
