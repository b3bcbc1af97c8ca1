import type { EventOf, SessionEvent } from '../../events/index.ts'
import { JarvisError } from '../../errors.ts'
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
    const { foresee } = await import('./foresee.ts')
    const around = await checking.memory.look(checking.signal)
    checking.signal.throwIfAborted()
    const models = foreseeable.map(({ role }) => role.model)
    const foreseen = await foresee(models, around, checking.engine)
    tell(loaded, foreseen, checking)
    if (setting === 'refuse' && foreseen.verdict === 'too_large') throw refusal(loaded, foreseen)
    foreseen.placements.forEach((placement, index) => {
      const gpus = placement.rooms.flatMap(({ gpu }) => gpu?.uuid ?? [])
      if (!placement.isPinned || gpus.length < placement.rooms.length) return
      foreseeable[index]!.gpus = gpus
      const numbers = foreseen.event.needs[index]!.gpus.join(', ')
      const message = `${placement.need.model} is told to use GPU ${numbers} (CUDA_VISIBLE_DEVICES=${gpus.join(',')}).`
      checking.record({ type: 'note', level: 'INFO', message })
    })
  }
}

function tell(
  { domain, loadout }: Loaded,
  { event, placements, sentences }: Foreseen,
  checking: Checking,
): void {
  checking.record({ type: 'memory_foreseen', domain, loadout: loadout.name, ...event })
  placements.forEach(({ verdict }, index) => {
    if (verdict === 'fits') return
    const level = verdict === 'too_large' ? 'WARN' : 'INFO'
    checking.record({ type: 'note', level, message: sentences[index]! })
  })
}

function refusal({ loadout }: Loaded, { placements, sentences }: Foreseen): JarvisError {
  const large = sentences.filter((_, index) => placements[index]!.verdict === 'too_large')
  const setting: Settings['memory'] = 'warn'
  return new JarvisError(
    'MISSING',
    `${loadout.title} is not loaded: the memory for it is not here. ${large.join(' ')} ` +
      `Or load it all the same: settings: { memory: ${setting} }`,
  )
}
