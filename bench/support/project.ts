import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** A project of a user's in a temporary folder, with the built jarvis and Vitest in its node_modules. */
export interface BenchProject {
  root: string
  remove(): void
}

/** Makes one; `files` are contents by path. */
export function benchProject(files: Record<string, string>): BenchProject {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'jarvis-bench-')))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  // Installed, not linked: Vitest treats what lies outside of node_modules as the user's own code.
  const installed = join(root, 'node_modules', 'jarvis')
  mkdirSync(installed, { recursive: true })
  for (const name of ['package.json', 'dist']) {
    cpSync(join(repository, name), join(installed, name), { recursive: true })
  }
  link('node_modules', join(installed, 'node_modules'))
  link('node_modules/vitest', join(root, 'node_modules', 'vitest'))
  return { root, remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 20 }) }
}

function link(from: string, to: string): void {
  // A junction needs no rights on Windows, and is a plain link elsewhere.
  symlinkSync(join(repository, from), to, 'junction')
}

/** The same pool, order and isolation as jarvis gives its projects, without jarvis. */
export const PLAIN_CONFIG = `import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['scenarios/**/*.scenario.ts'], pool: 'forks', fileParallelism: false },
})
`
