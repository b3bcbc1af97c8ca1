import { type Domain } from '../../events/index.ts'
import { buildLoadout } from '../../plan/loadouts.ts'
import { readModelUri } from '../../plan/model-uri.ts'
import { isObject } from '../../report/session/json-values.ts'

/** A loadout as sessions of ours name it. */
export interface ImportedLoadout {
  loadout: string
  models: string[]
}

/** What a scenario of the Python runner says of the models that it asked. */
const MODEL_KEYS = ['stt_model', 'llm_model', 'vlm_model', 'tts_model']
const UNKNOWN = new Set(['', 'N/A', 'unknown'])

/**
 * Finds the models of a loadout by the safe name that the Python runner gave it: in the plan that it kept, else in what
 * its scenarios say. Names that only differ in what a file name may not have are the same.
 */
export class RunnerLoadouts {
  /** By domain and bare name. */
  readonly #planned = new Map<string, string[]>()

  constructor(plan: unknown) {
    const blocks = isObject(plan) && Array.isArray(plan['execution']) ? plan['execution'] : []
    for (const block of blocks.filter(isObject)) {
      const loadouts = Array.isArray(block['loadouts']) ? block['loadouts'] : []
      for (const stated of loadouts) {
        const models = [stated].flat().filter((model) => typeof model === 'string')
        const key = keyOf(String(block['domain']).toLowerCase(), models.join('_'))
        if (models.length > 0) this.#planned.set(key, models)
      }
    }
  }

  of(domain: Domain, name: string, scenarios: readonly Record<string, unknown>[]): ImportedLoadout {
    const told = this.#planned.get(keyOf(domain, name)) ?? modelsTold(scenarios)
    const texts = told.length > 0 ? told : [name]
    // What is no model in a plan of ours keeps the name that it had.
    if (texts.some((text) => !('uri' in readModelUri(text)))) {
      return { loadout: bare(name) === '' ? 'unknown' : safe(name), models: texts }
    }
    const { name: loadout, models } = buildLoadout(texts, new Set())
    return { loadout, models: models.map(({ text }) => text) }
  }
}

/** The models that all of these scenarios name alike, in the order of speech-to-speech. */
function modelsTold(scenarios: readonly Record<string, unknown>[]): string[] {
  return MODEL_KEYS.flatMap((key) => {
    const values = new Set(scenarios.map((scenario) => scenario[key]))
    const [value] = values
    return values.size === 1 && typeof value === 'string' && !UNKNOWN.has(value) ? [value] : []
  })
}

function keyOf(domain: string, name: string): string {
  return `${domain} ${bare(name)}`
}

function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

function safe(name: string): string {
  return name.replaceAll(/[^\w.-]/g, '_')
}
