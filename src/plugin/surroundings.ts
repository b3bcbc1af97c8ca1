import type { Vitest } from 'vitest/node'
import { ancestors } from '../host/ancestors.ts'
import { ignoresHangUp } from '../host/hang-up.ts'
import { launchersAmong, watchLaunchers } from '../host/launchers.ts'
import { type GuardedStream, guardOutput, type LostOutput } from './output-guard.ts'

/** What happens around a run that its scenarios have no part in. */
export interface SurroundingsEvents {
  /** What is written to a stream arrives nowhere any more. */
  onOutputLost(lost: LostOutput): void
  /** Who waited for the run does so no more: npx, npm and the like. */
  onAbandoned(why: string): void
}

/** What a person calls the stream that a run is shown on. */
export const STANDARD_OUTPUT = 'Standard output'

/** How far apart the signal of a closed terminal and the end of a launcher by the same signal are seen. */
const HANG_UP_MS = 3_000

/**
 * What a run stands in: its output, its terminal and what has started it. Each may go, and the run does not go
 * with it by accident: without its output it goes on, without its terminal it ends in order or, below nohup,
 * goes on, and without its launcher it ends in order. Run mode alone: watch mode belongs to its terminal.
 */
export class Surroundings {
  readonly #events: SurroundingsEvents
  #hungUpAt = -Infinity
  #unwatch: () => void = () => {}
  /** Whether the end of the terminal is to end the run. */
  readonly endsWithTerminal: Promise<boolean>

  constructor(vitest: Vitest, events: SurroundingsEvents) {
    this.#events = events
    guardOutput(streamsOf(vitest), (lost) => events.onOutputLost(lost))
    this.endsWithTerminal = this.#look()
  }

  close(): void {
    this.#unwatch()
  }

  async #look(): Promise<boolean> {
    const above = await ancestors()
    const isIgnored = ignoresHangUp(above)
    if (isIgnored) process.on('SIGHUP', this.#onHangUp)
    this.#unwatch = watchLaunchers(launchersAmong(above), ({ name, pid }) => {
      // Below nohup it is this run that stays; Node's programs above it end with their terminal all the same.
      if (performance.now() - this.#hungUpAt < HANG_UP_MS) return
      this.#events.onAbandoned(`${name} (process ${pid}), which had started the run, is gone`)
    })
    return !isIgnored
  }

  #onHangUp = (): void => {
    this.#hungUpAt = performance.now()
  }
}

function streamsOf({ logger }: Vitest): GuardedStream[] {
  const streams = [
    { name: STANDARD_OUTPUT, stream: process.stdout },
    { name: 'Standard error', stream: process.stderr },
    { name: STANDARD_OUTPUT, stream: logger.outputStream },
    { name: 'Standard error', stream: logger.errorStream },
  ]
  return streams.filter(
    ({ stream }, at) => streams.findIndex((each) => each.stream === stream) === at,
  )
}
