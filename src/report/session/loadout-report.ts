import { type EventOf, holdersText, type LoadoutFold } from '../../events/index.ts'
import { memoryOf } from './model-memory.ts'
import type { LoadoutReport } from './types.ts'

/** A loadout as reports show it. */
export function loadoutReport(view: LoadoutFold): LoadoutReport {
  // One that only results tell of was up at some time.
  const status = view.status === 'waiting' && view.done > 0 ? 'stopped' : view.status
  const { foreseen, measured, leak, ...rest } = view
  const memory = memoryOf(view.models, foreseen, measured)
  return {
    ...rest,
    status,
    leak: leak === null ? null : leakSentence(leak),
    ...(memory.length > 0 && { memory }),
  }
}

function leakSentence({ vram_prior, vram_after, processes }: EventOf<'vram_leak'>): string {
  return `${(vram_after - vram_prior).toFixed(2)} GB did not come back: ${holdersText(processes)}`
}
