import { relative } from 'node:path'
import type { LoadoutFiles } from './timings.ts'

/** A project of a plan, as far as a split needs it. */
interface Project {
  domain: string
  loadout: { name: string }
  /** Absolute. */
  files: readonly string[]
}

/** The path by which a split knows a file: from the project's root, with forward slashes. */
export function splitPath(root: string, file: string): string {
  return relative(root, file).replaceAll('\\', '/')
}

/** What there is to divide: each loadout with its files. */
export function filesOf(projects: readonly Project[], root: string): LoadoutFiles[] {
  return projects.map(({ domain, loadout, files }) => ({
    domain,
    loadout: loadout.name,
    files: files.map((file) => splitPath(root, file)),
  }))
}
