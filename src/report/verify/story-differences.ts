import { join } from 'node:path'
import { readRegularFile } from '../../host/regular-file.ts'
import { PROGRESSION_FILE } from '../../session/projections/progression.ts'
import type { StoryDifferences } from '../../session/recovery/story.ts'
import type { Difference } from './types.ts'

/** A longer one is none of ours. */
const MOST_BYTES = 512 * 1024 * 1024

/** The text of `progression.log`; empty where there is none that can be read. */
export async function readStory(directory: string): Promise<string> {
  return readRegularFile(join(directory, PROGRESSION_FILE), MOST_BYTES).then(
    (bytes) => bytes.toString(),
    () => '',
  )
}

/** What a story tells otherwise than the journal, as differences. */
export function storyDifferences({ line, ...found }: StoryDifferences): Difference[] {
  const { missing, foreign, garbage } = found
  const from = line === null ? '' : `, from line ${line} on`
  const told: [number, string, string, boolean][] = [
    [missing, 'lacks', 'of what events.jsonl tells', true],
    [garbage, 'has', 'of no story', true],
    [foreign, 'has', 'of which events.jsonl knows nothing', false],
  ]
  return told.flatMap(([lines, verb, which, mendable]) => {
    if (lines === 0) return []
    const what = `${verb} ${lines === 1 ? '1 line' : `${lines} lines`} ${which}${from}`
    return [{ file: PROGRESSION_FILE, what, mendable }]
  })
}
