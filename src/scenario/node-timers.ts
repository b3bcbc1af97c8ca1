import { isMainThread } from 'node:worker_threads'

/** What Node's `fetch` and streams call by these names, and tests may replace. */
const NAMES = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'queueMicrotask',
] as const

type Call = ((...parameters: unknown[]) => unknown) & { clock?: unknown }

/** Node's own files, and the client that requests are sent with, a package or built in. */
const NOT_THE_TESTS = /^node:|[\\/](?:node_modules[\\/]undici[\\/]|dist[\\/]chunks[\\/]undici)/u

const DONE = Symbol.for('jarvis.scenario.node-timers')

/**
 * Lets Node itself keep its timers and queues when a test replaces them by fake ones: `fetch` waits for a
 * `setImmediate` before it uses a connection again, and would wait for ever. The test, and all that it loads, get the
 * fake ones.
 */
export function keepNodeTimers(): void {
  const marked = globalThis as { [DONE]?: boolean }
  if (marked[DONE]) return
  marked[DONE] = true
  for (const name of NAMES) keep(globalThis, name)
  // In a process of its own Vitest refuses to replace it.
  if (!isMainThread) keep(process, 'nextTick')
}

function keep(owner: object, name: string): void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name)
  if (descriptor?.configurable !== true || typeof descriptor.value !== 'function') return
  const real = descriptor.value as Call
  let installed: unknown = real
  let divided: Call | null = null
  Object.defineProperty(owner, name, {
    configurable: true,
    enumerable: descriptor.enumerable ?? true,
    // Only fake timers have a clock: a spy or a mock is what the test wants to see under the name.
    get: () => (isFake(installed) ? (divided ??= divide(real, installed)) : installed),
    set(value: unknown) {
      if (value === divided) return
      installed = value
      divided = null
    },
  })
}

function isFake(value: unknown): value is Call {
  return typeof value === 'function' && 'clock' in value
}

/** The real one for Node's own code, the fake one for all other. */
function divide(real: Call, fake: Call): Call {
  const divided = function (this: unknown, ...parameters: unknown[]): unknown {
    return (NOT_THE_TESTS.test(callerOf(divided)) ? real : fake).apply(this, parameters)
  }
  return Object.defineProperties(divided, Object.getOwnPropertyDescriptors(fake)) as Call
}

/** The file from which a function was called. */
function callerOf(called: (...parameters: never[]) => unknown): string {
  const { stackTraceLimit } = Error
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
  const trace: { stack?: string } = {}
  try {
    Error.stackTraceLimit = 1
    Error.prepareStackTrace = (_, [site]) => site?.getFileName() ?? ''
    Error.captureStackTrace(trace, called)
    return trace.stack ?? ''
  } finally {
    if (prepare === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace')
    else Object.defineProperty(Error, 'prepareStackTrace', prepare)
    Error.stackTraceLimit = stackTraceLimit
  }
}
