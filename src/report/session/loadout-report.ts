import { type EventOf, holdersText, type LoadoutFold } from '../../events/index.ts'
import type { LoadoutReport } from './types.ts'

/** A loadout as reports show it. */
export function loadoutReport(view: LoadoutFold): LoadoutReport {
  // One that only results tell of was up at some time.
  const status = view.status === 'waiting' && view.done > 0 ? 'stopped' : view.status
  return { ...view, status, leak: view.leak === null ? null : leakSentence(view.leak) }
}

function leakSentence({ vram_prior, vram_after, processes }: EventOf<'vram_leak'>): string {
  return `${(vram_after - vram_prior).toFixed(2)} GB did not come back: ${holdersText(processes)}`
}
