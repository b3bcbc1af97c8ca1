import type { NightNews } from '../session/types.ts'
import { reasonToLeaveOut } from './identity.ts'
import { rememberedNight } from './night-store.ts'
import { newsOf, STANDING_NIGHTS } from './standing.ts'
import type { Night } from './types.ts'

/** So many sessions before a night are looked at for those of its host and plan. */
const MOST_LOOKED_AT = 3 * STANDING_NIGHTS

/**
 * What became of the scenarios of some whole nights beside those before them, by directory. `directories`: all sessions of
 * the folder, oldest first.
 */
export async function readNews(
  directories: readonly string[],
  wanted: readonly string[],
): Promise<Map<string, NightNews>> {
  const read = new Map<string, Night | null>()
  const nightAt = async (directory: string): Promise<Night | null> => {
    const known = read.get(directory)
    if (known !== undefined) return known
    const night = await rememberedNight(directory).catch(() => null)
    read.set(directory, night)
    return night
  }
  const news = new Map<string, NightNews>()
  for (const directory of wanted) {
    // oxlint-disable-next-line no-await-in-loop -- one journal at a time is in memory
    const tonight = await nightAt(directory)
    if (tonight === null) continue
    const nights: Night[] = [tonight]
    const at = directories.indexOf(directory)
    const earlier = directories.slice(Math.max(0, at - MOST_LOOKED_AT), at).toReversed()
    for (const other of earlier) {
      if (nights.length >= STANDING_NIGHTS) break
      // oxlint-disable-next-line no-await-in-loop -- see above
      const night = await nightAt(other)
      if (night !== null && reasonToLeaveOut(night, tonight) === null) nights.unshift(night)
    }
    // The first of all nights has none to be held beside.
    if (nights.length > 1) news.set(directory, newsOf(nights))
  }
  return news
}
