import { setTimeout as sleep } from 'node:timers/promises'
import { endProcesses } from '../processes/end-processes.ts'
import { serviceTag } from '../processes/process-tag.ts'
import { heldNow, type Holder, livingHolders, readHolders, withdrawHolder } from './holders.ts'
import { type Holding, keptProcesses } from './holding.ts'
import { endTimeout, KeeperLine } from './keeper-protocol.ts'
import { isRunning } from '../../host/process-identity.ts'

/** How long our watchdog may take to write down what it sees to. */
const WRITTEN_MS = 2_000
const PAUSE_MS = 10

/** Services of an earlier run that are offered to this one. */
export interface Offer {
  holding: Holding
  /** They are ours from now on, and seen to by our own watchdog. Whether the holder agrees: otherwise it has ended them. */
  take(): Promise<boolean>
  /** Has them ended, and waits for that. */
  refuse(): Promise<void>
}

/** What is kept warm of a project and a plan, where nobody uses it; null where nothing is. Never rejects. */
export async function offered(
  { root, plan }: { root: string; plan: string },
  env: NodeJS.ProcessEnv = process.env,
): Promise<Offer | null> {
  const ours = livingHolders(env).filter(({ holding }) => {
    return holding.root === root && holding.plan === plan
  })
  for (const holder of ours) {
    // oxlint-disable-next-line no-await-in-loop -- one as a rule
    const offer = await askFor(holder, { root, plan })
    if (offer !== null) return offer
  }
  return null
}

async function askFor(
  holder: Holder,
  { root, plan }: { root: string; plan: string },
): Promise<Offer | null> {
  const line = await KeeperLine.to(holder)
  const answer = await line?.ask({ token: holder.token, type: 'take', root, plan })
  if (!line || answer?.type !== 'holding') {
    line?.close()
    return null
  }
  const { holding } = answer
  return {
    holding,
    async take() {
      await heldBySomebodyElse(holder, holding)
      const said = await line.ask({ type: 'taken' })
      line.close()
      return said?.type === 'bye'
    },
    async refuse() {
      const said = await line.ask({ type: 'give_up' }, endTimeout(holding))
      line.close()
      if (said?.type !== 'given_up') await endHeld(holding)
    },
  }
}

/**
 * Waits until our own watchdog has written down that it has it: between two holders a run that begins would take it for
 * what a dead run has left.
 */
async function heldBySomebodyElse({ pid }: Holder, holding: Holding): Promise<void> {
  const [first] = keptProcesses(holding)
  const isHeld = (): boolean =>
    readHolders().some(
      (other) =>
        other.pid !== pid &&
        keptProcesses(other.holding).some((one) => one.pid === first?.pid) &&
        isRunning(other),
    )
  for (const until = performance.now() + WRITTEN_MS; !isHeld() && performance.now() < until;) {
    // oxlint-disable-next-line no-await-in-loop -- looks again after a pause
    await sleep(PAUSE_MS)
  }
}

/** What gave way to a run that wants the machine. */
export interface GaveWay {
  title: string
  pids: number[]
}

/**
 * Asks whoever keeps services warm that hold what a run wants of the machine to end them, all but those of a project and
 * a plan that this run takes over. Those of holders that are gone are ended. Never rejects.
 *
 * @param wants - the parts of the machine, by the files of their locks; null: all of it
 * @returns what has ended
 */
export async function clearHeld(
  wants: readonly string[] | null,
  except: { root: string; plan: string } | null,
  env: NodeJS.ProcessEnv = process.env,
): Promise<GaveWay[]> {
  const inTheWay = readHolders(env).filter((holder) => {
    const { root, plan, needsMachine, parts } = holder.holding
    const isWanted = wants === null || parts === null || parts.some((one) => wants.includes(one))
    if (!needsMachine || !isWanted || isOfThisProcess(holder)) return false
    return except?.root !== root || except.plan !== plan || isUsed(holder)
  })
  return (await Promise.all(inTheWay.map(giveUp))).filter((gone) => gone !== null)
}

/** The supervisor of this process sees to it, as in watch mode. */
function isOfThisProcess({ until, holding: { run } }: Holder): boolean {
  return until === null && run.pid === process.pid && isRunning(run)
}

/** A run that lives has it, and hands it to nobody. */
function isUsed({ until, holding: { run } }: Holder): boolean {
  return until === null && isRunning(run)
}

/** Ends what holders that are gone have left, as nobody else does. Gives the pids of what was ended. */
export async function reapHeld(env: NodeJS.ProcessEnv = process.env): Promise<number[]> {
  const all = readHolders(env)
  const dead = all.filter((holder) => !isSeenTo(holder))
  // Whoever has taken it over has it written down as well.
  const held = heldNow(env)
  const left = dead.filter(({ holding }) => !keptProcesses(holding).some((one) => held.has(one)))
  const found = await Promise.all(left.map(({ holding }) => endHeld(holding)))
  for (const { pid } of dead) withdrawHolder(pid, env)
  return found.flat()
}

/** A run puts another watchdog in the place of one that is gone. */
function isSeenTo(holder: Holder): boolean {
  return isRunning(holder) || isUsed(holder)
}

async function giveUp(holder: Holder): Promise<GaveWay | null> {
  const { holding, token } = holder
  const { title } = holding
  const pids = keptProcesses(holding)
    .filter(isRunning)
    .map(({ pid }) => pid)
  if (isRunning(holder)) {
    const line = await KeeperLine.to(holder)
    const said = await line?.ask({ token, type: 'give_up' }, endTimeout(holding))
    line?.close()
    if (said?.type === 'given_up') {
      // A run says so when it begins to end them.
      await endHeld(holding)
      return { title, pids }
    }
    if (said?.type === 'busy') return null
  }
  const ended = await endHeld(holding)
  withdrawHolder(holder.pid)
  return ended.length === 0 ? null : { title, pids: ended }
}

/** Ends the processes of a holding with all that came of them, and gives their pids. Never rejects. */
export async function endHeld(holding: Pick<Holding, 'services'>): Promise<number[]> {
  const found = new Set<number>()
  const processes = keptProcesses(holding)
  const strayed = processes.flatMap(({ strayed: some, grace }) => {
    return some.map((identity) => ({ ...identity, grace }))
  })
  await endProcesses({
    leaders: [...processes, ...strayed],
    tags: processes.map(({ id }) => serviceTag(id)),
    onFound: (pid) => found.add(pid),
  })
  return [...found]
}
