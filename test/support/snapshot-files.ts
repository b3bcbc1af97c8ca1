import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Project } from './project.ts'

const FOLDER = 'scenarios/llm/__snapshots__'

/** What each snapshot file of a folder holds. */
export function kept({ root }: Project, folder = FOLDER): Record<string, string> {
  const path = join(root, folder)
  if (!existsSync(path)) return {}
  const names = readdirSync(path).toSorted()
  return Object.fromEntries(
    names.map((name) => {
      const text = readFileSync(join(path, name), 'utf8')
      return [name, /`"(.*)"`/.exec(text)?.[1] ?? text]
    }),
  )
}
