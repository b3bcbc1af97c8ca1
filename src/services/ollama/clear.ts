import { setTimeout as sleep } from 'node:timers/promises'
import { JarvisError } from '../../errors.ts'
import type { ClearContext } from '../engine.ts'
import { stopStarters } from './desktop.ts'
import { endAll } from './end.ts'
import type { OllamaHost } from './host.ts'
import type { HostProcess } from '../processes/process-table.ts'
import { modelsOfOthers, type ModelsFolder } from './models-folder.ts'
import { assertPortsFree } from './own-ports.ts'
import { inWords, isRunner, isServer } from './recognise.ts'
import { restarted } from './restarted.ts'
import { othersOn, type Survey, surveyOllama } from './survey.ts'
import { stopUnit } from './systemd.ts'

/** Milliseconds. */
export interface ClearTiming {
  /** Between SIGTERM and SIGKILL: a server unloads its models first, and would orphan its runners. */
  grace: number
  /** How long nothing may come back. systemd starts Ollama again after 3 s, its own app after 1 s. */
  settle: number
}

export const CLEAR_TIMING: ClearTiming = { grace: 8_000, settle: 4_200 }
const PAUSE_MS = 200

type Context = Pick<ClearContext, 'note' | 'signal'>

/**
 * Ends every Ollama on this machine that this process did not start: what restarts it, then the servers,
 * then the runners that they left; then nothing may come back, and its ports must be free.
 *
 * @returns where the ended instances have their models; null where there were none, or they do not tell
 * @throws JarvisError SERVICE_FAILED, PORT_IN_USE with the command that would free the way
 */
export async function clearOllama(
  host: OllamaHost,
  context: Context,
  timing: ClearTiming = CLEAR_TIMING,
): Promise<ModelsFolder | null> {
  const found = await surveyOllama(host)
  const models = await modelsOfOthers(host, found.servers, found.units)
  const ended = await endStarters(host, found, context, timing)
  ended.push(...(await endServers(host, found.servers, context, timing)))
  const left = (await othersOn(host)).filter(isRunner)
  await endAll(host, left, { ...timing, signal: context.signal })
  ended.push(...left.map((runner) => `${inWords(runner)}, left by a server that was gone`))
  for (const what of ended) context.note('INFO', `Ended Ollama, which ran already: ${what}`)
  // Before each domain there is nothing to end as a rule, and nothing to wait for.
  if (ended.length > 0) await staysAway(host, found, context.signal, timing.settle)
  await assertPortsFree(host)
  return models
}

/** What would start a server again goes before it. */
async function endStarters(
  host: OllamaHost,
  { units, starters }: Survey,
  { signal }: Context,
  timing: ClearTiming,
): Promise<string[]> {
  const active = units.filter((unit) => unit.active)
  for (const unit of active) {
    // oxlint-disable-next-line no-await-in-loop -- a password that is asked for once
    const command = await stopUnit(host, unit, signal)
    signal.throwIfAborted()
    if (command === null) continue
    throw new JarvisError(
      'SERVICE_FAILED',
      `Ollama runs as the ${unit.scope} service ${unit.name}, which must end before jarvis starts its ` +
        `own, and this user may not stop it. Run: ${command}`,
    )
  }
  await stopStarters(host, starters, signal)
  const apps = starters.apps.filter(({ pid }) => host.startOf(pid) !== null)
  await endAll(host, apps, { ...timing, signal })
  return [
    ...active.map(({ scope, name }) => `the ${scope} service ${name}`),
    ...starters.apps.map(inWords),
    ...(starters.brew ? ['the Homebrew service ollama'] : []),
  ]
}

/** The first list is what was there before; a unit or an app took some of it along. */
async function endServers(
  host: OllamaHost,
  before: readonly HostProcess[],
  { signal }: Context,
  timing: ClearTiming,
): Promise<string[]> {
  const servers = (await othersOn(host)).filter(isServer)
  await endAll(host, servers, { ...timing, signal })
  const known = new Set(before.map(({ pid }) => pid))
  return [...before, ...servers.filter(({ pid }) => !known.has(pid))].map(inWords)
}

/** @throws JarvisError SERVICE_FAILED naming what started it again */
async function staysAway(
  host: OllamaHost,
  { servers }: Survey,
  signal: AbortSignal,
  settle: number,
): Promise<void> {
  const until = performance.now() + settle
  const ended = new Set(servers.map(({ pid }) => pid))
  do {
    // oxlint-disable-next-line no-await-in-loop -- looks again after a pause
    const processes = await othersOn(host)
    const again = processes.find((one) => isServer(one) && !ended.has(one.pid))
    if (again !== undefined) throw restarted(host, again, processes)
    // oxlint-disable-next-line no-await-in-loop -- see above
    await sleep(PAUSE_MS, undefined, { signal })
  } while (performance.now() < until)
}
