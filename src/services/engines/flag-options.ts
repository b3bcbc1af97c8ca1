import type { ModelUri } from '../../plan/types.ts'

/** The option that a flag of a model becomes; with a function where its value is another one than the flag's. */
export type FlagOption =
  | string
  | readonly [option: string, valueOf: (value: string | true) => string]

/**
 * The options that the flags of a model stand for, in the order of the table. `src/plan/model-flags.ts` says
 * which flags there are and what they hold; a plan has been held to it.
 */
export function flagOptions({ flags }: ModelUri, known: Record<string, FlagOption>): string[] {
  return Object.entries(known).flatMap(([name, said]) => {
    const value = flags[name]
    if (value === undefined) return []
    if (typeof said !== 'string') return [said[0], said[1](value)]
    return value === true ? [said] : [said, value]
  })
}
