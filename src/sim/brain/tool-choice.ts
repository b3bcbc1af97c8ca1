import { cluesOf, wordsOf } from './clues.ts'
import { instanceOf } from './instance.ts'
import type { Rule, Turn } from './turn.ts'

/** A function that the model may ask for. */
export interface Tool {
  name: string
  description: string
  /** A JSON schema. */
  parameters: unknown
}

/** Whether a tool must be used, may be, must not be, or which one must be. */
export type ToolChoice = 'auto' | 'none' | 'required' | { name: string }

/** A call that the model asks for. */
export interface ToolCall {
  name: string
  arguments: Record<string, unknown>
}

/** Words that say nothing about what a tool is for. */
const EMPTY = new Set(
  (
    'get set the for and with from that this your what which when current currently given returns return use ' +
    'used using function tool call find value into its are has have will'
  ).split(' '),
)
/** A word of the tool's name counts as much as two of its description. */
const NAME_SCORE = 2
const ENOUGH = 2

/**
 * The tool whose name and description share most words with what the user says, with its arguments; null
 * where none fits, and after a tool has answered.
 */
export function chooseTool(
  turns: readonly Turn[],
  tools: readonly Tool[],
  choice: ToolChoice,
): ToolCall | null {
  const text = turns.findLast(({ role }) => role === 'user')?.text ?? ''
  const [best] = tools
    .filter((tool) => typeof choice === 'string' || tool.name === choice.name)
    .map((tool) => ({ tool, score: score(tool, text) }))
    .toSorted((one, other) => other.score - one.score)
  const mustCall = choice === 'required' || typeof choice === 'object'
  if (!best || choice === 'none') return null
  if (!mustCall && (best.score < ENOUGH || turns.at(-1)?.role === 'tool')) return null
  const made = instanceOf(best.tool.parameters ?? { type: 'object' }, cluesOf(text, text))
  const isObject = typeof made === 'object' && made !== null && !Array.isArray(made)
  return { name: best.tool.name, arguments: isObject ? (made as ToolCall['arguments']) : {} }
}

/** After a tool has answered: what it said. */
export const toolResult: Rule = ({ turns }) => {
  const last = turns.at(-1)
  if (last?.role !== 'tool') return null
  const core = told(last.text)
  return { text: `The tool says: ${core}.`, core }
}

function score({ name, description }: Tool, text: string): number {
  const said = new Set(telling(text.split(/[^\p{L}\p{N}]+/u)))
  const count = (words: string[]) => new Set(telling(words).filter((word) => said.has(word))).size
  return NAME_SCORE * count(wordsOf(name)) + count(description.split(/[^\p{L}\p{N}]+/u))
}

function telling(words: string[]): string[] {
  return words
    .map((word) => word.toLowerCase().replace(/s$/, ''))
    .filter((word) => word.length > 2 && !EMPTY.has(word))
}

function told(result: string): string {
  try {
    const value: unknown = JSON.parse(result)
    if (typeof value !== 'object' || value === null) return String(value)
    return Object.entries(value)
      .map(([key, one]) => `${key} ${typeof one === 'string' ? one : JSON.stringify(one)}`)
      .join(', ')
  } catch {
    return result
  }
}
