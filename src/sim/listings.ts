import { sendJson, type Exchange } from './http.ts'
import type { Simulator } from './inference.ts'

/** What `/api/version` says; clients compare it with releases of Ollama. */
const OLLAMA_VERSION = '0.14.0'
/** Where Ollama puts the end of a stay without end: about 292 years ahead. */
const FOREVER_MS = 2 ** 63 / 1e6
const STARTED = new Date()

/** GET /v1/models. */
export function models(sim: Simulator, { response }: Exchange): void {
  const created = Math.floor(STARTED.getTime() / 1000)
  const data = listed(sim).map((id) => ({ id, object: 'model', created, owned_by: 'jarvis-sim' }))
  sendJson(response, 200, { object: 'list', data })
}

/** GET /health: 503 while the model that was to be loaded at start is not there yet. */
export function health(sim: Simulator, { response }: Exchange): void {
  const ready = sim.model.loadedOnce || !sim.options.loadEager
  sendJson(response, ready ? 200 : 503, { status: ready ? 'ok' : 'loading' })
}

/** GET /api/version. */
export function version(_: Simulator, { response }: Exchange): void {
  sendJson(response, 200, { version: OLLAMA_VERSION })
}

/** GET /api/tags: the models that are installed. */
export function tags(sim: Simulator, { response }: Exchange): void {
  const entries = listed(sim).map((name) => ({
    ...entry(sim, name),
    modified_at: STARTED.toISOString(),
  }))
  sendJson(response, 200, { models: entries })
}

/** GET /api/ps: the models in memory. */
export function ps(sim: Simulator, { response }: Exchange): void {
  const { model, options } = sim
  const entries = model.loaded
    ? [
        {
          ...entry(sim, model.name),
          expires_at: dateOf(model.expiresAt),
          size_vram: Math.round(options.memory * (1 - options.cpuShare)),
          context_length: 4096,
        },
      ]
    : []
  sendJson(response, 200, { models: entries })
}

function listed(sim: Simulator): string[] {
  return sim.options.faults.has('no-model') ? [] : sim.model.names
}

function entry(sim: Simulator, name: string) {
  return {
    name,
    model: name,
    size: sim.options.memory,
    digest: digestOf(name),
    details: detailsOf(),
  }
}

/** What Ollama tells of every model, 64 hexadecimal digits. */
export function digestOf(name: string): string {
  return Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64)
}

/** What Ollama tells of a model's kind. */
export function detailsOf() {
  return {
    parent_model: '',
    format: 'gguf',
    family: 'simulator',
    families: ['simulator'],
    parameter_size: '0',
    quantization_level: 'unknown',
  }
}

function dateOf(milliseconds: number): string {
  return new Date(Math.min(milliseconds, Date.now() + FOREVER_MS)).toISOString()
}
