import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { EventOf, JournalEntry } from '../../events/index.ts'
import { LogFile } from '../../memory/log/log-file.ts'
import { loadEvent } from '../../memory/log/memory-event.ts'
import { LoadsOfRun } from '../../memory/sheets/loads-of-run.ts'
import type { MemoryLoad } from '../../memory/sheets/types.ts'
import { readJournal } from '../../session/journal/journal-reader.ts'
import { readSystemInfo } from '../session/system-info.ts'

/** Engines whose logs say what they have taken. */
const TELLING = new Set(['llamacpp', 'ollama', 'vllm'])

type Spawned = EventOf<'service_spawned' | 'service_kept'>

/**
 * What the loads of a session took. Where its journal is of a time when that was not told in it, the logs of its services
 * are read.
 *
 * @throws JarvisError USAGE for a journal that cannot be read
 */
export async function loadsOfSession(directory: string): Promise<MemoryLoad[]> {
  const { host, engines } = await readSystemInfo(directory, () => {}, { headOnly: true })
  const gpus = host?.gpus.map(({ model }) => model) ?? []
  const driver = host?.gpus[0]?.driver ?? null
  const run = new LoadsOfRun(basename(resolve(directory)), { driver, engines })
  const services = new Map<string, Spawned>()
  const told = new Set<string>()
  for await (const entry of readJournal(directory)) {
    // The parts of a merged session tell it, each with its own machine.
    if (entry.from_part !== undefined) return []
    if (!LoadsOfRun.reads(entry.type)) continue
    if (entry.type === 'service_spawned' || entry.type === 'service_kept') {
      services.set(placeOf(entry), entry)
    }
    if (entry.type === 'memory_measured') told.add(placeOf(entry))
    if (entry.type === 'model_ready' && !told.delete(placeOf(entry))) {
      const spawned = services.get(placeOf(entry))
      const read = spawned && (await fromLog(directory, spawned, entry, gpus))
      if (read) run.observe(read)
    }
    run.observe(entry)
  }
  return run.loads()
}

/** As it would be told today. Of several loads in one log nobody knows which was this one. */
async function fromLog(
  directory: string,
  { log, service, engine }: Spawned,
  ready: JournalEntry & EventOf<'model_ready'>,
  gpus: readonly string[],
): Promise<(JournalEntry & EventOf<'memory_measured'>) | null> {
  const path = join(directory, log)
  if (log === '' || !TELLING.has(engine) || !existsSync(path)) return null
  const loads = await new LogFile(path).loads({ isOver: true })
  const [load] = loads
  if (load === undefined || loads.length > 1) return null
  const { domain, loadout, model, engines, seq, time, check } = ready
  const event = loadEvent(load, gpus)
  return {
    type: 'memory_measured',
    seq,
    time,
    check,
    domain,
    loadout,
    service,
    model,
    engine,
    ...event,
    version: engines?.[engine] ?? event.version,
    process: null,
  }
}

function placeOf({
  domain,
  loadout,
  model,
}: Record<'domain' | 'loadout' | 'model', string>): string {
  return `${domain}|${loadout}|${model}`
}
