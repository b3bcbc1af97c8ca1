import type { ToolCall } from '../chat-protocol.ts'
import { type Fields, fieldsOf, listOf, numberOf, textOf } from './fields.ts'

/** A part of a tool call, or all of it. */
interface CallPart {
  index: string | null
  id: string | null
  name: string
  /** The part of the text, or the whole value. */
  given: unknown
}

interface Call extends Omit<CallPart, 'index'> {
  /** Null where the server counts none. */
  index: string | null
  given: unknown
}

/** How calls are told in a chunk or a message. */
export interface ToldCalls {
  calls: unknown
  /** That of servers from before there were several. */
  functionCall: unknown
}

/** What a chunk or a message says of tool calls; null where it says nothing. */
export function toldCalls(from: Fields): ToldCalls | null {
  const { tool_calls: calls, function_call: functionCall } = from
  return listOf(calls).length > 0 || functionCall ? { calls, functionCall } : null
}

/**
 * Puts tool calls together from their parts (OpenAI API reference, "Streaming": `delta.tool_calls`). Servers count them
 * wrongly or not at all, and repeat at the end what they had sent: a part belongs to the call that it can continue.
 */
export class ToolCalls {
  readonly #calls: Call[] = []

  /** @param isLast - the chunk ends the reply, where servers repeat what they had sent */
  add({ calls, functionCall }: ToldCalls, isLast: boolean): void {
    const parts = listOf(calls).map(partOf)
    for (const [place, part] of parts.entries()) {
      const known = this.#callOf(part, parts.length > 1 ? place : null, isLast)
      if (known === null) this.#calls.push({ ...part })
      else extend(known, part)
    }
    if (parts.length > 0 || !functionCall) return
    const part = { ...partOf(functionCall), index: FUNCTION_CALL }
    const known = this.#calls.find(({ index }) => index === FUNCTION_CALL)
    if (known) extend(known, part)
    // Some send a call in both forms.
    else if (this.#calls.length === 0) this.#calls.push(part)
  }

  all(): ToolCall[] {
    return this.#calls.flatMap(({ id, name, given }) => {
      const args = argumentsOf(given)
      return name === '' && id === null && isEmpty(args) ? [] : [{ id, name, arguments: args }]
    })
  }

  /** The call that a part belongs to; null where it begins another. */
  #callOf(part: CallPart, place: number | null, isLast: boolean): Call | null {
    const { index, id } = part
    const same = id === null ? undefined : this.#calls.find((call) => call.id === id)
    if (same) return same
    const candidates =
      index === null ? this.#calls : this.#calls.filter((call) => call.index === index)
    const repeated = candidates.find((call) => isRepetition(call, part))
    if (repeated && (isLast || (index !== null && id === null))) return repeated
    // Several parts in one chunk without a count: each goes on with the call in its place.
    const known = index === null && place !== null ? this.#calls[place] : candidates.at(-1)
    if (known !== undefined) return continues(known, part) ? known : null
    // What names nothing can only go on with what came last.
    const last = this.#calls.at(-1)
    return last && part.name === '' && id === null && !isWhole(last.given) ? last : null
  }
}

const FUNCTION_CALL = 'function_call'

function partOf(value: unknown): CallPart {
  const fields = fieldsOf(value)
  // Some leave the wrapping out.
  const call = 'function' in fields ? fieldsOf(fields['function']) : fields
  const index = numberOf(fields['index'])
  const id = fields['id']
  return {
    index: index === null ? null : String(index),
    id: typeof id === 'number' ? String(id) : textOf(id),
    name: textOf(call['name']) ?? '',
    given: call['arguments'] ?? call['parameters'] ?? '',
  }
}

/** Whether a part can belong to a call that has come so far. */
function continues(call: Call, { id, name, given }: CallPart): boolean {
  if (name === '') return true
  if (call.name === '') return call.id === null || id === null || call.id === id
  const isComplete = isWhole(call.given)
  // A second id: another call, unless the first one is in the middle of its arguments (vLLM gave each part an id).
  if (call.id !== null && id !== null) return !isComplete && call.given !== ''
  if (isComplete) return call.name === name && (given === '' || call.given === '{}')
  // A name in parts comes before the arguments.
  return call.given === '' || call.name === name
}

function isRepetition(call: Call, { name, given }: CallPart): boolean {
  if (name !== '' && name !== call.name) return false
  return isWhole(given) && isWhole(call.given) && textFor(given) === textFor(call.given)
}

function extend(call: Call, { id, name, given }: CallPart): void {
  call.id ??= id
  call.name = joined(call.name, name)
  call.given = joinedArguments(call.given, given)
}

/** Parts of a name are rare, its repetition is not. */
function joined(name: string, part: string): string {
  if (part.startsWith(name)) return part
  return name === part || part === '' ? name : name + part
}

/** The next part of a text; all of it again, as far as it has come; or a whole value, which stands for itself. */
function joinedArguments(given: unknown, part: unknown): unknown {
  if (part === '') return given
  if (typeof given !== 'string' || typeof part !== 'string') return part
  if (given.trimStart().startsWith('{') && part.startsWith(given)) return part
  return isWhole(given) && isWhole(part) ? part : given + part
}

function isWhole(given: unknown): boolean {
  if (typeof given !== 'string') return given !== null
  const value = parsed(given)
  return typeof value === 'object' && value !== null
}

function textFor(given: unknown): string {
  return JSON.stringify(argumentsOf(given))
}

function argumentsOf(given: unknown): unknown {
  if (typeof given !== 'string') return given ?? {}
  if (given.trim() === '') return {}
  const value = parsed(given)
  if (value === undefined) return given
  // Some write the text of an object as a text once more.
  if (typeof value === 'string') return isWhole(value) ? parsed(value) : given
  return value ?? {}
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
