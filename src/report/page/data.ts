import { own } from '../../host/own.ts'
import type {
  PageData,
  PageFile,
  PageLoadout,
  PageMetric,
  PageRows,
  PageSpeed,
  ResultDetail,
} from '../html/types.ts'
import type { ScenarioStatus } from '../../events/index.ts'
import { STATUSES } from '../html/types.ts'

export type { PageLoadout, PageMetric, PageSpeed, ResultDetail, ScenarioStatus }
export { STATUSES }

/** The run. */
export const run = json<PageData>('page-data')
/** Its results, in columns. */
export const rows = json<PageRows>('page-rows')
/** How many results the page has. */
export const rowCount = rows.id.length

const indexes = new Map(rows.id.map((id, row) => [id, row]))
const blocks = new Map<number, Promise<ResultDetail[]>>()

/** The row of a result by its identity. */
export function rowOf(id: string): number | undefined {
  return indexes.get(id)
}

export function statusOf(row: number): ScenarioStatus {
  return STATUSES[rows.status[row] ?? 0] ?? 'FAILED'
}

export function loadoutOf(row: number): PageLoadout | undefined {
  return run.loadouts[rows.loadout[row] ?? -1]
}

/** A loadout as people name it: its models. */
export function loadoutName(loadout: PageLoadout | undefined): string {
  if (loadout === undefined) return '?'
  return loadout.models.length > 0 ? loadout.models.join(' + ') : loadout.loadout
}

/** A loadout as the fragment names it. */
export function loadoutKey(loadout: PageLoadout): string {
  return `${loadout.domain}/${loadout.loadout}`
}

/** The host that ran a result; empty where there is but one. */
export function hostOf(row: number): string {
  return rows.hostNames?.[rows.host?.[row] ?? -1] ?? ''
}

/** The GPUs of the part that ran a result. */
export function gpuOf(row: number): string {
  return rows.gpuNames?.[rows.gpu?.[row] ?? -1] ?? ''
}

export function flagsOf(row: number): string[] {
  return (rows.flags[row] ?? []).map((flag) => rows.flagNames[flag] ?? '')
}

/** Why a number of a result is not to be relied on, a sentence for each flag; null where nothing speaks against it. */
export function doubtOf(key: string, row: number): string | null {
  const flags = flagsOf(row).filter((flag) => own(run.doubtful, flag)?.includes(key))
  return flags.length === 0 ? null : flags.map((flag) => own(run.flags, flag) ?? flag).join(' ')
}

/** What kept a result from passing. */
export function causeOf(row: number): (typeof run.causes)[number] | undefined {
  return run.causes[rows.cause[row] ?? -1]
}

/** What a metric is; one that nobody described is named by its key. */
export function metricOf(key: string): PageMetric {
  const known = own(run.metrics, key)
  return known ?? { title: key, unit: '', better: null, definition: '', source: null }
}

export const numberOf = (key: string, row: number): number | null =>
  own(rows.metrics, key)?.[row] ?? null

/** The details of a result; null where they were left out. */
export async function detailOf(row: number): Promise<ResultDetail | null> {
  const block = rows.block[row] ?? -1
  if (block < 0) return null
  const details = await detailsOf(block)
  return details.find((detail) => detail.row === row) ?? null
}

/** All details of a block; blocks that were opened are kept. */
export function detailsOf(block: number): Promise<ResultDetail[]> {
  let details = blocks.get(block)
  if (details === undefined) {
    details = unpack(`details-${block}`)
    blocks.set(block, details)
  }
  return details
}

/** The same without keeping them: for reading all of them in turn. */
export function passingDetailsOf(block: number): Promise<ResultDetail[]> {
  return blocks.get(block) ?? unpack(`details-${block}`)
}

/** Where a browser finds a file: in the page, or beside it; null where it is not there. */
export async function addressOf(file: PageFile): Promise<string | null> {
  if (file.block === null) return file.link
  const content = await textOf(`file-${file.block}`)
  return `data:${file.type};base64,${content}`
}

function json<Type>(id: string): Type {
  return JSON.parse(document.getElementById(id)?.textContent ?? 'null') as Type
}

async function unpack(id: string): Promise<ResultDetail[]> {
  const packed = Uint8Array.from(atob(await textOf(id)), (letter) => letter.charCodeAt(0))
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))
  return (await new Response(stream).json()) as ResultDetail[]
}

/** The content of a block, which may not have been read from the file yet. */
async function textOf(id: string): Promise<string> {
  if (document.getElementById(id) === null || document.readyState === 'loading') {
    await loaded
  }
  return document.getElementById(id)?.textContent ?? ''
}

const loaded = new Promise<void>((resolve) => {
  if (document.readyState !== 'loading') resolve()
  else document.addEventListener('DOMContentLoaded', () => resolve(), { once: true })
})
