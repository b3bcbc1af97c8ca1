import { readStartSync } from '../../host/regular-file.ts'
import { AgainRows } from '../../events/index.ts'
import { journalFiles } from './journal-files.ts'
import { readLines } from './journal-reader.ts'

/** The first event of a part is told by what stands before its members. */
const HEAD_BYTES = 256
const RESUMED = /^\{"seq":\d+,"time":"[^"]*",(?:"elapsed":[\d.e+-]+,)?"type":"run_resumed",/

const NONE: ReadonlySet<number> = new Set()

/**
 * The numbers of the results that do not stand, as a later part of the run has given another one in their place. Only the
 * files of a run that was resumed are read for that.
 */
export async function supersededRows(directory: string): Promise<ReadonlySet<number>> {
  const [, ...later] = await journalFiles(directory)
  const index = later.findIndex((path) => beginsPart(path))
  if (index === -1) return NONE
  const superseded = new Set<number>()
  let again: AgainRows | null = null
  const lines = readLines(directory, undefined, undefined, { firstFile: index + 2 })
  for await (const group of lines) {
    for (const { entry } of group) {
      if (entry.type === 'run_resumed') again = new AgainRows(entry.again)
      else if (entry.type === 'file_ended') {
        for (const { seq } of again?.fileEnded(entry) ?? []) superseded.add(seq)
      } else if (entry.type === 'scenario_ended') {
        const { old, stands } = again?.replace(entry.result) ?? { old: null, stands: true }
        if (old !== null) superseded.add(old.seq)
        if (!stands) superseded.add(entry.seq)
      }
    }
  }
  return superseded
}

/** Each part of a run has files of the journal of its own. */
function beginsPart(path: string): boolean {
  try {
    return RESUMED.test(readStartSync(path, HEAD_BYTES).toString('latin1'))
  } catch {
    return false
  }
}
