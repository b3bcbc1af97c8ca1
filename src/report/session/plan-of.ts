import { isObject } from './json-values.ts'
import { parsedYaml, type SystemReport } from './system-info.ts'
import type { SessionReport } from './types.ts'

/** The plan by what the run said of it and by `system_info.yaml`; null where neither knows. */
export async function planOf(
  stated: { name: string; file: string } | null,
  described: SystemReport['plan'],
): Promise<SessionReport['plan']> {
  const name = stated?.name || (await nameIn(described?.content ?? null))
  const file = stated?.file || described?.file
  if (name === null && !file) return null
  const { sha256 = null, content = null } = described ?? {}
  return { name: name ?? file ?? '', file: file ?? '', sha256, content }
}

async function nameIn(content: string | null): Promise<string | null> {
  if (content === null) return null
  try {
    const plan: unknown = await parsedYaml(content)
    return isObject(plan) && typeof plan['name'] === 'string' ? plan['name'] : null
  } catch {
    return null
  }
}
