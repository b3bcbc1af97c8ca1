import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const index = fileURLToPath(new URL('../dist/index.js', import.meta.url))
/** Vite takes a thousand times as much memory for it, at every start of a run. */
const MOST_BYTES = 6_000

test('what Vite bundles of `--config jarvis` at every start is small', () => {
  const files = [...withImports(index)]
  const sizes = files.map((path) => [path, readFileSync(path).length] as const)
  const sum = sizes.reduce((all, [, size]) => all + size, 0)
  expect(sum, JSON.stringify(sizes)).toBeLessThan(MOST_BYTES)
  // Else the measuring is at fault.
  expect(sum).toBeGreaterThan(500)
})

/** A built file and all that it imports by a relative path. */
function withImports(path: string, found = new Set<string>()): Set<string> {
  if (found.has(path)) return found
  found.add(path)
  const imports = readFileSync(path, 'utf8').matchAll(
    /^(?:import|export)[^'"]*["'](\.[^"']+)["']/gm,
  )
  for (const [, from] of imports) withImports(join(dirname(path), from!), found)
  return found
}
