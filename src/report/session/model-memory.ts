import type { EventOf, LoadoutFold } from '../../events/index.ts'
import { inGb } from '../../host/gigabytes.ts'
import { errorOf, foreseenBytes, measuredBytes } from '../../memory/sheets/measured.ts'
import { partsOf } from '../../memory/sheets/loads-of-run.ts'
import type { LoadoutReport, ModelMemory } from './types.ts'

/** What the models of a loadout were foreseen to take, and took; none where nobody told either. */
export function memoryOf(
  models: readonly string[],
  foreseen: LoadoutFold['foreseen'],
  measured: LoadoutFold['measured'],
): ModelMemory[] {
  if (foreseen === undefined && measured === undefined) return []
  return models.map((model) => {
    const need = foreseen?.needs.find((one) => one.model === model)
    const load = measured?.[model]
    if (load === undefined) return figures(model, need?.bytes ?? null, null)
    const told = figuresOf(load)
    return figures(model, need ? foreseenBytes(need, told) : null, measuredBytes(told))
  })
}

/** As sheets have them. */
function figuresOf({ parts, device, process }: EventOf<'memory_measured'>) {
  const isHost = device === 'cpu' && process !== null
  const process_bytes = isHost ? process.own_bytes + process.file_bytes : null
  return { ...partsOf(parts), device, process_bytes }
}

function figures(model: string, predicted: number | null, measured: number | null): ModelMemory {
  const error = errorOf(predicted, measured)
  return { model, predicted: inGb(predicted), measured: inGb(measured), error }
}

/** The same of a whole loadout; null where it is not known of one of its models. */
export function memoryInAll({ memory = [] }: LoadoutReport): Omit<ModelMemory, 'model'> {
  const sum = (of: (one: ModelMemory) => number | null): number | null =>
    memory.length === 0
      ? null
      : memory.reduce<number | null>((all, one) => {
          const value = of(one)
          return all === null || value === null ? null : all + value
        }, 0)
  const [predicted, measured] = [sum((one) => one.predicted), sum((one) => one.measured)]
  const error = memory.length === 1 ? memory[0]!.error : errorOf(predicted, measured)
  return { predicted, measured, error }
}
