import {
  causeOf,
  flagsOf,
  gpuOf,
  hostOf,
  loadoutKey,
  loadoutName,
  loadoutOf,
  numberOf,
  passingDetailsOf,
  rowCount,
  rows,
  statusOf,
  type ResultDetail,
} from './data.ts'
import type { State } from './state.ts'

/** Characters of a result's texts that are searched. */
const MOST_SEARCHED = 4_000

const beginnings: string[] = []
const texts: string[] = []
let indexing: Promise<void> | null = null

/** The rows that the state lets through, in its order. */
export function filtered(state: State): number[] {
  const words = wordsOf(state.q)
  const found: number[] = []
  for (let row = 0; row < rowCount; row += 1) {
    if (passes(row, state) && words.every((word) => has(row, word))) found.push(row)
  }
  return state.sort === '' ? found : sorted(found, state)
}

/** How many rows there are of each status when everything else of the state holds. */
export function countsByStatus(state: State): Map<string, number> {
  const counts = new Map<string, number>()
  for (const row of filtered({ ...state, status: [], sort: '' })) {
    counts.set(statusOf(row), (counts.get(statusOf(row)) ?? 0) + 1)
  }
  return counts
}

/** Whether what was sent and came back is searched too; until then {@link indexTexts} is at work. */
export function textsIndexed(): boolean {
  return indexing !== null && texts.length > 0
}

/** Reads the texts of all results once, a block at a time so that the page stays quick. */
export function indexTexts(): Promise<void> {
  indexing ??= readTexts()
  return indexing
}

async function readTexts(): Promise<void> {
  const blocks = new Set(rows.block.filter((block) => block >= 0))
  const all: string[] = []
  for (const block of blocks) {
    // oxlint-disable-next-line no-await-in-loop -- one after another keeps memory and the page's pace
    for (const detail of await passingDetailsOf(block)) all[detail.row] = searched(detail)
  }
  texts.length = Math.max(1, rowCount)
  for (const [row, text] of all.entries()) texts[row] = text
}

function searched({ file, input, output, errors, logs }: ResultDetail): string {
  const parts = [
    file,
    input?.text,
    output?.text,
    ...errors.map(({ message }) => message.text),
    ...logs.flatMap(({ lines }) => lines),
  ]
  return parts.join('\n').slice(0, MOST_SEARCHED).toLowerCase()
}

function passes(row: number, state: State): boolean {
  const { status, domain, loadout, host, gpu, flag, cause } = state
  if (status.length > 0 && !status.includes(statusOf(row))) return false
  const its = loadoutOf(row)
  if (domain !== '' && its?.domain !== domain) return false
  if (loadout !== '' && (its === undefined || loadoutKey(its) !== loadout)) return false
  if (host !== '' && hostOf(row) !== host) return false
  if (gpu !== '' && gpuOf(row) !== gpu) return false
  if (cause !== '' && causeOf(row)?.id !== cause) return false
  return flag === '' || flagsOf(row).includes(flag)
}

function has(row: number, word: string): boolean {
  beginnings[row] ??= [
    rows.name[row],
    loadoutName(loadoutOf(row)),
    rows.preview[row],
    hostOf(row),
    flagsOf(row).join(' '),
  ]
    .join('\n')
    .toLowerCase()
  return beginnings[row].includes(word) || (texts[row]?.includes(word) ?? false)
}

export function wordsOf(q: string): string[] {
  return q.toLowerCase().split(/\s+/u).filter(Boolean)
}

/** What cannot be compared comes last, whichever way the order goes. */
function sorted(found: number[], { sort, down }: State): number[] {
  const keys = found.map((row) => ({ row, key: sortKey(row, sort) }))
  const sign = down ? -1 : 1
  keys.sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null)
    if (typeof a.key === 'string') return sign * a.key.localeCompare(String(b.key), 'en')
    return sign * (a.key - Number(b.key))
  })
  return keys.map(({ row }) => row)
}

function sortKey(row: number, sort: string): string | number | null {
  if (sort === 'name') return rows.name[row] ?? null
  if (sort === 'status') return rows.status[row] ?? null
  if (sort === 'loadout') return loadoutName(loadoutOf(row))
  if (sort === 'host') return hostOf(row)
  if (sort === 'gpu') return gpuOf(row)
  if (sort === 'start') return rows.start[row] ?? null
  if (sort === 'duration') return rows.duration[row] ?? null
  if (sort === 'vram_peak') return rows.vramPeak[row] ?? null
  return numberOf(sort, row)
}
