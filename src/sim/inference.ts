import { RequestError, type Exchange } from './http.ts'
import { die, log } from './log.ts'
import type { Model } from './model.ts'
import type { SimOptions } from './options.ts'
import type { Tempo } from './pace.ts'

/** The engine: its options, its model, and how many inference requests it has seen and answered. */
export interface Simulator {
  options: SimOptions
  model: Model
  asked: number
  answered: number
}

/** One inference request that has its model in memory. */
export interface Run {
  /** Counts from 1. */
  number: number
  tempo: Tempo
  /** Milliseconds that the request waited for the model. */
  loadWait: number
  /** The answer must break off. */
  torn: boolean
}

/** Does the work of an inference request once the model is loaded, with the faults that are on. */
export async function infer(
  sim: Simulator,
  exchange: Exchange,
  keepAlive: number | undefined,
  work: (run: Run) => Promise<void>,
): Promise<void> {
  const { faults, ttft, rate } = sim.options
  const number = ++sim.asked
  const from = (fault: 'hang' | '500' | 'garbled') => number >= (faults.get(fault) ?? Infinity)
  if (from('hang')) {
    log('WARN', `fault hang: request ${number} is never answered`)
    return
  }
  if (from('500')) throw new RequestError(500, `fault 500: request ${number} failed on purpose`)
  const { start, signal, response } = exchange
  const warm = sim.model.loaded
  const asked = performance.now()
  const release = await sim.model.use(keepAlive)
  const ready = performance.now()
  const tempo = { start: warm ? start : ready, ttft, rate, signal }
  response.once('finish', () => countAnswer(sim))
  try {
    await work({ number, tempo, loadWait: ready - asked, torn: from('garbled') })
  } finally {
    release()
  }
}

/** Throws a RequestError (404) unless the name is that of the model. */
export function requireModel(sim: Simulator, name: string, message: string): void {
  if (!sim.options.faults.has('no-model') && sim.model.answersTo(name)) return
  throw new RequestError(404, message, { param: 'model', code: 'model_not_found' })
}

function countAnswer(sim: Simulator): void {
  sim.answered += 1
  if (sim.answered >= (sim.options.faults.get('exit-after') ?? Infinity)) {
    die(`fatal: fault exit-after: request ${sim.answered} was the last one`)
  }
}
