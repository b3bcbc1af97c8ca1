import { dirname } from 'node:path'
import type { EventOf, SessionEvent } from '../../events/index.ts'
import { JarvisError } from '../../errors.ts'
import type { MemoryNeed } from '../../memory/need.ts'
import { memoryOf, partsInWords } from '../../memory/room/words.ts'
import type { Settings } from '../../plan/types.ts'
import type { EngineContext } from '../engine.ts'
import type { GpuMemory } from '../service/gpu-memory.ts'
import type { Service } from '../service/service.ts'
import type { Foreseen } from './foresee.ts'
import { isForeseeable } from './foreseeable.ts'

/** The loadout that is to be loaded. */
interface Loaded {
  domain: EventOf<'memory_foreseen'>['domain']
  loadout: { name: string; title: string }
}

interface Checking {
  engine: EngineContext
  memory: GpuMemory
  signal: AbortSignal
  /** The session's. */
  directory(): string
  record(event: SessionEvent): void
}

/** Looks at services before they are started; rejects where the plan refuses what has no room. */
type Check = (services: readonly Service[]) => Promise<void>

/** What looks whether there is memory for services, and says on which GPUs they go. Costs nothing where nobody asks for any. */
export function memoryCheck(loaded: Loaded, checking: Checking): Check {
  return async (services) => {
    const { memory: setting } = checking.engine.plan.settings
    const foreseeable = services.filter(({ role }) => isForeseeable([role.model]))
    if (setting === 'off' || foreseeable.length === 0) return
    const [{ foresee }, { readSheets }] = await Promise.all([
      import('./foresee.ts'),
      import('../../memory/sheets/memory-file.ts'),
    ])
    const [around, sheets] = await Promise.all([
      checking.memory.look(checking.signal),
      readSheets(dirname(checking.directory())),
    ])
    checking.signal.throwIfAborted()
    const models = foreseeable.map(({ role }) => role.model)
    const foreseen = await foresee(models, { ...around, sheets }, checking.engine)
    const { domain, loadout } = loaded
    const event = { type: 'memory_foreseen', domain, loadout: loadout.name } as const
    checking.record({ ...event, ...foreseen.event })
    if (setting === 'refuse' && foreseen.verdict === 'too_large') {
      for (const { need } of foreseen.placements) {
        if (need.bytes === null) continue
        const message = `What ${need.model} needs is made of ${partsInWords(need)}`
        checking.record({ type: 'note', level: 'INFO', message })
      }
      throw refusal(loaded, foreseen)
    }
    tell(foreseen, checking)
    const { shareOfVllm } = await import('./share-of-vllm.ts')
    for (const [index, placement] of foreseen.placements.entries()) {
      const service = foreseeable[index]!
      // oxlint-disable-next-line no-await-in-loop -- few, and each asks for a version that is known from the first
      service.share = await shareOfVllm(service.role.model, placement, checking.engine)
      if (service.share === null) continue
      const message = `${placement.need.model} is told what to take of ${memoryOf(placement.rooms)}: ${service.share.how}.`
      checking.record({ type: 'note', level: 'INFO', message })
    }
    foreseen.placements.forEach((placement, index) => {
      const gpus = placement.rooms.flatMap(({ gpu }) =>
        gpu === null || gpu.uuid === null ? [] : { index: gpu.index, uuid: gpu.uuid },
      )
      if (!placement.isPinned || gpus.length < placement.rooms.length) return
      foreseeable[index]!.gpus = gpus
      const numbers = foreseen.event.needs[index]!.gpus.join(', ')
      const message = `${placement.need.model} is told to use GPU ${numbers} (${gpus.map(({ uuid }) => uuid).join(', ')}).`
      checking.record({ type: 'note', level: 'INFO', message })
    })
  }
}

function tell({ placements, sentences }: Foreseen, checking: Checking): void {
  placements.forEach(({ need, verdict }, index) => {
    if (verdict === 'fits' || isAbsent(need)) return
    const level = verdict === 'too_large' ? 'WARN' : 'INFO'
    const message = `${need.model} ${sentences[index]} ${detailOf(need)}`.trimEnd()
    checking.record({ type: 'note', level, message })
  })
}

/** What it is made of, where anything of it is known. */
function detailOf(need: MemoryNeed): string {
  return need.bytes === null ? '' : `It is made of ${partsInWords(need)}`
}

/** What is not here is fetched, or told as missing, in a moment. */
function isAbsent({ restsOn }: MemoryNeed): boolean {
  return restsOn.some((ground) => /\b(?:is|are) not here$/.test(ground))
}

/** Why a loadout is refused; what its models are made of stands in the story. */
function refusal({ loadout }: Loaded, { placements, sentences }: Foreseen): JarvisError {
  const isAlone = placements.length === 1
  const large = placements.flatMap(({ need, verdict }, index) =>
    verdict === 'too_large' ? `${isAlone ? 'it' : need.model} ${sentences[index]}` : [],
  )
  const setting: Settings['memory'] = 'warn'
  return new JarvisError(
    'MISSING',
    `${loadout.title} is not loaded, the memory for it is not here: ${large.join(' ')} ` +
      `Or load it all the same: settings: { memory: ${setting} }`,
  )
}
