import type { Nights } from './nights.ts'

/** What became of all nights: a line for each kind of stroke, then the sums. */
export function tableOf(nights: Nights['verdicts']): string {
  const ended = nights.flatMap(({ verdict }) => (verdict === null ? [] : [verdict]))
  const strokes = ended.flatMap((verdict) => verdict.strokes)
  const kinds = [...new Set(strokes.map(({ kind }) => kind))].toSorted()
  const rows = kinds.map((kind) => {
    const own = strokes.filter((stroke) => stroke.kind === kind)
    const once = own.filter(({ told }) => told === 1).length
    const isToTell = own.some((stroke) => stroke.isToTell)
    return [kind, own.length, isToTell ? `${once} of ${own.length}` : 'nothing to tell']
  })
  const lines = [['stroke', 'struck', 'told once'], ...rows].map(
    ([kind, struck, told]) => `${String(kind).padEnd(16)} ${String(struck).padStart(6)}  ${told}`,
  )
  const sum = (of: (verdict: (typeof ended)[number]) => number): number =>
    ended.reduce((total, verdict) => total + of(verdict), 0)
  const seconds = nights.map((night) => night.seconds.toFixed(0)).join(', ')
  return [
    ...lines,
    `nights: ${nights.length}, ended: ${ended.length}, without a fault: ${ended.filter(({ problems }) => problems.length === 0).length}`,
    `unharmed results: ${sum(({ unharmed }) => unharmed.compared)} compared, ${sum(({ unharmed }) => unharmed.equal)} equal`,
    `left: ${sum(({ processes }) => processes)} processes, ${sum(({ ports }) => ports)} ports`,
    `seconds: ${seconds}; seeds: ${nights.map(({ plan }) => plan.seed).join(', ')}`,
  ].join('\n')
}
