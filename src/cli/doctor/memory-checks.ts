import type { Loadout } from '../../plan/index.ts'
import { amountOf, type Placement } from '../../memory/room/placement.ts'
import {
  freeOf,
  groundsOf,
  isConsiderable,
  memoryOf,
  partInWords,
  remedyOf,
} from '../../memory/room/words.ts'
import type { Sheet } from '../../memory/sheets/types.ts'
import type { EngineContext } from '../../services/engine.ts'
import type { Foreseen } from '../../services/memory/foresee.ts'
import { isForeseeable } from '../../services/memory/foreseeable.ts'
import type { Finding, Standing } from './finding.ts'
import type { GpuLook } from './machine-checks.ts'

/** What each loadout of the plan needs of memory, and whether it is free now. Loads nothing. */
export async function checkMemory(
  context: EngineContext,
  look: GpuLook & { sheets: readonly Sheet[] },
): Promise<Finding[]> {
  const { plan } = context
  const loadouts = new Map(
    plan.blocks
      .flatMap((block) => block.loadouts)
      .filter(({ models }) => plan.settings.memory !== 'off' && isForeseeable(models))
      .map((loadout) => [loadout.title, loadout]),
  )
  if (loadouts.size === 0) return []
  const { foresee } = await import('../../services/memory/foresee.ts')
  const foreseen = [...loadouts.values()].map(async (loadout) => {
    return findingOf(loadout, await foresee(loadout.models, look, context), context)
  })
  return Promise.all(foreseen)
}

function findingOf(
  { title, models }: Loadout,
  { placements, verdict, event }: Foreseen,
  { plan }: EngineContext,
): Finding {
  const isRefused = verdict === 'too_large' && plan.settings.memory === 'refuse'
  const status: Standing = verdict === 'fits' ? 'ok' : isRefused ? 'missing' : 'warn'
  const large = placements.filter((one) => one.verdict === 'too_large')
  const rows = placements.flatMap((one) => {
    const name =
      models.length > 1 ? [`${one.need.model}: ${needed(one)} of ${memoryOf(one.rooms)}`] : []
    const grounds = groundsOf(one.need)
    const rest = grounds === '' ? [] : [`rests on ${grounds}`]
    return [...name, ...one.need.parts.filter(isConsiderable).map(partInWords), ...rest]
  })
  return {
    status,
    subject: 'memory',
    name: title,
    message: [headline(placements, event), ...rows].join('\n'),
    fix: large.length === 0 ? null : large.map((one) => remedyOf(one)).join(' '),
    memory: event,
  }
}

function headline(
  placements: readonly Placement[],
  { bytes, free, total, verdict }: Foreseen['event'],
): string {
  const rooms = memoryOf(placements[0]?.rooms ?? [])
  const why = placements.flatMap((one) => (one.why === null ? [] : `${one.why}.`))
  const room = freeOf(free, total, rooms)
  if (bytes === null) return [`What it needs is not known; ${room}.`, ...why].join(' ')
  const word = verdict === 'too_large' ? 'It does not fit: it needs' : 'It needs'
  const open = verdict === 'unknown' ? ['Whether it fits is not known.'] : []
  const least = placements.some(({ need }) => need.parts.some((part) => part.bytes === null))
  return [
    `${word} ${least ? 'at least ' : ''}${amountOf(bytes)}, and ${room}.`,
    ...open,
    ...why,
  ].join(' ')
}

function needed({ need: { bytes } }: Placement): string {
  return bytes === null ? 'an unknown amount' : amountOf(bytes)
}
