/*
 * Clocks and timers as this process had them when the first file of jarvis was loaded. A test may put others in their
 * place (`vi.useFakeTimers`, `vi.setSystemTime`): what measures and limits goes on in real time. Whatever runs in a
 * worker of Vitest takes them from here, under the names that it would use anyway.
 */
import timersPromises from 'node:timers/promises'

interface RealTime {
  /** Waits for so many milliseconds. */
  sleep: typeof timersPromises.setTimeout
  setTimeout: typeof globalThis.setTimeout
  clearTimeout: typeof globalThis.clearTimeout
  setInterval: typeof globalThis.setInterval
  clearInterval: typeof globalThis.clearInterval
  setImmediate: typeof globalThis.setImmediate
  /** `performance.now`: milliseconds of the monotonic clock. */
  performance: { now: () => number }
  RealDate: typeof globalThis.Date
}

// A worker may load this file twice, the second time when a test has changed them.
const KEY = Symbol.for('jarvis.real-time')
const holder = globalThis as typeof globalThis & { [KEY]?: RealTime }
holder[KEY] ??= {
  sleep: timersPromises.setTimeout,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: globalThis.setImmediate,
  performance: { now: globalThis.performance.now.bind(globalThis.performance) },
  RealDate: globalThis.Date,
}

export const {
  sleep,
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
  setImmediate,
  performance,
  RealDate,
}: RealTime = holder[KEY]
