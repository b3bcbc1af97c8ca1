import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { SCENARIO_ENDING } from '../../events/stem.ts'

/** So many files of scenarios, and so long ones, are told apart by their text. */
const MOST_FILES = 2_000
const LONGEST_FILE = 1024 * 1024
/** Enough of a digest to tell texts of one file apart. */
const DIGEST_LENGTH = 16

/** Digests of the files of scenarios of a project, by their paths from its root with forward slashes. */
export async function scenarioDigests(root: string): Promise<Record<string, string>> {
  const folder = join(root, 'scenarios')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile() && SCENARIO_ENDING.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .slice(0, MOST_FILES)
  const found: Record<string, string> = {}
  for (const file of files) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other: nothing waits for them
    const content = await readFile(file)
    if (content.length > LONGEST_FILE) continue
    const name = relative(root, file).replaceAll('\\', '/')
    found[name] = createHash('sha256').update(content).digest('hex').slice(0, DIGEST_LENGTH)
  }
  return found
}
