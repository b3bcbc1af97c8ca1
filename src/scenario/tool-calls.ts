import type { ToolCall } from './chat-protocol.ts'

/** A tool call of OpenAI's protocol, or the part of one that a chunk brings. */
export interface CallDelta {
  index?: number
  id?: string | null
  function?: { name?: string | null; arguments?: string | null }
}

/** Puts tool calls together from their parts (OpenAI API reference, "Streaming": `delta.tool_calls`). */
export class ToolCalls {
  readonly #calls = new Map<number, { id: string | null; name: string; text: string }>()

  add(parts: readonly CallDelta[] | null | undefined): void {
    for (const [place, { index, id, function: part }] of (parts ?? []).entries()) {
      const key = index ?? place
      const call = this.#calls.get(key) ?? { id: null, name: '', text: '' }
      this.#calls.set(key, {
        id: call.id ?? id ?? null,
        name: call.name + (part?.name ?? ''),
        text: call.text + (part?.arguments ?? ''),
      })
    }
  }

  all(): ToolCall[] {
    return [...this.#calls.values()].map(({ id, name, text }) => {
      return { id, name, arguments: argumentsOf(text) }
    })
  }
}

function argumentsOf(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
