import { isStoryShort } from '../../session/recovery/short-story.ts'
import type { JournalScan } from '../../session/projections/journal-scan.ts'
import { readState } from '../../session/projections/state-file.ts'
import { stateOf } from '../../session/projections/state.ts'
import type { Difference } from './types.ts'

const FILE = 'state.json'
/** A session may be renamed, and the rest changes with what is said while a run ends. */
const UNCOMPARED = new Set(['session', 'updated_at', 'action', 'progression', 'telemetry'])

/** What `state.json` of a run that has ended says otherwise than the journal. */
export async function stateDifferences(
  directory: string,
  { run, tail }: JournalScan,
): Promise<Difference[]> {
  const stated = await readState(directory)
  if (stated === null)
    return [{ file: FILE, what: 'is not there, or holds no state', mendable: true }]
  const { progression, telemetry } = stated
  const journal = { seq: tail?.seq ?? 0, bytes: tail?.bytes ?? 0 }
  const expected = stateOf(run, { journal, progression, telemetry })
  const member = Object.keys(expected).find((name) => {
    const [one, other] = [Reflect.get(stated, name), Reflect.get(expected, name)] as unknown[]
    return !UNCOMPARED.has(name) && one !== undefined && !agrees(one, other)
  })
  const found: Difference[] = []
  if (member !== undefined) {
    found.push({ file: FILE, what: `says otherwise than events.jsonl: ${member}`, mendable: true })
  }
  if (await isStoryShort(directory, stated)) {
    const what = 'says that more of progression.log or telemetry.csv was written than is there'
    found.push({ file: FILE, what, mendable: true })
  }
  return found
}

/** Whether all that is stated is what is expected; older sessions state less. */
function agrees(stated: unknown, expected: unknown): boolean {
  if (Object.is(stated, expected)) return true
  if (typeof stated !== 'object' || typeof expected !== 'object') return false
  if (stated === null || expected === null) return false
  if (Array.isArray(stated) && Array.isArray(expected) && stated.length !== expected.length) {
    return false
  }
  return Object.entries(stated).every(([name, value]) => {
    const other: unknown = Reflect.get(expected, name)
    return other === undefined || agrees(value, other)
  })
}
