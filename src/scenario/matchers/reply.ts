import type { MatcherState } from 'vitest'
import type { ToolCall } from '../chat-protocol.ts'
import { fieldOf, nameOf, type Verdict } from './received.ts'

/** How long a result of a fixture took, in the order in which its metrics are looked through. */
const DURATIONS = ['e2el', 'stt_time', 'tts_time'] as const

/** How deep arguments are shown. */
const DEPTH = 10

/** `expect(reply).toRespondWithin(seconds)`. */
export function toRespondWithin(received: unknown, seconds: number): Verdict {
  const metrics = fieldOf(received, 'metrics')
  const took = DURATIONS.map((key) => fieldOf(metrics, key)).find((one) => typeof one === 'number')
  if (took === undefined) {
    const what = nameOf(received)
    throw new TypeError(`toRespondWithin takes the result of a fixture, not ${what}.`)
  }
  const pass = took <= seconds
  const length = `The answer took ${took.toFixed(3)} s`
  return { pass, message: () => `${length}, ${pass ? 'within' : 'more than'} ${seconds} s` }
}

/** `expect(reply).toCallTool(name, args)`. */
export function toCallTool(
  this: MatcherState,
  received: unknown,
  name: string,
  args: Record<string, unknown> = {},
): Verdict {
  const calls = fieldOf(received, 'toolCalls')
  if (!Array.isArray(calls)) {
    throw new TypeError(`toCallTool takes a reply of a model, not ${nameOf(received)}.`)
  }
  const all = calls as readonly ToolCall[]
  const pass = all.some(
    (call) =>
      call.name === name &&
      Object.entries(args).every(([key, value]) =>
        this.equals(fieldOf(call.arguments, key), value, this.customTesters),
      ),
  )
  const shown = (value: unknown): string => this.utils.stringify(value, DEPTH, { min: true })
  const wanted = `${name}(${shown(args)})`
  const made = all.map((call) => `${call.name}(${shown(call.arguments)})`)
  const text = made.join(', ') || `no tool${saidOf(received)}`
  return {
    pass,
    message: () => `Expected ${pass ? 'no' : 'a'} call of ${wanted}; the model asked for ${text}`,
  }
}

function saidOf(received: unknown): string {
  const text = fieldOf(received, 'text')
  return typeof text === 'string' && text !== '' ? ` and said: ${text}` : ''
}
