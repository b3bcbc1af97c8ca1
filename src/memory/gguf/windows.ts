import type { Architecture } from './architectures.ts'
import { type Keys, NotTold } from './keys.ts'

/** Which layers keep the tokens of a window only. */
export interface Windows {
  /** Tokens of a window; null: there are none. */
  window: number | null
  /** One for each layer. */
  layers: boolean[]
}

/** The windows of a model: as the file lists them, else by the rule of its architecture. */
export function windowsOf(
  keys: Keys,
  { windows: rule, windowOfAll }: Architecture,
  kvHeads: readonly number[],
): Windows {
  const all = Array.from({ length: keys.layers }, (_, layer) => layer)
  const none = { window: null, layers: all.map(() => false) }
  const stated = keys.number('attention.sliding_window')
  if (windowOfAll === true && stated) {
    return { window: stated, layers: all.map((layer) => kvHeads[layer] !== 0) }
  }
  if (rule === undefined || (rule.layers !== undefined && rule.layers !== loaded(keys))) return none
  const window = rule.window(stated)
  if (window === null) return none
  const listed = keys.list('attention.sliding_window_pattern')
  if (listed !== null) return { window, layers: all.map((layer) => Boolean(listed[layer])) }
  const period = keys.number('attention.sliding_window_pattern') ?? rule.period
  if (period === null) throw new NotTold('the file does not say which layers have a window')
  const keepsAll = rule.firstKeepsAll === true ? 0 : period - 1
  const isWindowed = (layer: number): boolean =>
    layer < loaded(keys) && (period === 0 || layer % period !== keepsAll)
  return { window, layers: all.map(isWindowed) }
}

const loaded = (keys: Keys): number => keys.layers - (keys.number('nextn_predict_layers') ?? 0)
