import type { EventOf } from './event.ts'

/** Who holds memory that did not come back, in words. */
export function holdersText(processes: EventOf<'vram_leak'>['processes']): string {
  if (processes.length === 0) return 'the system does not tell what holds it'
  const holders = processes.map(({ pid, name, vram }) => {
    return `${name} (pid ${pid}, ${vram === null ? 'n/a' : `${vram.toFixed(2)} GB`})`
  })
  return holders.join(', ')
}
