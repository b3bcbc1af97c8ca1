import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, vi } from 'vitest'
import type { ProcessIdentity } from '../../src/host/process-identity.ts'
import { type Holder, livingHolders } from '../../src/services/warm/holders.ts'
import type { Holding } from '../../src/services/warm/holding.ts'
import { temporaryFolder, until as untilWithin } from './services.ts'

const program = fileURLToPath(
  new URL('../../src/watchdog/fixtures/keeping-run.mjs', import.meta.url),
)
/** A busy machine takes long for what is quick otherwise. */
const LIMIT_MS = 30_000

/** The project of a keeping run, as the next run asks for it. */
export const PROJECT = { root: '/project', plan: 'plan.yaml' }

export const until = (holds: () => boolean): Promise<void> => untilWithin(holds, LIMIT_MS)

export interface Keeping {
  run: ChildProcess
  service: ProcessIdentity
  /** Ends the run in order: it leaves what it keeps. */
  leave(): Promise<void>
}

/** A run that keeps a service, once its watchdog has written that down. Each test has a machine of its own. */
export async function keepingRun(
  stated: Partial<Holding> & { grace?: number; isDeaf?: boolean; isSlow?: boolean } = {},
  runtime: string = temporaryFolder(),
): Promise<Keeping> {
  vi.stubEnv('XDG_RUNTIME_DIR', runtime)
  onTestFinished(() => void vi.unstubAllEnvs())
  const run = spawn(process.execPath, [program, JSON.stringify(stated)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [said] = (await once(run.stdout, 'data')) as [Buffer]
  const { service } = JSON.parse(said.toString()) as { service: ProcessIdentity }
  onTestFinished(() => {
    for (const pid of [run.pid!, service.pid, ...livingHolders().map((one) => one.pid)]) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended, as it should.
      }
    }
  })
  await until(() => livingHolders().some(({ holding }) => holding.run.pid === run.pid))
  return {
    run,
    service,
    async leave() {
      run.stdin.write('leave\n')
      await once(run, 'exit')
      await until(() => livingHolders().some((one) => one.until !== null))
    },
  }
}

/** Who holds what, where it is one. */
export function onlyHolder(): Holder {
  const holders = livingHolders()
  expect(holders).toHaveLength(1)
  return holders[0]!
}
