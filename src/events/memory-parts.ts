/** What a model takes memory for. */
export const MEMORY_PARTS = [
  'weights',
  'kv_cache',
  'state',
  'compute',
  'output',
  'graphs',
  'overhead',
] as const
