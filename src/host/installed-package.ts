import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** What a project has under the name `jarvis`. In npm's registry that is somebody else's package. */
export type InstalledPackage =
  | { kind: 'absent' }
  | { kind: 'own'; folder: string }
  | { kind: 'stranger'; folder: string; version: string }

interface Manifest {
  version?: unknown
  exports?: Record<string, unknown>
  peerDependencies?: Record<string, unknown>
}

/** What `--config jarvis` and `jarvis/scenario` lead to from a folder, found as Node finds it. */
export function installedPackage(from: string): InstalledPackage {
  const require = createRequire(join(from, 'package.json'))
  for (const modules of require.resolve.paths('jarvis') ?? []) {
    const folder = join(modules, 'jarvis')
    const manifest = manifestIn(folder)
    if (manifest === null) continue
    // Under an alias (`jarvis@npm:its-name`) its own name is another one.
    if (isOwn(manifest)) return { kind: 'own', folder }
    const { version } = manifest
    const told = typeof version === 'string' ? version : 'without a version'
    return { kind: 'stranger', folder, version: told }
  }
  const self = selfOf(require)
  return self === null ? { kind: 'absent' } : { kind: 'own', folder: self }
}

/** What is wrong where the name leads to somebody else's package. */
export function strangerSentence({ folder, version }: { folder: string; version: string }): string {
  return `${folder} is somebody else's package of that name (${version}), as npm's registry has it, and not this one.`
}

/** A clone of the repository is its own package. */
function selfOf(require: NodeJS.Require): string | null {
  try {
    const path = require.resolve('jarvis/package.json')
    return isOwn(JSON.parse(readFileSync(path, 'utf8')) as Manifest) ? dirname(path) : null
  } catch {
    return null
  }
}

function isOwn({ exports, peerDependencies }: Manifest): boolean {
  return exports?.['./scenario'] !== undefined && peerDependencies?.['vitest'] !== undefined
}

function manifestIn(folder: string): Manifest | null {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest | null
  } catch {
    return null
  }
}
