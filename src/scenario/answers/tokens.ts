import type { RawReply } from '../chat-protocol.ts'
import type { Counts } from './shapes.ts'

/**
 * The counts of `usage`, which is what other servers tell too; without it the engine's own; without both the chunks of a
 * stream. What is stated as 0 though text came, was not counted: it is unknown.
 */
export function tokensOf(
  counts: { usage: readonly Counts[]; engine: readonly Counts[] },
  chunks: number,
): Pick<RawReply, 'promptTokens' | 'outputTokens' | 'tokensSource'> {
  const sources = [
    { name: 'usage' as const, told: counts.usage },
    { name: 'engine' as const, told: counts.engine },
    // One chunk may be any number of tokens.
    { name: 'chunks' as const, told: chunks > 1 ? [{ prompt: null, output: chunks }] : [] },
  ]
  const least = chunks === 0 ? 0 : 1
  const found = sources.map(({ name, told }) => ({
    name,
    prompt: lastOf(told, 'prompt', 1),
    output: lastOf(told, 'output', least),
  }))
  const output = found.find((one) => one.output !== null)
  const prompt = found.find((one) => one.prompt !== null)
  return {
    promptTokens: prompt?.prompt ?? null,
    outputTokens: output?.output ?? null,
    tokensSource: (output ?? prompt)?.name ?? null,
  }
}

/** Counts are whole numbers, and some servers tell them with each chunk. */
function lastOf(told: readonly Counts[], which: keyof Counts, least: number): number | null {
  const values = told.map((one) => one[which])
  return (
    values.findLast((value) => value !== null && Number.isInteger(value) && value >= least) ?? null
  )
}
