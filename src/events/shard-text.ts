import type { ShardOf } from './shard.ts'

/** `part 2 of 4`: in these words wherever a session of a part is named. */
export function shardText({ index, count }: Pick<ShardOf, 'index' | 'count'>): string {
  return `part ${index} of ${count}`
}
