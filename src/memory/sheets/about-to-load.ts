import { withoutContext } from './loads-of-run.ts'
import type { MemoryLoad, Sheet } from './types.ts'

/** A model as it is about to be loaded. */
export interface AboutToLoad {
  engine: string
  /** As the plan names it; `#ctx` does not matter. */
  model: string
  /** Whether it goes to the processor: what loads on GPUs have shown says nothing of that. */
  onCpu: boolean
  /** `f16`, `q8_0/f16`; null where that does not matter. */
  kvType: string | null
  flashAttention: boolean | null
}

/** The newest sheet of a model that is about to be loaded. */
export function sheetFor(sheets: readonly Sheet[], about: AboutToLoad): Sheet | undefined {
  return sheets
    .filter((one) => fits(one, about))
    .toSorted((a, b) => (a.last < b.last ? -1 : 1))
    .at(-1)
}

/** What of a load counts: all of it, or what lies on GPUs; null where that is not told. */
export function partsWhere(
  { parts, gpu_parts }: MemoryLoad,
  { onCpu }: Pick<AboutToLoad, 'onCpu'>,
): MemoryLoad['parts'] | null {
  return onCpu ? parts : gpu_parts
}

function fits(sheet: Sheet, about: AboutToLoad): boolean {
  const agrees = <Value>(known: Value | null, asked: Value | null): boolean =>
    known === null || asked === null || known === asked
  return (
    sheet.engine === about.engine &&
    sheet.model === withoutContext(about.model) &&
    (sheet.device === 'cpu') === about.onCpu &&
    agrees(sheet.kv_type, about.kvType) &&
    agrees(sheet.flash_attention, about.flashAttention)
  )
}
