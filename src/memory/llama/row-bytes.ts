/** Numbers in a block, and bytes of a block (llama.cpp, ggml/src/ggml.c, `type_traits`). */
const BLOCKS: Readonly<Record<string, readonly [numbers: number, bytes: number]>> = {
  f32: [1, 4],
  f16: [1, 2],
  bf16: [1, 2],
  q8_0: [32, 34],
  q5_1: [32, 24],
  q5_0: [32, 22],
  q4_1: [32, 20],
  q4_0: [32, 18],
  iq4_nl: [32, 18],
}

/** The types that llama.cpp keeps K and V in. */
export const cacheTypes: readonly string[] = Object.keys(BLOCKS)

/** Whether `cells` of so many numbers can be kept in a type: a row is of whole blocks. */
export function fitsType(type: string, numbers: number): boolean {
  const block = BLOCKS[type]
  return block !== undefined && numbers % block[0] === 0
}

/** Whether a type is a quantised one. */
export function isQuantised(type: string): boolean {
  return (BLOCKS[type]?.[0] ?? 1) > 1
}

/** Bytes of a row of so many numbers in a type. */
export function rowBytes(type: string, numbers: number): number {
  const [block, bytes] = BLOCKS[type] ?? [1, Number.NaN]
  return (numbers / block) * bytes
}
