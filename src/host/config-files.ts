import { readdirSync } from 'node:fs'

const NAMES = ['vitest', 'vite'].flatMap((name) =>
  ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].map((ending) => `${name}.config.${ending}`),
)

/** The configurations of Vitest and Vite that lie in a folder, by name; Vitest takes the first. */
export function configFilesIn(folder: string): string[] {
  let present: Set<string>
  try {
    present = new Set(readdirSync(folder))
  } catch {
    return []
  }
  return NAMES.filter((name) => present.has(name))
}
