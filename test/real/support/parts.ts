import { test } from 'vitest'
import { recipes } from '../../../scripts/real/parts/index.ts'
import { readStack, stackEnvironment } from '../../../scripts/real/stack.ts'

/** What is installed of the real stack. */
export const stack = readStack()

/** The environment of a run on it, over that of a user. */
export function stackVariables(): Record<string, string> {
  const { JARVIS_REAL = '', PATH = '', OLLAMA_MODELS = '' } = stackEnvironment(stack)
  return { JARVIS_REAL, PATH, ...(OLLAMA_MODELS !== '' && { OLLAMA_MODELS }) }
}

/** Where a part of the stack has what it is found by. */
export function pathOf(part: string, name: string): string {
  const path = stack.parts[part]?.paths[name]
  if (path === undefined) throw new Error(`The part ${part} of the real stack has no ${name}`)
  return path
}

/**
 * A test on parts of the real stack. Where one is not installed it is skipped, and its title says why; with
 * `JARVIS_REAL_REQUIRED=1` that is a failure.
 */
export function testOn(parts: readonly string[], title: string, body: () => Promise<void>): void {
  const why = lackOf(parts)
  const versions = parts.map((part) => `${part} ${stack.parts[part]?.version ?? ''}`.trim())
  const isSkipped = why !== null && process.env['JARVIS_REAL_REQUIRED'] !== '1'
  const on = isSkipped ? `(skipped: ${why})` : `[${versions.join(', ')}]`
  // oxlint-disable-next-line vitest/valid-title, vitest/expect-expect -- each test of `test/real` is made here
  test.skipIf(isSkipped)(`${title} ${on}`, async () => {
    if (why !== null) throw new Error(why)
    await body()
  })
}

/** Why these parts are not all there; null where they are. */
function lackOf(parts: readonly string[]): string | null {
  const lacking = parts.flatMap((name) => {
    const part = stack.parts[name]
    if (part?.status === 'installed') return []
    const how = `npm run real:install -- --only ${name}`
    return [part === undefined ? `${name} is not installed: ${how}` : `${name}: ${part.reason}`]
  })
  return lacking.length === 0 ? null : lacking.join('; ')
}

/** Names of all parts that there are. */
export const partNames: readonly string[] = recipes.map(({ name }) => name)
