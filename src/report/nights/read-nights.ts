import { dirname, resolve } from 'node:path'
import { sessionsByTime } from '../../session/sessions-by-time.ts'
import { comparableNights } from './nights-of.ts'
import { rememberedNight } from './night-store.ts'
import type { Night } from './types.ts'

/** So many nights of the same host and plan are looked for, unless asked otherwise. */
const MOST_NIGHTS = 60
/** So many sessions are looked at for them. */
const MOST_SESSIONS = 400

/** A session and the nights before it in its folder, oldest first, also those that cannot be held beside it. */
export interface NightHistory {
  tonight: Night
  nights: readonly Night[]
}

/**
 * Reads a session and those before it in its folder, or in `logs`, as many as say something of it.
 *
 * @throws JarvisError USAGE for what is no directory, or was written by a newer version of jarvis
 */
export async function readNights(
  directory: string,
  {
    most = MOST_NIGHTS,
    onNight,
    logs = dirname(resolve(directory)),
  }: { most?: number; onNight?: (session: string) => void; logs?: string } = {},
): Promise<NightHistory> {
  const tonight = await rememberedNight(directory)
  const places = await sessionsByTime(logs)
  const at = places.findIndex((place) => place.directory === tonight.directory)
  const earlier = at === -1 ? places.filter(isBefore(tonight)) : places.slice(0, at)
  const nights: Night[] = []
  let found = 0
  for (const place of earlier.toReversed().slice(0, MOST_SESSIONS)) {
    if (found >= most) break
    onNight?.(place.name)
    // oxlint-disable-next-line no-await-in-loop -- one journal at a time is in memory
    const night = await rememberedNight(place.directory).catch(() => null)
    if (night === null) continue
    nights.unshift(night)
    found += comparableNights(tonight, [night]).nights.length
  }
  return { tonight, nights }
}

/** A session that lies elsewhere under another name has its place by its time. */
function isBefore({ startedAt }: Night) {
  const time = Date.parse(startedAt ?? '')
  return (place: { startedAt: number }): boolean => place.startedAt < time
}
